//! From byte offsets to lines and columns, and back.

/// Where each line of a text begins. Lines end at LF, CRLF or a lone CR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines of `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => starts.push(index + 1),
                b'\r' if bytes.get(index + 1) != Some(&b'\n') => starts.push(index + 1),
                _ => {}
            }
        }
        Self { starts }
    }

    /// The 1-based line that holds byte `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The byte where a 1-based line begins, if there is such a line.
    pub fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line.checked_sub(1)?).copied()
    }

    /// The 1-based column of byte `offset`, counted in characters.
    pub fn column(&self, text: &str, offset: usize) -> usize {
        let start = self.start(self.line(offset)).unwrap_or(0);
        text.get(start..offset).map_or(1, |before| before.chars().count() + 1)
    }

    /// The byte of the 0-based character `column` on a 1-based line; the text's end where the line is too short.
    pub fn offset(&self, text: &str, line: usize, column: usize) -> usize {
        let start = self.start(line).unwrap_or(text.len());
        let rest = text.get(start..).unwrap_or_default();
        rest.char_indices().nth(column).map_or(text.len(), |(index, _)| start + index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_any_line_end() {
        let text = "a\r\nbä\rc\nd";
        let lines = Lines::new(text);
        assert_eq!(
            (1..=5).map(|line| lines.start(line)).collect::<Vec<_>>(),
            [Some(0), Some(3), Some(7), Some(9), None]
        );
        assert_eq!(lines.line(0), 1);
        assert_eq!(lines.line(2), 1);
        assert_eq!(lines.line(3), 2);
        assert_eq!(lines.column(text, 6), 3);
        assert_eq!(lines.offset(text, 2, 1), 4);
        assert_eq!(lines.offset(text, 9, 0), text.len());
    }
}
