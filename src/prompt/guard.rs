//! Templates the engine must not see, because it would panic rather than refuse them: tags of tens of thousands of words,
//! and faults of spelling on lines longer than the columns it can count (65,535).

use std::ops::Range;

use super::lexer::{Token, TokenKind};

/// The most words and signs in one tag.
const LONGEST_TAG: usize = 10_000;
/// Lines longer than this are checked here first.
const LONG_LINE: usize = 60_000;
/// Signs the engine knows inside a tag.
const SIGNS: &str = "+-*/%!=<>()[]{},.:|~";

/// Something the engine must not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) range: Range<usize>,
    pub(crate) message: &'static str,
}

/// The first such fault in `text[body]`, given its tokens.
pub(crate) fn find(text: &str, body: Range<usize>, tokens: &[Token]) -> Option<Fault> {
    let source = text.get(body.clone()).unwrap_or_default();
    let spelling = source.split('\n').any(|line| line.len() > LONG_LINE);
    let mut opened: Option<(usize, &Token)> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenBlock | TokenKind::OpenExpression => opened = Some((index, token)),
            TokenKind::Close => opened = None,
            _ => {}
        }
        if let Some((first, open)) = opened
            && index - first > LONGEST_TAG
        {
            return Some(Fault { range: open.range.clone(), message: "this tag is too long" });
        }
        let message = if spelling { misspelt(text, token) } else { None };
        if let Some(message) = message {
            return Some(Fault { range: token.range.clone(), message });
        }
    }
    let unclosed = opened.map(|(_, open)| Fault { range: open.range.clone(), message: "this tag is never closed" });
    unclosed.or_else(|| raw_without_end(text, tokens)).filter(|_| spelling)
}

fn misspelt(text: &str, token: &Token) -> Option<&'static str> {
    let written = text.get(token.range.clone())?;
    let after = text.get(token.range.end..).unwrap_or_default();
    let ends_with_quote = written.len() > 1 && written.chars().next() == written.chars().next_back();
    match token.kind {
        TokenKind::Comment if !written.ends_with("#}") || written.len() < 4 => Some("this comment is never closed"),
        TokenKind::String if !ends_with_quote => Some("this text is never closed"),
        TokenKind::Identifier if !written.is_ascii() => Some("a name may only hold letters a to z, digits and `_`"),
        TokenKind::Number if written.parse::<u64>().is_err() && written.parse::<f64>().is_err() => {
            Some("this is not a number")
        }
        TokenKind::Sign if !SIGNS.contains(written) || (written == "!" && !after.starts_with('=')) => {
            Some("this sign has no meaning here")
        }
        _ => None,
    }
}

/// A `{% raw %}` that the text ends in: its tag is the last one.
fn raw_without_end(text: &str, tokens: &[Token]) -> Option<Fault> {
    match tokens {
        [.., open, name, _close]
            if open.kind == TokenKind::OpenBlock && text.get(name.range.clone()) == Some("raw") =>
        {
            Some(Fault { range: open.range.clone(), message: "this raw block is never closed" })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::super::parse::{Prompt, PromptKind};
    use super::*;

    #[test]
    fn what_would_panic_the_engine_is_marked_instead() {
        let long = "x".repeat(70_000);
        for (broken, expected) in [
            ("{{ 'a", "this text is never closed"),
            ("{# a", "this comment is never closed"),
            ("{% raw %} a", "this raw block is never closed"),
            ("{{ a ; }}", "this sign has no meaning here"),
            ("{{ ä }}", "a name may only hold letters a to z, digits and `_`"),
            ("{{ 1_ }}", "this is not a number"),
            ("{{ 99999999999999999999999999999999999999999x }}", "this is not a number"),
            ("{{ a", "this tag is never closed"),
            ("{{ a ! b }}", "this sign has no meaning here"),
        ] {
            let prompt = Prompt::parse(&format!("{long}{broken}"), PromptKind::Plain);
            let messages: Vec<&str> = prompt.problems().iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(messages, [expected], "{broken}");
        }
        let many = format!("{{{{ f({}1) }}}}", "1,".repeat(70_000));
        assert_eq!(Prompt::parse(&many, PromptKind::Plain).problems()[0].message, "this tag is too long");
        let fine = format!("{long}{{{{ a.b[0] | f('x', 1.5) != 2 }}}}{{# c #}}{{% raw %}}{{% endraw %}}");
        assert_eq!(find(&fine, 0..fine.len(), &lex(&fine, 0..fine.len())), None);
    }

    proptest::proptest! {
        #[test]
        fn no_long_line_makes_the_engine_panic(text in "(\\{\\{|\\}\\}|\\{%|%\\}|\\{#|#\\}| raw | endraw | if |'|\"|;|ä|1_|9e|!|=|\\\\|\n| a ){0,12}") {
            Prompt::parse(&format!("{}{text}", "x".repeat(66_000)), PromptKind::Plain);
        }
    }
}
