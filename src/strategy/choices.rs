//! The choices of a multiple-choice case: where they stand in it, showing them in another order, and the way back.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::data::{Case, Cases};

/// Variables that hold choices where none is named.
const USUAL: [&str; 3] = ["choices", "options", "answers"];
/// How many choices there may be: letters name them.
const COUNT: RangeInclusive<usize> = 2..=26;

/// Where the choices stand among a case's variables.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A list: `choices = ["…", "…"]`, or objects with a text of their own.
    List(String),
    /// A table from label to text: `options = { A = "…", B = "…" }`.
    Table(String),
    /// A variable each: `A`, `B`, `C`, `D`.
    Columns(Vec<String>),
}

/// The choices of a case, in the order in which it holds them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choices {
    place: Place,
    labels: Vec<String>,
    values: Vec<Value>,
}

/// How the train rows write the right answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AnswerForm {
    /// By its label.
    #[default]
    Letter,
    /// By its text.
    Text,
    /// By its place, from 0.
    Index,
}

impl Choices {
    /// The choices of `case`; `None` where it has none. `names` are the variables that hold them; without any, the usual ones
    /// are tried: `choices`, `options`, `answers`, then a column for each letter from `A` on.
    pub(crate) fn of(case: &Case, names: &[String]) -> Option<Self> {
        let variables = &case.variables;
        match names {
            [] => USUAL
                .iter()
                .find_map(|name| Self::in_one(variables, name))
                .or_else(|| Self::in_columns(variables, &letters(COUNT.into_inner().1), true)),
            [one] => Self::in_one(variables, one),
            many => Self::in_columns(variables, many, false),
        }
    }

    fn in_one(variables: &Map<String, Value>, name: &str) -> Option<Self> {
        let (place, labels, values) = match variables.get(name)? {
            Value::Array(items) => (Place::List(name.to_owned()), letters(items.len()), items.clone()),
            Value::Object(table) => {
                (Place::Table(name.to_owned()), table.keys().cloned().collect(), table.values().cloned().collect())
            }
            _ => return None,
        };
        COUNT.contains(&values.len()).then_some(Self { place, labels, values })
    }

    /// A variable each. `open`: those that are there from the first on, rather than all of them.
    fn in_columns(variables: &Map<String, Value>, names: &[String], open: bool) -> Option<Self> {
        let found: Vec<&String> = names.iter().take_while(|name| variables.contains_key(*name)).collect();
        if !COUNT.contains(&found.len()) || (!open && found.len() < names.len()) {
            return None;
        }
        let values = found.iter().filter_map(|name| variables.get(*name).cloned()).collect();
        let names: Vec<String> = found.into_iter().cloned().collect();
        Some(Self { place: Place::Columns(names.clone()), labels: letters(names.len()), values })
    }

    /// The labels, in order.
    pub(crate) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.values.len()
    }

    /// The label of the choice with this text, white space, capitals and closing signs aside.
    pub(crate) fn label_of_text(&self, text: &str) -> Option<&str> {
        let wanted = super::extract::plain_word(text).to_lowercase();
        if wanted.is_empty() {
            return None;
        }
        let same = |value: &Value| super::extract::plain_word(&text_of(value)).to_lowercase() == wanted;
        let mut found = self.values.iter().enumerate().filter(|(_, value)| same(value)).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => self.labels.get(index).map(String::as_str),
            _ => None,
        }
    }

    /// The label that a reference means: a label, a choice's text, or a place from 0.
    pub(crate) fn label_of_reference(&self, reference: &str) -> Option<(&str, AnswerForm)> {
        let word = super::extract::plain_word(reference);
        if let Some(label) = self.labels.iter().find(|label| label.eq_ignore_ascii_case(word)) {
            return Some((label, AnswerForm::Letter));
        }
        if let Some(label) = self.label_of_text(reference) {
            return Some((label, AnswerForm::Text));
        }
        let index: usize = word.parse().ok()?;
        self.labels.get(index).map(|label| (label.as_str(), AnswerForm::Index))
    }

    /// A label in the form in which answers are written.
    pub(crate) fn written(&self, label: &str, form: AnswerForm) -> String {
        let Some(index) = self.labels.iter().position(|known| known == label) else { return label.to_owned() };
        match form {
            AnswerForm::Letter => label.to_owned(),
            AnswerForm::Text => self.values.get(index).map(text_of).unwrap_or_default(),
            AnswerForm::Index => index.to_string(),
        }
    }

    /// The variables with the choices in another order: at place `p` stands what was at `order[p]`. Labels stay in place.
    pub(crate) fn shuffled(&self, variables: &Map<String, Value>, order: &[usize]) -> Map<String, Value> {
        let mut shuffled = variables.clone();
        let values: Vec<Value> = order.iter().filter_map(|from| self.values.get(*from).cloned()).collect();
        match &self.place {
            Place::List(name) => {
                shuffled.insert(name.clone(), Value::Array(values));
            }
            Place::Table(name) => {
                let table = self.labels.iter().cloned().zip(values).collect();
                shuffled.insert(name.clone(), Value::Object(table));
            }
            Place::Columns(names) => shuffled.extend(names.iter().cloned().zip(values)),
        }
        shuffled
    }

    /// The choices as a case with the order `order` shows them.
    pub(crate) fn in_order(&self, order: &[usize]) -> Self {
        let values = order.iter().filter_map(|from| self.values.get(*from).cloned()).collect();
        Self { values, ..self.clone() }
    }

    /// The label that `shown` had before the choices were put into `order`.
    pub(crate) fn label_before(&self, shown: &str, order: &[usize]) -> Option<&str> {
        let place = self.labels.iter().position(|label| label == shown)?;
        self.labels.get(*order.get(place)?).map(String::as_str)
    }
}

