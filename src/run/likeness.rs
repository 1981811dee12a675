//! How a session finds train rows that are like a case: by their words (BM25), or by what the workbench's embedder makes
//! of them.

use std::sync::Arc;

use super::question::NotAsked;
use super::retrieval::{Index, IndexOf, Indexes};
use super::session::Session;
use crate::data::retrieval::{Bm25, Bm25Options, Embedder, Vectors};

/// The name of likeness by words.
const WORDS: &str = "bm25";

/// Whether a server may be asked for vectors: in a run, and never for a preview or a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sending {
    /// It may.
    Allowed,
    /// It may not: what would need it fails and says so.
    Never,
}

impl Session {
    /// The ways of likeness of this workbench; by meaning only where it is `wanted`, because it may need a model or a key.
    /// Nothing is asked yet.
    pub(super) fn likenesses(&self, wanted: bool, sending: Sending) -> Result<Indexes, NotAsked> {
        let words = Some((WORDS.to_owned(), by_words()));
        let meaning = if wanted {
            let embedding = self.embedding().map_err(|error| NotAsked::new(&error, error.hint()))?;
            let label = embedding.embedder.label();
            let refused = embedding.server.is_some() && sending == Sending::Never;
            Some((label.clone(), if refused { not_now(label) } else { by_meaning(embedding.embedder) }))
        } else {
            None
        };
        Ok(Indexes { words, meaning })
    }
}

/// What stands for a server while nothing may be sent.
fn not_now(label: String) -> IndexOf {
    Arc::new(move |_| Err(format!("{label} is a server, and nothing is sent to it before a run")))
}

fn by_words() -> IndexOf {
    Arc::new(|texts| Ok(Box::new(Words(Bm25::new(texts, Bm25Options::default()))) as Box<dyn Index>))
}

struct Words(Bm25);

impl Index for Words {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        Ok(self.0.top(query, k))
    }
}

fn by_meaning(embedder: Arc<dyn Embedder>) -> IndexOf {
    Arc::new(move |texts| {
        let made = embedder.embed(&texts).map_err(|error| format!("{error}. {}", error.hint()))?;
        let vectors = Vectors::new(&made).ok_or_else(|| format!("{} gave no usable vectors", embedder.label()))?;
        Ok(Box::new(Meaning { embedder: Arc::clone(&embedder), vectors }) as Box<dyn Index>)
    })
}

struct Meaning {
    embedder: Arc<dyn Embedder>,
    vectors: Vectors,
}

impl Index for Meaning {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        let vector = self.embedder.embed(&[query.to_owned()]).map_err(|error| format!("{error}. {}", error.hint()))?;
        Ok(vector.first().map(|vector| self.vectors.top(vector, k)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::retrieval::HashedNgrams;

    #[test]
    fn a_server_is_not_asked_before_a_run() {
        let refused = not_now("embed-3 at https://example.org".to_owned())(vec!["a text".to_owned()]).err().unwrap();
        assert!(refused.contains("https://example.org is a server, and nothing is sent"), "{refused}");
    }

    #[test]
    fn both_find_the_row_that_resembles() {
        let rows = ["two kettles to Oslo", "the invoice is wrong", "a refund for the broken lamp"].map(str::to_owned);
        for make in [by_words(), by_meaning(Arc::new(HashedNgrams))] {
            let index = make(rows.to_vec()).unwrap();
            let found = index.top("my lamp came broken, refund please", 2).unwrap();
            assert_eq!(found[0].0, 2);
            assert!(found.len() <= 2 && found[0].1 > 0.0);
        }
    }
}
