//! A server that answers thousands of requests on kept connections, counts them, holds answers back while it is told to, and
//! commits the faults that a seed decides. It waits for events, never for time, but for a latency that is asked for.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a broken fake must fail its test")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, and again in a millisecond.
    TooMany,
    /// 500, and again in a millisecond.
    Broken,
    /// 401: the key is refused.
    Refused,
    /// Half an answer, then the connection closes.
    Cut,
    /// The head of an answer, then nothing.
    Stall,
}

/// What is wrong with an answer, by what was asked and how often it was asked before.
pub type Faults = dyn Fn(&str, u32) -> Option<Fault> + Send + Sync;

/// How it answers.
pub struct Behaviour {
    /// What is wrong with an answer, by what was asked and how often it was asked before.
    pub fault: Box<Faults>,
    /// The answer to what was asked.
    pub answer: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// How long the first token takes.
    pub first: Duration,
    /// How long each word after it takes.
    pub each: Duration,
}

impl Behaviour {
    /// Answers at once, without a fault.
    pub fn good(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { fault: Box::new(|_, _| None), answer: Box::new(answer), first: Duration::ZERO, each: Duration::ZERO }
    }
}

#[derive(Debug, Default)]
struct Seen {
    requests: u64,
    faults: u64,
    answered: u64,
    under_way: u64,
    most_under_way: u64,
    held: bool,
    first_at: Option<Instant>,
    last_at: Option<Instant>,
    /// How often each body came.
    bodies: HashMap<u64, u32>,
    /// What was asked, in order, where it is kept.
    asked: Vec<String>,
}

/// See the file's head.
#[derive(Clone)]
pub struct ManyServer {
    address: SocketAddr,
    shared: Arc<(Mutex<Seen>, Condvar)>,
}

