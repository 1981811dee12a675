//! Searching: what is asked for, and the places found. The caller decides when to search again.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::buffer::Buffer;
use super::spans::Edited;

/// Places counted and remembered; beyond it the count says "at least".
const MATCH_LIMIT: usize = 10_000;
/// Memory a pattern may take once compiled.
const PATTERN_BYTES: usize = 4 * 1024 * 1024;

/// How the pattern is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PatternKind {
    /// Each character stands for itself.
    #[default]
    Literal,
    /// A regular expression; `^` and `$` match at lines.
    Regex,
}

/// Whether `A` finds `a`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Case {
    /// Only when the pattern has no capital.
    #[default]
    Smart,
    /// Never.
    Sensitive,
    /// Always.
    Insensitive,
}

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// The text or expression.
    pub pattern: String,
    /// How it is read.
    pub kind: PatternKind,
    /// Whether capitals count.
    pub case: Case,
}

impl Query {
    /// Looks for a text, with smart case.
    pub fn literal(pattern: impl Into<String>) -> Self {
        Self { pattern: pattern.into(), ..Self::default() }
    }

    /// Looks for a regular expression, with smart case.
    pub fn regex(pattern: impl Into<String>) -> Self {
        Self { pattern: pattern.into(), kind: PatternKind::Regex, case: Case::Smart }
    }

    fn ignores_case(&self) -> bool {
        match self.case {
            Case::Sensitive => false,
            Case::Insensitive => true,
            Case::Smart => !self.has_capital(),
        }
    }

    /// In an expression the letter of an escape such as `\W` is no capital.
    fn has_capital(&self) -> bool {
        let mut escaped = false;
        self.pattern.chars().any(|character| {
            let counts = character.is_uppercase() && !escaped;
            escaped = self.kind == PatternKind::Regex && character == '\\' && !escaped;
            counts
        })
    }

    fn compile(&self) -> Result<Regex, String> {
        let pattern = match self.kind {
            PatternKind::Literal => regex::escape(&self.pattern),
            PatternKind::Regex => self.pattern.clone(),
        };
        RegexBuilder::new(&pattern)
            .case_insensitive(self.ignores_case())
            .multi_line(true)
            .size_limit(PATTERN_BYTES)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "the pattern is too large; make its repetitions shorter".to_owned(),
                error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            })
    }
}

/// How many places were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchCount {
    /// So many.
    Exactly(usize),
    /// So many and more; counting stopped.
    AtLeast(usize),
}

/// "3 of 17".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindStatus {
    /// The number of the place the selection is at, counted from 1.
    pub current: Option<usize>,
    /// All places.
    pub count: MatchCount,
}

/// A search under way.
#[derive(Clone, Debug)]
pub(super) struct Find {
    pub(super) query: Query,
    /// Where the caret was when the search began; every change of the pattern looks from there.
    pub(super) origin: usize,
    regex: Result<Regex, String>,
    matches: Vec<Range<usize>>,
    complete: bool,
    limit: usize,
}

impl Find {
    pub(super) fn new(query: Query, origin: usize) -> Self {
        let regex = query.compile();
        Self { query, origin, regex, matches: vec![], complete: true, limit: MATCH_LIMIT }
    }

    /// Why the pattern cannot be used.
    pub(super) fn error(&self) -> Option<&str> {
        self.regex.as_ref().err().map(String::as_str)
    }

    /// Searches the text anew.
    pub(super) fn refresh(&mut self, buffer: &Buffer) {
        let text = buffer.text();
        let mut found: Vec<Range<usize>> = self.all(buffer, &text).take(self.limit + 1).collect();
        self.complete = found.len() <= self.limit;
        found.truncate(self.limit);
        self.matches = found;
    }

    /// Brings the places up to date after an edit. Where no match can reach over a line end, only the edited lines are searched.
    pub(super) fn edited(&mut self, buffer: &Buffer, edited: Edited) {
        if self.may_cross_lines() {
            self.refresh(buffer);
            return;
        }
        let start = buffer.line_start(buffer.line_of(edited.start));
        let end = buffer.line_end_offset(buffer.line_of(edited.new_end));
        let old_end = end - edited.new_end + edited.old_end;
        let first = self.matches.partition_point(|range| range.end <= start);
        let last = self.matches.partition_point(|range| range.start < old_end).max(first);
        if !self.complete && last == self.matches.len() {
            // What follows the known places is not known; keep those before the edit while they are many.
            self.matches.truncate(first);
            if first < self.limit / 2 {
                self.refresh(buffer);
            }
            return;
        }
        for range in self.matches.iter_mut().skip(last) {
            *range = edited.moved(range.start)..edited.moved(range.end);
        }
        let text = buffer.slice(start..end);
        let fresh: Vec<Range<usize>> = self.found_in(buffer, &text, start).collect();
        self.matches.splice(first..last, fresh);
    }

    /// Whether the pattern might match a line feed or look at where the text begins or ends. When in doubt, it might.
    fn may_cross_lines(&self) -> bool {
        let pattern = &self.query.pattern;
        match self.query.kind {
            PatternKind::Literal => pattern.contains('\n'),
            PatternKind::Regex => {
                const HARMLESS: &str = "dwbB.*+?()[]{}|^$\\/-";
                let mut characters = pattern.chars();
                while let Some(character) = characters.next() {
                    let escape_crosses =
                        character == '\\' && characters.next().is_none_or(|next| !HARMLESS.contains(next));
                    if escape_crosses || character.is_control() {
                        return true;
                    }
                }
                pattern.contains("[^")
                    || pattern.contains("(?")
                    || pattern.contains("[[")
                    || pattern.contains("--")
                    || pattern.contains("&&")
                    || pattern.contains("~~")
            }
        }
    }

