//! The values of some settings, each checked as it is set: of a strategy, or of one stage of a person's own strategy.

use std::collections::BTreeMap;

use super::error::StrategyError;
use super::setting::{Setting, SettingKind, SettingValue};
use crate::prompt::{Problem, Prompt, PromptKind, Severity, nearest};

/// What keeps a text from being a template, if something does.
fn template_fault(text: &str) -> Option<Problem> {
    let prompt = Prompt::parse(text, PromptKind::Plain);
    prompt.problems().iter().find(|problem| problem.severity == Severity::Error).cloned()
}

/// Known settings, and those that differ from their defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    of: String,
    known: &'static [Setting],
    set: BTreeMap<&'static str, SettingValue>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.set == other.set
    }
}

impl Eq for Settings {}

impl std::hash::Hash for Settings {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.of.hash(state);
        self.set.hash(state);
    }
}

impl Settings {
    /// Everything at its default. `of` is whose settings these are, for what an error says.
    pub(crate) fn new(of: impl Into<String>, known: &'static [Setting]) -> Self {
        Self { of: of.into(), known, set: BTreeMap::new() }
    }

    /// What can be set.
    pub const fn known(&self) -> &'static [Setting] {
        self.known
    }

    /// What differs from its default.
    pub const fn set_apart(&self) -> &BTreeMap<&'static str, SettingValue> {
        &self.set
    }

    /// Changes a setting. A value equal to the default is not kept apart from it.
    pub(crate) fn set(&mut self, name: &str, value: SettingValue) -> Result<(), StrategyError> {
        let Some(setting) = self.known.iter().find(|setting| setting.name == name) else {
            let known = || self.known.iter().map(|setting| setting.name);
            return Err(StrategyError::UnknownSetting {
                strategy: self.of.clone(),
                setting: name.to_owned(),
                nearest: nearest(name, known()).map(str::to_owned),
                known: known().map(str::to_owned).collect(),
            });
        };
        let value = setting.kind.own_form(value);
        if !setting.kind.accepts(&value) {
            return Err(StrategyError::BadSetting {
                strategy: self.of.clone(),
                setting: name.to_owned(),
                expected: setting.kind.expected(),
            });
        }
        if let (SettingKind::Template, SettingValue::Text(text)) = (setting.kind, &value)
            && let Some(problem) = template_fault(text)
        {
            return Err(StrategyError::BadTemplate {
                strategy: self.of.clone(),
                setting: name.to_owned(),
                line: problem.line,
                reason: problem.message,
                hint: problem.hint,
            });
        }
        if value == setting.default.value() {
            self.set.remove(setting.name);
        } else {
            self.set.insert(setting.name, value);
        }
        Ok(())
    }

    /// The value of a setting: what is set, else the default. `None` for a name that is not known.
    pub fn get(&self, name: &str) -> Option<SettingValue> {
        let setting = self.known.iter().find(|setting| setting.name == name)?;
        Some(self.set.get(name).cloned().unwrap_or_else(|| setting.default.value()))
    }

    /// A count; 0 where there is no such setting.
    pub(crate) fn count(&self, name: &str) -> usize {
        match self.get(name) {
            Some(SettingValue::Number(number)) => usize::try_from(number).unwrap_or_default(),
            _ => 0,
        }
    }

    /// A number; `None` where there is no such setting.
    pub(crate) fn decimal(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some(SettingValue::Decimal(number)) => Some(number.value()),
            _ => None,
        }
    }

    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.get(name) == Some(SettingValue::Switch(true))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        if let Some(SettingValue::Text(text)) = self.get(name) { text } else { String::new() }
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        if let Some(SettingValue::List(list)) = self.get(name) { list } else { Vec::new() }
    }
}
