//! The dialects that servers speak, and what each does in its own way: how a request is written, how an event is read,
//! how an error body is read. Everything else about a call is in `server`.

use reqwest::Url;
use serde_json::Value;

use super::server::{Capabilities, Endpoint, Failure, Frame, Framing, Shape};
use super::{ModelError, Request, anthropic, gemini, ollama, openai, responses};

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `OpenAI`'s chat completions, and the many servers that are compatible with them.
    ChatCompletions,
    /// `OpenAI`'s Responses.
    Responses,
    /// Anthropic's Messages.
    Anthropic,
    /// Google's `streamGenerateContent`.
    Gemini,
    /// Ollama's own chat.
    Ollama,
}

/// The header that carries a key, and what stands before the key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHeader {
    /// The header's name.
    pub name: &'static str,
    /// What stands before the key.
    pub prefix: &'static str,
}

/// A call for an answer in one piece: what people copy to ask the server themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainCall {
    /// Where it goes.
    pub url: Url,
    /// Headers of the dialect, beside the key's.
    pub headers: &'static [(&'static str, &'static str)],
    /// The header for the key.
    pub key: KeyHeader,
    /// The body.
    pub body: Value,
}

impl Dialect {
    /// Every dialect there is.
    pub const ALL: [Self; 5] = [Self::ChatCompletions, Self::Responses, Self::Anthropic, Self::Gemini, Self::Ollama];

    /// Its name in `fourfold.toml` and in fingerprints.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "openai",
            Self::Responses => "responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// Where its own provider is.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::Ollama => "http://127.0.0.1:11434/api",
        }
    }

    /// Reads a base URL as people write it for a server of this dialect, or says what is wrong with it.
    pub fn endpoint(self, base_url: &str) -> Result<Endpoint, ModelError> {
        Endpoint::parse_as(base_url, self.protocol().shape())
    }

    /// The request of `model` at `endpoint` for an answer in one piece.
    pub fn plain_call(self, endpoint: &Endpoint, model: &str, request: &Request) -> PlainCall {
        let protocol = self.protocol();
        let capabilities = Capabilities::default();
        let written = protocol.write(&Call { model, endpoint, request, capabilities: &capabilities, stream: false });
        PlainCall {
            url: written.url(endpoint),
            headers: protocol.headers(),
            key: protocol.key_header(endpoint),
            body: written.body,
        }
    }

    /// What it does in its own way.
    pub(super) fn protocol(self) -> &'static dyn Protocol {
        match self {
            Self::ChatCompletions => &openai::ChatCompletions,
            Self::Responses => &responses::Responses,
            Self::Anthropic => &anthropic::Messages,
            Self::Gemini => &gemini::GenerateContent,
            Self::Ollama => &ollama::Chat,
        }
    }
}

/// What is to be written as a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The provider's own name of the model.
    pub(super) model: &'a str,
    /// Where it is asked.
    pub(super) endpoint: &'a Endpoint,
    /// The request, without what the model refuses.
    pub(super) request: &'a Request,
    /// What the model was found to want otherwise.
    pub(super) capabilities: &'a Capabilities,
    /// As a stream, or in one piece.
    pub(super) stream: bool,
}

/// A request as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    /// Below the base URL.
    pub(super) path: String,
    /// A parameter of the URL, as name and value.
    pub(super) query: Option<(&'static str, &'static str)>,
    /// The body.
    pub(super) body: Value,
    /// What could not be said in this dialect.
    pub(super) notes: Vec<String>,
}

impl Written {
    /// Where it goes.
    pub(super) fn url(&self, endpoint: &Endpoint) -> Url {
        let mut url = endpoint.join(&self.path);
        if let Some((name, value)) = self.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }
}

/// What a dialect does in its own way.
pub(super) trait Protocol: Send + Sync {
    /// What its addresses look like.
    fn shape(&self) -> Shape;

    /// The header that carries a key.
    fn key_header(&self, endpoint: &Endpoint) -> KeyHeader;

    /// Headers that every request has.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// How its streams are cut into events.
    fn framing(&self) -> Framing {
        Framing::Events
    }

    /// Whether a stream ends with a mark of its own after the finish reason.
    fn has_terminator(&self) -> bool {
        true
    }

    /// Whether events of this `event:` type are read at all; broken ones of other types are no concern.
    fn knows(&self, kind: &str) -> bool {
        matches!(kind, "" | "message")
    }

    /// Writes a request.
    fn write(&self, call: &Call<'_>) -> Written;

    /// Reads an event of the stream.
    fn read_event(&self, kind: &str, event: &Value) -> Frame;

    /// Reads an answer in one piece; `None` where this is none.
    fn read_whole(&self, body: &Value) -> Option<Frame>;

    /// Reads an error body; `None` where this is none.
    fn read_error(&self, body: &Value) -> Option<Failure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_finds_its_own_place() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.endpoint(dialect.base_url()).unwrap().as_str(), dialect.base_url(), "{dialect:?}");
        }
        for (dialect, written, expected) in [
            (Dialect::Anthropic, "https://api.anthropic.com", "https://api.anthropic.com/v1"),
            (Dialect::Anthropic, "https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"),
            (Dialect::Anthropic, "https://example.org/anthropic", "https://example.org/anthropic/v1"),
            (Dialect::Gemini, "https://example.org/", "https://example.org/v1beta"),
            (Dialect::Gemini, "https://example.org/v1", "https://example.org/v1"),
            (Dialect::Responses, "https://api.openai.com/v1/responses", "https://api.openai.com/v1"),
            (Dialect::Ollama, "http://127.0.0.1:11434", "http://127.0.0.1:11434/api"),
            (Dialect::Ollama, "http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/api"),
            (Dialect::Ollama, "http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434/api"),
            (Dialect::Ollama, "http://example.org/ollama", "http://example.org/ollama/api"),
        ] {
            assert_eq!(dialect.endpoint(written).unwrap().as_str(), expected, "{written}");
        }
    }
}
