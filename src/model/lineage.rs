//! Which served models were tuned from which: vLLM's `parent`, llama-server's adapters, Ollama's model files, OpenAI's `ft:`
//! ids. Readers only; asking is in `discover`.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hosted;
use super::listing::id_in;

/// An adapter that a server has loaded, asked for with a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lora {
    /// Its number at the server.
    pub id: u32,
    /// How strongly it works: 1 as trained, 0 not at all.
    pub scale: f64,
}

/// A model that a server offers.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedModel {
    /// The server's name for it.
    pub id: String,
    /// The server's name of the model it was tuned from, where it was.
    pub base: Option<String>,
    /// The adapter to ask for: none of its own name, but one of its base's.
    pub adapter: Option<ServedAdapter>,
}

/// An adapter by its name and number.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedAdapter {
    /// Its name: its file's, without the ending.
    pub name: String,
    /// How to ask for it.
    pub lora: Lora,
}

impl ServedModel {
    /// A model that says nothing of where it comes from, unless its id does.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let base = hosted::base_of(&id).map(str::to_owned);
        Self { id, base, adapter: None }
    }

    /// The name for people.
    pub fn label(&self) -> String {
        match &self.adapter {
            Some(adapter) => format!("{} + {}", self.id, adapter.name),
            None => self.id.clone(),
        }
    }

    /// Where it comes from, in words.
    pub fn lineage(&self) -> Option<String> {
        self.base.as_ref().map(|base| format!("tuned from {base}"))
    }
}

/// The models in a list as OpenAI's dialect has it; vLLM names the `parent` of an adapter there. `None` if this is no list.
pub fn in_list(body: &Value) -> Option<Vec<ServedModel>> {
    let list = match body.get("data").filter(|data| !data.is_null()) {
        Some(data) => data.as_array()?.as_slice(),
        // A server without any model may say null instead of an empty list.
        None if body.get("object").and_then(Value::as_str) == Some("list") => &[],
        None => return None,
    };
    let model = |entry: &Value| {
        let served = ServedModel::new(id_in(entry)?);
        let parent = entry.get("parent").and_then(Value::as_str).filter(|parent| *parent != served.id);
        Some(ServedModel { base: parent.map(str::to_owned).or(served.base), ..served })
    };
    Some(list.iter().filter_map(model).collect())
}

/// The adapters that llama-server has loaded, each as a model tuned from `base`.
pub fn llama_adapters(body: &Value, base: &str) -> Vec<ServedModel> {
    let adapter = |entry: &Value| {
        let id = u32::try_from(entry.get("id")?.as_u64()?).ok()?;
        let path = entry.get("path").and_then(Value::as_str).unwrap_or_default();
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| format!("adapter {id}"));
        let adapter = ServedAdapter { name, lora: Lora { id, scale: 1.0 } };
        Some(ServedModel { id: base.to_owned(), base: Some(base.to_owned()), adapter: Some(adapter) })
    };
    body.as_array().into_iter().flatten().filter_map(adapter).collect()
}

/// What Ollama says of one of its models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OllamaCard {
    /// What it begins from: a model's name, or a file.
    from: String,
    /// Whether an adapter lies over that.
    tuned: bool,
    /// The model it was made from, where Ollama remembers.
    parent: String,
}

/// Reads Ollama's answer to `/api/show`.
pub fn ollama_card(body: &Value) -> OllamaCard {
    let file = body.get("modelfile").and_then(Value::as_str).unwrap_or_default();
    let argument = |name: &str| {
        file.lines().find_map(|line| {
            let (word, rest) = line.trim().split_once(char::is_whitespace)?;
            word.eq_ignore_ascii_case(name).then(|| rest.trim().to_owned())
        })
    };
    let parent = body.pointer("/details/parent_model").and_then(Value::as_str).unwrap_or_default();
    OllamaCard {
        from: argument("FROM").unwrap_or_default(),
        tuned: argument("ADAPTER").is_some(),
        parent: parent.to_owned(),
    }
}

