//! The parts of a pair of lines: equal, removed, added; and how a side reads them.

use std::ops::Range;

use super::Side;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// In both texts.
    Equal,
    /// Only in A.
    Removed,
    /// Only in B.
    Added,
}

/// A part of a line as a view reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The part's text; the last part of a line holds its line feed.
    pub text: &'a str,
    /// What became of it.
    pub kind: PieceKind,
}

/// A part as byte ranges in both lines; the range of a side that does not have it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) kind: PieceKind,
    pub(super) a: Range<u32>,
    pub(super) b: Range<u32>,
}

impl Segment {
    pub(super) const fn new(kind: PieceKind, a: Range<u32>, b: Range<u32>) -> Self {
        Self { kind, a, b }
    }
}

/// The whole of both lines as removed and added.
pub(super) fn replaced(a: &str, b: &str) -> Box<[Segment]> {
    let (a_len, b_len) = (a.len() as u32, b.len() as u32);
    let mut segments = Vec::with_capacity(2);
    if a_len > 0 {
        segments.push(Segment::new(PieceKind::Removed, 0..a_len, 0..0));
    }
    if b_len > 0 {
        segments.push(Segment::new(PieceKind::Added, a_len..a_len, 0..b_len));
    }
    segments.into()
}

pub(super) fn slice<'a>(text: &'a str, range: &Range<u32>) -> &'a str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

pub(super) fn of_side<'a>(segments: &[Segment], side: Side, text: &'a str) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(segments.len());
    // Neighbours of one kind join, so that a view never sees two changes where a reader sees one.
    let mut open: Option<(PieceKind, Range<u32>)> = None;
    for segment in segments {
        let range = match side {
            Side::A => &segment.a,
            Side::B => &segment.b,
        };
        if range.is_empty() {
            continue;
        }
        match &mut open {
            Some((kind, joined)) if *kind == segment.kind && joined.end == range.start => joined.end = range.end,
            _ => {
                if let Some((kind, joined)) = open.replace((segment.kind, range.clone())) {
                    pieces.push(Piece { text: slice(text, &joined), kind });
                }
            }
        }
    }
    pieces.extend(open.map(|(kind, joined)| Piece { text: slice(text, &joined), kind }));
    pieces
}

pub(super) fn merged<'a>(segments: &[Segment], a: &'a str, b: &'a str) -> Vec<Piece<'a>> {
    let piece = |segment: &Segment| {
        let text = match segment.kind {
            PieceKind::Equal | PieceKind::Removed => slice(a, &segment.a),
            PieceKind::Added => slice(b, &segment.b),
        };
        Piece { text, kind: segment.kind }
    };
    segments.iter().map(piece).filter(|piece| !piece.text.is_empty()).collect()
}

/// Takes blanks that stand alone between two replacements into them: three words replaced by three others are one change to a
/// reader, not three. Then joins neighbours of one kind.
pub(super) fn tidy(segments: Vec<Segment>, a: &str) -> Vec<Segment> {
    let mut tidied: Vec<Segment> = Vec::with_capacity(segments.len());
    // A run of changes being gathered: what it removes and what it adds.
    let mut removed: Option<Range<u32>> = None;
    let mut added: Option<Range<u32>> = None;
    let mut segments = segments.into_iter().peekable();
    while let Some(segment) = segments.next() {
        match segment.kind {
            PieceKind::Removed => extend(&mut removed, &segment.a),
            PieceKind::Added => extend(&mut added, &segment.b),
            PieceKind::Equal => {
                let blank = slice(a, &segment.a).chars().all(|character| matches!(character, ' ' | '\t'));
                let between = removed.is_some()
                    && added.is_some()
                    && segments.peek().is_some_and(|next| next.kind != PieceKind::Equal);
                if blank && between {
                    extend(&mut removed, &segment.a);
                    extend(&mut added, &segment.b);
                } else {
                    flush(&mut tidied, &mut removed, &mut added);
                    tidied.push(segment);
                }
            }
        }
    }
    flush(&mut tidied, &mut removed, &mut added);
    tidied
}

fn extend(open: &mut Option<Range<u32>>, range: &Range<u32>) {
    match open {
        Some(open) => open.end = range.end,
        None => *open = Some(range.clone()),
    }
}

fn flush(tidied: &mut Vec<Segment>, removed: &mut Option<Range<u32>>, added: &mut Option<Range<u32>>) {
    tidied.extend(removed.take().map(|a| Segment::new(PieceKind::Removed, a, 0..0)));
    tidied.extend(added.take().map(|b| Segment::new(PieceKind::Added, 0..0, b)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_between_replacements_join_them() {
        use PieceKind::{Added, Equal, Removed};
        let segments = vec![
            Segment::new(Removed, 0..3, 0..0),
            Segment::new(Added, 0..0, 0..1),
            Segment::new(Equal, 3..4, 1..2),
            Segment::new(Removed, 4..7, 0..0),
            Segment::new(Added, 0..0, 2..5),
            Segment::new(Equal, 7..8, 5..6),
            Segment::new(Equal, 8..11, 6..9),
        ];
        let tidied = tidy(segments, "the old end");
        let kinds: Vec<_> = tidied.iter().map(|segment| (segment.kind, segment.a.clone(), segment.b.clone())).collect();
        assert_eq!(kinds, [(Removed, 0..7, 0..0), (Added, 0..0, 0..5), (Equal, 7..8, 5..6), (Equal, 8..11, 6..9)]);
    }
}
