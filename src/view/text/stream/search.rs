//! Search inside one answer: matches as ranges of the source, kept up while the answer grows.

use std::ops::Range;

use super::StreamText;

/// Which match to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The next one, around the end.
    Next,
    /// The one before, around the beginning.
    Previous,
}

/// A search and what it found.
#[derive(Debug, Clone)]
pub(super) struct Search {
    query: String,
    matches: Vec<Range<usize>>,
    current: Option<usize>,
    searched_to: usize,
}

impl StreamText {
    /// Searches the source. Capitals count only if the query has some. Stands on the first match in or below the window and
    /// brings it into sight; returns how many there are.
    pub fn find(&mut self, query: &str) -> usize {
        if query.is_empty() {
            self.search = None;
            return 0;
        }
        let from = self.window.rows.first().map_or(0, |row| row.source.start);
        self.search = Some(Search { query: query.to_owned(), matches: Vec::new(), current: None, searched_to: 0 });
        self.grow_search();
        let Some(search) = &mut self.search else { return 0 };
        let count = search.matches.len();
        let first = search.matches.partition_point(|found| found.start < from);
        search.current = (count > 0).then_some(if first < count { first } else { 0 });
        self.reveal_current();
        count
    }

    /// Goes to another match. Returns which one it stands on now (from 1) and how many there are.
    pub fn find_next(&mut self, direction: Direction) -> Option<(usize, usize)> {
        let search = self.search.as_mut()?;
        let count = search.matches.len();
        let current = match (search.current, direction) {
            _ if count == 0 => None,
            (None, Direction::Next) => Some(0),
            (None, Direction::Previous) => Some(count - 1),
            (Some(at), Direction::Next) => Some((at + 1) % count),
            (Some(at), Direction::Previous) => Some((at + count - 1) % count),
        };
        search.current = current;
        self.reveal_current();
        self.found()
    }

    /// Which match the search stands on (from 1), and how many there are.
    pub fn found(&self) -> Option<(usize, usize)> {
        let search = self.search.as_ref()?;
        Some((search.current.map_or(0, |at| at + 1), search.matches.len()))
    }

    /// Ends the search.
    pub fn end_find(&mut self) {
        self.search = None;
    }

    /// The matches that touch a range of the source, and whether the search stands on them.
    pub(in crate::view::text) fn matches_in(
        &self,
        source: &Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, bool)> {
        let search = self.search.as_ref();
        let matches = search.map_or(&[][..], |search| search.matches.as_slice());
        let current = search.and_then(|search| search.current);
        let first = matches.partition_point(|found| found.end <= source.start);
        let end = source.end;
        matches
            .iter()
            .enumerate()
            .skip(first)
            .take_while(move |(_, found)| found.start < end)
            .map(move |(index, found)| (found.clone(), Some(index) == current))
    }

    pub(super) fn grow_search(&mut self) {
        let Some(search) = &mut self.search else { return };
        // A match may lie across what was there and what is new; case folding may make it some bytes longer.
        let margin = 4 * search.query.len();
        let last = search.matches.last().map_or(0, |found| found.end);
        let from = self.text.floor_char_boundary(search.searched_to.saturating_sub(margin)).max(last);
        let rest = self.text.get(from..).unwrap_or_default();
        search
            .matches
            .extend(matches(rest, &search.query).into_iter().map(|found| found.start + from..found.end + from));
        search.searched_to = self.text.len();
    }

    fn reveal_current(&mut self) {
        let current =
            self.search.as_ref().and_then(|search| search.matches.get(search.current?)).map(|found| found.start);
        if let Some(position) = current {
            self.reveal(position);
        }
    }
}

/// All matches that do not overlap.
fn matches(text: &str, query: &str) -> Vec<Range<usize>> {
    if query.chars().any(char::is_uppercase) {
        return text.match_indices(query).map(|(at, found)| at..at + found.len()).collect();
    }
    if query.is_ascii() {
        return ascii_matches(text.as_bytes(), query.as_bytes());
    }
    let mut found = Vec::new();
    let mut end = 0;
    for (at, _) in text.char_indices() {
        if at >= end
            && let Some(length) = folded_prefix(text.get(at..).unwrap_or_default(), query)
        {
            end = at + length;
            found.push(at..end);
        }
    }
    found
}

fn ascii_matches(text: &[u8], query: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(window) = text.get(at..at + query.len()) {
        if window.eq_ignore_ascii_case(query) {
            found.push(at..at + query.len());
            at += query.len();
        } else {
            at += 1;
        }
    }
    found
}

/// The length of the beginning of `text` that is `query` in lower case.
fn folded_prefix(text: &str, query: &str) -> Option<usize> {
    let mut wanted = query.chars();
    let mut length = 0;
    for character in text.chars() {
        if wanted.as_str().is_empty() {
            break;
        }
        length += character.len_utf8();
        for lower in character.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
    }
    wanted.as_str().is_empty().then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_count_only_if_asked_for() {
        let text = "Red red RED, Straße STRASSE Éa éA";
        let found = |query: &str| matches(text, query).into_iter().map(|found| &text[found]).collect::<Vec<_>>();
        assert_eq!(found("red"), ["Red", "red", "RED"]);
        assert_eq!(found("Red"), ["Red"]);
        assert_eq!(found("éa"), ["Éa", "éA"]);
        assert_eq!(found("straße"), ["Straße"]);
        assert_eq!(found("missing"), [""; 0]);
        assert_eq!(matches("aaaa", "aa"), [0..2, 2..4]);
    }
}
