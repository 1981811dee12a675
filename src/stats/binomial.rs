//! Exact tails of the binomial distribution with probability one half: what the sign test and McNemar's test read.

use super::special::ln_gamma;

/// The exact two-sided p-value for `successes` out of `trials` when both sides are equally likely: twice the smaller tail, at
/// most 1. For one half the two-sided rules in use (doubling, equal or smaller likelihood) agree. No trials give 1.
pub fn two_sided_half(successes: u64, trials: u64) -> f64 {
    let smaller = successes.min(trials.saturating_sub(successes));
    (2.0 * lower_tail_half(smaller, trials)).min(1.0)
}

/// `P(X = successes)` for X binomial with one half.
pub(super) fn mass_half(successes: u64, trials: u64) -> f64 {
    let (k, n) = (successes as f64, trials as f64);
    (ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) - n * std::f64::consts::LN_2).exp()
}

/// `P(X <= successes)` for X binomial with one half and `successes` at most half of `trials`: summed from the largest term
/// down, so that nothing cancels.
fn lower_tail_half(successes: u64, trials: u64) -> f64 {
    let mut term = mass_half(successes, trials);
    let mut sum = term;
    for k in (1..=successes).rev() {
        // C(n, k - 1) = C(n, k) * k / (n - k + 1)
        term *= k as f64 / (trials - k + 1) as f64;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cases_by_hand() {
        for (successes, trials, p) in
            [(0, 0, 1.0), (0, 1, 1.0), (6, 6, 2.0 / 64.0), (0, 6, 2.0 / 64.0), (7, 8, 18.0 / 256.0), (5, 10, 1.0)]
        {
            assert!((two_sided_half(successes, trials) - p).abs() < 1e-14, "{successes} of {trials}");
        }
    }

    #[test]
    fn more_successes_than_trials_do_not_panic() {
        assert!(two_sided_half(9, 3).is_finite());
    }

    #[test]
    fn a_million_trials_follow_the_normal_approximation() {
        // 1,000 above the expected half is two standard deviations: 0.0455, with continuity 0.04556.
        let p = two_sided_half(501_000, 1_000_000);
        assert!((p - 0.045_59).abs() < 1e-4, "{p}");
    }
}
