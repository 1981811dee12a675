//! Where a prompt file's front matter ends and its body begins.

use std::ops::Range;

/// The parts of a Prompty file, as bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The opening and closing lines and the YAML between them; `None` without front matter.
    pub(crate) front: Option<Front>,
    /// Everything after the closing line.
    pub(crate) body: Range<usize>,
    /// The opening line of a front matter that never closes.
    pub(crate) unclosed: Option<Range<usize>>,
}

/// The front matter of a Prompty file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Front {
    /// From the opening mark to the end of the closing line.
    pub(crate) whole: Range<usize>,
    /// The YAML alone.
    pub(crate) yaml: Range<usize>,
}

/// Splits a Prompty file. The front matter stands between two lines of `---` (or `+++`); blank lines, a byte order mark
/// and white space may come before it.
pub(crate) fn split(text: &str) -> Parts {
    let mut lines = line_ranges(text);
    let opening = lines.find(|line| !content(text, line).trim_start_matches('\u{feff}').trim().is_empty());
    let Some(opening) = opening.filter(|line| is_mark(content(text, line).trim_start_matches('\u{feff}'))) else {
        return Parts { front: None, body: 0..text.len(), unclosed: None };
    };
    for line in lines {
        if is_mark(content(text, &line)) {
            let front = Front { whole: opening.start..line.end, yaml: opening.end..line.start };
            return Parts { front: Some(front), body: line.end..text.len(), unclosed: None };
        }
    }
    Parts { front: None, body: opening.end..text.len(), unclosed: Some(opening) }
}

fn is_mark(line: &str) -> bool {
    matches!(line.trim(), "---" | "+++")
}

fn content<'a>(text: &'a str, line: &Range<usize>) -> &'a str {
    text.get(line.clone()).unwrap_or_default()
}

/// The lines of `text` with their line ends.
pub(crate) fn line_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_format() {
        for (text, yaml, body) in [
            ("---\nname: test\n---\nHello", Some("name: test\n"), "Hello"),
            ("Just a prompt", None, "Just a prompt"),
            ("---\n---\nBody", Some(""), "Body"),
            ("  ---\nname: test\n---\nBody", Some("name: test\n"), "Body"),
            ("\u{feff}---\r\na: 1\r\n---\r\nB", Some("a: 1\r\n"), "B"),
            ("+++\na: 1\n+++", Some("a: 1\n"), ""),
            ("a\n---\nb: 1\n---\n", None, "a\n---\nb: 1\n---\n"),
            ("", None, ""),
        ] {
            let parts = split(text);
            assert_eq!(parts.front.map(|front| &text[front.yaml]), yaml, "{text:?}");
            assert_eq!(&text[parts.body], body, "{text:?}");
        }
        assert_eq!(split("---\nname: x\nHello").unclosed, Some(0..4));
    }
}
