//! The choices of a multiple-choice row, in the forms in which data sets keep them, and which of them is right.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::answer::{AnswerAs, Reading};
use super::python::{self, Unread};

/// Choices have letters.
pub(crate) const MOST: usize = 26;

/// Texts in order, and the labels the row itself gives them, where it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) texts: Vec<String>,
    labels: Vec<String>,
    /// Whether each was a number rather than a text.
    are_numbers: bool,
}

/// The letter of the choice at a 0-based place.
pub(crate) fn letter(place: usize) -> String {
    char::from(b'A' + u8::try_from(place.min(MOST - 1)).unwrap_or_default()).to_string()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}

/// The list or object in a value: itself, or what is written in a text as JSON or as Python prints it.
pub(crate) fn unwritten(value: &Value) -> Option<Cow<'_, Value>> {
    let Value::String(written) = value else { return Some(Cow::Borrowed(value)) };
    let inner = serde_json::from_str(written.trim()).ok().or_else(|| python::read(written).ok());
    inner.filter(|inner: &Value| inner.is_array() || inner.is_object()).map(Cow::Owned)
}

/// Why choices cannot be read of a column that holds this.
pub(crate) fn why_not(value: &Value) -> String {
    let is_list = value.as_str().is_some_and(looks_written);
    match value.as_str().map(python::read) {
        Some(Err(Unread::Shortened)) => "its choices were cut short with `...` where they were written, as numpy does with long \
            lists: write the file anew as JSON lines or Parquet"
            .to_owned(),
        Some(Err(Unread::Other)) if is_list => {
            "its choices are a list neither as JSON nor as Python prints one: write the file anew as JSON lines or Parquet".to_owned()
        }
        _ => format!("its choices are not a list of 2 to {MOST} texts"),
    }
}

/// Whether a text looks like a list or an object that was written out.
fn looks_written(text: &str) -> bool {
    let text = text.trim_start();
    ["[", "{", "array("].iter().any(|sign| text.starts_with(sign))
}

/// Whether a value is a list that was written out in a way that cannot be read.
pub(crate) fn is_garbled(value: &Value) -> bool {
    value.as_str().is_some_and(looks_written) && unwritten(value).is_none()
}

impl Choices {
    /// Reads one column: a list of texts, a list of objects with a label and a text, an object `{"A": …, "B": …}`, an
    /// object of two lists (`text` and `label`), or one of these written in a text, as JSON or as Python prints it.
    pub(crate) fn of_column(value: &Value) -> Option<Self> {
        let found = match unwritten(value)?.as_ref() {
            Value::Array(items) if items.iter().all(Value::is_object) => {
                let part =
                    |item: &Value, names: [&str; 3]| names.iter().find_map(|name| item.get(*name).and_then(text));
                let found: Option<Vec<(String, String)>> = items
                    .iter()
                    .map(|item| Some((part(item, ["label", "key", "id"])?, part(item, ["text", "value", "content"])?)))
                    .collect();
                let (labels, texts) = found?.into_iter().unzip();
                Self { texts, labels, are_numbers: false }
            }
            list @ Value::Array(items) => {
                Self { texts: texts(list)?, labels: Vec::new(), are_numbers: items.iter().all(Value::is_number) }
            }
            Value::Object(map) => match (map.get("text").and_then(texts), map.get("label").and_then(texts)) {
                (Some(texts), Some(labels)) if texts.len() == labels.len() => {
                    Self { texts, labels, are_numbers: false }
                }
                _ => Self {
                    texts: map.values().map(text).collect::<Option<_>>()?,
                    labels: map.keys().cloned().collect(),
                    are_numbers: map.values().all(Value::is_number),
                },
            },
            _ => return None,
        };
        found.is_usable().then_some(found)
    }

    /// Reads one column each. A choice that is empty or null at the end is none.
    pub(crate) fn of_columns(row: &Map<String, Value>, columns: &[String]) -> Option<Self> {
        let mut texts: Vec<String> = columns
            .iter()
            .map(|column| match row.get(column)? {
                Value::Null => Some(String::new()),
                value => text(value),
            })
            .collect::<Option<_>>()?;
        while texts.pop_if(|text| text.is_empty()).is_some() {}
        let are_numbers = columns.iter().take(texts.len()).all(|column| row.get(column).is_some_and(Value::is_number));
        let found = Self { labels: Vec::new(), texts, are_numbers };
        found.is_usable().then_some(found)
    }

    /// Reads a column of scores by choice, as BIG-bench keeps them (`{"blue": 1, "red": 0}`): the texts, and the one that
    /// scores highest; none where several do.
    pub(crate) fn scored(value: &Value) -> Option<(Vec<String>, Option<usize>)> {
        let written = unwritten(value)?;
        let scores: Vec<f64> = written.as_object()?.values().map(Value::as_f64).collect::<Option<_>>()?;
        let texts: Vec<String> = written.as_object()?.keys().cloned().collect();
        let found = Self { texts, ..Self::default() };
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut best = scores.iter().enumerate().filter(|(_, score)| **score >= most).map(|(place, _)| place);
        let right = best.next().filter(|_| best.next().is_none());
        found.is_usable().then_some((found.texts, right))
    }

    fn is_usable(&self) -> bool {
        (2..=MOST).contains(&self.texts.len())
    }

    /// Every way in which an answer names one of them, with its place. Where the row itself labels them and the answer is one of
    /// these labels, it is that and nothing else.
    pub(crate) fn readings(&self, answer: &Value) -> Vec<Reading> {
        match self.place_as(answer, AnswerAs::Label) {
            Some(place) => vec![(AnswerAs::Label, place)],
            None => AnswerAs::GUESSED.into_iter().filter_map(|way| Some((way, self.place_as(answer, way)?))).collect(),
        }
    }

