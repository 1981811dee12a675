//! Code without its comments, and Python without its docstrings, as codebleu 0.7.0 leaves it before it parses.

use std::borrow::Cow;

use super::super::metric::whitespace::trimmed;
use super::CodeLanguage;

mod python;

/// The code without comments. Where the reference fails to remove them (Python that cannot be tokenised), they stay.
pub(super) fn without_comments(language: CodeLanguage, code: &str) -> Cow<'_, str> {
    match language {
        CodeLanguage::Python => python::bare(code).map_or(Cow::Borrowed(code), |bare| Cow::Owned(inked_lines(&bare))),
        CodeLanguage::Ruby => Cow::Borrowed(code),
        _ => Cow::Owned(inked_lines(&without_slashes(code))),
    }
}

/// The lines that have more than white space.
fn inked_lines(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    for line in code.split('\n').filter(|line| !trimmed(line).is_empty()) {
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(line);
    }
    kept
}

/// Each `//` to the end of its line and each `/* */` becomes a blank; what stands between quotes stays. Quotes pair up over any
/// distance, so that a Rust lifetime takes what follows for a string: the reference does so too.
fn without_slashes(code: &str) -> String {
    let bytes = code.as_bytes();
    let mut kept = String::with_capacity(code.len());
    // What has no end from some place on has none later either.
    let mut block_may_end = true;
    let (mut copied, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        let rest = code.get(at..).unwrap_or_default();
        let (length, is_comment) = match byte {
            b'/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), true),
            b'/' if block_may_end && rest.starts_with("/*") => {
                let end = rest.get(2..).and_then(|inside| inside.find("*/"));
                block_may_end = end.is_some();
                (end.map_or(1, |end| end + 4), end.is_some())
            }
            b'\'' | b'"' => (quoted(rest.as_bytes(), *byte).unwrap_or(1), false),
            _ => (1, false),
        };
        if is_comment {
            kept.push_str(code.get(copied..at).unwrap_or_default());
            kept.push(' ');
            copied = at + length;
        }
        at += length;
        while !code.is_char_boundary(at) {
            at += 1;
        }
    }
    kept.push_str(code.get(copied..).unwrap_or_default());
    kept
}

/// The length of the string that begins here, both quotes counted; `None` where it does not end.
fn quoted(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            byte if *byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slashes() {
        for (code, bare) in [
            ("a(); // b\n\n/* c\n d */ e();", "a();  \n  e();"),
            ("s = \"// no\"; // yes", "s = \"// no\";  "),
            ("c = '\\''; /* x */", "c = '\\'';  "),
            ("a /* no end\n// end", "a /* no end"),
            ("fn f<'a>(x: &'a str) {} // kept? '", "fn f<'a>(x: &'a str) {}  "),
            ("it's // é\n'//'", "it's // é\n' "),
            ("", ""),
        ] {
            assert_eq!(without_comments(CodeLanguage::C, code), bare, "{code:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(code in "[/*'\"\\\\\n aé#]{0,40}") {
            let bare = without_slashes(&code);
            prop_assert!(bare.len() <= code.len() + 1);
            without_comments(CodeLanguage::Python, &code);
        }
    }
}
