//! A piece of an answer: its source, and what it is.

use std::ops::Range;

use crate::view::text::highlight::HighlightKey;

/// The language of an answer that is JSON.
pub(super) const JSON: &str = "json";

/// How an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// As markdown, unless it begins as JSON does.
    #[default]
    Rendered,
    /// As the characters it consists of.
    Raw,
}

/// What a piece is, beyond its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// Whole markdown blocks; a list may go on counting.
    Markdown { first_number: Option<u64> },
    /// Further rows of the table whose head lies at `head`.
    Table { head: Range<usize> },
    /// Lines as they are.
    Verbatim,
    /// Lines of an answer that is JSON, and the part before them.
    Json { previous: Option<HighlightKey> },
    /// Lines of a fenced code block.
    Code(CodePiece),
}

/// A part of a fenced code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodePiece {
    /// Which fence.
    pub(super) fence: usize,
    /// Where its lines of code lie.
    pub(super) code: Range<usize>,
    /// The part before it.
    pub(super) previous: Option<HighlightKey>,
}

/// A part of the answer that is laid out by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) source: Range<usize>,
    pub(super) kind: PieceKind,
}
