//! A provider's key: read once from where it lives, shown nowhere.

use std::fmt;

use super::ModelError;

/// A value that must not reach a screen, a log or a file. `Debug` hides it; only [`Secret::expose`] shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

impl Secret {
    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with this value taken out, however a server may echo it.
    pub fn redact(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "[key]") }
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
            return Ok(Self { secret: Secret(value.to_owned()), source });
        };
        Err(ModelError::Invalid {
            reason: format!("the key from {source} {wrong}"),
            hint: format!("Set {source} to the key alone, without quotes or line breaks."),
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
    }
}
