//! What tuning made the model forget: how probable it finds a fixed neutral text and answers to general questions, base
//! against tuned, the same items in pairs. The text and the questions ship with the program and have nothing to do with
//! anybody's task.

mod served;

pub use served::forgetting_served;

use std::sync::Arc;

use fourfold_engine::{Adapter, Base, ChatMessage, Evaluator, Example, Tokenizer, Tuned};
use serde::{Deserialize, Serialize};

use super::error::TuneError;
use super::settings::engine;
use crate::stats::{Confidence, Interval, Mean};

const PASSAGES: &str = include_str!("passages.txt");
const QUESTIONS: &str = include_str!("questions.jsonl");
/// Tokens of a passage that are given; the rest is measured.
const GIVEN: usize = 4;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A passage of the fixed text.
    Text,
    /// A general question with its answer.
    Question,
}

/// One item, measured on both models.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemResult {
    /// What it is.
    pub kind: ItemKind,
    /// The question, or the passage's first words.
    pub name: String,
    /// Tokens that were measured.
    pub tokens: usize,
    /// The mean log-probability of a token, in nats, by the base model.
    pub base: f64,
    /// The same by the tuned model.
    pub tuned: f64,
}

/// One kind of item over all of its items.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindResult {
    /// Which.
    pub kind: ItemKind,
    /// How many items.
    pub n: usize,
    /// The mean over the items, by the base model.
    pub base: f64,
    /// The same by the tuned model.
    pub tuned: f64,
    /// Tuned minus base, item by item: below 0 something was forgotten.
    pub difference: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// What a comparison of base and tuned has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The tuned model is worse.
    Lost,
    /// The tuned model is better.
    Gained,
    /// Nothing that these items could show.
    Nothing,
}

impl KindResult {
    /// What the interval says.
    pub fn found(&self) -> Found {
        match self.interval {
            Some(interval) if interval.high < 0.0 => Found::Lost,
            Some(interval) if interval.low > 0.0 => Found::Gained,
            _ => Found::Nothing,
        }
    }

    /// What that means, in words.
    pub fn verdict(&self) -> &'static str {
        match self.found() {
            Found::Lost => "the tuned model finds them less probable: something was forgotten",
            Found::Gained => "the tuned model finds them more probable",
            Found::Nothing => "no difference that these items could show",
        }
    }

    /// All of it in one line, what it means first.
    pub fn in_words(&self) -> String {
        let interval = self.interval.map_or_else(String::new, |interval| {
            format!(" (95 % interval {:+.3} to {:+.3})", interval.low, interval.high)
        });
        let name = match self.kind {
            ItemKind::Text => "neutral text",
            ItemKind::Question => "general questions",
        };
        format!(
            "{name}: {}; n = {}, log-probability a token {:.3} base, {:.3} tuned, difference {:+.3}{interval}",
            self.verdict(),
            self.n,
            self.base,
            self.tuned,
            self.difference,
        )
    }
}

/// What is measured: what is given, and what is to follow.
struct Item {
    kind: ItemKind,
    name: String,
    example: Example,
}

#[derive(Deserialize)]
struct Question {
    question: String,
    answer: String,
}

fn questions() -> Vec<Question> {
    QUESTIONS.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn items(base: &Base, tokenizer: &Tokenizer) -> Result<Vec<Item>, TuneError> {
    let mut items = Vec::new();
    for passage in PASSAGES.lines() {
        let mut tokens = tokenizer.encode(passage).map_err(|error| engine(&error))?;
        let completion = tokens.split_off(GIVEN.min(tokens.len()));
        let name = passage.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        items.push(Item { kind: ItemKind::Text, name, example: Example { prompt: tokens, completion } });
    }
    for Question { question, answer } in questions() {
        let messages = [ChatMessage::new("user", question.clone())];
        let example = base.example(&messages, &answer).map_err(|error| engine(&error))?;
        items.push(Item { kind: ItemKind::Question, name: question, example });
    }
    Ok(items)
}

/// Measures every item on both models. `told` hears how many are done, of how many; it stops the check with `false`.
pub fn forgetting(
    base: &Base,
    tokenizer: &Tokenizer,
    adapter: Arc<Adapter>,
    scale: f32,
    mut told: impl FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<ItemResult>>, TuneError> {
    let items = items(base, tokenizer)?;
    let of = items.len();
    let mut plain = Evaluator::new(base);
    let mut tuned = Evaluator::new(base);
    tuned.tune(Some(Tuned { adapter, scale })).map_err(|error| engine(&error))?;
    let mut results = Vec::with_capacity(of);
    for (done, Item { kind, name, example }) in items.into_iter().enumerate() {
        let mean = |evaluator: &mut Evaluator| {
            let found = evaluator.log_probabilities(&example.prompt, &example.completion);
            let found = found.map_err(|error| engine(&error))?;
            Ok::<f64, TuneError>(found.iter().sum::<f64>() / found.len().max(1) as f64)
        };
        let (base, tuned) = (mean(&mut plain)?, mean(&mut tuned)?);
        results.push(ItemResult { kind, name, tokens: example.completion.len(), base, tuned });
        if !told(done + 1, of) {
            return Ok(None);
        }
    }
    Ok(Some(results))
}

/// The items by kind.
pub fn summary(items: &[ItemResult]) -> Vec<KindResult> {
    [ItemKind::Text, ItemKind::Question]
        .into_iter()
        .filter_map(|kind| {
            let of_kind: Vec<&ItemResult> = items.iter().filter(|item| item.kind == kind).collect();
            let mean = |value: &dyn Fn(&ItemResult) -> f64| {
                Mean::of(&of_kind.iter().map(|item| value(item)).collect::<Vec<f64>>())
            };
            let difference = mean(&|item| item.tuned - item.base)?;
            Some(KindResult {
                kind,
                n: of_kind.len(),
                base: mean(&|item| item.base)?.value,
                tuned: mean(&|item| item.tuned)?.value,
                difference: difference.value,
                interval: difference.interval(Confidence::NINETY_FIVE),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_items_are_whole() {
        assert_eq!(questions().len(), QUESTIONS.lines().count());
        assert_eq!((questions().len(), PASSAGES.lines().count()), (40, 8));
    }

    #[test]
    fn differences_are_paired_and_read_in_words() {
        let item = |kind, base: f64, tuned: f64| ItemResult { kind, name: String::new(), tokens: 3, base, tuned };
        // Spread widely over items, but each falls by about one: pairs see it.
        let items: Vec<ItemResult> = (0..10)
            .map(|n| item(ItemKind::Question, -f64::from(n), -f64::from(n) - 1.0 - f64::from(n % 2) * 0.1))
            .chain((0..10).map(|n| item(ItemKind::Text, -1.0, if n % 2 == 0 { -1.5 } else { -0.5 })))
            .collect();
        let kinds = summary(&items);
        assert_eq!(kinds.len(), 2);
        let (text, question) = (&kinds[0], &kinds[1]);
        assert!((question.difference + 1.05).abs() < 1e-9 && question.interval.unwrap().high < 0.0, "{question:?}");
        assert!(question.verdict().contains("forgotten"));
        assert!(text.interval.unwrap().contains(0.0), "{text:?}");
        assert!(text.verdict().starts_with("no difference"));
        assert!(summary(&[]).is_empty());
    }
}
