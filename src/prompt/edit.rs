//! Changing one value of a front matter by replacing a few bytes: everything else in the file stays as it was written.

use std::ops::Range;

use serde_json::{Map, Value};

use super::front::{self, Front};
use super::yaml::{self, Data, Entry, Node};

/// A replacement of some bytes of a text: what an editor applies as one undo step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes in their place.
    pub replacement: String,
}

impl TextEdit {
    /// The text after the edit. An edit that does not fit the text leaves it alone.
    pub fn apply(&self, text: &str) -> String {
        match (text.get(..self.range.start), text.get(self.range.end..)) {
            (Some(before), Some(after)) => [before, &self.replacement, after].concat(),
            _ => text.to_owned(),
        }
    }
}

/// Why a front matter cannot be changed by such an edit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The YAML cannot be read, so nothing in it can be found.
    #[error("the front matter is not valid YAML: {0}")]
    Unreadable(String),
    /// The value is written in a way that cannot be replaced safely.
    #[error("`metadata.fourfold.{0}` is written in a form that only a person should change")]
    ByHand(String),
}

impl EditError {
    /// What the person can do next, in one sentence.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Mend the marked line first.",
            Self::ByHand(_) => "Change it in the editor.",
        }
    }
}

/// The edit that sets `metadata.fourfold.<key>` in a Prompty file. Nothing else changes: not a byte, not a comment.
pub fn set_own_field(text: &str, key: &str, value: &Value) -> Result<TextEdit, EditError> {
    let parts = front::split(text);
    let edit = match &parts.front {
        None if parts.unclosed.is_some() => return Err(EditError::Unreadable("it has no end".to_owned())),
        None => {
            let start = text.len() - text.trim_start_matches('\u{feff}').len();
            let newline = newline(text);
            let lines = ["---", "metadata:", "  fourfold:", &format!("    {key}: {value}"), "---", ""];
            insert(start, lines.join(newline))
        }
        Some(front) => {
            let root = read(text, front)?;
            place(text, front, root.as_ref(), key, value).ok_or_else(|| EditError::ByHand(key.to_owned()))?
        }
    };
    // The edit is right if, and only if, this one value is what changed.
    let changed = edit.apply(text);
    let after = match front::split(&changed).front {
        Some(front) => read(&changed, &front)?.map_or(Value::Null, |node| node.to_json()),
        None => Value::Null,
    };
    let before = match &parts.front {
        Some(front) => read(text, front)?.map_or(Value::Null, |node| node.to_json()),
        None => Value::Null,
    };
    let body_kept = text.get(parts.body.clone()) == changed.get(front::split(&changed).body);
    if body_kept && with(before, key, value) == Some(after) { Ok(edit) } else { Err(EditError::ByHand(key.to_owned())) }
}

fn read(text: &str, front: &Front) -> Result<Option<Node>, EditError> {
    yaml::read(text, front.yaml.clone()).map_err(|fault| EditError::Unreadable(fault.message))
}

/// The front matter as it should be afterwards.
fn with(root: Value, key: &str, value: &Value) -> Option<Value> {
    let object = |value: Value| match value {
        Value::Null => Some(Map::new()),
        Value::Object(map) => Some(map),
        _ => None,
    };
    let mut root = object(root)?;
    let mut metadata = object(root.get("metadata").cloned().unwrap_or_default())?;
    let mut own = object(metadata.get("fourfold").cloned().unwrap_or_default())?;
    own.insert(key.to_owned(), value.clone());
    metadata.insert("fourfold".to_owned(), Value::Object(own));
    root.insert("metadata".to_owned(), Value::Object(metadata));
    Some(Value::Object(root))
}

fn insert(at: usize, replacement: String) -> TextEdit {
    TextEdit { range: at..at, replacement }
}

