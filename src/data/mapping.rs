//! From a row's columns to a case: which one is the reference, which the id, which the turns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::AnswerAs;
use super::case::Case;
use super::choice::{self, Choices, unwritten};
use super::layout::Layout;
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
    /// The choices of a question: one column that holds a list, or one column each. They become the variable `choices`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Which of the choices is right: by its label or letter, its text, or its number from 0. Its letter is the reference.
    /// A column of scores by choice (`{"blue": 1, "red": 0}`) names the choices as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// In which of these ways `answer` says it, where it can be taken for more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_as: Option<AnswerAs>,
    /// What the rows of a file have settled about that. No part of what is written down.
    #[serde(skip)]
    pub settled: Option<AnswerAs>,
    /// Variables whose name differs from the column's: the variable, then the column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Columns that no prompt may see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hide: Vec<String>,
    /// How rows are laid out; recognised where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// The variable that holds the choices of a question.
pub const CHOICES: &str = "choices";
/// The column of promptfoo's tests that says what is right.
pub(crate) const EXPECTED: &str = "__expected";

/// The variable that holds the last user turn of a row in chat form (`messages`).
pub const MESSAGE: &str = "message";

impl Mapping {
    /// The columns a file must have for this mapping, with what they are for.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let roles =
            [("reference", &self.reference), ("id", &self.id), ("turns", &self.turns), ("answer", &self.answer)];
        let choices = self.choices.iter().map(|column| ("choices", column.as_str()));
        let variables = self.variables.values().map(|column| ("variables", column.as_str()));
        roles.into_iter().filter_map(|(role, column)| Some((role, column.as_deref()?))).chain(choices).chain(variables)
    }

    /// Makes a case of a row. `number` is its 1-based row number, its id where it has none of its own.
    pub fn case(&self, mut row: Map<String, Value>, number: u64) -> Result<Case, String> {
        let id = match take(&mut row, self.id.as_ref(), "id")? {
            Some(value) => scalar(&value).ok_or("the id is not a text or a number")?,
            None => number.to_string(),
        };
        let reference = take(&mut row, self.reference.as_ref(), "reference")?;
        let mut reference = match self.reference.as_deref() {
            Some(EXPECTED | "__expected1") => reference.as_ref().and_then(text).and_then(|said| expected(&said)),
            _ => reference.as_ref().and_then(text),
        };
        if let Some(letter) = self.choices(&mut row)? {
            reference = Some(letter);
        }
        let turns = match &self.turns {
            Some(column) => turns(&row.shift_remove(column).ok_or_else(|| missing(column))?)?,
            None => match ["turns", "messages", "conversations"]
                .into_iter()
                .find(|name| row.get(*name).is_some_and(looks_like_turns))
            {
                Some(name) => {
                    let mut turns = turns(&row.shift_remove(name).unwrap_or_default())?;
                    if name != "turns" {
                        chat(&mut turns, &mut row, &mut reference)?;
                    }
                    turns
                }
                None => Vec::new(),
            },
        };
        for column in &self.hide {
            row.shift_remove(column);
        }
        for (name, column) in &self.variables {
            let value = row.shift_remove(column).ok_or_else(|| missing(column))?;
            if row.insert(name.clone(), value).is_some() {
                return Err(format!("it has a column `{name}` beside the one that is to be called so"));
            }
        }
        Ok(Case { id, variables: row, turns, reference })
    }

    /// Puts the choices into their variable; the letter of the one that is right, where the mapping says which.
    fn choices(&self, row: &mut Map<String, Value>) -> Result<Option<String>, String> {
        let scored = self.answer.as_ref().filter(|_| self.choices.is_empty());
        let scored = scored.and_then(|column| Some((column, row.get(column).and_then(Choices::scored)?)));
        if let Some((column, (texts, right))) = scored {
            row.shift_remove(column);
            row.insert(CHOICES.to_owned(), Value::from(texts));
            return Ok(right.map(choice::letter));
        }
        if self.choices.is_empty() && self.answer.is_none() {
            return Ok(None);
        }
        if let Some(absent) = self.choices.iter().find(|column| !row.contains_key(*column)) {
            return Err(missing(absent));
        }
        let Some(choices) = self.choices_in(row) else {
            let whole =
                if self.choices.len() > 1 { None } else { row.get(self.choices.first().map_or(CHOICES, |it| it)) };
            return Err(choice::why_not(whole.unwrap_or(&Value::Null)));
        };
        let answer = match &self.answer {
            None => None,
            Some(column) => Some(row.shift_remove(column).ok_or_else(|| missing(column))?),
        };
        for column in &self.choices {
            row.shift_remove(column);
        }
        let letter = match answer.as_ref().filter(|answer| !answer.is_null()) {
            None => None,
            Some(answer) => Some(choice::letter(self.place(&choices, answer)?)),
        };
        row.insert(CHOICES.to_owned(), Value::from(choices.texts));
        Ok(letter)
    }

    /// The choices of a row, where its columns hold some.
    pub(super) fn choices_in(&self, row: &Map<String, Value>) -> Option<Choices> {
        match self.choices.as_slice() {
            [] => row.get(CHOICES).and_then(Choices::of_column),
            [one] => Choices::of_column(row.get(one)?),
            many => Choices::of_columns(row, many),
        }
    }
}

