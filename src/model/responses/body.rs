//! The JSON that asks for a response. Nothing is left with the provider: `store` is off.

use serde_json::{Map, Value, json};

use crate::model::dialect::{Call, Written};
use crate::model::openai::named_schema;
use crate::model::server::{Parameter, without};

/// What the API has no name for.
const UNKNOWN: [Parameter; 5] =
    [Parameter::TopK, Parameter::MinP, Parameter::RepetitionPenalty, Parameter::Seed, Parameter::Stop];

/// The request.
pub(super) fn write(call: &Call<'_>) -> Written {
    let (parameters, notes) = without(&call.request.parameters, "the Responses API", &UNKNOWN);
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(call.model));
    body.insert("input".to_owned(), json!(call.request.messages));
    body.insert("store".to_owned(), json!(false));
    if call.stream {
        body.insert("stream".to_owned(), json!(true));
    }
    let schema = parameters.json_schema.as_ref().map(|schema| {
        let mut format = named_schema(schema);
        format.insert("type".to_owned(), json!("json_schema"));
        json!({ "format": format })
    });
    let optional = [
        ("temperature", parameters.temperature.map(Value::from)),
        ("top_p", parameters.top_p.map(Value::from)),
        ("max_output_tokens", parameters.max_tokens.map(Value::from)),
        ("text", schema),
        ("include", parameters.logprobs.map(|_| json!(["message.output_text.logprobs"]))),
        ("top_logprobs", parameters.logprobs.map(Value::from)),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Written { path: "responses".to_owned(), query: None, body: Value::Object(body), notes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::{Capabilities, Endpoint};
    use crate::model::{Parameters, Request};
    use crate::prompt::{Message, Role};

    #[test]
    fn what_the_api_knows_is_sent_and_the_rest_is_said() {
        let parameters = Parameters {
            temperature: Some(0.5),
            max_tokens: Some(64),
            seed: Some(7),
            stop: vec!["x".to_owned()],
            json_schema: Some(json!({ "type": "object" })),
            ..Parameters::default()
        };
        let messages = vec![Message::new(Role::System, "s"), Message::new(Role::User, "hi")];
        let request = Request { messages, parameters };
        let endpoint = Endpoint::parse("http://127.0.0.1:1").unwrap();
        let capabilities = Capabilities::default();
        let call =
            Call { model: "m", endpoint: &endpoint, request: &request, capabilities: &capabilities, stream: true };
        let written = write(&call);
        assert_eq!(
            written.body,
            json!({
                "model": "m",
                "input": [{ "role": "system", "content": "s" }, { "role": "user", "content": "hi" }],
                "store": false,
                "stream": true,
                "temperature": 0.5,
                "max_output_tokens": 64,
                "text": { "format": { "type": "json_schema", "name": "answer", "strict": false, "schema": { "type": "object" } } },
            })
        );
        assert_eq!(
            written.notes,
            [
                "seed left out: the Responses API has no such setting",
                "stop left out: the Responses API has no such setting"
            ]
        );
        assert_eq!(written.url(&endpoint).path(), "/v1/responses");
        assert!(write(&Call { stream: false, ..call }).body.get("stream").is_none());
    }
}
