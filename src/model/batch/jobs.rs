//! Sending a batch file to a provider, asking how far it is, and fetching its results: `OpenAI`'s files and batches, and
//! Anthropic's message batches.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::questions::{check, questions};
use crate::model::asking::{accepted, collect, with_headers};
use crate::model::http::{Purpose, http_client};
use crate::model::server::{of_body, of_send};
use crate::model::{Dialect, Endpoint, Key, ModelError};

/// The largest file that is sent, in bytes: what `OpenAI` takes; Anthropic takes a little more.
const FILE_LIMIT: usize = 200_000_000;
/// The largest answer about a batch that is read.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;
/// How long a server may take to answer about a batch, and to begin to send results.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long sending the file may take.
const SENDING: Duration = Duration::from_mins(30);

/// How many questions of a batch are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub total: u64,
    /// Answered.
    pub completed: u64,
    /// Given up, expired ones included.
    pub failed: u64,
}

/// A batch as its provider tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchJob {
    /// The provider's name for it.
    pub id: String,
    /// In the provider's word.
    pub status: String,
    /// Whether nothing more will happen.
    pub over: bool,
    /// How far it is.
    pub counts: Counts,
    /// Why it came to nothing, in the provider's words.
    pub errors: Vec<String>,
    /// Where its results are, once there are some: addresses below the base URL, or whole ones at the same server.
    results: Vec<String>,
}

impl BatchJob {
    /// Whether there are results to fetch.
    pub const fn has_results(&self) -> bool {
        !self.results.is_empty()
    }
}

/// A batch that was not begun, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSubmitted {
    /// Why.
    pub error: ModelError,
    /// Whether the provider may have begun it all the same: it was asked to, and its answer never arrived.
    pub may_have_begun: bool,
}

/// Whether the provider, or the way to it, said no: nothing was begun.
const fn is_refusal(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::Status { status: 400..500, .. }
            | ModelError::Unreachable { .. }
            | ModelError::Proxy { .. }
            | ModelError::Quota { .. }
            | ModelError::Invalid { .. }
    )
}

/// A provider that takes batches.
pub struct BatchServer {
    dialect: Dialect,
    endpoint: Endpoint,
    key: Option<Key>,
}

impl BatchServer {
    /// The provider at `base_url`. Touches no network.
    pub fn new(dialect: Dialect, base_url: &str, key: Option<Key>) -> Result<Self, ModelError> {
        if !dialect.has_batches() {
            return Err(ModelError::Invalid {
                reason: format!("there are no batches in the dialect `{}`", dialect.as_str()),
                hint: "Use a model of an `openai`, `responses` or `anthropic` provider.".to_owned(),
            });
        }
        Ok(Self { dialect, endpoint: dialect.endpoint(base_url)?, key })
    }

