//! What can be set on a strategy: described once, for the form, the file and the arm's identity alike.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number with at most three digits after the point, kept whole so that it can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thousandths(pub i64);

impl Thousandths {
    /// The number itself.
    pub fn value(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for Thousandths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.value())
    }
}

impl Serialize for Thousandths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

impl<'de> Deserialize<'de> for Thousandths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        thousandths(value).ok_or_else(|| serde::de::Error::custom("at most three digits after the point"))
    }
}

/// A number as thousandths; `None` where it is none, too large, or has more than three digits after the point.
fn thousandths(value: f64) -> Option<Thousandths> {
    let scaled = value * 1000.0;
    let near = (scaled - scaled.round()).abs() < 1e-6 && scaled.abs() < 1e12;
    near.then(|| Thousandths(scaled.round() as i64))
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// Any number.
    Decimal(Thousandths),
    /// Text, or one of a few words.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl SettingValue {
    /// As a form shows it.
    pub fn in_words(&self) -> String {
        match self {
            Self::Switch(on) => if *on { "yes" } else { "no" }.to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(", "),
        }
    }
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// On or off.
    Switch,
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A number within bounds, both included.
    Decimal {
        /// The least.
        least: Thousandths,
        /// The most.
        most: Thousandths,
    },
    /// One line or more of text.
    Text,
    /// A template over the case's variables, and what the setting's help names besides.
    Template,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of names: ids of train rows, names of variables.
    Ids,
}

impl SettingKind {
    /// What it takes, in words.
    pub fn expected(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number { least, most } => format!("a whole number from {least} to {most}"),
            Self::Decimal { least, most } => {
                format!("a number from {least} to {most}, with at most three digits after the point")
            }
            Self::Text | Self::Template => "a text".to_owned(),
            Self::Choice(words) => format!("one of: {}", words.join(", ")),
            Self::Ids => "a list of names".to_owned(),
        }
    }

    /// Whether `value` is of this kind.
    pub fn accepts(self, value: &SettingValue) -> bool {
        match (self, value) {
            (Self::Switch, SettingValue::Switch(_))
            | (Self::Text | Self::Template, SettingValue::Text(_))
            | (Self::Ids, SettingValue::List(_)) => true,
            (Self::Number { least, most }, SettingValue::Number(number)) => (least..=most).contains(number),
            (Self::Decimal { least, most }, SettingValue::Decimal(number)) => (least..=most).contains(number),
            (Self::Choice(words), SettingValue::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        }
    }

    /// The value in this kind's own form: a whole number is also a number.
    pub(crate) fn own_form(self, value: SettingValue) -> SettingValue {
        match (self, value) {
            (Self::Decimal { .. }, SettingValue::Number(whole)) => {
                SettingValue::Decimal(Thousandths(whole.saturating_mul(1000)))
            }
            (_, value) => value,
        }
    }

    /// Reads a value from what a person typed into a form.
    pub fn parse(self, typed: &str) -> Option<SettingValue> {
        let value = match self {
            Self::Switch => match typed.trim().to_ascii_lowercase().as_str() {
                "yes" | "true" | "on" => SettingValue::Switch(true),
                "no" | "false" | "off" => SettingValue::Switch(false),
                _ => return None,
            },
            Self::Number { .. } => SettingValue::Number(typed.trim().parse().ok()?),
            Self::Decimal { .. } => SettingValue::Decimal(thousandths(typed.trim().parse().ok()?)?),
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
    /// On or off.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// A number, in thousandths.
    Decimal(Thousandths),
    /// A text.
    Text(&'static str),
    /// No ids.
    NoIds,
}

impl SettingDefault {
    /// The value.
    pub fn value(self) -> SettingValue {
        match self {
            Self::Switch(on) => SettingValue::Switch(on),
            Self::Number(number) => SettingValue::Number(number),
            Self::Decimal(number) => SettingValue::Decimal(number),
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
    /// Whether the default is left out of the arm's identity: so for settings that came after adapters had been trained with
    /// the strategy, whose identity must stay what it was.
    pub quiet: bool,
}

impl Setting {
    /// The same setting with another default text.
    #[must_use]
    pub(crate) const fn reading(self, default: &'static str) -> Self {
        Self { default: SettingDefault::Text(default), ..self }
    }

    /// The same setting with another default number.
    #[must_use]
    pub(crate) const fn counting(self, default: i64) -> Self {
        Self { default: SettingDefault::Number(default), ..self }
    }

    /// The same setting, left out of identities while it has its default.
    #[must_use]
    pub(crate) const fn quietly(self) -> Self {
        Self { quiet: true, ..self }
    }
}
