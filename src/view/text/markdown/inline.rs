//! Runs inside a line: text, code, emphasis, links with their address, HTML as written.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use crate::view::text::span::{Marks, Role, Span, SpanKind};

use super::blocks::Renderer;
use super::code::push_sanitised;

/// A link or image that is open.
struct Link {
    /// The address to show behind the words; none for references, which stand as written.
    address: Option<String>,
    /// Where its words begin in the line.
    first_span: usize,
}

/// The line under construction and the marks that hold at its end.
#[derive(Default)]
pub(super) struct Inline {
    pub(super) line: Vec<Span>,
    roles: Vec<Role>,
    marks: Vec<Marks>,
    links: Vec<Link>,
    /// Up to where the source of the line is shown.
    shown_to: usize,
}

impl Inline {
    pub(super) fn role(&mut self, role: Role) {
        self.roles.push(role);
    }

    pub(super) fn end_role(&mut self) {
        self.roles.pop();
    }

    pub(super) fn take_line(&mut self) -> Vec<Span> {
        for link in &mut self.links {
            link.first_span = 0;
        }
        std::mem::take(&mut self.line)
    }

    fn kind(&self, role: Option<Role>) -> SpanKind {
        let marks = self.marks.iter().fold(Marks::NONE, |all, marks| all.with(*marks));
        SpanKind { role: role.or(self.roles.last().copied()).unwrap_or(Role::Text), marks }
    }
}

impl Renderer<'_> {
    pub(super) fn inline_event(&mut self, event: Event<'_>, range: Range<usize>) {
        self.indent(range.start);
        match event {
            Event::Text(text) => self.push(&text, range, None),
            Event::Code(code) => {
                let found = self.text.get(range.clone()).and_then(|source| source.find(code.as_ref()));
                let source = found.map_or(range.clone(), |at| range.start + at..range.start + at + code.len());
                self.push(&code, source, Some(Role::Code));
                self.inline.shown_to = range.end;
            }
            Event::InlineHtml(html) | Event::Html(html) => {
                for (index, line) in html.lines().enumerate() {
                    if index > 0 {
                        self.flush();
                    }
                    self.push(line, range.clone(), Some(Role::Html));
                }
            }
            Event::Start(tag) => self.start_inline(tag, &range),
            Event::End(end) => self.end_inline(end, &range),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.push(&text, range, None);
            }
            _ => {}
        }
    }

    fn start_inline(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        self.inline.shown_to = range.start;
        match tag {
            Tag::Strong => self.inline.marks.push(Marks::STRONG),
            Tag::Emphasis => self.inline.marks.push(Marks::EMPHASIS),
            Tag::Strikethrough => self.inline.marks.push(Marks::STRUCK),
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url, range, "["),
            Tag::Image { link_type, dest_url, .. } => self.start_link(link_type, &dest_url, range, "!["),
            _ => self.inline.marks.push(Marks::NONE),
        }
    }

    fn start_link(&mut self, link_type: LinkType, address: &str, range: &Range<usize>, opening: &str) {
        let is_inline = matches!(link_type, LinkType::Inline | LinkType::Autolink | LinkType::Email);
        self.inline.roles.push(Role::Link);
        if !is_inline || opening == "![" {
            self.push(opening, range.start..range.start + opening.len(), None);
        }
        let address = is_inline.then(|| address.to_owned());
        self.inline.links.push(Link { address, first_span: self.inline.line.len() });
    }

    fn end_inline(&mut self, end: TagEnd, range: &Range<usize>) {
        if !matches!(end, TagEnd::Link | TagEnd::Image) {
            self.inline.marks.pop();
            return;
        }
        let Some(link) = self.inline.links.pop() else { return };
        let rest = self.inline.shown_to.clamp(range.start, range.end)..range.end;
        if let Some(address) = link.address {
            let words: String = self.inline.line.iter().skip(link.first_span).map(|span| span.text.as_str()).collect();
            if end == TagEnd::Image {
                self.push("]", rest.start..rest.start, None);
            }
            if words != address && format!("mailto:{words}") != address {
                self.push(&format!(" ({address})"), rest, Some(Role::Address));
            }
        } else if let Some(rest_text) = self.text.get(rest.clone()) {
            // A reference: the words, then `][1]` as written. The definition is shown where it stands.
            let as_written = rest_text.replace(['\n', '\r'], " ");
            self.push(&as_written, rest, None);
        }
        self.inline.roles.pop();
        self.inline.shown_to = range.end;
    }

    /// Keeps the indent of a line of running text, which markdown would drop: answers that are not markdown rely on it.
    fn indent(&mut self, at: usize) {
        if !self.inline.line.is_empty() || self.is_in_container() {
            return;
        }
        let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1);
        let Some(gap) = self.text.get(start..at) else { return };
        if !gap.is_empty() && gap.chars().all(|character| character == ' ' || character == '\t') {
            self.push(gap, start..at, Some(Role::Text));
        }
    }

    /// Appends text to the line. `range` is its source; if the two differ (entities, escapes) the whole range stands for it.
    fn push(&mut self, text: &str, range: Range<usize>, role: Option<Role>) {
        let kind = self.inline.kind(role);
        self.inline.shown_to = range.end;
        let column = if text.contains('\t') { self.inline.line.iter().map(Span::width).sum() } else { 0 };
        if self.text.get(range.clone()) == Some(text) {
            push_sanitised(&mut self.inline.line, text, range.start, self.origin, kind, column);
        } else {
            let source = self.origin.range(range);
            let mut spans = Vec::new();
            push_sanitised(&mut spans, text, 0, self.origin, kind, column);
            for span in &mut spans {
                span.source = source.clone();
            }
            self.inline.line.append(&mut spans);
        }
    }
}