/// Where the value goes, and in which form. `None` where only a person should decide.
fn place(text: &str, front: &Front, root: Option<&Node>, key: &str, value: &Value) -> Option<TextEdit> {
    let newline = newline(text);
    let end = front.yaml.end;
    let Some(metadata) = root.and_then(|root| root.entry("metadata")) else {
        let lines = ["metadata:", "  fourfold:", &format!("    {key}: {value}"), ""];
        return Some(insert(end, lines.join(newline)));
    };
    let Some(own) = metadata.value.entry("fourfold") else {
        let (block, flow) =
            ([format!("fourfold:{newline}"), format!("{key}: {value}")], format!("fourfold: {{{key}: {value}}}"));
        return child(text, metadata, &block, &flow);
    };
    let Some(field) = own.value.entry(key) else {
        return child(text, own, &[format!("{key}: {value}")], &format!("{key}: {value}"));
    };
    let written = text.get(field.value.range.clone())?;
    match &field.value.data {
        Data::Scalar(_) if !written.is_empty() && !written.starts_with(['|', '>']) => {
            Some(TextEdit { range: field.value.range.clone(), replacement: value.to_string() })
        }
        _ => None,
    }
}

/// Adds an entry as the first child of `parent`: in its own indentation, or inside its braces.
fn child(text: &str, parent: &Entry, block: &[String], flow: &str) -> Option<TextEdit> {
    let value = text.get(parent.value.range.clone())?;
    let newline = newline(text);
    let column = |offset: usize| {
        let line = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
        text.get(line..offset)
    };
    match &parent.value.data {
        Data::Map(entries) if value.starts_with('{') => {
            let separator = if entries.is_empty() { "" } else { ", " };
            Some(insert(parent.value.range.start + 1, format!("{flow}{separator}")))
        }
        Data::Map(entries) => {
            let first = entries.first()?.key_range.start;
            let indentation = column(first).filter(|before| before.chars().all(|c| c == ' '))?;
            Some(insert(first - indentation.len(), lines(block, indentation, newline)))
        }
        // `metadata:` with nothing behind it, or only a comment.
        Data::Scalar(Value::Null) => {
            let before = column(parent.key_range.start).filter(|before| before.chars().all(|c| c == ' '))?;
            let rest = text.get(parent.key_range.end..)?;
            let line = rest.split_inclusive('\n').next()?;
            let behind = line.trim_start().strip_prefix(':')?.trim();
            if !(behind.is_empty() || behind.starts_with('#')) || !line.ends_with('\n') {
                return None;
            }
            Some(insert(parent.key_range.end + line.len(), lines(block, &format!("{before}  "), newline)))
        }
        _ => None,
    }
}

/// The lines of an entry, each child two spaces deeper than its parent.
fn lines(block: &[String], indentation: &str, newline: &str) -> String {
    let mut text = String::new();
    for (depth, line) in block.iter().enumerate() {
        text.push_str(indentation);
        text.push_str(&"  ".repeat(depth));
        text.push_str(line.trim_end());
        text.push_str(newline);
    }
    text
}

