//! JSON and its kin, without syntect: answers are JSON more often than anything else, and the expressions that syntect compiles for
//! it take 8 MB. Every line stands for itself, but for a comment over several.

use std::ops::Range;

use super::SyntaxKind;
use super::scopes::extend;

type Ranges = Vec<(Range<usize>, SyntaxKind)>;

/// Whether a language, in lower case, is written so.
pub(super) fn is_json(language: &str) -> bool {
    matches!(language, "json" | "jsonc" | "json5" | "jsonl" | "ndjson")
}

/// The coloured ranges of a line. `in_comment` says whether a comment is open before it, and then after it.
pub(super) fn ranges(line: &str, in_comment: &mut bool) -> Ranges {
    let mut ranges = Ranges::new();
    let mut at = 0;
    while let Some(rest) = line.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let (length, kind) = if *in_comment || rest.starts_with("/*") {
            let opening = if *in_comment { 0 } else { 2 };
            let end = rest.get(opening..).and_then(|inner| inner.find("*/")).map(|end| opening + end + 2);
            *in_comment = end.is_none();
            (end.unwrap_or(rest.len()), Some(SyntaxKind::Comment))
        } else {
            token(rest, first)
        };
        match kind {
            Some(SyntaxKind::String) => string(&mut ranges, rest.get(..length).unwrap_or(rest), at),
            Some(kind) => extend(&mut ranges, at..at + length, kind),
            None => {}
        }
        at += length;
    }
    ranges
}

/// The length of what `rest` begins with, and what it is.
fn token(rest: &str, first: char) -> (usize, Option<SyntaxKind>) {
    let run = |goes_on: fn(char) -> bool| rest.find(|next| !goes_on(next)).unwrap_or(rest.len());
    match first {
        '/' if rest.starts_with("//") => (rest.len(), Some(SyntaxKind::Comment)),
        '"' => {
            let length = string_length(rest);
            let is_key = rest.get(length..).is_some_and(|after| after.trim_start().starts_with(':'));
            (length, Some(if is_key { SyntaxKind::Property } else { SyntaxKind::String }))
        }
        '{' | '}' | '[' | ']' | ',' | ':' => (1, Some(SyntaxKind::Punctuation)),
        '-' | '0'..='9' => {
            let length = run(|next| next.is_ascii_digit() || matches!(next, '-' | '+' | '.' | 'e' | 'E'));
            (length, Some(SyntaxKind::Number))
        }
        _ if first.is_alphabetic() => {
            let length = run(|next| next.is_alphanumeric() || next == '_');
            let is_constant = matches!(rest.get(..length), Some("true" | "false" | "null"));
            (length, is_constant.then_some(SyntaxKind::Constant))
        }
        _ => (first.len_utf8(), None),
    }
}

/// How long a string is, with its quotes; one that is not closed ends with the line.
fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A string with its escapes, beginning at byte `at` of the line.
fn string(ranges: &mut Ranges, text: &str, at: usize) {
    let mut start = 0;
    while let Some(backslash) = text.get(start..).and_then(|rest| rest.find('\\')).map(|found| start + found) {
        let escape = text.get(backslash..).unwrap_or_default();
        let length = match escape.chars().nth(1) {
            Some('u') => escape.char_indices().nth(6).map_or(escape.len(), |(end, _)| end),
            Some(other) => 1 + other.len_utf8(),
            None => 1,
        };
        extend(ranges, at + start..at + backslash, SyntaxKind::String);
        extend(ranges, at + backslash..at + backslash + length, SyntaxKind::Escape);
        start = backslash + length;
    }
    extend(ranges, at + start..at + text.len(), SyntaxKind::String);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(line: &str) -> Vec<(&str, SyntaxKind)> {
        ranges(line, &mut false).into_iter().map(|(range, kind)| (&line[range], kind)).collect()
    }

    #[test]
    fn tokens_have_their_kinds() {
        use SyntaxKind::{Comment, Constant, Escape, Number, Property, Punctuation, String};
        assert_eq!(
            kinds(r#"{"a\"b": "x\u00e9\n", "n": -1.5e3} // why"#),
            [
                ("{", Punctuation),
                (r#""a\"b""#, Property),
                (":", Punctuation),
                ("\"x", String),
                (r"\u00e9\n", Escape),
                ("\"", String),
                (",", Punctuation),
                ("\"n\"", Property),
                (":", Punctuation),
                ("-1.5e3", Number),
                ("}", Punctuation),
                ("// why", Comment),
            ]
        );
        assert_eq!(
            kinds("[true,null] truely"),
            [("[", Punctuation), ("true", Constant), (",", Punctuation), ("null", Constant), ("]", Punctuation)]
        );
        assert_eq!(kinds(r#""not closed \"#), [("\"not closed ", String), ("\\", Escape)]);
    }

    #[test]
    fn a_comment_goes_on_over_lines() {
        let mut in_comment = false;
        assert_eq!(ranges("1 /* one", &mut in_comment), [(0..1, SyntaxKind::Number), (2..8, SyntaxKind::Comment)]);
        assert!(in_comment);
        assert_eq!(ranges("two */ 2", &mut in_comment), [(0..6, SyntaxKind::Comment), (7..8, SyntaxKind::Number)]);
        assert!(!in_comment);
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_line_in_order(line in "[\"\\\\{}:,/*u0-9a-zé 𝒳-]{0,40}", open in any::<bool>()) {
            let mut in_comment = open;
            let mut end = 0;
            for (range, _) in ranges(&line, &mut in_comment) {
                prop_assert!(range.start >= end && !range.is_empty());
                prop_assert!(line.get(range.clone()).is_some());
                end = range.end;
            }
        }
    }
}
