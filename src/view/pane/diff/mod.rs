//! The diff pane: a window of a diff, side by side or inline. Work is done for the rows in sight only.
//!
//! Changes carry a sign as well as a style, so that nothing rests on colour. Which rows there are is `score::diff`'s business,
//! what a character looks like `visible.rs`'s, where a line breaks `wrap.rs`'s.

mod line;
mod long;
mod title;
mod visible;
mod wrap;

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::score::diff::{Arrangement, Diff, DiffRows, Row, Side};

use line::{Line, Part};
pub use long::LongLines;

/// From this width on, two columns.
pub const SIDE_BY_SIDE_WIDTH: u16 = 100;

/// The arrangement for a pane of this width.
pub const fn arrangement_for(width: u16) -> Arrangement {
    if width >= SIDE_BY_SIDE_WIDTH { Arrangement::SideBySide } else { Arrangement::Inline }
}

/// What each part of the pane looks like; the theme fills it.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffStyles {
    /// Text that is equal.
    pub equal: Style,
    /// A line that has something removed.
    pub removed: Style,
    /// A line that has something added.
    pub added: Style,
    /// The removed part itself, laid over `removed`.
    pub removed_part: Style,
    /// The added part itself, laid over `added`.
    pub added_part: Style,
    /// Symbols that stand for characters one cannot see, laid over the part.
    pub symbol: Style,
    /// Line numbers and the rule between the columns.
    pub gutter: Style,
    /// Folded rows.
    pub fold: Style,
    /// The mark beside the current change.
    pub current: Style,
    /// The title line.
    pub title: Style,
}

/// How removed and added parts inside one row are told apart besides their style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartSigns {
    /// By style alone; the row has its sign in the gutter.
    #[default]
    Plain,
    /// `[-removed-]{+added+}`, for terminals without colours.
    Brackets,
}

/// The first visual line in sight: a row, and how many of its wrapped lines are above the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// Index into the rows.
    pub row: usize,
    /// Wrapped lines of that row that are scrolled out.
    pub wrapped: usize,
}

/// All the pane needs to draw itself.
#[derive(Clone, Copy, Debug)]
pub struct DiffPane<'a> {
    /// What is compared.
    pub diff: &'a Diff,
    /// Its rows, already arranged for the width (see [`arrangement_for`]).
    pub rows: &'a DiffRows,
    /// The long lines of this diff that were drawn before.
    pub long: &'a LongLines,
    /// What is at the top.
    pub anchor: Anchor,
    /// Which change is the current one.
    pub current: Option<usize>,
    /// Names of A and B.
    pub labels: [&'a str; 2],
    /// Looks.
    pub styles: &'a DiffStyles,
    /// Brackets or not.
    pub part_signs: PartSigns,
}

