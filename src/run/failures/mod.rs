//! Where an arm fails: each case's answers sorted into form, content, refusal and unstable, counted, with a next step in
//! words. Pure; asking is next door.

mod arm;
mod asking;

pub use arm::{Chosen, choose};
pub use asking::{AT_ONCE, Asked, Plan, Step, ask_all};

use serde::Serialize;

use crate::score::{NonAnswer, Outcome, Parts};
use crate::stats::{Confidence, Proportion};

/// Why a case failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// The answer is not shaped as asked.
    Form,
    /// It is shaped as asked and says something else.
    Content,
    /// The model declined.
    Refusal,
    /// Right with one seed, wrong with another.
    Unstable,
}

impl Failure {
    /// All of them, in the order screens list them.
    pub const ALL: [Self; 4] = [Self::Form, Self::Content, Self::Refusal, Self::Unstable];

    /// The name on screens and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Content => "content",
            Self::Refusal => "refusal",
            Self::Unstable => "unstable",
        }
    }

    /// What it means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Form => "not shaped as asked",
            Self::Content => "shaped as asked, and says something else",
            Self::Refusal => "the model declined",
            Self::Unstable => "right with one seed, wrong with another",
        }
    }
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every answer has full marks.
    Right,
    /// It failed.
    Failed(Failure),
    /// No call came through: nothing is known.
    Missing,
}

/// One answer to a case, as far as it decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// What became of it.
    pub outcome: Outcome,
    /// The text that is scored.
    pub text: String,
    /// Its primary score.
    pub primary: Option<f64>,
    /// Its form and its content.
    pub parts: Parts,
    /// Its number in the history.
    pub trial: Option<i64>,
}

impl Try {
    fn is_right(&self) -> bool {
        self.primary.is_some_and(|value| value >= 1.0 - 1e-9)
    }

    fn is_refusal(&self) -> bool {
        match self.outcome {
            Outcome::NonAnswer(NonAnswer::Refused) => true,
            Outcome::Answer => declines(&self.text),
            _ => false,
        }
    }
}

/// How answers begin that decline in words, where the provider does not say so itself.
const DECLINING: [&str; 9] = [
    "i'm sorry, but i",
    "i’m sorry, but i",
    "i am sorry, but i",
    "sorry, but i can",
    "i can't help with",
    "i can’t help with",
    "i cannot help with",
    "i'm unable to",
    "i am unable to",
];

/// Whether an answer declines. Only how it begins is looked at: an answer may well quote a refusal.
fn declines(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(40).collect::<String>().to_lowercase();
    DECLINING.iter().any(|words| start.starts_with(words))
}

/// A case, judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseVerdict {
    /// Its place in the dev split, from 0.
    pub index: usize,
    /// Its id.
    pub case: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Of a failure of form: whether the answers say every fact all the same.
    pub facts_right: bool,
    /// One of its answers: the first that is not right, else the first.
    pub answer: String,
    /// That answer's number in the history.
    #[serde(skip)]
    pub trial: Option<i64>,
}

/// Judges the answers to one case. Calls that failed, and answers that cannot be scored, are left out.
pub fn judge(index: usize, case: &str, tries: &[Try]) -> CaseVerdict {
    let counts = |one: &&Try| !matches!(one.outcome, Outcome::Missing(_)) && one.primary.is_some();
    let known: Vec<&Try> = tries.iter().filter(counts).collect();
    let right = known.iter().filter(|one| one.is_right()).count();
    let most = |is: &dyn Fn(&Try) -> bool| known.iter().filter(|one| is(one)).count() * 2 > known.len();
    let verdict = if known.is_empty() {
        Verdict::Missing
    } else if right == known.len() {
        Verdict::Right
    } else if right > 0 {
        Verdict::Failed(Failure::Unstable)
    } else if most(&Try::is_refusal) {
        Verdict::Failed(Failure::Refusal)
    } else if known.iter().filter(|one| one.parts.form_is_right()).count() * 2 > known.len() {
        Verdict::Failed(Failure::Content)
    } else {
        Verdict::Failed(Failure::Form)
    };
    let facts_right = verdict == Verdict::Failed(Failure::Form) && most(&|one| one.parts.content_is_right());
    let shown = known.iter().find(|one| !one.is_right()).or(known.first());
    let answer = shown.map(|one| one.text.clone()).unwrap_or_default();
    let trial = shown.and_then(|one| one.trial);
    CaseVerdict { index, case: case.to_owned(), verdict, facts_right, answer, trial }
}

