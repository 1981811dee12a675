//! What is recorded of a run.

use serde_json::Value;

use crate::data::Split;
use crate::score::Outcome;
use crate::store::TrialRecord;
use crate::store::record::hash_of_json;

/// The hash of all that decides a trial's outcome. Equal trials have equal ones, and are asked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(pub [u8; 32]);

impl Identity {
    /// The hash of `parts`, in their order.
    pub fn of(parts: &impl serde::Serialize) -> Self {
        Self(hash_of_json(parts).into())
    }

    /// Its 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// The identity that [`Identity::hex`] wrote.
    pub fn parse(hex: &str) -> Option<Self> {
        blake3::Hash::from_hex(hex).ok().map(|hash| Self(hash.into()))
    }
}

/// One arm of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunArm {
    /// Its name.
    pub name: String,
    /// Its key; see [`crate::store::arm_key`].
    pub arm_key: String,
    /// The hash of its prompt's text; see [`crate::store::prompt_hash`].
    pub prompt_hash: String,
    /// How many trials of it are planned.
    pub planned: u64,
}

/// A run as it was begun. Written once, never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// When it began, in milliseconds since 1970, UTC.
    pub time: i64,
    /// The split it measures.
    pub split: Split,
    /// Names the split by its content.
    pub data_hash: String,
    /// Everything that was planned, as the room `run` wrote it.
    pub plan: Value,
    /// Equal for runs of the same plan, so that it finds its run again.
    pub plan_key: Identity,
    /// Rows of the split.
    pub rows: u64,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// The arms, in the order of the columns.
    pub arms: Vec<RunArm>,
}

/// How a run that asked everything is recorded to have ended.
pub const FINISHED: &str = "finished";

/// How asking came to an end, each time it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// When, in milliseconds since 1970, UTC.
    pub time: i64,
    /// `finished`, `interrupted`, or what stopped it, in words.
    pub how: String,
}

/// Where the asking of a run stops, counted over all the times that it was gone on with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunLimits {
    /// Dollars.
    pub cost: Option<f64>,
    /// Calls of models.
    pub calls: Option<u64>,
}

/// A run, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Its number.
    pub id: i64,
    /// How it was begun.
    pub record: RunRecord,
    /// The limits that it was gone on with last; `None` where those of its plan hold.
    pub limits: Option<RunLimits>,
    /// How its asking ended last; `None` while it goes on, or where it was killed.
    pub end: Option<RunEnd>,
}

/// A place in the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The row of the split, from 0.
    pub row: u64,
    /// The column, from 0, in the order of [`RunRecord::arms`].
    pub arm: u32,
    /// Which repeat, from 0.
    pub repeat: u32,
}

/// A trial that was made before, as far as a cell needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its number.
    pub trial: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The text that is scored: what the strategy read out of the answer, or all of it.
    pub text: String,
    /// Dollars, where the price was known.
    pub cost: Option<f64>,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// Tokens of the answer, where they are known.
    pub tokens: Option<u64>,
    /// The newest scores against the case that was asked for.
    pub scores: Option<serde_json::Value>,
}

/// What fills a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// A trial that was just made. One that has an outcome of the model is found again by its identity.
    New(Box<TrialRecord>, Identity),
    /// A trial that is recorded already.
    Known {
        /// Its number.
        trial: i64,
        /// What its scores are held against, by [`crate::store::scoring_key`] of the cell's case, which need not be the trial's own.
        against: String,
        /// Scores against that case, where they were made anew, and when.
        scores: Option<(Value, i64)>,
    },
}

/// What is written of a cell: the trial that fills it, and what columns, sorting and filters need of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CellRecord {
    /// The run's number.
    pub run: i64,
    /// Where.
    pub place: Place,
    /// With what.
    pub fill: Fill,
    /// What became of the trial.
    pub outcome: Outcome,
    /// Its primary score; a non-answer has 0, a missing one none.
    pub score: Option<f64>,
    /// Dollars, where the price is known.
    pub cost: Option<f64>,
    /// Milliseconds to the first token, where one came.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end; 0 without a first token where nobody measured them.
    pub total_ms: u64,
    /// Tokens of the answer, where they are known.
    pub tokens: Option<u64>,
}

/// A cell, read back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Where.
    pub place: Place,
    /// The trial that fills it.
    pub trial: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Its primary score.
    pub score: Option<f64>,
    /// Dollars, where the price is known.
    pub cost: Option<f64>,
    /// Milliseconds to the end, where they were measured.
    pub total_ms: Option<u64>,
    /// Tokens of the answer, where they are known.
    pub tokens: Option<u64>,
    /// Whether the trial was not made in this run.
    pub known: bool,
}

/// A column's sums, kept as its cells are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Cells that are filled.
    pub done: u64,
    /// Cells filled by a whole answer.
    pub answers: u64,
    /// Cells filled by a non-answer of the model.
    pub non_answers: u64,
    /// Cells whose trial is missing.
    pub missing: u64,
    /// Cells filled by a trial that was known before.
    pub known: u64,
    /// Cells that have a primary score.
    pub scored: u64,
    /// The sum of the scores.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
    /// Scores that are neither 0 nor 1.
    pub graded: u64,
    /// Dollars of the trials made in this run, as far as prices are known.
    pub cost: f64,
    /// Trials made in this run whose price is not known.
    pub unpriced: u64,
    /// Tokens of the answers made in this run, as far as they are known.
    pub tokens: u64,
    /// Milliseconds of those answers from their first token to their end.
    pub token_ms: u64,
    /// Milliseconds of all trials made in this run.
    pub total_ms: u64,
    /// Calls of models made for this run, those of cells that were asked again since included.
    pub calls: u64,
    /// Dollars of all of these, as far as prices are known.
    pub spent: f64,
    /// Cells with an outcome of the model whose price is known, whichever run made their trials.
    pub priced: u64,
    /// Dollars of these.
    pub worth: f64,
    /// Milliseconds of all cells with an outcome of the model, whichever run made their trials.
    pub took: u64,
    /// Cells whose time was measured; see [`crate::store::measured`].
    pub timed: u64,
}

impl Column {
    /// Cells with an outcome of the model.
    pub const fn outcomes(&self) -> u64 {
        self.answers + self.non_answers
    }

    /// Dollars of one trial, whichever run paid for it; `None` where a price is not known or nothing is there.
    pub fn cost_of_a_trial(&self) -> Option<f64> {
        (self.priced > 0 && self.priced == self.outcomes()).then(|| self.worth / self.priced as f64)
    }

    /// Seconds of one trial, of those that were measured.
    pub fn seconds_of_a_trial(&self) -> Option<f64> {
        (self.timed > 0).then(|| self.took as f64 / 1_000.0 / self.timed as f64)
    }

    /// The mean score; `None` where nothing is scored.
    pub fn mean(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / self.scored as f64)
    }

    /// Tokens per second within answers; `None` where nobody counts them, or where answers came all at once.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let at_once = self.token_ms < self.done - self.known;
        (self.tokens > 0 && self.token_ms > 0 && !at_once).then(|| self.tokens as f64 * 1_000.0 / self.token_ms as f64)
    }
}
