//! Where each value of a TOML file stands: for `fourfold doctor`, which says of every setting who set it.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::line_of;

/// A value of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its place among the tables: `run.budget`; items of a list by their `id`: `model[base].provider`.
    pub name: String,
    /// The line it stands on, from 1.
    pub line: usize,
    /// The value as it is written.
    pub value: String,
}

/// Every value of `text`, in the order of the file, as far as it is TOML. What stands as a key's source is shown by its kind
/// and name only where it cannot be a key itself.
pub fn origins(text: &str) -> Vec<Origin> {
    let (root, _) = DeTable::parse_recoverable(text);
    let mut found = Vec::new();
    walk(root.get_ref(), "", text, &mut found);
    found.sort_by_key(|origin| origin.line);
    found
}

fn walk(table: &DeTable<'_>, path: &str, text: &str, found: &mut Vec<Origin>) {
    for (key, value) in table {
        let name = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        if key.get_ref() == "api_key" || path == "api_keys" {
            found.push(Origin { name, line: line_of(text, &key.span()), value: key_source(value.get_ref()) });
            continue;
        }
        match value.get_ref() {
            DeValue::Table(inner) => walk(inner, &name, text, found),
            DeValue::Array(items) if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) => {
                for (index, item) in items.iter().enumerate() {
                    let DeValue::Table(inner) = item.get_ref() else { continue };
                    let id = inner.get("id").and_then(|id| string(id.get_ref()));
                    walk(inner, &format!("{name}[{}]", id.unwrap_or_else(|| (index + 1).to_string())), text, found);
                }
            }
            _ => found.push(Origin { name, line: line_of(text, &key.span()), value: written(text, value) }),
        }
    }
}

/// A key's source; anything else that stands there may be a key.
fn key_source(value: &DeValue<'_>) -> String {
    let hidden = || "(not shown)".to_owned();
    let DeValue::Table(table) = value else { return hidden() };
    let parts: Vec<String> = table
        .iter()
        .map(|(form, value)| match (&**form.get_ref(), string(value.get_ref())) {
            (form @ ("command" | "keyring" | "file"), Some(text)) => format!("{form} {text}"),
            ("env", Some(name))
                if name.chars().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_') =>
            {
                format!("env {name}")
            }
            _ => hidden(),
        })
        .collect();
    parts.join(", ")
}

fn string(value: &DeValue<'_>) -> Option<String> {
    if let DeValue::String(text) = value { Some(text.to_string()) } else { None }
}

/// A value as the file writes it, on one line.
fn written(text: &str, value: &Spanned<DeValue<'_>>) -> String {
    let raw = text.get(value.span()).unwrap_or_default();
    // An address with credentials in it is refused elsewhere; here it is not repeated.
    if raw
        .split_once("://")
        .is_some_and(|(_, rest)| rest.split(['/', '"', '\'']).next().is_some_and(|host| host.contains('@')))
    {
        return "(not shown: it holds credentials)".to_owned();
    }
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_line_and_no_key_is_shown() {
        let text = "version = 1\n[[model]]\nid = \"a\"\napi_key = \"sk-canary\"\n[[model]]\napi_key = { env = \"MY_KEY\" }\n\
                    [run]\nbudget = 1.5\n[data]\nmap = { reference = \"answer\" }\nbase_url = \"https://me:canary@x.test/v1\"\n[api_keys]\nx = \"sk-canary\"\n";
        let lines: Vec<String> =
            origins(text).into_iter().map(|it| format!("{} {} = {}", it.line, it.name, it.value)).collect();
        assert_eq!(
            lines,
            [
                "1 version = 1",
                "3 model[a].id = \"a\"",
                "4 model[a].api_key = (not shown)",
                "6 model[2].api_key = env MY_KEY",
                "8 run.budget = 1.5",
                "10 data.map.reference = \"answer\"",
                "11 data.base_url = (not shown: it holds credentials)",
                "13 api_keys.x = (not shown)",
            ]
        );
        assert!(origins("a = [\n").is_empty() || !origins("a = [\n").is_empty(), "a broken file is no panic");
    }
}
