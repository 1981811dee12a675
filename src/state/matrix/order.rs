//! Which cases the matrix shows, and in which order.

use std::sync::Arc;

/// By what the cases are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As in the split.
    #[default]
    Rows,
    /// As they are asked: what is asked first stands first.
    Asked,
    /// By an arm's score; the worst first, or the best.
    Score {
        /// The column.
        arm: u32,
        /// Whether the best come first.
        best: bool,
    },
    /// The slowest first; of one arm where it is given.
    Slowest(Option<u32>),
}

impl Sort {
    /// After a click on a column's head: its worst first, its best first, as in the split.
    #[must_use]
    pub const fn next_of(self, column: u32) -> Self {
        match self {
            Self::Score { arm, best: false } if arm == column => Self::Score { arm, best: true },
            Self::Score { arm, best: true } if arm == column => Self::Rows,
            _ => Self::Score { arm: column, best: false },
        }
    }
}

/// Which cases are kept; an arm where only that one is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// All.
    #[default]
    All,
    /// Those with a failure: a score below one half, or a non-answer.
    Failed(Option<u32>),
    /// Those with a non-answer of the model.
    NonAnswer(Option<u32>),
    /// Those with an answer that could not be read.
    Unparsed(Option<u32>),
    /// Those with a missing trial.
    Missing(Option<u32>),
    /// Those on which two arms have other scores.
    Differ(u32, u32),
    /// Those that have flipped since the run that this one is compared with.
    Flipped,
}

/// Which cases are shown, in which order: what a person asked for, and what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// Counts questions; late answers are dropped.
    pub generation: u64,
    /// Which are kept.
    pub keep: Keep,
    /// Text that must stand in the case or in an answer.
    pub text: String,
    /// By what they are ordered.
    pub sort: Sort,
    /// The rows of the split that were found, in their order; `None` shows all cases of the plan as in the split.
    pub rows: Option<Arc<[u32]>>,
    /// How much of the run was looked through, while that goes on: from 0 to 1.
    pub share: Option<f64>,
    /// How many cells were filled when it was asked: what came later may stand in the wrong place.
    pub at_done: u64,
}

impl Order {
    /// Whether it says more than "all of them, as in the split".
    pub fn is_set(&self) -> bool {
        self.is_filter() || self.sort != Sort::Rows
    }

    /// Whether cases are left out.
    pub fn is_filter(&self) -> bool {
        self.keep != Keep::All || !self.text.is_empty()
    }

    /// Whether it hangs on what has come in: what comes in later may stand in the wrong place.
    pub fn hangs_on_answers(&self) -> bool {
        self.is_filter() || !matches!(self.sort, Sort::Rows | Sort::Asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_worst_first_then_best_first_then_not_at_all() {
        let worst = Sort::Rows.next_of(2);
        assert_eq!(worst, Sort::Score { arm: 2, best: false });
        assert_eq!(worst.next_of(2), Sort::Score { arm: 2, best: true });
        assert_eq!(worst.next_of(2).next_of(2), Sort::Rows);
        assert_eq!(worst.next_of(1), Sort::Score { arm: 1, best: false });
        assert_eq!(Sort::Slowest(None).next_of(0), Sort::Score { arm: 0, best: false });
    }
}
