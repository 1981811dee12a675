//! The figures of a diff's title line.

use unicode_segmentation::UnicodeSegmentation;

use super::invisible::differ_only_invisibly;
use super::{Diff, Granularity, Side};

/// How much two texts differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Words that only B has, a changed part of a word counting as one; compared by letter, letters.
    pub added: usize,
    /// Words or letters that only A has.
    pub removed: usize,
    /// The share of characters, white space aside, that lie in equal parts, over both texts; 1 for two empty ones.
    pub equal_share: f64,
    /// The texts differ and yet look the same.
    pub only_invisible: bool,
}

impl Summary {
    pub(super) fn of(diff: &Diff) -> Self {
        let units = |text: &str| match diff.granularity() {
            Granularity::Line | Granularity::Word => text.unicode_words().count(),
            Granularity::Grapheme => text.graphemes(true).filter(|letter| !letter.trim().is_empty()).count(),
        };
        let changed_units = |side| diff.changed_texts(side).map(units).sum();
        let (a, b) = (diff.lines(Side::A).text(), diff.lines(Side::B).text());
        let changed: usize =
            [Side::A, Side::B].into_iter().flat_map(|side| diff.changed_texts(side)).map(visible).sum();
        let all = visible(a) + visible(b);
        Self {
            added: changed_units(Side::B),
            removed: changed_units(Side::A),
            equal_share: if all == 0 { 1.0 } else { 1.0 - changed as f64 / all as f64 },
            only_invisible: differ_only_invisibly(a, b),
        }
    }
}

/// Code points that are neither ASCII blanks nor controls: one per byte that does not continue a character.
fn visible(text: &str) -> usize {
    text.bytes().filter(|byte| *byte > b' ' && *byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use crate::score::diff::{Diff, DiffRequest, Granularity};

    #[test]
    fn what_is_counted_is_what_is_compared() {
        let counted = |granularity| {
            let diff = Diff::new("a red kettle", "a bed kettle x y", DiffRequest { granularity, deadline: None });
            let summary = diff.summary();
            (summary.added, summary.removed)
        };
        assert_eq!(counted(Granularity::Word), (3, 1));
        assert_eq!(counted(Granularity::Grapheme), (3, 1), "b, x and y for r");
        let by_letter = DiffRequest { granularity: Granularity::Grapheme, deadline: None };
        assert_eq!(Diff::new("kettle", "kettledrum", by_letter).summary().added, 4);
    }
}
