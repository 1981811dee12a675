//! Strengths of many arms from wins between pairs of them.

use super::special::normal_quantile;
use super::{Confidence, Interval};

/// Strengths that explain who won against whom.
#[derive(Clone, Debug, PartialEq)]
pub struct BradleyTerry {
    /// The log-strength of each item; their mean is 0.
    pub log_strengths: Vec<f64>,
    /// The standard error of each, by the curvature of the penalised likelihood.
    pub standard_errors: Vec<f64>,
}

/// Newton steps: it takes about ten.
const STEPS: usize = 200;

impl BradleyTerry {
    /// Fits `wins[i][j]`, how often `i` won against `j`; a tie is half a win for each. It minimises
    /// `sum wins[i][j] * ln(1 + exp(x_j - x_i)) + penalty * sum x_i^2` (Bradley and Terry 1952, with the ridge that `choix`
    /// adds, without which an item that never loses is infinitely strong) by Newton's method. `None` where the table is not
    /// square, holds a negative number or none, or the penalty is not above 0.
    pub fn fit(wins: &[Vec<f64>], penalty: f64) -> Option<Self> {
        let n = wins.len();
        let sound = wins.iter().all(|row| row.len() == n && row.iter().all(|count| count.is_finite() && *count >= 0.0));
        if n == 0 || !sound || !penalty.is_finite() || penalty <= 0.0 {
            return None;
        }
        let mut x = vec![0.0; n];
        for _ in 0..STEPS {
            let (gradient, curvature) = slopes(wins, penalty, &x);
            let step = solve(curvature, gradient)?;
            // Far from the minimum a whole step may overshoot.
            let mut scale = 1.0;
            let before = cost(wins, penalty, &x);
            let moved = loop {
                let mut moved: Vec<f64> = x.iter().zip(&step).map(|(x, step)| x - scale * step).collect();
                // At the minimum the mean is 0; a weak penalty alone would leave it to rounding.
                let mean = moved.iter().sum::<f64>() / n as f64;
                for each in &mut moved {
                    *each -= mean;
                }
                if cost(wins, penalty, &moved) <= before || scale < 1e-6 {
                    break moved;
                }
                scale /= 2.0;
            };
            let most = x.iter().zip(&moved).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            x = moved;
            if most < 1e-12 {
                break;
            }
        }
        let (_, curvature) = slopes(wins, penalty, &x);
        let standard_errors = (0..n)
            .map(|item| {
                let unit = (0..n).map(|other| f64::from(u8::from(other == item))).collect();
                Some(solve(curvature.clone(), unit)?.get(item)?.max(0.0).sqrt())
            })
            .collect::<Option<Vec<f64>>>()?;
        Some(Self { log_strengths: x, standard_errors })
    }

    /// The interval of an item's log-strength, by the normal approximation.
    pub fn interval(&self, item: usize, confidence: Confidence) -> Option<Interval> {
        let half = -normal_quantile(confidence.tail()) * self.standard_errors.get(item)?;
        let strength = self.log_strengths.get(item)?;
        Some(Interval { low: strength - half, high: strength + half })
    }

    /// The chance that one beats another.
    pub fn beats(&self, item: usize, other: usize) -> Option<f64> {
        Some(1.0 / (1.0 + (self.log_strengths.get(other)? - self.log_strengths.get(item)?).exp()))
    }

    /// The strengths on the scale of Elo (1978), for display: 400 points are odds of ten to one, the mean is 1,000.
    pub fn elo(&self) -> Vec<f64> {
        self.log_strengths.iter().map(|strength| 1_000.0 + 400.0 / std::f64::consts::LN_10 * strength).collect()
    }
}

/// `1 / (1 + exp(-z))`.
fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn cost(wins: &[Vec<f64>], penalty: f64, x: &[f64]) -> f64 {
    let mut sum: f64 = penalty * x.iter().map(|each| each * each).sum::<f64>();
    for (row, mine) in wins.iter().zip(x) {
        for (count, theirs) in row.iter().zip(x) {
            let z: f64 = theirs - mine;
            // ln(1 + e^z) without overflow.
            sum += count * (z.max(0.0) + (-z.abs()).exp().ln_1p());
        }
    }
    sum
}

