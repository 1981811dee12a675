//! What a strategy comes down to: the parts that make its calls and read its answer. Every strategy, built in or a person's
//! own, is a recipe; `engine` follows it.

use serde_json::Value;

use super::common;
use super::error::StrategyError;
use super::extract::Extractor;
use super::select::{Exemplars, Reasoning, Select};
use super::settings::Settings;
use super::task::{Expects, Likeness};
use super::vote::Tie;

/// A call before the answer, whose text the answering call may use by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The name under which `wording` finds its text.
    pub(crate) name: String,
    /// What is asked: a template over the case's variables, `input`, and the asks before.
    pub(crate) text: String,
}

/// How several answers become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// There is but one.
    Single,
    /// The most frequent one.
    Vote(Tie),
    /// The one that the model picks: a template over `input`, `answers` and `count`.
    Pick(String),
}

/// Looking over the answer again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refine {
    pub(crate) rounds: usize,
    /// Asks for a critique.
    pub(crate) critique: String,
    /// Asks for a better answer.
    pub(crate) revise: String,
    /// A critique with this in it ends the rounds.
    pub(crate) stop: String,
}

/// An answer of a given shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub(crate) schema: Value,
    /// Whether the provider is asked to hold the model to the schema.
    pub(crate) by_provider: bool,
    /// Asks for the answer in its shape, once it is thought through; without it the answering call itself gives the shape.
    pub(crate) after_thinking: Option<String>,
    /// Asks again, with what is wrong.
    pub(crate) repair: String,
    /// How often.
    pub(crate) repairs: usize,
}

/// What happens to the answer after it was settled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum After {
    Nothing,
    Refine(Refine),
    Form(Form),
}

/// The parts of a strategy.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub(crate) persona: Option<String>,
    pub(crate) exemplars: Option<Exemplars>,
    pub(crate) before: Vec<Ask>,
    /// Ends the last user message of the answering call; may be empty.
    pub(crate) wording: String,
    /// How many times the answer is asked for.
    pub(crate) members: usize,
    /// The sampling of these answers, where the strategy has its own.
    pub(crate) temperature: Option<f64>,
    /// Whether each of them sees the choices in another order.
    pub(crate) shuffle: bool,
    /// The variables with the choices; none: the usual ones.
    pub(crate) choices: Vec<String>,
    /// The seed of the orders.
    pub(crate) draw: u64,
    pub(crate) extractor: Extractor,
    pub(crate) expects: Expects,
    pub(crate) settle: Settle,
    pub(crate) after: After,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            persona: None,
            exemplars: None,
            before: Vec::new(),
            wording: String::new(),
            members: 1,
            temperature: None,
            shuffle: false,
            choices: Vec::new(),
            draw: 0,
            extractor: Extractor::Whole,
            expects: Expects::Answer,
            settle: Settle::Single,
            after: After::Nothing,
        }
    }
}

impl Recipe {
    /// One call whose answer is read as the settings say.
    pub(crate) fn reading(settings: &Settings) -> Result<Self, StrategyError> {
        let extractor = Extractor::of(settings)?;
        Ok(Self { extractor, choices: settings.list(common::CHOICES.name), ..Self::default() })
    }

    /// As [`Recipe::reading`], with exemplars.
    pub(crate) fn with_exemplars(settings: &Settings) -> Result<Self, StrategyError> {
        let recipe = Self::reading(settings)?;
        let exemplars = recipe.show(Exemplars::of(settings));
        Ok(Self { exemplars: Some(exemplars), ..recipe })
    }

    /// Exemplars that look as this recipe's answers are read: with its marker, and choices by their letter.
    pub(crate) fn show(&self, exemplars: Exemplars) -> Exemplars {
        let marker = match &self.extractor {
            Extractor::Marker(marker) => marker.clone(),
            _ => exemplars.marker,
        };
        let letters = self.extractor.needs_choices().then(|| self.choices.clone());
        Exemplars { marker, letters, ..exemplars }
    }

    /// The train rows that are asked about once, before the first case; `None` where none are.
    pub(crate) fn pool(&self) -> Option<usize> {
        match self.exemplars.as_ref()?.reasoning {
            Reasoning::Own { pool } => Some(pool),
            Reasoning::None | Reasoning::Column(_) => None,
        }
    }

    /// How many calls it makes.
    pub(crate) fn calls(&self) -> Calls {
        let fixed = self.before.len() + self.members + usize::from(matches!(self.settle, Settle::Pick(_)));
        let (least, most) = match &self.after {
            After::Nothing => (0, 0),
            After::Refine(refine) => (1, 2 * refine.rounds),
            After::Form(form) => {
                let thinking = usize::from(form.after_thinking.is_some());
                (thinking, thinking + form.repairs)
            }
        };
        let embeds = self
            .exemplars
            .as_ref()
            .is_some_and(|exemplars| exemplars.select == Select::Like(Likeness::Meaning) && exemplars.ids.is_empty());
        Calls {
            per_case: Count { least: (fixed + least) as u32, most: (fixed + most) as u32 },
            pool: self.pool(),
            embeds,
        }
    }
}

/// A number that is known, or known to lie between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least.
    pub least: u32,
    /// At most.
    pub most: u32,
}

impl Count {
    /// In words: `5`, or `2 to 7`.
    pub fn in_words(self) -> String {
        if self.least == self.most { self.least.to_string() } else { format!("{} to {}", self.least, self.most) }
    }
}

/// How many calls a strategy makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// For each case, where every call is answered.
    pub per_case: Count,
    /// Set-up calls: one, once, for each of so many train rows from the first (0 is all of them); kept for later runs.
    pub pool: Option<usize>,
    /// Whether each case and, once, each train row is embedded.
    pub embeds: bool,
}

impl Calls {
    /// One call a case and nothing before.
    pub const ONE: Self = Self { per_case: Count { least: 1, most: 1 }, pool: None, embeds: false };

    /// What it costs, as a picker says it.
    pub fn in_words(self) -> String {
        let noun = if self.per_case.most == 1 { "call" } else { "calls" };
        let set_up = match self.pool {
            None => String::new(),
            Some(0) => ", one per train row once".to_owned(),
            Some(pool) => format!(", {pool} train rows once"),
        };
        let embeds = if self.embeds { ", embeddings" } else { "" };
        format!("{} {noun} per case{set_up}{embeds}", self.per_case.in_words())
    }

    /// How many set-up calls there are with so many train rows.
    pub const fn set_up(self, train_rows: usize) -> usize {
        match self.pool {
            None => 0,
            Some(0) => train_rows,
            Some(pool) => {
                if pool < train_rows {
                    pool
                } else {
                    train_rows
                }
            }
        }
    }
}
