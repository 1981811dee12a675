//! `--fail-if`: a condition under which a run is not good enough, as a person writes it.
//!
//! ```text
//! condition = ARM "." MEASURE ( "<" | "<=" | ">" | ">=" ) NUMBER
//!           | ARM [ "not" ] ( "better than" | "worse than" | "equivalent to" ) ARM
//! MEASURE   = a metric of the run | "missing" | "non-answers" | "cost" | "seconds"
//! ```

use std::fmt;
use std::str::FromStr;

use super::{Against, Column, Facts};
use crate::config::did_you_mean;
use crate::stats::wording::{counted, grouped};
use crate::stats::{Finding, wording};

/// Measures that are no metrics: shares of the trials, dollars of the run, seconds of one trial.
const MEASURES: [&str; 4] = ["missing", "non-answers", "cost", "seconds"];

/// A condition, read; its arms are not looked up yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Measure { left: Span, sign: Sign, bound: f64 },
    Verdict { arm: Span, negated: bool, finding: Finding, other: Span },
}

/// A part of the text, with the place where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    at: usize,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Sign {
    const ALL: [(&'static str, Self); 4] =
        [("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Below), (">", Self::Above)];

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
        }
    }
}

const FINDINGS: [(&str, Finding); 3] =
    [(" better than ", Finding::Better), (" worse than ", Finding::Worse), (" equivalent to ", Finding::Equivalent)];

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A condition that cannot be read, or names what the run does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    text: String,
    /// The byte where the fault is.
    at: usize,
    what: String,
    /// What to do next.
    pub hint: String,
}

impl fmt::Display for ConditionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.at).unwrap_or(&self.text).chars().count();
        write!(formatter, "--fail-if: {}\n  {}\n  {:before$}^", self.what, self.text, "")
    }
}

impl std::error::Error for ConditionError {}

/// What became of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It holds: the run is not good enough.
    Failed,
    /// It does not hold.
    Passed,
    /// Too few cases to say. It does not fail a run, and is always told.
    Undecided,
}

impl Held {
    /// The word that stands before the condition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::Undecided => "undecided",
        }
    }
}

/// A condition held against a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// As it was written.
    pub condition: String,
    /// What became of it.
    pub held: Held,
    /// The figures behind.
    pub words: String,
    /// The arm it speaks of, by its column.
    pub arm: usize,
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let wrong = |at: usize, what: &str| ConditionError {
            text: text.to_owned(),
            at,
            what: what.to_owned(),
            hint: "Write `few.exact-match < 0.8` or `tuned worse than base`.".to_owned(),
        };
        let span = |from: usize, to: usize| {
            let part = text.get(from..to).unwrap_or_default();
            let at = from + part.len() - part.trim_start().len();
            Span { at, text: part.trim().trim_matches('\'').trim_matches('"').to_owned() }
        };
        for (words, finding) in FINDINGS {
            let Some(place) = text.find(words) else { continue };
            let left = text.get(..place).unwrap_or_default();
            let (end, negated) = match left.strip_suffix(" not").or_else(|| left.strip_suffix(" is not")) {
                Some(rest) => (rest.len(), true),
                None => (left.len(), false),
            };
            let (arm, other) = (span(0, end), span(place + words.len(), text.len()));
            for part in [&arm, &other] {
                if part.text.is_empty() {
                    return Err(wrong(part.at, "an arm's name is missing"));
                }
            }
            return Ok(Self { text: text.to_owned(), kind: Kind::Verdict { arm, negated, finding, other } });
        }
        let Some((place, (sign_text, sign))) = Sign::ALL
            .iter()
            .filter_map(|sign| text.find(sign.0).map(|place| (place, *sign)))
            .min_by_key(|(place, sign)| (*place, std::cmp::Reverse(sign.0.len())))
        else {
            return Err(wrong(
                text.trim_end().len(),
                "there is no `<`, `<=`, `>`, `>=`, `better than`, `worse than` or `equivalent to`",
            ));
        };
        let left = span(0, place);
        let right = span(place + sign_text.len(), text.len());
        if !left.text.contains('.') {
            return Err(wrong(left.at + left.text.len(), "an arm and a measure are written `arm.measure`"));
        }
        let (number, scale) = match right.text.strip_suffix('%') {
            Some(number) => (number.trim(), 0.01),
            None => (right.text.as_str(), 1.0),
        };
        let bound = number.parse::<f64>().ok().filter(|bound| bound.is_finite());
        let bound = bound.ok_or_else(|| wrong(right.at, "a number is expected here"))? * scale;
        Ok(Self { text: text.to_owned(), kind: Kind::Measure { left, sign, bound } })
    }
}

