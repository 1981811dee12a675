//! Tests: variables and what is expected, written in place or in files.

use serde_json::{Map, Value};

use super::assertions::{Meaning, meaning, short};
use super::patterns::is_pattern;
use super::providers::{self, Model};
use super::{Reader, Source, ending, is_program};
use crate::prompt::{YamlData, YamlNode};

/// Cases that one test with lists of values may become.
const MOST: usize = 10_000;

/// One case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Test {
    pub(super) id: Option<String>,
    pub(super) variables: Map<String, Value>,
    /// What the answer is held against, with the place where it is written.
    pub(super) asserts: Vec<Assert>,
}

/// An assertion with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assert {
    pub(super) kind: String,
    pub(super) meaning: Meaning,
    pub(super) file: String,
    pub(super) line: usize,
    /// How much it counts for its test; 1 unless said.
    pub(super) weight: f64,
    /// The model that judges, where one is named.
    pub(super) judge: Option<Model>,
}

/// An assertion before variables are filled in.
struct Written {
    kind: String,
    value: Value,
    file: String,
    line: usize,
    threshold: bool,
    weight: f64,
    judge: Option<Model>,
}

pub(super) fn read(
    reader: &mut Reader,
    source: &Source,
    tests: Option<&YamlNode>,
    usual: Option<&YamlNode>,
) -> Vec<Test> {
    let mut usual_variables = Map::new();
    let mut usual_asserts = Vec::new();
    let mut usual_judge: Option<Model> = None;
    // It may stand in a file of its own.
    let file = usual.and_then(|usual| Some((usual.range.start, usual.text()?)));
    let file = file.and_then(|(at, path)| {
        if is_program(&path) {
            let what = format!("the default test `{path}`");
            reader.leave(source, at, &what, "it is a program, and nothing is executed");
            return None;
        }
        let file = reader.file(source, at, &path)?;
        let node = reader.yaml(&file)?;
        Some((file, node))
    });
    let (usual_source, usual) = match &file {
        Some((file, node)) => (file, Some(node)),
        None => (source, usual.filter(|usual| usual.text().is_none())),
    };
    if let Some(usual) = usual {
        let source = usual_source;
        usual_variables = variables(reader, source, usual.get("vars"));
        usual_judge = usual
            .get("options")
            .and_then(|options| options.get("provider"))
            .and_then(|node| judge(reader, source, node));
        usual_asserts = asserts(reader, source, usual.get("assert"));
        ignored(reader, source, usual, "the default test");
    }
    let mut found = Vec::new();
    let one: Vec<YamlNode> = tests.into_iter().cloned().collect();
    let items = tests.map_or(&[][..], |tests| if tests.items().is_empty() { &one[..] } else { tests.items() });
    for item in items {
        match item.text() {
            Some(path) => from_file(reader, source, item.range.start, &path, &mut found),
            None => from_node(reader, source, item, &mut found),
        }
    }
    let mut all = Vec::new();
    for (id, own, own_asserts) in found {
        let mut variables = usual_variables.clone();
        variables.extend(own);
        for variables in spread(&variables) {
            let variables = nested(&variables);
            let asserts: Vec<Assert> =
                usual_asserts.iter().chain(&own_asserts).map(|written| filled(reader, written, &variables)).collect();
            let asserts = with_judge(asserts, usual_judge.as_ref());
            all.push(Test { id: id.clone(), variables, asserts });
        }
    }
    if all.is_empty() && !usual_asserts.is_empty() {
        reader.notes.insert("There are no tests: the prompt is asked once, without variables.".to_owned());
    }
    all
}

/// The model named to judge: by itself, or as the one for texts.
fn judge(reader: &mut Reader, source: &Source, node: &YamlNode) -> Option<Model> {
    let node = node.get("text").unwrap_or(node);
    providers::read(reader, source, Some(node)).pop()
}

/// Who judges, where an assertion names nobody.
fn with_judge(mut asserts: Vec<Assert>, usual: Option<&Model>) -> Vec<Assert> {
    for assert in &mut asserts {
        assert.judge = assert.judge.take().or_else(|| usual.cloned());
    }
    asserts
}

type Found = (Option<String>, Map<String, Value>, Vec<Written>);

