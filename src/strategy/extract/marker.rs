//! The answer after its marker: everything behind the last line that begins with it.

use std::ops::Range;

use super::trimmed;
use crate::strategy::task::Extraction;

pub(super) fn read(text: &str, marker: &str) -> Extraction {
    let Some(start) = after_last(text, marker) else {
        return Extraction::Unparsed { why: format!("no line begins with \"{marker}\"") };
    };
    let (range, fenced) = inside_fence(text, trimmed(text, start..text.len()));
    let how = if fenced {
        format!("in the code block after the last \"{marker}\"")
    } else {
        format!("after the last \"{marker}\"")
    };
    super::part(text, range, how, &format!("nothing follows the last \"{marker}\""))
}

/// Where the text after the last marker begins. A line may put list, heading, quote or emphasis signs before the marker,
/// and emphasis signs around its colon.
pub(super) fn after_last(text: &str, marker: &str) -> Option<usize> {
    let mut end = text.len();
    for line in text.split_inclusive('\n').rev() {
        end -= line.len();
        let bare = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '#' | '>' | '-'));
        let lead = line.len() - bare.len();
        if let Some(length) = marker_length(bare, marker) {
            return Some(end + lead + length);
        }
    }
    None
}

/// The length of the marker at the beginning of `text`, letter case aside; `Answer**:` counts for `Answer:`.
fn marker_length(text: &str, marker: &str) -> Option<usize> {
    let plain = text.get(..marker.len()).filter(|start| start.eq_ignore_ascii_case(marker)).map(|_| marker.len());
    let length = plain.or_else(|| {
        let word = marker.strip_suffix(':')?.trim_end();
        let rest =
            text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).and(text.get(word.len()..))?;
        let after = rest.trim_start_matches(['*', '_', ' ']).strip_prefix(':')?;
        Some(text.len() - after.len())
    })?;
    // `**Answer:** 4`: the closing emphasis belongs to the marker, but `**` with text right behind opens a new one.
    let rest = text.get(length..)?;
    let closing = rest.len() - rest.trim_start_matches(['*', '_']).len();
    let closes = rest.get(closing..).is_none_or(|after| after.starts_with(char::is_whitespace) || after.is_empty());
    Some(if closes { length + closing } else { length })
}

/// If all of the range is one fenced code block, what is inside it.
fn inside_fence(text: &str, range: Range<usize>) -> (Range<usize>, bool) {
    let part = text.get(range.clone()).unwrap_or_default();
    let inside = part.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")).and_then(|rest| {
        let first = rest.find('\n')?;
        let body = rest.get(first + 1..)?;
        (!body.contains("```")).then_some(range.start + 3 + first + 1..range.end - 3)
    });
    match inside {
        Some(inside) => (trimmed(text, inside), true),
        None => (range, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(text: &str) -> Extraction {
        read(text, "Answer:")
    }

    #[test]
    fn answers_are_found_where_models_put_them() {
        for (text, expected) in [
            ("Two and two.\nAnswer: 4", "4"),
            ("Answer: 3\nNo, wait.\nAnswer: 4\n", "4"),
            ("x\n\n**Answer:** 4", "4"),
            ("x\n**Answer**: 4", "4"),
            ("x\n## answer: 4", "4"),
            ("x\nAnswer:\n{\n  \"a\": 1\n}\n", "{\n  \"a\": 1\n}"),
            ("x\nAnswer:\n```json\n{\"a\": 1}\n```\n", "{\"a\": 1}"),
            ("x\n- Answer: **bold** word", "**bold** word"),
            ("x\nAnswer: -5", "-5"),
            ("Answer: ünï\r\n", "ünï"),
        ] {
            let Extraction::Part { text: found, range, .. } = extract(text) else { panic!("{text}") };
            assert_eq!((found.as_str(), &text[range]), (expected, expected), "{text}");
        }
    }

    #[test]
    fn no_marker_is_no_answer() {
        for text in ["", "4", "The answer: 4", "Answer:", "x\nAnswer:  \n"] {
            assert!(matches!(extract(text), Extraction::Unparsed { .. }), "{text}");
        }
    }
}
