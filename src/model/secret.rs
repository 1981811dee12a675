//! A provider's key: read once from where it lives, shown nowhere.

use std::fmt;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ModelError;

/// What a URL writes with a percent sign.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What stands where a key stood.
pub(super) const REDACTED: &str = "[key]";

/// A shorter piece of Base64 is no trace of a key.
const SHORTEST_TRACE: usize = 8;

/// A value that must not reach a screen, a log or a file. `Debug` hides it; only [`Secret::expose`] shows it.
#[derive(Clone, Default)]
pub struct Secret {
    value: String,
    /// Every spelling by which it could be told from a text, the longest first; made once it is looked for.
    traces: OnceLock<Vec<String>>,
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

impl Secret {
    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// Adds what was typed or pasted.
    pub fn push(&mut self, text: &str) {
        self.value.push_str(text);
        self.traces = OnceLock::new();
    }

    /// Takes the last letter away.
    pub fn pop(&mut self) {
        self.value.pop();
        self.traces = OnceLock::new();
    }

    /// How many letters it has: all that may be shown of it.
    pub fn letters(&self) -> usize {
        self.value.chars().count()
    }

    /// `text` with this value taken out, however a server may echo it: as it is, as in a URL, in Base64.
    pub fn redact(&self, text: &str) -> String {
        if self.value.is_empty() {
            return text.to_owned();
        }
        let found = self.traces().iter().filter(|trace| text.contains(trace.as_str()));
        found.fold(text.to_owned(), |text, trace| text.replace(trace, REDACTED))
    }

    /// Every spelling by which the value could be told from a text, the longest first.
    pub(super) fn traces(&self) -> &[String] {
        self.traces.get_or_init(|| self.spellings())
    }

    fn spellings(&self) -> Vec<String> {
        let encoded = utf8_percent_encode(&self.value, RESERVED).to_string();
        let mut traces = vec![self.value.clone(), encoded.to_lowercase(), encoded];
        for shift in 0..3 {
            // Where the value stands in a longer text, its Base64 begins at one of three places within a letter.
            let bytes = [vec![0; shift].as_slice(), self.value.as_bytes()].concat();
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = engine.encode(&bytes);
                // The first and the last letter may hold bits of a neighbour.
                let own = text.get([0, 2, 3][shift]..bytes.len() / 3 * 4).unwrap_or_default();
                traces.extend((own.len() >= SHORTEST_TRACE).then(|| own.to_owned()));
            }
        }
        traces.sort_by_key(|trace| std::cmp::Reverse(trace.len()));
        traces.dedup();
        traces
    }
}

/// A key together with where it came from; errors name the source, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    secret: Secret,
    source: String,
}

impl Key {
    /// Takes `value` as the key that `source` (in words) gave, or says what is wrong with it before anything is sent.
    pub fn new(value: &str, source: impl Into<String>) -> Result<Self, ModelError> {
        let source = source.into();
        let value = value.trim();
        let wrong = if value.is_empty() {
            "is empty"
        } else if value.starts_with(['"', '\'']) || value.ends_with(['"', '\'']) {
            "is wrapped in quotes"
        } else if value.chars().any(char::is_whitespace) {
            "contains white space"
        } else if !value.chars().all(|letter| letter.is_ascii_graphic()) {
            "contains characters that cannot be sent in a header"
        } else {
            return Ok(Self { secret: Secret { value: value.to_owned(), ..Secret::default() }, source });
        };
        Err(ModelError::Invalid {
            reason: format!("the key from {source} {wrong}"),
            hint: "The key alone must be there, without quotes or line breaks.".to_owned(),
        })
    }

    /// The key in the environment variable `name`.
    pub fn from_environment(name: &str) -> Result<Self, ModelError> {
        match std::env::var(name) {
            Ok(value) => Self::new(&value, format!("the environment variable {name}")),
            Err(_) => Err(ModelError::Invalid {
                reason: format!("the environment variable {name} is not set"),
                hint: format!("Set {name} to the provider's key and start again."),
            }),
        }
    }

    /// The value.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Where it came from, in words.
    pub fn source(&self) -> &str {
        &self.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_value() {
        let key = Key::new("sk-canary", "the environment variable K").unwrap();
        assert!(!format!("{key:?}").contains("canary"));
        assert_eq!(key.secret().expose(), "sk-canary");
    }

    #[test]
    fn a_pasted_key_is_trimmed_or_refused_with_its_source_but_not_its_value() {
        assert_eq!(Key::new(" sk-1\n", "K").unwrap().secret().expose(), "sk-1");
        for bad in ["", "  ", "\"canary\"", "can ary", "can\nary", "canarü", "canary\u{7f}"] {
            let error = Key::new(bad, "the environment variable K").unwrap_err();
            let shown = format!("{error} {} {error:?}", error.hint());
            assert!(shown.contains("variable K"), "{shown}");
            assert!(!shown.contains("canar"), "{shown}");
        }
    }

    #[test]
    fn an_echoed_key_is_taken_out() {
        let key = Key::new("sk-canary", "K").unwrap();
        assert_eq!(key.secret().redact("bad key sk-canary!"), "bad key [key]!");
        let key = Key::new("sk+canary/0123456789==", "K").unwrap();
        assert_eq!(key.secret().redact("?key=sk%2Bcanary%2F0123456789%3D%3D&x"), "?key=[key]&x");
        assert_eq!(key.secret().redact("?key=sk%2bcanary%2f0123456789%3d%3d&x"), "?key=[key]&x");
        for before in ["", "B", "Be", "Bearer ", "user:"] {
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let echoed = engine.encode(format!("{before}sk+canary/0123456789=={before}"));
                let shown = key.secret().redact(&echoed);
                assert!(shown.contains("[key]") && shown.len() + 20 < echoed.len() + 10, "{echoed} {shown}");
            }
        }
    }
}
