//! What can go wrong between a request and its answer. A `ModelError` makes a trial *missing*, never a result.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a server whose name nobody knows cannot be reached.
pub(super) const NO_SUCH_NAME: &str = "the name does not resolve";

/// How a refusal ends where the call carried no key.
pub(super) const NO_KEY: &str = "(no key was sent)";

/// A fault of the call, not of the model. `Display` says what happened and where; [`ModelError::hint`] what to do next.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelError {
    /// No connection, or it was refused, or the name did not resolve.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// Base URL without credentials.
        endpoint: String,
        /// The cause in words.
        reason: String,
    },
    /// The proxy on the way, which the environment names, stood in it.
    #[error("cannot reach {reason}")]
    Proxy {
        /// What cannot be reached and why, with the proxy's address and who names it.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// The stream ended without saying that the answer was whole.
    #[error("the answer was cut off: {reason}")]
    Truncated {
        /// What ended it.
        reason: String,
    },
    /// No byte arrived for this long.
    #[error("stalled: nothing arrived for {seconds} s")]
    Stalled {
        /// The idle limit.
        seconds: u64,
    },
    /// The server refused the request or failed.
    #[error("{endpoint} answered {status}: {message}")]
    Status {
        /// Base URL without credentials.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// The body's own message, shortened.
        message: String,
        /// Seconds the server asked us to wait.
        retry_after: Option<u64>,
    },
    /// The whole call took longer than was asked for.
    #[error("not done within {seconds} s")]
    Overdue {
        /// The limit on the whole.
        seconds: u64,
    },
    /// The account has no credit or quota left; nothing more is sent with this key until someone asks again.
    #[error("{endpoint} has no quota left for this key: {message}")]
    Quota {
        /// Base URL without credentials.
        endpoint: String,
        /// The body's own message, shortened.
        message: String,
    },
    /// An error frame inside a stream that began well.
    #[error("the provider reported an error mid-stream: {message}")]
    Provider {
        /// The provider's own type name.
        kind: String,
        /// Its message.
        message: String,
    },
    /// Bytes that are not what the dialect says.
    #[error("cannot read the answer: {reason}")]
    BadFrame {
        /// What was wrong, at which byte.
        reason: String,
    },
    /// Something that is no answer at all: a web page, an empty body.
    #[error("{endpoint} sent {found} instead of an answer")]
    Unexpected {
        /// Base URL without credentials.
        endpoint: String,
        /// What came, in words.
        found: String,
    },
    /// The whole answer went over its cap.
    #[error("the answer went over a limit: {limit}")]
    TooLarge {
        /// Which cap, in words.
        limit: String,
    },
    /// One piece of a stream, a line or an event, went over its cap: however long the answer is, no piece of it is that long.
    #[error("the server sent {limit}")]
    TooLargePiece {
        /// Which cap, in words.
        limit: String,
    },
    /// The request cannot be sent as it is (prompt beyond the context, temperature 0 with sampling, no key).
    #[error("{reason}")]
    Invalid {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// The embedded model is not here or failed.
    #[error("embedded model: {reason}")]
    Engine {
        /// What happened.
        reason: String,
        /// What to do next.
        hint: String,
    },
}

/// Words of a provider's own kind of error that say so: the same request is refused again.
const LASTING: [&str; 8] = [
    "invalid_request",
    "INVALID_ARGUMENT",
    "authentication",
    "UNAUTHENTICATED",
    "permission",
    "PERMISSION_DENIED",
    "not_found",
    "NOT_FOUND",
];

impl ModelError {
    /// Whether the same request fails in the same way for as long as nobody changes anything: a key that is refused, a model that is not
    /// there, a request that is not taken. A network comes back, a server recovers, and what was cut may come whole.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Status { status, .. } => is_lasting(*status),
            Self::Provider { kind, .. } => {
                kind.parse().is_ok_and(is_lasting) || LASTING.iter().any(|word| kind.contains(word))
            }
            Self::Quota { .. } | Self::Invalid { .. } | Self::Engine { .. } => true,
            Self::Unreachable { .. }
            | Self::Proxy { .. }
            | Self::Truncated { .. }
            | Self::Stalled { .. }
            | Self::Overdue { .. }
            | Self::BadFrame { .. }
            | Self::Unexpected { .. }
            | Self::TooLarge { .. }
            | Self::TooLargePiece { .. } => false,
        }
    }

    /// Whether a key, or another one, is what is missing.
    pub fn wants_key(&self) -> bool {
        match self {
            Self::Status { status: 401 | 403, .. } => true,
            // Some say 400 where they mean the key.
            Self::Status { status: 400, message, .. } => message.to_ascii_lowercase().contains("api key"),
            _ => false,
        }
    }

    /// Whether a server that was asked for its models knows the key and does not let it list them, as far as its words tell: keys are
    /// often restricted to asking.
    pub fn refuses_the_list_alone(&self) -> bool {
        const BAD_KEY: [&str; 8] =
            ["invalid", "incorrect", "not valid", "expired", "revoked", "disabled", "blocked", "leaked"];
        let Self::Status { status: 403, message, .. } = self else { return false };
        let message = message.to_ascii_lowercase();
        !message.ends_with(NO_KEY) && !BAD_KEY.iter().any(|word| message.contains(word))
    }

    /// Whether a server that was asked for its models answers, and knows nothing of such a list.
    pub const fn lists_nothing(&self) -> bool {
        matches!(self, Self::Status { status: 404 | 405 | 501, .. })
    }

    /// What the person can do next where it was a list of models that did not come.
    pub fn hint_on_list(&self) -> String {
        match self {
            Self::Stalled { .. } | Self::Overdue { .. } => "Look whether it is busy or down, and ask again.".to_owned(),
            _ if self.refuses_the_list_alone() => {
                "A key that may not list models may answer all the same: name the model in fourfold.toml and ask it.".to_owned()
            }
            _ if self.lists_nothing() => {
                "Check the base URL; a server without such a list may answer all the same, where fourfold.toml names its model."
                    .to_owned()
            }
            _ => self.hint(),
        }
    }

    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { endpoint, reason } if reason == NO_SUCH_NAME => {
                format!("Check how {endpoint} is spelled, and that this machine is online.")
            }
            Self::Unreachable { endpoint, .. } => format!("Start the server at {endpoint}, or choose another model."),
            Self::Provider { kind, .. } if kind.contains("invalid_request") || kind.contains("INVALID_ARGUMENT") => {
                "Check this arm's prompt and settings.".to_owned()
            }
            Self::Truncated { .. } | Self::Stalled { .. } | Self::Provider { .. } | Self::BadFrame { .. } => {
                "Run this arm again.".to_owned()
            }
            Self::Overdue { .. } => "Run this arm again, or raise the model's `timeout` in fourfold.toml.".to_owned(),
            Self::Quota { .. } => {
                "Add credit at the provider and run again; until then nothing more is sent with this key.".to_owned()
            }
            Self::Unexpected { .. } => "Check the base URL; a sign-in page or a proxy may stand between.".to_owned(),
            Self::Status { status: 300..=399, .. } => "Put the new address into base_url.".to_owned(),
            Self::Status { status: 401 | 403, message, .. } if message.ends_with(NO_KEY) => {
                "Keep a key with `fourfold keys set NAME`, and give the model api_key = { file = \"NAME\" } in fourfold.toml."
                    .to_owned()
            }
            Self::Status { status: 401 | 403, .. } => "Check the key this model uses.".to_owned(),
            Self::Status { status: 404, endpoint, .. } => format!(
                "Check the base URL and the model's name: `fourfold models list --url {endpoint}` asks what is there."
            ),
            Self::Status { retry_after: Some(seconds), .. } => format!("The server asks to wait {seconds} s."),
            Self::Status { status: 413, .. } => "Shorten the prompt or the case.".to_owned(),
            Self::Status { status, .. } if is_lasting(*status) => {
                "Check this arm's model, prompt and settings: asked again, it is refused again.".to_owned()
            }
            Self::Status { .. } => "Run this arm again.".to_owned(),
            Self::TooLarge { .. } => "Lower the model's `max_tokens` in fourfold.toml, or ask for less.".to_owned(),
            Self::TooLargePiece { .. } => {
                "A stream of tokens has no pieces that large: check that `provider` and `base_url` are those of this server, and that \
                 nothing between adds to its answers."
                    .to_owned()
            }
            Self::Invalid { hint, .. } | Self::Engine { hint, .. } | Self::Proxy { hint, .. } => hint.clone(),
        }
    }
}

