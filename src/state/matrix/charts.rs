//! What is made of a whole run for a chart: how scores lie, what each arm adds, the verdict of the table.

use super::cell::Head;
use crate::state::Ablation;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FigureKind {
    /// See [`Figures::Histogram`].
    Histogram,
    /// See [`Figures::Ladder`].
    Ladder,
    /// See [`Figures::Words`].
    Fourfold,
}

/// What a worker made of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Figures {
    /// Being made: how much of the run was read, from 0 to 1.
    Reading(f64),
    /// How many trials of each arm have a score in each tenth.
    Histogram(Vec<Vec<u64>>),
    /// The arms in their order.
    Ladder(Ablation),
    /// A verdict in words.
    Words(Vec<String>),
    /// Why there is nothing.
    Nothing(String),
}

/// What a trial takes of what is scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Dollars, where any arm costs some.
    Dollars,
    /// Seconds, where all arms are free.
    Seconds,
}

impl Price {
    /// The one that tells arms apart.
    pub fn of(heads: &[Head]) -> Self {
        let free = |head: &Head| head.cost_of_a_trial == Some(0.0) || head.done == head.missing;
        if heads.iter().all(free) { Self::Seconds } else { Self::Dollars }
    }

    /// What a trial of this arm takes, where that is known.
    pub fn of_a_trial(self, head: &Head) -> Option<f64> {
        match self {
            Self::Dollars => head.cost_of_a_trial,
            Self::Seconds => head.seconds_of_a_trial,
        }
    }
}

/// Which arms no other beats at once in price and score: for each whether it lies on the frontier. An arm without a price or a score
/// does not.
pub fn frontier(heads: &[Head], price: Price) -> Vec<bool> {
    let points: Vec<Option<(f64, f64)>> =
        heads.iter().map(|head| Some((price.of_a_trial(head)?, head.mean?))).collect();
    points
        .iter()
        .map(|point| {
            let Some((cost, score)) = point else { return false };
            !points
                .iter()
                .flatten()
                .any(|(other, better)| (other < cost && better >= score) || (other <= cost && better > score))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontier_leaves_out_what_another_beats() {
        let head =
            |cost: f64, mean: f64| Head { done: 10, cost_of_a_trial: Some(cost), mean: Some(mean), ..Head::default() };
        let heads = [head(0.0, 0.4), head(1.0, 0.4), head(2.0, 0.7), head(3.0, 0.6), Head::default()];
        assert_eq!(Price::of(&heads), Price::Dollars);
        assert_eq!(frontier(&heads, Price::Dollars), [true, false, true, false, false]);
    }

    #[test]
    fn where_all_is_free_time_is_the_price() {
        let head = |seconds: f64, mean: f64| Head {
            done: 10,
            cost_of_a_trial: Some(0.0),
            seconds_of_a_trial: Some(seconds),
            mean: Some(mean),
            ..Head::default()
        };
        let heads = [head(0.4, 0.4), head(0.3, 0.7), head(0.9, 0.8), Head::default()];
        assert_eq!(Price::of(&heads), Price::Seconds);
        assert_eq!(frontier(&heads, Price::Seconds), [false, true, true, false]);
    }
}