fn from_node(reader: &mut Reader, source: &Source, item: &YamlNode, found: &mut Vec<Found>) {
    let id = item.get("description").and_then(YamlNode::text);
    ignored(reader, source, item, "a test");
    let variables = variables(reader, source, item.get("vars"));
    let asserts = asserts(reader, source, item.get("assert"));
    found.push((id, variables, asserts));
}

fn ignored(reader: &mut Reader, source: &Source, item: &YamlNode, whose: &str) {
    for entry in item.entries() {
        let provider_alone =
            entry.key == "options" && matches!(entry.value.entries(), [only] if only.key == "provider");
        if !["description", "vars", "assert", "metadata"].contains(&entry.key.as_str()) && !provider_alone {
            reader.leave(
                source,
                entry.key_range.start,
                &format!("`{}` of {whose}", entry.key),
                "it has no equivalent here",
            );
        }
    }
}

fn from_file(reader: &mut Reader, source: &Source, at: usize, path: &str, found: &mut Vec<Found>) {
    if is_program(path) {
        reader.leave(source, at, &format!("the tests `{path}`"), "it is a program, and nothing is executed");
        return;
    }
    if path.starts_with("http") {
        reader.leave(
            source,
            at,
            &format!("the tests `{path}`"),
            "only files of the folder are read; no address is followed",
        );
        return;
    }
    if is_pattern(path) {
        for path in reader.named(source, at, "the tests", path) {
            from_file(reader, source, at, &path, found);
        }
        return;
    }
    let Some(file) = reader.file(source, at, path) else { return };
    let end = ending(path);
    if end == "csv" {
        from_csv(reader, &file, found);
    } else if end == "jsonl" {
        for (number, line) in file.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let one = Source { name: file.name.clone(), text: format!("{}{line}", "\n".repeat(number)) };
            match reader.yaml(&one) {
                Some(node) => from_node(reader, &one, &node, found),
                None => return,
            }
        }
    } else if let Some(node) = reader.yaml(&file) {
        // A file of one test holds no list.
        let one = [node.clone()];
        for item in if node.items().is_empty() { &one[..] } else { node.items() } {
            from_node(reader, &file, item, found);
        }
    }
}

fn from_csv(reader: &mut Reader, file: &Source, found: &mut Vec<Found>) {
    let text = file.text.trim_start_matches('\u{feff}');
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head: Vec<String> =
        csv.headers().map(|head| head.iter().map(|name| name.trim().to_owned()).collect()).unwrap_or_default();
    for name in
        head.iter().filter(|name| name.starts_with("__") && !name.starts_with("__expected") && *name != "__description")
    {
        reader.leave(file, 0, &format!("the column `{name}`"), "it has no equivalent here");
    }
    for record in csv.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                reader.leave(file, 0, "the rest of the rows", &format!("it is no CSV: {error}"));
                return;
            }
        };
        let line = record.position().map_or(0, |place| place.line() as usize);
        let (mut variables, mut asserts, mut id) = (Map::new(), Vec::new(), None);
        for (name, value) in head.iter().zip(&record) {
            if name.starts_with("__expected") {
                if !value.trim().is_empty() {
                    let (kind, value) = short(value);
                    asserts.push(Written {
                        kind,
                        value,
                        file: file.name.clone(),
                        line,
                        threshold: false,
                        weight: 1.0,
                        judge: None,
                    });
                }
            } else if name == "__description" {
                id = Some(value.to_owned()).filter(|id| !id.is_empty());
            } else if !name.starts_with("__") && !name.is_empty() {
                variables.insert(name.clone(), Value::String(value.to_owned()));
            }
        }
        found.push((id, variables, asserts));
    }
}

fn variables(reader: &mut Reader, source: &Source, node: Option<&YamlNode>) -> Map<String, Value> {
    let mut variables = Map::new();
    let Some(node) = node else { return variables };
    if let Some(path) = node.text() {
        reader.leave(source, node.range.start, &format!("the variables `{path}`"), "write them in place");
    }
    for entry in node.entries() {
        let value = entry.value.to_json();
        let value = match value.as_str() {
            Some(path) if path.starts_with("file://") => {
                if is_program(path) {
                    let what = format!("the variable `{}`", entry.key);
                    reader.leave(source, entry.key_range.start, &what, "it is a program, and nothing is executed");
                    continue;
                }
                match reader.file(source, entry.key_range.start, path) {
                    Some(file) => Value::String(file.text),
                    None => continue,
                }
            }
            _ => value,
        };
        variables.insert(entry.key.clone(), value);
    }
    variables
}

