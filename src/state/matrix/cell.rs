//! What stands in the matrix: a row of cells for each case, a head for each arm.

use crate::score::Outcome;

/// The mean score from which on a cell counts as right.
pub const RIGHT: f64 = 0.5;

/// A cell that is filled: the trials of one arm on one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// How many trials fill it.
    pub trials: u32,
    /// How many of them have a score.
    pub scored: u32,
    /// The mean of their scores; `None` where none is scored.
    pub score: Option<f64>,
    /// What became of them: of several the one furthest from an answer.
    pub outcome: Outcome,
    /// The longest time of one that was measured, in milliseconds.
    pub total_ms: Option<u64>,
    /// Tokens of their answers, as far as they are known.
    pub tokens: Option<u64>,
    /// Dollars, as far as prices are known.
    pub cost: Option<f64>,
    /// The trial that opens: of several the first that is no right answer, else the first.
    pub trial: i64,
    /// Whether no trial of it was made in this run.
    pub known: bool,
    /// How its answer begins.
    pub excerpt: String,
    /// The mean score of the same cell in the run that this one is compared with.
    pub before: Option<f64>,
}

impl Cell {
    /// A cell with one trial.
    pub fn new(trial: i64, outcome: Outcome, score: Option<f64>) -> Self {
        Self {
            trials: 1,
            scored: u32::from(score.is_some()),
            score,
            outcome,
            total_ms: None,
            tokens: None,
            cost: None,
            trial,
            known: false,
            excerpt: String::new(),
            before: None,
        }
    }

    /// Adds another trial of the same arm on the same case.
    pub fn add(&mut self, other: Self) {
        let was_right = self.outcome == Outcome::Answer && self.score.is_none_or(|score| score >= RIGHT);
        let is_wrong = other.outcome != Outcome::Answer || other.score.is_some_and(|score| score < RIGHT);
        let weight = f64::from(self.scored);
        self.scored += u32::from(other.score.is_some());
        self.score = match (self.score, other.score) {
            (Some(mean), Some(score)) => Some((mean * weight + score) / (weight + 1.0)),
            (mean, score) => mean.or(score),
        };
        if was_right && is_wrong || distance(other.outcome) > distance(self.outcome) {
            self.trial = other.trial;
            self.excerpt = other.excerpt;
        }
        if distance(other.outcome) > distance(self.outcome) {
            self.outcome = other.outcome;
        }
        self.trials += 1;
        self.total_ms = self.total_ms.max(other.total_ms);
        self.tokens = sum(self.tokens, other.tokens, u64::saturating_add);
        self.cost = sum(self.cost, other.cost, |a, b| a + b);
        self.known &= other.known;
    }

    /// Whether its score is on the other side of one half than before: `Some(true)` where it is right now.
    pub fn flipped(&self) -> Option<bool> {
        let (now, before) = (self.score? >= RIGHT, self.before? >= RIGHT);
        (now != before).then_some(now)
    }
}

fn sum<T>(a: Option<T>, b: Option<T>, add: impl Fn(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(add(a, b)),
        (a, b) => a.or(b),
    }
}

const fn distance(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Answer => 0,
        Outcome::NonAnswer(_) => 1,
        Outcome::Missing(_) => 2,
    }
}

/// A case with its cells, in the order of the arms; `None` is a cell that nothing fills yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The case's id.
    pub case: String,
    /// The cells.
    pub cells: Vec<Option<Cell>>,
}

/// What stands over a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// The arm's name.
    pub name: String,
    /// Trials planned.
    pub planned: u64,
    /// Cells that are filled.
    pub done: u64,
    /// Of these, non-answers of the model.
    pub non_answers: u64,
    /// Of these, missing ones.
    pub missing: u64,
    /// Of these, trials known before.
    pub known: u64,
    /// Trials with a score.
    pub scored: u64,
    /// The mean score.
    pub mean: Option<f64>,
    /// Its 95 % interval. Repeats of a case are taken as one: the wider, careful one.
    pub interval: Option<(f64, f64)>,
    /// Dollars, as far as prices are known.
    pub cost: f64,
    /// Trials whose price nobody knows.
    pub unpriced: u64,
    /// Dollars of one trial, whichever run paid for it; `None` where a price is not known.
    pub cost_of_a_trial: Option<f64>,
    /// Seconds of one trial.
    pub seconds_of_a_trial: Option<f64>,
    /// Tokens per second within answers.
    pub tokens_per_second: Option<f64>,
    /// Why it is asked no further, where it is not.
    pub closed: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Missing;

    #[test]
    fn repeats_are_one_cell_that_opens_where_it_went_wrong() {
        let mut cell = Cell { tokens: Some(3), ..Cell::new(1, Outcome::Answer, Some(1.0)) };
        cell.add(Cell { tokens: Some(4), total_ms: Some(9), ..Cell::new(2, Outcome::Answer, Some(0.0)) });
        cell.add(Cell::new(3, Outcome::Answer, Some(1.0)));
        assert_eq!((cell.trials, cell.trial, cell.tokens, cell.total_ms), (3, 2, Some(7), Some(9)));
        assert!((cell.score.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        cell.add(Cell::new(4, Outcome::Missing(Missing::Network), None));
        assert_eq!((cell.outcome, cell.trial), (Outcome::Missing(Missing::Network), 4));
    }

    #[test]
    fn only_what_crosses_one_half_has_flipped() {
        let cell = |score, before| Cell { before, ..Cell::new(1, Outcome::Answer, score) };
        assert_eq!(cell(Some(1.0), Some(0.0)).flipped(), Some(true));
        assert_eq!(cell(Some(0.2), Some(0.7)).flipped(), Some(false));
        assert_eq!(cell(Some(0.6), Some(0.7)).flipped(), None);
        assert_eq!(cell(Some(0.6), None).flipped(), None);
    }
}
