//! Facts: whether the answer says what the reference says, in whatever form. The content alone, where field-wise scores
//! want the form as well.

use std::collections::HashMap;

use serde_json::Value;

use super::json_leaves::{agree, leaves};
use super::json_text::{read, structured};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct Facts;

impl Metric for Facts {
    fn id(&self) -> MetricId {
        MetricId("facts")
    }

    fn title(&self) -> &'static str {
        "Facts"
    }

    fn description(&self) -> &'static str {
        "The share of the reference's facts that the answer says, in whatever form. Of a JSON reference each leaf is a fact: \
         where the answer has that field, its value decides (letter case, white space and quotes around numbers aside); \
         elsewhere the value's words have to stand together somewhere in the answer. Of any other reference each word is a \
         fact."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let said = words(answer.text);
        let Some(reference) = structured(reference) else {
            return of_words(&said, &words(reference));
        };
        let found = read(answer.text).ok().map(|(value, _)| value);
        let own = found.as_ref().map(leaves).unwrap_or_default();
        let facts = leaves(&reference);
        let mut missed = 0_usize;
        for (path, value) in &facts {
            let is_said = match own.get(path) {
                Some(answered) => same(answered, value),
                None => stands_in(&said, value),
            };
            missed += usize::from(!is_said);
        }
        // Every value has at least one leaf.
        let share = (facts.len() - missed) as f64 / facts.len() as f64;
        if missed == 0 {
            Score::value(share)
        } else {
            Score::explained(share, format!("{missed} of {} not said", facts.len()))
        }
    }
}

/// How many of the reference's words the answer has, each as often as it is there.
fn of_words(answer: &[String], reference: &[String]) -> Score {
    if reference.is_empty() {
        return Score::not_applicable("the reference has no words");
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in answer {
        *left.entry(word).or_default() += 1;
    }
    let mut said = 0_usize;
    for word in reference {
        if let Some(count @ 1..) = left.get_mut(word.as_str()) {
            *count -= 1;
            said += 1;
        }
    }
    let share = said as f64 / reference.len() as f64;
    if said == reference.len() {
        return Score::value(share);
    }
    Score::explained(share, format!("{} of {} words not said", reference.len() - said, reference.len()))
}

/// Lower case; what is neither letter nor digit parts the words.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|one: char| !one.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether two leaves say the same thing, however it is written.
fn same(answer: &Value, reference: &Value) -> bool {
    if agree(answer, reference) {
        return true;
    }
    match (plain(answer), plain(reference)) {
        (Some(answer), Some(reference)) => match (answer.parse::<f64>(), reference.parse::<f64>()) {
            (Ok(answer), Ok(reference)) => (answer - reference).abs() <= f64::EPSILON * reference.abs(),
            _ => words(&answer) == words(&reference) && !words(&reference).is_empty(),
        },
        _ => false,
    }
}

/// Whether a leaf's words stand together in the answer. Nothing and emptiness cannot be said in passing.
fn stands_in(said: &[String], value: &Value) -> bool {
    let wanted = plain(value).map(|text| words(&text)).unwrap_or_default();
    !wanted.is_empty() && said.windows(wanted.len()).any(|window| window == wanted)
}

/// A leaf's text; `None` for null, an empty list and an empty object.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(answer: &str, reference: &str) -> f64 {
        Facts.score(&Answer { text: answer }, reference).number().unwrap()
    }

    #[test]
    fn facts_count_in_any_form() {
        let reference = "{\"who\":\"Felix\",\"city\":\"New York\",\"item\":\"door mat\",\"qty\":4}";
        for (answer, value) in [
            (reference, 1.0),
            ("```json\n{\"who\": \"felix\", \"city\": \"new york\", \"item\": \"door mat\", \"qty\": \"4\"}\n```", 1.0),
            ("Felix in New York wants 4 of the door mat.", 1.0),
            ("Felix in New York wants four door mats.", 0.5),
            // The field is there and says another thing; that the right one stands elsewhere does not help.
            ("{\"who\":\"Ann\",\"note\":\"not Felix\",\"city\":\"New York\",\"item\":\"door mat\",\"qty\":4}", 0.75),
            ("York, New", 0.0),
            ("", 0.0),
        ] {
            assert!((facts(answer, reference) - value).abs() < 1e-12, "{answer}: {}", facts(answer, reference));
        }
    }

    #[test]
    fn emptiness_is_said_only_by_its_own_field() {
        let reference = "{\"note\":null,\"tags\":[],\"gift\":false}";
        assert!((facts(reference, reference) - 1.0).abs() < 1e-12);
        assert!((facts("no tags, no note; gift: false", reference) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_text_is_its_words() {
        assert!((facts("The label is: Billing.", "billing") - 1.0).abs() < 1e-12);
        assert!((facts("two two", "two kettles two") - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(Facts.score(&Answer { text: "x" }, "—").number(), None);
    }
}
