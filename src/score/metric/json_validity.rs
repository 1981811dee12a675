//! JSON validity: is the answer, as it stands, one JSON value?

use super::json_text::{Place, read};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct JsonValidity;

impl Metric for JsonValidity {
    fn id(&self) -> MetricId {
        MetricId("json-validity")
    }

    fn title(&self) -> &'static str {
        "JSON validity"
    }

    fn description(&self) -> &'static str {
        "1 when the whole answer, white space at its ends aside, is one JSON value (RFC 8259). A fenced block or words around \
         the value make it 0."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Form
    }

    fn needs_reference(&self) -> bool {
        false
    }

    fn score(&self, answer: &Answer<'_>, _reference: &str) -> Score {
        match read(answer.text) {
            Ok((_, Place::Whole)) => Score::hit(true),
            Ok((_, Place::Fenced)) => Score::explained(0.0, "valid JSON, but inside a ``` block"),
            Ok((_, Place::AmongProse)) => Score::explained(0.0, "valid JSON, but among other text"),
            Err(error) => Score::explained(0.0, format!("not JSON: {}", error.reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_json_is_valid_in_form() {
        for (answer, value, reason) in [
            (" {\"a\": 7.0}\n", 1.0, None),
            ("null", 1.0, None),
            ("```json\n{}\n```", 0.0, Some("``` block")),
            ("Sure! {\"a\": 1}", 0.0, Some("other text")),
            ("{\"a\": 1,}", 0.0, Some("not JSON")),
            ("{\"a\": NaN}", 0.0, Some("not JSON")),
        ] {
            let score = JsonValidity.score(&Answer { text: answer }, "");
            assert_eq!(score.number(), Some(value), "{answer}");
            assert_eq!(score.reason().is_some(), reason.is_some(), "{answer}");
            assert!(score.reason().unwrap_or_default().contains(reason.unwrap_or_default()), "{answer}");
        }
    }
}
