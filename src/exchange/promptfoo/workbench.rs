//! From what was read to the files of a workbench: one arm for each prompt on each model, one case a test.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::assertions::Meaning;
use super::prompts::Prompt;
use super::providers::Model;
use super::tests_of::{Assert, Test};
use super::{Imported, LeftOut, Reader};

/// Metrics that hold an answer against the case's reference, the strictest first: what a case expects by several is the first one's.
const BY_REFERENCE: [&str; 7] =
    ["exact-match", "levenshtein-ratio", "rouge-1", "bleu", "contains", "starts-with", "regex"];

/// A metric for fourfold.toml.
#[derive(Clone, Debug, PartialEq)]
struct Metric {
    name: &'static str,
    id: String,
    settings: Vec<(&'static str, Value)>,
    uses: usize,
}

#[derive(Default)]
struct Metrics(Vec<Metric>);

impl Metrics {
    fn add(&mut self, name: &'static str, label: &str, settings: Vec<(&'static str, Value)>) {
        if let Some(known) = self.0.iter_mut().find(|known| known.name == name && known.settings == settings) {
            known.uses += 1;
            return;
        }
        let taken: BTreeSet<String> = self.0.iter().map(|known| known.id.clone()).collect();
        let id = unique(label, &taken);
        self.0.push(Metric { name, id, settings, uses: 1 });
    }
}

/// A name that is not taken: the name itself, else with a number.
fn unique(name: &str, taken: &BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while taken.contains(&candidate) {
        candidate = format!("{name}-{number}");
        number += 1;
    }
    candidate
}

