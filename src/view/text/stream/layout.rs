//! The rows of an answer at one width: closed pieces keep only their heights (and the rows of those last drawn), the open rest
//! is laid out whole; it is never longer than one piece. At a new width heights are guessed, and measured where the window
//! comes near them and a little in every layout, so that no size of an answer makes a resize slow.

use std::collections::HashMap;
use std::sync::Arc;

use super::heights::{Height, Heights};
use super::piece::{CodePiece, JSON, Piece, PieceKind};
use super::split::Splitter;
use crate::view::text::highlight::{HighlightJob, HighlightKey, HighlightedLines};
use crate::view::text::markdown::{
    CodePart, Colours, Origin, Place, Rendered, Setting, json, render, render_code, verbatim,
};
use crate::view::text::span::Row;

/// How many pieces keep their rows.
const KEPT_PIECES: usize = 96;

/// How many closed pieces are measured as they come; more come at once only when a long answer is opened.
const MEASURED_AT_ONCE: usize = 32;

/// How many bytes of guessed heights are settled in each layout.
const SETTLED_AT_ONCE: usize = 16 * 1024;

/// What rendering a piece needs to look at.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) splitter: &'a Splitter,
    pub(super) colours: &'a Colours,
    /// The colours of code that has grown since, by where it begins; its first lines stay what they were.
    pub(super) grown: &'a HashMap<usize, Arc<HighlightedLines>>,
    /// Whether the answer is over, so that its last line is whole.
    pub(super) is_over: bool,
}

/// Code in the window that lacks colours.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) job: HighlightJob,
    pub(super) piece: usize,
}

/// The rows at one width.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    width: usize,
    heights: Heights,
    kept: HashMap<usize, Arc<Rendered>>,
    open: Arc<Rendered>,
}

impl Layout {
    /// Brings the rows up to date. `changed` says whether the text is another than last time.
    pub(super) fn update(
        &mut self,
        source: Source<'_>,
        pieces: &[Piece],
        open: &Piece,
        width: usize,
        changed: Changed,
    ) {
        let is_new = width != self.width || changed == Changed::Anew;
        if is_new {
            self.kept.clear();
            self.heights.guess_again(self.width, width);
            self.width = width;
        }
        let known = self.heights.count();
        for (index, piece) in pieces.iter().enumerate().skip(known) {
            self.heights.push(Height::Guessed(piece.source.len() / width + 1));
            // What has just arrived is measured at once; of a long answer opened whole, only its end.
            if pieces.len() - index <= MEASURED_AT_ONCE {
                self.measure(source, pieces, index);
            }
        }
        if is_new || changed != Changed::Nothing {
            self.open = Arc::new(render_piece(source, open, place(pieces.len()), width));
        }
    }

    /// Measures some of what is only guessed. Returns the first row of the window, which was `top`.
    pub(super) fn settle(&mut self, source: Source<'_>, pieces: &[Piece], top: usize) -> usize {
        let mut budget = SETTLED_AT_ONCE;
        let mut measured = Vec::new();
        let first = self.heights.first_guessed();
        for (index, piece) in pieces.iter().enumerate().skip(first) {
            let Some(rest) = budget.checked_sub(piece.source.len()) else { break };
            budget = rest;
            if self.heights.is_guessed(index) {
                // Not kept: what is settled is mostly far from the window.
                measured.push((index, render_piece(source, piece, place(index), self.width).rows.len()));
            }
        }
        self.heights.set_all(&measured, top)
    }

    /// Measures what lies below `top`, at least `rows` rows or up to the end.
    pub(super) fn expose_below(&mut self, source: Source<'_>, pieces: &[Piece], top: usize, rows: usize) {
        let mut index = self.heights.piece_at(top);
        while index < pieces.len() && self.heights.first_row(index) < top.saturating_add(rows) {
            self.measure(source, pieces, index);
            index += 1;
        }
    }

    /// Measures what lies above `top`, at least `rows` rows or up to the beginning. Returns what has become of `top`.
    pub(super) fn expose_above(&mut self, source: Source<'_>, pieces: &[Piece], top: usize, rows: usize) -> usize {
        let mut top = top;
        let mut index = self.heights.piece_at(top);
        while let Some(above) = index.checked_sub(1)
            && top < self.heights.first_row(index).saturating_add(rows)
        {
            top = self.measure_above(source, pieces, above, top);
            index = above;
        }
        top
    }

