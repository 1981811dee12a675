//! Which variables a template uses, and where.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::lexer::{Token, TokenKind};

/// One use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableUse {
    /// The variable's name, without attributes.
    pub name: String,
    /// Where it stands, in bytes of the file.
    pub range: Range<usize>,
    /// The message it stands in, counted from 0.
    pub section: usize,
}

/// What part a name plays in a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A word of the language.
    Keyword,
    /// A filter, a test or a function.
    Filter,
    /// The root of a variable.
    Variable,
    /// What follows a dot.
    Attribute,
    /// The name of an argument.
    Argument,
}

/// Words of the template language that are never variables.
const WORDS: [&str; 18] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "recursive",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "as",
    "import",
    "ignore",
    "missing",
];

/// Names each identifier token's part; other tokens get `None`. `tokens` are those of one text.
pub(crate) fn parts(text: &str, tokens: &[Token]) -> Vec<Option<Part>> {
    let word = |index: Option<usize>| {
        index.and_then(|index| tokens.get(index)).and_then(|token| text.get(token.range.clone())).unwrap_or_default()
    };
    let kind = |index: Option<usize>| index.and_then(|index| tokens.get(index)).map(|token| token.kind);
    tokens
        .iter()
        .enumerate()
        .map(|(index, token)| {
            if token.kind != TokenKind::Identifier {
                return None;
            }
            let name = word(Some(index));
            let (before, earlier) = (index.checked_sub(1), index.checked_sub(2));
            let (after, later) = (Some(index + 1), Some(index + 2));
            Some(match word(before) {
                "." => Part::Attribute,
                _ if kind(before) == Some(TokenKind::OpenBlock) => Part::Keyword,
                "|" => Part::Filter,
                "is" if name != "not" => Part::Filter,
                "not" if word(earlier) == "is" => Part::Filter,
                _ if WORDS.contains(&name) => Part::Keyword,
                // `{% macro name(` and `{% call`/`{% filter upper %}` name functions.
                "macro" | "filter" | "block" | "endblock" => Part::Filter,
                _ if word(after) == "(" => Part::Filter,
                "(" | "," if word(after) == "=" && word(later) != "=" => Part::Argument,
                _ => Part::Variable,
            })
        })
        .collect()
}

/// Every use of a name in `undeclared`. `tokens` are those of one message.
pub(crate) fn uses(text: &str, tokens: &[Token], undeclared: &HashSet<String>, section: usize) -> Vec<VariableUse> {
    tokens
        .iter()
        .zip(parts(text, tokens))
        .filter(|(_, part)| matches!(part, Some(Part::Variable)))
        .filter_map(|(token, _)| {
            let name = text.get(token.range.clone())?;
            undeclared.contains(name).then(|| VariableUse {
                name: name.to_owned(),
                range: token.range.clone(),
                section,
            })
        })
        .collect()
}

/// Names a template asks about before it uses them: `x is defined`, `x is undefined`, `x | default(…)`. They may be absent.
pub(crate) fn optional(text: &str, tokens: &[Token]) -> BTreeSet<String> {
    let word = |index: usize| tokens.get(index).and_then(|token| text.get(token.range.clone())).unwrap_or_default();
    let mut names = BTreeSet::new();
    for (index, part) in parts(text, tokens).into_iter().enumerate() {
        if part != Some(Part::Variable) {
            continue;
        }
        let asked = match (word(index + 1), word(index + 2), word(index + 3)) {
            ("is", "not", test) | ("is", test, _) => matches!(test, "defined" | "undefined"),
            ("|", filter, _) => matches!(filter, "default" | "d"),
            _ => false,
        };
        if asked {
            names.insert(word(index).to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    #[test]
    fn names_are_told_from_attributes_filters_and_words() {
        let text =
            "{% for a in order.items %}{{ a.name | f(b, c=d) if e is not odd and range(g) == \"h\" }}{% endfor %}";
        let tokens = lex(text, 0..text.len());
        let found: Vec<&str> = tokens
            .iter()
            .zip(parts(text, &tokens))
            .filter(|(_, part)| *part == Some(Part::Variable))
            .map(|(token, _)| &text[token.range.clone()])
            .collect();
        assert_eq!(found, ["a", "order", "a", "b", "d", "e", "g"]);
    }

    #[test]
    fn asked_for_names_may_be_absent() {
        let text = "{% if a is defined %}{{ b | default('x') }}{{ c }}{% if d is not defined %}{% endif %}{% endif %}";
        let names: Vec<String> = optional(text, &lex(text, 0..text.len())).into_iter().collect();
        assert_eq!(names, ["a", "b", "d"]);
    }
}
