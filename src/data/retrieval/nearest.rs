//! The vectors nearest to one: exact, by going through all of them.
//!
//! In two steps, because reading the vectors is what takes the time: the products are bounded with the vectors in 8 bits
//! ([`super::coarse`]), and computed for those vectors only that may be among the best.

use super::best::Best;
use super::coarse::{Coarse, CoarseQuery};

/// Products are summed in so many lanes, which also fixes their order.
const LANES: usize = 16;

/// Vectors of one width, one after another.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    width: usize,
    values: Vec<f32>,
    coarse: Coarse,
}

impl Vectors {
    /// Takes vectors that all have the width of the first; `None` if one has not.
    pub fn new(vectors: &[Vec<f32>]) -> Option<Self> {
        let width = vectors.first().map_or(0, Vec::len);
        if vectors.iter().any(|vector| vector.len() != width) {
            return None;
        }
        if width == 0 { Some(Self::default()) } else { Self::from_values(vectors.concat(), width) }
    }

    /// Takes values that follow each other, `width` of them a vector; `None` if the last is not whole, or a value is no
    /// finite number.
    pub fn from_values(values: Vec<f32>, width: usize) -> Option<Self> {
        let usable = width > 0 && values.len().is_multiple_of(width) && values.iter().all(|value| value.is_finite());
        usable.then(|| Self { width, coarse: Coarse::new(&values, width), values })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Values in each.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The `k` vectors with the highest sum of products with `query`, best first, equal ones in their order. For vectors
    /// of length 1 that sum is the cosine of the angle between them. Nothing for a query of another width.
    pub fn top(&self, query: &[f32], k: usize) -> Vec<(usize, f32)> {
        if query.len() != self.width || k == 0 || self.width == 0 {
            return Vec::new();
        }
        // Those that may be among the best: what they are at most is not below the `k`th best of what others are at least.
        let mut least = Best::new(k);
        let mut may_be = Vec::new();
        for (index, bounds) in self.coarse.bounds(&CoarseQuery::new(query)).enumerate() {
            if least.threshold().is_none_or(|threshold| bounds.most >= threshold) {
                may_be.push((index, bounds.most));
                least.offer(index, bounds.least);
            }
        }
        let threshold = least.threshold().unwrap_or(f32::NEG_INFINITY);
        let mut best = Best::new(k);
        for (index, most) in may_be {
            let start = index * self.width;
            if let Some(vector) = self.values.get(start..start + self.width).filter(|_| most >= threshold) {
                best.offer(index, dot(vector, query));
            }
        }
        best.into_sorted()
    }
}

/// The sum of products.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_points_the_same_way_is_near() {
        let vectors = Vectors::new(&[vec![1.0, 0.0], vec![0.6, 0.8], vec![0.0, 1.0], vec![0.6, 0.8]]).unwrap();
        let top = vectors.top(&[0.6, 0.8], 3);
        assert_eq!(top.iter().map(|one| one.0).collect::<Vec<_>>(), [1, 3, 2]);
        assert!((top[0].1 - 1.0).abs() < 1e-6 && (top[2].1 - 0.8).abs() < 1e-6);
        assert_eq!(vectors.top(&[1.0], 3), []);
        assert_eq!((vectors.count(), vectors.width()), (4, 2));
        assert!(Vectors::new(&[vec![1.0], vec![1.0, 2.0]]).is_none());
        assert!(Vectors::from_values(vec![1.0; 5], 2).is_none());
        assert!(Vectors::from_values(vec![f32::NAN; 2], 2).is_none());
        assert_eq!(Vectors::new(&[]).unwrap().top(&[], 2), []);
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_of_all_products(
            values in proptest::collection::vec(-1.0_f32..1.0, 37 * 3..37 * 300),
            query in proptest::collection::vec(-1.0_f32..1.0, 37),
            k in 1_usize..9,
        ) {
            let whole = values.len() / 37 * 37;
            let vectors = Vectors::from_values(values[..whole].to_vec(), 37).unwrap();
            let mut wanted: Vec<(usize, f32)> =
                values[..whole].chunks(37).map(|vector| dot(vector, &query)).enumerate().collect();
            wanted.sort_by(super::super::best::order);
            wanted.truncate(k);
            prop_assert_eq!(vectors.top(&query, k), wanted);
        }
    }
}
