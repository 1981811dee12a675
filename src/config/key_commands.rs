//! The `[api_keys]` table of the settings: commands that print a provider's key.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};

use super::key::KeyTable;
use crate::model::KeySource;

/// The `[api_keys]` table, read by hand: what stands in its place may be a key, which is not to be repeated in an error.
#[derive(Default)]
pub(super) struct KeyCommands(BTreeMap<String, KeyCommand>);

impl KeyCommands {
    /// The commands, by the provider's name.
    pub(super) fn into_lines(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(name, command)| (name, command.0)).collect()
    }
}

impl<'de> Deserialize<'de> for KeyCommands {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyCommandsVisitor)
    }
}

struct KeyCommandsVisitor;

impl<'de> Visitor<'de> for KeyCommandsVisitor {
    type Value = KeyCommands;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table such as `openai = { command = \"pass show openai\" }`")
    }

    fn visit_str<E: serde::de::Error>(self, _secret: &str) -> Result<KeyCommands, E> {
        Err(E::custom("`api_keys` is text; it is a table such as `openai = { command = \"pass show openai\" }`"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyCommands, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(map)).map(KeyCommands)
    }
}

/// A command that prints a key; the other sources are looked for without being named.
struct KeyCommand(String);

impl<'de> Deserialize<'de> for KeyCommand {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match KeyTable::deserialize(deserializer)?.0 {
            KeySource::Command(line) => Ok(Self(line)),
            _ => Err(serde::de::Error::custom(
                "only `{ command = \"...\" }` stands here: variables, keyring and kept keys are found by themselves",
            )),
        }
    }
}