impl DiffPane<'_> {
    /// Draws the title line and the rows below it.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let [title, body] = split_title(area);
        title::render(self, title, buffer);
        let mut y = body.y;
        let mut skip = self.anchor.wrapped;
        let mut index = self.anchor.row;
        while y < body.bottom() {
            let Some(row) = self.rows.row(self.diff, index) else { break };
            let height = (body.bottom() - y) as usize;
            let drawn = self.render_row(index, &row, skip, Rect { y, height: height as u16, ..body }, buffer);
            y += drawn;
            skip = 0;
            index += 1;
        }
    }

    /// The row drawn at screen line `y`: what a click meets.
    pub fn row_at(&self, area: Rect, y: u16) -> Option<usize> {
        let [_, body] = split_title(area);
        let mut below = y.checked_sub(body.y).filter(|_| y < body.bottom())? as usize + self.anchor.wrapped;
        let mut index = self.anchor.row;
        while index < self.rows.len() {
            let height = self.height_of(index, body.width);
            if below < height {
                return Some(index);
            }
            below -= height;
            index += 1;
        }
        None
    }

    /// The anchor `by` visual lines further down (up, when negative), kept so that the last line stays in sight.
    pub fn scrolled(&self, by: isize, area: Rect) -> Anchor {
        let [_, body] = split_title(area);
        let mut anchor = self.clamped(self.anchor, body.width);
        let mut left = by.unsigned_abs();
        while left > 0 {
            if by < 0 {
                let step = left.min(anchor.wrapped);
                anchor.wrapped -= step;
                left -= step;
                if left == 0 || anchor.row == 0 {
                    break;
                }
                anchor.row -= 1;
                anchor.wrapped = self.height_of(anchor.row, body.width);
            } else {
                let beyond = anchor.wrapped + left + 1;
                let height = self.height_up_to(beyond, anchor.row, body.width);
                if height == beyond {
                    anchor.wrapped += left;
                    break;
                }
                let below = height - anchor.wrapped;
                if anchor.row + 1 >= self.rows.len() {
                    break;
                }
                left -= below;
                anchor = Anchor { row: anchor.row + 1, wrapped: 0 };
            }
        }
        if self.fills(anchor, body) { anchor } else { anchor.min(self.lowest(body)) }
    }

    /// Whether what follows `anchor` fills the window.
    fn fills(&self, anchor: Anchor, body: Rect) -> bool {
        let mut left = body.height as usize + anchor.wrapped;
        for row in anchor.row..self.rows.len() {
            if left == 0 {
                break;
            }
            left -= self.height_up_to(left, row, body.width);
        }
        left == 0
    }

    /// The anchor that shows change `number` with the rows of context above it.
    pub fn anchor_of_change(&self, number: usize, area: Rect) -> Anchor {
        let [_, body] = split_title(area);
        let row = self.rows.row_of_change(self.diff, number).unwrap_or(0);
        let lines_above = body.height / 4;
        let at_change = Self { anchor: Anchor { row, wrapped: 0 }, ..*self };
        at_change.scrolled(-(lines_above as isize), area)
    }

    /// The anchor that shows the end.
    pub fn bottom(&self, area: Rect) -> Anchor {
        self.lowest(split_title(area)[1])
    }

    /// The lowest anchor that still fills the window.
    fn lowest(&self, body: Rect) -> Anchor {
        let mut left = body.height as usize;
        let mut row = self.rows.len();
        while left > 0 && row > 0 {
            row -= 1;
            let height = self.height_of(row, body.width);
            if height >= left {
                return Anchor { row, wrapped: height - left };
            }
            left -= height;
        }
        Anchor { row, wrapped: 0 }
    }

    fn clamped(&self, anchor: Anchor, width: u16) -> Anchor {
        let row = anchor.row.min(self.rows.len().saturating_sub(1));
        let wrapped = if row == anchor.row { self.height_up_to(anchor.wrapped + 1, row, width) - 1 } else { 0 };
        Anchor { row, wrapped }
    }

    /// How many visual lines a row takes; at least 1.
    fn height_of(&self, index: usize, width: u16) -> usize {
        self.height_up_to(usize::MAX, index, width)
    }

    /// How many visual lines a row takes, or `most` if it takes more; at least 1.
    fn height_up_to(&self, most: usize, index: usize, width: u16) -> usize {
        let Some(row) = self.rows.row(self.diff, index) else { return 1 };
        self.columns(&row, width).iter().map(|column| column.line.height(most)).max().unwrap_or(1).max(1)
    }

    fn render_row(&self, index: usize, row: &Row, skip: usize, area: Rect, buffer: &mut Buffer) -> u16 {
        if let Row::Folded { a, .. } = row {
            let text = format!("… {} equal lines", a.len());
            buffer.set_stringn(area.x, area.y, text, area.width as usize, self.styles.fold);
            return 1;
        }
        let current = self.current.is_some() && self.rows.change_of_row(self.diff, index) == self.current;
        let columns = self.columns(row, area.width);
        let mut drawn = 1;
        for column in &columns {
            let rows = column.line.rows(skip, area.height as usize);
            drawn = drawn.max(rows.len());
            let text_x = area.x + column.x + column.gutter.width();
            for (offset, visual) in rows.into_iter().enumerate() {
                let y = area.y + offset as u16;
                buffer.set_style(
                    Rect { x: area.x + column.x, y, width: column.width, height: 1 },
                    column.base(self.styles),
                );
                let first = skip + offset == 0;
                column.gutter.render(area.x + column.x, y, first, self.styles, buffer);
                line::render(&visual, text_x, y, column, self.styles, buffer);
            }
        }
        for y in area.y..area.y + drawn as u16 {
            if let [left, _] = columns.as_slice()
                && let Some(cell) = buffer.cell_mut((area.x + left.x + left.width, y))
            {
                cell.set_char('│').set_style(self.styles.gutter);
            }
            if current && let Some(cell) = buffer.cell_mut((area.x, y)) {
                cell.set_char('▌').set_style(self.styles.current);
            }
        }
        drawn as u16
    }

    /// One column for a row in the inline arrangement, two beside each other otherwise.
    fn columns(&self, row: &Row, width: u16) -> Vec<Column<'_>> {
        match self.rows.arrangement() {
            Arrangement::Inline => vec![self.column(row, None, 0, width)],
            Arrangement::SideBySide => {
                let left = width.saturating_sub(1) / 2;
                let right = width.saturating_sub(left + 1);
                vec![self.column(row, Some(Side::A), 0, left), self.column(row, Some(Side::B), left + 1, right)]
            }
        }
    }

    fn column(&self, row: &Row, side: Option<Side>, x: u16, width: u16) -> Column<'_> {
        let digits = |side| self.diff.line_count(side).max(1).ilog10() as u16 + 1;
        let change = match (row, side) {
            (Row::Merged { .. }, None) | (Row::Beside { a: Some(_), b: Some(_), .. } | Row::Merged { .. }, Some(_)) => {
                Change::Both
            }
            (Row::Removed { .. }, _) | (Row::Beside { a: Some(_), b: None, .. }, Some(Side::A)) => Change::Removed,
            (Row::Added { .. }, _) | (Row::Beside { a: None, b: Some(_), .. }, Some(Side::B)) => Change::Added,
            (Row::Beside { .. } | Row::Equal { .. } | Row::Folded { .. }, _) => Change::None,
        };
        let numbers = match side {
            Some(Side::A) => vec![(row.line_a(), digits(Side::A))],
            Some(Side::B) => vec![(row.line_b(), digits(Side::B))],
            None => vec![(row.line_a(), digits(Side::A)), (row.line_b(), digits(Side::B))],
        };
        let gutter = Gutter::fitting(numbers, change, width);
        let line = self.long.line(self.diff, row, side, self.part_signs, text_width(width, &gutter));
        Column { x, width, gutter, line, side, change }
    }
}