/// Whether a response with this status is followed by the same one.
const fn is_lasting(status: u16) -> bool {
    matches!(status, 300..=499 | 501 | 505) && !matches!(status, 408 | 409 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_may_not_list_is_told_from_one_that_is_refused() {
        let status = |status, message: &str| ModelError::Status {
            endpoint: String::new(),
            status,
            message: message.to_owned(),
            retry_after: None,
        };
        let scopes = "You have insufficient permissions for this operation. Missing scopes: api.model.read.";
        assert!(status(403, scopes).refuses_the_list_alone());
        assert!(status(403, "").refuses_the_list_alone());
        for (code, message) in
            [(401, scopes), (403, "API key not valid."), (403, "Invalid API Key"), (403, NO_KEY), (404, "")]
        {
            assert!(!status(code, message).refuses_the_list_alone(), "{code} {message}");
        }
        assert!(status(403, scopes).hint_on_list().contains("may answer all the same"));
    }

    #[test]
    fn a_piece_that_is_too_large_is_no_matter_of_max_tokens() {
        let piece = ModelError::TooLargePiece { limit: "a line longer than 1 MiB, at byte 9".to_owned() };
        assert_eq!(piece.to_string(), "the server sent a line longer than 1 MiB, at byte 9");
        assert!(!piece.hint().contains("max_tokens") && piece.hint().contains("`provider`"), "{}", piece.hint());
        let answer = ModelError::TooLarge { limit: "16 MiB of text".to_owned() };
        assert!(answer.hint().contains("`max_tokens`"), "{}", answer.hint());
    }

    #[test]
    fn what_lasts_is_told_from_what_passes() {
        let status =
            |status| ModelError::Status { endpoint: String::new(), status, message: String::new(), retry_after: None };
        for lasting in [301, 400, 401, 402, 403, 404, 413, 422, 501] {
            assert!(status(lasting).is_lasting(), "{lasting}");
        }
        for passing in [408, 409, 425, 429, 500, 502, 503, 529] {
            assert!(!status(passing).is_lasting(), "{passing}");
        }
        let provider = |kind: &str| ModelError::Provider { kind: kind.to_owned(), message: String::new() };
        for lasting in ["401", "invalid_request_error", "authentication_error", "NOT_FOUND"] {
            assert!(provider(lasting).is_lasting(), "{lasting}");
        }
        for passing in ["429", "overloaded_error", "UNAVAILABLE", "error"] {
            assert!(!provider(passing).is_lasting(), "{passing}");
        }
        assert!(!ModelError::Truncated { reason: String::new() }.is_lasting());
    }
}