fn asserts(reader: &mut Reader, source: &Source, node: Option<&YamlNode>) -> Vec<Written> {
    let mut all = Vec::new();
    for item in node.map_or(&[][..], YamlNode::items) {
        let at = item.range.start;
        let Some(kind) = item.get("type").and_then(YamlNode::text) else {
            reader.leave(source, at, "an assertion", "it has no `type`");
            continue;
        };
        if kind == "assert-set" {
            all.extend(asserts(reader, source, item.get("assert")));
            reader.notes.insert("The assertions of an `assert-set` count as if each stood alone.".to_owned());
            continue;
        }
        let value = item.get("value").map_or(Value::Null, YamlNode::to_json);
        let threshold = item.get("threshold").is_some();
        if item.get("transform").is_some() {
            reader.leave(
                source,
                at,
                &format!("the assertion `{kind}`"),
                "its `transform` is a program, and nothing is executed",
            );
            continue;
        }
        let judge = item.get("provider").and_then(|node| judge(reader, source, node));
        let value = in_file(reader, source, at, &kind, value);
        let weight = item.get("weight").and_then(|weight| weight.to_json().as_f64()).unwrap_or(1.0);
        all.push(Written { kind, value, file: source.name.clone(), line: source.line(at), threshold, weight, judge });
    }
    if let Some(node) = node
        && !matches!(node.data, YamlData::List(_))
    {
        reader.leave(source, node.range.start, "the assertions", "they are no list");
    }
    all
}

/// An assertion for one case: variables in its text are filled in.
fn filled(reader: &mut Reader, written: &Written, variables: &Map<String, Value>) -> Assert {
    let value = match &written.value {
        Value::String(text) => Value::String(with_variables(text, variables)),
        other => other.clone(),
    };
    let meaning = meaning(&written.kind, &value);
    if written.threshold && !matches!(meaning, Meaning::Left(_)) {
        reader.notes.insert(format!(
            "The threshold of `{}` is not carried over: a metric gives its score, and --fail-if holds a whole run against a mean.",
            written.kind
        ));
    }
    Assert {
        kind: written.kind.clone(),
        meaning,
        file: written.file.clone(),
        line: written.line,
        weight: written.weight,
        judge: written.judge.clone(),
    }
}

/// A text or a schema that stands in a file of the folder.
fn in_file(reader: &mut Reader, source: &Source, at: usize, kind: &str, value: Value) -> Value {
    let Some(path) = value.as_str().filter(|text| text.starts_with("file://") && !is_program(text)) else {
        return value;
    };
    let Some(file) = reader.file(source, at, path) else { return value };
    if kind == "is-json" {
        return reader.yaml(&file).map_or(value, |node| node.to_json());
    }
    Value::String(file.text.trim_end().to_owned())
}

/// Fills `{{ name }}` with variables; everything else stays.
fn with_variables(text: &str, variables: &Map<String, Value>) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        whole.push_str(before);
        match after.split_once("}}") {
            Some((name, beyond)) if let Some(value) = variables.get(name.trim()) => {
                whole.push_str(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                rest = beyond;
            }
            _ => {
                whole.push_str("{{");
                rest = after;
            }
        }
    }
    whole.push_str(rest);
    whole
}

/// Variables that name others hold their values: here a value is never rendered a second time.
fn nested(variables: &Map<String, Value>) -> Map<String, Value> {
    let filled = |value: &Value| match value {
        Value::String(text) if text.contains("{{") => Value::String(with_variables(text, variables)),
        other => other.clone(),
    };
    variables.iter().map(|(name, value)| (name.clone(), filled(value))).collect()
}

/// A test whose variables hold lists of values is one case for each combination, as promptfoo makes them.
fn spread(variables: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let mut all = vec![Map::new()];
    for (name, value) in variables {
        let values = match value {
            Value::Array(values)
                if !values.is_empty() && values.iter().all(|one| !one.is_array() && !one.is_object()) =>
            {
                values.clone()
            }
            other => vec![other.clone()],
        };
        let values = if all.len() * values.len() > MOST { vec![Value::Array(values)] } else { values };
        all = all
            .iter()
            .flat_map(|known| {
                values.iter().map(|value| {
                    let mut more = known.clone();
                    more.insert(name.clone(), value.clone());
                    more
                })
            })
            .collect();
    }
    all
}
