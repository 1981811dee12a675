//! `${env:NAME}`, `${env:NAME:default}` and `${file:path}` as the whole value of an input's default.

use serde_json::Value;

use super::error::{Place, PromptError};
use super::jail::{self, Permissions, Reach};
use super::yaml;

/// The value a default stands for. Values without a reference come back as they are.
pub(crate) fn resolve(
    value: &Value,
    place: &Place,
    reach: Option<&Reach>,
    permissions: &Permissions,
) -> Result<Value, PromptError> {
    match value {
        Value::String(text) => match reference(text) {
            Some(("env", written)) => environment(written, place, permissions).map(Value::String),
            Some(("file", path)) => file(path, place, reach, permissions),
            _ => Ok(value.clone()),
        },
        Value::Array(items) => items.iter().map(|item| resolve(item, place, reach, permissions)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| Ok((key.clone(), resolve(item, place, reach, permissions)?)))
            .collect::<Result<_, PromptError>>()
            .map(Value::Object),
        other => Ok(other.clone()),
    }
}

fn reference(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.strip_suffix('}')?.split_once(':')
}

fn environment(written: &str, place: &Place, permissions: &Permissions) -> Result<String, PromptError> {
    let (name, default) = match written.split_once(':') {
        Some((name, default)) => (name, Some(default)),
        None => (written, None),
    };
    let refused = |reason: &str| PromptError::Environment {
        place: place.clone(),
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    if !permissions.environment.allows(name) {
        return default.map(str::to_owned).ok_or_else(|| refused("may not be read by prompts"));
    }
    match (std::env::var(name), default) {
        (Ok(value), _) => Ok(value),
        (Err(_), Some(default)) => Ok(default.to_owned()),
        (Err(_), None) => Err(refused("is not set")),
    }
}

fn file(path: &str, place: &Place, reach: Option<&Reach>, permissions: &Permissions) -> Result<Value, PromptError> {
    let refused = |reason: String| PromptError::Path { place: place.clone(), path: path.to_owned(), reason };
    let text = jail::read(reach, permissions.files, path).map_err(|denied| refused(denied.to_string()))?;
    let ends = |extension: &str| path.len() > extension.len() && path.to_ascii_lowercase().ends_with(extension);
    if ends(".json") {
        return serde_json::from_str(&text).map_err(|error| refused(format!("it is not JSON: {error}")));
    }
    if ends(".yaml") || ends(".yml") {
        return match yaml::read(&text, 0..text.len()) {
            Ok(node) => Ok(node.map_or(Value::Null, |node| node.to_json())),
            Err(fault) => Err(refused(format!("it is not YAML: {}", fault.message))),
        };
    }
    Ok(Value::String(text))
}
