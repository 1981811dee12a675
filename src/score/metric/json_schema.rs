//! JSON Schema, draft 2020-12: whether the answer, as it stands, is valid against a schema.

use std::fmt;

use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{Draft, Keyword, ValidationError, Validator};
use serde_json::Value;

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// A schema that was read and compiled. Formats are not asserted, and references to other documents are not followed.
pub struct Schema {
    validator: Validator,
}

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Schema")
    }
}

/// A text against a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaResult {
    /// The text is no JSON; why not.
    NotJson(String),
    /// It is JSON; what is wrong with it, as the place in the text and the schema's word (`score:minimum`), sorted; empty where it
    /// is valid.
    Errors(Vec<String>),
}

/// A keyword that is none.
struct SaysNothing;

impl<'i> Keyword<'i> for SaysNothing {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        true
    }
}

impl Schema {
    /// Compiles a schema; the error says what is wrong with it.
    pub fn new(schema: &Value) -> Result<Self, String> {
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(false)
            // Gone from the vocabulary since 2019-09, and read by the library all the same.
            .with_keyword("dependencies", |_, _, _| Ok(Box::new(SaysNothing)));
        options.build(schema).map(|validator| Self { validator }).map_err(|error| error.to_string())
    }

    /// Validates a text.
    pub fn check(&self, text: &str) -> SchemaResult {
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return SchemaResult::NotJson(error.to_string()),
        };
        let mut errors: Vec<String> = self
            .validator
            .iter_errors(&value)
            .map(|error| format!("{}:{}", place(error.instance_path()), error.kind().keyword()))
            .collect();
        errors.sort();
        SchemaResult::Errors(errors)
    }
}

/// The keys and positions that lead to a value, parted by slashes.
fn place(path: &Location) -> String {
    let steps: Vec<String> = path
        .segments()
        .map(|step| match step {
            LocationSegment::Property(name) => name.to_string(),
            LocationSegment::Index(index) => index.to_string(),
        })
        .collect();
    steps.join("/")
}

/// See the file's head.
#[derive(Debug)]
pub(in crate::score) struct JsonSchema {
    /// The schema; the reference is one where there is none.
    pub(in crate::score) schema: Option<Schema>,
}

impl Metric for JsonSchema {
    fn id(&self) -> MetricId {
        MetricId("json-schema")
    }

    fn title(&self) -> &'static str {
        "JSON Schema"
    }

    fn description(&self) -> &'static str {
        "1 when the whole answer is JSON that is valid against `schema` (JSON Schema 2020-12, formats not asserted); the reference is \
         the schema where none is set. A fenced block or words around the value make it 0."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Form
    }

    fn needs_reference(&self) -> bool {
        self.schema.is_none()
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let own;
        let schema = if let Some(schema) = &self.schema {
            schema
        } else {
            let read = serde_json::from_str(reference).map_err(|error| error.to_string());
            own = match read.and_then(|value| Schema::new(&value)) {
                Ok(schema) => schema,
                Err(error) => return Score::not_applicable(format!("the reference is no JSON Schema: {error}")),
            };
            &own
        };
        match schema.check(answer.text) {
            SchemaResult::NotJson(error) => Score::explained(0.0, format!("not JSON: {error}")),
            SchemaResult::Errors(errors) if errors.is_empty() => Score::value(1.0),
            SchemaResult::Errors(errors) => Score::explained(0.0, format!("not valid: {}", errors.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_may_have_a_fraction_of_nothing_and_truth_is_none() {
        let schema = Schema::new(&json!({"type": "integer", "format": "email"})).unwrap();
        for (text, errors) in [("7", vec![]), ("7.0", vec![]), ("true", vec![":type"]), ("7.5", vec![":type"])] {
            let errors = errors.into_iter().map(str::to_owned).collect();
            assert_eq!(schema.check(text), SchemaResult::Errors(errors), "{text}");
        }
        assert!(matches!(schema.check("```json\n7\n```"), SchemaResult::NotJson(_)));
        assert!(matches!(schema.check("[1,]"), SchemaResult::NotJson(_)));
        assert!(Schema::new(&json!({"type": "integral"})).is_err());
    }

    /// As the standard has them, ECMA-262's: Python's `re`, which jsonschema takes, reads letters of every script.
    #[test]
    fn patterns_are_those_of_ecma_262() {
        for (pattern, text, is_valid) in [
            (r"^\w+$", "cafe_1", true),
            (r"^\w+$", "café", false),
            (r"^\d+$", "42", true),
            (r"^\d+$", "٤٢", false),
            (r"^\p{L}+$", "café", true),
        ] {
            let schema = Schema::new(&json!({"pattern": pattern})).unwrap();
            let errors = if is_valid { vec![] } else { vec![":pattern".to_owned()] };
            assert_eq!(schema.check(&json!(text).to_string()), SchemaResult::Errors(errors), "{pattern} {text}");
        }
    }

    #[test]
    fn what_2020_12_has_dropped_says_nothing() {
        let schema = Schema::new(&json!({"dependencies": {"a": ["b"]}, "dependentRequired": {"c": ["d"]}})).unwrap();
        assert_eq!(schema.check(r#"{"a": 1}"#), SchemaResult::Errors(vec![]));
        assert_ne!(schema.check(r#"{"c": 1}"#), SchemaResult::Errors(vec![]));
        // As the name of a field it is one like any other.
        let field = Schema::new(&json!({"properties": {"dependencies": {"type": "array"}}})).unwrap();
        assert_ne!(field.check(r#"{"dependencies": 1}"#), SchemaResult::Errors(vec![]));
    }

    #[test]
    fn a_schema_of_another_place_is_refused_not_fetched() {
        let schema = json!({"$ref": "https://example.com/schema.json"});
        assert!(Schema::new(&schema).is_err());
    }

    #[test]
    fn the_reference_is_the_schema_where_none_is_set() {
        let metric = JsonSchema { schema: None };
        let score = |answer, reference| metric.score(&Answer { text: answer }, reference);
        assert_eq!(score("[]", r#"{"type": "array"}"#).number(), Some(1.0));
        assert_eq!(score("{}", r#"{"type": "array"}"#).reason(), Some("not valid: :type"));
        assert_eq!(score("{}", "no schema").number(), None);
    }
}
