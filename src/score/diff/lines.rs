//! A text and where its lines begin.

use std::ops::Range;

/// A text cut at line feeds; each line keeps its own, so the lines join to the text.
#[derive(Debug)]
pub(super) struct Lines {
    text: Box<str>,
    /// Where each line ends; the next one begins there.
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let mut ends: Vec<usize> = text.match_indices('\n').map(|(index, _)| index + 1).collect();
        if ends.last().copied().unwrap_or(0) < text.len() {
            ends.push(text.len());
        }
        Self { text: text.into(), ends }
    }

    pub(super) const fn count(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn line(&self, index: usize) -> &str {
        self.text_of(index..index + 1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count()).map(|index| self.line(index))
    }

    /// The text of neighbouring lines.
    pub(super) fn text_of(&self, lines: Range<usize>) -> &str {
        self.text.get(self.start(lines.start)..self.start(lines.end)).unwrap_or_default()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where line `index` begins; the text's end for the line after the last.
    fn start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.text.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_to_the_text() {
        for (text, count) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\r\n\n", 2)] {
            let lines = Lines::new(text);
            assert_eq!(lines.count(), count, "{text:?}");
            assert_eq!(lines.iter().collect::<String>(), text);
            assert_eq!(lines.text_of(0..count), text);
            assert_eq!(lines.line(count), "");
        }
    }
}
