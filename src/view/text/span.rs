//! The vocabulary of shown text: what a run of characters *means* (a role, never a colour), and rows of such runs.

use std::ops::Range;

use super::highlight::SyntaxKind;
use super::width::display_width;

/// What a run of text is. The theme turns each role into a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Running text.
    Text,
    /// The text of a heading; 1 is the highest level.
    Heading(u8),
    /// The `##` before a heading, the language over a code block, the label of a record.
    Label,
    /// Inline code.
    Code,
    /// A code block whose colours are not known (yet).
    CodeBlock,
    /// One kind of token in a code block.
    Syntax(SyntaxKind),
    /// The bar at the left of a code block.
    CodeBar,
    /// The words of a link.
    Link,
    /// The address of a link.
    Address,
    /// The bar at the left of a quotation.
    QuoteBar,
    /// A bullet, a number, a task's box.
    ListMarker,
    /// A horizontal rule.
    Rule,
    /// The lines between table cells.
    TableLine,
    /// The head of a table.
    TableHead,
    /// HTML in the answer, shown as it was written.
    Html,
    /// The visible stand-in for an invisible or dangerous character.
    Marker,
    /// Text a search found.
    Match,
    /// The found text the search stands on.
    CurrentMatch,
    /// Selected text.
    Selection,
    /// The note over the last row that more has arrived.
    Badge,
}

/// Weight and slant on top of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Marks(u8);

impl Marks {
    /// No mark.
    pub const NONE: Self = Self(0);
    /// Strong text.
    pub const STRONG: Self = Self(1);
    /// Emphasised text.
    pub const EMPHASIS: Self = Self(2);
    /// Struck text.
    pub const STRUCK: Self = Self(4);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all marks of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Role and marks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanKind {
    /// What the text is.
    pub role: Role,
    /// Weight and slant.
    pub marks: Marks,
}

impl SpanKind {
    /// A role without marks.
    pub const fn plain(role: Role) -> Self {
        Self { role, marks: Marks::NONE }
    }
}

impl From<Role> for SpanKind {
    fn from(role: Role) -> Self {
        Self::plain(role)
    }
}

/// A run of text of one kind, and the bytes of the source it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What is shown; sanitised.
    pub text: String,
    /// What it is.
    pub kind: SpanKind,
    /// The source bytes behind it; empty for decoration (bars, bullets), which is never copied.
    pub source: Range<usize>,
}

impl Span {
    /// A run that stands for source text.
    pub fn new(text: impl Into<String>, kind: impl Into<SpanKind>, source: Range<usize>) -> Self {
        Self { text: text.into(), kind: kind.into(), source }
    }

    /// A run that is decoration beside the source at `at`.
    pub fn decoration(text: impl Into<String>, role: Role, at: usize) -> Self {
        Self { text: text.into(), kind: role.into(), source: at..at }
    }

    /// The cells it takes.
    pub fn width(&self) -> usize {
        display_width(&self.text)
    }

    /// Whether every byte shown is a byte of the source, so that positions inside can be mapped one to one.
    pub fn is_exact(&self) -> bool {
        self.text.len() == self.source.len()
    }

    /// The source range of a part of the shown text.
    pub fn source_of(&self, part: Range<usize>) -> Range<usize> {
        if self.is_exact() { self.source.start + part.start..self.source.start + part.end } else { self.source.clone() }
    }
}

/// One row of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// The runs from left to right.
    pub spans: Vec<Span>,
    /// The source the row shows; for a decorated or empty row the place it stands at.
    pub source: Range<usize>,
}

impl Row {
    /// A row of spans; its source range is what the spans cover, or `at` if they cover nothing.
    pub fn new(spans: Vec<Span>, at: usize) -> Self {
        let source = covered(&spans).unwrap_or(at..at);
        Self { spans, source }
    }

    /// A row that shows nothing.
    pub fn blank(at: usize) -> Self {
        Self { spans: Vec::new(), source: at..at }
    }

    /// The same row as decoration at `at`: for text that cannot be found in the source.
    #[must_use]
    pub fn without_source(mut self, at: usize) -> Self {
        for span in &mut self.spans {
            span.source = at..at;
        }
        Self { source: at..at, ..self }
    }

    /// The shown text without styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// The cells it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }
}

/// The smallest source range that holds the sources of all spans, decoration left out.
pub fn covered(spans: &[Span]) -> Option<Range<usize>> {
    spans
        .iter()
        .filter(|span| !span.source.is_empty())
        .map(|span| span.source.clone())
        .reduce(|whole, part| whole.start.min(part.start)..whole.end.max(part.end))
}
