//! The hosted providers by name: the host that a key of theirs belongs to, and the variables that usually hold it.

use reqwest::Url;

/// A provider whose keys are known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The name of its kept key: `fourfold keys set NAME`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The only host that its key is sent to without being told so.
    pub host: &'static str,
    /// The environment variables that usually hold it, the first one first.
    pub variables: &'static [&'static str],
}

/// Every provider whose keys are known by name.
pub const KEY_OWNERS: &[KeyOwner] = &[
    owner("openai", "OpenAI", "api.openai.com", &["OPENAI_API_KEY"]),
    owner("anthropic", "Anthropic", "api.anthropic.com", &["ANTHROPIC_API_KEY"]),
    owner("gemini", "Gemini", "generativelanguage.googleapis.com", &["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    owner("openrouter", "OpenRouter", "openrouter.ai", &["OPENROUTER_API_KEY"]),
    owner("mistral", "Mistral", "api.mistral.ai", &["MISTRAL_API_KEY"]),
    owner("groq", "Groq", "api.groq.com", &["GROQ_API_KEY"]),
    owner("together", "Together", "api.together.xyz", &["TOGETHER_API_KEY"]),
    owner("fireworks", "Fireworks", "api.fireworks.ai", &["FIREWORKS_API_KEY"]),
    owner("deepseek", "DeepSeek", "api.deepseek.com", &["DEEPSEEK_API_KEY"]),
    owner("xai", "xAI", "api.x.ai", &["XAI_API_KEY"]),
];

const fn owner(
    name: &'static str,
    title: &'static str,
    host: &'static str,
    variables: &'static [&'static str],
) -> KeyOwner {
    KeyOwner { name, title, host, variables }
}

impl KeyOwner {
    /// The provider behind `url`: its own host, over https only.
    pub fn of(url: &Url) -> Option<&'static Self> {
        let host = url.host_str().filter(|_| url.scheme() == "https" && url.port().is_none())?;
        KEY_OWNERS.iter().find(|owner| owner.host == host)
    }

    /// The provider that usually keeps its key in the variable `name`.
    pub fn of_variable(name: &str) -> Option<&'static Self> {
        KEY_OWNERS.iter().find(|owner| owner.variables.contains(&name))
    }

    /// The provider called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        KEY_OWNERS.iter().find(|owner| owner.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::discover::KNOWN_KEYS;

    #[test]
    fn a_provider_is_known_by_its_own_host_only() {
        let of = |url: &str| KeyOwner::of(&Url::parse(url).unwrap()).map(|owner| owner.name);
        assert_eq!(of("https://api.openai.com/v1"), Some("openai"));
        for other in [
            "http://api.openai.com/v1",
            "https://api.openai.com.evil.test/v1",
            "https://api.openai.com:8443/v1",
            "http://127.0.0.1/v1",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn the_picker_and_this_table_agree() {
        for known in KNOWN_KEYS {
            let owner = KeyOwner::of(&Url::parse(known.base_url).unwrap());
            assert_eq!(owner.map(|owner| owner.variables.first().copied()), Some(Some(known.variable)), "{known:?}");
        }
    }
}
