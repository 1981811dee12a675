//! Texts on a page: none of them is ever markup.

use std::borrow::Cow;
use std::fmt::Write;

/// A text as content or as an attribute's value. Control characters, and marks that turn the direction of text around, are
/// named instead.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|one| matches!(one, '&' | '<' | '>' | '"' | '\'') || is_hidden(one)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            hidden if is_hidden(hidden) => {
                // Writing to a string does not fail.
                let _ = write!(safe, "⟨U+{:04X}⟩", u32::from(hidden));
            }
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// JSON inside a script element: it cannot end the element, nor open a comment in it.
pub(super) fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e")
}

fn is_hidden(one: char) -> bool {
    (one.is_control() && !matches!(one, '\n' | '\t'))
        || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_is_left() {
        assert_eq!(escape("<b onx='1'>&\"</b>"), "&lt;b onx=&#39;1&#39;&gt;&amp;&quot;&lt;/b&gt;");
        assert_eq!(escape("a\u{1b}[2J\u{202e}b\n"), "a⟨U+001B⟩[2J⟨U+202E⟩b\n");
        assert_eq!(inside_script("\"</script><!--\""), "\"\\u003c/script\\u003e\\u003c!--\"");
        assert!(matches!(escape("plain – é"), Cow::Borrowed(_)));
    }
}
