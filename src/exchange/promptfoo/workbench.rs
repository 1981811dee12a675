//! From what was read to the files of a workbench: one arm for each prompt on each model, one case a test.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::held::{Held, Judging, Metric, Metrics, held_against};
use super::prompts::Prompt;
use super::providers::Model;
use super::settings::RunSettings;
use super::tests_of::Test;
use super::{Imported, LeftOut, Reader};

/// A name that is not taken: the name itself, else with a number.
pub(super) fn unique(name: &str, taken: &BTreeSet<String>) -> String {
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

pub(super) fn make(
    mut reader: Reader,
    description: Option<&str>,
    prompts: Vec<Prompt>,
    models: Vec<Model>,
    mut tests: Vec<Test>,
    run: &RunSettings,
) -> Imported {
    if tests.is_empty() {
        tests.push(Test::default());
    }
    let mut files = Vec::new();
    let Held { metrics, references, judging } = held_against(&mut reader, &mut tests, &mut files);
    let models = asked_something(&mut reader, models, &prompts);
    let models = named_models(&mut reader, models);
    let judge = judging.map(|judging| judge(&mut reader, &models, judging));
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
            manifest(
                description,
                &prompts,
                &models,
                judge.as_ref(),
                &metrics,
                references.iter().any(Option::is_some),
                run,
            ),
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

/// A model whose prompts are none of those that were carried over is asked all of them.
fn asked_something(reader: &mut Reader, mut models: Vec<Model>, prompts: &[Prompt]) -> Vec<Model> {
    for model in &mut models {
        if !prompts.iter().any(|prompt| is_asked(model, prompt)) {
            model.prompts.clear();
            reader.notes.insert(format!(
                "{} names prompts that are not known by such a label: it is asked every prompt.",
                model.label.as_deref().unwrap_or(&model.name)
            ));
        }
    }
    models
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

/// Who judges where nobody is named: a model that the other tool would ask as well.
const USUAL_JUDGE: &str = "gpt-4.1";

/// The judge's id, its model and its rubric.
fn judge(reader: &mut Reader, models: &[(String, Model)], judging: Judging) -> (String, Model, Option<String>) {
    let said = judging.model.is_some();
    let model = judging.model.unwrap_or_else(|| Model {
        provider: "openai",
        name: USUAL_JUDGE.to_owned(),
        temperature: Some(0.0),
        ..Model::default()
    });
    reader.notes.insert(format!(
        "What a model grades is no metric of a run: `fourfold judge` asks {} for it{}.",
        model.name,
        if said { "" } else { "; name another under [judge]" }
    ));
    if models.iter().any(|(_, subject)| subject.name == model.name) {
        reader
            .notes
            .insert(format!("{} would judge itself, which is refused: name another model under [judge].", model.name));
    }
    let taken = models.iter().map(|(id, _)| id.clone()).collect();
    (unique("judge", &taken), model, judging.rubric)
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
    judge: Option<&(String, Model, Option<String>)>,
    metrics: &Metrics,
    has_references: bool,
    run: &RunSettings,
) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    let about = description.unwrap_or("Carried over from a promptfoo configuration.");
    line(format!("# {}", about.split_whitespace().collect::<Vec<_>>().join(" ")));
    line("version = 1".to_owned());
    let judges = judge.iter().map(|(id, model, _)| (id, model));
    for (id, model) in models.iter().map(|(id, model)| (id, model)).chain(judges) {
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
    for (prompt, of) in prompts {
        for (model, _) in models.iter().filter(|(_, model)| is_asked(model, of)) {
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
        let primary = metrics.primary().map(|one| one.id.clone()).unwrap_or_default();
        line(format!("\n[score]\nmetrics = [{}]\nprimary = {}", all.join(", "), quoted(&primary)));
    }
    if let Some((id, _, rubric)) = judge {
        let rubric = rubric.as_ref().map_or_else(String::new, |rubric| format!("\nrubric = {}", quoted(rubric)));
        line(format!("\n[judge]\nmodel = {}{rubric}", quoted(id)));
    }
    if baseline.is_some() || *run != RunSettings::default() {
        line("\n[run]".to_owned());
    }
    if let Some(baseline) = baseline {
        line(format!("baseline = {}", quoted(&baseline)));
    }
    for (name, value) in [("repeats", run.repeats), ("concurrency", run.concurrency)] {
        if let Some(value) = value {
            line(format!("{name} = {value}"));
        }
    }
    text
}

/// Whether a model is asked this prompt: one that it names by its label, or by what stands before a colon in it.
fn is_asked(model: &Model, prompt: &Prompt) -> bool {
    let names = |label: &str| {
        model.prompts.iter().any(|wanted| {
            label.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    };
    model.prompts.is_empty() || prompt.label.as_deref().is_some_and(names)
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
