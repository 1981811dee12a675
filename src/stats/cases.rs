//! Which cases can be compared: those that every arm was asked and answered, their repeats averaged; and how many are left out, and why.

use std::collections::BTreeMap;

/// One arm's scores: for each case those of its repeats, `None` for a trial that is missing. A score that is no number from 0
/// to 1 counts as missing, too.
pub type ByCase = BTreeMap<String, Vec<Option<f64>>>;

/// What a comparison leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Cases that not every arm was asked.
    pub elsewhere: usize,
    /// Cases that every arm was asked, and some arm has no score for.
    pub missing: usize,
    /// Trials whose score was NaN, infinite or off the scale; counted as missing trials.
    pub not_scores: usize,
}

impl LeftOut {
    /// Cases left out.
    pub const fn cases(self) -> usize {
        self.elsewhere + self.missing
    }
}

/// The cases of `K` arms side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned<const K: usize> {
    /// For each case that can be compared the mean score of every arm, in the order of the cases' ids.
    pub rows: Vec<[f64; K]>,
    /// Their ids, in the same order.
    pub ids: Vec<String>,
    /// Cases asked of every arm of which some arm has no score, with those that are known.
    pub partial: Vec<[Option<f64>; K]>,
    /// Most trials of one arm on one case.
    pub repeats: usize,
    /// What is left out.
    pub left_out: LeftOut,
}

/// Puts the arms side by side, case by case. The repeats of a case are averaged, never counted as independent: its missing
/// trials leave the mean of the others.
pub fn align<const K: usize>(arms: [&ByCase; K]) -> Aligned<K> {
    let mut aligned =
        Aligned { rows: Vec::new(), ids: Vec::new(), partial: Vec::new(), repeats: 0, left_out: LeftOut::default() };
    let mut everywhere: Vec<&String> = arms.iter().flat_map(|arm| arm.keys()).collect();
    everywhere.sort_unstable();
    everywhere.dedup();
    for id in everywhere {
        if !arms.iter().all(|arm| arm.contains_key(id)) {
            aligned.left_out.elsewhere += 1;
            continue;
        }
        let means = arms.map(|arm| {
            let trials = arm.get(id).map_or(&[][..], Vec::as_slice);
            aligned.repeats = aligned.repeats.max(trials.len());
            let (mut sum, mut n) = (0.0, 0_usize);
            for score in trials.iter().flatten() {
                if (0.0..=1.0).contains(score) {
                    sum += score;
                    n += 1;
                } else {
                    aligned.left_out.not_scores += 1;
                }
            }
            (n > 0).then(|| sum / n as f64)
        });
        if means.iter().all(Option::is_some) {
            aligned.rows.push(means.map(Option::unwrap_or_default));
            aligned.ids.push(id.clone());
        } else {
            aligned.left_out.missing += 1;
            aligned.partial.push(means);
        }
    }
    aligned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(cases: &[(&str, &[Option<f64>])]) -> ByCase {
        cases.iter().map(|(id, scores)| ((*id).to_owned(), scores.to_vec())).collect()
    }

    #[test]
    fn only_what_all_arms_answered_is_compared_and_the_rest_is_counted() {
        let first = arm(&[
            ("a", &[Some(1.0), Some(0.0), None]),
            ("b", &[None]),
            ("c", &[Some(1.0)]),
            ("d", &[Some(f64::NAN), Some(2.0)]),
            ("e", &[]),
        ]);
        let second = arm(&[
            ("a", &[Some(0.25)]),
            ("b", &[Some(1.0)]),
            ("d", &[Some(1.0)]),
            ("e", &[Some(1.0)]),
            ("f", &[Some(1.0)]),
        ]);
        let aligned = align([&first, &second]);
        assert_eq!(aligned.rows, [[0.5, 0.25]]);
        assert_eq!(aligned.ids, ["a"]);
        assert_eq!(aligned.partial, [[None, Some(1.0)]; 3]);
        assert_eq!(aligned.repeats, 3);
        assert_eq!(aligned.left_out, LeftOut { elsewhere: 2, missing: 3, not_scores: 2 });
        assert_eq!(aligned.left_out.cases(), 5);
    }

    #[test]
    fn no_case_in_common_leaves_nothing() {
        let aligned = align([&arm(&[("a", &[Some(1.0)])]), &ByCase::new()]);
        assert!(aligned.rows.is_empty());
        assert_eq!(aligned.left_out.elsewhere, 1);
    }
}
