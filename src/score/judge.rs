//! A language model as judge: what it is asked, how strictly its answer is read, and what two orders of one pair settle.
//!
//! A pair is asked in both orders, because judges favour a position (Wang et al. 2023, "Large language models are not fair
//! evaluators"; Shi et al. 2024, arXiv 2406.07791). Only a verdict that both orders give is a win; any other is a tie, and how often the
//! order decided is told beside the result. Asking is another room's work.

/// What a judge is asked about two answers, unless the user writes another text. The last line of its answer is all that counts.
pub const PAIRWISE: &str = "You compare two answers to one task. Judge only what they say and how well it fits the task and the \
reference; neither length nor order is a merit.\n\n[Task]\n{{task}}\n\n[Reference]\n{{reference}}\n\n[Rubric]\n{{rubric}}\n\n[Answer 1]\n{{first}}\n\n\
[Answer 2]\n{{second}}\n\nThink it over in a few sentences. Then end with one line that is exactly `Verdict: 1`, `Verdict: 2` or \
`Verdict: tie`.";

/// What a judge is asked about one answer, unless the user writes another text.
pub const RUBRIC: &str = "You grade an answer to a task against a rubric.\n\n[Task]\n{{task}}\n\n[Reference]\n{{reference}}\n\n\
[Rubric]\n{{rubric}}\n\n[Answer]\n{{answer}}\n\nThink it over in a few sentences. Then end with one line that is exactly `Grade: N`, \
where N is a whole number from 1, the rubric's worst, to {{best}}, its best.";

/// A judge's answer that holds no verdict in the form that was asked for: a missing score, not a tie and not a zero.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The last line is no verdict.
    #[error("its last line is no `{word}:` line")]
    NoVerdict {
        /// What the line begins with.
        word: &'static str,
    },
    /// There are several that differ.
    #[error("it holds several `{word}:` lines that differ")]
    Several {
        /// What the lines begin with.
        word: &'static str,
    },
    /// The verdict is none of those asked for.
    #[error("`{said}` is none of the verdicts asked for")]
    Other {
        /// What it said.
        said: String,
    },
}

/// A judge's word on a pair, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The first answer shown.
    First,
    /// The second.
    Second,
    /// Neither.
    Tie,
}

impl Preference {
    /// Reads the verdict that the last line gives.
    pub fn read(said: &str) -> Result<Self, Unread> {
        match verdict(said, "Verdict")? {
            "1" => Ok(Self::First),
            "2" => Ok(Self::Second),
            "tie" => Ok(Self::Tie),
            other => Err(Unread::Other { said: other.to_owned() }),
        }
    }
}

/// Reads the grade that the last line gives, as a score between 0 and 1: (grade - 1) / (best - 1). `best` is 2 or more.
pub fn grade(said: &str, best: u32) -> Result<f64, Unread> {
    let written = verdict(said, "Grade")?;
    let other = || Unread::Other { said: written.to_owned() };
    let grade: u32 = written.parse().map_err(|_| other())?;
    if !(1..=best.max(2)).contains(&grade) {
        return Err(other());
    }
    Ok(f64::from(grade - 1) / f64::from(best.max(2) - 1))
}

/// What stands after `word:` in the last line that is not blank; any other such line has to say the same.
fn verdict<'a>(said: &'a str, word: &'static str) -> Result<&'a str, Unread> {
    let of_line = |line: &'a str| line.trim().strip_prefix(word)?.strip_prefix(':').map(str::trim);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).and_then(of_line);
    let last = last.ok_or(Unread::NoVerdict { word })?;
    if said.lines().filter_map(of_line).any(|other| other != last) {
        return Err(Unread::Several { word });
    }
    Ok(last)
}

/// What both orders of one pair settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Both orders prefer A.
    A,
    /// Both prefer B.
    B,
    /// Both see a tie.
    Tie,
    /// The two orders differ: it counts as a tie.
    Flipped,
}

