//! A workbench as a promptfoo configuration: prompts as chats, models as providers, cases as tests, metrics as assertions.

use serde_json::{Map, Value, json};

use super::workbench::unique;
use crate::data::Case;
use crate::prompt::Role;

/// An arm to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportArm {
    /// Its name.
    pub name: String,
    /// What its prompt is called: the file's name without its ending.
    pub prompt: String,
    /// The prompt's messages, as templates.
    pub messages: Vec<(Role, String)>,
    /// The strategy's name; another tool only knows the plain call.
    pub strategy: String,
    /// What the model is called in the workbench.
    pub label: String,
    /// The provider here: `openai`, `anthropic`, `embedded`...
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// The server, where it is not the provider's own.
    pub base_url: Option<String>,
    /// The environment variable that holds the key.
    pub key: Option<String>,
    /// How is sampled.
    pub parameters: Map<String, Value>,
}

/// A configuration, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The YAML.
    pub text: String,
    /// What has no equivalent there, and why.
    pub left_out: Vec<String>,
}

/// A judge to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportJudge {
    /// What a good answer is; `None` where it is that it says what the reference says.
    pub rubric: Option<String>,
    /// The model, as an arm that nobody asks.
    pub model: ExportArm,
}

/// A metric by its name, with its settings.
pub type NamedMetric = (String, Map<String, Value>);

