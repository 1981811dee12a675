//! Lists and quotations: what stands at the left of the rows inside them, and how much room that leaves.

use crate::view::text::span::{Role, Row, Span};
use crate::view::text::width::display_width;

/// What stands at the left of the rows inside one container.
struct Prefix {
    /// Before the first row (a bullet), until it was used.
    first: Option<String>,
    /// Before all further rows.
    rest: String,
    role: Role,
}

/// Whether rows are what a bullet stands before, or only the space above it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bullets {
    Use,
    Keep,
}

/// The containers around, from the outermost in.
#[derive(Default)]
pub(super) struct Containers {
    prefixes: Vec<Prefix>,
}

impl Containers {
    pub(super) fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    pub(super) fn enter_quotation(&mut self) {
        self.prefixes.push(Prefix { first: None, rest: "▎ ".into(), role: Role::QuoteBar });
    }

    pub(super) fn enter_item(&mut self, marker: String) {
        let rest = " ".repeat(display_width(&marker));
        self.prefixes.push(Prefix { first: Some(marker), rest, role: Role::ListMarker });
    }

    pub(super) fn leave(&mut self) {
        self.prefixes.pop();
    }

    /// Whether the innermost item has shown nothing yet.
    pub(super) fn has_bullet(&self) -> bool {
        self.prefixes.last().is_some_and(|prefix| prefix.first.is_some())
    }

    /// Puts a task's box in the place of the bullet.
    pub(super) fn replace_bullet(&mut self, mark: &str) {
        if let Some(prefix) = self.prefixes.last_mut().filter(|prefix| prefix.first.is_some()) {
            prefix.first = Some(mark.to_owned());
            prefix.rest = " ".repeat(mark.len());
        }
    }

    /// The cells left for content in rows of `width`.
    pub(super) fn width(&self, width: usize) -> usize {
        let taken: usize = self.shown(width).iter().map(|prefix| display_width(&prefix.rest)).sum();
        width.saturating_sub(taken).max(1)
    }

    /// Appends rows with what stands at their left.
    pub(super) fn push_rows(&mut self, rows: Vec<Row>, bullets: Bullets, width: usize, out: &mut Vec<Row>) {
        let hidden = self.prefixes.len() - self.shown(width).len();
        for mut row in rows {
            let at = row.source.start;
            let mut spans = Vec::with_capacity(self.prefixes.len() + row.spans.len());
            for (index, prefix) in self.prefixes.iter_mut().enumerate() {
                let text = match bullets {
                    Bullets::Use => prefix.first.take().unwrap_or_else(|| prefix.rest.clone()),
                    Bullets::Keep => prefix.rest.clone(),
                };
                if index >= hidden {
                    spans.push(Span::decoration(text, prefix.role, at));
                }
            }
            spans.append(&mut row.spans);
            row.spans = spans;
            out.push(row);
        }
    }

    /// The innermost prefixes that together leave at least half of the width to the content.
    fn shown(&self, width: usize) -> &[Prefix] {
        let mut room = width / 2;
        let fitting = self.prefixes.iter().rev().take_while(|prefix| {
            let width = display_width(&prefix.rest);
            let fits = width <= room;
            room = room.saturating_sub(width);
            fits
        });
        self.prefixes.get(self.prefixes.len() - fitting.count()..).unwrap_or_default()
    }
}