    /// Where it is, without a key.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str()
    }

    /// The ids of the questions for this model that a batch file holds; what is in the way of sending it otherwise.
    pub fn check(&self, model: &str, file: &[u8]) -> Result<Vec<String>, ModelError> {
        check(self.dialect, model, file)
    }

    /// Sends the lines of a batch file and begins the batch.
    pub async fn submit(&self, file: &[u8]) -> Result<BatchJob, NotSubmitted> {
        let begin = self.upload(file).await.map_err(|error| NotSubmitted { error, may_have_begun: false })?;
        let begun = match self.ask(begin, SENDING).await {
            Ok(body) => self.job(&body),
            Err(error) => Err(error),
        };
        begun.map_err(|error| NotSubmitted { may_have_begun: !is_refusal(&error), error })
    }

    /// The request that begins the batch; all that comes before it is sent.
    async fn upload(&self, file: &[u8]) -> Result<RequestBuilder, ModelError> {
        if file.len() > FILE_LIMIT {
            return Err(ModelError::Invalid {
                reason: format!(
                    "the file has {} MB, and a batch may have {}",
                    file.len() / 1_000_000,
                    FILE_LIMIT / 1_000_000
                ),
                hint: "Export in parts: --shard 1/2 and --shard 2/2.".to_owned(),
            });
        }
        if self.dialect == Dialect::Anthropic {
            return Ok(self.post("messages/batches")?.json(&json!({ "requests": questions(file)? })));
        }
        let boundary = blake3::hash(file).to_hex().to_string();
        let request = self.post("files")?.header("content-type", format!("multipart/form-data; boundary={boundary}"));
        let sent = self.ask(request.body(multipart(file, &boundary)), SENDING).await?;
        let Some(id) = sent.get("id").and_then(Value::as_str) else { return Err(self.unexpected("no file")) };
        let url = if self.dialect == Dialect::Responses { "/v1/responses" } else { "/v1/chat/completions" };
        let batch = json!({ "input_file_id": id, "endpoint": url, "completion_window": "24h" });
        Ok(self.post("batches")?.json(&batch))
    }

    /// How far a batch is.
    pub async fn status(&self, id: &str) -> Result<BatchJob, ModelError> {
        let request = self.get(&format!("{}/{}", self.batches(), segment(id)))?;
        self.job(&self.ask(request, PATIENCE).await?)
    }

    /// Asks the provider to stop a batch; what was answered until then can still be fetched.
    pub async fn cancel(&self, id: &str) -> Result<BatchJob, ModelError> {
        let request = self.post(&format!("{}/{}/cancel", self.batches(), segment(id)))?;
        self.job(&self.ask(request, PATIENCE).await?)
    }

    /// Fetches the results of a batch, and what it says of the questions it gave up; `take` gets the bytes as they arrive.
    pub async fn fetch(
        &self,
        job: &BatchJob,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), ModelError> {
        for result in &job.results {
            let mut response = self.send(self.get(result)?, PATIENCE).await?;
            loop {
                let chunk = timeout(PATIENCE, response.chunk()).await;
                let stalled = |_| ModelError::Stalled { seconds: PATIENCE.as_secs() };
                match chunk.map_err(stalled)?.map_err(|error| of_body(&error))? {
                    Some(bytes) => take(&bytes).map_err(|error| ModelError::Invalid {
                        reason: format!("the results cannot be written: {error}"),
                        hint: "Check the folder and the free space, and fetch again.".to_owned(),
                    })?,
                    None => break,
                }
            }
            take(b"\n").map_err(|error| ModelError::Invalid {
                reason: format!("the results cannot be written: {error}"),
                hint: "Check the folder and the free space, and fetch again.".to_owned(),
            })?;
        }
        Ok(())
    }

    const fn batches(&self) -> &'static str {
        if matches!(self.dialect, Dialect::Anthropic) { "messages/batches" } else { "batches" }
    }

    fn job(&self, body: &Value) -> Result<BatchJob, ModelError> {
        read_job(self.dialect, body).ok_or_else(|| self.unexpected("no batch"))
    }

    fn unexpected(&self, found: &str) -> ModelError {
        ModelError::Unexpected {
            endpoint: self.endpoint.as_str().to_owned(),
            found: format!("an answer that is {found}"),
        }
    }

    fn post(&self, path: &str) -> Result<RequestBuilder, ModelError> {
        let url = self.endpoint.join(path);
        self.with_headers(http_client(self.endpoint.url(), Purpose::Provider)?.post(url))
    }

    fn get(&self, address: &str) -> Result<RequestBuilder, ModelError> {
        let url = match Url::parse(address) {
            // The key goes nowhere but to the provider itself.
            Ok(url) if url.origin() != self.endpoint.url().origin() => {
                return Err(ModelError::Invalid {
                    reason: format!("the results of the batch are said to be at another server, {url}"),
                    hint: "Fetch them from the provider's own page and use `fourfold batch import`.".to_owned(),
                });
            }
            Ok(url) => url,
            Err(_) => self.endpoint.join(address),
        };
        self.with_headers(http_client(self.endpoint.url(), Purpose::Provider)?.get(url))
    }

    fn with_headers(&self, request: RequestBuilder) -> Result<RequestBuilder, ModelError> {
        with_headers(request, self.dialect, &self.endpoint, self.key.as_ref())
    }

    /// The response, unless it is a refusal.
    async fn send(&self, request: RequestBuilder, patience: Duration) -> Result<Response, ModelError> {
        let sent =
            within(patience, async { request.send().await.map_err(|error| of_send(&error, self.endpoint.as_str()).0) });
        let response = sent.await?;
        within(PATIENCE, accepted(response, &self.endpoint, self.key.as_ref())).await
    }

    async fn ask(&self, request: RequestBuilder, patience: Duration) -> Result<Value, ModelError> {
        let mut response = self.send(request, patience).await?;
        let body = within(PATIENCE, collect(&mut response, ANSWER_LIMIT)).await?;
        serde_json::from_slice(&body).map_err(|_| self.unexpected("no JSON"))
    }
}

