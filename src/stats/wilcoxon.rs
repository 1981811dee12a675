//! Wilcoxon's signed-rank test, exact: beside the sign-flip test it asks only which differences are larger, not by how much.

/// The statistic and its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wilcoxon {
    /// The smaller of the two rank sums.
    pub statistic: f64,
    /// The exact two-sided p-value.
    pub p: f64,
}

/// The exact test (Wilcoxon 1945) of differences of which none is 0 and no two are of equal size; `None` for others, whose
/// distribution is another one, and for more than 500.
pub fn wilcoxon(differences: &[f64]) -> Option<Wilcoxon> {
    const MOST: usize = 500;
    let n = differences.len();
    if n == 0 || n > MOST || differences.iter().any(|each| !each.is_finite()) {
        return None;
    }
    let mut sorted = differences.to_vec();
    sorted.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Sizes that differ by the rounding of a subtraction are ties.
    let tied = |a: f64, b: f64| (b - a).abs() <= 1e-12;
    if tied(sorted[0], 0.0) || sorted.windows(2).any(|pair| tied(pair[0].abs(), pair[1].abs())) {
        return None;
    }
    let total = n * (n + 1) / 2;
    let plus: usize = sorted.iter().zip(1_usize..).filter(|(each, _)| **each > 0.0).map(|(_, rank)| rank).sum();
    let smaller = plus.min(total - plus);
    // The share of sign patterns with each rank sum, rank by rank.
    let mut shares = vec![0.0; total + 1];
    shares[0] = 1.0_f64;
    for rank in 1..=n {
        for sum in (0..=total).rev() {
            let with = if sum >= rank { shares[sum - rank] } else { 0.0 };
            shares[sum] = f64::midpoint(shares[sum], with);
        }
    }
    let tail: f64 = shares[..=smaller].iter().sum();
    Some(Wilcoxon { statistic: smaller as f64, p: (2.0 * tail).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_differences_by_hand() {
        // Ranks 1 (minus), 2, 3, 4: the smaller sum is 1; sums of 0 and 1 are 2 of 16 patterns, and twice that.
        let seen = wilcoxon(&[-0.1, 0.2, 0.3, 0.4]).unwrap();
        assert!((seen.statistic - 1.0).abs() < 1e-15 && (seen.p - 0.25).abs() < 1e-15, "{seen:?}");
    }

    #[test]
    fn ties_and_zeros_are_another_distribution() {
        for differences in [&[][..], &[0.0, 1.0], &[0.2, -0.2], &[0.3 - 0.1, 0.5 - 0.3], &[f64::NAN]] {
            assert_eq!(wilcoxon(differences), None, "{differences:?}");
        }
    }
}
