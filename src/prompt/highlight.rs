//! Colours for a prompt's text, by meaning: role markers, front matter, tags. Fenced code is only found here; its own
//! language is coloured elsewhere.

use std::ops::Range;

use super::front::{self, line_ranges};
use super::lexer::{TokenKind, lex};
use super::parse::PromptKind;
use super::section;
use super::variables::{Part, parts};

/// What a stretch of a prompt's text is. Stretches that are plain text have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemplateSpan {
    /// A line such as `user:`.
    RoleMarker,
    /// A key of the front matter.
    FrontMatterKey,
    /// The rest of the front matter.
    FrontMatter,
    /// The signs of a tag: `{{`, `%}`, `|`, brackets.
    Tag,
    /// A variable, or an attribute of one.
    Variable,
    /// A filter, a test or a function.
    Filter,
    /// A string inside a tag.
    String,
    /// A number inside a tag.
    Number,
    /// A comment, of the template or of the front matter.
    Comment,
    /// A word of the template language.
    Keyword,
}

/// A fenced code block in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The code between the fences, in bytes.
    pub range: Range<usize>,
    /// The first word after the opening fence; empty where there is none.
    pub language: String,
}

/// The coloured stretches of `text`: in order, none overlapping. Linear in the text; 1 MB belongs in a worker.
pub fn highlight(text: &str, kind: PromptKind) -> Vec<(Range<usize>, TemplateSpan)> {
    let mut spans = Vec::new();
    let body = match kind {
        PromptKind::Plain => 0..text.len(),
        PromptKind::Prompty => {
            let parts = front::split(text);
            if let Some(front) = parts.front {
                front_matter(text, front.whole, &mut spans);
            }
            for section in section::split(text, parts.body.clone()).sections {
                spans.extend(section.marker.map(|line| (trimmed(text, line), TemplateSpan::RoleMarker)));
            }
            parts.body
        }
    };
    let tokens = lex(text, body);
    for (token, part) in tokens.iter().zip(parts(text, &tokens)) {
        let span = match (token.kind, part) {
            (TokenKind::Comment, _) => TemplateSpan::Comment,
            (TokenKind::String, _) => TemplateSpan::String,
            (TokenKind::Number, _) => TemplateSpan::Number,
            (_, Some(Part::Keyword)) => TemplateSpan::Keyword,
            (_, Some(Part::Filter)) => TemplateSpan::Filter,
            (_, Some(Part::Variable | Part::Attribute | Part::Argument)) => TemplateSpan::Variable,
            _ => TemplateSpan::Tag,
        };
        spans.push((token.range.clone(), span));
    }
    spans.sort_by_key(|(range, _)| range.start);
    spans
}

/// The fenced code blocks of `text`. A block ends with its fence, or with the message.
pub fn fences(text: &str, kind: PromptKind) -> Vec<Fence> {
    let bodies: Vec<Range<usize>> = match kind {
        PromptKind::Plain => std::iter::once(0..text.len()).collect(),
        PromptKind::Prompty => {
            section::split(text, front::split(text).body).sections.into_iter().map(|section| section.body).collect()
        }
    };
    let mut fences = Vec::new();
    for body in bodies {
        let mut open: Option<(char, usize, Fence)> = None;
        let source = text.get(body.clone()).unwrap_or_default();
        for line in line_ranges(source) {
            let (start, end) = (body.start + line.start, body.start + line.end);
            let written = source.get(line).unwrap_or_default().trim_end();
            match &mut open {
                None => {
                    open = opening(written).map(|(sign, count, language)| {
                        (sign, count, Fence { range: end..end, language: language.to_owned() })
                    });
                }
                Some((sign, count, fence)) if closes(written, *sign, *count) => {
                    fence.range.end = start;
                    fences.extend(open.take().map(|(_, _, fence)| fence));
                }
                Some((_, _, fence)) => fence.range.end = end,
            }
        }
        fences.extend(open.map(|(_, _, fence)| fence));
    }
    fences.retain(|fence| !fence.range.is_empty());
    fences
}

fn opening(line: &str) -> Option<(char, usize, &str)> {
    let bare = line.trim_start_matches(' ');
    let sign = bare.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let info = bare.trim_start_matches(sign);
    let count = bare.len() - info.len();
    // A back tick in the info line would make it inline code.
    if line.len() - bare.len() > 3 || count < 3 || (sign == '`' && info.contains('`')) {
        return None;
    }
    Some((sign, count, info.split_whitespace().next().unwrap_or_default()))
}

fn closes(line: &str, sign: char, count: usize) -> bool {
    let bare = line.trim_start_matches(' ');
    line.len() - bare.len() <= 3 && bare.len() >= count && bare.chars().all(|c| c == sign)
}

fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    let written = text.get(line.clone()).unwrap_or_default();
    let start = line.start + (written.len() - written.trim_start().len());
    start..start + written.trim().len()
}

