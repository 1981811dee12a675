//! The sign-flip test of paired differences: were the two arms alike, each case's difference would be as likely with the other sign.

use super::random::Random;

/// Differences that are not 0, up to which all sign patterns are counted.
const EXACT: usize = 20;
/// Sign patterns that are drawn beyond it.
const DRAWN: usize = 10_000;
/// Differences whose signs come from one random byte.
const GROUP: usize = 8;

/// The outcome of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignFlip {
    /// The two-sided p-value; 1 where every difference is 0.
    pub p: f64,
    /// Whether all sign patterns were counted; else 10,000 were drawn.
    pub exact: bool,
}

/// The two-sided test (Fisher 1935; Pitman 1937): the share of sign patterns whose sum is at least as far from 0 as the sum
/// seen. Differences of 0 do not matter whatever their sign. With up to 20 others all patterns are counted; beyond that
/// 10,000 are drawn by the seed, and the pattern seen is counted among them, so that p is never 0 and never too small (Phipson and
/// Smyth 2010). Sums that differ by rounding alone are equal.
pub fn sign_flip(differences: &[f64], seed: u64) -> SignFlip {
    let sizes: Vec<f64> = differences.iter().map(|each| each.abs()).filter(|size| *size > 0.0).collect();
    let seen = differences.iter().sum::<f64>().abs();
    let far = seen - 1e-12 * sizes.iter().sum::<f64>();
    if sizes.is_empty() || !far.is_finite() {
        return SignFlip { p: 1.0, exact: true };
    }
    if sizes.len() <= EXACT {
        let patterns = 1_usize << sizes.len();
        return SignFlip { p: counted(&sizes, far.max(0.0)) as f64 / patterns as f64, exact: true };
    }
    let count = drawn(&sizes, seed).into_iter().filter(|sum| sum.abs() >= far).count();
    SignFlip { p: (count + 1) as f64 / (DRAWN + 1) as f64, exact: false }
}

/// How many of all sign patterns reach at least as far: the sums of one half of the differences against the sorted sums of the other.
fn counted(sizes: &[f64], far: f64) -> usize {
    let (left, right) = sizes.split_at(sizes.len() / 2);
    let mut sorted = signed_sums(right);
    sorted.sort_unstable_by(f64::total_cmp);
    let beyond = |sum: &f64| {
        let above = sorted.len() - sorted.partition_point(|other| sum + other < far);
        above + sorted.partition_point(|other| sum + other <= -far)
    };
    // Where hardly a difference is seen, a sum may reach both ways; it is still one pattern.
    signed_sums(left).iter().map(|sum| beyond(sum).min(sorted.len())).sum()
}

/// The sums of `DRAWN` random sign patterns: group by group, each group's sum looked up by its byte of signs.
fn drawn(sizes: &[f64], seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut sums = vec![0.0; DRAWN];
    for group in sizes.chunks(GROUP) {
        let mut table = [0.0; 1 << GROUP];
        let filled = signed_sums(group);
        // A group of fewer differences leaves the high bits without a meaning.
        for (index, value) in table.iter_mut().enumerate() {
            *value = filled[index & (filled.len() - 1)];
        }
        for eight in sums.chunks_mut(8) {
            for (sum, byte) in eight.iter_mut().zip(random.bits().to_le_bytes()) {
                *sum += table[usize::from(byte)];
            }
        }
    }
    sums
}

/// The sum of `sizes` under every pattern of signs; a set bit is a plus.
fn signed_sums(sizes: &[f64]) -> Vec<f64> {
    (0..1_usize << sizes.len())
        .map(|pattern| {
            sizes.iter().enumerate().map(|(bit, size)| if pattern >> bit & 1 == 1 { *size } else { -size }).sum()
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::McNemar;

    #[test]
    fn three_differences_by_hand() {
        // Of 8 patterns of 1, 2, 4 only +++ and --- reach 7; with 2 negative, 5 is reached by 4: +-+, +++ and mirrors.
        assert_eq!(sign_flip(&[1.0, 2.0, 4.0], 0).p, 0.25);
        assert_eq!(sign_flip(&[1.0, -2.0, 4.0], 0).p, 0.75);
        assert_eq!(sign_flip(&[0.5, 0.0], 0).p, 1.0);
    }

    #[test]
    fn nothing_to_flip_is_no_evidence() {
        for differences in [&[][..], &[0.0], &[0.0; 40]] {
            assert_eq!(sign_flip(differences, 1), SignFlip { p: 1.0, exact: true });
        }
    }

    #[test]
    fn many_equal_differences_are_drawn_close_to_the_exact_value() {
        // 40 of one size, 27 of them up: the sign test, two-sided.
        let differences: Vec<f64> = (0..40).map(|index| if index < 27 { 0.3 } else { -0.3 }).collect();
        let exact = crate::stats::two_sided_half(27, 40);
        let seen = sign_flip(&differences, 4);
        assert!(!seen.exact);
        assert!((seen.p - exact).abs() < 5.0 * (exact * (1.0 - exact) / 1e4).sqrt(), "{seen:?} {exact}");
        assert_eq!(seen, sign_flip(&differences, 4));
    }

    proptest! {
        /// The identity that ties the two tests together.
        #[test]
        fn on_right_and_wrong_it_is_the_exact_mcnemar_test(pairs in prop::collection::vec(any::<(bool, bool)>(), 1..20)) {
            let score = |right: bool| f64::from(u8::from(right));
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| score(*a) - score(*b)).collect();
            let p = sign_flip(&differences, 0).p;
            prop_assert!((p - McNemar::count(pairs).p_exact()).abs() < 1e-12);
        }

        #[test]
        fn a_p_value_is_a_probability(differences in prop::collection::vec(-1.0_f64..=1.0, 0..40), seed: u64) {
            let p = sign_flip(&differences, seed).p;
            prop_assert!(p > 0.0 && p <= 1.0);
            let mirrored: Vec<f64> = differences.iter().map(|each| -each).collect();
            prop_assert_eq!(p, sign_flip(&mirrored, seed).p);
        }
    }
}
