//! From a case back to a row of a file: what adding a case to a data set writes. The row is read back before it counts.

use serde_json::{Map, Value, json};

use super::case::Case;
use super::mapping::{CHOICES, MESSAGE, Mapping};
use crate::prompt::Message;

impl Mapping {
    /// The row that a case is in a file with these columns. `fixed` says that the file can have no others, as a table. The error
    /// says why the case cannot stand there.
    pub fn row(&self, case: &Case, columns: &[String], fixed: bool) -> Result<Map<String, Value>, String> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let mut row = Map::new();
        if let Some(column) = self.id.as_deref().or_else(|| has("id").then_some("id")) {
            row.insert(column.to_owned(), Value::from(case.id.clone()));
        }
        let chat = ["messages", "conversations"].into_iter().find(|name| has(name) && self.turns.is_none());
        for (name, value) in &case.variables {
            if (name == MESSAGE && chat.is_some()) || (name == CHOICES && self.puts_choices(value, &mut row)) {
                continue;
            }
            let column = self.variables.get(name).unwrap_or(name);
            row.insert(column.clone(), value.clone());
        }
        if let Some(reference) = &case.reference {
            let column = self.answer.as_deref().or(self.reference.as_deref()).unwrap_or("reference");
            if chat.is_none() || has(column) {
                let choices = case.variables.get(CHOICES).and_then(Value::as_array).filter(|_| self.answer.is_some());
                let texts: Vec<&str> = choices.into_iter().flatten().filter_map(Value::as_str).collect();
                row.insert(column.to_owned(), self.answer_of(reference, &texts));
            }
        }
        if let Some(column) = chat {
            let said = case.variables.get(MESSAGE).and_then(Value::as_str).map(|text| ("user", text));
            let answer = case.reference.as_deref().filter(|_| said.is_some()).map(|text| ("assistant", text));
            let last = said.into_iter().chain(answer).map(|(role, text)| json!({"role": role, "content": text}));
            row.insert(column.to_owned(), case.turns.iter().map(turn).chain(last).collect());
        } else if !case.turns.is_empty() {
            let column = self.turns.as_deref().unwrap_or("turns");
            row.insert(column.to_owned(), case.turns.iter().map(turn).collect());
        }
        if let Some(other) = row.keys().find(|name| fixed && !has(name)) {
            return Err(format!("the file has no column `{other}`"));
        }
        let mut ordered: Map<String, Value> =
            columns.iter().filter_map(|column| Some((column.clone(), row.shift_remove(column)?))).collect();
        ordered.extend(row);
        if fixed {
            for column in columns {
                ordered.entry(column.clone()).or_insert_with(|| Value::from(""));
            }
        }
        let back = self.case(ordered.clone(), 1)?;
        if says_the_same(&back, case) {
            Ok(ordered)
        } else {
            Err("what its columns mean does not lead back to this case".to_owned())
        }
    }

    /// Puts choices into the columns they are read from; `false` where that is the variable's own.
    fn puts_choices(&self, value: &Value, row: &mut Map<String, Value>) -> bool {
        match (self.choices.as_slice(), value) {
            ([], _) => false,
            ([one], _) => {
                row.insert(one.clone(), value.clone());
                true
            }
            (many, Value::Array(texts)) => {
                row.extend(many.iter().cloned().zip(texts.iter().cloned()));
                true
            }
            _ => false,
        }
    }
}

fn turn(message: &Message) -> Value {
    json!({"role": message.role.as_str(), "content": message.content})
}

/// Ids apart; a table has texts for all that is not empty.
fn says_the_same(left: &Case, right: &Case) -> bool {
    let said = |case: &Case| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut said: Vec<_> = case.variables.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        said.retain(|(_, text)| !text.is_empty() && text != "null");
        said.sort();
        said
    };
    let reference = |case: &Case| case.reference.clone().filter(|text| !text.is_empty());
    said(left) == said(right) && left.turns == right.turns && reference(left) == reference(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::AnswerAs;
    use crate::prompt::Role;

    fn case(variables: &Value, reference: &str) -> Case {
        Case {
            id: "n-1".to_owned(),
            variables: variables.as_object().unwrap().clone(),
            turns: Vec::new(),
            reference: Some(reference.to_owned()),
        }
    }

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_get_back_what_they_gave() {
        let mapping = Mapping {
            reference: Some("answer".into()),
            variables: [("order".to_owned(), "q".to_owned())].into(),
            ..Mapping::default()
        };
        let row = mapping.row(&case(&json!({"order": "two"}), "2"), &columns(&["id", "answer", "q"]), false).unwrap();
        assert_eq!(Value::Object(row).to_string(), r#"{"id":"n-1","answer":"2","q":"two"}"#);
        let row = mapping.row(&case(&json!({"order": "two"}), "2"), &columns(&["answer", "q", "note"]), true).unwrap();
        assert_eq!(Value::Object(row).to_string(), r#"{"answer":"2","q":"two","note":""}"#);
        let extra = case(&json!({"order": "two", "tone": "kind"}), "2");
        let error = mapping.row(&extra, &columns(&["answer", "q"]), true).unwrap_err();
        assert!(error.contains("no column `tone`"), "{error}");
        assert!(mapping.row(&extra, &columns(&["answer", "q"]), false).is_ok(), "lines may have columns of their own");
    }

    #[test]
    fn choices_and_conversations_find_their_way_back() {
        let choices = Mapping { choices: columns(&["a", "b"]), answer: Some("right".into()), ..Mapping::default() };
        let asked = case(&json!({"question": "?", "choices": ["x", "y"]}), "B");
        let row = choices.row(&asked, &columns(&["question", "a", "b", "right"]), true).unwrap();
        assert_eq!(Value::Object(row).to_string(), r#"{"question":"?","a":"x","b":"y","right":"B"}"#);
        let mut talk = case(&json!({"message": "and now?"}), "now");
        talk.turns.push(Message::new(Role::System, "be brief"));
        let row = Mapping::default().row(&talk, &columns(&["messages"]), false).unwrap();
        assert_eq!(row["messages"].as_array().unwrap().len(), 3);
        let numbered = Mapping { answer_as: Some(AnswerAs::Index), ..choices };
        let row = numbered.row(&asked, &columns(&["question", "a", "b", "right"]), true).unwrap();
        assert_eq!(row["right"], json!(1));
        let lost = Mapping { hide: columns(&["secret"]), ..Mapping::default() };
        assert!(lost.row(&case(&json!({"secret": "x"}), "1"), &columns(&["secret"]), false).is_err());
    }
}