/// Keys, comments and the rest, line by line; the lines of a block text (`key: |`) hold neither.
fn front_matter(text: &str, whole: Range<usize>, spans: &mut Vec<(Range<usize>, TemplateSpan)>) {
    let mut block: Option<usize> = None;
    for line in line_ranges(text.get(whole.clone()).unwrap_or_default()) {
        let line = trimmed_end(text, whole.start + line.start..whole.start + line.end);
        let written = text.get(line.clone()).unwrap_or_default();
        let indentation = written.len() - written.trim_start_matches(' ').len();
        if written.trim().is_empty() {
            continue;
        }
        if block.is_some_and(|least| indentation > least) {
            spans.push((line, TemplateSpan::FrontMatter));
            continue;
        }
        block = None;
        let mut position = line.start;
        if let Some(key) = key(written) {
            let key = line.start + key.start..line.start + key.end;
            push(spans, position..key.start, TemplateSpan::FrontMatter);
            push(spans, key.clone(), TemplateSpan::FrontMatterKey);
            position = key.end;
            let value = text.get(position..line.end).unwrap_or_default().trim_start_matches([':', ' ']);
            block = value.starts_with(['|', '>']).then_some(indentation);
        }
        let comment = comment(text.get(position..line.end).unwrap_or_default()).map_or(line.end, |at| position + at);
        push(spans, position..comment, TemplateSpan::FrontMatter);
        push(spans, comment..line.end, TemplateSpan::Comment);
    }
}

fn push(spans: &mut Vec<(Range<usize>, TemplateSpan)>, range: Range<usize>, span: TemplateSpan) {
    if !range.is_empty() {
        spans.push((range, span));
    }
}

fn trimmed_end(text: &str, line: Range<usize>) -> Range<usize> {
    let written = text.get(line.clone()).unwrap_or_default();
    line.start..line.start + written.trim_end().len()
}

/// The key of a `key: value` line, perhaps after `- `.
fn key(line: &str) -> Option<Range<usize>> {
    let bare = line.trim_start_matches([' ', '-']);
    let start = line.len() - bare.len();
    if bare.starts_with(['#', '{', '[', '"', '\'']) {
        return None;
    }
    let colon = bare.find(':')?;
    let after = bare.get(colon + 1..)?;
    (after.is_empty() || after.starts_with(' ')).then_some(start..start + colon)
}

/// Where a comment begins: `#` at the beginning or after white space, outside quotes.
fn comment(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        match (quote, character) {
            (None, '"' | '\'') if matches!(before, ' ' | ':' | '[' | '{' | ',') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '#') if before.is_whitespace() => return Some(index),
            _ => {}
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everything_has_its_colour() {
        use TemplateSpan::{
            Comment, Filter, FrontMatter, FrontMatterKey, Keyword, Number, RoleMarker, String, Tag, Variable,
        };
        let text = "---\nname: a # c\ninputs:\n  - name: x\nnote: |\n  not: key\n---\nuser:\n{% if x.y > 2 %}{{ x | f('s') }}{# c #}";
        let found: Vec<(&str, TemplateSpan)> =
            highlight(text, PromptKind::Prompty).into_iter().map(|(range, span)| (&text[range], span)).collect();
        assert_eq!(
            found,
            [
                ("---", FrontMatter),
                ("name", FrontMatterKey),
                (": a ", FrontMatter),
                ("# c", Comment),
                ("inputs", FrontMatterKey),
                (":", FrontMatter),
                ("  - ", FrontMatter),
                ("name", FrontMatterKey),
                (": x", FrontMatter),
                ("note", FrontMatterKey),
                (": |", FrontMatter),
                ("  not: key", FrontMatter),
                ("---", FrontMatter),
                ("user:", RoleMarker),
                ("{%", Tag),
                ("if", Keyword),
                ("x", Variable),
                (".", Tag),
                ("y", Variable),
                (">", Tag),
                ("2", Number),
                ("%}", Tag),
                ("{{", Tag),
                ("x", Variable),
                ("|", Tag),
                ("f", Filter),
                ("(", Tag),
                ("'s'", String),
                (")", Tag),
                ("}}", Tag),
                ("{# c #}", Comment),
            ]
        );
    }

    #[test]
    fn fenced_code_is_found_with_its_language() {
        let text = "user:\n```rust no_run\nlet a;\n```\n~~~\nb\n```\n~~~~\n```\nuser:\nx\n  ```json\n{}\n";
        let found: Vec<(&str, String)> =
            fences(text, PromptKind::Prompty).into_iter().map(|fence| (&text[fence.range], fence.language)).collect();
        assert_eq!(found, [("let a;\n", "rust".to_owned()), ("b\n```\n", String::new()), ("{}", "json".to_owned())]);
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_character_edges(
            text in "(---\n|user:\n|a: |\\{\\{|\\}\\}|\\{% if x %\\}|\\{#|#\\}|#|\"|'|\n|- |ä| |```\n|\\|){0,40}",
        ) {
            for kind in [PromptKind::Prompty, PromptKind::Plain] {
                let mut last = 0;
                for (range, span) in highlight(&text, kind) {
                    prop_assert!(range.start >= last && !range.is_empty(), "{:?} {:?}", range, span);
                    prop_assert!(text.get(range.clone()).is_some());
                    last = range.end;
                }
                for fence in fences(&text, kind) {
                    prop_assert!(text.get(fence.range).is_some());
                }
            }
        }
    }
}