    /// Measures the last rows. Returns the first row of a window of `height` rows at the end.
    pub(super) fn bottom(&mut self, source: Source<'_>, pieces: &[Piece], height: usize) -> usize {
        let end = self.expose_above(source, pieces, self.total(), height);
        end.saturating_sub(height)
    }

    fn measure_above(&mut self, source: Source<'_>, pieces: &[Piece], index: usize, top: usize) -> usize {
        let is_above = self.heights.end(index) <= top;
        let before = self.heights.end(index);
        self.measure(source, pieces, index);
        if is_above { (top + self.heights.end(index)).saturating_sub(before) } else { top }
    }

    fn measure(&mut self, source: Source<'_>, pieces: &[Piece], index: usize) {
        if self.heights.is_guessed(index) {
            let rows = self.rendered(source, pieces, index).rows.len();
            self.heights.set(index, rows);
        }
    }

    /// Forgets the rows of a piece, not its height: its colours have changed.
    pub(super) fn forget(&mut self, piece: usize) {
        self.kept.remove(&piece);
    }

    pub(super) fn total(&self) -> usize {
        self.heights.total() + self.open.rows.len()
    }

    /// The rows of the open rest, shared: the same until it is laid out anew.
    #[cfg(test)]
    pub(super) fn open_rows(&self) -> &Arc<Rendered> {
        &self.open
    }

    /// The rows from `top` on, at most `height`, and the code in them that lacks colours.
    pub(super) fn window(
        &mut self,
        source: Source<'_>,
        pieces: &[Piece],
        top: usize,
        height: usize,
    ) -> (Vec<Row>, Vec<Wanted>) {
        let mut rows = Vec::new();
        let mut wanted = Vec::new();
        self.expose_below(source, pieces, top, height);
        let mut piece = self.heights.piece_at(top);
        let mut skip = top.saturating_sub(self.heights.first_row(piece));
        while rows.len() < height && piece <= pieces.len() {
            let rendered = self.rendered(source, pieces, piece);
            rows.extend(rendered.rows.iter().skip(skip).take(height - rows.len()).cloned());
            wanted.extend(rendered.wanted.iter().map(|job| Wanted { job: job.clone(), piece }));
            skip = 0;
            piece += 1;
        }
        (rows, wanted)
    }

    /// Where a row begins in the source.
    pub(super) fn row_start(&mut self, source: Source<'_>, pieces: &[Piece], row: usize) -> Option<usize> {
        self.window(source, pieces, row, 1).0.first().map(|row| row.source.start)
    }

    /// The row that shows the source position, or the last before it.
    pub(super) fn row_of(&mut self, source: Source<'_>, pieces: &[Piece], position: usize) -> usize {
        let piece = pieces.partition_point(|piece| piece.source.end <= position);
        self.measure(source, pieces, piece);
        let rendered = self.rendered(source, pieces, piece);
        let rows = &rendered.rows;
        let mut row = rows.iter().rposition(|row| row.source.start <= position).unwrap_or(0);
        while let Some(above) = row.checked_sub(1)
            && rows.get(above).map(|row| row.source.start) == rows.get(row).map(|row| row.source.start)
        {
            row = above;
        }
        self.heights.first_row(piece) + row
    }

    /// The rows of a closed piece, or of the open rest behind the last one.
    fn rendered(&mut self, source: Source<'_>, pieces: &[Piece], index: usize) -> Arc<Rendered> {
        let Some(piece) = pieces.get(index) else { return Arc::clone(&self.open) };
        if let Some(kept) = self.kept.get(&index) {
            return Arc::clone(kept);
        }
        if self.kept.len() >= KEPT_PIECES {
            self.kept.clear();
        }
        let rendered = Arc::new(render_piece(source, piece, place(index), self.width));
        self.kept.insert(index, Arc::clone(&rendered));
        rendered
    }
}

/// What happened to the text since the last layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Changed {
    /// Nothing.
    Nothing,
    /// More was added at its end, or what is open got other colours.
    Grown,
    /// It is another text, or read another way.
    #[default]
    Anew,
}

