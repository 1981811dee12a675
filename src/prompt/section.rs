//! The messages of a prompt as its text shows them: roles are split here, before any data is near.

use std::ops::Range;

use super::front::line_ranges;
use super::lexer::{TokenKind, lex};
use super::message::Role;

/// One message of a prompt: a role and a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Who speaks.
    pub role: Role,
    /// The line with the role marker; `None` for text before the first marker and for plain files.
    pub marker: Option<Range<usize>>,
    /// The template, blank lines around it left out.
    pub body: Range<usize>,
}

/// A role marker as written.
struct Marker {
    line: Range<usize>,
    role: Role,
    /// `developer:` counts as `system:`.
    developer: bool,
}

/// What [`split`] found.
pub(crate) struct Split {
    pub(crate) sections: Vec<Section>,
    /// Marker lines that say `developer:`.
    pub(crate) developers: Vec<Range<usize>>,
}

/// Splits `text[body]` at its role markers. A line inside a tag, a comment or a raw block is no marker.
pub(crate) fn split(text: &str, body: Range<usize>) -> Split {
    let closed = closed_ranges(text, body.clone());
    let source = text.get(body.clone()).unwrap_or_default();
    let markers: Vec<Marker> = line_ranges(source)
        .map(|line| body.start + line.start..body.start + line.end)
        .filter_map(|line| marker(text, line))
        .filter(|marker| !is_inside(&closed, marker.line.start))
        .collect();
    let mut sections = Vec::new();
    let first = markers.first().map_or(body.end, |marker| marker.line.start);
    let before = without_blank_lines(text, body.start..first);
    if !before.is_empty() {
        sections.push(Section { role: Role::System, marker: None, body: before });
    }
    for (index, marker) in markers.iter().enumerate() {
        let end = markers.get(index + 1).map_or(body.end, |next| next.line.start);
        sections.push(Section {
            role: marker.role,
            marker: Some(marker.line.clone()),
            body: without_blank_lines(text, marker.line.end..end),
        });
    }
    let developers = markers.iter().filter(|marker| marker.developer).map(|marker| marker.line.clone()).collect();
    Split { sections, developers }
}

/// `role:` or `role[key=value]:` alone on its line, in any letter case, perhaps after white space and a `#`.
fn marker(text: &str, line: Range<usize>) -> Option<Marker> {
    let written = text.get(line.clone())?.trim();
    let written = written.strip_prefix('#').map_or(written, str::trim_start);
    let name = written.strip_suffix(':')?.trim_end();
    let name = match name.split_once('[') {
        Some((name, attributes)) if attributes.find(']') == attributes.len().checked_sub(1) => name,
        Some(_) => return None,
        None => name,
    };
    let (role, developer) = match name.to_ascii_lowercase().as_str() {
        "system" => (Role::System, false),
        "developer" => (Role::System, true),
        "user" => (Role::User, false),
        "assistant" => (Role::Assistant, false),
        _ => return None,
    };
    Some(Marker { line, role, developer })
}

/// The ranges of comments, tags and raw blocks, in order.
fn closed_ranges(text: &str, body: Range<usize>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut open: Option<usize> = None;
    let mut names: Vec<&str> = Vec::new();
    let mut raw: Option<usize> = None;
    for token in lex(text, body.clone()) {
        match token.kind {
            TokenKind::Comment => ranges.push(token.range),
            TokenKind::OpenBlock | TokenKind::OpenExpression => {
                if let Some(start) = raw.take() {
                    ranges.push(start..token.range.start);
                }
                open = Some(token.range.start);
                names.clear();
            }
            TokenKind::Close => {
                if let Some(start) = open.take() {
                    ranges.push(start..token.range.end);
                }
                raw = (names == ["raw"]).then_some(token.range.end);
            }
            _ => names.push(text.get(token.range).unwrap_or_default()),
        }
    }
    ranges.extend(open.or(raw).map(|start| start..body.end));
    ranges
}

fn is_inside(ranges: &[Range<usize>], offset: usize) -> bool {
    let after = ranges.partition_point(|range| range.start <= offset);
    after.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|range| offset < range.end)
}

/// `range` without the blank lines at its ends, and without the last line's end.
fn without_blank_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let kept = kept_range(text.get(range.clone()).unwrap_or_default());
    range.start + kept.start..range.start + kept.end
}

/// `text` without leading and trailing blank lines, and without the line end of its last line; as Prompty reads messages.
pub(crate) fn trim_blank_lines(text: &str) -> &str {
    text.get(kept_range(text)).unwrap_or_default()
}

fn kept_range(text: &str) -> Range<usize> {
    let first = text.len() - text.trim_start().len();
    let last = text.trim_end().len();
    if first >= last {
        return 0..0;
    }
    let start = text.get(..first).and_then(|blank| blank.rfind(['\n', '\r'])).map_or(0, |newline| newline + 1);
    let end = text.get(last..).and_then(|blank| blank.find(['\n', '\r'])).map_or(text.len(), |newline| last + newline);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(text: &str) -> Vec<(Role, &str)> {
        split(text, 0..text.len()).sections.into_iter().map(|section| (section.role, &text[section.body])).collect()
    }

    #[test]
    fn markers_in_all_their_forms() {
        use Role::{Assistant, System, User};
        assert_eq!(
            sections(
                "intro\n\n# System:\n\n  rules\n\n  User:  \r\nhi\r\n\r\nassistant[nonce=a1]:\nyes\ndeveloper:\nx"
            ),
            [(System, "intro"), (System, "  rules"), (User, "hi"), (Assistant, "yes"), (System, "x")]
        );
        assert_eq!(
            sections("the user: is here\nusers:\nuser :x\nuser: hi"),
            [(System, "the user: is here\nusers:\nuser :x\nuser: hi")]
        );
        assert_eq!(sections(""), []);
        assert_eq!(sections("user:"), [(User, "")]);
    }

    #[test]
    fn lines_inside_tags_are_no_markers() {
        for text in [
            "user:\na {# \nassistant:\n #} b",
            "user:\na {{ x\n|\nf(\nassistant:\n) }}",
            "user:\n{% raw %}\nassistant:\n{% endraw %}",
            "user:\n{% raw %}\nassistant:\n",
        ] {
            assert_eq!(sections(text).len(), 1, "{text}");
        }
        assert_eq!(sections("user:\n{% raw %}x{% endraw %}\nassistant:\ny").len(), 2);
    }

    #[test]
    fn blank_lines_go_and_indentation_stays() {
        assert_eq!(trim_blank_lines("\n \n  a \n b \n\n"), "  a \n b ");
        assert_eq!(trim_blank_lines(" a\r\n"), " a");
        assert_eq!(trim_blank_lines(" \n\t"), "");
    }
}
