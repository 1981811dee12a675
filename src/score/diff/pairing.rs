//! Which lines of a changed stretch stand beside each other: the most alike ones, in order.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::lines::Lines;

/// Below this, two lines have nothing to say to each other.
const ALIKE: f32 = 0.3;
/// The table of similarities is kept to this many cells; larger stretches are paired in order.
const CELLS: usize = 4_096;
const BYTES: usize = 64 * 1024;

/// The lines of `a` and `b` beside each other, in order, each exactly once. `Zip` pairs them as they come.
pub(super) fn pair(a: &Lines, a_range: Range<usize>, b: &Lines, b_range: Range<usize>, effort: Effort) -> Vec<Beside> {
    let (n, m) = (a_range.len(), b_range.len());
    let mut beside = Vec::with_capacity(n.max(m));
    let small = n * m <= CELLS && a.text_of(a_range.clone()).len() + b.text_of(b_range.clone()).len() <= BYTES;
    let (mut next_a, mut next_b) = (a_range.start, b_range.start);
    if effort == Effort::Compare && small && n > 0 && m > 0 && n + m > 2 {
        for (i, j) in matches(a, a_range.clone(), b, b_range.clone()) {
            zip(next_a..i, next_b..j, &mut beside);
            beside.push((Some(i), Some(j)));
            (next_a, next_b) = (i + 1, j + 1);
        }
    }
    zip(next_a..a_range.end, next_b..b_range.end, &mut beside);
    beside
}

/// A line of A, of B, or one of each.
pub(super) type Beside = (Option<usize>, Option<usize>);

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Pair by likeness.
    Compare,
    /// Pair in order.
    Zip,
}

fn zip(mut a: Range<usize>, mut b: Range<usize>, beside: &mut Vec<Beside>) {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return,
            pair => beside.push(pair),
        }
    }
}

/// The in-order matching with the highest sum of similarities above the threshold (Needleman and Wunsch 1970, no gap cost).
fn matches(a: &Lines, a_range: Range<usize>, b: &Lines, b_range: Range<usize>) -> Vec<(usize, usize)> {
    let a_words: Vec<Vec<u64>> = a_range.clone().map(|index| words(a.line(index))).collect();
    let b_words: Vec<Vec<u64>> = b_range.clone().map(|index| words(b.line(index))).collect();
    let width = b_words.len() + 1;
    let mut gain = vec![0.0_f32; (a_words.len() + 1) * width];
    let mut step = vec![Step::Done; (a_words.len() + 1) * width];
    let at = |gain: &[f32], index: usize| gain.get(index).copied().unwrap_or(0.0);
    for (i, left) in a_words.iter().enumerate() {
        for (j, right) in b_words.iter().enumerate() {
            let here = (i + 1) * width + j + 1;
            let alike = similarity(left, right);
            let mut best = (at(&gain, here - width), Step::SkipA);
            if at(&gain, here - 1) > best.0 {
                best = (at(&gain, here - 1), Step::SkipB);
            }
            let matched = at(&gain, here - width - 1) + alike - ALIKE;
            if alike >= ALIKE && matched > best.0 {
                best = (matched, Step::Match);
            }
            if let (Some(gain), Some(step)) = (gain.get_mut(here), step.get_mut(here)) {
                (*gain, *step) = best;
            }
        }
    }
    let mut found = Vec::new();
    let (mut i, mut j) = (a_words.len(), b_words.len());
    loop {
        match step.get(i * width + j).copied().unwrap_or(Step::Done) {
            Step::SkipA => i -= 1,
            Step::SkipB => j -= 1,
            Step::Match => {
                i -= 1;
                j -= 1;
                found.push((a_range.start + i, b_range.start + j));
            }
            Step::Done => break,
        }
    }
    found.reverse();
    found
}

#[derive(Clone, Copy)]
enum Step {
    Done,
    SkipA,
    SkipB,
    Match,
}

/// The words of a line as sorted hashes.
fn words(line: &str) -> Vec<u64> {
    let hash = |word: &str| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    };
    let mut words: Vec<u64> = line.split_word_bounds().filter(|word| !word.trim().is_empty()).map(hash).collect();
    words.sort_unstable();
    words
}

/// Twice the common words over all words (Dice), as multisets.
fn similarity(a: &[u64], b: &[u64]) -> f32 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let all = a.len() + b.len();
    if all == 0 { 0.0 } else { 2.0 * common as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_lines_stand_beside_each_other() {
        let a = Lines::new("the cat sat on the mat\nand then it slept\n");
        let b = Lines::new("a new first line\nthe cat sat on a mat\nwholly other words here\nand then it slept well\n");
        assert_eq!(
            pair(&a, 0..2, &b, 0..4, Effort::Compare),
            [(None, Some(0)), (Some(0), Some(1)), (None, Some(2)), (Some(1), Some(3))]
        );
        assert_eq!(
            pair(&a, 0..2, &b, 0..4, Effort::Zip),
            [(Some(0), Some(0)), (Some(1), Some(1)), (None, Some(2)), (None, Some(3))]
        );
    }
}
