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

/// Which arms no other beats at once in cost and score: for each whether it lies on the frontier. An arm without a cost or a score
/// does not.
pub fn frontier(heads: &[Head]) -> Vec<bool> {
    let points: Vec<Option<(f64, f64)>> =
        heads.iter().map(|head| Some((head.cost_of_a_trial()?, head.mean?))).collect();
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
        let head = |cost: f64, mean: f64| Head { done: 10, cost: cost * 10.0, mean: Some(mean), ..Head::default() };
        let heads = [head(0.0, 0.4), head(1.0, 0.4), head(2.0, 0.7), head(3.0, 0.6), Head::default()];
        assert_eq!(frontier(&heads), [true, false, true, false, false]);
    }
}
