//! A strategy with its settings, as an arm names it: read, checked, written back, hashed.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::StrategyError;
use super::recipe::Calls;
use super::registry::{self, Strategy};
use super::setting::{Setting, SettingValue};
use super::settings::Settings;
use super::{OWN, own};
use crate::prompt::nearest;

/// A known strategy and the settings that differ from its defaults; every value checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StrategyConfig {
    name: &'static str,
    settings: Settings,
}

impl Default for StrategyConfig {
    fn default() -> Self {
        Self::of(registry::FALLBACK)
    }
}

impl StrategyConfig {
    /// A strategy with its defaults.
    pub(crate) fn of(strategy: &'static dyn Strategy) -> Self {
        Self { name: strategy.id(), settings: Settings::new(strategy.id(), strategy.settings()) }
    }

    /// The temperature that the strategy samples at by itself, whatever its arm says; `None` for one that leaves it to the arm.
    pub fn own_temperature(&self) -> Option<f64> {
        self.strategy().recipe(self).ok()?.temperature
    }

    /// The strategy of that name with its defaults.
    pub fn named(name: &str) -> Result<Self, StrategyError> {
        let strategy = registry::find(name).ok_or_else(|| {
            let known = || registry::all().iter().map(|strategy| strategy.id());
            StrategyError::UnknownStrategy {
                name: name.to_owned(),
                nearest: nearest(name, known()).map(str::to_owned),
                known: known().map(str::to_owned).collect(),
            }
        })?;
        Ok(Self::of(strategy))
    }

    /// Reads a strategy as `fourfold.toml` gives it: a name, or a table with a `name` and settings.
    pub fn from_toml(value: &toml::Value) -> Result<Self, StrategyError> {
        match value {
            toml::Value::String(name) => Self::named(name),
            toml::Value::Table(table) => {
                let name = table.get("name").and_then(toml::Value::as_str).ok_or(StrategyError::NoName)?;
                let mut settings = table.clone();
                settings.remove("name");
                Self::from_parts(name, &settings)
            }
            _ => Err(StrategyError::NoName),
        }
    }

    /// A strategy by its name and a table of settings.
    pub fn from_parts(name: &str, settings: &toml::Table) -> Result<Self, StrategyError> {
        let mut config = Self::named(name)?;
        for (setting, value) in settings {
            config.set(setting, read_value(value))?;
        }
        // Stages are read once here, so that a strategy of one's own is refused where it is named.
        if name == OWN {
            own::read(&config.settings)?;
        }
        Ok(config)
    }

    /// The strategy itself.
    pub fn strategy(&self) -> &'static dyn Strategy {
        registry::find(self.name).unwrap_or(registry::FALLBACK)
    }

    /// The strategy's id.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name by which a person knows it: of one of their own, the one they gave it.
    pub(crate) fn said_name(&self) -> String {
        if self.name == OWN { self.settings.text(own::ID) } else { self.name.to_owned() }
    }

    /// Its settings.
    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes a setting. A value equal to the default is not kept apart from it.
    pub fn set(&mut self, name: &str, value: SettingValue) -> Result<(), StrategyError> {
        self.settings.set(name, value)
    }

    /// The value of a setting: what is set, else the default. `None` for a name the strategy does not have.
    pub fn get(&self, name: &str) -> Option<SettingValue> {
        self.settings.get(name)
    }

    /// How many calls it makes.
    pub fn calls(&self) -> Calls {
        self.strategy().calls(self)
    }

    /// Its name and settings as `fourfold.toml` says them: of one of the workbench's own the name alone, which the file explains.
    pub fn parts(&self) -> (String, toml::Table) {
        let settings = if self.name == OWN { BTreeMap::new() } else { self.settings.set_apart().clone() };
        let settings = settings
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), toml::Value::try_from(value).ok()?)))
            .collect();
        (self.said_name(), settings)
    }

    /// Everything that decides what is sent, defaults spelled out, in one fixed form. Part of an arm's identity.
    pub fn canonical(&self) -> String {
        let told = |setting: &&Setting| !setting.quiet || self.settings.set_apart().contains_key(setting.name);
        let settings: BTreeMap<&str, SettingValue> = self
            .settings
            .known()
            .iter()
            .filter(told)
            .filter_map(|setting| Some((setting.name, self.get(setting.name)?)))
            .collect();
        serde_json::json!({ "name": self.name, "settings": settings }).to_string()
    }

    /// The hash of [`StrategyConfig::canonical`]: the same on every machine and in every later version.
    pub fn hash(&self) -> blake3::Hash {
        blake3::hash(self.canonical().as_bytes())
    }

    /// A short label for a pane's title: the name and what is set.
    pub fn label(&self) -> String {
        if self.name == OWN {
            return self.settings.text(own::ID);
        }
        let settings: Vec<String> = self
            .settings
            .set_apart()
            .iter()
            .map(|(name, value)| match value {
                SettingValue::Switch(true) => (*name).to_owned(),
                SettingValue::Switch(false) => format!("no {name}"),
                SettingValue::Number(number) => format!("{name}={number}"),
                SettingValue::Decimal(number) => format!("{name}={number}"),
                SettingValue::List(list) => format!("{} {name}", list.len()),
                SettingValue::Text(text) if text.len() <= 12 => format!("{name}={text}"),
                SettingValue::Text(_) => format!("own {name}"),
            })
            .collect();
        if settings.is_empty() { self.name.to_owned() } else { format!("{} ({})", self.name, settings.join(", ")) }
    }
}

