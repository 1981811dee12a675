//! What could be asked right now: servers on this machine, and providers whose key is there (its place, never its value).

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::asking::with_headers;
use super::lineage::{self, ServedModel};
use super::{Dialect, Endpoint, Key, KeySource, Keys, ModelError, Purpose, http_client, is_loopback, list_models};

/// The largest answer to a small question that is read.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

/// More models than this are not asked one by one where they come from.
pub const MOST_CARDS: usize = 40;

/// How long a server on this machine may take to answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// A program that serves models, and the port it usually takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsualPort {
    /// The program.
    pub program: &'static str,
    /// Its port.
    pub port: u16,
}

impl UsualPort {
    /// What to write as `base_url` for a server there.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }
}

/// Where local servers usually listen.
pub const USUAL_PORTS: [UsualPort; 4] = [
    UsualPort { program: "Ollama", port: 11434 },
    UsualPort { program: "llama-server", port: 8080 },
    UsualPort { program: "LM Studio", port: 1234 },
    UsualPort { program: "vLLM", port: 8000 },
];

/// A server that answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalServer {
    /// The program that usually has this port; another may be there.
    pub program: &'static str,
    /// What to write as `base_url`.
    pub base_url: String,
    /// The models it offers, in its order, each with what it was tuned from.
    pub models: Vec<ServedModel>,
    /// Where the key is that it was asked with.
    pub key: Option<KeySource>,
}

/// Asks every one of `ports` on this machine for its models, all at once; within a third of a second or so.
pub async fn local_servers(ports: &[UsualPort]) -> Vec<LocalServer> {
    join_all(ports.iter().map(|usual| local_server(usual, PATIENCE))).await.into_iter().flatten().collect()
}

/// Asks one port of this machine for its models, waiting at most `patience`; `None` if no such server is there.
pub async fn local_server(usual: &UsualPort, patience: Duration) -> Option<LocalServer> {
    let base_url = usual.base_url();
    let models = served_models(&base_url, None, patience).await.ok()?;
    Some(LocalServer { program: usual.program, base_url, models, key: None })
}

/// The models of a server and what each was tuned from, waiting at most `patience` for each question. Only a server on this
/// machine is asked more than its list: for llama-server's adapters, or for Ollama's model files.
pub async fn served_models(
    base_url: &str,
    key: Option<&Key>,
    patience: Duration,
) -> Result<Vec<ServedModel>, ModelError> {
    // The list itself is asked for where every fault has its words.
    let ids = list_models(Dialect::ChatCompletions, base_url, key, patience).await?;
    let endpoint = Endpoint::parse(base_url)?;
    let client = http_client(endpoint.url(), Purpose::Provider)?;
    let plain = || ids.iter().map(ServedModel::new).collect::<Vec<_>>();
    let ask = Asking { client: &client, endpoint: &endpoint, dialect: Dialect::ChatCompletions, key, patience };
    // The same list again, for the parents that vLLM names in it.
    let list = ask.get(endpoint.join("models")).await.as_ref().and_then(lineage::in_list);
    let mut models = list.filter(|models| models.len() == ids.len()).unwrap_or_else(plain);
    if !is_loopback(endpoint.url()) {
        return Ok(models);
    }
    let root = |path: &str| {
        let mut url = endpoint.url().clone();
        url.set_path(path);
        url
    };
    let adapters = match models.as_slice() {
        // llama-server has one model at a time.
        [only] => ask.get(root("/lora-adapters")).await.map(|adapters| lineage::llama_adapters(&adapters, &only.id)),
        _ => None,
    };
    if let Some(adapters) = adapters {
        models.extend(adapters);
    } else if models.iter().all(|model| model.base.is_none())
        && models.len() <= MOST_CARDS
        && ask.get(root("/api/version")).await.is_some()
    {
        models = ask.ollama_lineage(&ids, &root("/api/show")).await.unwrap_or(models);
    }
    Ok(models)
}

/// The models of an Ollama server, asked in its own dialect, and what each was tuned from: one question for each model, unless there
/// are many of them. Whether there were too many to ask.
pub async fn ollama_models(
    base_url: &str,
    key: Option<&Key>,
    patience: Duration,
) -> Result<(Vec<ServedModel>, bool), ModelError> {
    let ids = list_models(Dialect::Ollama, base_url, key, patience).await?;
    let plain = || ids.iter().map(ServedModel::new).collect::<Vec<_>>();
    if ids.len() > MOST_CARDS {
        return Ok((plain(), true));
    }
    let endpoint = Dialect::Ollama.endpoint(base_url)?;
    let client = http_client(endpoint.url(), Purpose::Provider)?;
    let ask = Asking { client: &client, endpoint: &endpoint, dialect: Dialect::Ollama, key, patience };
    Ok((ask.ollama_lineage(&ids, &endpoint.join("show")).await.unwrap_or_else(plain), false))
}

/// How small questions are asked; whatever goes wrong with one, there is no answer to it.
struct Asking<'a> {
    client: &'a Client,
    endpoint: &'a Endpoint,
    dialect: Dialect,
    key: Option<&'a Key>,
    patience: Duration,
}

