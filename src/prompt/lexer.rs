//! A lexer for the template language, for marks and colours only: it never fails and never decides what is rendered.

use std::ops::Range;

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `{# … #}`, whole.
    Comment,
    /// `{%` or `{%-`.
    OpenBlock,
    /// `{{` or `{{-`.
    OpenExpression,
    /// `%}` or `}}`, with its trim sign.
    Close,
    /// A name.
    Identifier,
    /// A number literal.
    Number,
    /// A string literal with its quotes.
    String,
    /// Any other sign inside a tag.
    Sign,
}

/// A piece of a template that is not plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Bytes of the text that was lexed.
    pub(crate) range: Range<usize>,
}

/// The tokens of `text[within]`, with ranges in `text`. Text between `{% raw %}` and `{% endraw %}` has none.
pub(crate) fn lex(text: &str, within: Range<usize>) -> Vec<Token> {
    let mut lexer =
        Lexer { text, position: within.start, end: within.end.min(text.len()), tokens: Vec::new(), open_brackets: 0 };
    while let Some(open) = lexer.next_open() {
        lexer.tag(open);
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    end: usize,
    tokens: Vec<Token>,
    /// Brackets opened and not closed yet; below zero after one too many was closed.
    open_brackets: isize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.position..self.end).unwrap_or_default()
    }

    fn byte(&self, index: usize) -> Option<u8> {
        if index < self.end { self.text.as_bytes().get(index).copied() } else { None }
    }

    /// Moves to the next `{{`, `{%` or `{#`.
    fn next_open(&mut self) -> Option<u8> {
        loop {
            let found = self.rest().find('{')?;
            self.position += found;
            match self.byte(self.position + 1) {
                Some(sign @ (b'{' | b'%' | b'#')) => return Some(sign),
                Some(_) => self.position += 1,
                None => return None,
            }
        }
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token { kind, range: self.position..end });
        self.position = end;
    }

    fn tag(&mut self, open: u8) {
        if open == b'#' {
            let length = self.rest().find("#}").map_or(self.end - self.position, |found| found + 2);
            self.push(TokenKind::Comment, self.position + length);
            return;
        }
        let first = self.tokens.len();
        let trim = usize::from(matches!(self.byte(self.position + 2), Some(b'-' | b'+')));
        let (kind, close) = if open == b'%' { (TokenKind::OpenBlock, b'%') } else { (TokenKind::OpenExpression, b'}') };
        self.push(kind, self.position + 2 + trim);
        while self.position < self.end && !self.close(close) {
            self.inside();
        }
        if open == b'%' && self.is_raw(first) {
            self.skip_raw();
        }
    }

    fn close(&mut self, close: u8) -> bool {
        // As the engine reads it: a tag cannot end inside a bracket, nor after one too many was closed.
        if self.open_brackets != 0 {
            return false;
        }
        let trim = usize::from(matches!(self.byte(self.position), Some(b'-' | b'+')));
        let at = self.position + trim;
        let closes = self.byte(at) == Some(close) && self.byte(at + 1) == Some(b'}');
        if closes {
            self.push(TokenKind::Close, at + 2);
        }
        closes
    }

    fn inside(&mut self) {
        let Some(first) = self.rest().chars().next() else { return };
        let length = |rest: &str, test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        match first {
            _ if first.is_whitespace() => self.position += length(self.rest(), char::is_whitespace),
            '"' | '\'' => self.push(TokenKind::String, self.position + string_length(self.rest(), first)),
            '0'..='9' => {
                let end = self.position + length(self.rest(), |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
                self.push(TokenKind::Number, end);
            }
            _ if first.is_alphabetic() || first == '_' => {
                let end = self.position + length(self.rest(), |c| c.is_alphanumeric() || c == '_');
                self.push(TokenKind::Identifier, end);
            }
            _ => {
                match first {
                    '(' | '[' | '{' => self.open_brackets += 1,
                    ')' | ']' | '}' => self.open_brackets -= 1,
                    _ => {}
                }
                self.push(TokenKind::Sign, self.position + first.len_utf8());
            }
        }
    }

    /// Whether the tokens from `first` on are exactly a `{% raw %}` tag.
    fn is_raw(&self, first: usize) -> bool {
        match self.tokens.get(first..) {
            Some([_, name, close]) => {
                name.kind == TokenKind::Identifier
                    && close.kind == TokenKind::Close
                    && self.text.get(name.range.clone()) == Some("raw")
            }
            _ => false,
        }
    }

    /// Moves to the `{% endraw %}` tag, or the end.
    fn skip_raw(&mut self) {
        let mut from = 0;
        while let Some(found) = self.rest().get(from..).and_then(|rest| rest.find("{%")) {
            let at = from + found;
            let inner = self.rest().get(at + 2..).unwrap_or_default();
            if inner.trim_start_matches(['-', '+']).trim_start().starts_with("endraw") {
                self.position += at;
                return;
            }
            from = at + 2;
        }
        self.position = self.end;
    }
}

fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_does_not_end_inside_a_bracket() {
        let closes = |text: &str| pieces(text).into_iter().filter(|(kind, _)| *kind == TokenKind::Close).count();
        assert_eq!(closes("{{ {'a': {'b': 1}} }}{{ x }}"), 2);
        assert_eq!(closes("{{{{}}'"), 0);
    }

    fn pieces(text: &str) -> Vec<(TokenKind, &str)> {
        lex(text, 0..text.len()).into_iter().map(|token| (token.kind, &text[token.range])).collect()
    }

    #[test]
    fn tags_strings_and_raw() {
        use TokenKind::{Close, Comment, Identifier, OpenBlock, OpenExpression, Sign, String};
        assert_eq!(
            pieces("a { b {{- x.y | f('}}\\'') -}} {# {{ no }} #}{% raw %}{{ z }}{% endraw %}"),
            [
                (OpenExpression, "{{-"),
                (Identifier, "x"),
                (Sign, "."),
                (Identifier, "y"),
                (Sign, "|"),
                (Identifier, "f"),
                (Sign, "("),
                (String, "'}}\\''"),
                (Sign, ")"),
                (Close, "-}}"),
                (Comment, "{# {{ no }} #}"),
                (OpenBlock, "{%"),
                (Identifier, "raw"),
                (Close, "%}"),
                (OpenBlock, "{%"),
                (Identifier, "endraw"),
                (Close, "%}"),
            ]
        );
    }

    #[test]
    fn broken_tags_end_with_the_text() {
        for text in ["{{", "{{ 'a", "{# x", "{% raw %} {{ a", "{% for ü in é", "{", "{%-"] {
            let tokens = lex(text, 0..text.len());
            assert!(tokens.iter().all(|token| token.range.end <= text.len() && !token.range.is_empty()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_ordered_ranges_on_character_edges(text in "[{}%#a\"'|. ü\\-\n]{0,60}") {
            let mut last = 0;
            for token in lex(&text, 0..text.len()) {
                proptest::prop_assert!(token.range.start >= last);
                proptest::prop_assert!(text.get(token.range.clone()).is_some());
                last = token.range.end;
            }
        }
    }
}