fn place(index: usize) -> Place {
    if index == 0 { Place::First } else { Place::Later }
}

fn render_piece(source: Source<'_>, piece: &Piece, place: Place, width: usize) -> Rendered {
    let text = source.text.get(piece.source.clone()).unwrap_or_default();
    let setting = Setting { width, place, first_number: None };
    let origin = Origin::slice(piece.source.start);
    match &piece.kind {
        PieceKind::Markdown { first_number } => {
            render(text, &origin, Setting { first_number: *first_number, ..setting }, source.colours)
        }
        PieceKind::Table { head } => {
            let joined = format!("{}{text}", source.text.get(head.clone()).unwrap_or_default());
            let origin = Origin::after_head(head.clone(), piece.source.start);
            render(&joined, &origin, Setting { place: Place::InTable, ..setting }, source.colours)
        }
        PieceKind::Verbatim => Rendered { rows: verbatim(text, &origin, setting), wanted: Vec::new() },
        PieceKind::Json { previous } => {
            let job = json_job(source, piece, *previous);
            let colours = job.as_ref().and_then(|job| source.colours.get(&job.key));
            let known = colours.or_else(|| source.grown.get(&piece.source.start)).map(AsRef::as_ref);
            let rows = json(text, &origin, known, setting);
            Rendered { rows, wanted: job.filter(|job| lacks_colours(job, known)).into_iter().collect() }
        }
        PieceKind::Code(code) => render_code_piece(source, piece, code, setting),
    }
}

fn render_code_piece(source: Source<'_>, piece: &Piece, code: &CodePiece, setting: Setting) -> Rendered {
    let mut rendered = Rendered::default();
    let Some(fence) = source.splitter.fence(code.fence) else { return rendered };
    let text = source.text.get(code.code.clone()).unwrap_or_default();
    let begins_here = piece.source.start <= fence.start;
    if begins_here
        && setting.place == Place::Later
        && source.text.get(piece.source.start..fence.start).is_some_and(|before| before.contains('\n'))
    {
        rendered.rows.push(Row::blank(piece.source.start));
    }
    let job = code_job(source, code);
    let colours =
        job.as_ref().and_then(|job| source.colours.get(&job.key)).or_else(|| source.grown.get(&code.code.start));
    let known = colours.map(AsRef::as_ref);
    let part = CodePart {
        label: begins_here.then_some((fence.info.as_str(), fence.start)),
        code: text,
        start: code.code.start,
        indent: fence.indent,
        colours: known,
    };
    rendered.rows.extend(render_code(part, setting.width));
    rendered.wanted.extend(job.filter(|job| lacks_colours(job, known)));
    rendered
}

fn lacks_colours(job: &HighlightJob, known: Option<&HighlightedLines>) -> bool {
    known.is_none_or(|lines| lines.len() < job.code.lines().count())
}

/// The order for the colours of a part of an answer that is JSON.
pub(super) fn json_job(source: Source<'_>, piece: &Piece, previous: Option<HighlightKey>) -> Option<HighlightJob> {
    let text = source.text.get(piece.source.clone())?;
    let code = text.get(..whole_lines(source, text)).filter(|code| !code.is_empty())?;
    let key = HighlightKey::new(JSON, code, previous);
    Some(HighlightJob { key, previous, language: JSON.to_owned(), code: code.to_owned() })
}

/// How much of a text will not change any more: lines that have ended.
fn whole_lines(source: Source<'_>, text: &str) -> usize {
    if source.is_over { text.len() } else { text.rfind('\n').map_or(0, |feed| feed + 1) }
}

/// The order for the colours of a part of a fence, if its language is named: whole lines only.
pub(super) fn code_job(source: Source<'_>, code: &CodePiece) -> Option<HighlightJob> {
    let fence = source.splitter.fence(code.fence)?;
    let language = fence.language();
    let text = source.text.get(code.code.clone())?;
    let lines = fence.dedented(text.get(..whole_lines(source, text))?);
    if language.is_empty() || lines.is_empty() {
        return None;
    }
    let key = HighlightKey::new(language, &lines, code.previous);
    Some(HighlightJob { key, previous: code.previous, language: language.to_owned(), code: lines })
}
