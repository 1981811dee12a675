//! Changing what `[data]` says by the text of a `fourfold.toml`: the values that change are put in their places, all else,
//! comments included, stays as a person wrote it. What comes out is read back before it counts.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Problems};
use super::workbench::{DataFiles, Known, Workbench};
use super::{MANIFEST, portable, quoted};
use crate::data::Mapping;

/// How one file becomes three splits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SplitChange {
    /// As it is said now.
    Keep,
    /// Not at all.
    None,
    /// Drawn: the share of dev, and that of test.
    Draw(f64, f64),
}

/// What `[data]` is to say.
#[derive(Clone, Debug, PartialEq)]
pub struct DataChange {
    /// The files.
    pub files: DataFiles,
    /// How they become splits.
    pub split: SplitChange,
    /// Whether splits that are drawn are pinned as they come out. Who reads the rows writes the pin.
    pub pin: bool,
    /// Which columns mean what, and the layout, where that says it.
    pub mapping: Mapping,
}

/// `text` with a `[data]` that says `change`, if the result is a workbench in `root` that says just that, and nothing else
/// otherwise than before. What is written in a way that cannot be changed in its place is an error with its line.
pub fn with_data(text: &str, root: &Path, change: &DataChange) -> Result<String, ConfigError> {
    let before = Workbench::parse(text, root, Known::default())?;
    let layout = change.mapping.layout.map(|layout| quoted(layout.as_str()));
    let map = Mapping { layout: None, ..change.mapping.clone() };
    let values = [
        ("file", files_value(&change.files), before.data.files == change.files),
        ("split", split_value(change.split), change.split == SplitChange::Keep),
        ("layout", layout, before.data.mapping.layout == change.mapping.layout),
        ("map", map_value(&map), Mapping { layout: None, ..before.data.mapping.clone() } == map),
    ];
    let changed = edited(text, &values).map_err(|(span, what)| {
        let mut problems = Problems::new(text);
        let wanted: Vec<String> =
            values.iter().filter_map(|(key, value, _)| Some(format!("{key} = {}", value.as_ref()?))).collect();
        problems.add(span, what, format!("Write by hand under [data]: {}", wanted.join("  ")));
        ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() }
    })?;
    let after = Workbench::parse(&changed, root, Known::default())?;
    let right = after.data.files == change.files && after.data.mapping == change.mapping;
    if right && (Workbench { data: after.data.clone(), ..before } == after) {
        return Ok(changed);
    }
    let mut problems = Problems::new(text);
    problems.add(0..0, "`[data]` could not be changed in its place", "Change it by hand.");
    Err(ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() })
}

type Wanted<'a> = (&'a str, Option<String>, bool);

