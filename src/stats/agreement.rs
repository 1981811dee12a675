//! Do two raters, or several, agree beyond chance?

use std::collections::BTreeMap;

use super::special::normal_quantile;
use super::{Confidence, Interval};

/// Cohen's kappa of two raters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// How many things both rated.
    pub n: usize,
    /// The share on which they agree.
    pub agreement: f64,
    /// The share on which they would agree by chance.
    pub by_chance: f64,
    /// Agreement beyond chance, as a share of what chance leaves.
    pub kappa: f64,
    /// Its large-sample standard error.
    pub standard_error: f64,
}

impl Kappa {
    /// The large-sample interval, cut to what kappa can be.
    pub fn interval(self, confidence: Confidence) -> Interval {
        let half = -normal_quantile(confidence.tail()) * self.standard_error;
        Interval { low: (self.kappa - half).max(-1.0), high: (self.kappa + half).min(1.0) }
    }
}

/// Cohen's kappa (1960) of pairs of labels, with the standard error of Fleiss, Cohen and Everitt (1969). `None` without pairs,
/// and where both raters gave one and the same label throughout, of which nothing can be said.
pub fn kappa<L: Ord + Copy>(pairs: &[(L, L)]) -> Option<Kappa> {
    let n = pairs.len() as f64;
    let mut labels: Vec<L> = pairs.iter().flat_map(|(first, second)| [*first, *second]).collect();
    labels.sort_unstable();
    labels.dedup();
    let place = |label: &L| labels.binary_search(label).unwrap_or_default();
    let size = labels.len();
    let mut table = vec![vec![0.0; size]; size];
    for (first, second) in pairs {
        table[place(first)][place(second)] += 1.0 / n;
    }
    let first: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let second: Vec<f64> = (0..size).map(|column| table.iter().map(|row| row[column]).sum()).collect();
    let agreement: f64 = (0..size).map(|label| table[label][label]).sum();
    let by_chance: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let left = 1.0 - by_chance;
    if pairs.is_empty() || left <= 1e-12 {
        return None;
    }
    let kappa = (agreement - by_chance) / left;
    let mut variance = -(kappa - by_chance * (1.0 - kappa)).powi(2);
    for (row, line) in table.iter().enumerate() {
        for (column, share) in line.iter().enumerate() {
            variance += if row == column {
                share * (1.0 - (first[row] + second[row]) * (1.0 - kappa)).powi(2)
            } else {
                (1.0 - kappa).powi(2) * share * (second[row] + first[column]).powi(2)
            };
        }
    }
    let standard_error = (variance.max(0.0) / n).sqrt() / left;
    Some(Kappa { n: pairs.len(), agreement, by_chance, kappa, standard_error })
}

/// How far apart two ratings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Labels: equal or not.
    Nominal,
    /// Ranks: as many as lie between.
    Ordinal,
    /// Numbers: the square of their difference.
    Interval,
}

/// Krippendorff's alpha (2011): `units` hold each thing's ratings, however many raters it had; those with fewer than two say
/// nothing and are left out. `None` without a pair of ratings, with a rating that is no finite number, and where all ratings are equal.
pub fn krippendorff_alpha(units: &[Vec<f64>], scale: Scale) -> Option<f64> {
    let paired: Vec<&Vec<f64>> = units.iter().filter(|ratings| ratings.len() >= 2).collect();
    if paired.iter().flat_map(|ratings| ratings.iter()).any(|rating| !rating.is_finite()) {
        return None;
    }
    // -0 and 0 are one rating.
    let key = |rating: f64| if rating == 0.0 { 0.0 } else { rating };
    let mut values: Vec<f64> = paired.iter().flat_map(|ratings| ratings.iter().copied().map(key)).collect();
    values.sort_unstable_by(f64::total_cmp);
    let mut counts: Vec<(f64, f64)> = Vec::new();
    for value in &values {
        match counts.last_mut() {
            Some((last, count)) if last.to_bits() == value.to_bits() => *count += 1.0,
            _ => counts.push((*value, 1.0)),
        }
    }
    let places: BTreeMap<u64, usize> =
        counts.iter().enumerate().map(|(place, (value, _))| (value.to_bits(), place)).collect();
    let distance = |a: usize, b: usize| match scale {
        Scale::Nominal => f64::from(u8::from(a != b)),
        Scale::Ordinal => {
            let between: f64 = counts[a.min(b)..=a.max(b)].iter().map(|(_, count)| count).sum();
            (between - f64::midpoint(counts[a].1, counts[b].1)).powi(2)
        }
        Scale::Interval => (counts[a].0 - counts[b].0).powi(2),
    };
    let mut observed = 0.0;
    for ratings in &paired {
        let mut own: BTreeMap<usize, f64> = BTreeMap::new();
        for rating in *ratings {
            *own.entry(places.get(&key(*rating).to_bits()).copied()?).or_default() += 1.0;
        }
        let others = ratings.len() as f64 - 1.0;
        for (a, first) in &own {
            for (b, second) in &own {
                observed += first * second * distance(*a, *b) / others;
            }
        }
    }
    let mut expected = 0.0;
    for (a, (_, first)) in counts.iter().enumerate() {
        for (b, (_, second)) in counts.iter().enumerate() {
            expected += first * second * distance(a, b);
        }
    }
    (expected > 0.0).then(|| 1.0 - (values.len() as f64 - 1.0) * observed / expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_by_hand() {
        // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 agree, 0.5 by chance.
        let pairs: Vec<(u8, u8)> = [((1, 1), 20), ((1, 0), 5), ((0, 1), 10), ((0, 0), 15)]
            .iter()
            .flat_map(|(pair, n)| vec![*pair; *n])
            .collect();
        let seen = kappa(&pairs).unwrap();
        assert!((seen.agreement - 0.7).abs() < 1e-12 && (seen.by_chance - 0.5).abs() < 1e-12);
        assert!((seen.kappa - 0.4).abs() < 1e-12);
        assert!(seen.interval(Confidence::NINETY_FIVE).contains(0.4));
    }

    #[test]
    fn where_nothing_varies_nothing_is_said() {
        assert_eq!(kappa::<u8>(&[]), None);
        assert_eq!(kappa(&[(1, 1), (1, 1)]), None);
        assert!((kappa(&[(1, 1), (0, 0)]).unwrap().kappa - 1.0).abs() < 1e-12);
        for units in [vec![], vec![vec![1.0]], vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![vec![1.0, f64::NAN]]] {
            assert_eq!(krippendorff_alpha(&units, Scale::Interval), None, "{units:?}");
        }
    }

    #[test]
    fn alpha_by_hand() {
        // Two raters, four things: 0 0, 1 1, 0 1, 1 1. Of 8 ratings 3 are 0: observed disagreement 2, expected 2 * 3 * 5 / 7.
        let units = [vec![0.0, 0.0], vec![1.0, 1.0], vec![0.0, 1.0], vec![1.0, 1.0], vec![1.0]];
        let expected = 1.0 - 2.0 / (30.0 / 7.0);
        for scale in [Scale::Nominal, Scale::Interval] {
            assert!((krippendorff_alpha(&units, scale).unwrap() - expected).abs() < 1e-12);
        }
        let same = [vec![-0.0, 0.0], vec![1.0, 1.0]];
        assert!((krippendorff_alpha(&same, Scale::Nominal).unwrap() - 1.0).abs() < 1e-12);
    }
}
