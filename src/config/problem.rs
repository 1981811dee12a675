//! What is wrong with a settings file: each problem with its line, all of them at once.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

/// One thing wrong in a file, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

/// A workbench that cannot be read.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file was read and is wrong.
    #[error("{}", Listing { path, problems })]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Everything wrong in it, in the order of its lines; never empty.
        problems: Vec<Problem>,
    },
}

impl ConfigError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { path, .. } => {
                format!(
                    "Check that {} exists and may be read, or make a workbench with `fourfold init`.",
                    path.display()
                )
            }
            Self::Wrong { problems, .. } => problems.first().map(|problem| problem.hint.clone()).unwrap_or_default(),
        }
    }
}

struct Listing<'a> {
    path: &'a PathBuf,
    problems: &'a [Problem],
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{}:{}: {}", self.path.display(), problem.line, problem.what)?;
            if !problem.hint.is_empty() {
                write!(formatter, "\n    {}", problem.hint)?;
            }
        }
        Ok(())
    }
}

/// The line, from 1, on which a byte range starts.
pub(crate) fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

/// Gathers problems of one text, and knows its lines.
pub(super) struct Problems<'a> {
    text: &'a str,
    found: Vec<(usize, Problem)>,
}

impl<'a> Problems<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Notes that the bytes at `span` are wrong.
    pub(super) fn add(&mut self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) {
        let problem = self.at(span.clone(), what, hint);
        self.found.push((span.start, problem));
    }

    /// The same without noting it: of what is wrong and keeps nothing else from being used.
    pub(super) fn at(&self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Problem {
            line: line_of(self.text, &span),
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// Where a line, from 1, of a text of several lines stands, whose quotes are at `span`; `None` where it is not written in
    /// lines of its own.
    pub(super) fn line_within(&self, span: Range<usize>, line: usize) -> Option<Range<usize>> {
        let written = self.text.get(span.clone())?;
        let text = written.strip_prefix("\"\"\"").or_else(|| written.strip_prefix("'''"))?;
        // A line that goes on in the next one is one line less.
        if text.contains("\\\n") || text.contains("\\\r\n") {
            return None;
        }
        let first = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
        let before: usize = first.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let at = span.end - first.len() + before;
        (at < span.end).then_some(at..at)
    }

    pub(super) const fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, problem)| problem).collect()
    }
}
