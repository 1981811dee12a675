//! Drawing by chance that is the same on every machine and in every later version: numbers from a hash of a seed and a case.

use std::collections::HashSet;

use crate::data::{Case, key};

/// A source of numbers for one case.
pub(crate) struct Draw {
    reader: blake3::OutputReader,
}

impl Draw {
    /// The numbers of a seed, a case and a purpose.
    pub(crate) fn new(seed: u64, case: &Case, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(&[0]);
        hasher.update(key(case).as_bytes());
        Self { reader: hasher.finalize_xof() }
    }

    /// A number below `bound`, each as likely as the others to one part in 2^64 / `bound`; 0 for a bound of 0.
    fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.reader.fill(&mut bytes);
        ((u128::from(u64::from_le_bytes(bytes)) * bound as u128) >> 64) as usize
    }

    /// `items` in an order drawn at random (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }

    /// Numbers below `count`, each once, in an order drawn at random; as many as are asked for. Takes no room for those that
    /// nobody asks for.
    pub(crate) fn distinct(mut self, count: usize) -> impl Iterator<Item = usize> {
        /// Up to here all are shuffled at once.
        const SMALL: usize = 4096;
        let mut small: Vec<usize> = if count <= SMALL { (0..count).collect() } else { Vec::new() };
        self.shuffle(&mut small);
        let mut small = small.into_iter();
        let mut seen = HashSet::new();
        std::iter::from_fn(move || {
            if count <= SMALL {
                return small.next();
            }
            if seen.len() * 2 >= count {
                // Half of a large set is more than anyone shows to a model.
                return None;
            }
            loop {
                let drawn = self.below(count);
                if seen.insert(drawn) {
                    return Some(drawn);
                }
            }
        })
    }

    /// `count` different orders of `items` places, the first of them the usual one; fewer where there are not so many.
    pub(crate) fn orders(&mut self, items: usize, count: usize) -> Vec<Vec<usize>> {
        let usual: Vec<usize> = (0..items).collect();
        let possible = (1..=items).try_fold(1_usize, usize::checked_mul).unwrap_or(usize::MAX);
        let mut orders = vec![usual.clone()];
        while orders.len() < count.min(possible) {
            let mut order = usual.clone();
            self.shuffle(&mut order);
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        orders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64) -> Draw {
        Draw::new(seed, &Case::default(), "test")
    }

    #[test]
    fn a_seed_draws_the_same_for_ever() {
        let first: Vec<usize> = draw(1).distinct(10).collect();
        // Written down once: another version must not draw other examples under the same seed.
        assert_eq!(first, draw(1).distinct(10).collect::<Vec<_>>());
        assert_ne!(first, draw(2).distinct(10).collect::<Vec<_>>());
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_large_set_is_drawn_from_without_laying_it_out() {
        let drawn: Vec<usize> = draw(3).distinct(10_000_000).take(50).collect();
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 50);
        assert!(drawn.iter().all(|row| *row < 10_000_000));
        assert!(drawn.iter().any(|row| *row > 5_000_000) && drawn.iter().any(|row| *row < 5_000_000));
    }

    #[test]
    fn orders_are_distinct_and_begin_with_the_usual_one() {
        let orders = draw(0).orders(4, 11);
        assert_eq!(orders.len(), 11);
        assert_eq!(orders[0], [0, 1, 2, 3]);
        assert_eq!(orders.iter().collect::<HashSet<_>>().len(), 11);
        assert_eq!(draw(0).orders(2, 5), [[0, 1], [1, 0]]);
    }
}
