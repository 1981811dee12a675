//! The same check of two models on servers: how probable base and tuned find the fixed text and the answers to general questions,
//! as far as their server says how probable a given text is. A chat template is the server's own affair, so questions are asked plainly.

use std::time::Duration;

use super::{ItemKind, ItemResult, PASSAGES, Question, questions};
use crate::config::{ModelSpec, Provider};
use crate::model::{Dialect, GivenToken, Key, given_text};
use crate::run::Session;
use crate::tune::TuneError;

/// Words of a passage that are given; the rest is measured.
const GIVEN: usize = 4;

/// How long one text may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A text, and from which letter on it is measured.
struct Item {
    kind: ItemKind,
    name: String,
    text: String,
    from: usize,
}

fn items() -> Vec<Item> {
    let passage = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let given = words.get(..GIVEN).unwrap_or_default().join(" ");
        let name = words.get(..6).unwrap_or_default().join(" ");
        Item { kind: ItemKind::Text, name, text: text.to_owned(), from: given.chars().count() }
    };
    let question = |Question { question, answer }: Question| {
        let given = format!("Question: {question}\nAnswer:");
        let (text, from) = (format!("{given} {answer}"), given.chars().count());
        Item { kind: ItemKind::Question, name: question, text, from }
    };
    PASSAGES.lines().map(passage).chain(questions().into_iter().map(question)).collect()
}

/// A model on a server, ready to be asked.
struct Asked {
    base_url: String,
    model: String,
    key: Option<Key>,
}

impl Asked {
    fn new(session: &Session, spec: &ModelSpec) -> Result<Self, TuneError> {
        let what = match (spec.provider, Session::base_url(spec)) {
            _ if spec.lora.is_some() => {
                format!(
                    "`{}` is an adapter of a llama-server, which does not say how probable a given text is",
                    spec.id
                )
            }
            (Provider::Server(Dialect::ChatCompletions), Some(base_url)) => {
                let (base_url, model, key) = (base_url.to_owned(), spec.model.clone(), session.key(spec)?);
                return Ok(Self { base_url, model, key });
            }
            _ => format!("`{}` does not run on a server that says how probable a given text is", spec.id),
        };
        let hint = "Measured are adapters inside fourfold (`fourfold adapters import` brings one in), and models on a vLLM or a \
                    llama-cpp-python server.";
        Err(TuneError::asked(what, hint))
    }

    async fn tokens(&self, text: &str) -> Result<Vec<GivenToken>, TuneError> {
        Ok(given_text(&self.base_url, &self.model, self.key.as_ref(), text, PATIENCE).await?)
    }
}

/// Measures every item on the tuned model called `id` and on its base. `told` hears how many are done, of how many; it stops the
/// check with `false`.
pub async fn forgetting_served(
    session: &Session,
    id: &str,
    mut told: impl FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<ItemResult>>, TuneError> {
    let model = |id: &str| {
        let hint = "`fourfold models list` and fourfold.toml name those there are.";
        session.spec(id).ok_or_else(|| TuneError::asked(format!("no model is called `{id}`"), hint))
    };
    let tuned = model(id)?;
    let base = tuned.base.as_deref().ok_or_else(|| {
        let hint = "Give it a `base` in fourfold.toml: the model it was tuned from.";
        TuneError::asked(format!("`{id}` does not say what it was tuned from"), hint)
    })?;
    let (base, tuned) = (Asked::new(session, &model(base)?)?, Asked::new(session, &tuned)?);
    let items = items();
    session.may_ask(id)?;
    let of = items.len();
    let mut results = Vec::with_capacity(of);
    for (done, Item { kind, name, text, from }) in items.into_iter().enumerate() {
        let (of_base, of_tuned) = futures_util::future::join(base.tokens(&text), tuned.tokens(&text)).await;
        let pairs = paired(&of_base?, &of_tuned?, from).ok_or_else(|| {
            let what = format!("base and `{id}` cut “{name}” into other tokens: they are no lineage");
            TuneError::asked(what, "Name the model it was tuned from as its `base`.")
        })?;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len().max(1) as f64;
        let (base, tuned) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
        results.push(ItemResult { kind, name, tokens: pairs.len(), base, tuned });
        if !told(done + 1, of) {
            return Ok(None);
        }
    }
    Ok(Some(results))
}

/// The log-probabilities of the same tokens, from a letter on; nothing where they are not the same, or none is left.
fn paired(base: &[GivenToken], tuned: &[GivenToken], from: usize) -> Option<Vec<(f64, f64)>> {
    let measured = |tokens: &[GivenToken]| -> Vec<(usize, f64)> {
        let known = tokens.iter().filter(|token| token.at >= from);
        known.filter_map(|token| Some((token.at, token.log_probability?))).collect()
    };
    let (base, tuned) = (measured(base), measured(tuned));
    let places = |tokens: &[(usize, f64)]| tokens.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    (!base.is_empty() && places(&base) == places(&tuned))
        .then(|| base.iter().zip(&tuned).map(|(base, tuned)| (base.1, tuned.1)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_something_to_measure() {
        let items = items();
        assert_eq!(items.len(), PASSAGES.lines().count() + questions().len());
        assert!(items.iter().all(|item| item.from > 0 && item.from + 1 < item.text.chars().count()));
    }

    #[test]
    fn only_the_same_tokens_are_paired_and_only_those_that_were_not_given() {
        let token = |at, log_probability| GivenToken { at, log_probability };
        let base = [token(0, None), token(3, Some(-1.0)), token(7, Some(-2.0))];
        let tuned = [token(0, None), token(3, Some(-1.5)), token(7, Some(-4.0))];
        assert_eq!(paired(&base, &tuned, 1), Some(vec![(-1.0, -1.5), (-2.0, -4.0)]));
        assert_eq!(paired(&base, &tuned, 4), Some(vec![(-2.0, -4.0)]));
        assert_eq!(paired(&base, &tuned[..2], 1), None);
        assert_eq!(paired(&base, &tuned, 8), None);
    }
}
