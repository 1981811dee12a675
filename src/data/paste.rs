//! A case from the clipboard: a JSON object, a row of a table, `name: value` lines, or just the text.

use csv::ByteRecord;
use serde_json::{Map, Value};
use thiserror::Error;

use super::case::Case;
use super::mapping::{MESSAGE, Mapping};
use super::rows::{self, Separated};

/// The id of a pasted case that has none of its own.
pub const PASTED: &str = "pasted";

/// Why a pasted text is no case.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PasteError {
    /// There is nothing in it.
    #[error("there is nothing to paste")]
    Empty,
    /// It begins like JSON and is not.
    #[error("the pasted text is not a case: {0}")]
    Json(String),
    /// No known form fits.
    #[error("the pasted text has no names for its values")]
    NoNames {
        /// The names a case needs here.
        expected: Vec<String>,
    },
}

impl PasteError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "Copy a case first.".to_owned(),
            Self::Json(_) => "Paste one JSON object, such as {\"order\": \"…\"}.".to_owned(),
            Self::NoNames { expected } if expected.is_empty() => "Write `name: value`, one per line.".to_owned(),
            Self::NoNames { expected } => {
                let lines: Vec<String> = expected.iter().map(|name| format!("`{name}: …`")).collect();
                format!("Write {}, one per line, or a JSON object.", lines.join(", "))
            }
        }
    }
}

/// Makes a case of a pasted text. `expected` are the variables the prompt uses (or the data set's columns), in order.
pub fn parse_case(text: &str, expected: &[String], mapping: &Mapping) -> Result<Case, PasteError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(PasteError::Empty);
    }
    let conversation = conversation(trimmed);
    let list = conversation.is_some();
    let row = if let Some(messages) = conversation {
        Map::from_iter([("messages".to_owned(), messages)])
    } else if trimmed.starts_with('{') && (trimmed.ends_with('}') || !trimmed.starts_with("{{")) {
        rows::json(trimmed.as_bytes()).map_err(PasteError::Json)?
    } else {
        table(trimmed, expected)
            .or_else(|| named_lines(trimmed, expected, mapping))
            .or_else(|| whole(trimmed, expected))
            .ok_or_else(|| PasteError::NoNames { expected: expected.to_vec() })?
    };
    // A pasted case need not have a reference or an id.
    let present = |column: &Option<String>| column.clone().filter(|name| row.contains_key(name));
    let there = |column: &String| row.contains_key(column);
    let choices = if mapping.choices.iter().all(there) { mapping.choices.clone() } else { Vec::new() };
    let mapping = Mapping {
        reference: present(&mapping.reference),
        id: present(&mapping.id),
        turns: present(&mapping.turns),
        answer: present(&mapping.answer).filter(|_| choices.len() == mapping.choices.len()),
        choices,
        variables: mapping
            .variables
            .iter()
            .filter(|(_, column)| there(column))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect(),
        hide: mapping.hide.clone(),
        layout: mapping.layout,
        answer_as: mapping.answer_as,
        settled: mapping.settled,
    };
    let has_id = mapping.id.is_some() || row.contains_key("id");
    let mut case = mapping.case(row, 1).map_err(PasteError::Json)?;
    // In a pasted conversation the last user turn is what the prompt asks for, whatever it calls it.
    if let ([only], true) = (expected, list)
        && let Some(last) = case.variables.shift_remove(MESSAGE)
    {
        case.variables.insert(only.clone(), last);
    }
    if !has_id {
        PASTED.clone_into(&mut case.id);
    }
    Ok(case)
}

/// A JSON list of messages; other lists are text like any other.
fn conversation(text: &str) -> Option<Value> {
    let value: Value = text.starts_with('[').then(|| serde_json::from_str(text).ok())??;
    value.as_array()?.iter().any(|item| item.get("role").is_some()).then_some(value)
}

/// One row of separated values in the expected order, or a header line and one row.
fn table(text: &str, expected: &[String]) -> Option<Map<String, Value>> {
    [b'\t', b','].into_iter().find_map(|delimiter| {
        let mut reader = Separated::reader(delimiter, text.as_bytes());
        let records: Vec<ByteRecord> = reader.byte_records().collect::<Result<_, _>>().ok()?;
        match records.as_slice() {
            [row] if row.len() > 1 && row.len() == expected.len() => {
                Separated { delimiter, columns: expected.to_vec(), names: true }.row(row).ok()
            }
            [header, row] if header.len() > 1 && header.len() == row.len() => {
                let separated = Separated::new(delimiter, header).ok()?;
                let known = |column: &String| expected.contains(column);
                (!expected.is_empty() && separated.columns.iter().any(known)).then(|| separated.row(row).ok())?
            }
            _ => None,
        }
    })
}

