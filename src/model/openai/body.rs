//! The JSON that asks for a chat completion. A parameter that nobody set is not sent.

use serde_json::{Map, Value, json};

use crate::model::Request;

/// How a particular server wants to be asked, learned from its refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accommodations {
    /// The server calls `max_tokens` `max_completion_tokens`.
    pub(super) new_token_limit_name: bool,
    /// The server does not know `stream_options`.
    pub(super) without_stream_options: bool,
}

impl Accommodations {
    /// What to change after a 400 or 422 with this message, if it names something that can be said in another way.
    /// Only changes that leave the answer's meaning alone; a refused temperature stays an error.
    pub(super) fn after_refusal(self, message: &str) -> Option<(Self, &'static str)> {
        if !self.new_token_limit_name && message.contains("max_tokens") && message.contains("max_completion_tokens") {
            let next = Self { new_token_limit_name: true, ..self };
            return Some((next, "max tokens was sent as max_completion_tokens"));
        }
        if !self.without_stream_options && (message.contains("stream_options") || message.contains("include_usage")) {
            let next = Self { without_stream_options: true, ..self };
            return Some((next, "this server does not report tokens for streams"));
        }
        None
    }
}

/// The body of one streamed request to `model`.
pub(super) fn body(model: &str, request: &Request, accommodations: Accommodations) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("messages".to_owned(), json!(request.messages));
    body.insert("stream".to_owned(), json!(true));
    if !accommodations.without_stream_options {
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    let parameters = &request.parameters;
    let token_limit = if accommodations.new_token_limit_name { "max_completion_tokens" } else { "max_tokens" };
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
        ("lora", (!parameters.lora.is_empty()).then(|| json!(parameters.lora))),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(body)
}

/// The body of the same request for an answer in one piece: what people copy to ask the server themselves.
pub fn whole_body(model: &str, request: &Request) -> Value {
    let mut body = body(model, request, Accommodations { without_stream_options: true, ..Accommodations::default() });
    if let Value::Object(body) = &mut body {
        body.shift_remove("stream");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LoraScale, Parameters};
    use crate::prompt::{Message, Role};

    fn request(parameters: Parameters) -> Request {
        Request { messages: vec![Message::new(Role::User, "hi")], parameters }
    }

    #[test]
    fn nothing_unset_is_sent() {
        let expected = json!({
            "model": "m", "messages": [{ "role": "user", "content": "hi" }],
            "stream": true, "stream_options": { "include_usage": true },
        });
        assert_eq!(body("m", &request(Parameters::default()), Accommodations::default()), expected);
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
            lora: vec![LoraScale { id: 0, scale: 0.5 }],
        };
        let sent = body("m", &request(parameters.clone()), Accommodations::default());
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
            ("lora", json!([{ "id": 0, "scale": 0.5 }])),
        ] {
            assert_eq!(sent[name], value, "{name}");
        }
        let renamed = Accommodations { new_token_limit_name: true, without_stream_options: true };
        let sent = body("m", &request(parameters), renamed);
        assert_eq!(sent["max_completion_tokens"], json!(64));
        assert!(sent.get("max_tokens").is_none() && sent.get("stream_options").is_none());
    }

    #[test]
    fn a_refusal_is_met_once_and_only_where_the_meaning_stays() {
        let start = Accommodations::default();
        let (next, _) = start.after_refusal("'max_tokens' is not supported, use 'max_completion_tokens'").unwrap();
        assert!(next.new_token_limit_name);
        assert_eq!(next.after_refusal("'max_tokens' is not supported, use 'max_completion_tokens'"), None);
        assert!(start.after_refusal("unknown field stream_options").unwrap().0.without_stream_options);
        assert_eq!(start.after_refusal("temperature 0 is not supported"), None);
    }
}