/// A value as the settings know it. One of no known kind is refused by its setting, with what it expects.
pub(super) fn read_value(value: &toml::Value) -> SettingValue {
    SettingValue::deserialize(value.clone()).unwrap_or(SettingValue::List(vec![String::new()]))
}

impl Serialize for StrategyConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Table<'a> {
            name: &'a str,
            #[serde(flatten)]
            settings: &'a BTreeMap<&'static str, SettingValue>,
        }
        if self.settings.set_apart().is_empty() {
            serializer.serialize_str(self.name)
        } else {
            Table { name: self.name, settings: self.settings.set_apart() }.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for StrategyConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        Self::from_toml(&value).map_err(|error| D::Error::custom(format!("{error}. {}", error.hint())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Arm {
        strategy: StrategyConfig,
    }

    fn read(text: &str) -> Result<StrategyConfig, String> {
        toml::from_str::<Arm>(&format!("strategy = {text}"))
            .map(|arm| arm.strategy)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn strategies_are_read_and_written_back() {
        for text in ["\"zero-shot\"", "{ name = \"few-shot\", k = 5, ids = [\"a\", \"b\"], placement = \"inline\" }"] {
            let arm = Arm { strategy: read(text).unwrap() };
            assert_eq!(toml::from_str::<Arm>(&toml::to_string(&arm).unwrap()).unwrap(), arm);
        }
        assert_eq!(read("{ name = \"few-shot\", k = 3 }").unwrap(), read("\"few-shot\"").unwrap());
    }

    #[test]
    fn mistakes_name_what_was_meant() {
        for (text, expected) in [
            ("\"few-shoot\"", "there is no strategy `few-shoot`. Did you mean `few-shot`?"),
            ("{ name = \"few-shot\", kk = 3 }", "the strategy few-shot has no setting `kk`. Did you mean `k`?"),
            ("{ name = \"few-shot\", k = 0 }", "few-shot: `k` must be a whole number from 1 to 64"),
            ("{ name = \"few-shot\", k = \"3\" }", "few-shot: `k` must be a whole number"),
            ("{ name = \"few-shot\", k = 3.5 }", "few-shot: `k` must be a whole number"),
            (
                "{ name = \"few-shot\", select = \"bm\" }",
                "few-shot: `select` must be one of: first, random, bm25, bm25-code, nearest",
            ),
            ("{ name = \"self-consistency\", temperature = 0 }", "`temperature` must be a number from 0.01 to 2"),
            ("{ name = \"self-consistency\", temperature = 0.12345 }", "`temperature` must be a number from 0.01"),
            ("{ name = \"zero-shot\", k = 1 }", "the strategy zero-shot has no setting `k`"),
            ("{ k = 1 }", "a strategy is a name or a table with a `name`"),
            ("3", "a strategy is a name or a table with a `name`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn identity_is_stable_and_spells_out_defaults() {
        assert_eq!(StrategyConfig::default().canonical(), r#"{"name":"zero-shot","settings":{}}"#);
        let plain = read("\"few-shot\"").unwrap();
        // Adapters carry the hash of the strategy they were trained with: settings that came later must not change it.
        let item = "Example {{ number }}\\nInput: {{ input }}\\nOutput: {{ output }}\\n";
        let expected = format!(
            r#"{{"name":"few-shot","settings":{{"ids":[],"item":"{item}","k":3,"placement":"turns","select":"first"}}}}"#
        );
        assert_eq!(plain.canonical(), expected);
        assert!(read("{ name = \"few-shot\", balance = true }").unwrap().canonical().contains("balance"));
        assert_eq!(plain.hash(), read("{ name = \"few-shot\", placement = \"turns\" }").unwrap().hash());
        assert_ne!(plain.hash(), read("{ name = \"few-shot\", k = 4 }").unwrap().hash());
        assert!(plain.canonical().contains("\"k\":3"), "{}", plain.canonical());
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(
            read("{ name = \"few-shot\", k = 5, ids = [\"a\", \"b\"] }").unwrap().label(),
            "few-shot (2 ids, k=5)"
        );
    }
}
