//! Vectors in 8 bits a value, with a bound on what that leaves out: a quarter of the memory to read, and still exact.
//!
//! A vector `v` is kept as whole numbers `c` and a scale `s`; the rest `v - s c` has a known length. With a query `q` kept
//! in 16 bits in the same way, the Cauchy-Schwarz inequality says how far the product of the whole numbers can be from
//! that of the vectors: `|v q - s t (c p)| <= |v - s c| |q| + |s c| |q - t p|`.

/// Largest whole number of a kept value.
const LARGEST: f32 = 127.0;
/// What rounding in 32 bits may add to a bound, for values of usual size.
const ROUNDING: f32 = 1e-6;

/// What is kept of many vectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Coarse {
    width: usize,
    codes: Vec<i8>,
    scales: Vec<Scale>,
}

/// The scale of one vector, and the lengths its bound is made of.
#[derive(Clone, Copy, Debug)]
struct Scale {
    factor: f32,
    /// The length of what was left out.
    left_out: f32,
    /// The length of what was kept.
    kept: f32,
}

/// Between which numbers a product lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Between {
    pub(super) least: f32,
    pub(super) most: f32,
}

/// A query, in 16 bits a value or fewer: as many as keep the sums within 32.
#[derive(Debug)]
pub(super) struct CoarseQuery {
    codes: Vec<i16>,
    scale: f32,
    left_out: f32,
    length: f32,
}

impl CoarseQuery {
    pub(super) fn new(query: &[f32]) -> Self {
        let room = i32::MAX as f32 / (LARGEST * query.len().max(1) as f32);
        let scale = scale_for(query, room.min(f32::from(i16::MAX)) - 1.0);
        let codes: Vec<i16> = query.iter().map(|value| (value / scale).round() as i16).collect();
        let rest = query.iter().zip(&codes).map(|(value, code)| value - scale * f32::from(*code));
        Self { left_out: length(rest), length: length(query.iter().copied()), codes, scale }
    }
}

impl Coarse {
    /// Keeps vectors of `width` values that follow each other.
    pub(super) fn new(values: &[f32], width: usize) -> Self {
        let mut coarse = Self { width, codes: Vec::with_capacity(values.len()), scales: Vec::new() };
        for vector in values.chunks_exact(width.max(1)) {
            let scale = scale_for(vector, LARGEST);
            let start = coarse.codes.len();
            coarse.codes.extend(vector.iter().map(|value| (value / scale).round() as i8));
            let codes = coarse.codes.get(start..).unwrap_or_default();
            let rest = vector.iter().zip(codes).map(|(value, code)| value - scale * f32::from(*code));
            let kept = codes.iter().map(|code| scale * f32::from(*code));
            coarse.scales.push(Scale { factor: scale, left_out: length(rest), kept: length(kept) });
        }
        coarse
    }

    /// For each vector in order, between which numbers its product with the query lies.
    pub(super) fn bounds(&self, query: &CoarseQuery) -> impl Iterator<Item = Between> {
        let vectors = self.codes.chunks_exact(self.width.max(1));
        vectors.zip(&self.scales).map(|(codes, one)| {
            let about = one.factor * query.scale * product(codes, &query.codes) as f32;
            let bound = one.left_out * query.length + one.kept * query.left_out;
            let bound = bound * (1.0 + 1e-4) + ROUNDING * (about.abs() + query.length * (one.kept + one.left_out));
            Between { least: about - bound, most: about + bound }
        })
    }
}

/// A plain loop that compilers turn into vector instructions even of the oldest processors.
fn product(codes: &[i8], query: &[i16]) -> i32 {
    codes.iter().zip(query).map(|(code, value)| i32::from(*code) * i32::from(*value)).sum()
}

/// What to divide values by so that the largest becomes `largest`.
fn scale_for(values: &[f32], largest: f32) -> f32 {
    let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    if most > 0.0 && most.is_finite() { (most / largest).max(f32::MIN_POSITIVE) } else { 1.0 }
}

fn length(values: impl Iterator<Item = f32>) -> f32 {
    values.map(|value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt() as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_product_lies_within_its_bounds(
            values in proptest::collection::vec(-2.0_f32..2.0, 24 * 4..24 * 5),
            query in proptest::collection::vec(-3.0_f32..3.0, 24),
            size in -12_i32..12,
        ) {
            let values: Vec<f32> = values.iter().map(|value| value * 2.0_f32.powi(size)).collect();
            let coarse = Coarse::new(&values, 24);
            for (vector, found) in values.chunks_exact(24).zip(coarse.bounds(&CoarseQuery::new(&query))) {
                let exact: f64 = vector.iter().zip(&query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                prop_assert!(f64::from(found.least) <= exact && exact <= f64::from(found.most), "{:?} {}", found, exact);
                let lengths = length(vector.iter().copied()) * length(query.iter().copied());
                prop_assert!(found.most - found.least < 0.03 * lengths + 1e-30, "{:?} {}", found, lengths);
            }
        }
    }

    #[test]
    fn zeros_and_huge_values_have_bounds_too() {
        let coarse = Coarse::new(&[0.0, 0.0, f32::MAX, f32::MIN], 2);
        let bounds: Vec<Between> = coarse.bounds(&CoarseQuery::new(&[0.0, 0.0])).collect();
        assert!(bounds[0].least <= 0.0 && bounds[0].most >= 0.0);
        assert_eq!(bounds.len(), 2);
    }
}
