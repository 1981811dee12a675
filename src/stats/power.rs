//! What so many cases can show, and how many show what is asked for. Only of differences that somebody names beforehand: power
//! worked out from the difference seen is that difference's p-value in other words (Hoenig and Heisey 2001).

use super::Confidence;
use super::special::{incomplete_beta, ln_gamma, normal_quantile};

/// The chance to find a difference that is there, which plans are made for.
pub const POWER: f64 = 0.8;
/// Discordances that a plan looks at before anything is known: in 10, 20 and 40 % of the cases exactly one arm is right.
pub const DISCORDANCES: [f64; 3] = [0.1, 0.2, 0.4];
/// More cases than anybody will run.
const MOST: u64 = 10_000_000;
/// Discordant pairs up to which power is exact; beyond it the normal approximation differs in the fourth digit.
const EXACT: f64 = 2_000.0;

/// The power of McNemar's exact two-sided test over `n` cases, when in a share `discordance` of them exactly one arm is right
/// and the shares of right answers differ by `difference` (Connor 1987, eq. 3, unconditional): the number of discordant pairs is binomial,
/// and within them the better arm's wins are. Beyond 2,000 expected discordant pairs by the normal approximation.
pub fn power(n: u64, difference: f64, discordance: f64, confidence: Confidence) -> f64 {
    let discordance = discordance.clamp(0.0, 1.0);
    let difference = difference.abs().min(discordance);
    if n == 0 || discordance <= 0.0 {
        return 0.0;
    }
    let trials = n as f64;
    if trials * discordance > EXACT {
        return nearly(n, difference, discordance, confidence);
    }
    let wins = (discordance + difference) / (2.0 * discordance);
    let spread = 5.0 * (trials * discordance * (1.0 - discordance)).sqrt() + 3.0;
    let first = (trials * discordance - spread).max(0.0) as u64;
    let last = ((trials * discordance + spread) as u64).min(n);
    let mut critical: Option<u64> = None;
    let mut sum = 0.0;
    for pairs in first..=last {
        // The largest count of losses that rejects grows by at most one from a count of pairs to the next.
        while rejects(critical.map_or(0, |most| most + 1), pairs, confidence) {
            critical = Some(critical.map_or(0, |most| most + 1));
        }
        if let Some(most) = critical {
            let (above, below) = ((pairs - most) as f64, most as f64 + 1.0);
            let found = incomplete_beta(above, below, wins) + incomplete_beta(above, below, 1.0 - wins);
            sum += mass(pairs, n, discordance) * found;
        }
    }
    sum.clamp(0.0, 1.0)
}

/// The same by the normal approximation.
fn nearly(n: u64, difference: f64, discordance: f64, confidence: Confidence) -> f64 {
    let spread = (discordance - difference * difference).max(0.0).sqrt();
    let z = -normal_quantile(confidence.tail());
    let beyond = (difference * (n as f64).sqrt() - z * discordance.sqrt()) / spread.max(1e-12);
    super::normal::normal_cumulative(beyond)
}

/// Whether the exact test rejects at this count of losses, out of so many discordant pairs.
fn rejects(losses: u64, pairs: u64, confidence: Confidence) -> bool {
    2 * losses < pairs && incomplete_beta((pairs - losses) as f64, losses as f64 + 1.0, 0.5) <= confidence.tail()
}

/// `P(X = successes)` for X binomial.
fn mass(successes: u64, trials: u64, share: f64) -> f64 {
    let (k, n) = (successes as f64, trials as f64);
    if share >= 1.0 {
        return if successes == trials { 1.0 } else { 0.0 };
    }
    let choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    (choose + k * share.ln() + (n - k) * (-share).ln_1p()).exp()
}

/// The smallest difference that `n` cases show with 80 % power at this discordance, to a tenth of a point; `None` where
/// even the largest possible, the discordance itself, is not.
pub fn smallest_difference(n: u64, discordance: f64, confidence: Confidence) -> Option<f64> {
    let steps = (discordance.clamp(0.0, 1.0) * 1_000.0).round() as u64;
    let size = |step: u64| step as f64 / 1_000.0;
    let shown = |step: u64| power(n, size(step), discordance, confidence) >= POWER;
    // Exact power takes its time, and the approximation is a step or two away.
    let mut step = (1..steps).find(|step| nearly(n, size(*step), discordance, confidence) >= POWER).unwrap_or(steps);
    if shown(step) {
        while step > 1 && shown(step - 1) {
            step -= 1;
        }
        return Some(size(step));
    }
    ((step + 1)..=steps).find(|step| shown(*step)).map(size)
}

