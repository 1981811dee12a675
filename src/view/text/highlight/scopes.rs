//! From syntect's scopes (`string.quoted.double.json`) to a small set of kinds a theme can colour.

use std::collections::HashMap;
use std::ops::Range;

use syntect::parsing::{Scope, ScopeStack, ScopeStackOp};

use crate::editor::SyntaxKind;

/// Scope prefixes and their kinds; the first that fits wins, so the special ones stand before the general.
const KINDS: &[(&str, SyntaxKind)] = &[
    ("comment", SyntaxKind::Comment),
    ("punctuation.definition.comment", SyntaxKind::Comment),
    ("punctuation.definition.string", SyntaxKind::String),
    ("punctuation.definition.inserted", SyntaxKind::Inserted),
    ("punctuation.definition.deleted", SyntaxKind::Deleted),
    ("constant.character.escape", SyntaxKind::Escape),
    ("constant.numeric", SyntaxKind::Number),
    ("constant", SyntaxKind::Constant),
    ("string", SyntaxKind::String),
    ("keyword.operator", SyntaxKind::Operator),
    ("keyword", SyntaxKind::Keyword),
    ("storage", SyntaxKind::Keyword),
    ("entity.name.function", SyntaxKind::Function),
    ("support.function", SyntaxKind::Function),
    ("variable.function", SyntaxKind::Function),
    ("support.macro", SyntaxKind::Function),
    ("entity.name.macro", SyntaxKind::Function),
    ("entity.name.tag", SyntaxKind::Tag),
    ("entity.other.attribute-name", SyntaxKind::Attribute),
    ("variable.annotation", SyntaxKind::Attribute),
    ("entity.name.section", SyntaxKind::Heading),
    ("markup.heading", SyntaxKind::Heading),
    ("markup.inserted", SyntaxKind::Inserted),
    ("markup.deleted", SyntaxKind::Deleted),
    ("entity.name", SyntaxKind::Type),
    ("entity.other.inherited-class", SyntaxKind::Type),
    ("support.type", SyntaxKind::Type),
    ("support.class", SyntaxKind::Type),
    ("variable.language", SyntaxKind::Keyword),
    ("variable.other.member", SyntaxKind::Property),
    ("variable.other.property", SyntaxKind::Property),
    ("variable", SyntaxKind::Variable),
    ("invalid", SyntaxKind::Invalid),
    ("punctuation", SyntaxKind::Punctuation),
];

/// Scopes that say that a string is the key of a mapping.
const KEY_SCOPES: &[&str] =
    &["meta.mapping.key", "meta.structure.dictionary.key", "entity.name.tag.yaml", "support.type.property-name"];

/// What one scope says about the text it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Kind(SyntaxKind),
    Key,
    Nothing,
}

/// The kinds of scopes, looked up once for each.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    known: HashMap<Scope, Meaning>,
}

impl Scopes {
    /// The coloured ranges of a line of `length` bytes, from the parser's operations on the stack of scopes.
    pub(super) fn ranges(
        &mut self,
        length: usize,
        operations: &[(usize, ScopeStackOp)],
        stack: &mut ScopeStack,
    ) -> Vec<(Range<usize>, SyntaxKind)> {
        let mut ranges: Vec<(Range<usize>, SyntaxKind)> = Vec::new();
        let mut start = 0;
        for (at, operation) in operations {
            self.extend(&mut ranges, start..(*at).min(length), stack);
            start = (*at).min(length);
            // A broken operation leaves the stack as it is; the worst that follows is a wrong colour.
            let _ = stack.apply(operation);
        }
        self.extend(&mut ranges, start..length, stack);
        ranges
    }

    fn extend(&mut self, ranges: &mut Vec<(Range<usize>, SyntaxKind)>, part: Range<usize>, stack: &ScopeStack) {
        if part.is_empty() {
            return;
        }
        if let Some(kind) = self.kind(stack) {
            extend(ranges, part, kind);
        }
    }

    /// The innermost scope that says anything decides; a string under a key scope is a key.
    fn kind(&mut self, stack: &ScopeStack) -> Option<SyntaxKind> {
        let mut found = None;
        for scope in stack.as_slice().iter().rev() {
            match (self.meaning(*scope), found) {
                (Meaning::Key, None | Some(SyntaxKind::String)) => return Some(SyntaxKind::Property),
                (Meaning::Kind(kind), None) if kind == SyntaxKind::String => found = Some(kind),
                (Meaning::Kind(kind), None) => return Some(kind),
                _ => {}
            }
        }
        found
    }

    fn meaning(&mut self, scope: Scope) -> Meaning {
        *self.known.entry(scope).or_insert_with(|| {
            let name = scope.build_string();
            if KEY_SCOPES.iter().any(|key| is_under(&name, key)) {
                return Meaning::Key;
            }
            KINDS
                .iter()
                .find(|(prefix, _)| is_under(&name, prefix))
                .map_or(Meaning::Nothing, |(_, kind)| Meaning::Kind(*kind))
        })
    }
}

/// Adds a coloured part; what is of the same kind as the part just before it becomes one with it.
pub(super) fn extend(ranges: &mut Vec<(Range<usize>, SyntaxKind)>, part: Range<usize>, kind: SyntaxKind) {
    match ranges.last_mut() {
        _ if part.is_empty() => {}
        Some((last, same)) if *same == kind && last.end == part.start => last.end = part.end,
        _ => ranges.push((part, kind)),
    }
}

fn is_under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
