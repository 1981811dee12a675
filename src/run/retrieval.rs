//! Finding train rows like a case: an index over the train rows, made on first use and kept while the session lasts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::likeness::Sending;
use super::question::NotAsked;
use crate::data::{Case, Cases, Split, Splits};
use crate::prompt::Prompt;
use crate::strategy::{Likeness, Retrieval, StrategyError, case_text};

/// An index of texts.
pub trait Index: Send + Sync {
    /// The `k` texts most like `query` by their place, the most similar first, with how similar.
    fn top(&self, query: &str, k: usize) -> Result<Vec<(usize, f32)>, String>;

    /// What stands in for the index's own way with this query, where something does.
    fn stand_in(&self, _query: &str) -> Option<&'static str> {
        None
    }
}

/// Makes an index of texts.
pub type IndexOf = Arc<dyn Fn(Vec<String>) -> Result<Box<dyn Index>, String> + Send + Sync>;

/// What can be indexed, and by what.
#[derive(Clone, Default)]
pub struct Indexes {
    /// By the words, with its name ("bm25").
    pub words: Option<(String, IndexOf)>,
    /// By the words and names of code ("bm25-code").
    pub code: Option<(String, IndexOf)>,
    /// By embeddings, with the name of what embeds.
    pub meaning: Option<(String, IndexOf)>,
}

impl Indexes {
    fn of(&self, by: Likeness) -> Option<&(String, IndexOf)> {
        match by {
            Likeness::Words => self.words.as_ref(),
            Likeness::Code => self.code.as_ref(),
            Likeness::Meaning => self.meaning.as_ref(),
        }
    }
}

/// The train rows as one prompt asks them: their texts, and an index of these for each way of likeness.
pub(super) struct TrainIndex {
    splits: Arc<Splits>,
    prompt: Arc<Prompt>,
    indexes: Indexes,
    words: OnceLock<Result<Box<dyn Index>, String>>,
    code: OnceLock<Result<Box<dyn Index>, String>>,
    meaning: OnceLock<Result<Box<dyn Index>, String>>,
}

impl TrainIndex {
    fn made(&self, by: Likeness) -> Result<&dyn Index, StrategyError> {
        let cannot = |reason: &str| StrategyError::CannotApply {
            strategy: String::new(),
            reason: format!("train rows cannot be compared with the case: {reason}"),
            hint: "Choose `select = \"first\"` or `\"random\"`, or another likeness.".to_owned(),
        };
        let cell = match by {
            Likeness::Words => &self.words,
            Likeness::Code => &self.code,
            Likeness::Meaning => &self.meaning,
        };
        let made = cell.get_or_init(|| {
            let (_, make) = self.indexes.of(by).ok_or("nothing here can index them")?;
            let train =
                self.splits.look(Split::Train).map_err(|error| error.to_string())?.ok_or("there are no train rows")?;
            let texts = (0..train.count()).map(|row| {
                let case = train.case(row).map_err(|error| error.to_string())?;
                Ok(case_text(&self.prompt, &case))
            });
            make(texts.collect::<Result<Vec<String>, String>>()?)
        });
        made.as_deref().map_err(|reason| cannot(reason))
    }
}

impl Retrieval for TrainIndex {
    fn nearest(&self, by: Likeness, case: &Case, k: usize) -> Result<Vec<(usize, f32)>, StrategyError> {
        let index = self.made(by)?;
        index.top(&case_text(&self.prompt, case), k).map_err(|reason| StrategyError::CannotApply {
            strategy: String::new(),
            reason: format!("train rows cannot be compared with the case: {reason}"),
            hint: "Choose `select = \"first\"` or `\"random\"`, or another likeness.".to_owned(),
        })
    }

    fn source(&self, by: Likeness, case: &Case) -> String {
        let name = self.indexes.of(by).map_or("", |(name, _)| name);
        let stand_in = self.made(by).ok().and_then(|index| index.stand_in(&case_text(&self.prompt, case)));
        stand_in.map_or_else(|| name.to_owned(), |stand_in| format!("{stand_in} in place of {name}"))
    }
}

/// The variables of a prompt, who compares by meaning, and whether it may be asked.
type Key = (Vec<String>, Option<String>, Sending);

/// The indexes of a session, one for each set of variables that prompts use.
#[derive(Default)]
pub(super) struct TrainIndexes {
    given: Option<Indexes>,
    made: Mutex<HashMap<Key, Arc<TrainIndex>>>,
}

impl TrainIndexes {
    #[cfg(test)]
    pub(super) fn new(indexes: Indexes) -> Self {
        Self { given: Some(indexes), made: Mutex::default() }
    }

    /// What finds train rows for cases of this prompt, by `usual` ways unless others were given.
    pub(super) fn of(
        &self,
        splits: &Arc<Splits>,
        prompt: &Arc<Prompt>,
        sending: Sending,
        usual: impl FnOnce() -> Result<Indexes, NotAsked>,
    ) -> Result<Arc<dyn Retrieval>, NotAsked> {
        let indexes = self.given.clone().map_or_else(usual, Ok)?;
        let variables = prompt.variables().into_iter().map(str::to_owned).collect();
        let key: Key = (variables, indexes.meaning.as_ref().map(|(name, _)| name.clone()), sending);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let index = made.entry(key).or_insert_with(|| {
            Arc::new(TrainIndex {
                splits: Arc::clone(splits),
                prompt: Arc::clone(prompt),
                indexes,
                words: OnceLock::new(),
                code: OnceLock::new(),
                meaning: OnceLock::new(),
            })
        });
        Ok(Arc::clone(index) as Arc<dyn Retrieval>)
    }
}
