//! From the parser's events to rows: blocks, their containers (lists, quotations) and the blank lines between them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::view::text::sanitise::sanitise_line;
use crate::view::text::span::{Role, Row, Span};
use crate::view::text::width::truncate_to_width;
use crate::view::text::wrap::{Wrap, wrap};

use super::containers::{Bullets, Containers};
use super::gather::Gathering;
use super::inline::Inline;
use super::origin::Origin;
use super::table::{Head, Table, TableRow};
use super::{Colours, Place, Rendered, Setting, code};

pub(super) struct Renderer<'a> {
    pub(super) text: &'a str,
    pub(super) origin: &'a Origin,
    setting: Setting,
    pub(super) colours: &'a Colours,
    pub(super) out: Rendered,
    containers: Containers,
    /// The numbers of the lists around, none for bullets.
    lists: Vec<Option<u64>>,
    pub(super) inline: Inline,
    table: Option<Table>,
    pub(super) gathering: Option<Gathering>,
    /// Open block tags.
    depth: usize,
    /// Up to where the top-level blocks have shown the text.
    shown_to: usize,
    /// Where top-level definitions begin, in order.
    definitions: Vec<usize>,
    /// The start of the line a blank row was last considered for.
    considered: Option<usize>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(
        text: &'a str,
        origin: &'a Origin,
        setting: Setting,
        colours: &'a Colours,
        definitions: Vec<usize>,
    ) -> Self {
        Self {
            text,
            origin,
            setting,
            colours,
            out: Rendered::default(),
            containers: Containers::default(),
            lists: Vec::new(),
            inline: Inline::default(),
            table: None,
            gathering: None,
            depth: 0,
            shown_to: 0,
            definitions,
            considered: None,
        }
    }

    pub(super) fn finish(mut self) -> Rendered {
        self.flush();
        self.gap(self.text.len());
        self.out
    }

    pub(super) fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.gather(&event, &range) {
            return;
        }
        match event {
            Event::Start(tag) if is_block(&tag) => self.start(tag, range),
            Event::End(end) if is_block_end(end) => self.end(end, &range),
            Event::Rule => {
                self.begin_block(&range);
                let line = "─".repeat(self.width());
                let at = self.origin.position(range.start);
                let source = self.origin.range(trimmed(self.text, range.clone()));
                self.push_rows(vec![Row { spans: vec![Span::new(line, Role::Rule, source)], source: at..at }]);
                self.end_block(&range);
            }
            Event::TaskListMarker(checked) => {
                let mark = if checked { "[x] " } else { "[ ] " };
                self.containers.replace_bullet(mark);
            }
            Event::SoftBreak | Event::HardBreak => self.flush(),
            other => self.inline_event(other, range),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match &tag {
            Tag::TableHead | Tag::TableRow => {
                let is_head = matches!(tag, Tag::TableHead);
                self.inline.role(if is_head { Role::TableHead } else { Role::Text });
                if let Some(table) = &mut self.table {
                    let source = self.origin.range(trimmed(self.text, range));
                    table.rows.push(TableRow { cells: Vec::new(), source });
                }
                return;
            }
            Tag::TableCell => return,
            _ => self.begin_block(&range),
        }
        match tag {
            Tag::Heading { level, .. } => {
                let level = level as u8;
                let hashes = format!("{} ", "#".repeat(usize::from(level)));
                let source = self.text.get(range.clone()).filter(|text| text.starts_with(&hashes));
                let end = range.start + source.map_or(0, |_| hashes.len());
                let source = self.origin.range(range.start..end);
                self.inline.line.push(Span::new(hashes, Role::Label, source));
                self.inline.role(Role::Heading(level));
            }
            Tag::BlockQuote(_) => self.containers.enter_quotation(),
            Tag::List(first) => {
                let is_outermost = self.lists.is_empty();
                let number = if is_outermost {
                    first.map(|first| self.setting.first_number.take().unwrap_or(first))
                } else {
                    first
                };
                self.lists.push(number);
            }
            Tag::Item => {
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "• ".to_owned(),
                };
                self.containers.enter_item(marker);
            }
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                if matches!(kind, CodeBlockKind::Indented) && self.containers.is_empty() {
                    self.verbatim(range, Role::CodeBlock, TagEnd::CodeBlock);
                    return;
                }
                self.gathering = Some(Gathering::Code { language, text: String::new(), start: None });
            }
            Tag::HtmlBlock => self.gathering = Some(Gathering::Html),
            Tag::Table(alignments) => {
                let head = if self.setting.place == Place::InTable && self.shown_to == 0 {
                    Head::ShownAbove
                } else {
                    Head::Shown
                };
                self.table = Some(Table { alignments, head, ..Table::default() });
            }
            Tag::Paragraph if self.containers.is_empty() && self.is_json(&range) => {
                self.verbatim(range, Role::Text, TagEnd::Paragraph);
            }
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd, range: &Range<usize>) {
        match end {
            TagEnd::TableHead | TagEnd::TableRow => {
                self.inline.end_role();
                return;
            }
            TagEnd::TableCell => {
                let cell = self.inline.take_line();
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.cells.push(cell);
                }
                return;
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let rows = table.rows(self.width());
                    self.push_rows(rows);
                }
            }
            TagEnd::Heading(_) => {
                self.flush();
                self.inline.end_role();
            }
            TagEnd::Item => {
                self.flush();
                if self.containers.has_bullet() {
                    self.push_rows(vec![Row::blank(self.origin.position(range.start))]);
                }
                self.containers.leave();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.containers.leave();
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            _ => self.flush(),
        }
        self.end_block(range);
    }

    fn begin_block(&mut self, range: &Range<usize>) {
        self.flush();
        if self.depth == 0 {
            self.gap(range.start);
        }
        self.blank_row_before(range.start);
        self.depth += 1;
    }

    pub(super) fn end_block(&mut self, range: &Range<usize>) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            // The range of a list may reach over definitions behind it.
            let definition = self.definitions.iter().find(|start| **start > range.start);
            let end = definition.map_or(range.end, |start| range.end.min(*start));
            self.shown_to = self.shown_to.max(end);
        }
    }

    /// Text between top-level blocks that no event showed: reference definitions. Shown as written.
    fn gap(&mut self, end: usize) {
        let start = self.shown_to;
        let Some(gap) = self.text.get(start..end) else { return };
        if gap.trim().is_empty() {
            return;
        }
        for (at, line) in code::lines(gap).filter(|(_, line)| !line.trim().is_empty()) {
            self.blank_row_before(start + at);
            let rows = code::verbatim_rows(line, start + at, self.origin, Role::Text, self.width());
            self.push_rows(rows);
        }
        self.shown_to = end;
    }

    /// Keeps one blank row where the source has blank lines: what is close in the source stays close on the screen.
    fn blank_row_before(&mut self, at: usize) {
        let start = line_start(self.text, at);
        if self.considered.replace(start) == Some(start) {
            return;
        }
        if self.out.rows.is_empty() && self.setting.place != Place::Later {
            return;
        }
        let Some(before) = self.text.get(..start).and_then(|before| before.strip_suffix('\n')) else { return };
        let line = before.rsplit('\n').next().unwrap_or(before);
        if line.chars().all(|character| character == '>' || character.is_whitespace()) {
            let row = Row::blank(self.origin.position(start.saturating_sub(1)));
            self.containers.push_rows(vec![row], Bullets::Keep, self.setting.width, &mut self.out.rows);
        }
    }

    /// Ends the line of runs gathered so far and wraps it.
    pub(super) fn flush(&mut self) {
        if self.table.is_some() || self.inline.line.is_empty() {
            return;
        }
        let line = self.inline.take_line();
        let at = line.first().map_or(0, |span| span.source.start);
        let rows = wrap(&line, self.width(), 0, Wrap::Words, at);
        self.push_rows(rows);
    }

    /// The cells left for content inside the containers around.
    pub(super) fn width(&self) -> usize {
        self.containers.width(self.setting.width)
    }

    pub(super) fn is_in_container(&self) -> bool {
        !self.containers.is_empty() || self.table.is_some()
    }

    pub(super) fn push_rows(&mut self, rows: Vec<Row>) {
        self.containers.push_rows(rows, Bullets::Use, self.setting.width, &mut self.out.rows);
    }
}

/// The row over a code block that names its language.
pub(super) fn label_row(info: &str, origin: &Origin, at: usize, width: usize) -> Row {
    let at = origin.position(at);
    let clean = sanitise_line(info.trim());
    Row { spans: vec![Span::decoration(truncate_to_width(&clean, width), Role::Label, at)], source: at..at }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn is_block_end(end: TagEnd) -> bool {
    !matches!(
        end,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text.get(range.clone()).map_or(range.end, |text| range.start + text.trim_end().len());
    range.start..end
}
