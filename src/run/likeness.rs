//! How a session finds train rows that are like a case: by their words (BM25), by the words and names of code, or by what the
//! workbench's embedder makes of them.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::question::NotAsked;
use super::retrieval::{Index, IndexOf, Indexes};
use super::session::Session;
use crate::data::retrieval::{Bm25, Bm25Options, Embedder, HashedNgrams, Tokenisation, Vectors};

/// The name of likeness by words.
const WORDS: &str = "bm25";
/// The name of likeness by the words and names of code.
const CODE: &str = "bm25-code";
/// What stands in for a server's vectors before a run.
const STAND_IN: &str = "words and letters";

/// Whether a server may be asked for vectors: in a run, and never for a preview or a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sending {
    /// It may.
    Allowed,
    /// It may not: vectors that are kept are used, and where there are none, words and letters stand in.
    Never,
}

impl Session {
    /// The ways of likeness of this workbench; by meaning only where it is `wanted`, because it may need a model or a key.
    /// Nothing is asked yet.
    pub(super) fn likenesses(&self, wanted: bool, sending: Sending) -> Result<Indexes, NotAsked> {
        let words = Some((WORDS.to_owned(), by_words(Tokenisation::Words)));
        let code = Some((CODE.to_owned(), by_words(Tokenisation::Code)));
        let meaning = if wanted {
            let embedding = self.embedding().map_err(|error| NotAsked::new(&error, error.hint()))?;
            let label = embedding.embedder.label();
            Some(match embedding.kept.filter(|_| sending == Sending::Never) {
                Some(kept) => (label, by_what_is_kept(kept)),
                None => (label, by_meaning(embedding.embedder)),
            })
        } else {
            None
        };
        Ok(Indexes { words, code, meaning })
    }
}

fn by_words(tokens: Tokenisation) -> IndexOf {
    Arc::new(move |texts| {
        let options = Bm25Options { tokens, ..Bm25Options::default() };
        Ok(Box::new(Words(Bm25::new(texts, options))) as Box<dyn Index>)
    })
}

struct Words(Bm25);

impl Index for Words {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        let mut found = self.0.top(query, k);
        // Rows that share no word with the case are all equally unlike it: where nothing better is left, the first of them.
        if found.len() < k {
            let known: HashSet<usize> = found.iter().map(|(row, _)| *row).collect();
            let rest = (0..self.0.count()).filter(|row| !known.contains(row)).take(k - found.len());
            found.extend(rest.map(|row| (row, 0.0)));
        }
        Ok(found)
    }
}

fn by_meaning(embedder: Arc<dyn Embedder>) -> IndexOf {
    Arc::new(move |texts| Ok(Box::new(Meaning::of(Arc::clone(&embedder), &texts)?) as Box<dyn Index>))
}

struct Meaning {
    embedder: Arc<dyn Embedder>,
    vectors: Vectors,
}

impl Meaning {
    fn of(embedder: Arc<dyn Embedder>, texts: &[String]) -> Result<Self, String> {
        let made = embedder.embed(texts).map_err(|error| format!("{error}. {}", error.hint()))?;
        let vectors = Vectors::new(&made).ok_or_else(|| format!("{} gave no usable vectors", embedder.label()))?;
        Ok(Self { embedder, vectors })
    }
}

impl Index for Meaning {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        let vector = self.embedder.embed(&[query.to_owned()]).map_err(|error| format!("{error}. {}", error.hint()))?;
        Ok(vector.first().map(|vector| self.vectors.top(vector, k)).unwrap_or_default())
    }
}

/// By vectors of a server that are kept from before. A text that the server has not embedded yet is compared by its words and
/// letters instead: such a preview shows examples of the right number and length, and says that others may come.
fn by_what_is_kept(kept: Arc<dyn Embedder>) -> IndexOf {
    Arc::new(move |texts| {
        let (kept, known, counted) = (Arc::clone(&kept), OnceLock::new(), OnceLock::new());
        Ok(Box::new(Unasked { kept, texts, known, counted }) as Box<dyn Index>)
    })
}

struct Unasked {
    kept: Arc<dyn Embedder>,
    texts: Vec<String>,
    /// The server's own vectors, once all of them are kept.
    known: OnceLock<Meaning>,
    /// Counted words and letters, once they are needed.
    counted: OnceLock<Result<Meaning, String>>,
}

