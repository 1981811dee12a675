//! The diff core: two texts in, a value out that a view can read row by row without building the rest.
//!
//! Lines are matched first (histogram diff), and only the changed stretches are compared by word or grapheme, so a megabyte
//! against a megabyte costs milliseconds. Whatever the deadline leaves undone is shown coarser and says so.

mod compute;
mod deadline;
mod invisible;
mod lines;
mod pairing;
mod rows;
mod segment;
mod summary;
mod tokens;
mod unified;

use std::ops::Range;
use std::sync::OnceLock;

pub use deadline::Deadline;
pub use invisible::{Invisible, invisible};
pub use rows::{Arrangement, DiffRows, Row};
pub use segment::{Piece, PieceKind};
pub use summary::Summary;

use lines::Lines;
use segment::Segment;

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// Whole lines; inside a changed line the changed words are marked.
    #[default]
    Line,
    /// Words (Unicode word boundaries); a changed line is one row that holds both.
    Word,
    /// What a reader takes for one character.
    Grapheme,
}

impl Granularity {
    /// The lower-case name for screens and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Word => "word",
            Self::Grapheme => "letter",
        }
    }
}

/// One of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left, old, removed-from one.
    A,
    /// The right, new, added-to one.
    B,
}

/// How to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffRequest {
    /// By what.
    pub granularity: Granularity,
    /// Until when; without one the work takes as long as it takes.
    pub deadline: Option<Deadline>,
}

/// Two texts compared. Immutable and `Sync`: a worker makes it, the screen reads it.
#[derive(Debug)]
pub struct Diff {
    a: Lines,
    b: Lines,
    granularity: Granularity,
    blocks: Vec<Block>,
    /// Neighbouring changed blocks, as ranges of `blocks`.
    changes: Vec<Range<usize>>,
    coarse: bool,
    summary: Summary,
}

impl Diff {
    /// Compares `a` with `b`. Belongs in a worker: it may take until the deadline.
    pub fn new(a: &str, b: &str, request: DiffRequest) -> Self {
        compute::compute(a, b, request)
    }

    /// What was compared.
    pub const fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// Whether the deadline (or a size limit) made parts of it coarser than asked.
    pub const fn is_coarse(&self) -> bool {
        self.coarse
    }

    /// Whether both texts are the same, byte for byte.
    pub const fn is_equal(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many separate changes there are.
    pub const fn change_count(&self) -> usize {
        self.changes.len()
    }

    /// The figures of the title line.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// How many lines a side has.
    pub const fn line_count(&self, side: Side) -> usize {
        self.lines(side).count()
    }

    /// A line of a side with its line end, 0-based.
    pub fn line(&self, side: Side, index: usize) -> &str {
        self.lines(side).line(index)
    }

    const fn lines(&self, side: Side) -> &Lines {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// The parts of one side of `row`, in reading order; their texts join to the line. Empty where the side has no line.
    pub fn pieces(&self, row: &Row, side: Side) -> Vec<Piece<'_>> {
        let line = match side {
            Side::A => row.line_a(),
            Side::B => row.line_b(),
        };
        let Some(line) = line else { return Vec::new() };
        let text = self.line(side, line);
        match self.pair_of(row, side) {
            Some(pair) => segment::of_side(self.segments(pair), side, text),
            None => vec![Piece { text, kind: PieceKind::Equal }],
        }
    }

    /// The parts of both sides of a [`Row::Merged`] in one run: what is equal once, removed before added.
    pub fn merged_pieces(&self, row: &Row) -> Vec<Piece<'_>> {
        match (row, self.pair_of(row, Side::A)) {
            (Row::Merged { a, b, .. }, Some(pair)) => {
                segment::merged(self.segments(pair), self.line(Side::A, *a), self.line(Side::B, *b))
            }
            _ => self.pieces(row, if row.line_a().is_some() { Side::A } else { Side::B }),
        }
    }

    /// Whether the two lines of `row` differ and yet look the same.
    pub fn row_differs_only_invisibly(&self, row: &Row) -> bool {
        match (row.line_a(), row.line_b()) {
            (Some(a), Some(b)) => invisible::differ_only_invisibly(self.line(Side::A, a), self.line(Side::B, b)),
            _ => false,
        }
    }

    fn pair_of(&self, row: &Row, side: Side) -> Option<&Pair> {
        let pairs = |block: usize| self.blocks.get(block).map(|block| block.pairs.as_slice()).unwrap_or_default();
        match *row {
            Row::Beside { block, pair, .. } => pairs(block).get(pair),
            Row::Merged { block, .. } => pairs(block).first(),
            Row::Removed { block, a } if side == Side::A => {
                let pairs = pairs(block);
                pairs.get(pairs.partition_point(|pair| pair.a_end <= a))
            }
            Row::Added { block, b } if side == Side::B => {
                let pairs = pairs(block);
                pairs.get(pairs.partition_point(|pair| pair.b_end <= b))
            }
            Row::Equal { .. } | Row::Folded { .. } | Row::Removed { .. } | Row::Added { .. } => None,
        }
    }

    /// A pair's segments, compared now if the worker did not come to it and it is small enough for a frame.
    fn segments<'a>(&'a self, pair: &'a Pair) -> &'a [Segment] {
        pair.segments.get_or_init(|| compute::refine_for_a_frame(&self.a, &self.b, pair))
    }
}

/// A stretch of lines on both sides: equal, or changed.
#[derive(Debug)]
struct Block {
    a: Range<usize>,
    b: Range<usize>,
    kind: BlockKind,
    /// For a changed block, its lines beside each other, in order; empty for an equal one.
    pairs: Vec<Pair>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockKind {
    /// The same lines on both sides.
    Equal,
    /// Lines side by side or one after the other.
    Apart,
    /// One line each, matched part by part: fit for one row that holds both.
    Merged,
}

/// A line of A, or a line of B, or one of each beside each other.
#[derive(Debug)]
struct Pair {
    /// The number of A's lines up to and including this pair; its own line is the one before, if it has one.
    a_end: usize,
    b_end: usize,
    holds: Holds,
    /// Filled by the worker, or by the first frame that shows it.
    segments: OnceLock<Box<[Segment]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    OnlyA,
    OnlyB,
    Both,
}

impl Pair {
    const fn a(&self) -> Option<usize> {
        match self.holds {
            Holds::OnlyA | Holds::Both => self.a_end.checked_sub(1),
            Holds::OnlyB => None,
        }
    }

    const fn b(&self) -> Option<usize> {
        match self.holds {
            Holds::OnlyB | Holds::Both => self.b_end.checked_sub(1),
            Holds::OnlyA => None,
        }
    }
}
