//! A server of raw bytes on loopback: it sends what it is told, split where it is told, and waits, hangs or breaks the
//! connection when it is told. It waits for events, never for time.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a broken fake must fail its test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What happens on one connection, in order; at the end it is closed.
pub enum Act {
    /// Reads the request.
    Read,
    /// Reads the request but for its last byte: closing now makes the system send a reset.
    ReadAllButOne,
    /// Waits until the request begins to arrive and leaves it unread: closing now makes the system send a reset.
    Ignore,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes over and over, until the other side closes.
    SendUntilClosed(Vec<u8>),
    /// Waits until the test says so (or drops its end).
    WaitFor(Receiver<()>),
    /// Tells that it has come this far.
    Tell(Sender<()>),
    /// Waits until the other side closes, then tells.
    WaitForClose(Sender<()>),
}

/// A running server.
pub struct FakeServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeServer {
    /// Plays one list of acts for each connection, in order. Later connections are closed at once.
    pub fn play(connections: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut connections = connections.into_iter();
            for stream in listener.incoming().flatten() {
                let acts = connections.next().unwrap_or_default();
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || play(stream, acts, &seen));
            }
        });
        Self { address, requests }
    }

    /// Answers every connection of the list with one whole HTTP response.
    pub fn answering(responses: Vec<Vec<u8>>) -> Self {
        Self::play(responses.into_iter().map(|response| vec![Act::Read, Act::Send(response)]).collect())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests that were read so far, heads and bodies.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn play(mut stream: TcpStream, acts: Vec<Act>, seen: &Mutex<Vec<String>>) {
    stream.set_nodelay(true).unwrap();
    for act in acts {
        match act {
            Act::Read => seen.lock().unwrap().push(read_request(&mut stream, 0)),
            Act::ReadAllButOne => seen.lock().unwrap().push(read_request(&mut stream, 1)),
            Act::Ignore => {
                let _ = stream.peek(&mut [0]);
            }
            Act::Send(bytes) => {
                // A client that has seen enough may have closed.
                if stream.write_all(&bytes).is_err() {
                    return;
                }
            }
            Act::SendUntilClosed(bytes) => while stream.write_all(&bytes).is_ok() {},
            Act::WaitFor(signal) => {
                let _ = signal.recv();
            }
            Act::Tell(tell) => {
                let _ = tell.send(());
            }
            Act::WaitForClose(tell) => {
                let mut buffer = [0; 1024];
                while matches!(stream.read(&mut buffer), Ok(read) if read > 0) {}
                let _ = tell.send(());
            }
        }
    }
}

/// Reads one request by its content length, less the last `spare` bytes.
pub fn read_request(stream: &mut TcpStream, spare: usize) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return String::from_utf8_lossy(&request).into_owned();
        }
        request.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0_usize);
    let mut body = vec![0; length.saturating_sub(spare)];
    stream.read_exact(&mut body).unwrap_or(());
    request.extend_from_slice(&body);
    String::from_utf8_lossy(&request).into_owned()
}

/// A response that ends when the connection does.
pub fn response(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n").into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_ref());
    bytes
}

/// A successful response labelled as an event stream.
pub fn events(body: impl AsRef<[u8]>) -> Vec<u8> {
    response(200, &["content-type: text/event-stream"], body)
}

/// A successful response labelled as JSON lines.
pub fn lines(body: impl AsRef<[u8]>) -> Vec<u8> {
    response(200, &["content-type: application/x-ndjson"], body)
}

/// A successful response labelled as an event stream, every byte in a chunk of its own.
pub fn events_by_byte(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = response(200, &["content-type: text/event-stream", "transfer-encoding: chunked"], "");
    for byte in body.as_ref() {
        bytes.extend_from_slice(b"1\r\n");
        bytes.push(*byte);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// A signal for [`Act::WaitFor`], or from [`Act::Tell`] and [`Act::WaitForClose`].
pub fn signal() -> (Sender<()>, Receiver<()>) {
    channel()
}
