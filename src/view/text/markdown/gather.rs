//! Blocks that are gathered whole before they are shown: code, HTML, and what is shown verbatim.

use std::ops::Range;

use pulldown_cmark::{Event, TagEnd};

use crate::view::text::highlight::{HighlightJob, HighlightKey, HighlightedLines, language_of};
use crate::view::text::sanitise::sanitise_line;
use crate::view::text::span::{Role, Row, Span};
use crate::view::text::wrap::{Wrap, wrap};

use super::blocks::{Renderer, label_row, line_start};
use super::{code, looks_like_json};

/// A block whose events are gathered or passed over rather than rendered one by one.
pub(super) enum Gathering {
    /// Events inside a block that is already shown verbatim.
    Skip(TagEnd),
    /// The text of a code block.
    Code {
        language: String,
        text: String,
        start: Option<usize>,
    },
    Html,
}

impl Renderer<'_> {
    /// Events of blocks that are not rendered one by one. True if the event is dealt with.
    pub(super) fn gather(&mut self, event: &Event<'_>, range: &Range<usize>) -> bool {
        match (&mut self.gathering, event) {
            (None, _) => return false,
            (Some(Gathering::Skip(until)), Event::End(end)) if end == until => {
                self.gathering = None;
                self.end_block(range);
            }
            (Some(Gathering::Code { text, start, .. }), Event::Text(part)) => {
                start.get_or_insert(range.start);
                text.push_str(part);
            }
            (Some(Gathering::Code { .. }), Event::End(TagEnd::CodeBlock)) => {
                self.code_block(range);
                self.end_block(range);
            }
            (Some(Gathering::Html), Event::Html(part) | Event::Text(part)) => {
                let rows = if self.text.get(range.clone()) == Some(part.as_ref()) {
                    code::verbatim_rows(part, range.start, self.origin, Role::Html, self.width())
                } else {
                    let at = self.origin.position(range.start);
                    let line =
                        [Span::new(sanitise_line(part.trim_end()), Role::Html, self.origin.range(range.clone()))];
                    wrap(&line, self.width(), 0, Wrap::Words, at)
                };
                self.push_rows(rows);
            }
            (Some(Gathering::Html), Event::End(TagEnd::HtmlBlock)) => {
                self.gathering = None;
                self.end_block(range);
            }
            _ => {}
        }
        true
    }

    fn code_block(&mut self, range: &Range<usize>) {
        let Some(Gathering::Code { language, text, start }) = self.gathering.take() else { return };
        if !language.trim().is_empty() {
            let row = label_row(&language, self.origin, range.start, self.width());
            self.push_rows(vec![row]);
        }
        let word = language_of(&language);
        let key = HighlightKey::new(word, &text, None);
        let colours = self.colours.get(&key);
        if colours.is_none() && !word.is_empty() && !text.is_empty() {
            self.out.wanted.push(HighlightJob { key, previous: None, language: word.to_owned(), code: text.clone() });
        }
        let start = start.unwrap_or(range.start);
        let width = self.width();
        let rows = if self.text.get(start..start + text.len()) == Some(text.as_str()) {
            code::code_rows(&text, start, self.origin, colours.map(AsRef::as_ref), width)
        } else {
            self.scattered_code(&text, start..range.end, colours.map(AsRef::as_ref), width)
        };
        self.push_rows(rows);
    }

    /// Code inside a container is no slice of the source: each line is looked up behind the one before. A line that is not found
    /// (its tabs were expanded) stands for no source.
    fn scattered_code(
        &self,
        code: &str,
        range: Range<usize>,
        colours: Option<&HighlightedLines>,
        width: usize,
    ) -> Vec<Row> {
        let mut from = range.start;
        let mut rows = Vec::new();
        for (index, (_, line)) in code::lines(code).enumerate() {
            let colours = colours.and_then(|lines| lines.get(index)).map(Vec::as_slice);
            if let Some(found) = self.text.get(from..range.end).and_then(|rest| rest.find(line)) {
                rows.extend(code::code_line(line, from + found, self.origin, colours, width));
                from += found + line.len();
            } else {
                let at = self.origin.position(from);
                rows.extend(
                    code::code_line(line, 0, self.origin, colours, width).into_iter().map(|row| row.without_source(at)),
                );
            }
        }
        rows
    }

    pub(super) fn is_json(&self, range: &Range<usize>) -> bool {
        self.text.get(range.clone()).and_then(looks_like_json) == Some(true)
    }

    /// Shows the lines of a block as they were written and passes over its events.
    pub(super) fn verbatim(&mut self, range: Range<usize>, role: Role, until: TagEnd) {
        let start = line_start(self.text, range.start);
        let text = self.text.get(start..range.end).unwrap_or_default();
        let rows = code::verbatim_rows(text.trim_end_matches(['\n', '\r']), start, self.origin, role, self.width());
        self.push_rows(rows);
        self.gathering = Some(Gathering::Skip(until));
    }
}
