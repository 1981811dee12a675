//! Cuts a growing answer into closed pieces that never change again, so that a frame only reads the open rest.
//!
//! The rule: CommonMark is read line by line, so a top-level block is final once a complete line has begun the next one;
//! blocks are parsed alone (definitions stand as written, so no block depends on another and nothing is ever re-read).
//! A block longer than [`LONGEST_PIECE`] is cut by force: a list before an item, a table between rows with its head carried
//! over, a code fence every [`LINES_PER_PIECE`] lines, anything else at a line end, a line longer than that between words
//! (and it is shown verbatim). Every cut depends on the text alone, never on how it arrived.

use std::ops::Range;

use super::cut::{
    LINES_PER_PIECE, LONGEST_PIECE, SLACK, WHITE, before_blank_lines, first_line, floor, lines_end, middle_cut, window,
};
use super::fence::Fence;
use super::parse::{Block, BlockKind, top_level_blocks};
use super::piece::{CodePiece, JSON, Piece, PieceKind, Reading};
use crate::view::text::highlight::HighlightKey;
use crate::view::text::markdown::looks_like_json;

/// So much leading white space, and the answer counts as markdown.
const LONGEST_MARGIN: usize = 1024;

/// What the open rest goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Context {
    Block {
        first_number: Option<u64>,
    },
    Table {
        head: Range<usize>,
    },
    Fence {
        fence: usize,
        code: CodeStart,
        previous: Option<HighlightKey>,
    },
    /// In the middle of a line that is too long to be anything but text.
    LongLine,
    /// Everything is shown line by line.
    Lines,
    /// Everything is JSON.
    Json {
        previous: Option<HighlightKey>,
    },
}

/// Whether the open part of a fence begins with a whole line, or in the middle of a long one (which cannot close the fence).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CodeStart {
    Line,
    MidLine,
}

/// The cutter of one answer.
#[derive(Debug, Clone)]
pub(super) struct Splitter {
    reading: Reading,
    start: usize,
    context: Context,
    fences: Vec<Fence>,
    is_classified: bool,
    checked_to: usize,
}

/// Whether anything was closed.
#[derive(PartialEq, Eq)]
enum Progress {
    Made,
    None,
}

/// What one look at the open rest came to.
enum Step {
    /// Something changed; look again.
    Again,
    /// More text is needed.
    Wait,
}

