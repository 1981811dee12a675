//! How a metric is written: its bare name, or a table with its name, its settings and a name of its own. What the settings mean is
//! the score room's.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A metric by name, with settings that its own room validates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricSpec {
    /// Such as `contains`.
    pub name: String,
    /// What it is called here, where that is not its name.
    pub id: Option<String>,
    /// Everything else that stood in the table. A `schema` is read from its file: the schema itself stands here then.
    pub settings: Map<String, Value>,
}

impl MetricSpec {
    /// What it is called here.
    pub fn label(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }
}

impl<'de> Deserialize<'de> for MetricSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = MetricSpec;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a metric's name, or a table with `name` and its settings")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<MetricSpec, E> {
        Ok(MetricSpec { name: name.to_owned(), ..MetricSpec::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetricSpec, A::Error> {
        let mut settings = Map::new();
        while let Some((key, value)) = map.next_entry::<String, toml::Value>()? {
            settings.insert(key, serde_json::to_value(value).map_err(Error::custom)?);
        }
        let mut text = |key: &str| match settings.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(Error::custom(format!("a metric's `{key}` is a text that is not empty"))),
        };
        let name = text("name")?.ok_or_else(|| Error::custom("a metric's table needs a `name`"))?;
        let id = text("id")?;
        Ok(MetricSpec { name, id, settings })
    }
}

impl JsonSchema for MetricSpec {
    fn schema_name() -> Cow<'static, str> {
        "Metric".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A metric's name, or a table with its name, its settings and an `id` to call it by.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "name": { "description": "Which metric; `command` is one of your own.", "type": "string" },
                        "id": { "description": "What to call it here; its name unless said.", "type": "string" },
                        "text": {
                            "description": "contains, not-contains, starts-with: the text; the reference unless said.",
                            "type": "string"
                        },
                        "texts": {
                            "description": "contains-all, contains-any: the texts; the lines of the reference unless said.",
                            "type": "array",
                            "items": { "type": "string" }
                        },
                        "ignore_case": { "description": "The same: whether letter case does not count.", "type": "boolean" },
                        "pattern": { "description": "regex: the regular expression.", "type": "string" },
                        "aspect": {
                            "description": "contains, not-contains, starts-with, regex, command: what it speaks of.",
                            "enum": ["form", "content"]
                        },
                        "tolerance": { "description": "numeric-match: how far off a number may be.", "type": "number" },
                        "relative": { "description": "The same, as a share of the reference.", "type": "number" },
                        "schema": { "description": "json-schema: the schema's file, from this folder.", "type": "string" },
                        "tokenizer": { "description": "bleu: how tokens are cut.", "enum": ["13a", "intl", "char", "zh"] },
                        "words": {
                            "description": "rouge-1, rouge-2, rouge-l, rouge-lsum: what a word is.",
                            "enum": ["ascii", "ascii-stemmed", "unicode"]
                        },
                        "language": { "description": "code-bleu: the programming language.", "type": "string" },
                        "sum": { "description": "code-bleu: how a data flow of 0 counts.", "enum": ["strict", "pypi"] },
                        "command": {
                            "description": "command: what to run, without a shell; needs `fourfold keys allow` once.",
                            "type": "string"
                        },
                        "timeout": { "description": "command: how many seconds it may take; 30 unless said.", "type": "number" },
                        "reference": { "description": "command: whether it needs a reference; it does unless said.", "type": "boolean" }
                    },
                    "required": ["name"],
                    "additionalProperties": true
                }
            ]
        })
    }
}