/// The text with each value that is not as wanted put in its place.
fn edited(text: &str, values: &[Wanted<'_>]) -> Result<String, (Range<usize>, &'static str)> {
    const OWN_SECTION: &str = "this has a section of its own and cannot be changed in its place";
    let nothing = DeTable::new();
    let parsed = DeTable::parse(text).ok();
    let data = parsed.as_ref().and_then(|root| root.get_ref().iter().find(|(key, _)| key.get_ref() == "data"));
    let (header, table) = match data.map(|(_, value)| (value.span(), value.get_ref())) {
        None => (None, &nothing),
        Some((span, DeValue::Table(table))) if text.get(span.clone()).is_some_and(|it| it.starts_with('[')) => {
            (Some(span), table)
        }
        Some((span, _)) => return Err((span, "`data` is not written as a section [data]")),
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut new = String::new();
    for (key, value, _) in values.iter().filter(|(_, _, is_so)| !is_so) {
        let there = table.iter().find(|(name, _)| name.get_ref() == *key);
        match (there, value) {
            (None, None) => {}
            // Writing to a text cannot fail.
            (None, Some(value)) => drop(writeln!(new, "{key} = {value}")),
            (Some((name, old)), value) => {
                let span = old.span();
                let own_section =
                    old.get_ref().is_table() && text.get(span.clone()).is_some_and(|it| it.starts_with('['));
                let line_start = text.get(..name.span().start).and_then(|it| it.rfind('\n')).map_or(0, |at| at + 1);
                if own_section || span.start < name.span().start {
                    return Err((name.span(), OWN_SECTION));
                }
                if let Some(value) = value {
                    edits.push((span, value.clone()));
                } else {
                    let rest = text.get(span.end..).unwrap_or_default();
                    let end = span.end + rest.find('\n').map_or(rest.len(), |at| at + 1);
                    edits.push((line_start..end, String::new()));
                }
            }
        }
    }
    let mut changed = text.to_owned();
    match header {
        Some(header) if !new.is_empty() => {
            let rest = text.get(header.end..).unwrap_or_default();
            let place = rest.find('\n').map(|at| header.end + at + 1);
            let (place, new) = place.map_or((text.len(), format!("\n{new}")), |place| (place, new));
            edits.push((place..place, new));
        }
        None if !new.is_empty() => {
            if changed.trim().is_empty() {
                "version = 1\n".clone_into(&mut changed);
            }
            if !changed.ends_with('\n') {
                changed.push('\n');
            }
            let _ = write!(changed, "\n[data]\n{new}");
        }
        _ => {}
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, value) in edits {
        changed.replace_range(span, &value);
    }
    Ok(changed)
}

fn files_value(files: &DataFiles) -> Option<String> {
    let path = |path: &Path| quoted(&portable(path));
    match files {
        DataFiles::None => None,
        DataFiles::One(one) => Some(path(one)),
        DataFiles::Splits { train, dev, test } => {
            let named = [("train", train), ("dev", dev), ("test", test)];
            let named =
                named.into_iter().filter_map(|(split, file)| Some(format!("{split} = {}", path(file.as_ref()?))));
            Some(format!("{{ {} }}", named.collect::<Vec<_>>().join(", ")))
        }
    }
}

fn split_value(split: SplitChange) -> Option<String> {
    match split {
        SplitChange::Draw(dev, test) => Some(format!("{{ dev = {dev:?}, test = {test:?} }}")),
        SplitChange::Keep | SplitChange::None => None,
    }
}

/// A mapping as `map = { … }` says it; none that says nothing.
fn map_value(mapping: &Mapping) -> Option<String> {
    let list = |names: &[String]| format!("[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "));
    let mut parts = Vec::new();
    let single = [("reference", &mapping.reference), ("id", &mapping.id), ("turns", &mapping.turns)];
    parts.extend(single.into_iter().filter_map(|(key, column)| Some(format!("{key} = {}", quoted(column.as_ref()?)))));
    if !mapping.choices.is_empty() {
        parts.push(format!("choices = {}", list(&mapping.choices)));
    }
    parts.extend(mapping.answer.as_ref().map(|column| format!("answer = {}", quoted(column))));
    parts.extend(mapping.answer_as.map(|way| format!("answer_as = {}", quoted(way.as_str()))));
    if !mapping.variables.is_empty() {
        let pairs = mapping.variables.iter().map(|(name, column)| format!("{} = {}", key(name), quoted(column)));
        parts.push(format!("variables = {{ {} }}", pairs.collect::<Vec<_>>().join(", ")));
    }
    if !mapping.hide.is_empty() {
        parts.push(format!("hide = {}", list(&mapping.hide)));
    }
    (!parts.is_empty()).then(|| format!("{{ {} }}", parts.join(", ")))
}

/// A key as TOML takes it: bare where it may be.
fn key(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::{SAMPLES, copy_sample};
    use crate::data::Layout;

    fn sample() -> (tempfile::TempDir, String) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        std::fs::write(home.path().join("data/new.csv"), "q,a\n1,2\n").unwrap();
        let text = std::fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        (home, text)
    }

    fn change(mapping: Mapping) -> DataChange {
        DataChange {
            files: DataFiles::One("data/new.csv".into()),
            split: SplitChange::Draw(0.1, 0.2),
            pin: false,
            mapping,
        }
    }

    fn mapping() -> Mapping {
        Mapping {
            reference: Some("a".into()),
            variables: [("order".to_owned(), "q".to_owned()), ("two words".to_owned(), "x".to_owned())].into(),
            hide: vec!["say \"hi\"".into()],
            ..Mapping::default()
        }
    }

    #[test]
    fn values_change_in_their_places_and_all_else_stays() {
        let (home, text) = sample();
        let commented = text.replace("[data]\n", "[data] # where the rows are\n# the files\n");
        let changed = with_data(&commented, home.path(), &change(mapping())).unwrap();
        assert!(
            changed.contains("[data] # where the rows are\nsplit = { dev = 0.1, test = 0.2 }\n# the files\n"),
            "{changed}"
        );
        assert!(changed.contains("file = \"data/new.csv\"\n"), "{changed}");
        let kept = |text: &str| {
            let data = ["file = ", "map = ", "split = ", "layout = "];
            let lines = text.lines().filter(|line| !data.iter().any(|key| line.starts_with(key)));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(kept(&changed), kept(&commented));
        let back = Workbench::parse(&changed, home.path(), Known::default()).unwrap();
        assert_eq!(back.data.mapping, mapping());
        // And back again, with a layout: what is no longer said goes with its line.
        let files = DataFiles::Splits {
            train: Some("data/train.jsonl".into()),
            dev: None,
            test: Some("data/test.jsonl".into()),
        };
        let layout = Mapping { layout: Some(Layout::QuestionAnswer), ..Mapping::default() };
        let again = DataChange { files, split: SplitChange::None, pin: false, mapping: layout };
        let changed = with_data(&changed, home.path(), &again).unwrap();
        assert!(!changed.contains("split =") && !changed.contains("map ="), "{changed}");
        assert!(changed.contains("layout = \"question-answer\"\n"));
        assert_eq!(with_data(&changed, home.path(), &again).unwrap(), changed, "nothing to do is nothing done");
    }

    #[test]
    fn a_file_without_data_gets_a_section_and_other_forms_are_refused_with_their_line() {
        let (home, text) = sample();
        for empty in ["", "version = 1"] {
            let made = with_data(empty, home.path(), &change(mapping())).unwrap();
            assert!(made.starts_with("version = 1\n\n[data]\nfile = \"data/new.csv\"\n"), "{made}");
        }
        let table = "file = { train = \"data/train.jsonl\", dev = \"data/dev.jsonl\", test = \"data/test.jsonl\" }\n";
        let own = text.replace(table, "").replace(
            "map = { reference = \"answer\" }\n",
            "[data.file]\ntrain = \"data/train.jsonl\"\n[data.map]\nreference = \"answer\"\n",
        );
        let own_line = own.lines().position(|line| line == "[data.file]").unwrap() + 1;
        for (form, line) in [(own.as_str(), own_line), ("data.file = \"data/new.csv\"\n", 1)] {
            let error = with_data(
                form,
                home.path(),
                &DataChange { files: DataFiles::One(PathBuf::from("data/dev.jsonl")), ..change(mapping()) },
            );
            let error = error.unwrap_err();
            assert!(error.to_string().contains(&format!("fourfold.toml:{line}: ")), "{error}");
            assert!(error.hint().contains("file = \"data/dev.jsonl\""), "{}", error.hint());
        }
    }
}
