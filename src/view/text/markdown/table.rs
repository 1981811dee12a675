//! Tables: aligned columns that shrink to fit, or one record per row where there is no room for columns.

use std::ops::Range;

use pulldown_cmark::Alignment;

use crate::view::text::span::{Marks, Role, Row, Span};
use crate::view::text::wrap::{Wrap, wrap};

/// Columns are not made narrower than this; below it the table becomes records.
const NARROWEST_COLUMN: usize = 6;
const BETWEEN: &str = " │ ";
const CROSSING: &str = "─┼─";

/// Whether the head of a table is shown, or was already shown above (the later parts of a very long table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Head {
    #[default]
    Shown,
    ShownAbove,
}

/// A table while it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    /// The head first.
    pub(super) rows: Vec<TableRow>,
    pub(super) head: Head,
}

/// One row: its cells, and where it lies in the answer.
#[derive(Debug, Default)]
pub(super) struct TableRow {
    pub(super) cells: Vec<Vec<Span>>,
    pub(super) source: Range<usize>,
}

impl Table {
    /// The rows of the table in at most `width` cells.
    pub(super) fn rows(&self, width: usize) -> Vec<Row> {
        match self.column_widths(width) {
            Some(widths) => self.columns(&widths),
            None => self.records(width),
        }
    }

    fn columns(&self, widths: &[usize]) -> Vec<Row> {
        let mut rows = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            if index == 0 && self.head == Head::ShownAbove {
                continue;
            }
            self.column_row(row, widths, &mut rows);
            if index == 0 {
                let line = widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join(CROSSING);
                let at = row.source.end;
                rows.push(Row { spans: vec![Span::decoration(line, Role::TableLine, at)], source: at..at });
            }
        }
        rows
    }

    fn column_row(&self, row: &TableRow, widths: &[usize], rows: &mut Vec<Row>) {
        let at = row.source.start;
        let cells: Vec<Vec<Row>> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| wrap(row.cells.get(column).map_or(&[], Vec::as_slice), *width, 0, Wrap::Words, at))
            .collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut spans = Vec::new();
            for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                if column > 0 {
                    spans.push(Span::decoration(BETWEEN, Role::TableLine, at));
                }
                let empty = Row::blank(at);
                let content = cell.get(line).unwrap_or(&empty);
                let free = width.saturating_sub(content.width());
                let before = match self.alignments.get(column) {
                    Some(Alignment::Right) => free,
                    Some(Alignment::Center) => free / 2,
                    _ => 0,
                };
                push_spaces(&mut spans, before, at);
                spans.extend(content.spans.iter().cloned());
                if column + 1 < widths.len() {
                    push_spaces(&mut spans, free - before, at);
                }
            }
            rows.push(Row { spans, source: row.source.clone() });
        }
    }

    /// One row of the table after another, each cell behind the name of its column.
    fn records(&self, width: usize) -> Vec<Row> {
        let Some((head, body)) = self.rows.split_first() else { return Vec::new() };
        let mut rows = Vec::new();
        if body.is_empty() {
            for cell in head.cells.iter().filter(|_| self.head == Head::Shown) {
                rows.extend(wrap(cell, width, 0, Wrap::Words, head.source.start));
            }
        }
        for record in body {
            let at = record.source.start;
            if !rows.is_empty() || self.head == Head::ShownAbove {
                rows.push(Row::blank(at));
            }
            for (column, cell) in record.cells.iter().enumerate() {
                let mut line: Vec<Span> =
                    head.cells.get(column).into_iter().flatten().map(|span| as_label(span, at)).collect();
                line.push(Span::decoration(": ", Role::Label, at));
                line.extend(cell.iter().cloned());
                rows.extend(
                    wrap(&line, width, 2, Wrap::Words, at)
                        .into_iter()
                        .map(|row| Row { source: record.source.clone(), ..row }),
                );
            }
        }
        rows
    }

    /// The widths of the columns: as wide as their widest cell, the widest shrunk first until all fit. None when even the
    /// narrowest columns do not.
    fn column_widths(&self, width: usize) -> Option<Vec<usize>> {
        let columns = self.rows.first()?.cells.len();
        let room = width.checked_sub(columns.saturating_sub(1) * 3)?;
        let mut widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cell = |row: &TableRow| row.cells.get(column).map_or(0, |cell| cell.iter().map(Span::width).sum());
                self.rows.iter().map(cell).max().unwrap_or(0).max(1)
            })
            .collect();
        let floor: usize = widths.iter().map(|width| (*width).min(NARROWEST_COLUMN)).sum();
        if floor > room {
            return None;
        }
        let excess = widths.iter().sum::<usize>().saturating_sub(room);
        if excess > 0 {
            let ceiling = ceiling(&widths, room);
            for width in &mut widths {
                *width = (*width).min(ceiling);
            }
        }
        Some(widths)
    }
}

/// The greatest width that all columns can be cut to so that they fit into `room`.
fn ceiling(widths: &[usize], room: usize) -> usize {
    let mut ceiling = room;
    while ceiling > NARROWEST_COLUMN && widths.iter().map(|width| (*width).min(ceiling)).sum::<usize>() > room {
        ceiling -= 1;
    }
    ceiling
}

fn push_spaces(spans: &mut Vec<Span>, count: usize, at: usize) {
    if count > 0 {
        spans.push(Span::decoration(" ".repeat(count), Role::Text, at));
    }
}

/// A column's name as the label of a record: shown again and again, so it stands for no source.
fn as_label(span: &Span, at: usize) -> Span {
    let mut label = Span::decoration(span.text.clone(), Role::Label, at);
    label.kind.marks = Marks::STRONG;
    label
}
