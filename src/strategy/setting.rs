//! What can be set on a strategy: described once, for the form, the file and the arm's identity alike.

use serde::{Deserialize, Serialize};

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A whole number.
    Number(i64),
    /// Text, or one of a few words.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// One line or more of text.
    Text,
    /// A template over an exemplar.
    Template,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Ids of train rows.
    Ids,
}

impl SettingKind {
    /// What it takes, in words.
    pub fn expected(self) -> String {
        match self {
            Self::Number { least, most } => format!("a whole number from {least} to {most}"),
            Self::Text | Self::Template => "a text".to_owned(),
            Self::Choice(words) => format!("one of: {}", words.join(", ")),
            Self::Ids => "a list of ids".to_owned(),
        }
    }

    /// Whether `value` is of this kind.
    pub fn accepts(self, value: &SettingValue) -> bool {
        match (self, value) {
            (Self::Number { least, most }, SettingValue::Number(number)) => (least..=most).contains(number),
            (Self::Text | Self::Template, SettingValue::Text(_)) | (Self::Ids, SettingValue::List(_)) => true,
            (Self::Choice(words), SettingValue::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        }
    }

    /// Reads a value from what a person typed into a form.
    pub fn parse(self, typed: &str) -> Option<SettingValue> {
        let value = match self {
            Self::Number { .. } => SettingValue::Number(typed.trim().parse().ok()?),
            Self::Text | Self::Template => SettingValue::Text(typed.to_owned()),
            Self::Choice(_) => SettingValue::Text(typed.trim().to_owned()),
            Self::Ids => {
                let ids = typed.split([',', '\n']).map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
                SettingValue::List(ids.collect())
            }
        };
        self.accepts(&value).then_some(value)
    }
}

/// A default, in a form that a constant can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingDefault {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(&'static str),
    /// No ids.
    NoIds,
}

impl SettingDefault {
    /// The value.
    pub fn value(self) -> SettingValue {
        match self {
            Self::Number(number) => SettingValue::Number(number),
            Self::Text(text) => SettingValue::Text(text.to_owned()),
            Self::NoIds => SettingValue::List(Vec::new()),
        }
    }
}

/// One setting of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in `fourfold.toml`.
    pub name: &'static str,
    /// Its label in a form.
    pub title: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// What it takes.
    pub kind: SettingKind,
    /// What holds where nothing is set.
    pub default: SettingDefault,
}
