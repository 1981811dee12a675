//! How fast a model has answered, by its recorded answers: the time in a forecast.

use serde::Serialize;

use super::question::NotAsked;
use crate::score::Outcome;
use crate::store::{Filter, Origin, Store};

/// Answers that are looked at.
const ANSWERS: u32 = 60;

/// Milliseconds for each token of an answer, from the question to its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pace {
    /// Over how many answers.
    pub answers: usize,
    /// One in ten was faster.
    pub fast: f64,
    /// One in ten was slower.
    pub slow: f64,
}

impl Pace {
    /// Of answers: their tokens, and their milliseconds.
    fn of(answers: &[(u64, u64)]) -> Option<Self> {
        let mut each: Vec<f64> =
            answers.iter().filter(|(tokens, _)| *tokens > 0).map(|(tokens, ms)| *ms as f64 / *tokens as f64).collect();
        each.sort_by(f64::total_cmp);
        let last = each.len().checked_sub(1)?;
        let at = |share: f64| each.get((share * last as f64).round() as usize).copied();
        Some(Self { answers: each.len(), fast: at(0.1)?, slow: at(0.9)? })
    }

    /// Seconds for so many tokens received, asked one after the other: at least, at most.
    pub fn seconds(self, (least, most): (u64, u64)) -> (f64, f64) {
        (least as f64 * self.fast / 1_000.0, most as f64 * self.slow / 1_000.0)
    }
}

/// The pace of the newest recorded answers of a model; `None` where there are none whose tokens are known.
pub fn pace(store: &Store, model: &str) -> Result<Option<Pace>, NotAsked> {
    let filter = Filter { model: Some(model.to_owned()), origin: Some(Origin::Run), ..Filter::default() };
    let trials = store.recent(&filter, None, ANSWERS).map_err(|error| NotAsked::new(&error, error.hint()))?;
    // What was cut or cancelled says nothing of the time a whole answer takes.
    let whole = trials.iter().filter(|trial| !matches!(trial.outcome, Outcome::Missing(_)));
    let answers: Vec<(u64, u64)> = whole.filter_map(|trial| Some((trial.output_tokens?, trial.total_ms?))).collect();
    Ok(Pace::of(&answers))
}

/// A time in words, as exactly as it can be meant: `40 s`, `3 min`, `2.5 h`.
fn rounded(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "1 s".to_owned(),
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds if seconds < 5_400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// How long so many tokens will take, in words: at least and at most, or that nobody knows.
pub fn time_in_words(pace: Option<Pace>, tokens: (u64, u64), model: &str) -> String {
    let Some(pace) = pace else { return format!("time unknown: no answer of {model} is recorded") };
    let (least, most) = pace.seconds(tokens);
    let (least, most) = (rounded(least), rounded(most));
    let range = if least == most { format!("about {most}") } else { format!("{least} to {most}") };
    let answers = if pace.answers == 1 { "answer".to_owned() } else { format!("{} answers", pace.answers) };
    format!("{range}, one after the other, by the last {answers} of {model}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_range_of_what_was_measured_and_never_guessed() {
        assert_eq!(Pace::of(&[]), None);
        assert_eq!(Pace::of(&[(0, 900)]), None);
        let answers: Vec<(u64, u64)> = (1..=11).map(|ms| (10, ms * 100)).collect();
        let pace = Pace::of(&answers).unwrap();
        assert_eq!((pace.answers, pace.fast, pace.slow), (11, 20.0, 100.0));
        assert_eq!(pace.seconds((100, 100)), (2.0, 10.0));
        let words = |tokens, pace| time_in_words(pace, tokens, "base");
        assert_eq!(words((100, 100), Some(pace)), "2 s to 10 s, one after the other, by the last 11 answers of base");
        assert_eq!(
            words((60_000, 60_000), Some(pace)),
            "20 min to 1.7 h, one after the other, by the last 11 answers of base"
        );
        assert_eq!(words((1, 1), Some(pace)), "about 1 s, one after the other, by the last 11 answers of base");
        assert_eq!(words((1, 1), None), "time unknown: no answer of base is recorded");
    }
}