    /// Whether an answer names one of them in any way.
    pub(crate) fn fits(&self, answer: &Value) -> bool {
        !self.readings(answer).is_empty()
    }

    /// The place of the one that an answer names in this way.
    pub(crate) fn place_as(&self, answer: &Value, way: AnswerAs) -> Option<usize> {
        let within = |place: usize| (place < self.texts.len()).then_some(place);
        let said = text(answer)?;
        let said = said.trim();
        match way {
            AnswerAs::Label => self.labels.iter().position(|label| label.eq_ignore_ascii_case(said)),
            AnswerAs::Letter => {
                let [one] = said.trim_matches(['(', ')', '.', ' ']).as_bytes() else { return None };
                let letter = one.is_ascii_alphabetic().then(|| usize::from(one.to_ascii_uppercase() - b'A'));
                letter.and_then(within)
            }
            AnswerAs::Index => said.parse().ok().and_then(within),
            AnswerAs::Number => said.parse::<usize>().ok()?.checked_sub(1).and_then(within),
            // A number is not one of several texts.
            AnswerAs::Text if answer.is_number() && !self.are_numbers => None,
            AnswerAs::Text => self.texts.iter().position(|text| text.trim() == said),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn choices_are_read_in_every_form() {
        for column in [
            json!(["red", "blue"]),
            json!([{"key": "A", "value": "red"}, {"key": "B", "value": "blue"}]),
            json!({"A": "red", "B": "blue"}),
            json!({"text": ["red", "blue"], "label": ["1", "2"]}),
            json!("[\"red\", \"blue\"]"),
            json!("['red' 'blue']"),
            json!("{'text': array(['red', 'blue'], dtype=object), 'label': array(['1', '2'], dtype=object)}"),
        ] {
            assert_eq!(Choices::of_column(&column).unwrap().texts, ["red", "blue"], "{column}");
        }
        for none in [json!("red, blue"), json!(["one"]), json!(3), json!([["x"], ["y"]]), json!("\"[1, 2]\"")] {
            assert_eq!(Choices::of_column(&none), None, "{none}");
        }
        let row = json!({"A": "red", "B": 7, "C": null, "D": ""});
        let columns = ["A", "B", "C", "D"].map(str::to_owned);
        assert_eq!(Choices::of_columns(row.as_object().unwrap(), &columns).unwrap().texts, ["red", "7"]);
    }

    #[test]
    fn scores_by_choice_tell_the_right_one() {
        let scored = |value: &Value| Choices::scored(value);
        let texts = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        assert_eq!(scored(&json!({"red": 0, "blue": 1})), Some((texts(["red", "blue"]), Some(1))));
        assert_eq!(scored(&json!({"red": 0.5, "blue": 0.5})), Some((texts(["red", "blue"]), None)));
        for none in [json!({"a": 1}), json!({"a": "1", "b": "0"}), json!([1, 0]), json!({})] {
            assert_eq!(scored(&none), None, "{none}");
        }
    }

    #[test]
    fn the_right_one_is_named_in_many_ways() {
        use AnswerAs::{Index, Label, Letter, Text};
        let plain = Choices::of_column(&json!(["2", "blue", "1"])).unwrap();
        for (answer, readings) in [
            (json!(1), vec![(Index, 1)]),
            (json!("b"), vec![(Letter, 1)]),
            (json!("(C)."), vec![(Letter, 2)]),
            (json!("blue"), vec![(Text, 1)]),
            // Written as a text a number may be either; as a number it is not one of several texts.
            (json!("2"), vec![(Text, 0), (Index, 2)]),
            (json!(2), vec![(Index, 2)]),
            (json!("0"), vec![(Index, 0)]),
            (json!("D"), vec![]),
            (json!(3), vec![]),
            (json!("green"), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(plain.readings(&answer), readings, "{answer}");
        }
        assert_eq!(plain.place_as(&json!("1"), AnswerAs::Number), Some(0));
        assert_eq!(plain.place_as(&json!(0), AnswerAs::Number), None);
        let numbers = Choices::of_column(&json!([3, 1, 0])).unwrap();
        assert_eq!(numbers.readings(&json!(1)), [(Text, 1), (Index, 1)]);
        assert_eq!(numbers.readings(&json!(0)), [(Text, 2), (Index, 0)]);
        let blood = Choices::of_column(&json!(["B", "A", "O", "AB"])).unwrap();
        assert_eq!(blood.readings(&json!("B")), [(Text, 0), (Letter, 1)]);
        let labelled = Choices::of_column(&json!({"text": ["x", "1"], "label": ["1", "2"]})).unwrap();
        assert_eq!(labelled.readings(&json!("1")), [(Label, 0)], "the row's own labels say it");
        assert_eq!(letter(3), "D");
    }

    #[test]
    fn what_was_cut_short_or_is_no_list_says_so() {
        for (column, said) in [
            (json!("['a' 'b' ... 'z']"), "cut short with `...`"),
            (json!("['a' 'b', 'c']"), "neither as JSON nor as Python"),
            (json!("red, blue"), "not a list of 2 to 26 texts"),
            (json!(["one"]), "not a list of 2 to 26 texts"),
        ] {
            assert_eq!(Choices::of_column(&column), None);
            assert!(why_not(&column).contains(said), "{column}: {}", why_not(&column));
        }
    }
}
