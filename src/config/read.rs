//! Text to [`WorkbenchFile`]: every unknown key and every wrong type is found, not just the first.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::WorkbenchFile;
use super::nearest::did_you_mean;
use super::problem::Problems;
use super::schema::{Place, schema};

/// Tables read by hand: their readers judge their keys themselves, and one complaint about each is enough.
const READ_BY_HAND: [&str; 2] = ["api_key", "strategy"];

/// Past this many a file is of another kind, and each costs another reading.
const MOST_PROBLEMS: usize = 100;

/// What could be read of a file.
pub(super) enum Reading {
    /// Its shape is right, apart from unknown keys that were noted.
    Whole(Box<WorkbenchFile>),
    /// Something of it could not be read: names it would have defined are not known.
    Partial,
}

/// Reads `text`, noting what is wrong with its syntax, its keys and its types.
pub(super) fn read(text: &str, problems: &mut Problems<'_>) -> Reading {
    let (mut root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let hint = "The file is TOML: `key = value` lines under `[section]` or `[[section]]` headings.";
        problems.add(error.span().unwrap_or_default(), error.message(), hint);
    }
    if !errors.is_empty() {
        return Reading::Partial;
    }
    let schema = schema();
    check_table(root.get_mut(), Place::root(schema.as_value()), "", problems);

    let mut removed = BTreeSet::new();
    let mut whole = true;
    while problems.len() < MOST_PROBLEMS {
        let error = match WorkbenchFile::deserialize(root.clone().into_deserializer()) {
            Ok(file) if whole => return Reading::Whole(Box::new(file)),
            Ok(_) => return Reading::Partial,
            Err(error) => error,
        };
        whole = false;
        let span = error.span().unwrap_or_default();
        let missing = missing_field(error.message());
        // What was taken out because it was wrong is not missing as well.
        let known = missing.is_some_and(|field| removed.contains(field));
        let mut cutter = Cutter { span: &span, missing: missing.is_some(), root: &root, path: Vec::new() };
        let Some(cut) = cutter.find(root.get_ref()).map(Cut::outside_of_hand_read_tables) else {
            problems.add(span, error.message(), "");
            return Reading::Partial;
        };
        if !known {
            let named = cut.span.clone().unwrap_or(span);
            problems.add(named, describe(error.message(), &cut.path), hint_for(missing));
        }
        if let Some(Step::Key(key)) = cut.path.last() {
            removed.insert(key.clone());
        }
        if !remove(root.get_mut(), &cut.path) {
            return Reading::Partial;
        }
    }
    Reading::Partial
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

fn describe(message: &str, path: &[Step]) -> String {
    let place = path.iter().filter_map(Step::key).collect::<Vec<_>>().join(".");
    match missing_field(message) {
        Some(field) => format!("`{place}` has no `{field}`"),
        None => format!("`{place}`: {message}"),
    }
}

fn hint_for(missing: Option<&str>) -> String {
    match missing {
        Some(field) => format!("Add a line `{field} = ...`."),
        None => "Change the value to what is expected.".to_owned(),
    }
}

/// Notes and drops every key that the schema does not have.
fn check_table(table: &mut DeTable<'_>, place: Place<'_>, path: &str, problems: &mut Problems<'_>) {
    let Some(known) = place.keys() else { return };
    let names: Vec<&str> = known.keys().copied().collect();
    let unknown: Vec<(String, Range<usize>)> = table
        .keys()
        .filter(|key| !known.contains_key(key.get_ref().as_ref()))
        .map(|key| (key.get_ref().to_string(), key.span()))
        .collect();
    for (name, span) in unknown {
        let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        problems.add(span, format!("unknown key `{name}`{place}"), did_you_mean(&name, &names, "key"));
        table.remove(name.as_str());
    }
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().as_ref();
        let Some(place) = known.get(name).filter(|_| !READ_BY_HAND.contains(&name)) else { continue };
        let path = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        match value.get_mut() {
            DeValue::Table(inner) => check_table(inner, *place, &path, problems),
            DeValue::Array(items) => {
                let Some(place) = place.items() else { continue };
                for item in items.iter_mut() {
                    if let DeValue::Table(inner) = item.get_mut() {
                        check_table(inner, place, &path, problems);
                    }
                }
            }
            _ => {}
        }
    }
}

