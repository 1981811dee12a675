//! The shape of a JSON answer: whether it has the fields that the reference has, of the same types, whatever they say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json_leaves::{Step, leaves};
use super::json_text::{read, structured};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct JsonShape;

impl Metric for JsonShape {
    fn id(&self) -> MetricId {
        MetricId("json-shape")
    }

    fn title(&self) -> &'static str {
        "JSON shape F1"
    }

    fn description(&self) -> &'static str {
        "F1 over the fields of both JSON values, values left out: each leaf is a path with a type (text, number, true or \
         false, null, empty list, empty object), and all items of a list share one path. JSON inside a fenced block or among \
         words is read; that it stands there is for json-validity to say."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Form
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let Some(reference) = structured(reference) else {
            return Score::not_applicable("the reference is no JSON object or list");
        };
        let answer = match read(answer.text) {
            Ok((answer, _)) => answer,
            Err(error) => return Score::explained(0.0, format!("not JSON: {}", error.reason)),
        };
        let (answer, reference) = (shape(&answer), shape(&reference));
        let shared = answer.intersection(&reference).count();
        // Every value has at least one leaf, so neither side is empty.
        let f1 = 2.0 * shared as f64 / (answer.len() + reference.len()) as f64;
        let (lacking, surplus) = (reference.len() - shared, answer.len() - shared);
        let reasons: Vec<String> = [(lacking, "missing or of another type"), (surplus, "too many")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if reasons.is_empty() { Score::value(f1) } else { Score::explained(f1, reasons.join(", ")) }
    }
}

/// Every leaf's path and type. How many items a list has is content; the items are one field.
fn shape(value: &Value) -> BTreeSet<(Vec<Step<'_>>, &'static str)> {
    leaves(value)
        .into_iter()
        .map(|(path, leaf)| {
            let path = path.into_iter().map(|step| if matches!(step, Step::Index(_)) { Step::Index(0) } else { step });
            (path.collect(), kind(leaf))
        })
        .collect()
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(answer: &str, reference: &str) -> Score {
        JsonShape.score(&Answer { text: answer }, reference)
    }

    #[test]
    fn fields_and_types_count_and_values_do_not() {
        for (answer, reference, value) in [
            ("{\"who\":\"Ann\",\"qty\":3}", "{\"qty\":40,\"who\":\"Felix\"}", 1.0),
            ("{\"who\":\"Ann\",\"qty\":\"3\"}", "{\"qty\":40,\"who\":\"Felix\"}", 0.5),
            ("{\"who\":\"Ann\"}", "{\"qty\":40,\"who\":\"Felix\"}", 2.0 / 3.0),
            ("```\n{\"a\":1}\n```", "{\"a\":2}", 1.0),
            ("{\"items\":[\"a\",\"b\",\"c\"]}", "{\"items\":[\"x\"]}", 1.0),
            ("{\"items\":[]}", "{\"items\":[\"x\"]}", 0.0),
            ("Ann wants 3.", "{\"who\":\"Ann\"}", 0.0),
        ] {
            let number = score(answer, reference).number().unwrap();
            assert!((number - value).abs() < 1e-12, "{answer} against {reference}: {number}");
        }
        assert_eq!(
            score("{\"a\":\"x\"}", "{\"a\":1,\"b\":2}").reason(),
            Some("2 missing or of another type, 1 too many")
        );
    }

    #[test]
    fn a_reference_without_fields_has_no_shape() {
        for reference in ["billing", "4", "\"text\""] {
            assert_eq!(score("{}", reference).number(), None, "{reference}");
        }
    }
}
