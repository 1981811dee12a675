//! A chat-completions server on loopback that answers every question at a steady rate, for as long as someone listens.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How an answer comes.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Bytes of text sent at once, before anything else.
    pub ahead: usize,
    /// Tokens a second after that.
    pub tokens_per_second: f64,
}

const WORDS: [&str; 12] = [
    "the ",
    "order ",
    "names ",
    "**three** ",
    "mugs, ",
    "two ",
    "plates ",
    "and ",
    "a ",
    "`gift` ",
    "card.\n\n",
    "So ",
];

fn event(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }))
}

/// A server that runs until the process ends.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Answers whose text ahead has been taken by the other side.
    pub caught_up: Arc<AtomicUsize>,
}

/// Begins to serve.
pub fn serve(pace: Pace) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number");
    let caught_up = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&caught_up);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counter = Arc::clone(&counter);
            thread::spawn(move || answer(stream, pace, &counter));
        }
    });
    Server { address, caught_up }
}

/// Answers one question; who listens no more ends it.
fn answer(mut stream: TcpStream, pace: Pace, caught_up: &AtomicUsize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    read_request(&mut stream)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n").ok()?;
    let paragraph = WORDS.concat();
    for _ in 0..pace.ahead.div_ceil(paragraph.len() * 8) {
        stream.write_all(event(&paragraph.repeat(8)).as_bytes()).ok()?;
    }
    caught_up.fetch_add(1, Ordering::SeqCst);
    let tokens: Vec<String> = WORDS.iter().map(|word| event(word)).collect();
    let begin = Instant::now();
    let mut sent = 0;
    loop {
        let due = (begin.elapsed().as_secs_f64() * pace.tokens_per_second) as usize;
        let batch: String =
            (sent..due).filter_map(|index| tokens.get(index % tokens.len())).map(String::as_str).collect();
        stream.write_all(batch.as_bytes()).ok()?;
        sent = due;
        thread::sleep(Duration::from_millis(1));
    }
}

fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(buffer.get(..count)?);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(());
        }
    }
}
