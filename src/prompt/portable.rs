//! Which constructs other Prompty readers may not know: the format promises only a small part of Jinja2.
//!
//! The promise, from the format's grammar: names with `.` and `[…]`, `if`/`elif`/`else`, `for` with `loop`, comments, trim
//! signs, comparisons, `and`/`or`/`not`/`in`, and seven filters.

use std::ops::Range;

use super::lexer::{Token, TokenKind};
use super::problem::Marks;
use super::variables::{Part, parts};

const TAGS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
const FILTERS: [&str; 7] = ["upper", "lower", "trim", "join", "length", "default", "replace"];
/// More notes than this help nobody.
const MOST: usize = 50;

/// Notes every construct outside the portable part.
pub(crate) fn mark(text: &str, tokens: &[Token], marks: &mut Marks<'_>) {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut in_expression = false;
    let kinds = parts(text, tokens);
    let word = |index: usize| tokens.get(index).and_then(|token| text.get(token.range.clone())).unwrap_or_default();
    for (index, (token, part)) in tokens.iter().zip(&kinds).enumerate() {
        let name = word(index);
        let opens_tag = index > 0 && tokens.get(index - 1).is_some_and(|before| before.kind == TokenKind::OpenBlock);
        let what = match token.kind {
            TokenKind::OpenBlock | TokenKind::OpenExpression => {
                in_expression = token.kind == TokenKind::OpenExpression;
                None
            }
            TokenKind::Identifier if opens_tag => tag(name, &mut open),
            TokenKind::Identifier => match (part, name) {
                (Some(Part::Filter), _) if index > 0 && word(index - 1) == "|" => {
                    (!FILTERS.contains(&name)).then(|| format!("the filter `{name}`"))
                }
                (Some(Part::Filter), _) if word(index + 1) == "(" => Some(format!("the function `{name}()`")),
                (Some(Part::Attribute), _) if word(index + 1) == "(" => Some(format!("the method `.{name}()`")),
                (Some(Part::Keyword), "is") => Some("a test (`is …`)".to_owned()),
                (Some(Part::Keyword), "if") if in_expression => Some("`if` inside an expression".to_owned()),
                _ => None,
            },
            TokenKind::Sign => {
                let before = index.checked_sub(1).and_then(|index| Some((tokens.get(index)?, *kinds.get(index)?)));
                let before_is_value = before.is_some_and(|(token, part)| is_value(token, part));
                sign(name, index.checked_sub(1).map_or("", word), before_is_value)
            }
            TokenKind::Comment | TokenKind::Close | TokenKind::Number | TokenKind::String => None,
        };
        found.extend(what.map(|what| (token.range.clone(), what)));
    }
    for (range, what) in found.into_iter().take(MOST) {
        marks.note(
            range,
            format!("{what} is outside Prompty's portable part of Jinja2"),
            "It works here; other Prompty readers may refuse it.",
        );
    }
}

fn tag<'a>(name: &'a str, open: &mut Vec<&'a str>) -> Option<String> {
    match name {
        "if" | "for" => open.push(name),
        "endif" | "endfor" => {
            open.pop();
        }
        "else" if open.last() == Some(&"for") => return Some("`for … else`".to_owned()),
        _ => {}
    }
    (!TAGS.contains(&name)).then(|| format!("the tag `{{% {name} %}}`"))
}

/// What a sign says that is not portable. `before` is the text of the token before it.
fn sign(sign: &str, before: &str, before_is_value: bool) -> Option<String> {
    match sign {
        "-" if !before_is_value => None,
        "+" | "-" | "*" | "/" | "%" => Some("arithmetic".to_owned()),
        "~" => Some("joining with `~`".to_owned()),
        "[" if !before_is_value && !matches!(before, "]" | ")") => Some("a list literal".to_owned()),
        _ => None,
    }
}

/// Whether a token is the end of a value.
fn is_value(token: &Token, part: Option<Part>) -> bool {
    match token.kind {
        TokenKind::Number | TokenKind::String => true,
        TokenKind::Identifier => part != Some(Part::Keyword),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::super::lines::Lines;
    use super::*;

    fn notes(text: &str) -> Vec<String> {
        let lines = Lines::new(text);
        let mut marks = Marks::new(text, &lines);
        mark(text, &lex(text, 0..text.len()), &mut marks);
        marks
            .found
            .into_iter()
            .map(|problem| problem.message.replace(" is outside Prompty's portable part of Jinja2", ""))
            .collect()
    }

    #[test]
    fn the_portable_part_has_no_notes() {
        let text = "{# c #}{%- if a.b[0][1] == -1 and not c in d or e > 2 -%}{{ x | join(', ') | default(\"-\") }}{% elif y %}\
                    {% for i in l %}{{ loop.index }}{% endfor %}{% else %}{% endif %}";
        assert_eq!(notes(text), Vec::<String>::new());
    }

    #[test]
    fn everything_else_is_noted() {
        for (text, expected) in [
            ("{% set a = 1 %}", "the tag `{% set %}`"),
            ("{% include 'x' %}", "the tag `{% include %}`"),
            ("{{ a | tojson }}", "the filter `tojson`"),
            ("{{ range(3) }}", "the function `range()`"),
            ("{{ a.upper() }}", "the method `.upper()`"),
            ("{% if a is defined %}{% endif %}", "a test (`is …`)"),
            ("{{ a if b }}", "`if` inside an expression"),
            ("{{ a + 1 }}", "arithmetic"),
            ("{{ a ~ b }}", "joining with `~`"),
            ("{% for a in [1, 2] %}{% endfor %}", "a list literal"),
            ("{% for a in b %}{% else %}{% endfor %}", "`for … else`"),
        ] {
            assert_eq!(notes(text), [expected], "{text}");
        }
    }
}
