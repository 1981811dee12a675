//! Why numbers cannot be compared: what was wrong with them, and what to do.

use thiserror::Error;

/// What makes scores unfit for a comparison.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing is left to compare.
    #[error("no case has a score from every arm that is compared")]
    NoCases,
    /// A score is NaN or infinite.
    #[error("score {number} is not a finite number")]
    NotFinite {
        /// Its place, from 1.
        number: usize,
    },
    /// A score lies outside [0, 1].
    #[error("score {number} lies outside 0 to 1, the scale of all scores")]
    OffScale {
        /// Its place, from 1.
        number: usize,
    },
    /// Two lists that should hold the same cases do not.
    #[error("{first} scores cannot be paired with {second}")]
    Unequal {
        /// Length of the first.
        first: usize,
        /// Length of the second.
        second: usize,
    },
}

impl Unfit {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoCases => "Run the arms on the same cases; missing trials can be run again.",
            Self::NotFinite { .. } => "Look at the metric that gave it: a score is a number from 0 to 1, or missing.",
            Self::OffScale { .. } => "Let the metric divide by its best value, so that 1 is best.",
            Self::Unequal { .. } => "Pair the scores by their case first.",
        }
    }
}

/// The scores as they are, if each is a finite number from 0 to 1.
pub(super) fn on_scale(scores: impl IntoIterator<Item = f64>) -> Result<(), Unfit> {
    for (index, score) in scores.into_iter().enumerate() {
        if !score.is_finite() {
            return Err(Unfit::NotFinite { number: index + 1 });
        }
        if !(0.0..=1.0).contains(&score) {
            return Err(Unfit::OffScale { number: index + 1 });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_score_is_named_by_its_place() {
        assert_eq!(on_scale([0.0, 1.0, 0.5]), Ok(()));
        assert_eq!(on_scale([0.0, f64::NAN]), Err(Unfit::NotFinite { number: 2 }));
        assert_eq!(on_scale([f64::INFINITY]), Err(Unfit::NotFinite { number: 1 }));
        assert_eq!(on_scale([0.0, 0.5, 1.5]), Err(Unfit::OffScale { number: 3 }));
    }
}