impl Settled {
    /// Settles what was said with A shown first, and with B shown first.
    pub const fn of(a_first: Preference, b_first: Preference) -> Self {
        match (a_first, b_first) {
            (Preference::First, Preference::Second) => Self::A,
            (Preference::Second, Preference::First) => Self::B,
            (Preference::Tie, Preference::Tie) => Self::Tie,
            _ => Self::Flipped,
        }
    }

    /// A's score: 1 for a win, one half for a tie of either kind, 0 for a loss.
    pub const fn score(self) -> f64 {
        match self {
            Self::A => 1.0,
            Self::Tie | Self::Flipped => 0.5,
            Self::B => 0.0,
        }
    }
}

/// What many pairs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Pairs that A won in both orders.
    pub a: usize,
    /// Pairs that B won in both.
    pub b: usize,
    /// Ties in both orders.
    pub ties: usize,
    /// Pairs whose orders differ.
    pub flipped: usize,
    /// Pairs of which an order could not be read: they count nowhere else.
    pub unread: usize,
}

impl Judged {
    /// Counts a pair by what was said in each order.
    pub fn add(&mut self, a_first: Result<Preference, Unread>, b_first: Result<Preference, Unread>) {
        let (Ok(a_first), Ok(b_first)) = (a_first, b_first) else {
            self.unread += 1;
            return;
        };
        *match Settled::of(a_first, b_first) {
            Settled::A => &mut self.a,
            Settled::B => &mut self.b,
            Settled::Tie => &mut self.ties,
            Settled::Flipped => &mut self.flipped,
        } += 1;
    }

    /// Pairs that were read in both orders.
    pub const fn n(&self) -> usize {
        self.a + self.b + self.ties + self.flipped
    }

    /// The share of them whose order decided; `None` where there are none.
    pub fn flip_rate(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.flipped as f64 / self.n() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_that_was_asked_for_is_a_verdict() {
        for (said, expected) in [
            ("Both are fine, the first is nearer.\nVerdict: 1", Ok(Preference::First)),
            ("Verdict: 2\n\n", Ok(Preference::Second)),
            ("Verdict: tie", Ok(Preference::Tie)),
            ("Answer 1 is better.", Err(Unread::NoVerdict { word: "Verdict" })),
            ("Verdict: 1\nOr maybe not.", Err(Unread::NoVerdict { word: "Verdict" })),
            ("Verdict: 1\nNo.\nVerdict: 2", Err(Unread::Several { word: "Verdict" })),
            ("Verdict: both", Err(Unread::Other { said: "both".to_owned() })),
            ("", Err(Unread::NoVerdict { word: "Verdict" })),
        ] {
            assert_eq!(Preference::read(said), expected, "{said:?}");
        }
    }

    #[test]
    fn grades_lie_between_nothing_and_one() {
        for (said, expected) in [("Grade: 1", Some(0.0)), ("ok\nGrade: 3", Some(0.5)), ("Grade: 5", Some(1.0))] {
            assert_eq!(grade(said, 5).ok(), expected, "{said}");
        }
        for said in ["Grade: 0", "Grade: 6", "Grade: 4.5", "Grade: five", "5"] {
            assert!(grade(said, 5).is_err(), "{said}");
        }
    }

    /// Answers of a judge that always takes what it is shown first, of one that knows, and of one that talks.
    #[test]
    fn scripted_judges() {
        let mut position = Judged::default();
        let mut knowing = Judged::default();
        for _ in 0..4 {
            position.add(Preference::read("Verdict: 1"), Preference::read("Verdict: 1"));
            knowing.add(Preference::read("Verdict: 1"), Preference::read("Verdict: 2"));
        }
        knowing.add(Preference::read("I like both."), Preference::read("Verdict: 2"));
        knowing.add(Preference::read("Verdict: tie"), Preference::read("Verdict: 2"));
        assert_eq!((position.flip_rate(), position.a), (Some(1.0), 0));
        assert_eq!((knowing.a, knowing.n(), knowing.unread, knowing.flip_rate()), (4, 5, 1, Some(0.2)));
        assert_eq!(Judged::default().flip_rate(), None);
        assert!((Settled::of(Preference::Second, Preference::First).score()).abs() < 1e-12);
        assert!((Settled::Flipped.score() - 0.5).abs() < 1e-12);
    }
}
