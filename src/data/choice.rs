//! The choices of a multiple-choice row, in the forms in which data sets keep them, and which of them is right.

use serde_json::{Map, Value};

/// Choices have letters.
pub(crate) const MOST: usize = 26;

/// Texts in order, and the labels the row itself gives them, where it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) texts: Vec<String>,
    labels: Vec<String>,
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

impl Choices {
    /// Reads one column: a list of texts, a list of objects with a label and a text, an object `{"A": …, "B": …}`, an
    /// object of two lists (`text` and `label`), or one of these written as JSON in a text.
    pub(crate) fn of_column(value: &Value) -> Option<Self> {
        let found = match value {
            Value::String(json) => {
                let inner: Value = serde_json::from_str(json.trim()).ok().filter(|inner: &Value| !inner.is_string())?;
                return Self::of_column(&inner);
            }
            Value::Array(items) if items.iter().all(Value::is_object) => {
                let part =
                    |item: &Value, names: [&str; 3]| names.iter().find_map(|name| item.get(*name).and_then(text));
                let found: Option<Vec<(String, String)>> = items
                    .iter()
                    .map(|item| Some((part(item, ["label", "key", "id"])?, part(item, ["text", "value", "content"])?)))
                    .collect();
                let (labels, texts) = found?.into_iter().unzip();
                Self { texts, labels }
            }
            Value::Array(_) => Self { texts: texts(value)?, labels: Vec::new() },
            Value::Object(map) => match (map.get("text").and_then(texts), map.get("label").and_then(texts)) {
                (Some(texts), Some(labels)) if texts.len() == labels.len() => Self { texts, labels },
                _ => Self {
                    texts: map.values().map(text).collect::<Option<_>>()?,
                    labels: map.keys().cloned().collect(),
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
        let found = Self { labels: Vec::new(), texts };
        found.is_usable().then_some(found)
    }

    /// Reads a column of scores by choice, as BIG-bench keeps them (`{"blue": 1, "red": 0}`): the texts, and the one that
    /// scores highest; none where several do.
    pub(crate) fn scored(value: &Value) -> Option<(Vec<String>, Option<usize>)> {
        let scores: Vec<f64> = value.as_object()?.values().map(Value::as_f64).collect::<Option<_>>()?;
        let texts: Vec<String> = value.as_object()?.keys().cloned().collect();
        let found = Self { texts, labels: Vec::new() };
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut best = scores.iter().enumerate().filter(|(_, score)| **score >= most).map(|(place, _)| place);
        let right = best.next().filter(|_| best.next().is_none());
        found.is_usable().then_some((found.texts, right))
    }

    fn is_usable(&self) -> bool {
        (2..=MOST).contains(&self.texts.len())
    }

    /// Which one an answer names: by the row's own label, by a number from 0, by a letter, or by its text.
    pub(crate) fn place(&self, answer: &Value) -> Option<usize> {
        let within = |place: usize| (place < self.texts.len()).then_some(place);
        let said = text(answer)?;
        let said = said.trim();
        if let Some(place) = self.labels.iter().position(|label| label.eq_ignore_ascii_case(said)) {
            return Some(place);
        }
        if answer.is_number() {
            return within(said.parse().ok()?);
        }
        let letter = said.trim_matches(['(', ')', '.', ' ']);
        if let [one] = letter.as_bytes()
            && one.is_ascii_alphabetic()
            && let Some(place) = within(usize::from(one.to_ascii_uppercase() - b'A'))
        {
            return Some(place);
        }
        let same = self.texts.iter().position(|text| text.trim() == said);
        same.or_else(|| within(said.parse().ok()?))
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
        let plain = Choices::of_column(&json!(["2", "blue", "1"])).unwrap();
        for (answer, place) in [
            (json!(1), Some(1)),
            (json!("b"), Some(1)),
            (json!("(C)."), Some(2)),
            (json!("blue"), Some(1)),
            // A text is a text first, a number is a place first.
            (json!("2"), Some(0)),
            (json!(2), Some(2)),
            (json!("0"), Some(0)),
            (json!("D"), None),
            (json!(3), None),
            (json!("green"), None),
            (json!(null), None),
        ] {
            assert_eq!(plain.place(&answer), place, "{answer}");
        }
        let labelled = Choices::of_column(&json!({"text": ["x", "y"], "label": ["1", "2"]})).unwrap();
        assert_eq!(labelled.place(&json!("1")), Some(0));
        assert_eq!(letter(3), "D");
    }
}
