//! Sentences of the program over several lines.

use super::{display_width, sanitise_line, truncate_to_width};

/// A sentence over as many lines as it needs; those after the first stand under its words. Nothing for no words.
pub fn fold(text: &str, width: usize) -> Vec<String> {
    let text = sanitise_line(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (index, word) in text.split(' ').enumerate() {
        if !line.trim().is_empty() && display_width(&line) + 1 + display_width(word) > width {
            lines.push(std::mem::replace(&mut line, " ".to_owned()));
        }
        if index > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty());
    lines.into_iter().map(|line| truncate_to_width(&line, width).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_folded_at_words_and_hangs_under_its_sign() {
        let lines = fold("! here: unexpected end of input", 16);
        assert_eq!(lines, ["! here:", "  unexpected end", "  of input"]);
        assert_eq!(fold("  close it with }}", 40), ["  close it with }}"]);
        assert_eq!(fold("  ", 40), [""; 0]);
        assert_eq!(fold("! averylongwordindeed", 8).len(), 2);
    }
}
