//! An answer while it streams: pushed text, rows on demand, follow mode, selection, search.
//!
//! `push` only appends. Once per frame `layout` closes what is final, lays out the open rest and picks the visible rows; what
//! that costs does not depend on how long the answer is. Drawing then only reads.

mod colours;
mod cut;
mod fence;
mod follow;
mod heights;
mod layout;
mod parse;
mod piece;
mod search;
mod selection;
mod split;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::highlight::{HighlightKey, HighlightedLines};
use super::markdown::Colours;
use super::span::Row;

pub use follow::{Follow, Scroll, ScrollPosition};
pub use piece::Reading;
pub use search::Direction;

use follow::View;
use layout::{Changed, Layout, Source, Wanted};
use piece::{Piece, PieceKind};
use search::Search;
use split::Splitter;

/// A growing answer and the window on it.
#[derive(Debug, Clone)]
pub struct StreamText {
    text: String,
    splitter: Splitter,
    pieces: Vec<Piece>,
    open: Piece,
    layout: Layout,
    changed: Changed,
    view: View,
    window: Window,
    selection: Option<selection::Selection>,
    search: Option<Search>,
    colours: Colours,
    /// Colours of code that has grown since, by where it begins.
    grown: HashMap<usize, Arc<HighlightedLines>>,
    asked: HashMap<HighlightKey, colours::Asked>,
    /// Code whose colours were asked for and have not come.
    awaited: HashSet<HighlightKey>,
    /// Whether no more text will come.
    is_over: bool,
}

/// Columns and rows of text in a window. One column at the right stays free, where some terminals would wrap by themselves.
fn window_of(width: u16, height: u16) -> (usize, usize) {
    (usize::from(width).saturating_sub(1).max(1), usize::from(height))
}

/// The visible rows as of the last layout.
#[derive(Debug, Clone, Default)]
struct Window {
    rows: Vec<Row>,
    wanted: Vec<Wanted>,
    /// What the rows were made for: first row, height.
    made_for: Option<(usize, usize)>,
}

impl Default for StreamText {
    fn default() -> Self {
        Self::new(Reading::default())
    }
}

impl StreamText {
    /// An empty answer.
    pub fn new(reading: Reading) -> Self {
        Self {
            text: String::new(),
            splitter: Splitter::new(reading),
            pieces: Vec::new(),
            open: Piece { source: 0..0, kind: PieceKind::Verbatim },
            layout: Layout::default(),
            changed: Changed::Anew,
            view: View::default(),
            window: Window::default(),
            selection: None,
            search: None,
            colours: Colours::new(),
            grown: HashMap::new(),
            asked: HashMap::new(),
            awaited: HashSet::new(),
            is_over: false,
        }
    }

    /// An answer that is there already; shown from its beginning.
    pub fn whole(text: impl Into<String>, reading: Reading) -> Self {
        let mut stream = Self { text: text.into(), is_over: true, ..Self::new(reading) };
        stream.view.follow = Follow::Pinned { anchor: 0 };
        stream.view.seen = stream.text.len();
        stream
    }

