//! What the judge makes of two answers on the screen: how far it is, and its word in both orders.

use super::Fault;
use crate::run::judge::{PairJudged, SelfTest, Subject};

/// The page of the judge.
#[derive(Clone, Debug, Default)]
pub struct JudgeState {
    /// Counts askings; news of others is dropped.
    pub generation: u64,
    /// The two answers that are judged.
    pub pair: Option<Box<[Subject; 2]>>,
    /// Whether it is still asked.
    pub running: bool,
    /// Who judges, once that is known.
    pub judge: Option<String>,
    /// What is told once of where answers go, and what has to stand beside the verdict.
    pub notices: Vec<String>,
    /// How many pairs of the self-test are through, of how many.
    pub tried: Option<(usize, usize)>,
    /// What the self-test came to.
    pub self_test: Option<SelfTest>,
    /// Its word.
    pub judged: Option<PairJudged>,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Whether it was refused, and may be forced.
    pub refused: bool,
    /// First line shown.
    pub scroll: usize,
}

impl JudgeState {
    /// The names of the two arms.
    pub fn names(&self) -> [&str; 2] {
        self.pair.as_ref().map_or(["", ""], |pair| pair.each_ref().map(|one| one.question.arm.as_str()))
    }
}
