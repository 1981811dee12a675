//! How many n-grams two token sequences share, each counted at most as often as either has it: what BLEU, ROUGE-N, chrF++ and
//! CodeBLEU are made of.

use std::hash::Hash;

use super::fast_hash::FastMap;

/// The highest order counted.
pub(in crate::score) const ORDERS: usize = 4;

/// Shared n-grams and all n-grams, by order less one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::score) struct Overlap {
    /// Shared by both: the sum of the smaller of the two counts.
    pub(in crate::score) shared: [usize; ORDERS],
    /// Of the reference.
    pub(in crate::score) reference: [usize; ORDERS],
    /// Of the hypothesis.
    pub(in crate::score) hypothesis: [usize; ORDERS],
}

/// Where an n-gram that both have begins, and its number.
struct Seen {
    begins: usize,
    number: u32,
}

/// How often an n-gram stands in each, and the number it has.
#[derive(Default)]
struct Count {
    reference: usize,
    hypothesis: usize,
}

/// Counts the n-grams of 1 to `highest` (at most [`ORDERS`]) tokens. An n-gram is looked at only where the one a token shorter is
/// in both sequences: no other can be shared.
pub(in crate::score) fn overlap<T: Hash + Eq>(reference: &[T], hypothesis: &[T], highest: usize) -> Overlap {
    let mut found = Overlap::default();
    let number_of = |tokens: &[T], order: usize| (tokens.len() + 1).saturating_sub(order);
    for (index, (ours, theirs)) in found.reference.iter_mut().zip(&mut found.hypothesis).enumerate().take(highest) {
        *ours = number_of(reference, index + 1);
        *theirs = number_of(hypothesis, index + 1);
    }
    let mut vocabulary: FastMap<&T, u32> = FastMap::default();
    vocabulary.reserve(reference.len());
    let numbered: Vec<u32> = reference
        .iter()
        .map(|token| {
            let next = vocabulary.len() as u32;
            *vocabulary.entry(token).or_insert(next)
        })
        .collect();
    let known: Vec<Option<u32>> = hypothesis.iter().map(|token| vocabulary.get(token).copied()).collect();
    let mut counts: Vec<Count> = Vec::new();
    counts.resize_with(vocabulary.len(), Count::default);
    for number in &numbered {
        if let Some(count) = counts.get_mut(*number as usize) {
            count.reference += 1;
        }
    }
    for number in known.iter().flatten() {
        if let Some(count) = counts.get_mut(*number as usize) {
            count.hypothesis += 1;
        }
    }
    let mut ours: Vec<Seen> =
        numbered.iter().enumerate().map(|(begins, number)| Seen { begins, number: *number }).collect();
    let mut theirs: Vec<Seen> =
        known.iter().enumerate().filter_map(|(begins, number)| number.map(|number| Seen { begins, number })).collect();
    let mut longer: FastMap<u64, u32> = FastMap::default();
    longer.reserve(reference.len().min(hypothesis.len()));
    for order in 1..=highest.min(ORDERS) {
        if let Some(shared) = found.shared.get_mut(order - 1) {
            *shared = counts.iter().map(|count| count.reference.min(count.hypothesis)).sum();
        }
        ours.retain(|seen| counts.get(seen.number as usize).is_some_and(|count| count.hypothesis > 0));
        if order == highest || ours.is_empty() || theirs.is_empty() {
            break;
        }
        longer.clear();
        counts.clear();
        let key = |prefix: u32, next: u32| u64::from(prefix) << 32 | u64::from(next);
        ours.retain_mut(|seen| {
            let Some(next) = numbered.get(seen.begins + order) else { return false };
            let fresh = counts.len() as u32;
            seen.number = *longer.entry(key(seen.number, *next)).or_insert(fresh);
            if seen.number == fresh {
                counts.push(Count::default());
            }
            if let Some(count) = counts.get_mut(seen.number as usize) {
                count.reference += 1;
            }
            true
        });
        theirs.retain_mut(|seen| {
            let Some(Some(next)) = known.get(seen.begins + order) else { return false };
            let Some(number) = longer.get(&key(seen.number, *next)) else { return false };
            seen.number = *number;
            if let Some(count) = counts.get_mut(seen.number as usize) {
                count.hypothesis += 1;
            }
            true
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn by_counting(reference: &[u8], hypothesis: &[u8]) -> Overlap {
        let mut found = Overlap::default();
        for order in 1..=ORDERS {
            let count = |tokens: &[u8]| {
                let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
                for gram in tokens.windows(order) {
                    *counts.entry(gram.to_vec()).or_default() += 1;
                }
                counts
            };
            let (ours, theirs) = (count(reference), count(hypothesis));
            found.reference[order - 1] = ours.values().sum();
            found.hypothesis[order - 1] = theirs.values().sum();
            found.shared[order - 1] = ours.iter().map(|(gram, count)| *count.min(theirs.get(gram).unwrap_or(&0))).sum();
        }
        found
    }

    proptest! {
        #[test]
        fn agrees_with_plain_counting(a in prop::collection::vec(0_u8..4, 0..40), b in prop::collection::vec(0_u8..5, 0..40)) {
            prop_assert_eq!(overlap(&a, &b, ORDERS), by_counting(&a, &b));
            let two = overlap(&a, &b, 2);
            prop_assert_eq!(&two.shared[..2], &by_counting(&a, &b).shared[..2]);
            prop_assert_eq!(two.shared[2..].iter().sum::<usize>(), 0);
        }
    }
}
