//! How a strategy is written: its bare name, or a table with its name and settings. What they mean is the strategy room's.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A strategy by name, with settings that its own room validates.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategySpec {
    /// Such as `few-shot`.
    pub name: String,
    /// Everything else that stood in the table.
    pub settings: toml::Table,
}

impl Default for StrategySpec {
    fn default() -> Self {
        Self { name: "zero-shot".to_owned(), settings: toml::Table::new() }
    }
}

impl StrategySpec {
    /// The value as it would be written in the file: a bare name where there are no settings.
    pub fn to_value(&self) -> toml::Value {
        if self.settings.is_empty() {
            return toml::Value::String(self.name.clone());
        }
        let mut table = toml::Table::new();
        table.insert("name".to_owned(), toml::Value::String(self.name.clone()));
        table.extend(self.settings.clone());
        toml::Value::Table(table)
    }
}

/// A strategy that a workbench defines itself.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnStrategy {
    /// The name arms use.
    pub id: String,
    /// Its stages, each a table with `use` and what the stage is told.
    pub stages: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl OwnStrategy {
    /// The strategy as an arm carries it: with all of its stages, so that its texts belong to the arm.
    pub fn spec(&self) -> StrategySpec {
        let stages = serde_json::to_string(&self.stages).unwrap_or_default();
        let settings = [("id", self.id.clone()), ("stages", stages)];
        let settings = settings.into_iter().map(|(key, text)| (key.to_owned(), toml::Value::String(text))).collect();
        StrategySpec { name: "own".to_owned(), settings }
    }
}

/// What is wrong with a strategy's settings or stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyFault {
    /// The stage, from 1, where it is one.
    pub stage: Option<usize>,
    /// The key, where it is one.
    pub key: Option<String>,
    /// The line of the key's text, from 1, where it is a text of lines.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

impl<'de> Deserialize<'de> for StrategySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = StrategySpec;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a strategy's name, or a table with `name` and its settings")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<StrategySpec, E> {
        Ok(StrategySpec { name: name.to_owned(), settings: toml::Table::new() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StrategySpec, A::Error> {
        let mut settings = toml::Table::new();
        while let Some((key, value)) = map.next_entry::<String, toml::Value>()? {
            settings.insert(key, value);
        }
        match settings.remove("name") {
            Some(toml::Value::String(name)) => Ok(StrategySpec { name, settings }),
            Some(_) => Err(Error::custom("a strategy's `name` is a string")),
            None => Err(Error::custom("a strategy's table needs a `name`")),
        }
    }
}

impl JsonSchema for StrategySpec {
    fn schema_name() -> Cow<'static, str> {
        "Strategy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A strategy's name, or a table with its name and its settings.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "name": { "type": "string" } },
                    "required": ["name"],
                    "additionalProperties": true
                }
            ]
        })
    }
}
