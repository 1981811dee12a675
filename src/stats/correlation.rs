//! Rank correlation: whether two figures of the same cases go together.

use super::special::normal_quantile;
use super::{Confidence, Interval};

/// Spearman's rank correlation with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// Over how many pairs.
    pub n: usize,
    /// From -1 to 1.
    pub rho: f64,
    /// By Fisher's transformation with the standard error of Bonett and Wright (2000), `sqrt((1 + rho^2 / 2) / (n - 3))`.
    pub interval: Interval,
}

impl Correlation {
    /// Whether its interval leaves out 0.
    pub const fn is_shown(self) -> bool {
        self.interval.low > 0.0 || self.interval.high < 0.0
    }
}

/// Spearman (1904): Pearson's correlation of the ranks, equal values at the mean of their ranks. `None` for fewer than four pairs,
/// where one side is constant, and where a value is not finite.
pub fn spearman(pairs: &[(f64, f64)], confidence: Confidence) -> Option<Correlation> {
    let n = pairs.len();
    if n < 4 || pairs.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (x, y) = (ranks(&x), ranks(&y));
    let middle = f64::midpoint(n as f64, 1.0);
    let sum = |one: &[f64], other: &[f64]| -> f64 {
        one.iter().zip(other).map(|(one, other)| (one - middle) * (other - middle)).sum()
    };
    let (own, other) = (sum(&x, &x), sum(&y, &y));
    if own <= 0.0 || other <= 0.0 {
        return None;
    }
    let rho = (sum(&x, &y) / (own * other).sqrt()).clamp(-1.0, 1.0);
    let half = -normal_quantile(confidence.tail()) * ((1.0 + rho * rho / 2.0) / (n as f64 - 3.0)).sqrt();
    // At exactly 1 the transformation has no value; what is beyond all digits stands for it.
    let z = rho.clamp(-1.0 + 1e-12, 1.0 - 1e-12).atanh();
    // Near 1 so much that digits end: the figure itself is never outside.
    let interval = Interval { low: (z - half).tanh().min(rho), high: (z + half).tanh().max(rho) };
    Some(Correlation { n, rho, interval })
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut ranks = vec![0.0; values.len()];
    let mut passed = 0;
    for equal in order.chunk_by(|one, other| one.1.total_cmp(&other.1).is_eq()) {
        let rank = passed as f64 + f64::midpoint(equal.len() as f64, 1.0);
        for (place, _) in equal {
            ranks[*place] = rank;
        }
        passed += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        // d = 1, 1, 1, 1, 0: rho = 1 - 6 * 4 / (5 * 24) = 0.8
        let pairs = [(1.0, 20.0), (2.0, 10.0), (3.0, 40.0), (4.0, 30.0), (5.0, 50.0)];
        let found = spearman(&pairs, Confidence::NINETY_FIVE).unwrap();
        assert!((found.rho - 0.8).abs() < 1e-12 && found.n == 5);
        // atanh(0.8) = 1.0986, standard error sqrt(1.32 / 2) = 0.8124, 1.95996 of it 1.5923
        assert!((found.interval.low - (1.098_612_3_f64 - 1.592_279).tanh()).abs() < 1e-4, "{found:?}");
        assert!(!found.is_shown());
        let same: Vec<(f64, f64)> = (0..3_000).map(|i| (f64::from(i), f64::from(i))).collect();
        let found = spearman(&same, Confidence::NINETY_FIVE).unwrap();
        assert!(found.interval.low <= found.rho && found.rho <= found.interval.high, "{found:?}");
        let turned: Vec<(f64, f64)> = (0..30).map(|i| (f64::from(i), -f64::from(i))).collect();
        let found = spearman(&turned, Confidence::NINETY_FIVE).unwrap();
        assert!((found.rho + 1.0).abs() < 1e-9 && found.is_shown() && found.interval.low >= -1.0);
        assert!(found.interval.low <= found.rho && found.rho <= found.interval.high, "{found:?}");
    }

    #[test]
    fn too_little_is_none() {
        let flat: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), 0.5)).collect();
        assert_eq!(spearman(&flat, Confidence::NINETY_FIVE), None);
        assert_eq!(spearman(&[(1.0, 2.0), (2.0, 1.0), (3.0, 3.0)], Confidence::NINETY_FIVE), None);
        assert_eq!(spearman(&[(1.0, 2.0), (2.0, f64::NAN), (3.0, 3.0), (4.0, 4.0)], Confidence::NINETY_FIVE), None);
    }
}
