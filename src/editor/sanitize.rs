//! Makes pasted text safe to keep: line ends become line feeds, terminal escape sequences and control characters go.
//! Invisible characters stay, because they may be meant; the display shows them.

/// An unterminated operating-system command must not swallow the rest of the paste.
const COMMAND_LIMIT: usize = 4096;

/// The text with `\n` as its only line end and without escape sequences or control characters other than tab.
pub fn sanitize(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(is_suspect) {
        let (before, from) = rest.split_at(index);
        clean.push_str(before);
        let mut characters = from.chars();
        match characters.next() {
            Some('\r') => {
                clean.push('\n');
                rest = characters.as_str();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            Some('\u{1b}') => rest = skip_escape(characters.as_str()),
            _ => rest = characters.as_str(),
        }
    }
    clean.push_str(rest);
    clean
}

fn is_suspect(character: char) -> bool {
    character.is_control() && character != '\n' && character != '\t'
}

/// What follows the escape sequence whose ESC has been read. Only a complete sequence is taken away whole.
fn skip_escape(rest: &str) -> &str {
    let bytes = rest.as_bytes();
    match bytes.first() {
        Some(b'[') => {
            let body = bytes.iter().skip(1).take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
            match bytes.get(1 + body) {
                Some(0x40..=0x7e) => rest.get(body + 2..).unwrap_or_default(),
                _ => rest,
            }
        }
        Some(b']' | b'P' | b'_' | b'^') => {
            let end = bytes.iter().take(COMMAND_LIMIT).position(|byte| matches!(byte, 0x07 | 0x1b | b'\n'));
            match end.and_then(|end| bytes.get(end).map(|byte| (end, *byte))) {
                Some((end, 0x07)) => rest.get(end + 1..).unwrap_or_default(),
                Some((end, 0x1b)) if bytes.get(end + 1) == Some(&b'\\') => rest.get(end + 2..).unwrap_or_default(),
                _ => rest,
            }
        }
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pasted_text_is_cleaned() {
        let table = [
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("\r\r\n\n", "\n\n\n"),
            ("tab\tstays", "tab\tstays"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("end\u{1b}[201~marker", "endmarker"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://a\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]unterminated\nrest", "]unterminated\nrest"),
            ("\u{1b}[", "["),
            ("nul\0bell\u{7}c1\u{9b}del\u{7f}", "nulbellc1del"),
            ("bidi\u{202e}stays", "bidi\u{202e}stays"),
        ];
        for (pasted, clean) in table {
            assert_eq!(sanitize(pasted), clean, "{pasted:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_controls_a_terminal_survives(text in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f]|\u{1b}\\[|\u{1b}\\])*") {
            let clean = sanitize(&text);
            prop_assert!(!clean.chars().any(is_suspect));
            prop_assert_eq!(sanitize(&clean), clean);
        }
    }
}
