//! A base URL as people write it, brought into one form or refused with the exact reason.

use reqwest::Url;

use crate::model::{ModelError, is_loopback};

/// The base of a server's interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
    origin: String,
    azure: bool,
    deployments: bool,
}

/// What a dialect's addresses look like.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Shape {
    /// What the base ends with.
    pub(in crate::model) version: &'static str,
    /// It always ends so; otherwise only where nothing else was written.
    pub(in crate::model) always: bool,
    /// Ends that people copy along, in the order to take them off.
    pub(in crate::model) ends: &'static [&'static str],
}

/// Chat completions.
const CHAT: Shape = Shape { version: "/v1", always: false, ends: &["/chat/completions"] };

/// The one parameter that may stand in a base URL: Azure's.
const API_VERSION: &str = "api-version";

impl Endpoint {
    /// Reads `text` as the base of a chat-completions server: adds a missing `/v1`, drops a trailing slash or
    /// `/chat/completions`, refuses credentials.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::parse_as(text, CHAT)
    }

    /// Reads `text` as the base of a server whose addresses look like `shape`.
    pub(in crate::model) fn parse_as(text: &str, shape: Shape) -> Result<Self, ModelError> {
        let text = text.trim();
        if !text.contains("://") {
            // `localhost:8080` would otherwise parse as a scheme called "localhost".
            return Err(refused(
                "the base URL has no scheme",
                "Write it in full, for example http://127.0.0.1:8080/v1 or https://api.openai.com/v1.",
            ));
        }
        let mut base = Url::parse(text).map_err(|error| {
            refused(
                &format!("the base URL cannot be read: {error}"),
                "Write it in full, for example http://127.0.0.1:8080/v1.",
            )
        })?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refused(
                &format!("the base URL has the scheme {}", base.scheme()),
                "Use a base URL that begins with http:// or https://.",
            ));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused(
                "the base URL contains a user name or a password",
                "Take them out of the URL and give the key as api_key = { env = \"NAME\" }.",
            ));
        }
        let versioned = base.query().is_some_and(is_api_version);
        if (base.query().is_some() && !versioned) || base.fragment().is_some() {
            return Err(refused(
                "the base URL contains a ? or a #",
                "Give the address only up to /v1, and a key as api_key = { env = \"NAME\" }.",
            ));
        }
        let host = base.host_str().unwrap_or_default();
        let azure_host = host.ends_with(".azure.com") || host.ends_with(".azure-api.net");
        let mut path = base.path().trim_end_matches('/');
        for end in shape.ends {
            path = path.strip_suffix(end).unwrap_or(path).trim_end_matches('/');
        }
        // Azure's older interface names the deployment in the path, its newer one has a version of its own.
        let bare_azure = azure_host && matches!(path, "" | "/openai");
        let path = match path {
            _ if bare_azure && versioned => "/openai".to_owned(),
            _ if bare_azure => "/openai/v1".to_owned(),
            "" => shape.version.to_owned(),
            path if shape.always => format!("{path}{}", shape.version),
            path => path.to_owned(),
        };
        base.set_path(&path);
        let origin = base.origin().ascii_serialization();
        Ok(Self { base, origin, azure: azure_host || versioned, deployments: bare_azure && versioned })
    }

    /// The URL of `path` below the base.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path()));
        url
    }

    /// The base itself.
    pub fn url(&self) -> &Url {
        &self.base
    }

    /// Whether whoever stands on the way can read what is sent there.
    pub fn is_open_to_all(&self) -> bool {
        self.base.scheme() == "http" && !is_loopback(&self.base)
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The base as text; free of credentials, since those are refused.
    pub fn as_str(&self) -> &str {
        self.base.as_str()
    }

    /// Whether Azure, or a gateway that speaks like it, wants the key in its own header.
    pub(in crate::model) fn is_azure(&self) -> bool {
        self.azure
    }

    /// Whether the model is named in the path, as a deployment.
    pub(in crate::model) fn names_deployments(&self) -> bool {
        self.deployments
    }
}