/// One step from the root of the file to a value.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// Where a wrong value is.
struct Cut {
    path: Vec<Step>,
    /// The value's own place, where the error did not say it.
    span: Option<Range<usize>>,
}

impl Cut {
    fn outside_of_hand_read_tables(mut self) -> Self {
        let hand_read = |step: &Step| step.key().is_some_and(|key| READ_BY_HAND.contains(&key));
        if let Some(at) = self.path.iter().position(hand_read) {
            self.path.truncate(at + 1);
        }
        self
    }
}

/// Finds the value that an error is about, so that it can be taken out and the rest be read.
struct Cutter<'a> {
    span: &'a Range<usize>,
    missing: bool,
    root: &'a Spanned<DeTable<'a>>,
    path: Vec<Step>,
}

impl Cutter<'_> {
    fn find(&mut self, table: &DeTable<'_>) -> Option<Cut> {
        for (key, value) in table {
            self.path.push(Step::Key(key.get_ref().to_string()));
            if let Some(cut) = self.find_in(value) {
                return Some(cut);
            }
            self.path.pop();
        }
        None
    }

    fn find_in(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Cut> {
        match value.get_ref() {
            DeValue::Table(table) => {
                if let Some(cut) = self.find(table) {
                    return Some(cut);
                }
                if value.span().start <= self.span.start
                    && self.span.start < value.span().end.max(value.span().start + 1)
                {
                    if !self.missing
                        && let Some(cut) = self.culprit(table)
                    {
                        return Some(cut);
                    }
                    return Some(Cut { path: self.path.clone(), span: None });
                }
                None
            }
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    if let Some(cut) = self.find_in(item) {
                        return Some(cut);
                    }
                    self.path.pop();
                }
                value.span().contains(&self.span.start).then(|| Cut { path: self.path.clone(), span: None })
            }
            _ => value.span().contains(&self.span.start).then(|| Cut { path: self.path.clone(), span: None }),
        }
    }

    /// Flattened keys lose their places: the culprit is the key without which the complaint changes.
    fn culprit(&self, table: &DeTable<'_>) -> Option<Cut> {
        let complaint = |root: Spanned<DeTable<'_>>| {
            WorkbenchFile::deserialize(root.into_deserializer())
                .err()
                .map(|error| (error.message().to_owned(), error.span()))
        };
        let before = complaint(self.root.clone());
        table.iter().find_map(|(key, value)| {
            let mut path = self.path.clone();
            path.push(Step::Key(key.get_ref().to_string()));
            let mut without = self.root.clone();
            let gone = remove(without.get_mut(), &path);
            let after = complaint(without);
            let is_it = gone
                && after != before
                && after.is_none_or(|(message, _)| missing_field(&message) != Some(key.get_ref().as_ref()));
            is_it.then(|| Cut { path, span: Some(value.span()) })
        })
    }
}

/// Takes out the value at `path`; says whether there was one.
fn remove(table: &mut DeTable<'_>, path: &[Step]) -> bool {
    let [Step::Key(key), rest @ ..] = path else { return false };
    if rest.is_empty() {
        return table.remove(key.as_str()).is_some();
    }
    table.get_mut(key.as_str()).is_some_and(|value| remove_in(value.get_mut(), rest))
}

fn remove_in(value: &mut DeValue<'_>, path: &[Step]) -> bool {
    match (value, path) {
        (DeValue::Table(table), _) => remove(table, path),
        (DeValue::Array(items), [Step::Index(index), rest @ ..]) if *index < items.len() => {
            if rest.is_empty() {
                *items =
                    items.clone().into_iter().enumerate().filter(|(at, _)| at != index).map(|(_, item)| item).collect();
                return true;
            }
            items.get_mut(*index).is_some_and(|item| remove_in(item.get_mut(), rest))
        }
        _ => false,
    }
}
