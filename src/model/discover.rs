//! What could be asked right now: servers on this machine, and keys in the environment (their names, never their values).

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::timeout;

use super::http::{Purpose, http_client};
use super::openai::Endpoint;

/// How long a server on this machine may take to answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// The largest list of models that is read.
const LIST_LIMIT: usize = 1024 * 1024;

/// A program that serves models, and the port it usually takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsualPort {
    /// The program.
    pub program: &'static str,
    /// Its port.
    pub port: u16,
}

/// Where local servers usually listen.
pub const USUAL_PORTS: [UsualPort; 4] = [
    UsualPort { program: "Ollama", port: 11434 },
    UsualPort { program: "llama-server", port: 8080 },
    UsualPort { program: "LM Studio", port: 1234 },
    UsualPort { program: "vLLM", port: 8000 },
];

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalServer {
    /// The program that usually has this port; another may be there.
    pub program: &'static str,
    /// What to write as `base_url`.
    pub base_url: String,
    /// The models it lists, in its order.
    pub models: Vec<String>,
}

/// Asks every one of `ports` on this machine for its models, all at once; within a third of a second or so.
pub async fn local_servers(ports: &[UsualPort]) -> Vec<LocalServer> {
    join_all(ports.iter().map(ask)).await.into_iter().flatten().collect()
}

async fn ask(usual: &UsualPort) -> Option<LocalServer> {
    let endpoint = Endpoint::parse(&format!("http://127.0.0.1:{}", usual.port)).ok()?;
    let client = http_client(endpoint.url(), Purpose::Provider).ok()?;
    let list = async {
        let mut response = client.get(endpoint.join("models")).send().await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.ok()? {
            body.extend_from_slice(&bytes);
            if body.len() > LIST_LIMIT {
                return None;
            }
        }
        model_ids(&serde_json::from_slice(&body).ok()?)
    };
    let models = timeout(PATIENCE, list).await.ok()??;
    Some(LocalServer { program: usual.program, base_url: endpoint.as_str().to_owned(), models })
}

/// The ids in a list of models; `None` if this is no such list, but some other service's JSON.
fn model_ids(body: &Value) -> Option<Vec<String>> {
    let list = body.get("data").filter(|data| !data.is_null());
    let list = match list {
        Some(data) => data.as_array()?.as_slice(),
        // A server without any model may say null instead of an empty list.
        None if body.get("object").and_then(Value::as_str) == Some("list") => &[],
        None => return None,
    };
    Some(list.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect())
}

/// A hosted provider of the `openai` dialect, and the variable that usually holds its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// The provider.
    pub provider: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// What to write as `base_url`.
    pub base_url: &'static str,
}

/// The providers whose keys are looked for.
pub const KNOWN_KEYS: [KnownKey; 7] = [
    KnownKey { provider: "OpenAI", variable: "OPENAI_API_KEY", base_url: "https://api.openai.com/v1" },
    KnownKey { provider: "OpenRouter", variable: "OPENROUTER_API_KEY", base_url: "https://openrouter.ai/api/v1" },
    KnownKey { provider: "Mistral", variable: "MISTRAL_API_KEY", base_url: "https://api.mistral.ai/v1" },
    KnownKey { provider: "Groq", variable: "GROQ_API_KEY", base_url: "https://api.groq.com/openai/v1" },
    KnownKey { provider: "Together", variable: "TOGETHER_API_KEY", base_url: "https://api.together.xyz/v1" },
    KnownKey {
        provider: "Fireworks",
        variable: "FIREWORKS_API_KEY",
        base_url: "https://api.fireworks.ai/inference/v1",
    },
    KnownKey { provider: "DeepSeek", variable: "DEEPSEEK_API_KEY", base_url: "https://api.deepseek.com/v1" },
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
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_models_are_read_and_other_json_is_not() {
        for (body, expected) in [
            (json!({"object":"list","data":[{"id":"a"},{"id":"b","parent":"a"}]}), Some(vec!["a", "b"])),
            (json!({"object":"list","data":[]}), Some(vec![])),
            (json!({"object":"list","data":null}), Some(vec![])),
            (json!({"data":[{"name":"no id"}]}), Some(vec![])),
            (json!({"data":{}}), None),
            (json!({"status":"ok"}), None),
            (json!([]), None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect());
            assert_eq!(model_ids(&body), expected, "{body}");
        }
    }

    #[test]
    fn keys_are_told_by_name_only() {
        let found = present(|name| name == "MISTRAL_API_KEY");
        assert_eq!(found.iter().map(|known| known.provider).collect::<Vec<_>>(), ["Mistral"]);
        assert!(KNOWN_KEYS.iter().all(|known| Endpoint::parse(known.base_url).unwrap().as_str() == known.base_url));
    }
}
