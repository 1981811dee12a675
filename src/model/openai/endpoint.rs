//! A base URL as people write it, brought into one form or refused with the exact reason.

use reqwest::Url;

use crate::model::ModelError;

/// The base of a server's chat-completions interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
}

impl Endpoint {
    /// Reads `text`: adds a missing `/v1`, drops a trailing slash or `/chat/completions`, refuses credentials.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
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
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused(
                "the base URL contains a ? or a #",
                "Give the address only up to /v1, and a key as api_key = { env = \"NAME\" }.",
            ));
        }
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/chat/completions").unwrap_or(path);
        let path = if path.is_empty() { "/v1".to_owned() } else { path.to_owned() };
        base.set_path(&path);
        Ok(Self { base })
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

    /// The base as text; free of credentials, since those are refused.
    pub fn as_str(&self) -> &str {
        self.base.as_str()
    }
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
        ] {
            let endpoint = Endpoint::parse(written).unwrap();
            assert_eq!(endpoint.as_str(), expected, "{written}");
            assert_eq!(endpoint.join("chat/completions").as_str(), format!("{expected}/chat/completions"));
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
        ] {
            let error = Endpoint::parse(written).unwrap_err();
            let shown = format!("{error} {} {error:?}", error.hint());
            assert!(shown.contains(part), "{written}: {shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
