//! The rows of a diff, by index: side by side or inline, with long equal runs folded. Only counts are kept, never texts.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Block, BlockKind, Diff};

/// How the two texts are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrangement {
    /// Two columns.
    SideBySide,
    /// One column, removed before added.
    Inline,
}

/// One row; lines are 0-based.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The same line on both sides.
    Equal {
        /// Line of A.
        a: usize,
        /// Line of B.
        b: usize,
    },
    /// Changed lines next to each other; one of them may be absent.
    Beside {
        /// Line of A.
        a: Option<usize>,
        /// Line of B.
        b: Option<usize>,
        /// Where it belongs.
        block: usize,
        /// Which pair of that block.
        pair: usize,
    },
    /// A line of A alone.
    Removed {
        /// Line of A.
        a: usize,
        /// Where it belongs.
        block: usize,
    },
    /// A line of B alone.
    Added {
        /// Line of B.
        b: usize,
        /// Where it belongs.
        block: usize,
    },
    /// Both lines in one run of equal, removed and added parts.
    Merged {
        /// Line of A.
        a: usize,
        /// Line of B.
        b: usize,
        /// Where it belongs.
        block: usize,
    },
    /// Equal lines that are not shown.
    Folded {
        /// The lines of A.
        a: Range<usize>,
        /// The lines of B.
        b: Range<usize>,
        /// What to hand to [`DiffRows::toggle_fold`].
        block: usize,
    },
}

impl Row {
    /// The row's line of A, if it shows one.
    pub const fn line_a(&self) -> Option<usize> {
        match *self {
            Self::Equal { a, .. } | Self::Removed { a, .. } | Self::Merged { a, .. } => Some(a),
            Self::Beside { a, .. } => a,
            Self::Added { .. } | Self::Folded { .. } => None,
        }
    }

    /// The row's line of B, if it shows one.
    pub const fn line_b(&self) -> Option<usize> {
        match *self {
            Self::Equal { b, .. } | Self::Added { b, .. } | Self::Merged { b, .. } => Some(b),
            Self::Beside { b, .. } => b,
            Self::Removed { .. } | Self::Folded { .. } => None,
        }
    }

    /// The changed block the row shows, if it does.
    const fn changed_block(&self) -> Option<usize> {
        match *self {
            Self::Beside { block, .. }
            | Self::Removed { block, .. }
            | Self::Added { block, .. }
            | Self::Merged { block, .. } => Some(block),
            Self::Equal { .. } | Self::Folded { .. } => None,
        }
    }
}

/// Equal lines shown around a change.
const CONTEXT: usize = 3;

/// The row index of one diff in one arrangement, and which folds are open.
#[derive(Clone, Debug)]
pub struct DiffRows {
    arrangement: Arrangement,
    open: BTreeSet<usize>,
    /// The number of rows up to and including each block.
    ends: Vec<usize>,
}

impl DiffRows {
    /// All long equal runs folded.
    pub fn new(diff: &Diff, arrangement: Arrangement) -> Self {
        let mut rows = Self { arrangement, open: BTreeSet::new(), ends: Vec::new() };
        rows.count(diff);
        rows
    }

    /// How it is laid out.
    pub const fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    /// Lays it out otherwise; the same folds stay open.
    pub fn arrange(&mut self, diff: &Diff, arrangement: Arrangement) {
        if self.arrangement != arrangement {
            self.arrangement = arrangement;
            self.count(diff);
        }
    }

