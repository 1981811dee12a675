//! The theme in a person's settings: where it is named, and keeping one that they picked, by the text, so that all else there
//! stays as they wrote it.

use std::fs;
use std::io;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::append::quoted;
use super::origin::origins;
use super::settings::Location;
use crate::files::write_whole;

/// `text` with `theme = "name"`; `None` where it names a pair for dark and light terminals, of which nobody said which is meant.
fn with_theme(text: &str, name: &str) -> Option<String> {
    let (root, _) = DeTable::parse_recoverable(text);
    let Some(value) = root.get_ref().get("theme") else {
        return Some(format!("theme = {}\n{text}", quoted(name)));
    };
    let DeValue::String(_) = value.get_ref() else { return None };
    let (before, after) = (text.get(..value.span().start)?, text.get(value.span().end..)?);
    Some(format!("{before}{}{after}", quoted(name)))
}

/// The themes that settings name, each with its line, from 1.
pub fn themes_named(text: &str) -> Vec<(String, usize)> {
    let (root, _) = DeTable::parse_recoverable(text);
    let name = |value: &DeValue<'_>| match value {
        DeValue::String(name) => Some(name.to_string()),
        _ => None,
    };
    let named: Vec<String> = match root.get_ref().get("theme").map(toml::Spanned::get_ref) {
        Some(DeValue::Table(pair)) => pair.values().filter_map(|value| name(value.get_ref())).collect(),
        other => other.and_then(name).into_iter().collect(),
    };
    let lines = origins(text).into_iter().filter(|origin| origin.name == "theme" || origin.name.starts_with("theme."));
    lines
        .filter_map(|origin| {
            let name = named.iter().find(|name| origin.value.trim_matches(['"', '\'']) == name.as_str())?;
            Some((name.clone(), origin.line))
        })
        .collect()
}

/// Where the settings in `file` name a theme: `FILE:LINE`.
pub fn theme_place(file: &Path, name: &str) -> Option<String> {
    let named = themes_named(&fs::read_to_string(file).ok()?);
    let (_, line) = named.into_iter().find(|(theme, _)| theme == name)?;
    Some(format!("{}:{line}", file.display()))
}

/// Writes the theme called `name` into the settings at `location`, and says where it is kept, or why it is not.
pub fn keep_theme(location: &Location, name: &str) -> Result<String, String> {
    let file = location.file.display();
    let failed = |error: io::Error| format!("Until you quit: {file} cannot be written ({error}).");
    let text = match fs::read_to_string(&location.file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(failed)?,
    };
    let Some(text) = with_theme(&text, name) else {
        return Err(format!("Until you quit: {file} names a theme for dark and one for light terminals."));
    };
    if let Some(folder) = location.file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    write_whole(&location.file, text.as_bytes()).map_err(failed)?;
    Ok(format!("Kept in {file}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{NamedBy, Settings, ThemeSetting};

    #[test]
    fn a_name_takes_the_place_of_a_name_and_all_else_stays() {
        for (before, after) in [
            ("", "theme = \"nord\"\n"),
            ("mouse = false\n[keys]\n", "theme = \"nord\"\nmouse = false\n[keys]\n"),
            ("# mine\ntheme = 'gruvbox-dark' # dark\n", "# mine\ntheme = \"nord\" # dark\n"),
        ] {
            assert_eq!(with_theme(before, "nord").as_deref(), Some(after));
        }
        assert_eq!(with_theme("theme = { dark = \"a\", light = \"b\" }\n", "nord"), None);
    }

    #[test]
    fn a_theme_is_found_by_its_line() {
        let table = [
            ("mouse = false\ntheme = 'nrod'\n", vec![("nrod", 2)]),
            ("theme = { dark = \"a\", light = \"b\" }\n", vec![("a", 1), ("b", 1)]),
            ("[theme]\ndark = \"a\"\nlight = \"b\"\n", vec![("a", 2), ("b", 3)]),
            ("mouse = false\n", vec![]),
            ("theme = 7\n", vec![]),
        ];
        for (text, expected) in table {
            let expected: Vec<(String, usize)> =
                expected.into_iter().map(|(name, line)| (name.to_owned(), line)).collect();
            assert_eq!(themes_named(text), expected, "{text}");
        }
    }

    #[test]
    fn a_picked_theme_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("fourfold/config.toml");
        let location = Location { themes: home.path().to_owned(), file: file.clone(), named_by: NamedBy::Convention };
        assert!(keep_theme(&location, "nord").unwrap().starts_with("Kept in "));
        assert_eq!(Settings::load(&location).unwrap().theme, ThemeSetting::One("nord".to_owned()));
        fs::write(&file, "theme = { dark = \"nord\", light = \"catppuccin-latte\" }\n").unwrap();
        assert!(keep_theme(&location, "nord").unwrap_err().contains("one for light"));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(keep_theme(&location, "nord").unwrap_err().starts_with("Until you quit: "));
    }
}
