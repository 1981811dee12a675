//! When two rows are the same question: what keeps an exemplar from being the case it is to help with.

use serde_json::Value;

use super::case::Case;
use super::check::near::Sketch;
use super::check::text_of;
use super::mapping::CHOICES;

/// Whether two cases ask the same, letter case, white space and punctuation aside. Ids and references do not count: the
/// same question with another answer is still the same question.
pub fn same_case(left: &Case, right: &Case) -> bool {
    key(left) == key(right)
}

/// A case that others are held against: the same question, or almost.
pub struct Likened {
    key: String,
    sketch: Option<Sketch>,
}

impl Likened {
    /// What is kept of a case.
    pub fn new(case: &Case) -> Self {
        Self { key: question(case), sketch: Sketch::new(&text_of(case)) }
    }

    /// How alike another case is, as the leak guard counts it: 1 if it asks the same, else the shared part of the three-word
    /// sequences of both.
    pub fn alike(&self, other: &Case) -> f64 {
        if self.key == question(other) {
            return 1.0;
        }
        let other = self.sketch.as_ref().and_then(|own| Some(own.resemblance(&Sketch::new(&text_of(other))?)));
        other.unwrap_or(0.0).min(0.999)
    }
}

/// A text that is equal for, and only for, cases that ask the same.
pub fn key(case: &Case) -> String {
    said(case, |_, value| normalised(&value_text(value)))
}

/// The same for cases that ask the same in whatever order they offer the choices: an answer to one tells that to the other, by
/// another letter.
pub fn question(case: &Case) -> String {
    said(case, |name, value| match value {
        Value::Array(choices) if name == CHOICES => {
            let mut choices: Vec<String> = choices.iter().map(|choice| normalised(&value_text(choice))).collect();
            choices.sort();
            choices.join("\u{4}")
        }
        _ => normalised(&value_text(value)),
    })
}

fn said(case: &Case, text: impl Fn(&str, &Value) -> String) -> String {
    let mut fields: Vec<(String, String)> =
        case.variables.iter().map(|(name, value)| (name.clone(), text(name, value))).collect();
    fields.sort();
    let mut key = String::new();
    for (name, value) in fields {
        key.push_str(&name);
        key.push('\u{1}');
        key.push_str(&value);
        key.push('\u{2}');
    }
    for turn in &case.turns {
        key.push_str(turn.role.as_str());
        key.push('\u{1}');
        key.push_str(&normalised(&turn.content));
        key.push('\u{3}');
    }
    key
}

fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Lower case, words parted by one space. A text of nothing but signs is kept, so that `+` and `-` differ; so is the
/// sign of a number.
fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut words = Vec::new();
    for piece in lower.split_whitespace() {
        let bare =
            piece.trim_matches(|c: char| c.is_ascii_punctuation() && c != '-' && c != '+' && c != '%' && c != '$');
        words.push(if bare.is_empty() { piece } else { bare });
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::prompt::{Message, Role};

    fn case(variables: &Value) -> Case {
        Case { variables: variables.as_object().unwrap().clone(), ..Case::default() }
    }

    #[test]
    fn small_differences_do_not_make_another_question() {
        let same = [
            (json!({"q": "8 kettles, please."}), json!({"q": " 8  Kettles please"})),
            (json!({"a": 1, "b": "x"}), json!({"b": "X!", "a": 1})),
        ];
        for (left, right) in same {
            assert!(same_case(&case(&left), &case(&right)), "{left} {right}");
        }
        let different = [
            (json!({"q": "8 kettles"}), json!({"q": "9 kettles"})),
            (json!({"q": "-5"}), json!({"q": "5"})),
            (json!({"q": "+"}), json!({"q": "/"})),
            (json!({"a": "x", "b": ""}), json!({"a": "", "b": "x"})),
            (json!({"a": "x y"}), json!({"a": "x", "y": ""})),
        ];
        for (left, right) in different {
            assert!(!same_case(&case(&left), &case(&right)), "{left} {right}");
        }
        let mut with_turns = case(&json!({"q": "x"}));
        with_turns.turns.push(Message::new(Role::User, "before"));
        assert!(!same_case(&with_turns, &case(&json!({"q": "x"}))));
    }

    #[test]
    fn choices_in_another_order_are_the_same_question_and_other_choices_are_not() {
        let asks = |choices: &Value| case(&json!({"question": "Which?", "choices": choices}));
        let (one, turned, other) =
            (asks(&json!(["x", "Y!", 3])), asks(&json!([3, "x", "y"])), asks(&json!(["x", "y", 4])));
        assert_eq!(question(&one), question(&turned));
        assert_eq!(Likened::new(&one).alike(&turned).to_bits(), 1.0_f64.to_bits());
        assert_ne!(question(&one), question(&other));
        assert!(!same_case(&one, &turned), "their answers may well be other letters");
        assert_ne!(question(&asks(&json!(["a b"]))), question(&asks(&json!(["a", "b"]))));
    }

    #[test]
    fn ids_and_references_do_not_count() {
        let mut left = case(&json!({"q": "x"}));
        left.id = "1".into();
        left.reference = Some("a".into());
        assert!(same_case(&left, &case(&json!({"q": "x"}))));
    }
}