/// Letters, digits and dashes of a text, at most 40 of them.
fn slug(text: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for one in text.chars() {
        if one.is_ascii_alphanumeric() {
            slug.push(one.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() == 40 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}

fn fixed(metric: &'static str, ignore_case: bool, value: &str) -> Option<(&'static str, Vec<(&'static str, Value)>)> {
    let text = match metric {
        "contains" | "not-contains" | "starts-with" => "text",
        "regex" => "pattern",
        _ => return None,
    };
    let mut settings = vec![(text, json!(value))];
    if ignore_case {
        settings.push(("ignore_case", json!(true)));
    }
    Some((metric, settings))
}

pub(super) fn make(
    mut reader: Reader,
    description: Option<&str>,
    prompts: Vec<Prompt>,
    models: Vec<Model>,
    mut tests: Vec<Test>,
) -> Imported {
    if tests.is_empty() {
        tests.push(Test::default());
    }
    let mut files = Vec::new();
    let (metrics, references) = held_against(&mut reader, &tests, &mut files);
    let models = named_models(&mut reader, models);
    let mut taken = BTreeSet::new();
    let prompts: Vec<(String, Prompt)> = prompts
        .into_iter()
        .enumerate()
        .map(|(number, prompt)| {
            let otherwise = format!("prompt-{}", number + 1);
            let name = unique(&slug(prompt.label.as_deref().unwrap_or_default(), &otherwise), &taken);
            taken.insert(name.clone());
            (name, prompt)
        })
        .collect();
    for (name, prompt) in &prompts {
        files.push((format!("prompts/{name}.prompty"), prompty(name, prompt)));
    }
    files.push(("data/cases.jsonl".to_owned(), rows(&tests, &references)));
    files.insert(
        0,
        (
            "fourfold.toml".to_owned(),
            manifest(description, &prompts, &models, &metrics, references.iter().any(Option::is_some)),
        ),
    );
    reader.notes.insert("The tests are the dev split: prompts are iterated on them. Keep some apart as `test` before believing a score.".to_owned());
    let mut left_out: Vec<LeftOut> = reader.left_out;
    left_out.sort();
    left_out.dedup();
    Imported {
        files,
        prompts: prompts.len(),
        models: models.len(),
        cases: tests.len(),
        metrics: metrics.0.into_iter().map(|metric| metric.id).collect(),
        left_out,
        notes: reader.notes.into_iter().collect(),
    }
}

fn left(reader: &mut Reader, assert: &Assert, why: &str) {
    reader.left_out.push(LeftOut {
        file: assert.file.clone(),
        line: assert.line,
        what: format!("the assertion `{}`", assert.kind),
        why: why.to_owned(),
    });
}

/// The metrics of the workbench, and each case's reference.
fn held_against(
    reader: &mut Reader,
    tests: &[Test],
    files: &mut Vec<(String, String)>,
) -> (Metrics, Vec<Option<String>>) {
    let mut in_tests: BTreeMap<(&str, bool, &str), usize> = BTreeMap::new();
    for test in tests {
        let keys: BTreeSet<(&str, bool, &str)> = test.asserts.iter().filter_map(text_of).collect();
        for key in keys {
            *in_tests.entry(key).or_default() += 1;
        }
    }
    let everywhere = |key: &(&str, bool, &str)| tests.len() > 1 && in_tests.get(key) == Some(&tests.len());
    let mut metrics = Metrics::default();
    let mut schema: Option<&Value> = None;
    let mut references = Vec::new();
    for test in tests {
        let mut reference: Option<(usize, &str)> = None;
        for assert in &test.asserts {
            match &assert.meaning {
                Meaning::Left(why) => left(reader, assert, why),
                Meaning::Bare { metric } => metrics.add(metric, metric, Vec::new()),
                Meaning::Schema(wanted) => {
                    if schema.is_none() {
                        schema = Some(wanted);
                        files.push(("schema.json".to_owned(), format!("{wanted:#}\n")));
                    }
                    if schema == Some(wanted) {
                        metrics.add("json-schema", "json-schema", vec![("schema", json!("schema.json"))]);
                    } else {
                        left(reader, assert, "there is one schema for all cases here");
                    }
                }
                Meaning::Text { metric, ignore_case, value } => {
                    let key = (*metric, *ignore_case, value.as_str());
                    if everywhere(&key)
                        && let Some((name, settings)) = fixed(metric, *ignore_case, value)
                    {
                        metrics.add(name, &assert.kind, settings);
                        continue;
                    }
                    match BY_REFERENCE.iter().position(|one| one == metric) {
                        Some(rank) if reference.is_none_or(|(best, _)| rank < best) => reference = Some((rank, value)),
                        Some(_) => {}
                        None => {
                            left(
                                reader,
                                assert,
                                "what one case must not hold cannot be told apart from what it should",
                            );
                        }
                    }
                }
            }
        }
        for assert in &test.asserts {
            let Some((metric, ignore_case, value)) = text_of(assert) else { continue };
            let is_fixed = everywhere(&(metric, ignore_case, value)) && fixed_name(metric);
            if is_fixed || !BY_REFERENCE.contains(&metric) {
                continue;
            }
            if reference.is_some_and(|(_, own)| own == value) {
                let name = BY_REFERENCE.iter().find(|one| **one == metric).copied().unwrap_or("exact-match");
                let settings = if ignore_case { vec![("ignore_case", json!(true))] } else { Vec::new() };
                metrics.add(name, &assert_label(&assert.kind), settings);
            } else {
                left(reader, assert, "a case has one reference here, and a stricter assertion gave it");
            }
        }
        references.push(reference.map(|(_, value)| value.to_owned()));
    }
    if metrics.0.len() > 1 {
        reader.notes.insert("Every case is scored by every metric, whichever test asked for it.".to_owned());
    }
    (metrics, references)
}

fn assert_label(kind: &str) -> String {
    match kind {
        "equals" => "exact-match".to_owned(),
        "levenshtein" => "levenshtein-ratio".to_owned(),
        "rouge-n" => "rouge-1".to_owned(),
        other => other.to_owned(),
    }
}

fn fixed_name(metric: &str) -> bool {
    ["contains", "not-contains", "starts-with", "regex"].contains(&metric)
}

fn text_of(assert: &Assert) -> Option<(&str, bool, &str)> {
    match &assert.meaning {
        Meaning::Text { metric, ignore_case, value } => Some((metric, *ignore_case, value)),
        _ => None,
    }
}

fn named_models(reader: &mut Reader, models: Vec<Model>) -> Vec<(String, Model)> {
    let mut models = models;
    if models.is_empty() {
        reader.notes.insert("No provider could be carried over: the embedded model stands in.".to_owned());
        models.push(Model {
            provider: "embedded",
            name: "smollm2-135m-instruct".to_owned(),
            temperature: Some(0.0),
            max_tokens: Some(256),
            ..Model::default()
        });
    }
    let mut taken = BTreeSet::new();
    models
        .into_iter()
        .map(|model| {
            let id = unique(&slug(model.label.as_deref().unwrap_or(&model.name), "model"), &taken);
            taken.insert(id.clone());
            (id, model)
        })
        .collect()
}

fn prompty(name: &str, prompt: &Prompt) -> String {
    let mut text = format!(
        "---\nname: {}\ntemplate:\n  format:\n    kind: jinja2\n  parser:\n    kind: prompty\n---\n",
        json!(name)
    );
    for (role, content) in &prompt.messages {
        text.push_str(role.as_str());
        text.push_str(":\n");
        text.push_str(content);
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn rows(tests: &[Test], references: &[Option<String>]) -> String {
    let mut text = String::new();
    let mut taken = BTreeSet::new();
    for (number, (test, reference)) in tests.iter().zip(references).enumerate() {
        let otherwise = format!("{:03}", number + 1);
        let id = unique(&slug(test.id.as_deref().unwrap_or_default(), &otherwise), &taken);
        taken.insert(id.clone());
        let mut row = Map::new();
        row.insert("__id".to_owned(), json!(id));
        row.extend(test.variables.clone());
        if references.iter().any(Option::is_some) {
            row.insert("__reference".to_owned(), json!(reference));
        }
        text.push_str(&Value::Object(row).to_string());
        text.push('\n');
    }
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn manifest(
    description: Option<&str>,
    prompts: &[(String, Prompt)],
    models: &[(String, Model)],
    metrics: &Metrics,
    has_references: bool,
) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    let about = description.unwrap_or("Carried over from a promptfoo configuration.");
    line(format!("# {}", about.split_whitespace().collect::<Vec<_>>().join(" ")));
    line("version = 1".to_owned());
    for (id, model) in models {
        line(format!(
            "\n[[model]]\nid = {}\nprovider = {}\nmodel = {}",
            quoted(id),
            quoted(model.provider),
            quoted(&model.name)
        ));
        if let Some(url) = &model.base_url {
            line(format!("base_url = {}", quoted(url)));
        }
        if let Some(key) = &model.key {
            line(format!("api_key = {{ env = {} }}", quoted(key)));
        }
        for (name, value) in [("temperature", model.temperature), ("top_p", model.top_p)] {
            if let Some(value) = value {
                line(format!("{name} = {value:?}"));
            }
        }
        for (name, value) in [("max_tokens", model.max_tokens), ("seed", model.seed)] {
            if let Some(value) = value {
                line(format!("{name} = {value}"));
            }
        }
        if !model.stop.is_empty() {
            let stop: Vec<String> = model.stop.iter().map(|one| quoted(one)).collect();
            line(format!("stop = [{}]", stop.join(", ")));
        }
    }
    let mut baseline = None;
    for (prompt, _) in prompts {
        for (model, _) in models {
            let id = match (prompts.len(), models.len()) {
                (1, _) => model.clone(),
                (_, 1) => prompt.clone(),
                _ => format!("{prompt}-{model}"),
            };
            line(format!(
                "\n[[arm]]\nid = {}\nprompt = {}\nstrategy = \"zero-shot\"\nmodel = {}",
                quoted(&id),
                quoted(&format!("prompts/{prompt}.prompty")),
                quoted(model)
            ));
            baseline.get_or_insert(id);
        }
    }
    let reference = if has_references { ", reference = \"__reference\"" } else { "" };
    line(format!("\n[data]\nfile = {{ dev = \"data/cases.jsonl\" }}\nmap = {{ id = \"__id\"{reference} }}"));
    if !metrics.0.is_empty() {
        let all: Vec<String> = metrics.0.iter().map(metric).collect();
        // What each case expects of its own says most; then what most cases asked for; then what stands first.
        let rank = |one: &Metric| (BY_REFERENCE.contains(&one.name) && one.settings.is_empty(), one.uses);
        let most = metrics.0.iter().map(rank).max().unwrap_or_default();
        let primary = metrics.0.iter().find(|one| rank(one) == most).map(|one| one.id.clone()).unwrap_or_default();
        line(format!("\n[score]\nmetrics = [{}]\nprimary = {}", all.join(", "), quoted(&primary)));
    }
    if let Some(baseline) = baseline {
        line(format!("\n[run]\nbaseline = {}", quoted(&baseline)));
    }
    text
}

fn metric(metric: &Metric) -> String {
    if metric.settings.is_empty() && metric.id == metric.name {
        return quoted(metric.name);
    }
    let mut parts = vec![format!("name = {}", quoted(metric.name))];
    if metric.id != metric.name {
        parts.push(format!("id = {}", quoted(&metric.id)));
    }
    for (name, value) in &metric.settings {
        let value = value.as_str().map_or_else(|| value.to_string(), quoted);
        parts.push(format!("{name} = {value}"));
    }
    format!("{{ {} }}", parts.join(", "))
}
