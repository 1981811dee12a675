//! Many questions in one file, answered within a day at a lower price, or by a server's own batch command: one line a
//! question, joined to its answer by an id. What lines and results look like; sending the file is `jobs`.

mod jobs;
mod questions;
mod result;

use std::sync::Arc;

use futures_util::stream;
use serde_json::{Value, json};

use super::dialect::Call;
use super::server::{Capabilities, whole_answer};
use super::{
    AnswerStream, Dialect, Endpoint, Model, ModelError, Request, StreamEvent, ThoughtsApart, TokenCount,
    estimate_tokens,
};
use crate::prompt::Message;

pub use jobs::{BatchJob, BatchServer, Counts, NotSubmitted};
pub use result::{BatchResult, NoResult};

impl Dialect {
    /// Whether there is a file format for many questions in this dialect.
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Responses | Self::Anthropic)
    }

    /// A question as a line of a batch file: `{custom_id, method, url, body}` as `OpenAI`'s Batch API and vLLM's `run-batch` read
    /// it, `{custom_id, params}` as Anthropic's Message Batches do. `None` where the dialect has no such file.
    pub fn batch_line(self, endpoint: &Endpoint, model: &str, request: &Request, custom_id: &str) -> Option<Value> {
        let capabilities = Capabilities::default();
        let call = Call { model, endpoint, request, capabilities: &capabilities, stream: false };
        let written = self.protocol().write(&call);
        match self {
            Self::ChatCompletions | Self::Responses => {
                // The path that the batch service itself asks, whatever address the file is sent to.
                let url = if self == Self::Responses { "/v1/responses" } else { "/v1/chat/completions" };
                Some(json!({ "custom_id": custom_id, "method": "POST", "url": url, "body": written.body }))
            }
            Self::Anthropic => Some(json!({ "custom_id": custom_id, "params": written.body })),
            Self::Gemini | Self::Ollama => None,
        }
    }

    /// A model that gives the one answer in `body`, the response of a server of this dialect in one piece; whatever it is asked.
    pub fn answered_by(self, body: &Value) -> Arc<dyn Model> {
        let events = whole_answer(self.protocol(), body);
        Arc::new(ThoughtsApart(Arc::new(Answered { events })))
    }
}

/// A model that has answered already.
struct Answered {
    events: Vec<Result<StreamEvent, ModelError>>,
}

impl Model for Answered {
    fn fingerprint(&self) -> String {
        "an answer that was there before the question".to_owned()
    }

    fn stream(&self, _: Request) -> AnswerStream {
        Box::pin(stream::iter(self.events.clone()))
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        estimate_tokens(messages)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::model::{Parameters, StopReason, Usage};
    use crate::prompt::Role;

    fn line(dialect: Dialect, base_url: &str) -> Option<Value> {
        let parameters = Parameters { temperature: Some(0.0), max_tokens: Some(9), ..Parameters::default() };
        let request = Request { messages: vec![Message::new(Role::User, "hi")], parameters };
        dialect.batch_line(&dialect.endpoint(base_url).unwrap(), "m", &request, "abc")
    }

    #[test]
    fn a_line_is_what_the_service_reads() {
        let messages = json!([{ "role": "user", "content": "hi" }]);
        let chat = line(Dialect::ChatCompletions, "http://127.0.0.1:1/v1").unwrap();
        let body = json!({ "model": "m", "messages": messages, "temperature": 0.0, "max_tokens": 9 });
        let expected = json!({ "custom_id": "abc", "method": "POST", "url": "/v1/chat/completions", "body": body });
        assert_eq!(chat, expected);
        let claude = line(Dialect::Anthropic, "http://127.0.0.1:1").unwrap();
        assert_eq!((&claude["custom_id"], &claude["params"]["messages"]), (&json!("abc"), &messages));
        assert!(claude["params"].get("stream").is_none());
        assert_eq!(line(Dialect::Responses, "http://127.0.0.1:1").unwrap()["url"], "/v1/responses");
        for without in [Dialect::Gemini, Dialect::Ollama] {
            assert_eq!(line(without, "http://127.0.0.1:1").is_some(), without.has_batches());
        }
    }

    #[tokio::test]
    async fn a_response_in_one_piece_is_an_answer() {
        let body = json!({
            "choices": [{ "finish_reason": "length", "message": { "content": "<think>hm</think>so" } }],
            "usage": { "prompt_tokens": 3, "completion_tokens": 2 },
        });
        let request = Request { messages: Vec::new(), parameters: Parameters::default() };
        let answers = Dialect::ChatCompletions.answered_by(&body).stream(request);
        let events: Vec<_> = answers.collect().await;
        let usage = Usage { input: Some(3), cached: None, output: Some(2) };
        let text: String = events
            .iter()
            .filter_map(|event| match event {
                Ok(StreamEvent::Text(text)) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(text, "so");
        assert!(events.contains(&Ok(StreamEvent::Finished { stop: StopReason::Length, usage, notes: Vec::new() })));
    }
}
