//! Texts of tokens. As in the reference, a token's text is cut out of its line by columns that count bytes while the line counts
//! characters, so that on a line beyond ASCII it is another stretch of it, and line ends within a token are left out.

use std::borrow::Cow;

/// The lines of a code, to cut tokens out of.
pub(super) struct Lines<'a> {
    /// All of it.
    pub(super) code: &'a str,
    /// `None` where the code is ASCII, where bytes and characters are the same.
    beyond_ascii: Option<Vec<Line>>,
}

struct Line {
    start: usize,
    /// Where each character begins, from the line's start; then its end.
    characters: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// Those of `code`.
    pub(super) fn of(code: &'a str) -> Self {
        let beyond_ascii = (!code.is_ascii()).then(|| {
            let mut start = 0;
            code.split('\n')
                .map(|line| {
                    let ends = std::iter::once(line.len() as u32);
                    let characters = line.char_indices().map(|(at, _)| at as u32).chain(ends).collect();
                    let line_start = start;
                    start += line.len() + 1;
                    Line { start: line_start, characters }
                })
                .collect()
        });
        Self { code, beyond_ascii }
    }

    /// The text of the token between these bytes.
    pub(super) fn text(&self, start: usize, end: usize) -> Cow<'a, str> {
        let Some(lines) = &self.beyond_ascii else {
            let text = self.code.get(start..end).unwrap_or_default();
            return if text.contains('\n') { Cow::Owned(text.replace('\n', "")) } else { Cow::Borrowed(text) };
        };
        let line_of = |at: usize| lines.partition_point(|line| line.start <= at).saturating_sub(1);
        let (first, last) = (line_of(start), line_of(end));
        let cut = |number: usize, from: Option<usize>, to: Option<usize>| -> &'a str {
            let Some(line) = lines.get(number) else { return "" };
            let whole = line.characters.last().copied().unwrap_or(0);
            let byte = |column: usize| line.start + line.characters.get(column).copied().unwrap_or(whole) as usize;
            let from = from.map_or(line.start, |at| byte(at - line.start));
            let to = to.map_or(line.start + whole as usize, |at| byte(at - line.start));
            self.code.get(from..to).unwrap_or_default()
        };
        if first == last {
            return Cow::Borrowed(cut(first, Some(start), Some(end)));
        }
        let mut text = cut(first, Some(start), None).to_owned();
        for between in first + 1..last {
            text.push_str(cut(between, None, None));
        }
        text.push_str(cut(last, None, Some(end)));
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_ascii_a_token_is_cut_by_bytes_out_of_characters() {
        let lines = Lines::of("é = x\ny");
        // `x` begins at byte 5 and ends at 6; the line has five characters.
        assert_eq!(lines.text(5, 6), "");
        assert_eq!(lines.text(0, 2), "é ");
        assert_eq!(lines.text(7, 8), "y");
        assert_eq!(Lines::of("a\nb").text(0, 3), "ab");
    }
}
