//! A server that embeds: any that speaks OpenAI's `/v1/embeddings`, or Ollama's `/api/embed`.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::fault;
use crate::data::retrieval::{EmbedError, Embedder, normalise};
use crate::model::asking::{accepted, collect, with_headers};
use crate::model::http::{Purpose, http_client};
use crate::model::server::of_send;
use crate::model::{Dialect, Endpoint, Key, ModelError};

/// Texts sent in one request.
const AT_ONCE: usize = 64;
/// The largest answer that is read.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// How a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddingDialect {
    /// `POST /v1/embeddings` with `input`; `data[i].embedding` comes back, in any order, each with its `index`.
    OpenAi,
    /// `POST /api/embed` with `input`; `embeddings[i]` comes back.
    Ollama,
}

/// An embedding model on a server.
pub struct ServerEmbedder {
    dialect: EmbeddingDialect,
    url: reqwest::Url,
    endpoint: Endpoint,
    model: String,
    key: Option<Key>,
}

impl ServerEmbedder {
    /// The model `model` of the server at `base_url`, as people write it for chat.
    pub fn new(dialect: EmbeddingDialect, base_url: &str, model: &str, key: Option<Key>) -> Result<Self, ModelError> {
        let endpoint = Endpoint::parse(base_url)?;
        let mut url = endpoint.join("embeddings");
        if dialect == EmbeddingDialect::Ollama {
            let base = endpoint.url().path().trim_end_matches('/');
            let base = ["/v1", "/api"].iter().fold(base, |base, end| base.strip_suffix(end).unwrap_or(base));
            url.set_path(&format!("{base}/api/embed"));
        }
        Ok(Self { dialect, url, endpoint, model: model.to_owned(), key })
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let client = http_client(&self.url, Purpose::Provider)?;
        let request = client.post(self.url.clone()).json(&json!({ "model": self.model, "input": texts }));
        let dialect = match self.dialect {
            EmbeddingDialect::OpenAi => Dialect::ChatCompletions,
            EmbeddingDialect::Ollama => Dialect::Ollama,
        };
        let key = self.key.as_ref();
        let request = with_headers(request, dialect, &self.endpoint, key)?;
        let at = self.endpoint.as_str();
        let response = request.send().await.map_err(|error| of_send(&error, at).0)?;
        let body = collect(&mut accepted(response, &self.endpoint, key).await?, ANSWER_LIMIT).await?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        answer.and_then(|answer| vectors(self.dialect, &answer, texts.len())).ok_or_else(|| ModelError::Unexpected {
            endpoint: at.to_owned(),
            found: format!("something that is not {} vectors of one width", texts.len()),
        })
    }
}

/// The vectors of an answer, in the order of the texts; `None` unless there are `count` of one width.
fn vectors(dialect: EmbeddingDialect, answer: &Value, count: usize) -> Option<Vec<Vec<f32>>> {
    let vector = |values: &Value| -> Option<Vec<f32>> {
        values.as_array()?.iter().map(|value| value.as_f64().map(|value| value as f32)).collect()
    };
    let mut found: Vec<Vec<f32>> = match dialect {
        EmbeddingDialect::Ollama => answer.get("embeddings")?.as_array()?.iter().map(vector).collect::<Option<_>>()?,
        EmbeddingDialect::OpenAi => {
            let mut found = vec![Vec::new(); count];
            for (place, item) in answer.get("data")?.as_array()?.iter().enumerate() {
                let index = item.get("index").and_then(Value::as_u64).map_or(place, |index| index as usize);
                *found.get_mut(index)? = vector(item.get("embedding")?)?;
            }
            found
        }
    };
    let width = found.first().map_or(0, Vec::len);
    let fits = found.len() == count && width > 0 && found.iter().all(|vector| vector.len() == width);
    for vector in &mut found {
        normalise(vector);
    }
    fits.then_some(found)
}

impl Embedder for ServerEmbedder {
    fn fingerprint(&self) -> String {
        format!("{}/{}", self.url, self.model)
    }

    fn label(&self) -> String {
        format!("{} at {}", self.model, self.endpoint.as_str())
    }

    /// Blocks until the server has answered: a thread of its own waits, so that it may be called from anywhere.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let work = || -> Result<Vec<Vec<f32>>, ModelError> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| ModelError::Engine {
                reason: format!("no thread for the network: {error}"),
                hint: "Close other programs.".to_owned(),
            })?;
            let mut all = Vec::with_capacity(texts.len());
            for part in texts.chunks(AT_ONCE) {
                let asked = runtime.block_on(async { timeout(PATIENCE, self.ask(part)).await });
                all.extend(asked.unwrap_or(Err(ModelError::Stalled { seconds: PATIENCE.as_secs() }))?);
            }
            Ok(all)
        };
        let answer = std::thread::scope(|scope| scope.spawn(work).join());
        match answer {
            Ok(answer) => answer.map_err(|error| fault(&error)),
            Err(_) => Err(EmbedError {
                what: "asking the embedding server ended in a defect of this program".to_owned(),
                hint: "Please report it.".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers one request with `status` and `body`; gives its first line and its body.
    fn serve(status: &'static str, body: &'static str) -> (String, std::thread::JoinHandle<(String, Value)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            (first.trim().to_owned(), serde_json::from_slice(&sent).unwrap())
        });
        (address, thread)
    }

    fn texts() -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }

    #[test]
    fn both_dialects_are_asked_and_read() {
        let openai = r#"{"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]}"#;
        let ollama = r#"{"embeddings": [[3, 4], [0, 2]]}"#;
        for (dialect, body, path) in [
            (EmbeddingDialect::OpenAi, openai, "POST /v1/embeddings HTTP/1.1"),
            (EmbeddingDialect::Ollama, ollama, "POST /api/embed HTTP/1.1"),
        ] {
            let (address, server) = serve("200 OK", body);
            let embedder = ServerEmbedder::new(dialect, &address, "small", None).unwrap();
            assert_eq!(embedder.embed(&texts()).unwrap(), [vec![0.6, 0.8], vec![0.0, 1.0]]);
            let (first, sent) = server.join().unwrap();
            assert_eq!(first, path);
            assert_eq!(sent, json!({"model": "small", "input": ["a", "b"]}));
        }
    }

    #[test]
    fn wrong_answers_are_faults_in_words() {
        for (status, body, said) in [
            ("200 OK", r#"{"data": [{"index": 0, "embedding": [1]}]}"#, "not 2 vectors"),
            (
                "200 OK",
                r#"{"data": [{"index": 0, "embedding": [1]}, {"index": 7, "embedding": [1]}]}"#,
                "not 2 vectors",
            ),
            ("200 OK", r#"{"data": [{"embedding": [1, 2]}, {"embedding": [1]}]}"#, "not 2 vectors"),
            ("200 OK", "<html>", "not 2 vectors"),
            ("404 Not Found", r#"{"error": {"message": "no model small"}}"#, "no model small"),
        ] {
            let (address, server) = serve(status, body);
            let embedder = ServerEmbedder::new(EmbeddingDialect::OpenAi, &address, "small", None).unwrap();
            let error = embedder.embed(&texts()).unwrap_err();
            server.join().unwrap();
            assert!(error.to_string().contains(said) || error.hint().contains(said), "{error} {}", error.hint());
        }
    }
}
