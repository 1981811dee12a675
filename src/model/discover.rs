//! What could be asked right now: servers on this machine, and keys in the environment (their names, never their values).

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::lineage::{self, ServedModel};
use super::{Dialect, Endpoint, Key, ModelError, Purpose, http_client, is_loopback, list_models};

/// The largest answer to a small question that is read.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

/// More models than this are not asked one by one where they come from.
const MOST_CARDS: usize = 40;

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
#[derive(Clone, Debug, PartialEq)]
pub struct LocalServer {
    /// The program that usually has this port; another may be there.
    pub program: &'static str,
    /// What to write as `base_url`.
    pub base_url: String,
    /// The models it offers, in its order, each with what it was tuned from.
    pub models: Vec<ServedModel>,
}

/// Asks every one of `ports` on this machine for its models, all at once; within a third of a second or so.
pub async fn local_servers(ports: &[UsualPort]) -> Vec<LocalServer> {
    join_all(ports.iter().map(|usual| local_server(usual, PATIENCE))).await.into_iter().flatten().collect()
}

/// Asks one port of this machine for its models, waiting at most `patience`; `None` if no such server is there.
pub async fn local_server(usual: &UsualPort, patience: Duration) -> Option<LocalServer> {
    let base_url = usual.base_url();
    let models = served_models(&base_url, None, patience).await.ok()?;
    Some(LocalServer { program: usual.program, base_url, models })
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
    let ask = Asking { client: &client, key, patience };
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
        let cards = models.iter().map(|model| {
            let (url, ask) = (root("/api/show"), &ask);
            async move {
                Some((model.id.clone(), lineage::ollama_card(&ask.post(url, json!({ "model": model.id })).await?)))
            }
        });
        let cards: Vec<_> = join_all(cards).await.into_iter().flatten().collect();
        if cards.len() == models.len() {
            models = lineage::ollama_lineage(&cards);
        }
    }
    Ok(models)
}

/// How small questions are asked; whatever goes wrong with one, there is no answer to it.
struct Asking<'a> {
    client: &'a Client,
    key: Option<&'a Key>,
    patience: Duration,
}

impl Asking<'_> {
    async fn get(&self, url: Url) -> Option<Value> {
        self.answer(self.client.get(url)).await
    }

    async fn post(&self, url: Url, body: Value) -> Option<Value> {
        self.answer(self.client.post(url).json(&body)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Option<Value> {
        let request = match self.key {
            Some(key) => request.bearer_auth(key.secret().expose()),
            None => request,
        };
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

/// The known keys that this environment holds. Only whether a variable is set and not empty is looked at.
pub fn keys_in_environment() -> Vec<KnownKey> {
    present(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn present(is_set: impl Fn(&str) -> bool) -> Vec<KnownKey> {
    KNOWN_KEYS.into_iter().filter(|known| is_set(known.variable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_name_only() {
        let found = present(|name| name == "MISTRAL_API_KEY");
        assert_eq!(found.iter().map(|known| known.provider).collect::<Vec<_>>(), ["Mistral"]);
        let endpoint = |known: &KnownKey| known.dialect.endpoint(known.base_url).unwrap();
        assert!(KNOWN_KEYS.iter().all(|known| endpoint(known).as_str() == known.base_url));
    }
}