/// Writes a configuration. `metrics` are names with their settings.
pub fn export(
    about: &str,
    arms: &[ExportArm],
    (metrics, judge): (&[NamedMetric], Option<&ExportJudge>),
    cases: &[Case],
) -> Exported {
    let mut left_out = Vec::new();
    let mut prompts: Vec<(String, String)> = Vec::new();
    // Each with the prompts that it is asked here.
    let mut asked: Vec<(Value, Vec<String>)> = Vec::new();
    for arm in arms {
        if arm.strategy != "zero-shot" {
            left_out.push(format!(
                "arm `{}`: the strategy `{}` has no equivalent; its prompt is there, asked plainly",
                arm.name, arm.strategy
            ));
        }
        let chat: Vec<Value> =
            arm.messages.iter().map(|(role, content)| json!({ "role": role.as_str(), "content": content })).collect();
        let raw = Value::Array(chat).to_string();
        let known = prompts.iter().find(|(_, known)| *known == raw).map(|(label, _)| label.clone());
        let label = known.unwrap_or_else(|| {
            let taken = prompts.iter().map(|(label, _)| label.clone()).collect();
            let label = unique(&arm.prompt, &taken);
            prompts.push((label.clone(), raw));
            label
        });
        match provider(arm) {
            Ok(provider) => match asked.iter_mut().find(|(known, _)| *known == provider) {
                Some((_, labels)) if labels.contains(&label) => {}
                Some((_, labels)) => labels.push(label),
                None => asked.push((provider, vec![label])),
            },
            Err(why) => left_out.push(format!("arm `{}`: {why}", arm.name)),
        }
    }
    let all = prompts.len();
    let prompts: Vec<Value> = prompts.iter().map(|(label, raw)| json!({ "label": label, "raw": raw })).collect();
    let providers: Vec<Value> = asked
        .into_iter()
        .map(|(mut provider, labels)| {
            // Every provider would be asked every prompt there.
            if let (true, Some(settings)) = (labels.len() < all, provider.as_object_mut()) {
                settings.insert("prompts".to_owned(), json!(labels));
            }
            provider
        })
        .collect();
    let mut asserts = Vec::new();
    for (name, settings) in metrics {
        match assertion(name, settings) {
            Some(assert) => asserts.push(assert),
            None => left_out.push(format!("the metric `{name}` has no equivalent")),
        }
    }
    if let Some(judge) = judge {
        match provider(&judge.model) {
            Ok(model) => asserts.push(judged(judge, &model)),
            Err(why) => left_out.push(format!("the judge: {why}")),
        }
    }
    let tests: Vec<Value> = cases.iter().map(|case| test(case, &asserts, &mut left_out)).collect();
    let mut text = String::new();
    for line in &left_out {
        put(&mut text, format_args!("# not carried over: {}\n", one_line(line)));
    }
    put(&mut text, format_args!("description: {}\n", json!(about)));
    for (key, items) in [("prompts", &prompts), ("providers", &providers), ("tests", &tests)] {
        text.push_str(key);
        text.push_str(if items.is_empty() { ": []\n" } else { ":\n" });
        for item in items {
            // JSON is YAML.
            put(&mut text, format_args!("  - {item}\n"));
        }
    }
    Exported { text, left_out }
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = std::fmt::Write::write_fmt(text, words);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn provider(arm: &ExportArm) -> Result<Value, String> {
    let prefix = match arm.provider.as_str() {
        "openai" => "openai:chat",
        "responses" => "openai:responses",
        "anthropic" => "anthropic:messages",
        "gemini" => "google",
        "ollama" => "ollama:chat",
        other => return Err(format!("`{other}` models run in this program alone")),
    };
    let mut config = Map::new();
    for (name, value) in &arm.parameters {
        if ["temperature", "top_p", "max_tokens", "seed", "stop"].contains(&name.as_str()) {
            config.insert(name.clone(), value.clone());
        }
    }
    if let Some(url) = &arm.base_url {
        config.insert("apiBaseUrl".to_owned(), json!(url));
    }
    if let Some(key) = &arm.key {
        config.insert("apiKeyEnvar".to_owned(), json!(key));
    }
    let id = format!("{prefix}:{}", arm.model);
    let mut provider = Map::from_iter([("id".to_owned(), json!(id)), ("label".to_owned(), json!(arm.label))]);
    if !config.is_empty() {
        provider.insert("config".to_owned(), Value::Object(config));
    }
    Ok(Value::Object(provider))
}

/// An assertion; `null` as its value stands for the case's reference.
fn assertion(name: &str, settings: &Map<String, Value>) -> Option<Value> {
    let text = settings.get("text").or_else(|| settings.get("pattern")).cloned().unwrap_or(Value::Null);
    let folded = settings.get("ignore_case").and_then(Value::as_bool).unwrap_or(false);
    let kind = match (name, folded) {
        ("exact-match", _) => "equals",
        ("contains", false) => "contains",
        ("contains", true) => "icontains",
        ("not-contains", false) => "not-contains",
        ("not-contains", true) => "not-icontains",
        ("starts-with", false) => "starts-with",
        ("regex", _) => "regex",
        ("contains-all" | "contains-any", _) => {
            let kind = format!("{}{name}", if folded { "i" } else { "" });
            // The reference's lines stand for the texts where none are set.
            return Some(json!({ "type": kind, "value": settings.get("texts").cloned().unwrap_or(Value::Null) }));
        }
        ("embedding-similarity", _) => return Some(json!({ "type": "similar", "value": null, "threshold": 0.8 })),
        ("levenshtein", _) => "levenshtein",
        ("rouge-1", _) => "rouge-n",
        ("bleu", _) => "bleu",
        ("json-validity", _) => return Some(json!({ "type": "is-json" })),
        ("json-schema", _) => return Some(json!({ "type": "is-json", "value": settings.get("schema")? })),
        ("no-refusal", _) => return Some(json!({ "type": "not-is-refusal" })),
        _ => return None,
    };
    Some(json!({ "type": kind, "value": text }))
}

/// The judge as an assertion. A rubric that speaks of the reference has it put behind it.
fn judged(judge: &ExportJudge, model: &Value) -> Value {
    match &judge.rubric {
        None => json!({ "type": "factuality", "value": null, "provider": model }),
        Some(rubric) => json!({ "type": "llm-rubric", "value": rubric, "provider": model }),
    }
}

fn test(case: &Case, asserts: &[Value], left_out: &mut Vec<String>) -> Value {
    if !case.turns.is_empty() {
        left_out.push(format!("case `{}`: its earlier turns", case.id));
    }
    // Braces in a reference would be read as a template there.
    let plain =
        |text: &str| if text.contains("{{") { format!("{{% raw %}}{text}{{% endraw %}}") } else { text.to_owned() };
    let held: Vec<Value> = asserts
        .iter()
        .filter_map(|assert| match (assert.get("value"), &case.reference) {
            (Some(Value::Null), Some(reference)) => {
                let mut own = assert.clone();
                let lines = || reference.lines().map(str::trim).filter(|line| !line.is_empty()).map(plain);
                let is_list =
                    assert.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains("contains-a"));
                if let Some(value) = own.get_mut("value") {
                    *value = if is_list { json!(lines().collect::<Vec<_>>()) } else { json!(plain(reference)) };
                }
                Some(own)
            }
            (Some(Value::Null), None) => None,
            _ => Some(with_reference(assert, case.reference.as_deref().map(plain).as_deref())),
        })
        .collect();
    // A list would be taken for several values, one test each.
    let variables: Map<String, Value> = case
        .variables
        .iter()
        .map(|(name, value)| (name.clone(), if value.is_array() { json!([value]) } else { value.clone() }))
        .collect();
    json!({ "description": case.id, "vars": variables, "assert": held })
}

/// A rubric that speaks of the reference, with this case's behind it.
fn with_reference(assert: &Value, reference: Option<&str>) -> Value {
    let mut own = assert.clone();
    let is_rubric = own.get("type").and_then(Value::as_str) == Some("llm-rubric");
    if let (true, Some(reference), Some(Value::String(rubric))) = (is_rubric, reference, own.get_mut("value"))
        && rubric.to_lowercase().contains("reference")
    {
        rubric.push_str("\nThe reference: ");
        rubric.push_str(reference);
    }
    own
}