/// `name: value` lines; lines without a name go on with the value before.
fn named_lines(text: &str, expected: &[String], mapping: &Mapping) -> Option<Map<String, Value>> {
    let mut row: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match name_of(line, expected, mapping) {
            Some((name, value)) if !row.iter().any(|(known, _)| *known == name) => row.push((name, value.to_owned())),
            _ => {
                let (_, value) = row.last_mut()?;
                value.push('\n');
                value.push_str(line);
            }
        }
    }
    Some(row.into_iter().map(|(name, value)| (name, Value::String(value.trim().to_owned()))).collect())
}

/// The name a line begins with. Where names are expected only those count, so that a letter's `Re: …` stays text.
fn name_of<'a>(line: &'a str, expected: &[String], mapping: &Mapping) -> Option<(String, &'a str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    if expected.is_empty() {
        let plain = !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        return plain.then(|| (name.to_owned(), value));
    }
    let special = ["id", "reference"].into_iter().chain(mapping.named().map(|(_, column)| column));
    let known = expected.iter().map(String::as_str).chain(special).find(|known| known.eq_ignore_ascii_case(name))?;
    Some((known.to_owned(), value))
}

/// The whole text as the only variable there is.
fn whole(text: &str, expected: &[String]) -> Option<Map<String, Value>> {
    match expected {
        [only] => Some(Map::from_iter([(only.clone(), Value::String(text.to_owned()))])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn paste(text: &str, expected: &[&str]) -> Result<(Value, Option<String>), PasteError> {
        let mapping = Mapping { reference: Some("answer".into()), ..Mapping::default() };
        let case = parse_case(text, &names(expected), &mapping)?;
        Ok((Value::Object(case.variables), case.reference))
    }

    #[test]
    fn every_form_of_a_case() {
        let two = ["subject", "body"];
        let wanted = json!({"subject": "Late, again", "body": "Where?"});
        for (text, expected) in [
            ("{\"subject\": \"Late, again\",\n \"body\": \"Where?\"}", &two[..]),
            ("\"Late, again\",Where?", &two[..]),
            ("Late, again\tWhere?", &two[..]),
            ("body,subject\nWhere?,\"Late, again\"\n", &two[..]),
            ("Subject: Late, again\nbody: Where?", &two[..]),
            ("subject: Late, again\nbody: Where?", &[]),
        ] {
            assert_eq!(paste(text, expected).unwrap(), (wanted.clone(), None), "{text}");
        }
    }

    #[test]
    fn long_values_and_references() {
        let (variables, reference) =
            paste("body: Dear all,\nRe: things\n\n  bye\nanswer: {\"a\": 1}", &["subject", "body"]).unwrap();
        assert_eq!(variables, json!({"body": "Dear all,\nRe: things\n\n  bye"}));
        assert_eq!(reference.as_deref(), Some("{\"a\": 1}"));
        let (variables, _) = paste("Marta wants 8 kettles: now, please.", &["order"]).unwrap();
        assert_eq!(variables, json!({"order": "Marta wants 8 kettles: now, please."}));
    }

    #[test]
    fn a_list_of_messages_is_a_conversation() {
        let text = r#"[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "And now?"}, {"role": "assistant", "content": "Later"}]"#;
        for (expected, name) in [(&["order"][..], "order"), (&["a", "b"], MESSAGE), (&[], MESSAGE)] {
            let case = parse_case(text, &names(expected), &Mapping::default()).unwrap();
            let said: Vec<&str> = case.turns.iter().map(|turn| turn.content.as_str()).collect();
            assert_eq!(said, ["Hi", "Hello"]);
            assert_eq!(case.variables.get(name), Some(&json!("And now?")));
            assert_eq!(case.reference.as_deref(), Some("Later"));
        }
        assert!(paste("[1, 2]", &["a"]).is_ok(), "this is text");
        assert!(matches!(paste("[{\"role\": \"tool\", \"content\": \"\"}]", &["a"]), Err(PasteError::Json(_))));
    }

    #[test]
    fn what_is_no_case_says_so() {
        assert_eq!(paste(" \n", &["a"]), Err(PasteError::Empty));
        assert!(matches!(paste("{\"a\": ", &["a"]), Err(PasteError::Json(_))));
        let error = paste("hello", &["a", "b"]).unwrap_err();
        assert!(error.hint().contains("`a: …`, `b: …`"), "{}", error.hint());
    }

    #[test]
    fn a_pasted_case_says_that_it_is() {
        let case = |text: &str| parse_case(text, &[], &Mapping::default()).unwrap().id;
        assert_eq!(case("{\"a\": 1}"), PASTED);
        assert_eq!(case("{\"a\": 1, \"id\": \"x\"}"), "x");
    }
}
