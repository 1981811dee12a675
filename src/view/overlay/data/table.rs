//! The rows of the data pane in columns: marks at the left, the selected cell, the column they are ordered by.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Map, Value};

use super::super::list::say;
use super::heading;
use crate::data::RowChange;
use crate::state::{DataRow, DataSource, DataState, DataWindow, Edits};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// The widest a column becomes beside others.
const WIDEST: usize = 44;
/// Between two columns.
const GAP: usize = 2;
/// Columns of the split's name, where rows of a file are in several.
const SPLIT: usize = 6;

/// One value on one line.
fn flat(text: &str, width: usize) -> String {
    // Longer than any column is wide; the rest need not be looked at.
    let start: String = text.chars().take(width * 4).collect();
    let words = start.split_whitespace().collect::<Vec<_>>().join(" ");
    truncate_to_width(&sanitise_line(&words), width).into_owned()
}

/// A value as a cell shows it.
fn shown(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Which columns have room from a first one on, how wide each is, and whether it has all it wants.
fn widths(window: &DataWindow, edits: Option<&Edits>, first: usize, room: usize) -> Vec<(usize, usize, bool)> {
    let mut found = Vec::new();
    let mut left = room;
    for (index, column) in window.columns.iter().enumerate().skip(first) {
        if left < 4 {
            break;
        }
        let last = index + 1 == window.columns.len();
        let values = window.rows.iter().filter(|row| !row.broken).filter_map(|row| row.cells.get(index));
        let added = edits.iter().flat_map(|edits| &edits.changes().added).filter_map(|row| row.get(&column.name));
        let added = added.map(|value| display_width(&flat(&shown(value), WIDEST)));
        let widest = values.map(|text| display_width(&flat(text, WIDEST))).chain(added).max().unwrap_or(0);
        // Two more for the arrow of an order.
        let head = display_width(&heading(column.role, &column.name)).min(WIDEST) + 2;
        let wanted = widest.max(head).max(3);
        let width = if last { left } else { wanted.min(left) };
        found.push((index, width, width >= wanted));
        left = left.saturating_sub(width + GAP);
    }
    found
}

/// Draws the head and the rows, so that the selected row and column are in sight.
pub(super) fn draw(data: &mut DataState, list: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let Some(window) = data.window.take() else { return };
    let digits = data.total().max(window.of).max(1).to_string().len().max(3);
    // Rows of a split are all of that split; those of a file may be of several.
    let several =
        matches!(data.source(), Some(DataSource::File(_))) && window.rows.iter().any(|row| row.place.is_some());
    let split = if several { SPLIT } else { 0 };
    let gutter = 3 + digits + 2 + split;
    let room = usize::from(list.width).saturating_sub(gutter);
    let mut columns = widths(&window, data.edits.get(&window.path), data.left, room);
    // The selected column is in sight, and as wide as it wants to be where it can be.
    while data.left < data.column && !columns.iter().any(|(index, _, whole)| *index == data.column && *whole) {
        data.left += 1;
        columns = widths(&window, data.edits.get(&window.path), data.left, room);
    }
    let columns = columns.into_iter().map(|(index, width, _)| (index, width)).collect();
    let left = data.left;
    data.window = Some(window);
    let Some(window) = &data.window else { return };
    let sheet = Sheet { data, window, digits, split, gutter, columns };
    sheet.head(left, Rect { height: list.height.min(1), ..list }, buffer, theme, drawn);
    let head = list.height.min(1);
    let list = Rect { y: list.y + head, height: list.height - head, ..list };
    let rows = data.shown();
    if rows == 0 && list.height > 0 {
        let words = if data.filter.is_empty() { "no rows" } else { "No row is kept by the filter: 0 shows all." };
        say(words, Role::Muted, Rect { height: 1, ..list }, buffer, theme);
    }
    let height = u64::from(list.height).max(1);
    // The selected row stays away from the edges, as far as there are rows.
    let first = data.selected.saturating_sub(height / 2).min(rows.saturating_sub(height));
    for line in 0..list.height {
        let place = first + u64::from(line);
        if place >= rows {
            break;
        }
        sheet.row(place, Rect { y: list.y + line, height: 1, ..list }, buffer, theme, drawn);
    }
}

struct Sheet<'a> {
    data: &'a DataState,
    window: &'a DataWindow,
    digits: usize,
    split: usize,
    gutter: usize,
    columns: Vec<(usize, usize)>,
}