    /// Opens every fold, or closes every one if all are open.
    pub fn toggle_all_folds(&mut self, diff: &Diff) {
        let foldable =
            || diff.blocks.iter().enumerate().filter(|(index, block)| fold_of(diff, *index, block).is_some());
        if foldable().all(|(index, _)| self.open.contains(&index)) {
            self.open.clear();
        } else {
            self.open = foldable().map(|(index, _)| index).collect();
        }
        self.count(diff);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Whether there are none: both texts are empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at `index`.
    pub fn row(&self, diff: &Diff, index: usize) -> Option<Row> {
        let number = self.ends.partition_point(|end| *end <= index);
        let block = diff.blocks.get(number)?;
        let within = index - number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        match (block.kind, self.arrangement) {
            (BlockKind::Equal, _) => Some(self.equal_row(diff, number, block, within)),
            (_, Arrangement::SideBySide) => {
                let pair = block.pairs.get(within)?;
                Some(Row::Beside { a: pair.a(), b: pair.b(), block: number, pair: within })
            }
            (BlockKind::Merged, Arrangement::Inline) => {
                Some(Row::Merged { a: block.a.start, b: block.b.start, block: number })
            }
            (BlockKind::Apart, Arrangement::Inline) => Some(match within.checked_sub(block.a.len()) {
                None => Row::Removed { a: block.a.start + within, block: number },
                Some(added) => Row::Added { b: block.b.start + added, block: number },
            }),
        }
    }

    fn equal_row(&self, diff: &Diff, number: usize, block: &Block, within: usize) -> Row {
        let equal = |line: usize| Row::Equal { a: block.a.start + line, b: block.b.start + line };
        let Some(fold) = fold_of(diff, number, block).filter(|_| !self.open.contains(&number)) else {
            return equal(within);
        };
        match within.cmp(&fold.start) {
            std::cmp::Ordering::Less => equal(within),
            std::cmp::Ordering::Equal => Row::Folded {
                a: block.a.start + fold.start..block.a.start + fold.end,
                b: block.b.start + fold.start..block.b.start + fold.end,
                block: number,
            },
            std::cmp::Ordering::Greater => equal(within + fold.len() - 1),
        }
    }

    /// The first row of change `number` (0-based).
    pub fn row_of_change(&self, diff: &Diff, number: usize) -> Option<usize> {
        let first = diff.changes.get(number)?.start;
        Some(first.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0))
    }

    /// The change that the row at `index` belongs to.
    pub fn change_of_row(&self, diff: &Diff, index: usize) -> Option<usize> {
        let block = self.row(diff, index)?.changed_block()?;
        let change = diff.changes.partition_point(|change| change.end <= block);
        diff.changes.get(change).filter(|change| change.contains(&block)).map(|_| change)
    }

    /// The first change that begins below row `index`.
    pub fn next_change(&self, diff: &Diff, index: usize) -> Option<usize> {
        // Changes are in row order.
        let mut changes = 0..diff.changes.len();
        let below = |change: usize| self.row_of_change(diff, change).is_some_and(|row| row > index);
        while !changes.is_empty() {
            let middle = changes.start.midpoint(changes.end);
            if below(middle) { changes.end = middle } else { changes.start = middle + 1 }
        }
        (changes.start < diff.changes.len()).then_some(changes.start)
    }

    fn count(&mut self, diff: &Diff) {
        let mut end = 0;
        let (arrangement, open) = (self.arrangement, &self.open);
        let rows = diff.blocks.iter().enumerate().map(|(index, block)| match (block.kind, arrangement) {
            (BlockKind::Equal, _) => match fold_of(diff, index, block) {
                Some(fold) if !open.contains(&index) => block.a.len() - fold.len() + 1,
                _ => block.a.len(),
            },
            (_, Arrangement::SideBySide) => block.pairs.len(),
            (BlockKind::Merged, Arrangement::Inline) => 1,
            (BlockKind::Apart, Arrangement::Inline) => block.a.len() + block.b.len(),
        });
        self.ends = rows
            .map(|rows| {
                end += rows;
                end
            })
            .collect();
    }
}

/// Which lines of an equal block fold away, counted from its start; the lines next to a change stay. A fold takes a row itself,
/// so it must hide at least two.
fn fold_of(diff: &Diff, index: usize, block: &Block) -> Option<Range<usize>> {
    if block.kind != BlockKind::Equal {
        return None;
    }
    // At the text's ends there is no change to give context to; two equal texts show their beginning.
    let last = index + 1 == diff.blocks.len();
    let head = if index > 0 || last { CONTEXT } else { 0 };
    let tail = if last { 0 } else { CONTEXT };
    let fold = head..block.a.len().saturating_sub(tail);
    (fold.len() >= 2).then_some(fold)
}
