//! The few best of many, without sorting the rest.

use std::cmp::Ordering;

/// Keeps the `most` highest scores; of equal ones those with the lower index.
#[derive(Debug)]
pub(super) struct Best {
    most: usize,
    /// Once full, a heap with the worst on top.
    kept: Vec<(usize, f32)>,
}

/// Better first.
pub(super) fn order(left: &(usize, f32), right: &(usize, f32)) -> Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Vec::with_capacity(most.min(1024)) }
    }

    /// The score that a newcomer must at least have; `None` while there is room for anyone.
    pub(super) fn threshold(&self) -> Option<f32> {
        if self.kept.len() < self.most { None } else { Some(self.kept.first().map_or(f32::INFINITY, |worst| worst.1)) }
    }

    pub(super) fn offer(&mut self, index: usize, score: f32) {
        let one = (index, score);
        if self.kept.len() < self.most {
            self.kept.push(one);
            if self.kept.len() == self.most {
                // Worst first is a heap already.
                self.kept.sort_unstable_by(|left, right| order(right, left));
            }
        } else if self.kept.first().is_some_and(|worst| order(&one, worst) == Ordering::Less) {
            self.sink(one);
        }
    }

    /// Puts `one` in the place of the worst and lets it sink until nothing worse is below it.
    fn sink(&mut self, one: (usize, f32)) {
        let mut at = 0;
        loop {
            let worse = [2 * at + 1, 2 * at + 2]
                .into_iter()
                .filter_map(|child| Some((child, *self.kept.get(child)?)))
                .max_by(|left, right| order(&left.1, &right.1));
            let (place, next) = match worse {
                Some((child, below)) if order(&below, &one) == Ordering::Greater => (child, below),
                _ => (at, one),
            };
            if let Some(slot) = self.kept.get_mut(at) {
                *slot = next;
            }
            if place == at {
                return;
            }
            at = place;
        }
    }

    /// The best, best first.
    pub(super) fn into_sorted(mut self) -> Vec<(usize, f32)> {
        self.kept.sort_unstable_by(order);
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_a_sort_puts_first(scores in proptest::collection::vec(0_u8..20, 0..60), most in 0_usize..12) {
            let mut best = Best::new(most);
            let mut all: Vec<(usize, f32)> = scores.iter().map(|score| f32::from(*score)).enumerate().collect();
            for (index, score) in &all {
                best.offer(*index, *score);
            }
            all.sort_by(order);
            all.truncate(most);
            prop_assert_eq!(best.into_sorted(), all);
        }
    }
}