impl Sheet<'_> {
    fn head(&self, left: usize, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
        let mut text =
            format!("   {:>digits$}  {}", "#", if self.split > 0 { "split " } else { "" }, digits = self.digits);
        if left > 0 {
            text.replace_range(0..1, "‹");
        }
        say(&text, Role::TableHead, line, buffer, theme);
        let mut x = line.x.saturating_add(self.gutter as u16);
        for (index, width) in &self.columns {
            let Some(column) = self.window.columns.get(*index) else { continue };
            let arrow = match &self.data.sort {
                Some((name, downwards)) if *name == column.name => {
                    if *downwards {
                        " ↓"
                    } else {
                        " ↑"
                    }
                }
                _ => "",
            };
            let room = width.saturating_sub(arrow.len().min(2));
            let name = format!("{}{arrow}", truncate_to_width(&heading(column.role, &column.name), room));
            let cell = Rect { x, width: *width as u16, ..line }.intersection(line);
            let role = if *index == self.data.column { Role::TitleFocused } else { Role::TableHead };
            say(&name, role, cell, buffer, theme);
            drawn.targets.push((cell, Target::Column(*index)));
            x = x.saturating_add((*width + GAP) as u16);
        }
    }

    fn row(&self, place: u64, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
        let here = place == self.data.selected;
        let (row, added) = (self.data.row(place), self.data.added(place).map(|(_, row)| row));
        let change = row.and_then(|row| self.data.change(row));
        let removed = change == Some(&RowChange::Removed);
        let role = match (here, row) {
            (true, _) => Role::Selection,
            (false, Some(_)) if removed => Role::Disabled,
            (false, Some(row)) if row.fault.is_some() && change.is_none() => Role::Error,
            _ => Role::Text,
        };
        buffer.set_style(area, theme.style(role));
        let added_number = |index: usize| self.window.of + index as u64 + 1;
        let number = match (row, self.data.added(place)) {
            (Some(row), _) => row.at + 1,
            (None, Some((index, _))) => added_number(index),
            (None, None) => place + 1,
        };
        let text = format!(
            "{}{}{}{number:>digits$}  ",
            if here { "▸" } else { " " },
            if row.is_some_and(|row| self.data.is_marked(row.number)) { "•" } else { " " },
            self.sign(row, change, added.is_some()),
            digits = self.digits
        );
        say(&text, role, area, buffer, theme);
        drawn.targets.push((area, Target::Line(usize::try_from(place).unwrap_or(usize::MAX))));
        let rest = Rect { x: area.x.saturating_add(self.gutter as u16), ..area }.intersection(area);
        match (row, added) {
            (None, None) => say("…", role, rest, buffer, theme),
            (Some(row), _) if row.broken && change.is_none() => {
                let text = flat(row.cells.first().map_or("", String::as_str), usize::from(rest.width));
                say(&text, role, rest, buffer, theme);
            }
            _ => self.cells((row, change, added), (place, role, area), buffer, theme, drawn),
        }
        if self.split > 0 {
            let name = row.and_then(|row| row.place).map_or("—", |(split, _)| split.as_str());
            let x = area.x.saturating_add((self.gutter - self.split) as u16);
            say(name, role, Rect { x, ..area }.intersection(area), buffer, theme);
        }
    }

    /// What stands before a row's number: it leaked, is faulty, changed, taken out or added.
    fn sign(&self, row: Option<&DataRow>, change: Option<&RowChange>, is_added: bool) -> &'static str {
        match (row, change) {
            (_, Some(RowChange::Removed)) => "-",
            (_, Some(_)) => "*",
            (Some(row), None) if row.fault.is_some() => "✗",
            (Some(row), None) if self.data.leak(row).is_some() => "!",
            _ if is_added => "+",
            _ => " ",
        }
    }

    fn cells(
        &self,
        (row, change, added): (Option<&DataRow>, Option<&RowChange>, Option<&Map<String, Value>>),
        (place, role, area): (u64, Role, Rect),
        buffer: &mut Buffer,
        theme: &Theme,
        drawn: &mut Drawn,
    ) {
        let mut x = area.x.saturating_add(self.gutter as u16);
        let whole = match change {
            Some(RowChange::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        if let Some(text) = whole {
            let rest = Rect { x, ..area }.intersection(area);
            say(&flat(text, usize::from(rest.width)), role, rest, buffer, theme);
            return;
        }
        for (index, width) in &self.columns {
            let Some(column) = self.window.columns.get(*index) else { continue };
            let cells = match change {
                Some(RowChange::Cells(cells)) => Some(cells),
                _ => added,
            };
            let changed = cells.and_then(|cells| cells.get(&column.name)).map(shown);
            let value =
                changed.clone().or_else(|| Some(Cow::Borrowed(row?.cells.get(*index)?.as_str()))).unwrap_or_default();
            let cell = Rect { x, width: *width as u16, ..area }.intersection(area);
            let selected = place == self.data.selected && *index == self.data.column;
            let cell_role = match (selected, changed.is_some()) {
                (true, _) => Role::CurrentMatch,
                (false, true) if role == Role::Text => Role::Accent,
                _ => role,
            };
            if selected {
                buffer.set_style(cell, theme.style(cell_role));
            }
            say(&flat(&value, *width), cell_role, cell, buffer, theme);
            if let Ok(place) = usize::try_from(place) {
                drawn.targets.push((cell, Target::Cell { place, column: *index }));
            }
            x = x.saturating_add((*width + GAP) as u16);
        }
    }
}