/// The line end the text uses first.
fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|before| before.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// The text of a new Prompty file (v2) with these variables.
pub fn new_prompty(name: &str, variables: &[&str]) -> String {
    let mut lines = vec!["---".to_owned(), format!("name: {}", Value::from(name))];
    if !variables.is_empty() {
        lines.push("inputs:".to_owned());
        lines.extend(variables.iter().map(|variable| format!("  - name: {variable}\n    kind: string")));
    }
    lines.extend(["---", "system:", "You are a careful assistant.", "", "user:"].map(str::to_owned));
    lines.extend(variables.iter().map(|variable| format!("{{{{ {variable} }}}}")));
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::parse::{Prompt, PromptKind};
    use super::*;

    fn set(text: &str, value: &Value) -> Result<String, EditError> {
        set_own_field(text, "note", value).map(|edit| edit.apply(text))
    }

    #[test]
    fn a_field_is_set_in_every_kind_of_front_matter() {
        for (before, after) in [
            ("user:\nhi", "---\nmetadata:\n  fourfold:\n    note: \"x\"\n---\nuser:\nhi"),
            ("---\n---\nhi", "---\nmetadata:\n  fourfold:\n    note: \"x\"\n---\nhi"),
            (
                "---\r\nname: a # c\r\n---\r\nhi",
                "---\r\nname: a # c\r\nmetadata:\r\n  fourfold:\r\n    note: \"x\"\r\n---\r\nhi",
            ),
            (
                "---\nmetadata:\n     # odd\n     authors: [a]\n\nzzz:   1\n---\nhi",
                "---\nmetadata:\n     # odd\n     fourfold:\n       note: \"x\"\n     authors: [a]\n\nzzz:   1\n---\nhi",
            ),
            ("---\nmetadata: {a: 1}\n---\nhi", "---\nmetadata: {fourfold: {note: \"x\"}, a: 1}\n---\nhi"),
            ("---\nmetadata: {}\n---\nhi", "---\nmetadata: {fourfold: {note: \"x\"}}\n---\nhi"),
            (
                "---\nmetadata: # none\nb: 1\n---\nhi",
                "---\nmetadata: # none\n  fourfold:\n    note: \"x\"\nb: 1\n---\nhi",
            ),
            (
                "---\nmetadata:\n  fourfold:\n    other: 1 # keep\n---\nhi",
                "---\nmetadata:\n  fourfold:\n    note: \"x\"\n    other: 1 # keep\n---\nhi",
            ),
            (
                "---\nmetadata:\n  fourfold:\n    note:   'old'   # keep\n---\nhi",
                "---\nmetadata:\n  fourfold:\n    note:   \"x\"   # keep\n---\nhi",
            ),
            ("---\nmetadata: {fourfold: {note: 3}}\n---\nhi", "---\nmetadata: {fourfold: {note: \"x\"}}\n---\nhi"),
        ] {
            assert_eq!(set(before, &json!("x")).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_safely_is_left_to_a_person() {
        for text in [
            "---\nmetadata: text\n---\nhi",
            "---\nmetadata:\n  fourfold:\n    note: |\n      a\n---\nhi",
            "---\nmetadata:\n  fourfold:\n    note:\n      - a\n---\nhi",
            "---\nmetadata: [1\n---\nhi",
            "---\nname: never closed\n",
        ] {
            assert!(set(text, &json!("x")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_file_is_v2_and_has_no_faults() {
        let text = new_prompty("order: extraction", &["order", "city"]);
        let prompt = Prompt::parse(&text, PromptKind::Prompty);
        assert_eq!(prompt.problems(), []);
        assert_eq!(prompt.variables(), ["order", "city"]);
        assert_eq!(prompt.header().name.as_deref(), Some("order: extraction"));
    }

    proptest! {
        #[test]
        fn everything_but_the_field_survives_byte_for_byte(
            keys in proptest::collection::vec("(#[ a-zäöü:{]{0,8}\n|\n|[a-c]x: [a-z0-9ü ]{0,6}\n|[d-f]x:   # c\n|gx: \\|\n    deep: [ü#]\n|hx:\n   - 1\n   - \\{a: b\\}\n)", 0..5),
            own in "(|metadata:\n|metadata: \\{\\}\n|metadata:\n    z: 1 # c\n|metadata:\n  fourfold:\n       k:  2\n|metadata:\n  fourfold:\n       note:  2 # c\n)",
            body in "\\PC{0,20}",
            value in prop_oneof![Just(json!(3)), Just(json!("a: #b\n\"c\"")), Just(json!([1, {"a": null}])), Just(json!(true))],
        ) {
            let text = format!("---\n{}{own}---\n{body}", keys.concat());
            match set_own_field(&text, "note", &value) {
                Ok(edit) => {
                    let changed = edit.apply(&text);
                    // Taking the edit back gives the old file: nothing outside of it was touched.
                    let kept_before = &text[..edit.range.start];
                    let kept_after = &text[edit.range.end..];
                    prop_assert!(changed.starts_with(kept_before) && changed.ends_with(kept_after));
                    prop_assert_eq!(changed.len(), kept_before.len() + edit.replacement.len() + kept_after.len());
                    let prompt = Prompt::parse(&changed, PromptKind::Prompty);
                    prop_assert_eq!(prompt.header().fourfold.get("note"), Some(&value));
                    // Setting the same value again changes nothing, where a scalar can be replaced.
                    if let Ok(again) = set_own_field(&changed, "note", &value) {
                        prop_assert_eq!(again.apply(&changed), changed);
                    }
                }
                // Only a front matter that cannot be read (a key twice, say) may refuse.
                Err(error) => prop_assert!(matches!(error, EditError::Unreadable(_)), "{}\n{}", error, text),
            }
        }
    }
}
