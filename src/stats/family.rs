//! Several comparisons at once: p-values adjusted so that a family of them errs no more often than one would.

use super::Confidence;

/// Adjusted p-values are made by ranks: the p-values in ascending order with their places.
fn ranked(p: &[f64]) -> Vec<(usize, f64)> {
    // What is not a number is no evidence.
    let mut order: Vec<(usize, f64)> =
        p.iter().map(|p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }).enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

fn in_place(n: usize, values: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut adjusted = vec![1.0; n];
    for (place, value) in values {
        adjusted[place] = value;
    }
    adjusted
}

/// Bonferroni: each times their number.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    let m = p.len() as f64;
    in_place(p.len(), ranked(p).into_iter().map(|(place, p)| (place, (p * m).min(1.0))))
}

/// Holm (1979), step down: the chance of any false positive in the family stays at the level. For confirmatory families.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut most = 0.0_f64;
    let stepped = ranked(p).into_iter().enumerate().map(|(rank, (place, value))| {
        most = most.max((value * (p.len() - rank) as f64).min(1.0));
        (place, most)
    });
    in_place(p.len(), stepped)
}

/// Benjamini and Hochberg (1995), step up: the expected share of false ones among the positives stays at the level. For
/// exploratory tables.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    step_up(p, 1.0)
}

/// Benjamini and Yekutieli (2001): as [`benjamini_hochberg`], whatever the dependence between the tests.
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    step_up(p, (1..=p.len()).map(|rank| 1.0 / rank as f64).sum())
}

fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let m = p.len() as f64;
    let mut least = 1.0_f64;
    let stepped = ranked(p).into_iter().enumerate().rev().map(|(rank, (place, value))| {
        least = least.min(value * factor * m / (rank + 1) as f64);
        (place, least)
    });
    in_place(p.len(), stepped)
}

/// The level of each comparison's interval under Holm: the one at which its own step tests, `1 - alpha / (m - rank)`; from the
/// first step that does not reject on, that step's (Serlin 1993). So an interval leaves out 0 exactly where Holm rejects, if it
/// inverts the same test. What is guaranteed of the family jointly is that, the sides of 0, and not every end.
pub fn holm_levels(p: &[f64], confidence: Confidence) -> Vec<Confidence> {
    let alpha = 1.0 - confidence.level();
    let mut stopped = None;
    let mut before: Option<(f64, f64)> = None;
    let mut levels = vec![confidence; p.len()];
    for (rank, (place, value)) in ranked(p).into_iter().enumerate() {
        // Equal ones share the first one's step, as they share its adjusted p-value: their order is nobody's.
        let tied = before.filter(|(same, _)| same.total_cmp(&value).is_eq()).map(|(_, step)| step);
        let step = stopped.or(tied).unwrap_or_else(|| alpha / (p.len() - rank) as f64);
        before = Some((value, step));
        if value > step {
            stopped = Some(step);
        }
        if let Some(level) = Confidence::new(1.0 - step) {
            levels[place] = level;
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(left: &[f64], right: &[f64]) {
        assert!(left.len() == right.len() && left.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-12), "{left:?}");
    }

    #[test]
    fn a_family_by_hand() {
        let p = [0.04, 0.01, 0.03];
        close(&holm(&p), &[0.06, 0.03, 0.06]);
        close(&bonferroni(&p), &[0.12, 0.03, 0.09]);
        close(&benjamini_hochberg(&p), &[0.04, 0.03, 0.04]);
        close(&holm(&[]), &[]);
        close(&holm(&[f64::NAN, 0.01]), &[1.0, 0.02]);
    }

    #[test]
    fn intervals_widen_with_their_step() {
        let levels: Vec<f64> =
            holm_levels(&[0.04, 0.01, 0.03], Confidence::NINETY_FIVE).into_iter().map(Confidence::level).collect();
        // 0.01 passes 0.05 / 3, 0.03 does not pass 0.05 / 2, and there it stops.
        close(&levels, &[0.975, 1.0 - 0.05 / 3.0, 0.975]);
        let tied: Vec<f64> = holm_levels(&[0.001, 0.02, 0.001, 0.001], Confidence::NINETY_FIVE)
            .into_iter()
            .map(Confidence::level)
            .collect();
        close(&tied, &[0.9875, 0.95, 0.9875, 0.9875]);
        let one: Vec<f64> = holm_levels(&[0.5], Confidence::NINETY_FIVE).into_iter().map(Confidence::level).collect();
        close(&one, &[0.95]);
    }

    proptest! {
        #[test]
        fn adjusted_values_are_probabilities_no_smaller_and_in_the_same_order(
            p in prop::collection::vec(0.0_f64..=1.0, 0..12)
        ) {
            for adjust in [bonferroni, holm, benjamini_hochberg, benjamini_yekutieli] {
                let adjusted = adjust(&p);
                for (i, a) in adjusted.iter().enumerate() {
                    prop_assert!((0.0..=1.0).contains(a) && *a >= p[i] - 1e-15);
                    for (j, b) in adjusted.iter().enumerate() {
                        prop_assert!(p[i] >= p[j] || a <= b);
                    }
                }
            }
        }

        #[test]
        fn the_levels_agree_with_the_adjusted_values(p in prop::collection::vec(0.0001_f64..0.2, 1..6)) {
            let adjusted = holm(&p);
            for ((p, adjusted), level) in p.iter().zip(&adjusted).zip(holm_levels(&p, Confidence::NINETY_FIVE)) {
                let rejects = *p <= 1.0 - level.level();
                prop_assert!(rejects == (*adjusted <= 0.05) || (adjusted - 0.05).abs() < 1e-9);
            }
        }
    }
}