/// How many cases show a difference of this size with 80 % power by McNemar's exact test, at this discordance, or at the least one that
/// allows the difference. `None` for a difference of 0 or one that ten million cases do not show.
pub fn cases_for(difference: f64, discordance: f64, confidence: Confidence) -> Option<u64> {
    let difference = difference.abs();
    // No discordant pair has been seen: some there must be for a difference to be.
    let discordance = discordance.max(difference).min(1.0);
    if !difference.is_finite() || difference <= 0.0 || difference > 1.0 {
        return None;
    }
    let shown = |n: u64| power(n, difference, discordance, confidence) >= POWER;
    let mut high = 4;
    while !shown(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if shown(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// How many cases show a difference of means of this size with 80 % power, when the differences have this standard deviation:
/// the normal approximation (Lachin 1981), with one half of a squared quantile more for Student's tails (Guenther 1981). `None` where
/// either is 0 or no number.
pub fn cases_for_mean(difference: f64, deviation: f64, confidence: Confidence) -> Option<u64> {
    let ratio = deviation / difference.abs();
    if !ratio.is_finite() || ratio <= 0.0 {
        return None;
    }
    let z = -normal_quantile(confidence.tail());
    let cases = ((z + normal_quantile(POWER)) * ratio).powi(2) + z * z / 2.0;
    (cases <= MOST as f64).then(|| cases.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: Confidence = Confidence::NINETY_FIVE;

    #[test]
    fn power_by_hand() {
        // All 6 pairs discordant, the arm always right: the test rejects 6 of 6 (p = 1/32). With 5 it never does.
        assert!((power(6, 1.0, 1.0, LEVEL) - 1.0).abs() < 1e-12);
        assert!(power(5, 1.0, 1.0, LEVEL).abs() < 1e-12);
        // 6 pairs, each discordant with 1/2 and then always won: only 6 of 6 rejects.
        assert!((power(6, 0.5, 0.5, LEVEL) - 1.0 / 64.0).abs() < 1e-12);
        // 7 pairs, wins 3/4: 6 or 7 discordant and none lost, or none won.
        let all = |n: i32| 0.75_f64.powi(n) + 0.25_f64.powi(n);
        let expected = (7.0 * all(6) + all(7)) / 128.0;
        assert!((power(7, 0.25, 0.5, LEVEL) - expected).abs() < 1e-12);
    }

    #[test]
    fn without_a_difference_power_is_the_false_positive_rate() {
        for n in [10, 50, 200, 1_000] {
            for discordance in DISCORDANCES {
                assert!(power(n, 0.0, discordance, LEVEL) <= 0.05, "{n} {discordance}");
            }
        }
    }

    #[test]
    fn more_cases_show_smaller_differences_and_the_two_questions_agree() {
        for discordance in DISCORDANCES {
            let mut last = 1.0;
            for n in [100, 400, 1_600] {
                let smallest = smallest_difference(n, discordance, LEVEL).unwrap_or(1.0);
                assert!(smallest < last, "{n} {discordance}");
                last = smallest;
                let cases = cases_for(smallest, discordance, LEVEL).unwrap();
                assert!(cases <= n && cases * 10 > n * 9, "{cases} for {n} at {discordance}");
            }
        }
        assert_eq!(smallest_difference(10, 0.1, LEVEL), None);
    }

    #[test]
    fn impossible_questions_have_no_answer() {
        for difference in [0.0, f64::NAN, f64::INFINITY, 1.5, 1e-9] {
            assert_eq!(cases_for(difference, 0.2, LEVEL), None, "{difference}");
        }
        assert_eq!(cases_for_mean(0.1, 0.0, LEVEL), None);
        assert_eq!(cases_for_mean(0.0, 1.0, LEVEL), None);
        assert!(cases_for(0.05, 0.0, LEVEL).is_some());
        assert_eq!(power(0, 0.1, 0.2, LEVEL).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_plan_for_a_mean_is_the_textbooks() {
        // (1.96 + 0.8416)^2 / 0.5^2 = 31.4, and 1.9 more.
        assert_eq!(cases_for_mean(0.5, 1.0, LEVEL), Some(34));
    }
}
