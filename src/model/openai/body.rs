//! The JSON that asks for a chat completion. A parameter that nobody set is not sent.

use serde_json::{Map, Value, json};

use super::schema;
use crate::model::dialect::{Call, Written};
use crate::model::server::Lesson;

/// The request.
pub(super) fn write(call: &Call<'_>) -> Written {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(call.model));
    body.insert("messages".to_owned(), json!(call.request.messages));
    if call.stream {
        body.insert("stream".to_owned(), json!(true));
        if !call.capabilities.knows(Lesson::WithoutStreamOptions) {
            body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        }
    }
    let parameters = &call.request.parameters;
    let new_name = call.capabilities.knows(Lesson::NewTokenLimitName);
    let token_limit = if new_name { "max_completion_tokens" } else { "max_tokens" };
    let schema = parameters.json_schema.as_ref();
    let schema = schema.map(|schema| json!({ "type": "json_schema", "json_schema": schema::named(schema) }));
    let optional = [
        ("temperature", parameters.temperature.map(Value::from)),
        ("top_p", parameters.top_p.map(Value::from)),
        ("top_k", parameters.top_k.map(Value::from)),
        ("min_p", parameters.min_p.map(Value::from)),
        // vLLM reads the first name, llama-server and LM Studio the second; each ignores the other.
        ("repetition_penalty", parameters.repetition_penalty.map(Value::from)),
        ("repeat_penalty", parameters.repetition_penalty.map(Value::from)),
        ("seed", parameters.seed.map(Value::from)),
        (token_limit, parameters.max_tokens.map(Value::from)),
        ("stop", (!parameters.stop.is_empty()).then(|| json!(parameters.stop))),
        ("response_format", schema),
        ("logprobs", parameters.logprobs.map(|_| json!(true))),
        ("top_logprobs", parameters.logprobs.filter(|others| *others > 0).map(Value::from)),
        // llama-server: an adapter that is not in the list has no effect.
        ("lora", (!parameters.lora.is_empty()).then(|| json!(parameters.lora))),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let path = if call.endpoint.names_deployments() {
        format!("deployments/{}/chat/completions", call.model)
    } else {
        "chat/completions".to_owned()
    };
    Written { path, query: None, body: Value::Object(body), notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::{Capabilities, Endpoint};
    use crate::model::{LoraScale, Parameters, Request};
    use crate::prompt::{Message, Role};

    fn written(parameters: Parameters, lessons: &[Lesson], base_url: &str) -> Written {
        let request = Request { messages: vec![Message::new(Role::User, "hi")], parameters };
        let endpoint = Endpoint::parse(base_url).unwrap();
        let capabilities = Capabilities::default().with(lessons);
        write(&Call { model: "m", endpoint: &endpoint, request: &request, capabilities: &capabilities, stream: true })
    }

    fn body(parameters: Parameters, lessons: &[Lesson]) -> Value {
        written(parameters, lessons, "http://127.0.0.1:1").body
    }

    #[test]
    fn nothing_unset_is_sent() {
        let expected = json!({
            "model": "m", "messages": [{ "role": "user", "content": "hi" }],
            "stream": true, "stream_options": { "include_usage": true },
        });
        assert_eq!(body(Parameters::default(), &[]), expected);
    }

    #[test]
    fn everything_set_is_sent() {
        let parameters = Parameters {
            temperature: Some(0.0),
            top_p: Some(0.9),
            top_k: Some(40),
            min_p: Some(0.05),
            repetition_penalty: Some(1.1),
            seed: Some(7),
            max_tokens: Some(64),
            stop: vec!["END".to_owned()],
            json_schema: Some(json!({ "type": "object" })),
            logprobs: Some(2),
            lora: vec![LoraScale { id: 0, scale: 0.5 }],
        };
        let sent = body(parameters.clone(), &[]);
        for (name, value) in [
            ("temperature", json!(0.0)),
            ("top_p", json!(0.9)),
            ("top_k", json!(40)),
            ("min_p", json!(0.05)),
            ("repetition_penalty", json!(1.1)),
            ("repeat_penalty", json!(1.1)),
            ("seed", json!(7)),
            ("max_tokens", json!(64)),
            ("stop", json!(["END"])),
            ("logprobs", json!(true)),
            ("top_logprobs", json!(2)),
            ("lora", json!([{ "id": 0, "scale": 0.5 }])),
        ] {
            assert_eq!(sent[name], value, "{name}");
        }
        assert_eq!(sent["response_format"]["json_schema"]["schema"], json!({ "type": "object" }));
        let sent = body(parameters, &[Lesson::NewTokenLimitName, Lesson::WithoutStreamOptions]);
        assert_eq!(sent["max_completion_tokens"], json!(64));
        assert!(sent.get("max_tokens").is_none() && sent.get("stream_options").is_none());
    }

    #[test]
    fn azure_names_the_deployment_in_the_path() {
        let azure = "https://me.openai.azure.com?api-version=2024-10-21";
        let endpoint = Endpoint::parse(azure).unwrap();
        let url = written(Parameters::default(), &[], azure).url(&endpoint);
        assert_eq!(
            url.as_str(),
            "https://me.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21"
        );
    }
}
