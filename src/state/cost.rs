//! What an answer costs, as the line under it says it.

use crate::model::hosted::Priced;
use crate::model::{Cost, Price};

/// The cost of an answer, where there is something to say: a model on this machine costs nothing and gets none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CostNote {
    /// Nobody says what this model costs.
    Unknown,
    /// So much.
    Of {
        /// This answer.
        cost: Cost,
        /// All answers of its arm since the start, where that is more than this one.
        arm: Option<Cost>,
    },
}

impl CostNote {
    /// What to say of an answer by a model with this price.
    pub fn of(priced: Option<Priced>, cost: Option<Cost>) -> Option<Self> {
        match (priced, cost) {
            (Some(priced), _) if priced.price == Price::FREE => None,
            (Some(_), Some(cost)) => Some(Self::Of { cost, arm: None }),
            _ => Some(Self::Unknown),
        }
    }

    /// The same beside what its arm has cost in all.
    #[must_use]
    pub fn beside(self, total: Cost) -> Self {
        match self {
            Self::Of { cost, .. } => Self::Of { cost, arm: (total.dollars > cost.dollars).then_some(total) },
            Self::Unknown => Self::Unknown,
        }
    }

    /// In words.
    pub fn in_words(self) -> String {
        match self {
            Self::Unknown => "price unknown".to_owned(),
            Self::Of { cost, arm: None } => cost.in_words(),
            Self::Of { cost, arm: Some(arm) } => format!("{} (arm {})", cost.in_words(), arm.in_words()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hosted::PricedBy;

    #[test]
    fn free_answers_say_nothing_and_unknown_prices_say_so() {
        let priced = |price| Some(Priced { price, by: PricedBy::Table });
        let cost = |dollars| Cost { dollars, exact: true };
        let paid = Price { input: 1.0, output: 1.0, cached: None };
        assert_eq!(CostNote::of(priced(Price::FREE), Some(cost(0.0))), None);
        assert_eq!(CostNote::of(None, None).unwrap().in_words(), "price unknown");
        let note = CostNote::of(priced(paid), Some(cost(0.25))).unwrap();
        assert_eq!(note.beside(cost(0.25)).in_words(), "$0.25");
        assert_eq!(note.beside(cost(0.75)).in_words(), "$0.25 (arm $0.75)");
    }
}
