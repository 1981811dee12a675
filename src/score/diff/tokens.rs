//! Words and graphemes of a stretch of text, and the edits between two such sequences.

use imara_diff::InternedInput;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use unicode_segmentation::UnicodeSegmentation;

use super::segment::{PieceKind, Segment};
use super::{Deadline, Granularity};

/// The edits between two texts in order, as byte ranges; no range crosses a line feed. Every line feed ends a token in both
/// kinds of token (a word boundary and a grapheme boundary follow it), so this holds by construction.
pub(super) fn segments(a: &str, b: &str, granularity: Granularity, deadline: Option<Deadline>) -> Vec<Segment> {
    let split = |text: &'_ str| -> Vec<usize> {
        let mut end = 0;
        let lengths = |token: &str| {
            end += token.len();
            end
        };
        match granularity {
            Granularity::Grapheme => text.graphemes(true).map(lengths).collect(),
            Granularity::Line | Granularity::Word => text.split_word_bounds().map(lengths).collect(),
        }
    };
    let (a_ends, b_ends) = (split(a), split(b));
    let mut input: InternedInput<&str> = InternedInput::default();
    input.update_before(parts(a, &a_ends));
    input.update_after(parts(b, &b_ends));
    let operations =
        capture_diff_slices_deadline(Algorithm::Myers, &input.before, &input.after, deadline.map(Deadline::at));
    let mut collector = Collector { a, b, a_ends: &a_ends, b_ends: &b_ends, segments: Vec::new() };
    for operation in operations {
        match operation {
            DiffOp::Equal { old_index, new_index, len } => {
                for step in 0..len {
                    collector.push(PieceKind::Equal, old_index + step, new_index + step);
                }
            }
            DiffOp::Delete { old_index, old_len, .. } => collector.remove(old_index, old_len),
            DiffOp::Insert { new_index, new_len, .. } => collector.add(new_index, new_len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                collector.remove(old_index, old_len);
                collector.add(new_index, new_len);
            }
        }
    }
    collector.segments
}

fn parts<'a>(text: &'a str, ends: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let mut start = 0;
    ends.iter().map(move |end| {
        let part = text.get(start..*end).unwrap_or_default();
        start = *end;
        part
    })
}

/// Turns token indices into byte ranges and joins neighbours up to a line's end.
struct Collector<'a> {
    a: &'a str,
    b: &'a str,
    a_ends: &'a [usize],
    b_ends: &'a [usize],
    segments: Vec<Segment>,
}

impl Collector<'_> {
    fn remove(&mut self, index: usize, count: usize) {
        for index in index..index + count {
            self.push(PieceKind::Removed, index, 0);
        }
    }

    fn add(&mut self, index: usize, count: usize) {
        for index in index..index + count {
            self.push(PieceKind::Added, 0, index);
        }
    }

    fn push(&mut self, kind: PieceKind, a_index: usize, b_index: usize) {
        let range = |ends: &[usize], index: usize| {
            let start = index.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
            start as u32..ends.get(index).copied().unwrap_or(start) as u32
        };
        let a = if kind == PieceKind::Added { 0..0 } else { range(self.a_ends, a_index) };
        let b = if kind == PieceKind::Removed { 0..0 } else { range(self.b_ends, b_index) };
        if let Some(last) = self.segments.last_mut() {
            let (text, end) = if kind == PieceKind::Added { (self.b, last.b.end) } else { (self.a, last.a.end) };
            let ends_line = text.as_bytes().get((end as usize).wrapping_sub(1)) == Some(&b'\n');
            let touches = (kind == PieceKind::Added || last.a.end == a.start)
                && (kind == PieceKind::Removed || last.b.end == b.start);
            if last.kind == kind && touches && !ends_line {
                last.a.end = a.end;
                last.b.end = b.end;
                return;
            }
        }
        self.segments.push(Segment::new(kind, a, b));
    }
}