impl Asking<'_> {
    /// What each of Ollama's models was tuned from, by its model file; nothing where one of them does not answer.
    async fn ollama_lineage(&self, ids: &[String], show: &Url) -> Option<Vec<ServedModel>> {
        let cards = ids.iter().map(|id| async move {
            let card = self.post(show.clone(), json!({ "model": id })).await?;
            Some((id.clone(), lineage::ollama_card(&card)))
        });
        let cards: Vec<_> = join_all(cards).await.into_iter().flatten().collect();
        (cards.len() == ids.len()).then(|| lineage::ollama_lineage(&cards))
    }

    async fn get(&self, url: Url) -> Option<Value> {
        self.answer(self.client.get(url)).await
    }

    async fn post(&self, url: Url, body: Value) -> Option<Value> {
        self.answer(self.client.post(url).json(&body)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Option<Value> {
        let request = with_headers(request, self.dialect, self.endpoint, self.key).ok()?;
        let answer = async {
            let mut response = request.send().await.ok().filter(|response| response.status().is_success())?;
            let mut body = Vec::new();
            while let Some(bytes) = response.chunk().await.ok()? {
                body.extend_from_slice(&bytes);
                if body.len() > ANSWER_LIMIT {
                    return None;
                }
            }
            serde_json::from_slice(&body).ok()
        };
        timeout(self.patience, answer).await.ok()?
    }
}

/// A hosted provider, how it is spoken to, and the variable that usually holds its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// The provider.
    pub provider: &'static str,
    /// The dialect that it is asked in.
    pub dialect: Dialect,
    /// The environment variable.
    pub variable: &'static str,
    /// What to write as `base_url`.
    pub base_url: &'static str,
}

const fn known(provider: &'static str, dialect: Dialect, variable: &'static str, base_url: &'static str) -> KnownKey {
    KnownKey { provider, dialect, variable, base_url }
}

/// The providers whose keys are looked for.
pub const KNOWN_KEYS: [KnownKey; 9] = [
    known("OpenAI", Dialect::ChatCompletions, "OPENAI_API_KEY", "https://api.openai.com/v1"),
    known("Anthropic", Dialect::Anthropic, "ANTHROPIC_API_KEY", Dialect::Anthropic.base_url()),
    known("Google", Dialect::Gemini, "GEMINI_API_KEY", Dialect::Gemini.base_url()),
    known("OpenRouter", Dialect::ChatCompletions, "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    known("Mistral", Dialect::ChatCompletions, "MISTRAL_API_KEY", "https://api.mistral.ai/v1"),
    known("Groq", Dialect::ChatCompletions, "GROQ_API_KEY", "https://api.groq.com/openai/v1"),
    known("Together", Dialect::ChatCompletions, "TOGETHER_API_KEY", "https://api.together.xyz/v1"),
    known("Fireworks", Dialect::ChatCompletions, "FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1"),
    known("DeepSeek", Dialect::ChatCompletions, "DEEPSEEK_API_KEY", "https://api.deepseek.com/v1"),
];

impl KnownKey {
    /// The known provider at an address, if it is the own address of one.
    pub fn at(base_url: &str) -> Option<Self> {
        KNOWN_KEYS
            .into_iter()
            .find(|known| known.dialect.endpoint(base_url).is_ok_and(|endpoint| endpoint.as_str() == known.base_url))
    }
}

/// A hosted provider, and where the person's own key for it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    /// The provider.
    pub known: KnownKey,
    /// The first source that has a key; `None` where none has. The key itself is not looked at.
    pub source: Option<KeySource>,
}

/// Every hosted provider that is known, those with a key first.
pub fn own_keys(keys: &Keys) -> Vec<OwnKey> {
    sorted(|known| keys.own_at(known.base_url))
}

fn sorted(source_of: impl Fn(&KnownKey) -> Option<KeySource>) -> Vec<OwnKey> {
    let mut own: Vec<OwnKey> =
        KNOWN_KEYS.into_iter().map(|known| OwnKey { source: source_of(&known), known }).collect();
    own.sort_by_key(|own| own.source.is_none());
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_name_only_and_those_that_are_there_come_first() {
        let source = KeySource::Env("MISTRAL_API_KEY".to_owned());
        let found = sorted(|known| (known.provider == "Mistral").then(|| source.clone()));
        assert_eq!((found[0].known.provider, &found[0].source), ("Mistral", &Some(source)));
        assert_eq!((found.len(), found[1].known.provider), (KNOWN_KEYS.len(), "OpenAI"));
        let endpoint = |known: &KnownKey| known.dialect.endpoint(known.base_url).unwrap();
        assert!(KNOWN_KEYS.iter().all(|known| endpoint(known).as_str() == known.base_url));
        for (typed, provider) in [
            ("https://api.anthropic.com", Some("Anthropic")),
            ("https://api.openai.com/v1/", Some("OpenAI")),
            ("http://api.openai.com/v1", None),
            ("http://127.0.0.1:8080/v1", None),
        ] {
            assert_eq!(KnownKey::at(typed).map(|known| known.provider), provider, "{typed}");
        }
    }
}