impl Condition {
    /// The arms it compares, by their columns; `None` for one about a measure.
    pub fn pair(&self, arms: &[&str]) -> Result<Option<(usize, usize)>, ConditionError> {
        match &self.kind {
            Kind::Measure { left, .. } => self.split(left, arms).map(|_| None),
            Kind::Verdict { arm, other, .. } => {
                let (one, two) = (self.arm(arm, arms)?, self.arm(other, arms)?);
                if one == two {
                    return Err(self.wrong(other.at, "an arm is compared with itself", "Name another one.".to_owned()));
                }
                Ok(Some((one, two)))
            }
        }
    }

    /// Whether a run of these arms and metrics can be held against it at all: to be asked before anything is paid for.
    pub fn check(&self, arms: &[&str], metrics: &[&str]) -> Result<(), ConditionError> {
        self.pair(arms)?;
        let Kind::Measure { left, .. } = &self.kind else { return Ok(()) };
        let (_, measure, at) = self.split(left, arms)?;
        if MEASURES.contains(&measure) || metrics.contains(&measure) {
            return Ok(());
        }
        Err(self.no_measure(measure, at, metrics))
    }

    fn no_measure(&self, measure: &str, at: usize, metrics: &[&str]) -> ConditionError {
        let all: Vec<&str> = metrics.iter().copied().chain(MEASURES).collect();
        self.wrong(at, &format!("the run has no measure `{measure}`"), did_you_mean(measure, &all, "measure"))
    }

    /// Holds it against a run.
    pub fn judge(&self, facts: &Facts) -> Result<Judgement, ConditionError> {
        let names: Vec<&str> = facts.arms.iter().map(|arm| arm.name.as_str()).collect();
        let said = |arm, held, words| Judgement { condition: self.text.clone(), held, words, arm };
        match &self.kind {
            Kind::Measure { left, sign, bound } => {
                let (arm, measure, at) = self.split(left, &names)?;
                let column = facts.columns.get(arm).cloned().unwrap_or_default();
                let (value, words) = self.value(&column, measure, at)?;
                let held = match value {
                    Some(value) if !sign.holds(value, *bound) => Held::Passed,
                    // What cannot be measured has not passed.
                    _ => Held::Failed,
                };
                Ok(said(arm, held, words))
            }
            Kind::Verdict { negated, finding, .. } => {
                let Some((arm, other)) = self.pair(&names)? else {
                    return Ok(said(0, Held::Undecided, String::new()));
                };
                let found = facts.family.iter().chain(&facts.others).find_map(|against| seen(against, arm, other));
                let Some((shown, words)) = found else {
                    let words = "The two arms have no scored case in common.".to_owned();
                    return Ok(said(arm, Held::Failed, words));
                };
                let held = match (shown == *finding, *negated) {
                    (true, false) | (false, true) => Held::Failed,
                    (false, false) if shown == Finding::TooFew => Held::Undecided,
                    (true, true) | (false, false) => Held::Passed,
                };
                Ok(said(arm, held, words))
            }
        }
    }

