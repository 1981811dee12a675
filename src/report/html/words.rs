//! Word diffs for the page: lengths of runs, so that each text stands there once.

use crate::score::diff::{Arrangement, Diff, DiffRequest, DiffRows, Granularity, PieceKind, Row, Side};

/// Texts beyond this many bytes are shown without a diff.
pub(super) const LIMIT: usize = 20_000;

/// The way from `from` to `to` as pairs of a kind and a length in UTF-16 units, one after the other: 0 stands in both, 1 only
/// in `from`, 2 only in `to`. Empty where a text is too long.
pub(super) fn runs(from: &str, to: &str) -> Vec<u32> {
    if from.len() > LIMIT || to.len() > LIMIT {
        return Vec::new();
    }
    let diff = Diff::new(from, to, DiffRequest { granularity: Granularity::Word, deadline: None });
    let mut rows = DiffRows::new(&diff, Arrangement::Inline);
    let has_fold = (0..rows.len()).any(|index| matches!(rows.row(&diff, index), Some(Row::Folded { .. })));
    if has_fold {
        rows.toggle_all_folds(&diff);
    }
    let mut runs = Runs(Vec::new());
    for index in 0..rows.len() {
        let Some(row) = rows.row(&diff, index) else { continue };
        match row {
            Row::Equal { a, .. } => runs.push(0, diff.line(Side::A, a)),
            Row::Removed { a, .. } => runs.push(1, diff.line(Side::A, a)),
            Row::Added { b, .. } => runs.push(2, diff.line(Side::B, b)),
            Row::Merged { .. } | Row::Beside { .. } => {
                for piece in diff.merged_pieces(&row) {
                    let kind = match piece.kind {
                        PieceKind::Equal => 0,
                        PieceKind::Removed => 1,
                        PieceKind::Added => 2,
                    };
                    runs.push(kind, piece.text);
                }
            }
            Row::Folded { .. } => {}
        }
    }
    runs.0
}

struct Runs(Vec<u32>);

impl Runs {
    fn push(&mut self, kind: u32, text: &str) {
        let units = text.encode_utf16().count() as u32;
        if let [.., last, length] = &mut self.0[..]
            && *last == kind
        {
            *length += units;
        } else if units > 0 {
            self.0.extend([kind, units]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both texts, put together again from the runs as the page does it.
    fn again(from: &str, to: &str) -> (String, String) {
        let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let (a, b) = (units(from), units(to));
        let (mut at_a, mut at_b) = (0, 0);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for pair in runs(from, to).chunks(2) {
            let length = pair[1] as usize;
            if pair[0] != 2 {
                one.extend_from_slice(&a[at_a..at_a + length]);
                at_a += length;
            }
            if pair[0] != 1 {
                two.extend_from_slice(&b[at_b..at_b + length]);
                at_b += length;
            }
        }
        (String::from_utf16(&one).unwrap(), String::from_utf16(&two).unwrap())
    }

    #[test]
    fn changed_words_are_marked_and_no_more() {
        assert_eq!(runs("the red kettle", "the blue kettle"), [0, 4, 1, 3, 2, 4, 0, 7]);
        assert_eq!(runs("same", "same"), [0, 4]);
        assert_eq!(runs("", "new"), [2, 3]);
        assert!(runs("", "").is_empty());
        assert!(runs(&"x".repeat(LIMIT + 1), "y").is_empty());
    }

    proptest! {
        #[test]
        fn both_texts_come_back(from in "[a-c \n😀é]{0,40}", to in "[a-c \n😀é]{0,40}") {
            prop_assert_eq!(again(&from, &to), (from, to));
        }
    }
}
