//! The figures of a diff's title line.

use unicode_segmentation::UnicodeSegmentation;

use super::invisible::differ_only_invisibly;
use super::{Diff, Side};

/// How much two texts differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Words that only B has; a changed part of a word counts as one.
    pub words_added: usize,
    /// Words that only A has.
    pub words_removed: usize,
    /// The share of characters, white space aside, that lie in equal parts, over both texts; 1 for two empty ones.
    pub equal_share: f64,
    /// The texts differ and yet look the same.
    pub only_invisible: bool,
}

impl Summary {
    pub(super) fn of(diff: &Diff) -> Self {
        let words = |side| diff.changed_texts(side).map(|text| text.unicode_words().count()).sum();
        let (a, b) = (diff.lines(Side::A).text(), diff.lines(Side::B).text());
        let changed: usize =
            [Side::A, Side::B].into_iter().flat_map(|side| diff.changed_texts(side)).map(visible).sum();
        let all = visible(a) + visible(b);
        Self {
            words_added: words(Side::B),
            words_removed: words(Side::A),
            equal_share: if all == 0 { 1.0 } else { 1.0 - changed as f64 / all as f64 },
            only_invisible: differ_only_invisibly(a, b),
        }
    }
}

/// Code points that are neither ASCII blanks nor controls: one per byte that does not continue a character.
fn visible(text: &str) -> usize {
    text.bytes().filter(|byte| *byte > b' ' && *byte & 0b1100_0000 != 0b1000_0000).count()
}