/// What a promptfoo expectation compares an answer with; `None` for one that is checked in another way.
fn expected(said: &str) -> Option<String> {
    /// Kinds of assertion that hold a text like the whole answer.
    const ALIKE: [&str; 7] = ["equals", "similar", "levenshtein", "rouge-n", "bleu", "gleu", "meteor"];
    /// Kinds that do not; only those that a plain text could be taken for.
    const OTHER: [&str; 22] = [
        "contains",
        "icontains",
        "contains-all",
        "contains-any",
        "icontains-all",
        "icontains-any",
        "starts-with",
        "regex",
        "is-json",
        "contains-json",
        "is-sql",
        "javascript",
        "python",
        "fn",
        "eval",
        "grade",
        "llm-rubric",
        "factuality",
        "latency",
        "cost",
        "perplexity",
        "webhook",
    ];
    let said = said.trim();
    let (head, rest) = said.split_once(':').map_or((said, None), |(head, rest)| (head, Some(rest.trim())));
    let kind = head.split('(').next().unwrap_or_default().trim();
    let kind = kind.strip_prefix("not-").map_or((kind, false), |kind| (kind, true));
    match (kind, rest) {
        ((kind, false), Some(rest)) if ALIKE.contains(&kind) => Some(rest.to_owned()),
        ((kind, _), _) if OTHER.contains(&kind) => None,
        ((kind, true), Some(_)) if ALIKE.contains(&kind) => None,
        _ if said.is_empty() || said.starts_with("file://") => None,
        _ => Some(said.to_owned()),
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

/// A reference as text: strings as they are, the first of several answers (`{"text": [...]}`, as in SQuAD), everything
/// else as compact JSON, null as none.
fn text(value: &Value) -> Option<String> {
    // In a table it is written out.
    let written = value.as_str().is_none_or(|said| said.contains("answer_start")).then(|| unwritten(value)).flatten();
    if let Some(Value::Array(texts)) = written
        .as_ref()
        .and_then(|value| value.as_object())
        .filter(|map| map.contains_key("answer_start"))
        .and_then(|map| map.get("text"))
    {
        return texts.first().and_then(text);
    }
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Whether a value is a list of turns of a conversation.
pub fn looks_like_turns(value: &Value) -> bool {
    let is_turn = |item: &Value| item.get("role").or_else(|| item.get("from")).is_some();
    unwritten(value).is_some_and(|value| value.as_array().is_some_and(|items| items.iter().any(is_turn)))
}

fn turns(value: &Value) -> Result<Vec<Message>, String> {
    let written = unwritten(value);
    let items = written.as_ref().and_then(|value| value.as_array()).ok_or("the turns are not a list")?;
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
    let role = match item.get("role").or_else(|| item.get("from")).and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("user" | "human") => Role::User,
        Some("assistant" | "model" | "gpt") => Role::Assistant,
        Some(other) => return Err(format!("the role `{other}` is not system, user or assistant")),
        None => return Err("it has no role".to_owned()),
    };
    let content = match item.get("content").or_else(|| item.get("value")) {
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
