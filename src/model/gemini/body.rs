//! The JSON that asks for content: the model is named in the path, the roles are `user` and `model`, system text stands
//! apart, and sampling has a table of its own.

use serde_json::{Map, Value, json};

use crate::model::dialect::{Call, Written};
use crate::model::server::{Parameter, split_system, without};
use crate::prompt::Role;

/// What the API has no name for.
const UNKNOWN: [Parameter; 2] = [Parameter::MinP, Parameter::RepetitionPenalty];

/// The request.
pub(super) fn write(call: &Call<'_>) -> Written {
    let (parameters, notes) = without(&call.request.parameters, "the Gemini API", &UNKNOWN);
    let (system, messages) = split_system(&call.request.messages);
    let contents: Vec<Value> = messages
        .into_iter()
        .map(|message| {
            let role = if message.role == Role::Assistant { "model" } else { "user" };
            json!({ "role": role, "parts": [{ "text": message.content }] })
        })
        .collect();
    let schema = parameters.json_schema.as_ref();
    let optional = [
        ("temperature", parameters.temperature.map(Value::from)),
        ("topP", parameters.top_p.map(Value::from)),
        ("topK", parameters.top_k.map(Value::from)),
        ("seed", parameters.seed.map(Value::from)),
        ("maxOutputTokens", parameters.max_tokens.map(Value::from)),
        ("stopSequences", (!parameters.stop.is_empty()).then(|| json!(parameters.stop))),
        ("responseMimeType", schema.map(|_| json!("application/json"))),
        ("responseJsonSchema", schema.cloned()),
        ("responseLogprobs", parameters.logprobs.map(|_| json!(true))),
        ("logprobs", parameters.logprobs.filter(|others| *others > 0).map(Value::from)),
    ];
    let settings: Map<String, Value> =
        optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let mut body = Map::new();
    if let Some(system) = system {
        body.insert("systemInstruction".to_owned(), json!({ "parts": [{ "text": system }] }));
    }
    body.insert("contents".to_owned(), json!(contents));
    if !settings.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(settings));
    }
    // A tuned model or one of another collection brings its collection along.
    let name = if call.model.contains('/') { call.model.to_owned() } else { format!("models/{}", call.model) };
    let (method, query) =
        if call.stream { ("streamGenerateContent", Some(("alt", "sse"))) } else { ("generateContent", None) };
    Written { path: format!("{name}:{method}"), query, body: Value::Object(body), notes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::Capabilities;
    use crate::model::{Dialect, Parameters, Request};
    use crate::prompt::Message;

    #[test]
    fn a_request_in_its_own_words() {
        let parameters = Parameters {
            temperature: Some(0.0),
            top_k: Some(5),
            min_p: Some(0.1),
            seed: Some(7),
            max_tokens: Some(9),
            stop: vec!["x".to_owned()],
            json_schema: Some(json!({ "type": "object" })),
            ..Parameters::default()
        };
        let messages = [(Role::System, "s"), (Role::User, "u"), (Role::Assistant, "a"), (Role::User, "v")];
        let messages = messages.into_iter().map(|(role, text)| Message::new(role, text)).collect();
        let request = Request { messages, parameters };
        let endpoint = Dialect::Gemini.endpoint("http://127.0.0.1:1").unwrap();
        let capabilities = Capabilities::default();
        let call =
            Call { model: "m", endpoint: &endpoint, request: &request, capabilities: &capabilities, stream: true };
        let written = write(&call);
        assert_eq!(
            written.body,
            json!({
                "systemInstruction": { "parts": [{ "text": "s" }] },
                "contents": [
                    { "role": "user", "parts": [{ "text": "u" }] },
                    { "role": "model", "parts": [{ "text": "a" }] },
                    { "role": "user", "parts": [{ "text": "v" }] },
                ],
                "generationConfig": {
                    "temperature": 0.0, "topK": 5, "seed": 7, "maxOutputTokens": 9, "stopSequences": ["x"],
                    "responseMimeType": "application/json", "responseJsonSchema": { "type": "object" },
                },
            })
        );
        assert_eq!(written.notes, ["min p left out: the Gemini API has no such setting"]);
        assert_eq!(written.url(&endpoint).as_str(), "http://127.0.0.1:1/v1beta/models/m:streamGenerateContent?alt=sse");
        let whole = write(&Call { stream: false, model: "tunedModels/t", ..call });
        assert_eq!(whole.url(&endpoint).as_str(), "http://127.0.0.1:1/v1beta/tunedModels/t:generateContent");
    }
}
