//! What is wrong or remarkable in a prompt's text: an inline mark for the editor, never a reason to stop editing.

use std::ops::Range;

use super::lines::Lines;

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what was meant, or kept but not supported.
    Warning,
    /// The prompt cannot be sent like this.
    Error,
}

/// One inline mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the file it is about; may be empty.
    pub range: Range<usize>,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// Collects problems of one text, giving each its line and column.
pub(crate) struct Marks<'a> {
    text: &'a str,
    lines: &'a Lines,
    pub(crate) found: Vec<Problem>,
}

impl<'a> Marks<'a> {
    pub(crate) const fn new(text: &'a str, lines: &'a Lines) -> Self {
        Self { text, lines, found: Vec::new() }
    }

    pub(crate) fn error(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Error, range, message.into(), hint.into());
    }

    pub(crate) fn warning(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Warning, range, message.into(), hint.into());
    }

    pub(crate) fn note(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Note, range, message.into(), hint.into());
    }

    fn add(&mut self, severity: Severity, range: Range<usize>, message: String, hint: String) {
        // The engine counts bytes; a mark covers whole characters.
        let end = self.text.ceil_char_boundary(range.end);
        let range = self.text.floor_char_boundary(range.start)..end;
        let line = self.lines.line(range.start);
        let column = self.lines.column(self.text, range.start);
        self.found.push(Problem { range, line, column, severity, message, hint });
    }

    /// The problems, in the order of the text.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.severity.cmp(&a.severity)));
        self.found
    }
}
