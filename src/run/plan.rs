//! A question made ready to be followed through all of its calls: everything a strategy may look at, owned.

use std::sync::Arc;

use super::question::NotAsked;
use crate::data::{Case, Cases, Split, Splits};
use crate::model::Parameters;
use crate::prompt::{Permissions, Prompt, Reach};
use crate::strategy::{
    Ahead, Call, CallRecord, Lengths, Retrieval, SetUp, Step, StrategyConfig, StrategyError, Task, look_ahead,
};

/// Members of one question differ in their seed by this, so that those of the next sample (whose seed is one more) are others.
const SEED_STEP: u64 = 10_007;

/// What a strategy works on for one case, and the arm's own sampling.
#[derive(Clone)]
pub struct Plan {
    pub(super) strategy: StrategyConfig,
    pub(super) prompt: Arc<Prompt>,
    pub(super) case: Arc<Case>,
    pub(super) splits: Arc<Splits>,
    pub(super) retrieval: Option<Arc<dyn Retrieval>>,
    pub(super) set_up: Option<Arc<SetUp>>,
    pub(super) reach: Reach,
    pub(super) permissions: Permissions,
    pub(super) parameters: Parameters,
    /// From which resemblance on a train row is no exemplar for a case.
    pub(super) alike: f64,
}

impl Plan {
    /// Why a question is not asked. All that a strategy can see of a train file that cannot be read is that there are no rows.
    pub(super) fn not_asked(&self, error: &StrategyError) -> NotAsked {
        match self.splits.look(Split::Train) {
            Err(fault) if matches!(error, StrategyError::CannotApply { .. }) => {
                NotAsked::new(&format!("{error}: {fault}"), fault.hint())
            }
            _ => NotAsked::new(error, error.hint()),
        }
    }

    /// What the strategy is shown.
    pub fn task(&self) -> Task<'_> {
        Task {
            prompt: &self.prompt,
            case: &self.case,
            train: self.splits.train.as_ref().map(|rows| rows as &dyn Cases),
            retrieval: self.retrieval.as_deref(),
            set_up: self.set_up.as_deref(),
            reach: Some(&self.reach),
            permissions: &self.permissions,
            alike: self.alike,
        }
    }

    /// The strategy that is followed.
    pub const fn strategy(&self) -> &StrategyConfig {
        &self.strategy
    }

    /// What comes next, given every call so far in order.
    pub fn next(&self, so_far: &[CallRecord]) -> Result<Step, StrategyError> {
        self.strategy.strategy().next(&self.strategy, &self.task(), so_far)
    }

    /// Every call of the case, before any is made.
    pub fn look_ahead(&self, lengths: Lengths) -> Result<Ahead, StrategyError> {
        look_ahead(&self.strategy, &self.task(), lengths)
    }

    /// How a call is sampled: its own settings over the arm's.
    pub fn parameters(&self, call: &Call) -> Parameters {
        let mut parameters = call.parameters.over(Some(&self.parameters));
        if let Some(shift) = call.seed_shift {
            let seed = self.parameters.seed.unwrap_or(0);
            parameters.seed = Some(seed.wrapping_add(shift.wrapping_mul(SEED_STEP)));
        }
        parameters
    }
}
