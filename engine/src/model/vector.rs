//! The few loops over plain floats that the forward pass is made of, written so that the compiler can use vector
//! instructions, and the way to let it use those of the processor the program runs on.
//!
//! Sums run in sixteen independent lanes, which also fixes their order.

const LANES: usize = 16;
/// Adding this to a small number rounds it to an integer, which is then in the low bits of the sum.
pub(super) const ROUND: f32 = 12_582_912.0;

/// Work whose loops profit from vector instructions. Implementations are `#[inline(always)]`, so that they are compiled
/// once per instruction set.
pub(crate) trait Vectorised: Sized {
    type Output;

    /// The work, with whatever instructions the caller was compiled for.
    fn run(self) -> Self::Output;

    /// The work where AVX2 and FMA are there.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx2(self, _simd: pulp::x86::V3) -> Self::Output {
        self.run()
    }

    /// Whether 512-bit vectors are worth compiling it once more.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only these processors have them"))]
    const WIDE: bool = false;

    /// The work where 512-bit vectors are there and it is [`WIDE`](Self::WIDE).
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx512(self, _simd: pulp::x86::V4) -> Self::Output {
        self.run()
    }
}

/// Runs `work` with the best instructions this processor has.
pub(crate) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        struct Avx2<W>(W, pulp::x86::V3);
        impl<W: Vectorised> pulp::NullaryFnOnce for Avx2<W> {
            type Output = W::Output;
            #[inline(always)]
            fn call(self) -> W::Output {
                self.0.run_avx2(self.1)
            }
        }
        struct Avx512<W>(W, pulp::x86::V4);
        impl<W: Vectorised> pulp::NullaryFnOnce for Avx512<W> {
            type Output = W::Output;
            #[inline(always)]
            fn call(self) -> W::Output {
                self.0.run_avx512(self.1)
            }
        }
        if W::WIDE
            && let Some(simd) = pulp::x86::V4::try_new()
        {
            return simd.vectorize(Avx512(work, simd));
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(Avx2(work, simd));
        }
    }
    work.run()
}

/// The sum of products.
#[inline(always)]
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    let mut width = LANES / 2;
    while width > 0 {
        let (low, high) = lanes.split_at_mut(width);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        width /= 2;
    }
    let [sum, ..] = lanes;
    sum + rest
}

/// Turns scores into weights that sum to one.
#[inline(always)]
pub(crate) fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in &mut *scores {
        *score = exponential(*score - most);
    }
    let mut lanes = [0.0_f32; LANES];
    let (chunks, rest) = scores.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane += score;
        }
    }
    let sum: f32 = lanes.iter().sum::<f32>() + rest.iter().sum::<f32>();
    let scale = 1.0 / sum;
    for score in scores {
        *score *= scale;
    }
}

/// Divides a row by its root mean square and multiplies by the learned weights. A row too large for its squares becomes one of no
/// numbers: divided by infinity it would look like one of zeros, and like an answer.
#[inline(always)]
pub(crate) fn normalise(row: &mut [f32], weights: &[f32], epsilon: f32) {
    let mean = dot(row, row) / row.len().max(1) as f32;
    let scale = if mean.is_finite() { 1.0 / (mean + epsilon).sqrt() } else { f32::NAN };
    for (value, weight) in row.iter_mut().zip(weights) {
        *value = *value * scale * weight;
    }
}

/// The gated activation of a feed-forward block: `gate * sigmoid(gate) * up`.
#[inline(always)]
fn gated(gate: f32, up: f32) -> f32 {
    gate / (1.0 + exponential(-gate)) * up
}

/// The gated activation of one row.
pub(crate) struct Gate<'a> {
    /// The gate's values, then the other half's.
    pub(crate) stacked: &'a [f32],
    /// What comes of them.
    pub(crate) hidden: &'a mut [f32],
}

impl Vectorised for Gate<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let (gate, up) = self.stacked.split_at(self.hidden.len());
        for ((hidden, &gate), &up) in self.hidden.iter_mut().zip(gate).zip(up) {
            *hidden = gated(gate, up);
        }
    }
}

/// e to the power of `x`, within two units of the last place, in plain arithmetic that vectorises; the standard library's
/// is a call per value. The power of two is split off and the rest, at most half of ln 2, is a polynomial.
#[inline(always)]
pub(crate) fn exponential(x: f32) -> f32 {
    /// ln 2 in two parts: the first has so few digits that its product with the power is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // NaN stays NaN; beyond these the result is 0 or too large for a float.
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = x - power * LN_2_HIGH - power * LN_2_LOW;
    let polynomial = 1.0
        + rest
            * (1.0
                + rest
                    * (0.5
                        + rest * (0.166_666_67 + rest * (0.041_666_67 + rest * (8.333_334e-3 + rest * 1.388_889e-3)))));
    // The low bits of the shifted number are the power as an integer; a cast would check for what cannot be.
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    polynomial * f32::from_bits(power.wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_exponential_is_close_to_the_librarys() {
        for step in -8_700..=8_800_i16 {
            let x = f32::from(step) / 100.0;
            let (ours, exact) = (f64::from(exponential(x)), f64::from(x).exp());
            assert!((ours / exact - 1.0).abs() < 3e-7, "{x}: {ours} {exact}");
        }
        assert!(exponential(-1e9) < 1e-37);
        assert_eq!(exponential(0.0).to_bits(), 1.0_f32.to_bits());
        assert!(exponential(f32::NAN).is_nan());
    }

    #[test]
    fn a_row_that_overflows_is_no_row_of_zeros() {
        for bad in [1e30, f32::INFINITY, f32::NAN] {
            let mut row = [1.0, bad, 2.0, 0.0];
            normalise(&mut row, &[1.0; 4], 1e-5);
            assert!(row.iter().all(|value| value.is_nan()), "{bad}: {row:?}");
        }
    }

    proptest! {
        #[test]
        fn sums_of_products_are_right(values in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 0..70)) {
            let (left, right): (Vec<f32>, Vec<f32>) = values.iter().copied().unzip();
            let exact: f64 = values.iter().map(|&(left, right)| f64::from(left) * f64::from(right)).sum();
            prop_assert!((f64::from(dot(&left, &right)) - exact).abs() < 1e-5);
        }

        #[test]
        fn weights_sum_to_one_and_keep_their_order(mut scores in prop::collection::vec(-30.0_f32..30.0, 1..40)) {
            let before = scores.clone();
            softmax(&mut scores);
            prop_assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            for (index, score) in scores.iter().enumerate() {
                prop_assert!(before.iter().zip(&scores).all(|(other, weight)| *other > before[index] || weight <= score));
            }
        }
    }
}
