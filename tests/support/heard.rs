//! What is heard of an answer, from its first event to its end.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a helper of tests stops them by panicking")]

use fourfold::model::{
    Dialect, Limits, Model, ModelError, Parameters, Request, ServerModel, Servers, StopReason, StreamEvent, Usage,
};
use fourfold::prompt::{Message, Role};
use futures_util::StreamExt;

use super::fake_server::FakeServer;

/// How a call went and ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub text: String,
    pub reasoning: String,
    pub remarks: Vec<String>,
    pub end: Result<(StopReason, Usage), ModelError>,
}

impl Heard {
    pub fn error(&self) -> &ModelError {
        self.end.as_ref().unwrap_err()
    }

    pub fn stop(&self) -> &StopReason {
        &self.end.as_ref().unwrap().0
    }

    pub fn usage(&self) -> Usage {
        self.end.as_ref().unwrap().1
    }

    pub fn notes(&self) -> String {
        self.remarks.join("; ")
    }
}

pub fn request() -> Request {
    // Every dialect takes a token limit; one of them wants it.
    let parameters = Parameters { max_tokens: Some(64), ..Parameters::default() };
    Request { messages: vec![Message::new(Role::User, "hi")], parameters }
}

/// The model `m` at the fake server, with gates and lessons of its own.
pub fn model_of(dialect: Dialect, server: &FakeServer, limits: Limits) -> ServerModel {
    ServerModel::new(dialect, &server.url(), "m", None, &Servers::default()).unwrap().with_limits(limits)
}

pub async fn listen(model: &dyn Model) -> Heard {
    listen_to(model, request()).await
}

pub async fn listen_to(model: &dyn Model, request: Request) -> Heard {
    let mut stream = model.stream(request);
    let (mut text, mut reasoning, mut remarks, mut end) = (String::new(), String::new(), Vec::new(), None);
    while let Some(event) = stream.next().await {
        assert!(end.is_none(), "nothing follows the end");
        match event {
            Ok(StreamEvent::Text(more)) => text.push_str(&more),
            Ok(StreamEvent::Reasoning(more)) => reasoning.push_str(&more),
            Ok(StreamEvent::Noted(note)) => remarks.push(note),
            Ok(StreamEvent::Waiting { .. }) => {}
            Ok(StreamEvent::Finished { stop, usage, notes }) => {
                remarks.extend(notes);
                end = Some(Ok((stop, usage)));
            }
            Err(error) => end = Some(Err(error)),
        }
    }
    Heard { text, reasoning, remarks, end: end.unwrap() }
}

/// What is heard of a server of this dialect that sends this response and closes; nothing is sent again.
pub async fn hear(dialect: Dialect, response: Vec<u8>) -> Heard {
    let server = FakeServer::answering(vec![response]);
    listen(&model_of(dialect, &server, Limits { retries: 0, ..Limits::default() })).await
}
