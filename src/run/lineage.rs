//! Tuned models at work: the adapter each answers with, here or on a llama-server, and what is said of it beside the answer.

use super::fourfold::Cell;
use super::question::{NotAsked, Question};
use super::session::Session;
use crate::config::{ModelSpec, Provider};
use crate::model::{AdapterUse, Card, Dialect, LoraScale};

impl Session {
    /// The adapter that a model inside this program answers with.
    pub(super) fn adapter_use(&self, spec: &ModelSpec) -> Option<AdapterUse> {
        let adapter = spec.adapter.as_ref()?;
        Some(AdapterUse { folder: self.workbench.adapter_folder(adapter), scale: adapter.scale as f32 })
    }

    /// What to say of an answer by a tuned model that is asked otherwise than it was trained, or not at full strength.
    pub(super) fn tuned_notes(&self, question: &Question, prompt_text: &str) -> Result<Vec<String>, NotAsked> {
        let spec = self.spec(&question.model);
        let served = spec.as_ref().and_then(|spec| spec.lora);
        let Some(used) = spec.and_then(|spec| self.adapter_use(&spec)) else {
            return Ok(served.and_then(|lora| strength_note(lora.scale)).into_iter().collect());
        };
        let card = Card::read(&used.folder).map_err(|error| NotAsked::new(&error, error.hint()))?;
        let prompt = question.prompt_path.strip_prefix(&self.workbench.root).unwrap_or(&question.prompt_path);
        let (prompt, strategy) = (prompt.display().to_string(), &question.strategy);
        let otherwise = card.and_then(|card| {
            card.asked_otherwise(&prompt, prompt_text, &strategy.label(), strategy.hash().to_hex().as_ref())
        });
        Ok(otherwise.into_iter().chain(strength_note(f64::from(used.scale))).collect())
    }

    /// Of these cells, those whose adapter is asked otherwise than it was trained, in words.
    pub fn asked_otherwise(&self, questions: &[(Cell, Question)]) -> Vec<String> {
        let said = |(cell, question): &(Cell, Question)| {
            let text = std::fs::read_to_string(&question.prompt_path).ok()?;
            let notes = self.tuned_notes(question, &text).ok()?;
            let note = notes.into_iter().find(|note| Card::is_asked_otherwise(note))?;
            Some(format!("{}: {note}", cell.title()))
        };
        questions.iter().filter_map(said).collect()
    }

    /// The adapters of a llama-server as a model wants them: its own at its strength, those of its siblings off. A server
    /// applies what it was started with unless it is told otherwise, so the base is asked with all of them off.
    pub(super) fn lora_scales(&self, spec: &ModelSpec) -> Vec<LoraScale> {
        let family = spec.base.as_deref().unwrap_or(&spec.id);
        let mut scales: Vec<LoraScale> =
            spec.lora.iter().map(|own| LoraScale { id: own.id, scale: own.scale }).collect();
        if spec.provider != Provider::Server(Dialect::ChatCompletions) || (spec.base.is_some() && scales.is_empty()) {
            return Vec::new();
        }
        for sibling in self.models().iter().filter(|model| model.base.as_deref() == Some(family)) {
            if let Some(lora) = sibling.lora.filter(|lora| scales.iter().all(|known| known.id != lora.id)) {
                scales.push(LoraScale { id: lora.id, scale: 0.0 });
            }
        }
        scales.sort_by_key(|lora| lora.id);
        scales
    }
}

/// What to say of an adapter that does not work as trained.
fn strength_note(strength: f64) -> Option<String> {
    ((strength - 1.0).abs() > f64::from(f32::EPSILON)).then(|| format!("adapter strength {strength}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, Workbench};
    use crate::model::{ModelError, Parameters};

    fn session(text: &str) -> (tempfile::TempDir, Session) {
        let home = tempfile::tempdir().unwrap();
        let workbench = Workbench::parse(text, home.path(), Known::default()).unwrap();
        let absent = || ModelError::Engine { reason: "not here".to_owned(), hint: String::new() };
        let session = Session::open(workbench, Arc::new(move |_: &str, _| Err(absent())));
        (home, session)
    }

    const SERVER: &str = "[[model]]\nid = \"srv\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"http://127.0.0.1:1/v1\"\n\
                          [[model]]\nid = \"one\"\nbase = \"srv\"\nlora = 0\n\
                          [[model]]\nid = \"two\"\nbase = \"srv\"\nlora = 1\nadapter_scale = 0.5\n\
                          [[model]]\nid = \"named\"\nbase = \"srv\"\nmodel = \"served-under-its-own-name\"\n\
                          [[model]]\nid = \"else\"\nprovider = \"openai\"\nmodel = \"x\"\n";

    #[test]
    fn a_server_is_told_of_every_adapter_of_the_lineage() {
        let (_home, session) = session(SERVER);
        let scales = |id: &str| -> Vec<(u32, f64)> {
            let spec = session.spec(id).unwrap();
            session.lora_scales(&spec).into_iter().map(|lora| (lora.id, lora.scale)).collect()
        };
        assert_eq!(scales("srv"), [(0, 0.0), (1, 0.0)], "the base answers without any");
        assert_eq!(scales("one"), [(0, 1.0), (1, 0.0)]);
        assert_eq!(scales("two"), [(0, 0.0), (1, 0.5)]);
        assert_eq!(scales("two@1.5"), [(0, 0.0), (1, 1.5)]);
        assert_eq!(scales("named"), [], "a server that knows it by name is not told of numbers");
        assert_eq!(scales("else"), []);
    }

    #[test]
    fn base_and_tuned_on_one_server_are_different_arms() {
        let (home, session) = session(SERVER);
        std::fs::write(home.path().join("a.prompty"), "hi").unwrap();
        let key = |model: &str| {
            let question = Question {
                arm: "a".to_owned(),
                prompt_path: home.path().join("a.prompty"),
                prompt_text: Some("hi".to_owned()),
                strategy: crate::strategy::StrategyConfig::default(),
                model: model.to_owned(),
                parameters: Parameters::default(),
                case: Arc::default(),
                split: None,
                sample: 0,
            };
            session.arm_key(&question).unwrap()
        };
        assert_ne!(key("srv"), key("one"));
        assert_ne!(key("one"), key("one@0.5"));
        assert_eq!(key("one"), key("one@1"));
    }
}
