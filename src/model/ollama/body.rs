//! The JSON that asks Ollama: sampling is a table of options, with names of its own.

use serde_json::{Map, Value, json};

use crate::model::dialect::{Call, Written};

/// The request.
pub(super) fn write(call: &Call<'_>) -> Written {
    let parameters = &call.request.parameters;
    let options = [
        ("temperature", parameters.temperature.map(Value::from)),
        ("top_p", parameters.top_p.map(Value::from)),
        ("top_k", parameters.top_k.map(Value::from)),
        ("min_p", parameters.min_p.map(Value::from)),
        ("repeat_penalty", parameters.repetition_penalty.map(Value::from)),
        ("seed", parameters.seed.map(Value::from)),
        ("num_predict", parameters.max_tokens.map(Value::from)),
        ("stop", (!parameters.stop.is_empty()).then(|| json!(parameters.stop))),
    ];
    let options: Map<String, Value> =
        options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(call.model));
    body.insert("messages".to_owned(), json!(call.request.messages));
    // Unlike elsewhere, a stream is what comes where nothing is said.
    body.insert("stream".to_owned(), json!(call.stream));
    let optional = [
        ("format", parameters.json_schema.clone()),
        ("logprobs", parameters.logprobs.map(|_| json!(true))),
        ("top_logprobs", parameters.logprobs.filter(|others| *others > 0).map(Value::from)),
        ("options", (!options.is_empty()).then_some(Value::Object(options))),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Written { path: "chat".to_owned(), query: None, body: Value::Object(body), notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::Capabilities;
    use crate::model::{Dialect, Parameters, Request};
    use crate::prompt::{Message, Role};

    #[test]
    fn sampling_is_a_table_of_options() {
        let endpoint = Dialect::Ollama.endpoint("http://127.0.0.1:1").unwrap();
        let capabilities = Capabilities::default();
        let body = |parameters: Parameters, stream: bool| {
            let request = Request { messages: vec![Message::new(Role::User, "hi")], parameters };
            let call = Call { model: "m", endpoint: &endpoint, request: &request, capabilities: &capabilities, stream };
            write(&call).body
        };
        let messages = json!([{ "role": "user", "content": "hi" }]);
        assert_eq!(body(Parameters::default(), false), json!({ "model": "m", "messages": messages, "stream": false }));
        let parameters = Parameters {
            temperature: Some(0.0),
            repetition_penalty: Some(1.1),
            seed: Some(7),
            max_tokens: Some(9),
            stop: vec!["x".to_owned()],
            json_schema: Some(json!({ "type": "object" })),
            ..Parameters::default()
        };
        let full = body(parameters, true);
        assert_eq!(
            full["options"],
            json!({ "temperature": 0.0, "repeat_penalty": 1.1, "seed": 7, "num_predict": 9, "stop": ["x"] })
        );
        assert_eq!((&full["format"], &full["stream"]), (&json!({ "type": "object" }), &json!(true)));
    }
}
