//! What is asked of one arm, and why a question is not asked.

use std::path::PathBuf;
use std::sync::Arc;

use super::session::Session;
use crate::config::Arm;
use crate::data::{Case, DataError, Split};
use crate::model::Parameters;
use crate::strategy::StrategyConfig;

/// What is asked of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The arm's name, for the record.
    pub arm: String,
    /// The prompt's file, for the record and for includes.
    pub prompt_path: PathBuf,
    /// The prompt's text as it is on the screen; `None` reads the file.
    pub prompt_text: Option<String>,
    /// How the prompt becomes calls.
    pub strategy: StrategyConfig,
    /// The model's id in fourfold.toml.
    pub model: String,
    /// The arm's own sampling, over the model's.
    pub parameters: Parameters,
    /// The case.
    pub case: Arc<Case>,
    /// The split the case came from; `None` for one typed by hand.
    pub split: Option<Split>,
    /// Which of several samples of the same question this is, from 0.
    pub sample: u32,
}

/// Why a question cannot be asked; nothing has been sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotAsked {
    /// What is wrong, and where.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

impl NotAsked {
    pub(super) fn new(what: &(impl ToString + ?Sized), hint: impl Into<String>) -> Self {
        Self { what: what.to_string(), hint: hint.into() }
    }
}

impl From<DataError> for NotAsked {
    fn from(error: DataError) -> Self {
        Self { what: error.to_string(), hint: error.hint() }
    }
}

/// What `arm` would be asked of a case of the split; the case itself is still to be put in.
pub fn question_of(session: &Session, arm: &Arm, split: Split) -> Result<Question, NotAsked> {
    let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
        .map_err(|error| NotAsked { what: format!("arm `{}`: {error}", arm.id), hint: error.hint() })?;
    Ok(Question {
        arm: arm.id.clone(),
        prompt_path: session.workbench.root.join(&arm.prompt),
        prompt_text: None,
        strategy,
        model: arm.model.clone(),
        parameters: arm.parameters.clone(),
        case: Arc::default(),
        split: Some(split),
        sample: 0,
    })
}