/// Whether a query is a version and nothing that could be a key.
fn is_api_version(query: &str) -> bool {
    let value = query.strip_prefix(API_VERSION).and_then(|rest| rest.strip_prefix('='));
    value.is_some_and(|value| {
        (1..=32).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    })
}

/// The reason never quotes the URL: what was typed may hold a password.
fn refused(reason: &str, hint: &str) -> ModelError {
    ModelError::Invalid { reason: reason.to_owned(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_place_agree() {
        for (written, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
            (" http://127.0.0.1:8080/v1/ ", "http://127.0.0.1:8080/v1"),
            ("http://127.0.0.1:8080/v1/chat/completions", "http://127.0.0.1:8080/v1"),
            ("http://[::1]:8080", "http://[::1]:8080/v1"),
            ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
            ("https://example.org/v1beta/openai/", "https://example.org/v1beta/openai"),
            ("https://me.openai.azure.com", "https://me.openai.azure.com/openai/v1"),
            ("https://me.openai.azure.com/openai/v1/", "https://me.openai.azure.com/openai/v1"),
        ] {
            let endpoint = Endpoint::parse(written).unwrap();
            assert_eq!(endpoint.as_str(), expected, "{written}");
            assert_eq!(endpoint.join("chat/completions").as_str(), format!("{expected}/chat/completions"));
        }
    }

    #[test]
    fn azure_names_a_version_and_a_deployment() {
        let version = "?api-version=2024-10-21";
        let of = |path: &str| Endpoint::parse(&format!("https://me.openai.azure.com{path}{version}")).unwrap();
        let bare = of("/");
        assert_eq!(bare.as_str(), format!("https://me.openai.azure.com/openai{version}"));
        assert!(bare.is_azure() && bare.names_deployments());
        let whole = of("/openai/deployments/d/chat/completions");
        assert!(whole.is_azure() && !whole.names_deployments());
        let url = whole.join("chat/completions");
        assert_eq!(url.as_str(), format!("https://me.openai.azure.com/openai/deployments/d/chat/completions{version}"));
        let gateway = Endpoint::parse(&format!("http://127.0.0.1:1/openai/deployments/d{version}")).unwrap();
        assert!(gateway.is_azure());
        assert!(!Endpoint::parse("https://example.org/v1").unwrap().is_azure());
    }

    #[test]
    fn only_what_leaves_this_machine_unencrypted_can_be_read_on_the_way() {
        for (written, open) in
            [("http://gpu-box:8000/v1", true), ("http://127.0.0.1:8000/v1", false), ("https://gpu-box/v1", false)]
        {
            assert_eq!(Endpoint::parse(written).unwrap().is_open_to_all(), open, "{written}");
        }
    }

    #[test]
    fn every_dialect_has_its_own_ends() {
        let always = Shape { version: "/v1", always: true, ends: &["/messages", "/v1"] };
        for (written, expected) in [
            ("https://example.org", "https://example.org/v1"),
            ("https://example.org/v1/messages", "https://example.org/v1"),
            ("https://example.org/anthropic/", "https://example.org/anthropic/v1"),
        ] {
            assert_eq!(Endpoint::parse_as(written, always).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_cannot_be_a_base_is_refused_without_being_quoted() {
        for (written, part) in [
            ("localhost:8080", "no scheme"),
            ("", "no scheme"),
            ("/run/canary.sock", "no scheme"),
            ("file:///canary", "scheme file"),
            ("unix:///run/canary.sock", "scheme unix"),
            ("http://", "cannot be read"),
            ("https://user:canary@example.org/v1", "user name or a password"),
            ("https://canary@example.org/v1", "user name or a password"),
            ("https://example.org/v1?key=canary", "contains a ?"),
            ("https://example.org/v1?api-version=1&key=canary", "contains a ?"),
            ("https://example.org/v1?api-version=canary+", "contains a ?"),
        ] {
            let error = Endpoint::parse(written).unwrap_err();
            let shown = format!("{error} {} {error:?}", error.hint());
            assert!(shown.contains(part), "{written}: {shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
