//! Markdown to rows. The source stays recognisable: its line breaks and indents are kept, headings keep their `##`, links show
//! their address, reference definitions and HTML stand as written, and what looks like JSON is shown verbatim.

mod blocks;
mod code;
mod containers;
mod gather;
mod inline;
mod origin;
mod table;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::highlight::{HighlightJob, HighlightKey, HighlightedLines};
use super::span::{Role, Row};

pub use origin::Origin;

/// The colours that are known so far, by the code they belong to.
pub type Colours = HashMap<HighlightKey, Arc<HighlightedLines>>;

/// What a piece of an answer looks like besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The cells of a row.
    pub width: usize,
    /// Whether anything was shown above.
    pub place: Place,
    /// The number that the first list of the piece goes on with.
    pub first_number: Option<u64>,
}

/// Whether anything was shown above a piece: blank lines are kept between things, not before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The piece opens the answer.
    First,
    /// Something is shown above.
    Later,
    /// The rows go on with a table whose head is shown above; the text begins with that head.
    InTable,
}

/// Rows, and the code in them that has no colours yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The rows.
    pub rows: Vec<Row>,
    /// What to highlight.
    pub wanted: Vec<HighlightJob>,
}

/// The syntax this program reads: CommonMark with tables, strikethrough and task lists.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Renders a text that holds whole blocks.
pub fn render(text: &str, origin: &Origin, setting: Setting, colours: &Colours) -> Rendered {
    let Parsed { events, definitions, hidden } = parse(text);
    if hidden == Hidden::Something {
        return Rendered { rows: verbatim(text, origin, setting), wanted: Vec::new() };
    }
    let mut renderer = blocks::Renderer::new(text, origin, setting, colours, definitions);
    for (event, range) in events {
        renderer.event(event, range);
    }
    renderer.finish()
}

/// A parsed text. Link definitions make no event; those at the top level are listed beside the events.
pub(super) struct Parsed<'a> {
    pub(super) events: Vec<(Event<'a>, Range<usize>)>,
    /// Where top-level definitions begin.
    pub(super) definitions: Vec<usize>,
    hidden: Hidden,
}

/// Whether a list or a quotation holds a definition, which could not be told from its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Nothing,
    Something,
}

/// Parses a text.
pub(super) fn parse(text: &str) -> Parsed<'_> {
    let events = Parser::new_ext(text, options()).into_offset_iter();
    let mut spans: Vec<usize> =
        events.reference_definitions().iter().map(|(_, definition)| definition.span.start).collect();
    let events: Vec<_> = events.collect();
    let mut hidden = Hidden::Nothing;
    if !spans.is_empty() {
        spans.sort_unstable();
        let blocks = top_level_ranges(&events);
        spans.retain(|start| {
            let opens_line = *start == 0 || text.as_bytes().get(start - 1) == Some(&b'\n');
            let is_top_level = opens_line || !blocks.iter().any(|block| block.contains(start));
            if !is_top_level {
                hidden = Hidden::Something;
            }
            is_top_level
        });
    }
    Parsed { events, definitions: spans, hidden }
}

/// Where the top-level blocks lie; of a list, where its items do, for its own range may reach over a definition behind it.
fn top_level_ranges(events: &[(Event<'_>, Range<usize>)]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in events {
        match event {
            Event::Start(tag) => {
                let is_block = depth == 0 && !matches!(tag, Tag::List(_));
                if is_block || depth == 1 && matches!(tag, Tag::Item) {
                    ranges.push(range.clone());
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    ranges
}

/// Shows a text line by line as it was written, with controls made visible.
pub fn verbatim(text: &str, origin: &Origin, setting: Setting) -> Vec<Row> {
    code::verbatim_rows(text, 0, origin, Role::Text, setting.width)
}

/// Shows JSON line by line as it was written, in the colours that are known.
pub fn json(text: &str, origin: &Origin, colours: Option<&HighlightedLines>, setting: Setting) -> Vec<Row> {
    code::json_rows(text, origin, colours, setting.width)
}

/// A part of a fenced code block: whole lines of code, and what surrounds them.
#[derive(Debug, Clone, Copy)]
pub struct CodePart<'a> {
    /// The language to show over the first part.
    pub label: Option<(&'a str, usize)>,
    /// The lines.
    pub code: &'a str,
    /// Where they begin in the answer.
    pub start: usize,
    /// How many spaces before each line belong to the fence.
    pub indent: usize,
    /// Their colours.
    pub colours: Option<&'a HighlightedLines>,
}

/// Renders a part of a fenced code block.
pub fn render_code(part: CodePart<'_>, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some((label, at)) = part.label.filter(|(label, _)| !label.is_empty()) {
        rows.push(blocks::label_row(label, &Origin::slice(at), 0, width));
    }
    let origin = Origin::slice(part.start);
    for (index, (at, line)) in code::lines(part.code).enumerate() {
        let strip = (line.len() - line.trim_start_matches(' ').len()).min(part.indent);
        let colours = part.colours.and_then(|lines| lines.get(index)).map(Vec::as_slice);
        rows.extend(code::code_line(line.get(strip..).unwrap_or_default(), at + strip, &origin, colours, width));
    }
    rows
}

/// Whether a text begins as JSON does. None while there is too little of it to tell.
pub fn looks_like_json(text: &str) -> Option<bool> {
    let mut characters = text.chars().filter(|character| !character.is_whitespace());
    match characters.next()? {
        '{' => Some(true),
        '[' => match characters.next()? {
            '{' | '[' | '"' | '-' => Some(true),
            digit if digit.is_ascii_digit() => characters.next().map(|next| matches!(next, ',' | '.' | '0'..='9')),
            _ => Some(false),
        },
        _ => Some(false),
    }
}

#[cfg(test)]
pub(crate) mod tests;
