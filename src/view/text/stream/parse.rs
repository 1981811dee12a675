//! Which top-level blocks a text consists of, and where.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

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
    /// Anything else.
    Other,
}

/// The top-level blocks of `text`, whose first `skip` bytes are a carried-over head and whose rest begins at `start` in the answer.
pub(super) fn top_level_blocks(text: &str, skip: usize, start: usize) -> Vec<Block> {
    let position = |at: usize| at.saturating_sub(skip) + start;
    let line_start = |at: usize| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1);
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, markdown::options()).into_offset_iter() {
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
    blocks
}
