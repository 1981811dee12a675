//! Long lines kept as they are shown: a megabyte on one line is made ready once, and broken only as far as it is looked at.

use std::cell::RefCell;
use std::rc::Rc;

use super::PartSigns;
use super::line::Line;
use crate::score::diff::{Diff, Row, Side};

/// From this many bytes on a line is kept.
const LONG: usize = 4 * 1024;

/// How many are kept: what is in sight, and what was just before.
const KEPT: usize = 8;

/// The long lines of one diff that were drawn last. Belongs to a diff: another one needs new ones.
#[derive(Debug, Default)]
pub struct LongLines {
    /// The one used last stands last.
    kept: RefCell<Vec<(Key, Rc<Line<'static>>)>>,
}

/// What a shown line depends on, besides the diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    lines: [Option<usize>; 2],
    side: Option<Side>,
    signs: PartSigns,
    width: usize,
}

impl LongLines {
    /// The line of one side of `row`, or of both, for a column of `width`.
    pub(super) fn line<'a>(
        &self,
        diff: &'a Diff,
        row: &Row,
        side: Option<Side>,
        signs: PartSigns,
        width: usize,
    ) -> Rc<Line<'a>> {
        let lines = [row.line_a().filter(|_| side != Some(Side::B)), row.line_b().filter(|_| side != Some(Side::A))];
        let length = |side, line: Option<usize>| line.map_or(0, |line| diff.line(side, line).len());
        if length(Side::A, lines[0]).max(length(Side::B, lines[1])) < LONG {
            return Rc::new(Line::of(diff, row, side, signs, width));
        }
        let key = Key { lines, side, signs, width };
        let mut kept = self.kept.borrow_mut();
        let found = kept.iter().position(|(known, _)| *known == key).map(|index| kept.remove(index));
        let (key, line) = found.unwrap_or_else(|| (key, Rc::new(Line::of(diff, row, side, signs, width).into_owned())));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, Rc::clone(&line)));
        line
    }
}