/// How the first train row with choices and an answer writes it: what the answers to score have to look like. The case's own
/// answer is never looked at.
pub(crate) fn answer_form(train: Option<&dyn Cases>, names: &[String]) -> AnswerForm {
    /// Rows looked at before the letter is taken.
    const ROWS: usize = 8;
    let Some(train) = train else { return AnswerForm::default() };
    (0..train.count().min(ROWS))
        .find_map(|row| {
            let case = train.case(row).ok()?;
            let choices = Choices::of(&case, names)?;
            choices.label_of_reference(case.reference.as_deref()?).map(|(_, form)| form)
        })
        .unwrap_or_default()
}

fn letters(count: usize) -> Vec<String> {
    ('A'..='Z').take(count).map(String::from).collect()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(table) => {
            ["text", "content", "value"].iter().find_map(|key| table.get(*key)).map(text_of).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn case(variables: &Value) -> Case {
        Case { variables: variables.as_object().unwrap().clone(), ..Case::default() }
    }

    #[test]
    fn choices_are_found_where_data_sets_keep_them() {
        for (variables, names, expected) in [
            (json!({"choices": ["x", "y"]}), vec![], Some(vec!["A", "B"])),
            (json!({"options": {"A": "x", "B": "y", "C": "z"}}), vec![], Some(vec!["A", "B", "C"])),
            (json!({"question": "q", "A": "x", "B": "y"}), vec![], Some(vec!["A", "B"])),
            (json!({"ending0": "x", "ending1": "y"}), vec!["ending0", "ending1"], Some(vec!["A", "B"])),
            (json!({"ending0": "x"}), vec!["ending0", "ending1"], None),
            (json!({"choices": ["only"]}), vec![], None),
            (json!({"choices": "a text"}), vec![], None),
            (json!({"A": "only"}), vec![], None),
            (json!({"question": "q"}), vec![], None),
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let labels = Choices::of(&case(&variables), &names).map(|choices| choices.labels);
            assert_eq!(labels, expected.map(|labels| labels.into_iter().map(str::to_owned).collect()), "{variables}");
        }
    }

    #[test]
    fn references_are_understood_in_three_forms() {
        let choices =
            Choices::of(&case(&json!({"choices": ["Red", "Blue", {"label": "C", "text": "7"}]})), &[]).unwrap();
        for (reference, expected) in [
            ("B", Some(("B", AnswerForm::Letter))),
            ("(b)", Some(("B", AnswerForm::Letter))),
            ("blue", Some(("B", AnswerForm::Text))),
            ("7", Some(("C", AnswerForm::Text))),
            ("0", Some(("A", AnswerForm::Index))),
            ("9", None),
            ("green", None),
        ] {
            assert_eq!(choices.label_of_reference(reference), expected, "{reference}");
        }
        assert_eq!(choices.written("C", AnswerForm::Text), "7");
        assert_eq!(choices.written("C", AnswerForm::Index), "2");
    }

    #[test]
    fn the_form_of_answers_is_that_of_the_train_rows() {
        let row = |reference: &str| Case {
            reference: Some(reference.to_owned()),
            ..case(&json!({"choices": ["Red", "Blue"]}))
        };
        let form = |rows: Vec<Case>| answer_form(Some(&rows), &[]);
        assert_eq!(form(vec![Case::default(), row("Blue")]), AnswerForm::Text);
        assert_eq!(form(vec![row("1")]), AnswerForm::Index);
        assert_eq!(form(vec![]), AnswerForm::Letter);
    }

    proptest! {
        #[test]
        fn every_letter_finds_its_way_back_from_every_order(
            order in (2..=6_usize).prop_flat_map(|n| Just((0..n).collect::<Vec<usize>>()).prop_shuffle()),
            form in 0..3_usize,
        ) {
            let texts: Vec<String> = (0..order.len()).map(|index| format!("text {index}")).collect();
            let labels = letters(order.len());
            let variables = match form {
                0 => json!({ "choices": texts }),
                1 => Value::Object(Map::from_iter([("options".to_owned(), Value::Object(labels.iter().cloned().zip(texts.iter().cloned().map(Value::from)).collect()))])),
                _ => Value::Object(labels.iter().cloned().zip(texts.iter().cloned().map(Value::from)).collect()),
            };
            let case = case(&variables);
            let choices = Choices::of(&case, &[]).unwrap();
            let shown = Case { variables: choices.shuffled(&case.variables, &order), ..Case::default() };
            let shown = Choices::of(&shown, &[]).unwrap();
            prop_assert_eq!(&shown, &choices.in_order(&order));
            for label in choices.labels() {
                // The text beside the letter that the model saw is the text beside the letter it is mapped back to.
                let before = choices.label_before(label, &order).unwrap();
                prop_assert_eq!(shown.written(label, AnswerForm::Text), choices.written(before, AnswerForm::Text));
            }
        }
    }
}
