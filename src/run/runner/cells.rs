//! Sets of cells, a bit each: a run of a million trials knows in 125 KB what is filled.

use std::collections::BTreeSet;

use super::plan::Plan;
use crate::store::CellPlace;

/// A set of cells of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CellSet {
    arms: u64,
    repeats: u64,
    words: Vec<u64>,
}

impl CellSet {
    /// None of the plan's cells.
    pub(super) fn none_of(plan: &Plan) -> Self {
        let (arms, repeats) = (plan.arms.len() as u64, u64::from(plan.repeats));
        let cells = plan.rows * arms * repeats;
        Self { arms, repeats, words: vec![0; cells.div_ceil(64) as usize] }
    }

    /// All of the plan's cells.
    pub(super) fn all_of(plan: &Plan) -> Self {
        let mut all = Self::none_of(plan);
        all.words.fill(u64::MAX);
        let cells = plan.rows * all.arms * all.repeats;
        if let (Some(last), used @ 1..) = (all.words.last_mut(), cells % 64) {
            *last = (1 << used) - 1;
        }
        all
    }

    fn bit(&self, place: CellPlace) -> Option<(usize, u64)> {
        let CellPlace { row, arm, repeat } = place;
        if u64::from(arm) >= self.arms || u64::from(repeat) >= self.repeats {
            return None;
        }
        let bit = (row * self.arms + u64::from(arm)) * self.repeats + u64::from(repeat);
        let word = (bit / 64) as usize;
        (word < self.words.len()).then_some((word, 1 << (bit % 64)))
    }

    /// Whether a cell is in it.
    pub(super) fn has(&self, place: CellPlace) -> bool {
        self.bit(place).is_some_and(|(word, bit)| self.words[word] & bit != 0)
    }

    /// Puts a cell in; whether it was not in before.
    pub(super) fn insert(&mut self, place: CellPlace) -> bool {
        let Some((word, bit)) = self.bit(place) else { return false };
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    /// Takes a cell out.
    pub(super) fn remove(&mut self, place: CellPlace) {
        if let Some((word, bit)) = self.bit(place) {
            self.words[word] &= !bit;
        }
    }

    /// How many cells are in it.
    pub(super) fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many cells are in it and in another set of the same plan.
    pub(super) fn len_with(&self, other: &Self) -> u64 {
        self.words.iter().zip(&other.words).map(|(one, two)| u64::from((one & two).count_ones())).sum()
    }

    /// How many cells of these columns are in it.
    pub(super) fn len_of(&self, arms: &BTreeSet<u32>) -> u64 {
        if arms.is_empty() {
            return 0;
        }
        let rows = self.words.len() as u64 * 64 / (self.arms * self.repeats).max(1) + 1;
        let places = |row: u64| {
            let repeats = 0..self.repeats as u32;
            arms.iter().flat_map(move |arm| repeats.clone().map(move |repeat| CellPlace { row, arm: *arm, repeat }))
        };
        (0..rows).flat_map(places).filter(|place| self.has(*place)).count() as u64
    }

    /// Those that are in it and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(one, two)| one & !two).collect();
        Self { words, ..*self }
    }

    /// Those that are in both.
    pub(super) fn with(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(one, two)| one & two).collect();
        Self { words, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::anytime::tests::plan;
    use super::*;

    #[test]
    fn all_cells_are_those_that_are_put_in_one_by_one() {
        for rows in [0, 1, 31, 32, 33, 100] {
            let plan = plan(rows);
            let mut one_by_one = CellSet::none_of(&plan);
            for row in 0..rows {
                for arm in 0..2 {
                    assert!(one_by_one.insert(CellPlace { row, arm, repeat: 0 }));
                }
            }
            assert_eq!(CellSet::all_of(&plan), one_by_one, "{rows}");
            assert_eq!(one_by_one.len(), rows * 2);
            assert_eq!(one_by_one.len_of(&BTreeSet::from([1])), rows);
            assert_eq!(one_by_one.len_of(&BTreeSet::new()), 0);
        }
    }
}
