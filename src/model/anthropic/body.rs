//! The JSON that asks for a message: system text stands apart, and a token limit must be named.

use serde_json::{Map, Value, json};

use crate::model::dialect::{Call, Written};
use crate::model::server::{Parameter, split_system, without};

/// What the API has no name for.
const UNKNOWN: [Parameter; 4] = [Parameter::MinP, Parameter::RepetitionPenalty, Parameter::Seed, Parameter::Logprobs];

/// The limit where nobody set one: the API wants one, and every model of it allows this.
const USUAL_LIMIT: u32 = 4096;

/// The request.
pub(super) fn write(call: &Call<'_>) -> Written {
    let (parameters, mut notes) = without(&call.request.parameters, "the Anthropic API", &UNKNOWN);
    let (system, messages) = split_system(&call.request.messages);
    let limit = parameters.max_tokens.unwrap_or_else(|| {
        notes.push(format!("max tokens set to {USUAL_LIMIT}: the Anthropic API wants a limit"));
        USUAL_LIMIT
    });
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(call.model));
    body.insert("max_tokens".to_owned(), json!(limit));
    let schema = parameters.json_schema.as_ref();
    let optional = [
        ("system", system.map(Value::from)),
        ("messages", Some(json!(messages))),
        ("stream", call.stream.then(|| json!(true))),
        ("temperature", parameters.temperature.map(Value::from)),
        ("top_p", parameters.top_p.map(Value::from)),
        ("top_k", parameters.top_k.map(Value::from)),
        ("stop_sequences", (!parameters.stop.is_empty()).then(|| json!(parameters.stop))),
        ("output_config", schema.map(|schema| json!({ "format": { "type": "json_schema", "schema": schema } }))),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Written { path: "messages".to_owned(), query: None, body: Value::Object(body), notes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::Capabilities;
    use crate::model::{Dialect, Parameters, Request};
    use crate::prompt::{Message, Role};

    fn written(messages: Vec<Message>, parameters: Parameters) -> Written {
        let request = Request { messages, parameters };
        let endpoint = Dialect::Anthropic.endpoint("http://127.0.0.1:1").unwrap();
        let capabilities = Capabilities::default();
        write(&Call { model: "m", endpoint: &endpoint, request: &request, capabilities: &capabilities, stream: true })
    }

    #[test]
    fn system_text_stands_apart_and_a_limit_is_named() {
        let messages = vec![Message::new(Role::System, "s"), Message::new(Role::User, "hi")];
        let bare = written(messages.clone(), Parameters::default());
        assert_eq!(
            bare.body,
            json!({ "model": "m", "max_tokens": 4096, "system": "s", "messages": [{ "role": "user", "content": "hi" }], "stream": true })
        );
        assert_eq!(bare.notes, ["max tokens set to 4096: the Anthropic API wants a limit"]);
        let parameters = Parameters {
            temperature: Some(0.0),
            top_k: Some(5),
            seed: Some(1),
            max_tokens: Some(9),
            stop: vec!["x".to_owned()],
            json_schema: Some(json!({ "type": "object" })),
            ..Parameters::default()
        };
        let full = written(messages, parameters);
        for (name, value) in [
            ("max_tokens", json!(9)),
            ("temperature", json!(0.0)),
            ("top_k", json!(5)),
            ("stop_sequences", json!(["x"])),
            ("output_config", json!({ "format": { "type": "json_schema", "schema": { "type": "object" } } })),
        ] {
            assert_eq!(full.body[name], value, "{name}");
        }
        assert_eq!(full.notes, ["seed left out: the Anthropic API has no such setting"]);
    }
}
