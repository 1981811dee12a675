//! What could be asked right now: servers on this machine, and keys in the environment (their names, never their values).

use std::time::Duration;

use futures_util::future::join_all;

use super::list_models;

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
    join_all(ports.iter().map(|usual| local_server(usual, PATIENCE))).await.into_iter().flatten().collect()
}

/// Asks one port of this machine for its models, waiting at most `patience`; `None` if no such server is there.
pub async fn local_server(usual: &UsualPort, patience: Duration) -> Option<LocalServer> {
    let base_url = usual.base_url();
    let models = list_models(&base_url, None, patience).await.ok()?;
    Some(LocalServer { program: usual.program, base_url, models })
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
    use super::*;
    use crate::model::Endpoint;

    #[test]
    fn keys_are_told_by_name_only() {
        let found = present(|name| name == "MISTRAL_API_KEY");
        assert_eq!(found.iter().map(|known| known.provider).collect::<Vec<_>>(), ["Mistral"]);
        assert!(KNOWN_KEYS.iter().all(|known| Endpoint::parse(known.base_url).unwrap().as_str() == known.base_url));
    }
}