    /// Appends what has arrived. Costs what the new text costs; nothing is laid out before [`Self::layout`].
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.is_over = false;
        if !text.is_empty() && self.changed == Changed::Nothing {
            self.changed = Changed::Grown;
        }
    }

    /// Says that no more text will come: the last line is whole, though no line feed ends it.
    pub fn end(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) && self.changed == Changed::Nothing {
            self.changed = Changed::Grown;
        }
    }

    /// The raw text, as the model wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing has arrived yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How the answer is read.
    pub fn reading(&self) -> Reading {
        self.splitter.reading()
    }

    /// Reads the answer as markdown or raw; what stood at the top of the window stays there.
    pub fn set_reading(&mut self, reading: Reading) {
        if reading != self.reading() {
            self.splitter = Splitter::new(reading);
            self.pieces.clear();
            self.changed = Changed::Anew;
            self.layout = Layout::default();
            self.window = Window::default();
        }
    }

    /// Whether text has come since the last layout.
    pub fn has_grown(&self) -> bool {
        self.changed != Changed::Nothing
    }

    /// Whether the rows of the last layout are true of a window of `width` by `height` cells, but for text that has come since.
    pub fn was_laid_out(&self, width: u16, height: u16) -> bool {
        self.changed != Changed::Anew && (self.view.width, self.view.height) == window_of(width, height)
    }

    /// Brings the rows up to date for a window of `width` by `height` cells.
    pub fn layout(&mut self, width: u16, height: u16) {
        let (width, height) = window_of(width, height);
        let is_wider_or_narrower = self.view.width != width;
        let changed = std::mem::take(&mut self.changed);
        self.changed = Changed::Nothing;
        if changed != Changed::Nothing {
            self.splitter.advance(&self.text, &mut self.pieces);
            self.open = self.splitter.open(&self.text);
            self.grow_search();
        }
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        self.layout.update(source, &self.pieces, &self.open, width, changed);
        (self.view.width, self.view.height) = (width, height);
        match self.view.follow {
            Follow::Following => self.view.top = self.layout.bottom(source, &self.pieces, height),
            Follow::Pinned { anchor } => {
                let is_moved = is_wider_or_narrower
                    || changed == Changed::Anew
                    || self.layout.row_start(source, &self.pieces, self.view.top) != Some(anchor);
                if is_moved {
                    self.view.top = self.layout.row_of(source, &self.pieces, anchor);
                }
            }
        }
        self.view.top = self.layout.settle(source, &self.pieces, self.view.top);
        self.place_window();
        self.refresh_window(changed != Changed::Nothing || is_wider_or_narrower);
        self.view.notice(self.window.rows.last().map(|row| row.source.end), self.text.len());
        self.count_unseen();
    }

    /// The visible rows as of the last layout, from the top of the window down.
    pub fn rows(&self) -> &[Row] {
        &self.window.rows
    }

    /// All rows at the current width, for tests and for the fuzz target of what is shown; costs the whole answer.
    #[cfg(any(test, fuzzing))]
    pub fn all_rows(&mut self) -> Vec<Row> {
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        self.layout.window(source, &self.pieces, 0, usize::MAX).0
    }

    /// Scrolls the window. Any way up pins it; reaching the bottom follows again.
    pub fn scroll(&mut self, scroll: Scroll) {
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        self.view.top = self.view.shown_top;
        match self.view.rows(scroll) {
            isize::MAX => self.view.top = self.layout.bottom(source, &self.pieces, self.view.height),
            rows if rows > 0 => {
                let rows = rows.unsigned_abs() + self.view.height;
                self.layout.expose_below(source, &self.pieces, self.view.top, rows);
            }
            isize::MIN => {}
            rows => self.view.top = self.layout.expose_above(source, &self.pieces, self.view.top, rows.unsigned_abs()),
        }
        if self.view.scroll(scroll, self.layout.total()) == follow::Moved::Pinned {
            let anchor = self.layout.row_start(source, &self.pieces, self.view.top).unwrap_or(0);
            self.view.follow = Follow::Pinned { anchor };
        }
        self.place_window();
        self.refresh_window(false);
        self.view.notice(self.window.rows.last().map(|row| row.source.end), self.text.len());
        self.count_unseen();
    }

    /// Whether the window follows the end or is pinned to a place.
    pub fn follow(&self) -> Follow {
        self.view.follow
    }

    /// How many rows have arrived below a pinned window that were never shown.
    pub fn unseen_rows(&self) -> usize {
        self.view.unseen
    }

    /// Where the window stands, for a scroll bar.
    pub fn scroll_position(&self) -> ScrollPosition {
        ScrollPosition { top: self.view.shown_top, height: self.view.height, total: self.layout.total() }
    }

    /// Puts the source position into the window, if it is not there, a third of the way down.
    pub fn reveal(&mut self, position: usize) {
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        let before = self.layout.total();
        let row = self.layout.row_of(source, &self.pieces, position);
        // Measuring what lies above the window moves it down or up in the count of rows, not in the text.
        let is_above = row < self.view.shown_top;
        if is_above {
            self.view.shown_top = (self.view.shown_top + self.layout.total()).saturating_sub(before);
        }
        let is_shown = self.view.shows(row);
        if is_shown && self.view.follow != Follow::Following {
            return;
        }
        self.view.top = if is_shown {
            self.view.shown_top
        } else {
            let third = self.view.height / 3;
            self.layout.expose_above(source, &self.pieces, row, third).saturating_sub(third)
        };
        let anchor = self.layout.row_start(source, &self.pieces, self.view.top).unwrap_or(0);
        self.view.follow = Follow::Pinned { anchor };
        self.place_window();
        self.refresh_window(false);
    }

    /// Finds the first row to draw: a pinned window that has become too tall for what is below shows what is above instead,
    /// and comes back when it is small again.
    fn place_window(&mut self) {
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        let height = self.view.height;
        self.layout.expose_below(source, &self.pieces, self.view.top, height);
        let missing = (self.view.top + height).saturating_sub(self.layout.total());
        if missing > 0 {
            self.view.top = self.layout.expose_above(source, &self.pieces, self.view.top, missing);
        }
        self.view.shown_top = self.view.top.min(self.layout.total().saturating_sub(height));
    }

    fn refresh_window(&mut self, is_stale: bool) {
        let top = self.view.shown_top;
        if !is_stale && self.window.made_for == Some((top, self.view.height)) {
            return;
        }
        let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        let (rows, wanted) = self.layout.window(source, &self.pieces, top, self.view.height);
        self.window = Window { rows, wanted, made_for: Some((top, self.view.height)) };
    }

    fn count_unseen(&mut self) {
        let seen = self.view.seen;
        self.view.unseen = match self.view.follow {
            Follow::Pinned { .. } if seen < self.text.len() => {
                let source = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
                let last_seen = self.layout.row_of(source, &self.pieces, seen.saturating_sub(1));
                self.layout.total().saturating_sub(last_seen + 1)
            }
            _ => 0,
        };
    }
}

fn borrow<'a>(
    text: &'a str,
    splitter: &'a Splitter,
    colours: &'a Colours,
    grown: &'a HashMap<usize, Arc<HighlightedLines>>,
    is_over: bool,
) -> Source<'a> {
    Source { text, splitter, colours, grown, is_over }
}

#[cfg(test)]
mod tests;