fn split_title(area: Rect) -> [Rect; 2] {
    let title = Rect { height: area.height.min(1), ..area };
    [title, Rect { y: area.y + title.height, height: area.height - title.height, ..area }]
}

/// What a column's line went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Removed,
    Added,
    Both,
}

/// A row's share of one column.
struct Column<'a> {
    x: u16,
    width: u16,
    gutter: Gutter,
    line: Rc<Line<'a>>,
    side: Option<Side>,
    change: Change,
}

impl Column<'_> {
    fn text_width(&self) -> usize {
        text_width(self.width, &self.gutter)
    }

    /// The style of the line as a whole.
    const fn base(&self, styles: &DiffStyles) -> Style {
        match (self.change, self.side) {
            (Change::None, _) | (Change::Both, None) => styles.equal,
            (Change::Removed, _) | (Change::Both, Some(Side::A)) => styles.removed,
            (Change::Added, _) | (Change::Both, Some(Side::B)) => styles.added,
        }
    }

    fn style_of(&self, part: Part, styles: &DiffStyles) -> Style {
        let base = self.base(styles);
        match part {
            Part::Equal => base,
            Part::Removed => base.patch(styles.removed_part),
            Part::Added => base.patch(styles.added_part),
        }
    }
}

/// What a gutter leaves of a column for its text.
fn text_width(width: u16, gutter: &Gutter) -> usize {
    width.saturating_sub(gutter.width()) as usize
}

/// The mark of the current change, line numbers where there is room, and the sign.
struct Gutter {
    numbers: Vec<(Option<usize>, u16)>,
    sign: char,
}

impl Gutter {
    /// Numbers go first when the column is narrow, and the whole gutter when there is no room for a letter.
    fn fitting(mut numbers: Vec<(Option<usize>, u16)>, change: Change, width: u16) -> Self {
        let sign = match change {
            Change::None => ' ',
            Change::Removed => '-',
            Change::Added => '+',
            Change::Both => '~',
        };
        if width < 40 {
            numbers.clear();
        }
        Self { numbers, sign }
    }

    fn width(&self) -> u16 {
        1 + self.numbers.iter().map(|(_, digits)| digits + 1).sum::<u16>() + 2
    }

    fn render(&self, x: u16, y: u16, first: bool, styles: &DiffStyles, buffer: &mut Buffer) {
        let mut at = x + 1;
        for (number, digits) in &self.numbers {
            if let Some(number) = number.filter(|_| first) {
                let text = format!("{:>1$}", number + 1, *digits as usize);
                buffer.set_stringn(at, y, text, *digits as usize, styles.gutter);
            }
            at += digits + 1;
        }
        if let Some(cell) = buffer.cell_mut((at, y)) {
            cell.set_char(self.sign);
        }
    }
}

#[cfg(test)]
mod tests;
