//! From a row's columns to a case: which one is the reference, which the id, which the turns.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::case::Case;
use crate::prompt::{Message, Role};

/// Which columns mean what, as `map = { … }` in `fourfold.toml`. Columns not named here are variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The answer that counts as right. Without it: the column `reference`, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The row's name. Without it: the column `id`, else the row number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Earlier turns of a conversation. Without it: the column `turns` or `messages`, where it holds a list of turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<String>,
}

/// The variable that holds the last user turn of a row in chat form (`messages`).
pub const MESSAGE: &str = "message";

impl Mapping {
    /// The columns a file must have for this mapping, with what they are for.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let roles = [("reference", &self.reference), ("id", &self.id), ("turns", &self.turns)];
        roles.into_iter().filter_map(|(role, column)| Some((role, column.as_deref()?)))
    }

    /// Makes a case of a row. `number` is its 1-based row number, its id where it has none of its own.
    pub fn case(&self, mut row: Map<String, Value>, number: u64) -> Result<Case, String> {
        let id = match take(&mut row, self.id.as_ref(), "id")? {
            Some(value) => scalar(&value).ok_or("the id is not a text or a number")?,
            None => number.to_string(),
        };
        let mut reference = take(&mut row, self.reference.as_ref(), "reference")?.and_then(|value| text(&value));
        let turns = match &self.turns {
            Some(column) => turns(&row.shift_remove(column).ok_or_else(|| missing(column))?)?,
            None => match ["turns", "messages"].into_iter().find(|name| row.get(*name).is_some_and(looks_like_turns)) {
                Some(name) => {
                    let mut turns = turns(&row.shift_remove(name).unwrap_or_default())?;
                    if name == "messages" {
                        chat(&mut turns, &mut row, &mut reference)?;
                    }
                    turns
                }
                None => Vec::new(),
            },
        };
        Ok(Case { id, variables: row, turns, reference })
    }
}

fn take(row: &mut Map<String, Value>, named: Option<&String>, usual: &str) -> Result<Option<Value>, String> {
    match named {
        Some(column) => row.shift_remove(column).map(Some).ok_or_else(|| missing(column)),
        None => Ok(row.shift_remove(usual)),
    }
}

fn missing(column: &str) -> String {
    format!("it has no `{column}`")
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A reference as text: strings as they are, everything else as compact JSON, null as none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn looks_like_turns(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(|item| item.get("role").is_some()))
}

fn turns(value: &Value) -> Result<Vec<Message>, String> {
    let items = value.as_array().ok_or("the turns are not a list")?;
    items
        .iter()
        .enumerate()
        .map(|(index, item)| turn(item).map_err(|reason| format!("{TURN} {}: {reason}", index + 1)))
        .collect()
}

/// How a complaint about a turn begins.
const TURN: &str = "turn";

/// Whether a complaint of [`Mapping::case`] is about the turns of a conversation rather than the row.
pub(crate) fn is_about_turns(complaint: &str) -> bool {
    complaint.strip_prefix(TURN).is_some_and(|rest| rest.starts_with(' '))
}

fn turn(item: &Value) -> Result<Message, String> {
    let role = match item.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("user" | "human") => Role::User,
        Some("assistant" | "model") => Role::Assistant,
        Some(other) => return Err(format!("the role `{other}` is not system, user or assistant")),
        None => return Err("it has no role".to_owned()),
    };
    let content = match item.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| part.get("text").and_then(Value::as_str).ok_or("only text is supported in a turn"))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        _ => return Err("it has no text".to_owned()),
    };
    Ok(Message::new(role, content))
}

/// A row in chat form: the last assistant turn is the reference, the user turn before it the variable `message`.
fn chat(turns: &mut Vec<Message>, row: &mut Map<String, Value>, reference: &mut Option<String>) -> Result<(), String> {
    if reference.is_none() && turns.last().is_some_and(|turn| turn.role == Role::Assistant) {
        *reference = turns.pop().map(|turn| turn.content);
    }
    if turns.last().is_some_and(|turn| turn.role == Role::User) && row.contains_key(MESSAGE) {
        return Err(format!("it has both `messages` and `{MESSAGE}`"));
    }
    if let Some(last) = turns.pop_if(|turn| turn.role == Role::User) {
        row.insert(MESSAGE.to_owned(), Value::String(last.content));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(mapping: &Mapping, row: &Value) -> Result<Case, String> {
        mapping.case(row.as_object().unwrap().clone(), 7)
    }

    #[test]
    fn columns_become_parts_of_a_case() {
        let mapping = Mapping { reference: Some("answer".into()), ..Mapping::default() };
        let made = case(&mapping, &json!({"order": "x", "answer": {"a": 1}, "id": 3})).unwrap();
        assert_eq!((made.id.as_str(), made.reference.as_deref()), ("3", Some("{\"a\":1}")));
        assert_eq!(made.variables.keys().collect::<Vec<_>>(), ["order"]);
        let made = case(&Mapping::default(), &json!({"order": "x", "reference": null})).unwrap();
        assert_eq!((made.id.as_str(), made.reference), ("7", None));
        assert_eq!(case(&mapping, &json!({"order": "x"})).unwrap_err(), "it has no `answer`");
        assert!(case(&mapping, &json!({"answer": "x", "id": [1]})).is_err());
    }

    #[test]
    fn conversations_keep_their_turns() {
        let row = json!({"messages": [
            {"role": "system", "content": "s"}, {"role": "user", "content": "u1"}, {"role": "assistant", "content": "a1"},
            {"role": "user", "content": [{"type": "text", "text": "u2"}]}, {"role": "assistant", "content": "a2"}]});
        let made = case(&Mapping::default(), &row).unwrap();
        assert_eq!(made.reference.as_deref(), Some("a2"));
        assert_eq!(made.variables.get(MESSAGE), Some(&json!("u2")));
        assert_eq!(made.turns.len(), 3);
        let row = json!({"turns": [{"role": "user", "content": "u1"}], "q": 1});
        assert_eq!(case(&Mapping::default(), &row).unwrap().turns, [Message::new(Role::User, "u1")]);
        for bad in [
            json!({"turns": [{"role": "tool", "content": "x"}]}),
            json!({"turns": [{"role": "user"}]}),
            json!({"turns": [{"role": "user", "content": [{"type": "image_url"}]}]}),
            json!({"messages": [{"role": "user", "content": "x"}], "message": "y"}),
        ] {
            assert!(case(&Mapping::default(), &bad).is_err(), "{bad}");
        }
        // A column of another shape stays a variable.
        assert!(case(&Mapping::default(), &json!({"messages": "3 new"})).unwrap().variables.contains_key("messages"));
    }
}
