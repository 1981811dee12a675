//! The bootstrap: cases drawn anew with replacement, whole rows at a time, so that what is paired stays paired; and the
//! percentile and `BCa` intervals that are read off it.

use super::normal::normal_cumulative;
use super::random::Random;
use super::special::normal_quantile;
use super::{Confidence, Interval};

/// Resamples unless said otherwise.
pub const RESAMPLES: usize = 10_000;

/// The sums of each column over `resamples` draws of `rows.len()` rows with replacement (Efron 1979).
///
/// An index is the high half of 32 random bits times the number of rows: two of them from one draw, none favoured by more
/// than `rows / 2^32`. Four rows are summed side by side, for speed.
pub(super) fn resampled_sums<const K: usize>(rows: &[[f64; K]], resamples: usize, seed: u64) -> Vec<[f64; K]> {
    let mut random = Random::new(seed);
    let n = rows.len();
    if n == 0 {
        return vec![[0.0; K]; resamples];
    }
    let limit = n as u64;
    (0..resamples)
        .map(|_| {
            let mut sums = [[0.0; K]; 4];
            let mut drawn = 0;
            while drawn + 4 <= n {
                let (first, second) = (random.bits(), random.bits());
                let places = [first >> 32, first & 0xffff_ffff, second >> 32, second & 0xffff_ffff];
                for (sum, place) in sums.iter_mut().zip(places) {
                    // The product's high half is always below the number of rows.
                    let row = &rows[((place * limit) >> 32) as usize];
                    for (total, value) in sum.iter_mut().zip(row) {
                        *total += value;
                    }
                }
                drawn += 4;
            }
            while drawn < n {
                let row = &rows[random.below(n)];
                for (total, value) in sums[0].iter_mut().zip(row) {
                    *total += value;
                }
                drawn += 1;
            }
            std::array::from_fn(|column| sums.iter().map(|sum| sum[column]).sum())
        })
        .collect()
}

/// What resampling made of one statistic: enough for an interval at any level.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    /// The statistic of every resample, in ascending order.
    sorted: Vec<f64>,
    /// Efron's bias correction: the normal quantile of the share of resamples below the statistic itself.
    bias: f64,
    /// Efron's acceleration: a sixth of the skewness of the jackknife values.
    acceleration: f64,
}

impl Resampled {
    /// Of a statistic, its values over resamples, and its jackknife values (each case left out once). `None` without
    /// resamples, or where one is not a finite number.
    pub(super) fn new(
        statistic: f64,
        mut resamples: Vec<f64>,
        jackknife: impl Iterator<Item = f64> + Clone,
    ) -> Option<Self> {
        if resamples.is_empty() || !statistic.is_finite() || resamples.iter().any(|value| !value.is_finite()) {
            return None;
        }
        resamples.sort_unstable_by(f64::total_cmp);
        // Equal but for rounding is equal: the order of a sum must not move the interval.
        let slack = 1e-12 * statistic.abs().max(1e-3);
        let below = resamples.partition_point(|value| *value < statistic - slack);
        let not_above = resamples.partition_point(|value| *value <= statistic + slack);
        let count = resamples.len() as f64;
        let share = (below + not_above) as f64 / 2.0 / count;
        let bias = normal_quantile(share.clamp(0.5 / count, 1.0 - 0.5 / count));
        let (n, sum) = jackknife.clone().fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
        let (squares, cubes) = jackknife.fold((0.0, 0.0), |(squares, cubes), value| {
            let off: f64 = sum / n - value;
            (squares + off * off, cubes + off * off * off)
        });
        let spread = 6.0 * f64::powf(squares, 1.5);
        let acceleration = if spread > 0.0 { cubes / spread } else { 0.0 };
        Some(Self { sorted: resamples, bias, acceleration })
    }