    /// Every place in order. A place that would cut a grapheme is none, and neither is an empty one.
    fn all<'a>(&'a self, buffer: &'a Buffer, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.found_in(buffer, text, 0)
    }

    /// Every place in a part of the text that starts at `start`.
    fn found_in<'a>(
        &'a self,
        buffer: &'a Buffer,
        text: &'a str,
        start: usize,
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let regex = self.regex.as_ref().ok().filter(|_| !self.query.pattern.is_empty());
        regex
            .into_iter()
            .flat_map(move |regex| regex.find_iter(text))
            .map(move |found| start + found.start()..start + found.end())
            .filter(|range| !range.is_empty())
            .filter(move |range| buffer.is_edge(range.start) && buffer.is_edge(range.end))
    }

    /// The first place that starts at `offset` or later.
    pub(super) fn first_from(&self, buffer: &Buffer, offset: usize) -> Option<Range<usize>> {
        if let Some(known) = self.matches.get(self.matches.partition_point(|range| range.start < offset)) {
            return Some(known.clone());
        }
        if self.complete {
            return None;
        }
        self.all(buffer, &buffer.text()).find(|range| range.start >= offset)
    }

    /// The last place that starts before `offset`.
    pub(super) fn last_before(&self, buffer: &Buffer, offset: usize) -> Option<Range<usize>> {
        let known = self.matches.partition_point(|range| range.start < offset);
        if self.complete || known < self.matches.len() {
            return known.checked_sub(1).and_then(|index| self.matches.get(index)).cloned();
        }
        self.all(buffer, &buffer.text()).take_while(|range| range.start < offset).last()
    }

    pub(super) fn status(&self, selected: &Range<usize>) -> FindStatus {
        let count = self.matches.len();
        let current = self.matches.binary_search_by_key(&selected.start, |range| range.start).ok();
        let current = current.filter(|index| self.matches.get(*index) == Some(selected)).map(|index| index + 1);
        FindStatus {
            current,
            count: if self.complete { MatchCount::Exactly(count) } else { MatchCount::AtLeast(count) },
        }
    }

    /// The places that touch `window`. Beyond the remembered ones only the window itself is searched.
    pub(super) fn within(&self, buffer: &Buffer, window: &Range<usize>) -> Vec<Range<usize>> {
        if self.complete || self.matches.last().is_some_and(|last| last.end >= window.end) {
            let first = self.matches.partition_point(|range| range.end <= window.start);
            let known = self.matches.get(first..).unwrap_or_default();
            return known.iter().take_while(|range| range.start < window.end).cloned().collect();
        }
        let text = buffer.slice(window.clone());
        self.found_in(buffer, &text, window.start).collect()
    }

    /// What `replacement` puts in the place of the match at `range`. An expression may refer to its groups as `$1`.
    pub(super) fn expand(&self, text: &str, range: &Range<usize>, replacement: &str) -> String {
        let Ok(regex) = &self.regex else { return replacement.to_owned() };
        if self.query.kind == PatternKind::Literal {
            return replacement.to_owned();
        }
        let mut expanded = String::new();
        match regex.captures_at(text, range.start) {
            Some(groups) if groups.get_match().range() == *range => groups.expand(replacement, &mut expanded),
            _ => expanded.push_str(replacement),
        }
        expanded
    }

    /// Every place in the text, without a limit.
    pub(super) fn every(&self, buffer: &Buffer, text: &str) -> Vec<Range<usize>> {
        self.all(buffer, text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_kept_through_edits_equal_those_of_a_new_search(
            text in "[abA1 \n]{0,60}",
            pattern in prop::sample::select(vec!["ab", "a\\w", "^a", "b$", "\\bab\\b", "a.b", "a\\s", "[^b]a", "(?s)a.b", "\\Aa", "A", "[ab]+", "a\nb"]),
            kind in prop::sample::select(vec![PatternKind::Literal, PatternKind::Regex]),
            limit in prop::sample::select(vec![3, 6, MATCH_LIMIT]),
            edits in prop::collection::vec((0usize..60, 0usize..9, "[abA1 \n]{0,8}"), 1..6),
        ) {
            let mut buffer = Buffer::from_file(&text);
            let query = Query { pattern: pattern.into(), kind, case: Case::Smart };
            let mut find = Find { limit, ..Find::new(query.clone(), 0) };
            find.refresh(&buffer);
            for (start, length, insert) in edits {
                let start = start.min(buffer.len());
                let old_end = (start + length).min(buffer.len());
                buffer.replace(start..old_end, &insert);
                find.edited(&buffer, Edited { start, old_end, new_end: start + insert.len() });
                let mut fresh = Find::new(query.clone(), 0);
                fresh.refresh(&buffer);
                if find.complete {
                    prop_assert_eq!(&find.matches, &fresh.matches);
                } else {
                    prop_assert!(find.matches.len() >= limit / 2 && fresh.matches.starts_with(&find.matches));
                }
            }
        }
    }
}
