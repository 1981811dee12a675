//! Where fourfold.toml says that a key comes from; never the key itself.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::KeySource;

/// Where a key comes from.
#[derive(Debug)]
pub(super) struct KeyTable(pub(super) KeySource);

impl JsonSchema for KeyTable {
    fn schema_name() -> Cow<'static, str> {
        "KeyTable".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a key comes from. One of the four.",
            "type": "object",
            "properties": {
                "env": { "description": "The environment variable that holds it.", "type": "string" },
                "command": {
                    "description": "A command that prints it, run without a shell; needs `fourfold keys allow` once.",
                    "type": "string"
                },
                "keyring": { "description": "Its entry in the system's keyring.", "type": "string" },
                "file": {
                    "description": "A file of mode 0600, or the name that `fourfold keys set` was given.",
                    "type": "string"
                }
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false
        })
    }
}

impl<'de> Deserialize<'de> for KeyTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

/// The forms a key's source has.
const KEY_FORMS: &str =
    "`{ env = \"NAME\" }`, `{ command = \"...\" }`, `{ keyring = \"NAME\" }` or `{ file = \"...\" }`";

/// Reads a key's source by hand: what stands here may be a key that must not be repeated in an error.
struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = KeyTable;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(KEY_FORMS)
    }

    fn visit_str<E: Error>(self, _secret: &str) -> Result<KeyTable, E> {
        Err(Error::custom(format!("`api_key` holds text, and a key does not belong in this file: write {KEY_FORMS}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyTable, A::Error> {
        let mut source = None;
        while let Some((key, value)) = map.next_entry::<String, toml::Value>()? {
            let text = match value {
                toml::Value::String(text) if !text.trim().is_empty() => Some(text),
                _ => None,
            };
            let next = match (key.as_str(), text) {
                ("env", Some(name)) if is_variable_name(&name) => KeySource::Env(name),
                ("env", _) => return Err(Error::custom("`env` is not the name of an environment variable")),
                ("command", Some(line)) => KeySource::Command(line),
                ("keyring", Some(name)) => KeySource::Keyring(name),
                ("file", Some(path)) => KeySource::File(path.into()),
                (form @ ("command" | "keyring" | "file"), None) => {
                    return Err(Error::custom(format!("`{form}` in `api_key` is no text")));
                }
                _ => return Err(Error::custom(format!("`api_key` knows the forms {KEY_FORMS}"))),
            };
            if source.replace(next).is_some() {
                return Err(Error::custom(format!("`api_key` names two places: write one of {KEY_FORMS}")));
            }
        }
        source.map(KeyTable).ok_or_else(|| Error::custom(format!("`api_key` is empty: write {KEY_FORMS}")))
    }
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
}