impl Unasked {
    /// The server's own way, where every train row and this query were embedded before.
    fn asked_before(&self, query: &str) -> Option<&Meaning> {
        self.kept.embed(&[query.to_owned()]).ok()?;
        if self.known.get().is_none() {
            // Others may have been first, with the same.
            let _ = self.known.set(Meaning::of(Arc::clone(&self.kept), &self.texts).ok()?);
        }
        self.known.get()
    }
}

impl Index for Unasked {
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String> {
        if let Some(known) = self.asked_before(query) {
            return known.top(query, k);
        }
        let counted = self.counted.get_or_init(|| Meaning::of(Arc::new(HashedNgrams), &self.texts));
        counted.as_ref().map_err(Clone::clone)?.top(query, k)
    }

    fn stand_in(&self, query: &str) -> Option<&'static str> {
        self.asked_before(query).is_none().then_some(STAND_IN)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::data::retrieval::EmbedError;

    /// An embedder that has kept some texts, each with the vector of counted words, turned around.
    struct Kept(Mutex<Vec<String>>);

    impl Embedder for Kept {
        fn fingerprint(&self) -> String {
            "kept".to_owned()
        }

        fn label(&self) -> String {
            "embed-3 at https://example.org".to_owned()
        }

        fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
            let known = self.0.lock().unwrap();
            if let Some(text) = texts.iter().find(|text| !known.contains(text)) {
                return Err(EmbedError { what: format!("`{text}` is not kept"), hint: String::new() });
            }
            Ok(texts.iter().map(|text| HashedNgrams::vector(text).into_iter().rev().collect()).collect())
        }
    }

    #[test]
    fn before_a_run_words_stand_in_for_what_a_server_was_not_asked() {
        let rows = ["two kettles to Oslo", "a refund for the broken lamp"].map(str::to_owned);
        let query = "my lamp came broken, refund please";
        let kept = Arc::new(Kept(Mutex::default()));
        let index = by_what_is_kept(Arc::clone(&kept) as Arc<dyn Embedder>)(rows.to_vec()).unwrap();
        assert_eq!(index.stand_in(query), Some(STAND_IN));
        assert_eq!(index.top(query, 1).unwrap()[0].0, 1);
        kept.0.lock().unwrap().extend(rows);
        assert_eq!(index.stand_in(query), Some(STAND_IN), "the query itself is not kept");
        kept.0.lock().unwrap().push(query.to_owned());
        assert_eq!(index.stand_in(query), None);
        assert_eq!(index.top(query, 1).unwrap()[0].0, 1);
    }

    #[test]
    fn both_find_the_row_that_resembles() {
        let rows = ["two kettles to Oslo", "the invoice is wrong", "a refund for the broken lamp"].map(str::to_owned);
        for make in [by_words(Tokenisation::Words), by_meaning(Arc::new(HashedNgrams))] {
            let index = make(rows.to_vec()).unwrap();
            let found = index.top("my lamp came broken, refund please", 2).unwrap();
            assert_eq!(found[0].0, 2);
            assert!(found.len() <= 2 && found[0].1 > 0.0);
        }
    }

    #[test]
    fn rows_without_a_common_word_come_last_and_are_not_missing() {
        let rows = ["two kettles to Oslo", "the invoice is wrong", "a lamp"].map(str::to_owned);
        let index = by_words(Tokenisation::Words)(rows.to_vec()).unwrap();
        let found = index.top("lamp", 5).unwrap();
        assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 0, 1]);
        assert_eq!((found[1].1, found[2].1), (0.0, 0.0));
        assert_eq!(index.top("nothing of that", 2).unwrap(), [(0, 0.0), (1, 0.0)]);
    }

    #[test]
    fn the_words_of_a_name_count_in_code_alone() {
        let rows = ["fn draw_frame() {}", "fn parseHttpRequest() {}"].map(str::to_owned);
        let best = |tokens| by_words(tokens)(rows.to_vec()).unwrap().top("http_request", 1).unwrap()[0];
        assert_eq!(best(Tokenisation::Words), (0, 0.0));
        let (row, score) = best(Tokenisation::Code);
        assert!(row == 1 && score > 0.0, "{row} {score}");
    }
}