async fn within<T>(patience: Duration, work: impl Future<Output = Result<T, ModelError>>) -> Result<T, ModelError> {
    timeout(patience, work).await.unwrap_or(Err(ModelError::Stalled { seconds: patience.as_secs() }))
}

/// An id as one part of a path, whatever is in it.
fn segment(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%5F", "_")
        .replace("%2D", "-")
}

/// The file and its purpose, as a form (RFC 7578).
fn multipart(file: &[u8], boundary: &str) -> Vec<u8> {
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"batch.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

fn read_job(dialect: Dialect, body: &Value) -> Option<BatchJob> {
    let id = body.get("id")?.as_str()?.to_owned();
    let counts = body.get("request_counts");
    let count = |name: &str| counts.and_then(|counts| counts.get(name)?.as_u64()).unwrap_or(0);
    if dialect == Dialect::Anthropic {
        let status = body.get("processing_status")?.as_str()?.to_owned();
        let [completed, errored, expired, canceled] = ["succeeded", "errored", "expired", "canceled"].map(count);
        let failed = errored + expired + canceled;
        let results = body.get("results_url").and_then(Value::as_str).map(str::to_owned);
        let counts = Counts { total: count("processing") + completed + failed, completed, failed };
        let results = results.into_iter().collect();
        return Some(BatchJob { id, over: status == "ended", status, counts, errors: Vec::new(), results });
    }
    let status = body.get("status")?.as_str()?.to_owned();
    let file = |name: &str| Some(format!("files/{}/content", segment(body.get(name)?.as_str()?)));
    Some(BatchJob {
        id,
        over: matches!(status.as_str(), "completed" | "failed" | "expired" | "cancelled"),
        status,
        errors: errors(body),
        counts: Counts { total: count("total"), completed: count("completed"), failed: count("failed") },
        results: [file("output_file_id"), file("error_file_id")].into_iter().flatten().collect(),
    })
}

/// What `OpenAI` says of a batch that it did not take.
fn errors(body: &Value) -> Vec<String> {
    let listed = body.pointer("/errors/data").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let words = |error: &Value| {
        let message = error.get("message")?.as_str()?;
        let line = error.get("line").and_then(Value::as_u64);
        Some(line.map_or_else(|| message.to_owned(), |line| format!("line {line}: {message}")))
    };
    listed.iter().filter_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_providers_tell_of_a_batch() {
        let openai = json!({
            "id": "batch_1", "status": "completed", "output_file_id": "file-o", "error_file_id": "file-e",
            "request_counts": { "total": 3, "completed": 2, "failed": 1 },
        });
        let job = read_job(Dialect::ChatCompletions, &openai).unwrap();
        assert_eq!(job.counts, Counts { total: 3, completed: 2, failed: 1 });
        assert!(job.over && job.has_results());
        assert_eq!(job.results, ["files/file-o/content", "files/file-e/content"]);
        let anthropic = json!({
            "id": "msgbatch_1", "processing_status": "in_progress", "results_url": null,
            "request_counts": { "processing": 5, "succeeded": 2, "errored": 1, "canceled": 0, "expired": 1 },
        });
        let job = read_job(Dialect::Anthropic, &anthropic).unwrap();
        assert_eq!(job.counts, Counts { total: 9, completed: 2, failed: 2 });
        assert!(!job.over && !job.has_results());
        assert_eq!(read_job(Dialect::Anthropic, &json!({ "status": "ok" })), None);
        let refused = json!({
            "id": "batch_2", "status": "failed",
            "errors": { "data": [{ "code": "c", "line": 3, "message": "no JSON" }, { "message": "too large" }, {}] },
        });
        let job = read_job(Dialect::ChatCompletions, &refused).unwrap();
        assert!(job.over && !job.has_results());
        assert_eq!(job.errors, ["line 3: no JSON", "too large"]);
    }

    #[test]
    fn the_key_is_sent_to_no_other_server() {
        let server = BatchServer::new(Dialect::Anthropic, "http://127.0.0.1:1", None).unwrap();
        let error = server.get("https://elsewhere.example/results").unwrap_err();
        assert!(error.to_string().contains("another server"), "{error}");
        assert!(server.get("http://127.0.0.1:1/v1/messages/batches/a/results").is_ok());
        assert!(BatchServer::new(Dialect::Ollama, "http://127.0.0.1:1", None).is_err());
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_a_path() {
        assert_eq!(segment("../files?x=1"), "%2E%2E%2Ffiles%3Fx%3D1");
        assert_eq!(segment("msgbatch_01-a"), "msgbatch_01-a");
    }
}
