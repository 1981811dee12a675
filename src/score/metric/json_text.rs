//! Finding the JSON in an answer: the whole text, or a fenced block, or a value after leading prose.

use serde_json::Value;

/// Where the JSON value of an answer stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The whole answer, white space aside, is one JSON value.
    Whole,
    /// Inside a fenced block.
    Fenced,
    /// Among other words.
    AmongProse,
}

/// The text is not JSON, and why it is not when read as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotJson {
    /// The parser's message with line and column.
    pub(super) reason: String,
}

/// Reads one JSON value out of `text`, the strictest reading first.
pub(super) fn read(text: &str) -> Result<(Value, Place), NotJson> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, Place::Whole)),
        Err(error) => error,
    };
    if let Some(value) = fenced(text) {
        return Ok((value, Place::Fenced));
    }
    if let Some(value) = among_prose(text) {
        return Ok((value, Place::AmongProse));
    }
    Err(NotJson { reason: if text.trim().is_empty() { "empty".to_owned() } else { error.to_string() } })
}

/// The object or list that the whole text is, if it is one: what makes a reference one with fields.
pub(super) fn structured(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

fn fenced(text: &str) -> Option<Value> {
    let mut lines = text.split_inclusive('\n');
    let mut offset = 0;
    while let Some(line) = lines.next() {
        offset += line.len();
        if !line.trim_start().starts_with("```") {
            continue;
        }
        let start = offset;
        let mut end = start;
        for inner in lines.by_ref() {
            offset += inner.len();
            if inner.trim_start().starts_with("```") {
                break;
            }
            end = offset;
        }
        if let Some(value) = text.get(start..end).and_then(|block| serde_json::from_str(block).ok()) {
            return Some(value);
        }
    }
    None
}

/// The first object or array that parses. A plain number or word among prose is not taken for an answer.
fn among_prose(text: &str) -> Option<Value> {
    // Each try may read to the end of the text, so their number is limited.
    const TRIES: usize = 64;
    text.match_indices(['{', '[']).take(TRIES).find_map(|(start, _)| {
        let rest = text.get(start..)?;
        serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_value_and_says_where() {
        let table = [
            ("{\"a\": 1}\n", json!({"a": 1}), Place::Whole),
            ("  7.0 ", json!(7.0), Place::Whole),
            ("```json\n{\"a\": 1}\n```", json!({"a": 1}), Place::Fenced),
            ("Here you are:\n\n```\n[1]\n```\nAnything else?", json!([1]), Place::Fenced),
            ("```python\nx = {}\n```\n```json\n{\"b\": 2}\n```", json!({"b": 2}), Place::Fenced),
            ("```json\n{\"cut\": true}", json!({"cut": true}), Place::Fenced),
            ("The order is {\"a\": [1, {}]} as asked.", json!({"a": [1, {}]}), Place::AmongProse),
            ("see [the note] {\"a\": 1}", json!({"a": 1}), Place::AmongProse),
        ];
        for (text, value, place) in table {
            assert_eq!(read(text), Ok((value, place)), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_says_why() {
        for (text, part) in
            [("", "empty"), ("{\"a\": 1,}", "line 1 column 9"), ("forty-two", "line 1"), ("{'a': 1}", "line 1")]
        {
            let reason = read(text).unwrap_err().reason;
            assert!(reason.contains(part), "{text:?}: {reason}");
        }
    }

    #[test]
    fn hostile_text_ends_soon_and_does_not_overflow_the_stack() {
        assert!(read(&"[".repeat(1_000_000)).is_err());
        assert!(read(&"{\"a\":".repeat(200_000)).is_err());
        assert!(read(&"[0,".repeat(300_000)).is_err());
    }
}