impl ManyServer {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, shared: Arc::default() };
        let (serving, behaviour) = (server.clone(), Arc::new(behaviour));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, behaviour) = (serving.clone(), Arc::clone(&behaviour));
                std::thread::spawn(move || server.serve(stream, &behaviour));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.0.lock().unwrap()
    }

    /// Requests that were read whole.
    pub fn requests(&self) -> u64 {
        self.seen().requests
    }

    /// Requests that were answered with a fault.
    pub fn faults(&self) -> u64 {
        self.seen().faults
    }

    /// The most that were under way at a time.
    pub fn most_under_way(&self) -> u64 {
        self.seen().most_under_way
    }

    /// When the first and the last request came.
    pub fn came(&self) -> Option<(Instant, Instant)> {
        let seen = self.seen();
        Some((seen.first_at?, seen.last_at?))
    }

    /// The last user messages, in the order they came.
    pub fn asked(&self) -> Vec<String> {
        self.seen().asked.clone()
    }

    /// Waits until so many requests were read.
    pub fn wait_for(&self, requests: u64) {
        let mut seen = self.seen();
        while seen.requests < requests {
            seen = self.shared.1.wait(seen).unwrap();
        }
    }

    /// As [`ManyServer::wait_for`]; `false` where `over` says before that nothing more will come.
    pub fn wait_for_or(&self, requests: u64, mut over: impl FnMut() -> bool) -> bool {
        let mut seen = self.seen();
        while seen.requests < requests {
            seen = self.shared.1.wait_timeout(seen, Duration::from_millis(20)).unwrap().0;
            if over() {
                return seen.requests >= requests;
            }
        }
        true
    }

    /// Reads requests and answers none until [`ManyServer::release`].
    pub fn hold(&self) {
        self.seen().held = true;
    }

    pub fn release(&self) {
        self.seen().held = false;
        self.shared.1.notify_all();
    }

    fn serve(&self, stream: TcpStream, behaviour: &Behaviour) {
        stream.set_nodelay(true).unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while let Some(body) = read_request(&mut reader) {
            let question = question_of(&body);
            let before = self.begin(&body, &question);
            let whole = self.answer(&mut writer, &question, before, behaviour).unwrap_or(false);
            let mut seen = self.seen();
            seen.under_way -= 1;
            seen.answered += u64::from(whole);
            drop(seen);
            self.shared.1.notify_all();
            if !whole {
                return;
            }
        }
    }

    /// Counts a request; how often it came before.
    fn begin(&self, body: &str, question: &str) -> u32 {
        let mut seen = self.seen();
        seen.requests += 1;
        let now = Instant::now();
        seen.first_at.get_or_insert(now);
        seen.last_at = Some(now);
        seen.under_way += 1;
        seen.most_under_way = seen.most_under_way.max(seen.under_way);
        if seen.asked.len() < 10_000 {
            seen.asked.push(question.to_owned());
        }
        let times = if seen.bodies.len() < 100_000 {
            let times = seen.bodies.entry(fnv(body)).or_default();
            *times += 1;
            *times - 1
        } else {
            0
        };
        self.shared.1.notify_all();
        while seen.held {
            seen = self.shared.1.wait(seen).unwrap();
        }
        times
    }

    /// Answers; whether the connection can be kept.
    fn answer(
        &self,
        writer: &mut TcpStream,
        question: &str,
        before: u32,
        behaviour: &Behaviour,
    ) -> std::io::Result<bool> {
        let fault = (behaviour.fault)(question, before);
        if fault.is_some() {
            self.seen().faults += 1;
        }
        let error = |status: u16| {
            let body = "{\"error\":{\"message\":\"not now\"}}";
            format!(
                "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\nretry-after-ms: 1\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let text = (behaviour.answer)(question);
        match fault {
            Some(Fault::TooMany) => writer.write_all(error(429).as_bytes()).map(|()| true),
            Some(Fault::Broken) => writer.write_all(error(500).as_bytes()).map(|()| true),
            Some(Fault::Refused) => writer.write_all(error(401).as_bytes()).map(|()| true),
            Some(Fault::Cut) => {
                let half: String = text.chars().take(text.chars().count().div_ceil(2)).collect();
                writer.write_all(format!("{head}{}", chunk(&event(&half, false))).as_bytes()).map(|()| false)
            }
            Some(Fault::Stall) => {
                writer.write_all(head.as_bytes())?;
                // Until the other side gives up.
                let mut rest = [0; 64];
                while matches!(writer.read(&mut rest), Ok(1..)) {}
                Ok(false)
            }
            None if behaviour.first.is_zero() => {
                let whole = format!("{}{}{}", chunk(&event(&text, true)), chunk(&tail(question, &text)), "0\r\n\r\n");
                writer.write_all(format!("{head}{whole}").as_bytes()).map(|()| true)
            }
            None => {
                std::thread::sleep(behaviour.first);
                writer.write_all(head.as_bytes())?;
                let words: Vec<&str> = text.split_inclusive(' ').collect();
                for (number, word) in words.iter().enumerate() {
                    if number > 0 {
                        std::thread::sleep(behaviour.each);
                    }
                    writer.write_all(chunk(&event(word, number + 1 == words.len())).as_bytes())?;
                }
                writer.write_all(format!("{}0\r\n\r\n", chunk(&tail(question, &text))).as_bytes()).map(|()| true)
            }
        }
    }
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A number below `limit` that the seed and the text decide.
pub fn drawn(seed: u64, text: &str, limit: u64) -> u64 {
    let mut mixed = fnv(text) ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % limit
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

fn event(text: &str, last: bool) -> String {
    let reason = if last { serde_json::json!("stop") } else { serde_json::Value::Null };
    format!(
        "data: {}\n\n",
        serde_json::json!({ "choices": [{ "delta": { "content": text }, "finish_reason": reason }] })
    )
}

fn tail(question: &str, text: &str) -> String {
    let usage =
        serde_json::json!({ "prompt_tokens": question.len() / 4 + 1, "completion_tokens": text.split(' ').count() });
    format!("data: {}\n\ndata: [DONE]\n\n", serde_json::json!({ "choices": [], "usage": usage }))
}

/// The last message of a request.
fn question_of(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let last = body["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    last["content"].as_str().unwrap_or_default().to_owned()
}

/// The body of the next request; nothing once the other side has closed.
fn read_request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut line, mut length) = (String::new(), 0_usize);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let field = line.trim_end();
        if field.is_empty() {
            break;
        }
        if let Some((name, value)) = field.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(String::from_utf8_lossy(&body).into_owned())
}