    /// An arm and what is measured of it.
    fn split<'a>(&self, left: &'a Span, arms: &[&str]) -> Result<(usize, &'a str, usize), ConditionError> {
        // A name may hold a point itself: the longest that fits is meant.
        let best = arms
            .iter()
            .enumerate()
            .filter_map(|(place, name)| {
                let rest = left.text.strip_prefix(name)?.trim_start_matches(['\'', '"']).strip_prefix('.')?;
                Some((place, rest, name.len()))
            })
            .max_by_key(|(_, _, length)| *length);
        if let Some((place, measure, _)) = best {
            return Ok((place, measure, left.at + left.text.len() - measure.len()));
        }
        let name = left.text.split('.').next().unwrap_or_default();
        self.arm(&Span { at: left.at, text: name.to_owned() }, arms).map(|place| (place, "", left.at))
    }

    fn arm(&self, span: &Span, arms: &[&str]) -> Result<usize, ConditionError> {
        arms.iter().position(|arm| *arm == span.text).ok_or_else(|| {
            let what = format!("no arm of this run is called `{}`", span.text);
            self.wrong(span.at, &what, did_you_mean(&span.text, arms, "arm"))
        })
    }

    fn value(&self, column: &Column, measure: &str, at: usize) -> Result<(Option<f64>, String), ConditionError> {
        let share = |count: u64, what: &str| {
            let value = (column.done > 0).then(|| count as f64 / column.done as f64);
            (value, format!("{} of {} {what}.", grouped(count), counted(column.done, "trial")))
        };
        Ok(match measure {
            "missing" => share(column.missing, "are missing"),
            "non-answers" => share(column.non_answers, "are non-answers of the model"),
            "cost" => {
                let unpriced = column.unpriced;
                let whole = match unpriced {
                    0 => String::new(),
                    1 => "; 1 trial has no known price".to_owned(),
                    many => format!("; {} trials have no known price", grouped(many)),
                };
                let words = format!("This run spent ${:.4} on it{whole}.", column.cost);
                ((unpriced == 0).then_some(column.cost), words)
            }
            "seconds" => {
                let words = column.seconds_each.map_or_else(
                    || "No trial was timed.".to_owned(),
                    |seconds| format!("One trial took {seconds:.2} seconds on average."),
                );
                (column.seconds_each, words)
            }
            metric => {
                let known: Vec<&str> = column.metrics.iter().map(|figure| figure.metric.as_str()).collect();
                let Some(found) = column.metrics.iter().find(|figure| figure.metric == metric) else {
                    if known.is_empty() {
                        return Ok((None, "No case of this arm has a score.".to_owned()));
                    }
                    return Err(self.no_measure(metric, at, &known));
                };
                let figure = &found.figure;
                (
                    Some(figure.mean),
                    format!("It is {} over {}.", wording::figure(figure), wording::cases(figure.n as u64)),
                )
            }
        })
    }

    fn wrong(&self, at: usize, what: &str, hint: String) -> ConditionError {
        ConditionError { text: self.text.clone(), at, what: what.to_owned(), hint }
    }
}

/// What a comparison shows of `arm` against `other`, whichever way round it was made.
fn seen(against: &Against, arm: usize, other: usize) -> Option<(Finding, String)> {
    if (against.arm, against.other) == (arm, other) {
        return Some((against.finding, against.sentence.clone()));
    }
    ((against.arm, against.other) == (other, arm)).then(|| {
        let turned = match against.finding {
            Finding::Better => Finding::Worse,
            Finding::Worse => Finding::Better,
            same => same,
        };
        (turned, against.sentence.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        text.parse::<Condition>().unwrap().kind
    }

    #[test]
    fn conditions_are_read_as_documented() {
        for (text, sign, bound) in [
            ("few.exact-match < 0.8", Sign::Below, 0.8),
            ("few.exact-match<=80%", Sign::AtMost, 0.8),
            ("  few.cost >= 1.5 ", Sign::AtLeast, 1.5),
            ("'few'.missing>5 %", Sign::Above, 0.05),
        ] {
            assert!(
                matches!(kind(text), Kind::Measure { sign: found, bound: at, .. } if found == sign && (at - bound).abs() < 1e-12),
                "{text}"
            );
        }
        for (text, negated, finding) in [
            ("tuned worse than base", false, Finding::Worse),
            ("tuned not better than base", true, Finding::Better),
            ("'my arm' equivalent to \"base\"", false, Finding::Equivalent),
        ] {
            assert!(
                matches!(kind(text), Kind::Verdict { negated: is, finding: found, .. } if is == negated && found == finding),
                "{text}"
            );
        }
        for bad in ["", "few", "few.x", "few < 1", "few.x < ", "few.x < NaN", "few.x < inf", " worse than b"] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_arm_with_a_point_in_its_name_is_the_longest_that_fits() {
        let condition: Condition = "gpt-4.1.exact-match < 1".parse().unwrap();
        let Kind::Measure { left, .. } = &condition.kind else { panic!("{condition:?}") };
        assert_eq!(condition.split(left, &["gpt-4", "gpt-4.1"]).unwrap(), (1, "exact-match", 8));
    }

    #[test]
    fn the_mark_stands_under_the_fault_whatever_is_before_it() {
        let error = "größe.exact < x".parse::<Condition>().unwrap_err();
        let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "  größe.exact < x");
        assert_eq!(lines[2].chars().count(), "  größe.exact < x".chars().count());
    }
}