/// The cases counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Breakdown {
    /// Answers to each case.
    pub repeats: u32,
    /// The cases, in the order of the split.
    pub cases: Vec<CaseVerdict>,
}

/// Below so many failures a share says little.
const FEW: usize = 5;

impl Breakdown {
    /// Takes one more case.
    pub fn add(&mut self, case: CaseVerdict) {
        let place = self.cases.partition_point(|known| known.index < case.index);
        self.cases.insert(place, case);
    }

    /// How many cases became this.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cases.iter().filter(|case| case.verdict == verdict).count()
    }

    /// Cases about which something is known.
    pub fn known(&self) -> usize {
        self.cases.len() - self.count(Verdict::Missing)
    }

    /// Cases that failed.
    pub fn failed(&self) -> usize {
        self.known() - self.count(Verdict::Right)
    }

    /// Failures of form that say every fact.
    pub fn facts_right(&self) -> usize {
        self.cases.iter().filter(|case| case.facts_right).count()
    }

    /// How many are right, with the share's interval.
    pub fn right_in_words(&self) -> String {
        let (right, known) = (self.count(Verdict::Right), self.known());
        let proportion = Proportion::new(right as u64, known as u64).filter(|_| known > 0);
        let share = proportion.map_or_else(String::new, |proportion| {
            let interval = proportion.wilson(Confidence::NINETY_FIVE);
            let percent = |value: f64| 100.0 * value;
            format!(
                ", {:.0} % (95 % interval {:.0} to {:.0})",
                percent(proportion.share().unwrap_or(0.0)),
                percent(interval.low),
                percent(interval.high)
            )
        });
        let words = format!("{right} of {known} cases right{share}");
        match self.count(Verdict::Missing) {
            0 => words,
            missing => format!("{words}; {missing} missing, not counted"),
        }
    }

    /// What leads among the failures, and what to do next.
    pub fn next_step(&self) -> String {
        let (failed, known) = (self.failed(), self.known());
        if known == 0 {
            return "No case was answered: nothing can be said.".to_owned();
        }
        if failed == 0 {
            let all = if known == 1 { "The one case is".to_owned() } else { format!("All {known} cases are") };
            return format!("{all} right: there is nothing for a tune to mend.");
        }
        let counts = Failure::ALL.map(|kind| (kind, self.count(Verdict::Failed(kind))));
        let (kind, count) =
            counts.into_iter().fold((Failure::Form, 0), |most, one| if one.1 > most.1 { one } else { most });
        let few = if failed < FEW { " That is few: more dev cases would say more." } else { "" };
        if count * 2 <= failed {
            let all: Vec<String> = counts
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| format!("{count} {}", kind.as_str()))
                .collect();
            return format!(
                "No kind leads among {failed} failures ({}): mend the prompt first, and look again.{few}",
                all.join(", ")
            );
        }
        let advice = match kind {
            Failure::Form => "a tune is likely to help",
            Failure::Content => {
                "a tune teaches how to answer more than what is true: where the answer stands in the input it may help all the \
                 same, else give the prompt what it lacks (examples, the source text) or take a larger model"
            }
            Failure::Refusal => "say in the prompt that an answer is wanted, or try another model, before tuning",
            Failure::Unstable => {
                "lower the temperature, or ask several times and take the majority; a tune steadies answers, too"
            }
        };
        let facts = match (kind, self.facts_right()) {
            (Failure::Form, facts @ 1..) => format!(" ({facts} of them say every fact)"),
            _ => String::new(),
        };
        let named = match kind {
            Failure::Form => "form",
            Failure::Content => "content",
            Failure::Refusal => "refusals",
            Failure::Unstable => "unstable over seeds",
        };
        if count == failed && failed == 1 {
            return format!("The one failure is {named}{facts}: {advice}.{few}");
        }
        let of = if count == failed { format!("All {failed}") } else { format!("{count} of {failed}") };
        format!("{of} failures are {named}{facts}: {advice}.{few}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Missing;

    const REFERENCE: &str = "{\"who\":\"Felix\",\"qty\":4}";

    fn tried(outcome: Outcome, text: &str) -> Try {
        let primary = (outcome == Outcome::Answer).then_some(if text == REFERENCE { 1.0 } else { 0.0 });
        let primary = primary.or(matches!(outcome, Outcome::NonAnswer(_)).then_some(0.0));
        Try { outcome, text: text.to_owned(), primary, parts: Parts::of(outcome, text, Some(REFERENCE)), trial: None }
    }

    fn said(text: &str) -> Try {
        tried(Outcome::Answer, text)
    }

    #[test]
    fn every_kind_of_failure_is_told_apart() {
        let refused = || tried(Outcome::NonAnswer(NonAnswer::Refused), "");
        let missing = || tried(Outcome::Missing(Missing::Network), "");
        let other = "{\"who\":\"Ann\",\"qty\":9}";
        for (tries, verdict, facts) in [
            (vec![said(REFERENCE)], Verdict::Right, false),
            (vec![said(REFERENCE), missing()], Verdict::Right, false),
            (vec![missing()], Verdict::Missing, false),
            (vec![said(REFERENCE), said(other), said(other)], Verdict::Failed(Failure::Unstable), false),
            (vec![said(other)], Verdict::Failed(Failure::Content), false),
            (vec![said("Felix wants 4.")], Verdict::Failed(Failure::Form), true),
            (vec![said("Felix wants some.")], Verdict::Failed(Failure::Form), false),
            (vec![refused()], Verdict::Failed(Failure::Refusal), false),
            (vec![said("I'm sorry, but I cannot do that.")], Verdict::Failed(Failure::Refusal), false),
            (vec![refused(), said(other), said(other)], Verdict::Failed(Failure::Content), false),
            (vec![tried(Outcome::NonAnswer(NonAnswer::Length), "{\"who\"")], Verdict::Failed(Failure::Form), false),
        ] {
            let judged = judge(0, "c", &tries);
            assert_eq!((judged.verdict, judged.facts_right), (verdict, facts), "{tries:?}");
        }
    }

    fn breakdown(verdicts: &[(Verdict, usize)]) -> Breakdown {
        let mut breakdown = Breakdown { repeats: 1, ..Breakdown::default() };
        for (verdict, count) in verdicts {
            for _ in 0..*count {
                breakdown.add(CaseVerdict {
                    index: breakdown.cases.len(),
                    case: String::new(),
                    verdict: *verdict,
                    facts_right: *verdict == Verdict::Failed(Failure::Form) && breakdown.cases.len().is_multiple_of(2),
                    answer: String::new(),
                    trial: None,
                });
            }
        }
        breakdown
    }

    #[test]
    fn the_next_step_is_worded_by_what_leads() {
        use Failure::{Content, Form, Refusal, Unstable};
        let failed = Verdict::Failed;
        for (verdicts, words) in [
            (
                &[(Verdict::Right, 18), (failed(Form), 18), (failed(Content), 4)][..],
                "18 of 22 failures are form (9 of them say every fact): a tune is likely to help.",
            ),
            (&[(failed(Content), 6), (failed(Form), 1)], "6 of 7 failures are content: a tune teaches how to answer"),
            (&[(failed(Refusal), 5)], "All 5 failures are refusals: say in the prompt"),
            (
                &[(failed(Unstable), 5), (failed(Form), 2)],
                "5 of 7 failures are unstable over seeds: lower the temperature",
            ),
            (&[(failed(Content), 1)], "The one failure is content: a tune teaches how"),
            (&[(failed(Form), 3), (failed(Content), 3)], "No kind leads among 6 failures (3 form, 3 content): mend"),
            (&[(Verdict::Right, 4)], "All 4 cases are right: there is nothing"),
            (&[(Verdict::Missing, 4)], "No case was answered"),
        ] {
            let step = breakdown(verdicts).next_step();
            assert!(step.starts_with(words), "{step}");
        }
        assert!(breakdown(&[(failed(Form), 3)]).next_step().ends_with("more dev cases would say more."));
    }

    #[test]
    fn shares_stand_with_their_n_and_interval_and_missing_ones_apart() {
        let words = breakdown(&[(Verdict::Right, 18), (Verdict::Failed(Failure::Form), 22), (Verdict::Missing, 2)]);
        assert_eq!(
            words.right_in_words(),
            "18 of 40 cases right, 45 % (95 % interval 31 to 60); 2 missing, not counted"
        );
        assert_eq!(breakdown(&[]).right_in_words(), "0 of 0 cases right");
    }

    #[test]
    fn cases_stay_in_their_order_however_they_come() {
        let mut breakdown = Breakdown::default();
        for index in [3, 1, 2] {
            breakdown.add(judge(index, "c", &[]));
        }
        assert_eq!(breakdown.cases.iter().map(|case| case.index).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
