//! What tuning made a model forget, measured beside what it gained.

use super::Fault;
use crate::tune::{ItemResult, KindResult, summary};

/// Whose forgetting is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForgetOf {
    /// An adapter, by its name.
    Adapter(String),
    /// A model of the workbench, by its id.
    Model(String),
}

impl ForgetOf {
    /// Its name on the screen.
    pub fn name(&self) -> &str {
        match self {
            Self::Adapter(name) | Self::Model(name) => name,
        }
    }
}

/// The page of what was lost.
#[derive(Clone, Debug, Default)]
pub struct ForgettingState {
    /// Counts checks; news of others is dropped.
    pub generation: u64,
    /// Whose.
    pub of: Option<ForgetOf>,
    /// Items done, and in all.
    pub progress: (usize, usize),
    /// Whose is measured once that is said yes to, and what tuning it gained; what is here of another stays until then.
    pub asks: Option<(ForgetOf, Vec<String>)>,
    /// The server that this would ask; none where the model runs in here.
    pub asks_server: Option<String>,
    /// Whether it is being measured.
    pub running: bool,
    /// What was measured.
    pub items: Vec<ItemResult>,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// What tuning gained, in words, as far as it was on the screen.
    pub gained: Vec<String>,
}

impl ForgettingState {
    /// The kinds of items, each with its difference and interval.
    pub fn kinds(&self) -> Vec<KindResult> {
        summary(&self.items)
    }

    /// The items that lost most, worst first; only those that lost.
    pub fn most_lost(&self, count: usize) -> Vec<&ItemResult> {
        let mut lost: Vec<&ItemResult> = self.items.iter().filter(|item| item.tuned < item.base).collect();
        lost.sort_by(|one, other| (one.tuned - one.base).total_cmp(&(other.tuned - other.base)));
        lost.truncate(count);
        lost
    }
}