impl Splitter {
    pub(super) fn new(reading: Reading) -> Self {
        let context = match reading {
            Reading::Rendered => Context::Block { first_number: None },
            Reading::Raw => Context::Lines,
        };
        Self { reading, start: 0, context, fences: Vec::new(), is_classified: reading == Reading::Raw, checked_to: 0 }
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    pub(super) fn fence(&self, index: usize) -> Option<&Fence> {
        self.fences.get(index)
    }

    /// Closes all pieces that can be closed now.
    pub(super) fn advance(&mut self, source: &str, pieces: &mut Vec<Piece>) {
        let has_new_line = source.as_bytes().get(self.checked_to..).is_some_and(|new| new.contains(&b'\n'));
        if !has_new_line && source.len() < self.start + LONGEST_PIECE + SLACK && self.is_classified {
            return;
        }
        while matches!(self.step(source, pieces), Step::Again) {}
        self.checked_to = source.len();
    }

    /// The open rest as a piece of its own.
    pub(super) fn open(&self, source: &str) -> Piece {
        let rest = self.start..source.len();
        let kind = match &self.context {
            Context::Block { first_number } => PieceKind::Markdown { first_number: *first_number },
            Context::Table { head } => PieceKind::Table { head: head.clone() },
            Context::LongLine | Context::Lines => PieceKind::Verbatim,
            Context::Json { previous } => PieceKind::Json { previous: *previous },
            Context::Fence { fence, previous, .. } => {
                let opened = self.fences.get(*fence);
                let start = opened.map_or(self.start, |fence| fence.code_start.max(self.start)).min(source.len());
                let last =
                    source.get(start..).map_or(start, |code| start + code.rfind('\n').map_or(0, |feed| feed + 1));
                let closes = opened.zip(source.get(last..)).is_some_and(|(fence, line)| fence.may_be_closed_by(line));
                let end = if closes { last } else { source.len() };
                PieceKind::Code(CodePiece { fence: *fence, code: start..end, previous: *previous })
            }
        };
        Piece { source: rest, kind }
    }

    fn step(&mut self, source: &str, pieces: &mut Vec<Piece>) -> Step {
        if !self.is_classified && !self.classify(source) {
            return Step::Wait;
        }
        match self.context.clone() {
            Context::Lines => self.step_lines(source, pieces),
            Context::Json { previous } => self.step_json(source, previous, pieces),
            Context::LongLine => self.step_long_line(source, pieces),
            Context::Fence { fence, code, previous } => self.step_fence(source, fence, code, previous, pieces),
            Context::Block { .. } | Context::Table { .. } => self.step_blocks(source, pieces),
        }
    }

    /// Settles whether the whole answer is JSON. False while that is open.
    fn classify(&mut self, source: &str) -> bool {
        let margin = source.get(..floor(source, LONGEST_MARGIN)).unwrap_or(source);
        match looks_like_json(margin) {
            None if source.len() < LONGEST_MARGIN => return false,
            Some(true) => self.context = Context::Json { previous: None },
            _ => {}
        }
        self.is_classified = true;
        true
    }

    fn close(&mut self, end: usize, kind: PieceKind, pieces: &mut Vec<Piece>) {
        pieces.push(Piece { source: self.start..end, kind });
        self.start = end;
    }

    fn step_lines(&mut self, source: &str, pieces: &mut Vec<Piece>) -> Step {
        let Some(end) = lines_end(source, self.start) else { return Step::Wait };
        self.close(end, PieceKind::Verbatim, pieces);
        Step::Again
    }

    fn step_json(&mut self, source: &str, previous: Option<HighlightKey>, pieces: &mut Vec<Piece>) -> Step {
        let Some(end) = lines_end(source, self.start) else { return Step::Wait };
        let key = HighlightKey::new(JSON, source.get(self.start..end).unwrap_or_default(), previous);
        self.close(end, PieceKind::Json { previous }, pieces);
        self.context = Context::Json { previous: Some(key) };
        Step::Again
    }

    fn step_long_line(&mut self, source: &str, pieces: &mut Vec<Piece>) -> Step {
        let window = source.get(self.start..floor(source, self.start + LONGEST_PIECE + SLACK)).unwrap_or_default();
        if let Some(feed) = window.find('\n') {
            self.close(self.start + feed + 1, PieceKind::Verbatim, pieces);
            self.context = Context::Block { first_number: None };
            return Step::Again;
        }
        if source.len() < self.start + LONGEST_PIECE + SLACK {
            return Step::Wait;
        }
        self.close(middle_cut(source, self.start), PieceKind::Verbatim, pieces);
        Step::Again
    }

    fn step_fence(
        &mut self,
        source: &str,
        index: usize,
        code: CodeStart,
        previous: Option<HighlightKey>,
        pieces: &mut Vec<Piece>,
    ) -> Step {
        let Some(fence) = self.fences.get(index).cloned() else { return Step::Wait };
        let code_start = fence.code_start.max(self.start);
        let limit = floor(source, code_start + LONGEST_PIECE + SLACK);
        let mut at = code_start;
        let mut may_close = code == CodeStart::Line;
        for count in 1..=LINES_PER_PIECE {
            let Some(line) = source.get(at..limit).and_then(|rest| rest.find('\n').and_then(|feed| rest.get(..=feed)))
            else {
                if source.len() < code_start + LONGEST_PIECE + SLACK {
                    return Step::Wait;
                }
                let (end, next) =
                    if at > code_start { (at, CodeStart::Line) } else { (middle_cut(source, at), CodeStart::MidLine) };
                self.close_code(source, index, code_start..end, previous, next, pieces);
                return Step::Again;
            };
            if may_close && fence.is_closed_by(line) {
                let piece = CodePiece { fence: index, code: code_start..at, previous };
                self.close(at + line.len(), PieceKind::Code(piece), pieces);
                self.context = Context::Block { first_number: None };
                return Step::Again;
            }
            may_close = true;
            at += line.len();
            if count == LINES_PER_PIECE || at - code_start >= LONGEST_PIECE {
                break;
            }
        }
        self.close_code(source, index, code_start..at, previous, CodeStart::Line, pieces);
        Step::Again
    }

    fn close_code(
        &mut self,
        source: &str,
        fence: usize,
        code: Range<usize>,
        previous: Option<HighlightKey>,
        next: CodeStart,
        pieces: &mut Vec<Piece>,
    ) {
        let end = code.end;
        let key = self.fences.get(fence).and_then(|fence| fence.key(source, code.clone(), previous));
        self.close(end, PieceKind::Code(CodePiece { fence, code, previous }), pieces);
        self.context = Context::Fence { fence, code: next, previous: key };
    }

    fn step_blocks(&mut self, source: &str, pieces: &mut Vec<Piece>) -> Step {
        let first_line = first_line(source, self.start);
        if first_line.end.is_none() {
            if source.len() < self.start + LONGEST_PIECE + SLACK {
                return Step::Wait;
            }
            // A line too long to be read as markdown, or nothing but white space.
            if first_line.start > self.start {
                let kind = PieceKind::Markdown { first_number: None };
                self.close(first_line.start, kind, pieces);
            } else {
                self.close(middle_cut(source, self.start), PieceKind::Verbatim, pieces);
                self.context = Context::LongLine;
            }
            return Step::Again;
        }
        if self.open_fence(source, first_line.start) {
            return Step::Again;
        }
        let window = window(source, self.start);
        let Some(blocks) = self.blocks(source, window.end) else {
            self.context = Context::Block { first_number: None };
            return Step::Again;
        };
        if self.close_final(source, &blocks, pieces) == Progress::Made {
            return Step::Again;
        }
        if !window.is_full {
            return Step::Wait;
        }
        self.cut_by_force(source, blocks.into_iter().next(), window.end, pieces);
        Step::Again
    }

    /// Closes every block that another one follows.
    fn close_final(&mut self, source: &str, blocks: &[Block], pieces: &mut Vec<Piece>) -> Progress {
        let start = self.start;
        for (index, block) in blocks.iter().enumerate() {
            let before = source.get(self.start..block.start).unwrap_or_default();
            if block.kind == BlockKind::Fence && !before.trim_matches(WHITE).is_empty() && index == 0 {
                // Definitions before a fence, which no block holds.
                let kind = self.open_kind();
                self.close(before_blank_lines(source, self.start, block.start), kind, pieces);
                self.context = Context::Block { first_number: None };
            }
            let Some(next) = blocks.get(index + 1) else { break };
            if block.kind == BlockKind::Fence && block.start >= self.start && self.open_fence(source, block.start) {
                while matches!(self.context, Context::Fence { .. }) && matches!(self.step(source, pieces), Step::Again)
                {
                }
                // What no block holds (definitions) is looked at anew.
                let between = source.get(self.start..next.start);
                if matches!(self.context, Context::Fence { .. })
                    || between.is_none_or(|text| !text.trim_matches(WHITE).is_empty())
                {
                    return Progress::Made;
                }
                continue;
            }
            let end = before_blank_lines(source, self.start, next.start);
            // Two blocks on what is one line here (a lone carriage return between them) stay together.
            if end > self.start && next.start > block.start {
                let kind = self.open_kind();
                self.close(end, kind, pieces);
                self.context = Context::Block { first_number: None };
            }
        }
        if self.start > start { Progress::Made } else { Progress::None }
    }

    /// Begins a code fence if the line at `at` opens one.
    fn open_fence(&mut self, source: &str, at: usize) -> bool {
        let line =
            source.get(at..).and_then(|rest| rest.split_inclusive('\n').next()).filter(|line| line.ends_with('\n'));
        let Some(fence) = line.and_then(|line| Fence::open(line, at)) else { return false };
        self.fences.push(fence);
        self.context = Context::Fence { fence: self.fences.len() - 1, code: CodeStart::Line, previous: None };
        true
    }

    fn cut_by_force(&mut self, source: &str, block: Option<Block>, window_end: usize, pieces: &mut Vec<Piece>) {
        let kind = self.open_kind();
        let mut end = window_end;
        let mut next = Context::Block { first_number: None };
        match block.map(|block| block.kind) {
            Some(BlockKind::List { first_number, items }) => {
                if let Some((count, item)) = items.iter().enumerate().skip(1).last() {
                    end = before_blank_lines(source, self.start, *item);
                    let first = match &kind {
                        PieceKind::Markdown { first_number: Some(number) } => Some(*number),
                        _ => first_number,
                    };
                    next = Context::Block { first_number: first.map(|first| first.saturating_add(count as u64)) };
                }
            }
            Some(BlockKind::Table { head }) => next = Context::Table { head },
            _ => {}
        }
        self.close(end, kind, pieces);
        self.context = next;
    }

    fn open_kind(&self) -> PieceKind {
        match &self.context {
            Context::Block { first_number } => PieceKind::Markdown { first_number: *first_number },
            Context::Table { head } => PieceKind::Table { head: head.clone() },
            _ => PieceKind::Verbatim,
        }
    }

    /// The top-level blocks of the open rest up to `end`. None if a table was to go on and does not.
    fn blocks(&self, source: &str, end: usize) -> Option<Vec<Block>> {
        match &self.context {
            Context::Table { head } => {
                let text = format!("{}{}", source.get(head.clone())?, source.get(self.start..end)?);
                let blocks = top_level_blocks(&text, head.len(), self.start);
                let goes_on = blocks
                    .first()
                    .is_some_and(|block| matches!(block.kind, BlockKind::Table { .. }) && block.end > self.start);
                goes_on.then(|| {
                    let mut blocks = blocks;
                    if let Some(first) = blocks.first_mut() {
                        first.kind = BlockKind::Table { head: head.clone() };
                    }
                    blocks
                })
            }
            _ => Some(top_level_blocks(source.get(self.start..end)?, 0, self.start)),
        }
    }
}
