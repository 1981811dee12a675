//! A server of models of one lineage, as llama-server and vLLM are from outside: it answers by what a request names (a model, an
//! adapter's strength), counts tokens, and has a few fixed pages beside the chat.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a broken fake must fail its test")]

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::fake_server::{events, read_request, response};

/// The answer to a request's body.
pub type Answer = dyn Fn(&Value) -> String + Send + Sync;

/// See the file's head.
pub struct LineageServer {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl LineageServer {
    /// `pages` are answered to GET by their paths; everything that is posted is a chat.
    pub fn start(pages: Vec<(&'static str, Value)>, answer: impl Fn(&Value) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, bodies: Arc::default() };
        let (bodies, pages, answer) = (Arc::clone(&server.bodies), Arc::new(pages), Arc::new(answer));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (bodies, pages, answer) = (Arc::clone(&bodies), Arc::clone(&pages), Arc::clone(&answer));
                std::thread::spawn(move || serve(&mut stream, &bodies, &pages, &*answer));
            }
        });
        server
    }

    /// As llama-server with one adapter, which it applies unless it is told otherwise: the answer by the adapter's strength.
    pub fn llama(answer: impl Fn(f64) -> String + Send + Sync + 'static) -> Self {
        let pages = vec![
            ("/v1/models", json!({ "object": "list", "data": [{ "id": "small.gguf", "object": "model" }] })),
            ("/lora-adapters", json!([{ "id": 0, "path": "/adapters/orders.gguf", "scale": 1.0 }])),
        ];
        Self::start(pages, move |body| answer(strength(body)))
    }

    /// As vLLM, which serves an adapter as a model with a parent: the answer by the model's name.
    pub fn vllm(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let card =
            |id: &str, parent: Value| json!({ "id": id, "object": "model", "owned_by": "vllm", "parent": parent });
        let list = json!({ "object": "list", "data": [
            card("lab/small", Value::Null),
            card("orders-lora", json!("lab/small")),
        ] });
        Self::start(vec![("/v1/models", list)], move |body| answer(body["model"].as_str().unwrap_or_default()))
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The chats that were asked, in order.
    pub fn bodies(&self) -> Vec<Value> {
        self.bodies.lock().unwrap().clone()
    }
}

/// The strength of a request's first adapter; one that is not named works as it was started.
pub fn strength(body: &Value) -> f64 {
    match body.get("lora").and_then(Value::as_array) {
        None => 1.0,
        // What is left out of the list is off.
        Some(adapters) => {
            adapters.iter().find(|one| one["id"] == 0).and_then(|one| one["scale"].as_f64()).unwrap_or(0.0)
        }
    }
}

/// A given text as the older completions echo it: its words as tokens, all of this log-probability, and one that is answered.
fn echoed(text: &str, log_probability: &str) -> String {
    let mut tokens: Vec<String> = Vec::new();
    for letter in text.chars() {
        match tokens.last_mut() {
            Some(token) if !letter.is_whitespace() => token.push(letter),
            _ => tokens.push(letter.to_string()),
        }
    }
    let number: f64 = log_probability.parse().unwrap();
    let mut numbers: Vec<Value> = tokens.iter().map(|_| json!(number)).collect();
    numbers[0] = Value::Null;
    tokens.push(" and".to_owned());
    numbers.push(json!(-0.5));
    json!({ "choices": [{ "text": text, "logprobs": { "tokens": tokens, "token_logprobs": numbers } }] }).to_string()
}

fn serve(stream: &mut TcpStream, bodies: &Mutex<Vec<Value>>, pages: &[(&str, Value)], answer: &Answer) {
    stream.set_nodelay(true).unwrap();
    let request = read_request(stream, 0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or_default();
    let mut words = head.split_whitespace();
    let bytes = match (words.next(), words.next()) {
        (Some("GET"), Some(path)) => match pages.iter().find(|(page, _)| *page == path) {
            Some((_, page)) => response(200, &["content-type: application/json"], page.to_string()),
            None => response(404, &["content-type: application/json"], "{\"error\":{\"message\":\"no such page\"}}"),
        },
        (Some("POST"), Some(path)) => {
            let body: Value = serde_json::from_str(body).unwrap();
            if let (true, Some(text)) = (path.ends_with("/v1/completions"), body["prompt"].as_str()) {
                let page = response(200, &["content-type: application/json"], echoed(text, &answer(&body)));
                let _ = stream.write_all(&page);
                return;
            }
            // A page of its own for each model.
            let named = format!("{path} {}", body["model"].as_str().unwrap_or_default());
            if let Some((_, page)) = pages.iter().find(|(page, _)| *page == named) {
                let page = response(200, &["content-type: application/json"], page.to_string());
                let _ = stream.write_all(&page);
                return;
            }
            let text = answer(&body);
            let asked: usize = body["messages"].as_array().unwrap().iter().map(|one| one.to_string().len()).sum();
            bodies.lock().unwrap().push(body);
            let chunk = json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] });
            let usage = json!({ "prompt_tokens": asked, "completion_tokens": 10 });
            let tail = json!({ "choices": [], "usage": usage });
            events(format!("data: {chunk}\n\ndata: {tail}\n\ndata: [DONE]\n\n"))
        }
        _ => return,
    };
    // A program that looked at a port and has seen enough may have gone.
    let _ = stream.write_all(&bytes);
}