/// Ollama's models with what each was tuned from: the model it remembers, else the one that begins from the same file.
pub fn ollama_lineage(cards: &[(String, OllamaCard)]) -> Vec<ServedModel> {
    let known = |name: &str| {
        let tagged = format!("{name}:latest");
        cards.iter().map(|(id, _)| id).find(|id| *id == name || **id == tagged).cloned()
    };
    cards
        .iter()
        .map(|(id, card)| {
            let same_file = || {
                let equal = |(_, other): &&(String, OllamaCard)| !other.tuned && other.from == card.from;
                cards.iter().find(equal).map(|(other, _)| other.clone())
            };
            let base =
                card.tuned.then(|| known(&card.parent).or_else(|| known(&card.from)).or_else(same_file)).flatten();
            ServedModel { id: id.clone(), base: base.filter(|base| base != id), adapter: None }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(models: &[ServedModel]) -> Vec<(String, Option<&str>)> {
        models.iter().map(|model| (model.label(), model.base.as_deref())).collect()
    }

    #[test]
    fn vllm_names_the_parent_and_openai_writes_it_into_the_id() {
        let list = json!({"object": "list", "data": [
            {"id": "meta/llama", "root": "meta/llama", "parent": null},
            {"id": "sql-lora", "root": "/adapters/sql", "parent": "meta/llama"},
            {"id": "ft:gpt-4o-mini-2024-07-18:acme::abc"},
            {"name": "no id"},
        ]});
        assert_eq!(
            pairs(&in_list(&list).unwrap()),
            [
                ("meta/llama".to_owned(), None),
                ("sql-lora".to_owned(), Some("meta/llama")),
                ("ft:gpt-4o-mini-2024-07-18:acme::abc".to_owned(), Some("gpt-4o-mini-2024-07-18")),
            ]
        );
        assert_eq!(in_list(&json!({"object": "list", "data": null})), Some(Vec::new()));
        assert_eq!(in_list(&json!({"status": "ok"})), None);
    }

    #[test]
    fn llama_servers_adapters_are_its_model_tuned() {
        let body = json!([{"id": 0, "path": "/m/orders.gguf", "scale": 0.0}, {"id": 3, "path": ""}, {"path": "no id"}]);
        let models = llama_adapters(&body, "qwen");
        assert_eq!(
            pairs(&models),
            [("qwen + orders".to_owned(), Some("qwen")), ("qwen + adapter 3".to_owned(), Some("qwen"))]
        );
        assert_eq!(models[1].adapter.as_ref().unwrap().lora, Lora { id: 3, scale: 1.0 });
        assert!(llama_adapters(&json!({"error": "not found"}), "qwen").is_empty());
    }

    #[test]
    fn ollama_tells_by_its_model_files() {
        let show =
            |file: &str, parent: &str| ollama_card(&json!({"modelfile": file, "details": {"parent_model": parent}}));
        let blob = "# Modelfile\nFROM /blobs/sha256-1\nTEMPLATE x";
        let cards = vec![
            ("llama3.2:latest".to_owned(), show(blob, "")),
            ("orders:latest".to_owned(), show("FROM /blobs/sha256-1\nADAPTER /blobs/sha256-2\n", "")),
            ("other:latest".to_owned(), show("from llama3.2\nadapter ./a.gguf", "")),
            ("third:latest".to_owned(), show("FROM /blobs/sha256-9\nADAPTER /blobs/sha256-2", "llama3.2:latest")),
            ("persona:latest".to_owned(), show("FROM llama3.2\nSYSTEM hi", "llama3.2:latest")),
            ("orphan:latest".to_owned(), show("FROM /blobs/sha256-7\nADAPTER /x", "gone")),
        ];
        let bases: Vec<Option<String>> = ollama_lineage(&cards).into_iter().map(|model| model.base).collect();
        let llama = || Some("llama3.2:latest".to_owned());
        assert_eq!(bases, [None, llama(), llama(), llama(), None, None]);
    }
}
