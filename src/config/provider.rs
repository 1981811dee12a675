//! Who runs a model: this program, or a server of some dialect.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::Dialect;

/// Who runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// This program itself.
    Embedded,
    /// A server that speaks this dialect.
    Server(Dialect),
}

impl Provider {
    /// Every provider there is.
    pub const ALL: [Self; 6] = [
        Self::Embedded,
        Self::Server(Dialect::ChatCompletions),
        Self::Server(Dialect::Responses),
        Self::Server(Dialect::Anthropic),
        Self::Server(Dialect::Gemini),
        Self::Server(Dialect::Ollama),
    ];

    /// The name used in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Server(dialect) => dialect.as_str(),
        }
    }

    /// The provider that [`Provider::as_str`] names.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }

    /// How its server is spoken to, where there is one.
    pub const fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Embedded => None,
            Self::Server(dialect) => Some(dialect),
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Embedded => "This program itself.",
            Self::Server(Dialect::ChatCompletions) => "Any server that speaks chat completions.",
            Self::Server(Dialect::Responses) => "OpenAI's Responses, and servers that speak them.",
            Self::Server(Dialect::Anthropic) => "Anthropic's Messages, and servers that speak them.",
            Self::Server(Dialect::Gemini) => "Google's Gemini API.",
            Self::Server(Dialect::Ollama) => "Ollama's own chat.",
        }
    }
}

impl JsonSchema for Provider {
    fn schema_name() -> Cow<'static, str> {
        "Provider".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let names = Self::ALL.map(|provider| {
            json_schema!({ "description": provider.in_words(), "type": "string", "const": provider.as_str() })
        });
        json_schema!({ "description": "Who runs a model.", "oneOf": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_known_by_its_name() {
        assert!(Provider::ALL.into_iter().all(|provider| Provider::parse(provider.as_str()) == Some(provider)));
        assert!(Dialect::ALL.into_iter().all(|dialect| Provider::ALL.contains(&Provider::Server(dialect))));
    }
}
