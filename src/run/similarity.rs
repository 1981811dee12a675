//! How alike an answer and its reference are in meaning, as the workbench's embedder sees it: the cosine of their vectors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::embedding::Embedding;
use crate::config::MetricSpec;
use crate::data::retrieval::{Embedder, HashedNgrams};
use crate::score::{Answer, Aspect, Metric, MetricId, Score, SettingError};

/// The name under which it stands in `fourfold.toml`.
pub const SIMILARITY: &str = "embedding-similarity";

/// See the file's head. It has no embedder until the session gives it one.
pub(super) struct Similarity {
    id: MetricId,
    embedding: OnceLock<Result<Embedding, String>>,
    /// Whether a run has begun: before it nothing is sent to a server.
    may_send: AtomicBool,
}

impl Similarity {
    /// The metric that a table of `fourfold.toml` describes.
    pub(super) fn new(spec: &MetricSpec) -> Result<Self, SettingError> {
        if let Some(name) = spec.settings.keys().next() {
            return Err(SettingError {
                what: format!("the metric `{SIMILARITY}` has no setting `{name}`"),
                hint: "Who embeds is `embedder` under [data].".to_owned(),
            });
        }
        let id = MetricId::named(spec.label());
        Ok(Self { id, embedding: OnceLock::new(), may_send: AtomicBool::new(false) })
    }

    /// Gives it an embedder, the first time.
    pub(super) fn make(&self, find: impl FnOnce() -> Result<Embedding, String>) {
        self.embedding.get_or_init(find);
    }

    /// A run has begun, and its first use of a server was told.
    pub(super) fn allow_sending(&self) {
        self.may_send.store(true, Ordering::Relaxed);
    }
}

/// The cosine of the vectors of two texts.
fn cosine(embedder: &Arc<dyn Embedder>, texts: [&str; 2]) -> Result<f64, String> {
    let texts = texts.map(str::to_owned);
    let embedder = Arc::clone(embedder);
    // A thread of its own: a server is waited for, and whoever scores may be a task that must not block.
    let made = std::thread::spawn(move || embedder.embed(&texts)).join();
    let made = made.map_err(|_| "the embedder broke down".to_owned())?;
    let made = made.map_err(|error| format!("{error}. {}", error.hint()))?;
    match made.as_slice() {
        [one, other] if one.len() == other.len() => {
            Ok(one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum())
        }
        _ => Err("the embedder gave no two vectors of one width".to_owned()),
    }
}

impl Metric for Similarity {
    fn id(&self) -> MetricId {
        self.id
    }

    fn title(&self) -> &'static str {
        self.id.as_str()
    }

    fn description(&self) -> &'static str {
        "The cosine of the vectors of answer and reference by the workbench's embedder, nothing below 0. With the embedder `hashed` it \
         counts shared words and letters, and its reason says so."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let embedding = match self.embedding.get() {
            Some(Ok(embedding)) => embedding,
            Some(Err(why)) => return Score::missing(why.clone()),
            None => return Score::missing("no embedder was looked for yet"),
        };
        let label = embedding.embedder.label();
        if embedding.server.is_some() && !self.may_send.load(Ordering::Relaxed) {
            return Score::missing(format!("{label} is a server, and nothing is sent to it before a run"));
        }
        let hashed = embedding.embedder.fingerprint() == HashedNgrams.fingerprint();
        match cosine(&embedding.embedder, [answer.text, reference]) {
            Ok(cosine) if hashed => {
                Score::explained(cosine, format!("{label}: shared words and letters, which is no meaning"))
            }
            Ok(cosine) => Score::explained(cosine, format!("by {label}")),
            Err(why) => Score::missing(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> MetricSpec {
        MetricSpec { name: SIMILARITY.to_owned(), ..MetricSpec::default() }
    }

    fn score(server: bool, allowed: bool) -> Score {
        let metric = Similarity::new(&spec()).unwrap();
        let server = server.then(|| ("https://example.org".to_owned(), None));
        metric.make(|| Ok(Embedding { embedder: Arc::new(HashedNgrams), kept: None, server }));
        if allowed {
            metric.allow_sending();
        }
        metric.score(&Answer { text: "the invoice is wrong" }, "this invoice is wrong")
    }

    #[test]
    fn likeness_by_counting_says_that_it_is_no_meaning() {
        let found = score(false, false);
        assert!(found.number().is_some_and(|number| (0.3..1.0).contains(&number)), "{found:?}");
        assert!(found.reason().unwrap().contains("no meaning"), "{found:?}");
    }

    #[test]
    fn a_server_is_sent_nothing_before_a_run() {
        assert!(score(true, false).reason().unwrap().contains("nothing is sent to it before a run"));
        assert!(score(true, true).number().is_some());
    }

    #[test]
    fn it_takes_no_settings() {
        let mut wrong = spec();
        wrong.settings.insert("model".to_owned(), "x".into());
        let error = Similarity::new(&wrong).err().unwrap();
        assert!(error.what.contains("no setting `model`") && error.hint.contains("[data]"));
        let without = Similarity::new(&spec()).unwrap().score(&Answer { text: "" }, "");
        assert!(matches!(without, Score::Missing { .. }));
    }
}
