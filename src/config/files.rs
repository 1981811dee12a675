//! The data files that fourfold.toml names: one, or one a split.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_spanned::Spanned;

use super::file::SplitFiles;

/// One file to draw all splits from, or a file a split.
#[derive(Debug)]
pub(super) enum FilesValue {
    /// `file = "data/all.jsonl"`
    One(Spanned<String>),
    /// `file = { train = ..., dev = ..., test = ... }`
    Splits(SplitFiles),
}

impl<'de> Deserialize<'de> for FilesValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<OneOrSplits>::deserialize(deserializer)?;
        let span = spanned.span();
        Ok(match spanned.into_inner() {
            OneOrSplits::One(path) => Self::One(Spanned::new(span, path)),
            OneOrSplits::Splits(files) => Self::Splits(files),
        })
    }
}

enum OneOrSplits {
    One(String),
    Splits(SplitFiles),
}

impl<'de> Deserialize<'de> for OneOrSplits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FilesVisitor)
    }
}

struct FilesVisitor;

impl<'de> Visitor<'de> for FilesVisitor {
    type Value = OneOrSplits;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a file, or a table with `train`, `dev` and `test`")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<OneOrSplits, E> {
        Ok(OneOrSplits::One(path.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrSplits, A::Error> {
        SplitFiles::deserialize(MapAccessDeserializer::new(map)).map(OneOrSplits::Splits)
    }
}

impl JsonSchema for FilesValue {
    fn schema_name() -> Cow<'static, str> {
        "Files".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let splits = generator.subschema_for::<SplitFiles>();
        json_schema!({ "description": "One file, or one a split.", "anyOf": [{ "type": "string" }, splits] })
    }
}