/// Gradient and second derivatives of [`cost`].
fn slopes(wins: &[Vec<f64>], penalty: f64, x: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = x.len();
    let mut gradient: Vec<f64> = x.iter().map(|each| 2.0 * penalty * each).collect();
    let mut curvature = vec![vec![0.0; n]; n];
    for item in 0..n {
        curvature[item][item] += 2.0 * penalty;
        for other in 0..n {
            if item == other {
                continue;
            }
            let loses = logistic(x[other] - x[item]);
            let pull = wins[item][other] * loses;
            gradient[item] -= pull;
            gradient[other] += pull;
            let bend = (wins[item][other] + wins[other][item]) * loses * (1.0 - loses);
            curvature[item][item] += bend;
            curvature[item][other] -= bend;
        }
    }
    (gradient, curvature)
}

/// Solves a linear system by elimination with pivots.
fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        if rows[pivot][column].abs() < 1e-300 {
            return None;
        }
        rows.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..n {
            let factor = rows[row][column] / rows[column][column];
            let (above, below) = rows.split_at_mut(row);
            for (value, above) in below[0].iter_mut().zip(&above[column]).skip(column) {
                *value -= factor * above;
            }
            let above = right[column];
            right[row] -= factor * above;
        }
    }
    for column in (0..n).rev() {
        let known: f64 = (column + 1..n).map(|place| rows[column][place] * right[place]).sum();
        right[column] = (right[column] - known) / rows[column][column];
    }
    right.iter().all(|value| value.is_finite()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_items_follow_their_odds_where_the_penalty_is_small() {
        let fitted = BradleyTerry::fit(&[vec![0.0, 3_000.0], vec![1_000.0, 0.0]], 1e-9).unwrap();
        assert!((fitted.beats(0, 1).unwrap() - 0.75).abs() < 1e-6);
        assert!((fitted.log_strengths[0] + fitted.log_strengths[1]).abs() < 1e-6);
        // 400 points for ten to one.
        let [first, second] = [fitted.elo()[0], fitted.elo()[1]];
        assert!((first - second - 400.0 * 3.0_f64.log10()).abs() < 1e-3);
    }

    #[test]
    fn the_standard_error_of_two_items_is_the_logits_half() {
        // With a strong data set the difference has variance n p q inverse, each item a quarter of it, and the free mean adds
        // what the penalty leaves it.
        let fitted = BradleyTerry::fit(&[vec![0.0, 60.0], vec![40.0, 0.0]], 0.5).unwrap();
        let p = fitted.beats(0, 1).unwrap();
        let bend = 100.0 * p * (1.0 - p);
        let determinant = (1.0 + bend) * (1.0 + bend) - bend * bend;
        assert!((fitted.standard_errors[0] - ((1.0 + bend) / determinant).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn an_item_that_never_loses_is_strong_and_not_infinite() {
        let fitted = BradleyTerry::fit(&[vec![0.0, 500.0], vec![0.0, 0.0]], 0.01).unwrap();
        assert!(fitted.log_strengths[0] > 2.0 && fitted.log_strengths[0].is_finite());
        assert!(fitted.interval(0, Confidence::NINETY_FIVE).unwrap().low.is_finite());
    }

    #[test]
    fn what_is_no_table_of_wins_is_refused() {
        for (wins, penalty) in [
            (vec![], 0.1),
            (vec![vec![0.0, 1.0]], 0.1),
            (vec![vec![0.0, -1.0], vec![0.0, 0.0]], 0.1),
            (vec![vec![0.0, f64::NAN], vec![0.0, 0.0]], 0.1),
            (vec![vec![0.0, 1.0], vec![0.0, 0.0]], 0.0),
        ] {
            assert_eq!(BradleyTerry::fit(&wins, penalty), None);
        }
        let alone = BradleyTerry::fit(&[vec![0.0]], 0.1).unwrap();
        assert_eq!(alone.log_strengths, [0.0]);
    }
}
