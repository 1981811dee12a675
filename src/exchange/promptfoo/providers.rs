//! Providers: which model, where, and how it is sampled.

use super::{Reader, Source, is_program};
use crate::prompt::YamlNode;

/// A model for fourfold.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub(super) label: Option<String>,
    pub(super) provider: &'static str,
    pub(super) name: String,
    pub(super) base_url: Option<String>,
    pub(super) key: Option<String>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) max_tokens: Option<u64>,
    pub(super) seed: Option<u64>,
    pub(super) stop: Vec<String>,
    /// The labels of the prompts that it is asked; all where none is named.
    pub(super) prompts: Vec<String>,
}

/// Providers that speak chat completions: the prefix, where they are, the key's variable.
const COMPATIBLE: [(&str, &str, &str); 8] = [
    ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    ("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    ("togetherai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    ("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    ("localai", "http://127.0.0.1:8080/v1", ""),
    ("llama", "http://127.0.0.1:8080/v1", ""),
];

pub(super) fn read(reader: &mut Reader, source: &Source, node: Option<&YamlNode>) -> Vec<Model> {
    let Some(node) = node else { return Vec::new() };
    if node.text().is_none() && node.items().is_empty() && node.entries().is_empty() {
        // `providers: []`, as an export without a model on a server has it.
        return Vec::new();
    }
    let one = [node.clone()];
    let items = if node.items().is_empty() { &one[..] } else { node.items() };
    let mut models = Vec::new();
    for item in items {
        let at = item.range.start;
        let (id, settings) = match (item.text(), item.get("id").and_then(YamlNode::text), item.entries()) {
            (Some(id), ..) => (id, None),
            (None, Some(id), _) => (id, Some(item)),
            // `- openai:gpt-4o: { config: ... }`
            (None, None, [only]) => (only.key.clone(), Some(&only.value)),
            _ => {
                reader.leave(source, at, "a provider", "it has no `id`");
                continue;
            }
        };
        if let Some(mut model) = named(reader, source, at, &id) {
            if let Some(settings) = settings {
                configured(reader, source, &mut model, settings);
            }
            models.push(model);
        }
    }
    models
}

fn named(reader: &mut Reader, source: &Source, at: usize, id: &str) -> Option<Model> {
    let what = format!("the provider `{id}`");
    if id.starts_with("file://")
        || ["exec:", "python:", "javascript:", "golang:", "ruby:"].iter().any(|word| id.starts_with(word))
        || is_program(id)
    {
        reader.leave(source, at, &what, "it is a program, and nothing is executed");
        return None;
    }
    let (prefix, rest) = id.split_once(':').unwrap_or((id, ""));
    let without = |words: &[&str]| {
        words.iter().find_map(|word| rest.strip_prefix(&format!("{word}:"))).unwrap_or(rest).to_owned()
    };
    let model = |provider, name: String| Model { provider, name, ..Model::default() };
    let found = match prefix {
        "openai" if rest.starts_with("responses:") => model("responses", without(&["responses"])),
        "openai"
            if ["embedding", "moderation", "realtime", "assistant", "image"]
                .iter()
                .any(|kind| rest.starts_with(kind)) =>
        {
            reader.leave(source, at, &what, "it is no chat model");
            return None;
        }
        "openai" => model("openai", without(&["chat", "completion"])),
        "anthropic" => model("anthropic", without(&["messages", "completion"])),
        "google" | "palm" => model("gemini", without(&["chat"])),
        "ollama" => model("ollama", without(&["chat", "completion"])),
        other => {
            let Some((_, base, key)) = COMPATIBLE.iter().find(|(name, ..)| *name == other) else {
                reader.leave(source, at, &what, "no dialect here speaks to it");
                return None;
            };
            Model {
                base_url: Some((*base).to_owned()),
                key: (!key.is_empty()).then(|| (*key).to_owned()),
                ..model("openai", without(&["chat", "completion"]))
            }
        }
    };
    if found.name.is_empty() {
        reader.leave(source, at, &what, "it names no model");
        return None;
    }
    Some(found)
}

fn configured(reader: &mut Reader, source: &Source, model: &mut Model, settings: &YamlNode) {
    model.label = settings.get("label").and_then(YamlNode::text);
    for entry in settings.entries() {
        if entry.key == "prompts" {
            let one = [entry.value.clone()];
            let items = if entry.value.items().is_empty() { &one[..] } else { entry.value.items() };
            model.prompts = items.iter().filter_map(YamlNode::text).collect();
        } else if ["transform", "delay", "env", "inputs"].contains(&entry.key.as_str()) {
            let what = format!("`{}` of the provider `{}`", entry.key, model.name);
            reader.leave(source, entry.key_range.start, &what, "every model is asked every prompt, as it answers");
        }
    }
    let Some(config) = settings.get("config") else { return };
    for entry in config.entries() {
        let value = entry.value.to_json();
        match entry.key.as_str() {
            "temperature" => model.temperature = value.as_f64(),
            "top_p" | "topP" => model.top_p = value.as_f64(),
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" | "maxOutputTokens" | "num_predict" => {
                model.max_tokens = value.as_u64();
            }
            "seed" => model.seed = value.as_u64(),
            "stop" | "stop_sequences" => model.stop = serde_json::from_value(value).unwrap_or_default(),
            "apiBaseUrl" | "basePath" | "base_url" => model.base_url = value.as_str().map(str::to_owned),
            "apiHost" => model.base_url = value.as_str().map(|host| format!("https://{host}/v1")),
            "apiKeyEnvar" => model.key = value.as_str().map(str::to_owned),
            "apiKey" => {
                let why = "a key never stands in a workbench; put it into the environment or `fourfold keys`";
                reader.leave(source, entry.key_range.start, &format!("the key of `{}`", model.name), why);
            }
            other => {
                let what = format!("`{other}` of the provider `{}`", model.name);
                reader.leave(source, entry.key_range.start, &what, "it has no equivalent here");
            }
        }
    }
}
