//! Which top-level blocks a text consists of, and where.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag};

use crate::view::text::markdown;

/// A top-level block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Where the line it begins on begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) kind: BlockKind,
}

/// What has to be known of a block to cut it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// A fenced code block.
    Fence,
    /// A list: where the lines of its items begin.
    List { first_number: Option<u64>, items: Vec<usize> },
    /// A table: the two lines of its head.
    Table { head: Range<usize> },
    /// A link definition, and what follows it without a blank line.
    Definition,
    /// Anything else.
    Other,
}

/// The top-level blocks of `text`, whose first `skip` bytes are a carried-over head and whose rest begins at `start` in the answer.
pub(super) fn top_level_blocks(text: &str, skip: usize, start: usize) -> Vec<Block> {
    let position = |at: usize| at.saturating_sub(skip) + start;
    let line_start = |at: usize| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1);
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0_usize;
    let parsed = markdown::parse(text);
    for (event, range) in parsed.events {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    let begin = line_start(range.start);
                    let kind = match tag {
                        Tag::CodeBlock(CodeBlockKind::Fenced(_)) => BlockKind::Fence,
                        Tag::List(first_number) => BlockKind::List { first_number, items: Vec::new() },
                        Tag::Table(_) => {
                            let head = text
                                .get(begin..)
                                .map_or(0, |text| text.split_inclusive('\n').take(2).map(str::len).sum());
                            BlockKind::Table { head: position(begin)..position(begin + head) }
                        }
                        _ => BlockKind::Other,
                    };
                    blocks.push(Block { start: position(begin), end: position(range.end), kind });
                } else if depth == 1
                    && matches!(tag, Tag::Item)
                    && let Some(Block { kind: BlockKind::List { items, .. }, .. }) = blocks.last_mut()
                {
                    items.push(position(line_start(range.start)));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Rule if depth == 0 => {
                blocks.push(Block {
                    start: position(line_start(range.start)),
                    end: position(range.end),
                    kind: BlockKind::Other,
                });
            }
            _ => {}
        }
    }
    // A definition is a block here, though it makes no event: it ends the block before it.
    if !parsed.definitions.is_empty() {
        blocks.extend(parsed.definitions.into_iter().map(|at| {
            let begin = position(line_start(at));
            Block { start: begin, end: begin, kind: BlockKind::Definition }
        }));
        blocks.sort_by_key(|block| block.start);
        // What follows without a blank line began as the same paragraph, and would read differently alone.
        blocks.dedup_by(|next, block| {
            let before =
                text.get(..(next.start + skip).saturating_sub(start)).and_then(|before| before.strip_suffix('\n'));
            let is_adjacent =
                before.is_some_and(|before| !before.rsplit('\n').next().unwrap_or_default().trim().is_empty());
            block.kind == BlockKind::Definition && is_adjacent
        });
    }
    blocks
}
