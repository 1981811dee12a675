//! Colours that come from elsewhere and later: which code lacks them, and what to do when they come.

use std::ops::Range;
use std::sync::Arc;

use super::layout::{Changed, Source, code_job, json_job};
use super::piece::PieceKind;
use super::{StreamText, borrow};
use crate::view::text::highlight::{HighlightJob, HighlightKey, HighlightedLines};

/// So many parts of a long fence above the visible one are coloured with it, so that its first line is read in the right state.
const PARTS_BEFORE: usize = 8;

/// Code whose colours were asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    piece: usize,
    /// For a part of a fence, where its code begins.
    start: Option<usize>,
}

impl StreamText {
    /// The visible code that has no colours yet and was not asked for before. Each job should be answered by
    /// [`Self::set_highlight`]; the order matters, later jobs go on where earlier ones ended.
    pub fn wanted_highlights(&mut self) -> Vec<HighlightJob> {
        let visible = std::mem::take(&mut self.window.wanted);
        let mut jobs = Vec::new();
        for wanted in &visible {
            let start = self.code_start(wanted.piece);
            if start.is_some() {
                for before in self.parts_before(wanted.piece) {
                    self.ask(before.0, before.1, &mut jobs);
                }
            }
            // Open code changes line by line; one question at a time.
            let is_open = wanted.piece == self.pieces.len();
            let is_awaited = |asked: &Asked| start.is_some() && asked.start == start;
            if is_open && self.asked.iter().any(|(key, asked)| self.awaited.contains(key) && is_awaited(asked)) {
                continue;
            }
            self.ask(wanted.piece, wanted.job.clone(), &mut jobs);
        }
        self.window.wanted = visible;
        jobs
    }

    /// Takes over the colours of a job; `None` says that there will be none (an unknown language). Answers to code that has
    /// gone are dropped.
    pub fn set_highlight(&mut self, key: HighlightKey, lines: Option<HighlightedLines>) {
        self.awaited.remove(&key);
        let (Some(lines), Some(asked)) = (lines, self.asked.get(&key)) else { return };
        let lines = Arc::new(lines);
        if let Some(start) = asked.start {
            self.grown.insert(start, Arc::clone(&lines));
        }
        self.layout.forget(asked.piece);
        self.colours.insert(key, lines);
        if self.changed == Changed::Nothing {
            self.changed = Changed::Grown;
        }
    }

    /// Forgets which colours were asked for: for a worker that dropped its jobs.
    pub fn ask_again(&mut self) {
        self.asked.retain(|key, _| self.colours.contains_key(key));
        self.awaited.clear();
    }

    fn ask(&mut self, piece: usize, job: HighlightJob, jobs: &mut Vec<HighlightJob>) {
        if !self.asked.contains_key(&job.key) {
            let start = self.code_start(piece);
            self.asked.insert(job.key, Asked { piece, start });
            self.awaited.insert(job.key);
            jobs.push(job);
        }
    }

    fn code_start(&self, piece: usize) -> Option<usize> {
        let piece = self.pieces.get(piece).unwrap_or(&self.open);
        match &piece.kind {
            PieceKind::Code(code) => Some(code.code.start),
            PieceKind::Json { .. } => Some(piece.source.start),
            _ => None,
        }
    }

    /// The parts of the same fence just before a piece, with their jobs.
    fn parts_before(&self, piece: usize) -> Vec<(usize, HighlightJob)> {
        let fence_of = |index: usize| match &self.pieces.get(index).unwrap_or(&self.open).kind {
            PieceKind::Code(code) => Some(code.fence),
            // An answer that is JSON holds nothing else.
            PieceKind::Json { .. } => Some(0),
            _ => None,
        };
        let fence = fence_of(piece);
        let range: Range<usize> = piece.saturating_sub(PARTS_BEFORE)..piece;
        let source: Source<'_> = borrow(&self.text, &self.splitter, &self.colours, &self.grown, self.is_over);
        range
            .filter(|index| fence_of(*index) == fence)
            .filter_map(|index| {
                let piece = self.pieces.get(index)?;
                let job = match &piece.kind {
                    PieceKind::Code(code) => code_job(source, code),
                    PieceKind::Json { previous } => json_job(source, piece, *previous),
                    _ => None,
                };
                job.map(|job| (index, job))
            })
            .collect()
    }
}
