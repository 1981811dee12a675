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

impl Question {
    /// What `now` asks otherwise than this, in words; nothing where it asks the same. A reference is not asked, and a prompt that is
    /// read from its file is taken as it was.
    pub fn changed_in(&self, now: &Self) -> Vec<&'static str> {
        let texts = self.prompt_text.as_ref().zip(now.prompt_text.as_ref());
        let is_other_prompt = self.prompt_path != now.prompt_path || texts.is_some_and(|(then, now)| then != now);
        let is_other_case = self.case.variables != now.case.variables || self.case.turns != now.case.turns;
        let changes = [
            (is_other_prompt, "the prompt"),
            (self.strategy != now.strategy, "the strategy"),
            (self.model != now.model, "the model"),
            (self.parameters != now.parameters, "the settings"),
            (is_other_case, "the case"),
        ];
        changes.into_iter().filter(|(is_other, _)| *is_other).map(|(_, what)| what).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::{Message, Role};

    #[test]
    fn what_is_asked_otherwise_is_named_and_what_is_not_asked_is_not() {
        let asked = Question {
            arm: "plain".to_owned(),
            prompt_path: PathBuf::from("plain.prompty"),
            prompt_text: Some("Sort it.".to_owned()),
            strategy: StrategyConfig::default(),
            model: "base".to_owned(),
            parameters: Parameters::default(),
            case: Arc::default(),
            split: Some(Split::Dev),
            sample: 0,
        };
        assert!(asked.changed_in(&asked).is_empty());
        let referred = Case { reference: Some("Praise".to_owned()), ..Case::default() };
        let alike = [
            Question { prompt_text: None, ..asked.clone() },
            Question { arm: "renamed".to_owned(), case: Arc::new(referred), split: None, sample: 3, ..asked.clone() },
        ];
        for alike in alike {
            assert!(asked.changed_in(&alike).is_empty(), "{alike:?}");
        }
        let parameters = Parameters { temperature: Some(1.0), ..Parameters::default() };
        let other = Question {
            prompt_text: Some("Sort it well.".to_owned()),
            model: "tuned".to_owned(),
            parameters,
            ..asked.clone()
        };
        assert_eq!(asked.changed_in(&other), ["the prompt", "the model", "the settings"]);
        let turns = vec![Message::new(Role::User, "Hello")];
        let other = Question {
            prompt_path: PathBuf::from("detailed.prompty"),
            case: Arc::new(Case { turns, ..Case::default() }),
            ..asked.clone()
        };
        assert_eq!(asked.changed_in(&other), ["the prompt", "the case"]);
    }
}
