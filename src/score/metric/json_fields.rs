//! Field-wise F1: both JSON values flattened to path and leaf, and the leaves that agree counted.

use super::json_leaves::{agree, leaves};
use super::json_text::{Place, read};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct JsonFields;

impl Metric for JsonFields {
    fn id(&self) -> MetricId {
        MetricId("json-fields")
    }

    fn title(&self) -> &'static str {
        "JSON fields F1"
    }

    fn description(&self) -> &'static str {
        "F1 over the fields of both JSON values: each leaf is a path (array items by their index) with a value, and counts \
         when path and value agree; numbers agree by value, strings exactly. JSON inside a fenced block or among words is \
         read, and the reason says so."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let Ok((reference, _)) = read(reference) else {
            return Score::not_applicable("the reference is not JSON");
        };
        let (answer, place) = match read(answer.text) {
            Ok(found) => found,
            Err(error) => return Score::explained(0.0, format!("not JSON: {}", error.reason)),
        };
        let (answer, reference) = (leaves(&answer), leaves(&reference));
        let agreeing =
            reference.iter().filter(|(path, value)| answer.get(*path).is_some_and(|other| agree(value, other))).count();
        // Every value has at least one leaf, so neither side is empty.
        let f1 = 2.0 * agreeing as f64 / (answer.len() + reference.len()) as f64;
        let differing = reference.keys().filter(|path| answer.contains_key(*path)).count() - agreeing;
        let lacking = reference.len() - agreeing - differing;
        let surplus = answer.len() - agreeing - differing;
        let mut reasons = Vec::new();
        match place {
            Place::Whole => {}
            Place::Fenced => reasons.push("read from a ``` block, invalid in form".to_owned()),
            Place::AmongProse => reasons.push("read from among other text, invalid in form".to_owned()),
        }
        for (count, what) in [(differing, "differ"), (lacking, "missing"), (surplus, "too many")] {
            if count > 0 {
                reasons.push(format!("{count} {what}"));
            }
        }
        if reasons.is_empty() { Score::value(f1) } else { Score::explained(f1, reasons.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(answer: &str, reference: &str) -> Score {
        JsonFields.score(&Answer { text: answer }, reference)
    }

    #[test]
    fn fields_by_hand() {
        let table = [
            ("{\"a\":1,\"b\":\"x\"}", "{\"b\":\"x\",\"a\":1.0}", 1.0),
            ("{\"a\":1}", "{\"a\":1,\"b\":2}", 2.0 / 3.0),
            ("{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":3}", 2.0 / 5.0),
            ("{\"a\":{\"b\":[1,2]}}", "{\"a\":{\"b\":[1,3]}}", 0.5),
            ("{\"a\":[]}", "{\"a\":{}}", 0.0),
            ("[]", "[]", 1.0),
            ("{\"0\":1}", "[1]", 0.0),
            ("{\"a\":\"1\"}", "{\"a\":1}", 0.0),
            ("{\"a\":9007199254740993}", "{\"a\":9007199254740992}", 0.0),
            ("{\"a.b\":1}", "{\"a\":{\"b\":1}}", 0.0),
            ("3e2", "300", 1.0),
        ];
        for (answer, reference, value) in table {
            let number = score(answer, reference).number().unwrap();
            assert!((number - value).abs() < 1e-12, "{answer} against {reference}: {number}");
        }
    }

    #[test]
    fn content_is_read_from_bad_form_and_the_reason_says_so() {
        let fenced = score("```json\n{\"a\": 1}\n```", "{\"a\": 1}");
        assert_eq!(fenced.number(), Some(1.0));
        assert!(fenced.reason().unwrap().contains("invalid in form"));
        let prose = score("Here: {\"a\": 2}", "{\"a\": 1, \"b\": 1}");
        assert_eq!(prose.reason(), Some("read from among other text, invalid in form, 1 differ, 1 missing"));
    }

    #[test]
    fn without_json_there_is_zero_or_nothing_to_say() {
        assert_eq!(score("no idea", "{\"a\":1}").number(), Some(0.0));
        assert_eq!(score("{\"a\":1}", "no idea").number(), None);
    }
}
