//! Texts on a page: none of them is ever markup.

use std::borrow::Cow;
use std::fmt::Write;

use crate::characters::Context;

/// A text as content or as an attribute's value. Control characters, and what cannot be seen or turns the direction of
/// text around, are named instead.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t') && !b"&<>\"'".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut context = Context::default();
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        if matches!(one, '\n' | '\t') {
            safe.push(one);
            context.stands_for(one);
            continue;
        }
        if !context.keeps(one, characters.peek().copied()) {
            // Writing to a string does not fail.
            let _ = write!(safe, "⟨U+{:04X}⟩", u32::from(one));
            context.stands_for('⟩');
            continue;
        }
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// JSON inside a script element: it cannot end the element, nor open a comment in it.
pub(super) fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::all_invisible;

    #[test]
    fn nothing_hostile_is_left() {
        assert_eq!(escape("<b onx='1'>&\"</b>"), "&lt;b onx=&#39;1&#39;&gt;&amp;&quot;&lt;/b&gt;");
        assert_eq!(escape("a\u{1b}[2J\u{202e}b\n"), "a⟨U+001B⟩[2J⟨U+202E⟩b\n");
        assert_eq!(inside_script("\"</script><!--\""), "\"\\u003c/script\\u003e\\u003c!--\"");
        assert!(matches!(escape("plain – é\n"), Cow::Borrowed(_)));
        for one in all_invisible() {
            assert_eq!(escape(&format!("a{one}b")), format!("a⟨U+{:04X}⟩b", u32::from(one)));
        }
        assert!(!escape("👩\n\u{200d}🚀").contains('\u{200d}'));
        // Emoji, and scripts that spell with joiners, are what they were.
        for spelled in ["👩\u{200d}🚀 ❤\u{fe0f}", "می\u{200c}خواهم"] {
            assert_eq!(escape(spelled), spelled);
        }
    }
}