    /// The mean of `values`, resampled. `None` as for [`super::Mean::of`].
    pub fn mean(values: &[f64], resamples: usize, seed: u64) -> Option<Self> {
        let mean = super::Mean::of(values)?.value;
        let n = values.len() as f64;
        let rows: Vec<[f64; 1]> = values.iter().map(|value| [*value]).collect();
        let sums = resampled_sums(&rows, resamples, seed);
        let means = sums.into_iter().map(|[sum]| sum / n).collect();
        // Without case i the mean is (n * mean - x_i) / (n - 1): a scale and a shift, which skewness does not see.
        Self::new(mean, means, values.iter().map(|value| -value))
    }

    /// The standard deviation of the resampled statistic: its standard error.
    pub fn standard_error(&self) -> f64 {
        let count = self.sorted.len() as f64;
        let mean = self.sorted.iter().sum::<f64>() / count;
        (self.sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
    }

    /// The percentile interval (Efron 1981).
    pub fn percentile(&self, confidence: Confidence) -> Interval {
        let tail = confidence.tail();
        Interval { low: self.quantile(tail), high: self.quantile(1.0 - tail) }
    }

    /// The bias-corrected and accelerated interval (Efron 1987; Efron and Tibshirani 1993, 14.3). Where all resamples are
    /// equal it is that point, and says nothing: see [`super::Paired`] for what is shown then.
    pub fn bca(&self, confidence: Confidence) -> Interval {
        let level = |tail: f64| {
            let z = self.bias + normal_quantile(tail);
            normal_cumulative(self.bias + z / (1.0 - self.acceleration * z))
        };
        let (low, high) = (level(confidence.tail()), level(1.0 - confidence.tail()));
        Interval { low: self.quantile(low.min(high)), high: self.quantile(low.max(high)) }
    }

    /// The quantile with linear interpolation between order statistics (Hyndman and Fan 1996, definition 7).
    fn quantile(&self, probability: f64) -> f64 {
        let place = probability.clamp(0.0, 1.0) * (self.sorted.len() - 1) as f64;
        let (below, share) = (place.floor() as usize, place.fract());
        let low = self.sorted.get(below).copied().unwrap_or_default();
        let high = self.sorted.get(below + 1).copied().unwrap_or(low);
        low + share * (high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides() {
        let values = [0.1, 0.9, 0.3, 0.4, 0.8, 0.2];
        assert_eq!(Resampled::mean(&values, 500, 1), Resampled::mean(&values, 500, 1));
        assert_ne!(Resampled::mean(&values, 500, 1), Resampled::mean(&values, 500, 2));
    }

    #[test]
    fn equal_values_give_a_point_and_no_nan() {
        let resampled = Resampled::mean(&[0.25; 8], 100, 1).unwrap();
        for interval in [resampled.bca(Confidence::NINETY_FIVE), resampled.percentile(Confidence::NINETY_FIVE)] {
            assert!((interval.low - 0.25).abs() < 1e-15 && (interval.high - 0.25).abs() < 1e-15, "{interval:?}");
        }
        assert_eq!(Resampled::mean(&[], 100, 1), None);
        assert_eq!(Resampled::mean(&[0.1, f64::NAN], 100, 1), None);
        assert_eq!(Resampled::mean(&[0.1, 0.2], 0, 1), None);
    }

    #[test]
    fn whole_rows_are_drawn() {
        let rows: Vec<[f64; 2]> = (0..37).map(|index| [f64::from(index), 2.0 * f64::from(index) + 1.0]).collect();
        for [first, second] in resampled_sums(&rows, 50, 9) {
            assert!((second - 2.0 * first - 37.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_standard_error_is_the_known_one() {
        // Of a mean: the population's deviation over the root of n.
        let values: Vec<f64> = (0..50).map(|index| f64::from(index * index % 17) / 17.0).collect();
        let mean = values.iter().sum::<f64>() / 50.0;
        let exact = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 50.0 / 50.0).sqrt();
        let seen = Resampled::mean(&values, 20_000, 5).unwrap().standard_error();
        assert!((seen / exact - 1.0).abs() < 0.03, "{seen} {exact}");
    }
}
