//! Answers that come with a workbench: real trials, kept in `recorded.jsonl` beside its data, shown before anything has
//! been run on this machine and never counted as a trial of it.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::clock::{day_of, start_of_day};
use super::follow::Inner;
use super::prepare::{Asked, Prepared};
use super::question::{Question, question_of};
use super::scored::Judged;
use super::session::Session;
use super::trial::{TrialDone, tokens_per_second};
use crate::data::{Cases, Split};
use crate::model::weights::is_weights_path;
use crate::model::{Parameters, StopReason, Usage, catalog};
use crate::prompt::Message;
use crate::score::Outcome;
use crate::store::{Origin, TrialRecord};

/// The file in a workbench folder.
pub const RECORDED: &str = "recorded.jsonl";

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The day, UTC: `2026-11-27`.
    pub date: String,
    /// The arm's name.
    pub arm: String,
    /// The provider's own name of the model.
    pub model: String,
    /// What decided the answer besides the request.
    pub fingerprint: String,
    /// The case's id in the dev split.
    pub case: String,
    /// The hash of what was asked: model, messages, sampling.
    pub asked: String,
    /// The answer, raw.
    pub answer: String,
    /// What became of it, by its stable name.
    pub outcome: String,
    /// Why the model stopped.
    pub stop: Option<StopReason>,
    /// Tokens.
    pub usage: Usage,
    /// Milliseconds to the first token, on the machine it was recorded on.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end, there.
    pub total_ms: u64,
}

impl Recording {
    /// A trial that has just ended, as a line of the file.
    pub fn new(session: &Session, prepared: &Prepared, done: &TrialDone, time: i64) -> Self {
        let Asked { question, messages, parameters, arm, .. } = prepared.asked();
        Self {
            date: day_of(time),
            arm: question.arm.clone(),
            model: model_name(session, &question.model),
            fingerprint: arm.fingerprint.clone(),
            case: question.case.id.clone(),
            asked: asked(session, &question.model, messages, parameters),
            answer: done.text.clone(),
            outcome: done.outcome.as_str().to_owned(),
            stop: done.stop.clone(),
            usage: done.usage,
            first_token_ms: done.first_token_ms,
            total_ms: done.total_ms,
        }
    }

    /// The trial's end, as it was.
    fn done(&self) -> Option<TrialDone> {
        Some(TrialDone {
            outcome: Outcome::parse(&self.outcome)?,
            text: self.answer.clone(),
            reasoning: String::new(),
            stop: self.stop.clone(),
            usage: self.usage,
            first_token_ms: self.first_token_ms,
            total_ms: self.total_ms,
            tokens_per_second: tokens_per_second(self.usage.output, self.first_token_ms, self.total_ms),
            error: None,
            notes: Vec::new(),
            inner: Inner::default(),
        })
    }
}

/// The file's lines, or what is wrong with it.
type Lines = Result<Arc<[Recording]>, String>;

/// The recordings of a folder, read on first use.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    read: Mutex<Option<Lines>>,
}

impl Recordings {
    fn of(&self, root: &Path) -> Lines {
        let mut kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert_with(|| read(root).map(Into::into)).clone()
    }

    /// The file was written anew: the next use reads it.
    pub(super) fn forget(&self) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the recordings hold for a question.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// Nothing.
    None,
    /// This arm's answer to this case, but something else was asked: another prompt, strategy, model or setting.
    Other(Box<Recording>),
    /// Its answer.
    Here(Box<Shipped>),
}

/// A recorded answer, read and scored.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// The line of the file.
    pub recording: Recording,
    /// How the trial ended.
    pub done: TrialDone,
    /// Read and scored by this program, now.
    pub judged: Judged,
}

/// Reads the file of a workbench; none is no fault.
pub(super) fn read(root: &Path) -> Result<Vec<Recording>, String> {
    let path = root.join(RECORDED);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let recording: Recording = serde_json::from_str(line)
                .map_err(|error| format!("{}, line {}: {error}", path.display(), index + 1))?;
            if Outcome::parse(&recording.outcome).is_none() || start_of_day(&recording.date).is_none() {
                return Err(format!("{}, line {}: no such outcome or date", path.display(), index + 1));
            }
            Ok(recording)
        })
        .collect()
}

/// The model by the name that its provider knows, the catalog's where it is one of its names; and its adapter.
fn model_name(session: &Session, id: &str) -> String {
    let spec = session.spec(id);
    let name = spec.as_ref().map_or(id, |spec| spec.model.as_str());
    let name = catalog::find(name).map_or(name, |entry| entry.name);
    // Where a file of weights lies on this machine is nobody else's.
    let file = Path::new(name).file_name().and_then(OsStr::to_str).filter(|_| is_weights_path(name));
    let name = file.unwrap_or(name);
    if let Some(lora) = spec.as_ref().and_then(|spec| spec.lora) {
        return format!("{name} + lora {} at {}", lora.id, lora.scale);
    }
    match spec.as_ref().and_then(|spec| spec.adapter.as_ref()) {
        Some(adapter) if adapter.scale.to_bits() != 1.0_f64.to_bits() => {
            format!("{name} + {} at {}", adapter.folder.display(), adapter.scale)
        }
        Some(adapter) => format!("{name} + {}", adapter.folder.display()),
        None => name.to_owned(),
    }
}

/// The hash of what a model is asked. The seed does not count where nothing is sampled.
fn asked(session: &Session, id: &str, messages: &[Message], parameters: &Parameters) -> String {
    let greedy = parameters.temperature == Some(0.0);
    let parameters = Parameters { seed: parameters.seed.filter(|_| !greedy), ..parameters.clone() };
    let parts = serde_json::json!([model_name(session, id), messages, parameters]);
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}

impl Session {
    /// The answers that come with the workbench, as its file has them; what is wrong with the file otherwise.
    pub fn recordings(&self) -> Result<Arc<[Recording]>, String> {
        self.recordings.of(&self.workbench.root)
    }

    /// What the recordings hold for a question that would send `messages`.
    pub fn recorded(&self, question: &Question, messages: &[Message], prompt_text: &str) -> Recorded {
        let Ok(recordings) = self.recordings() else { return Recorded::None };
        // What is recorded is one text: it says nothing of a strategy that makes several calls.
        let several = question.strategy.calls().per_case.most > 1;
        if recordings.is_empty() || question.split != Some(Split::Dev) || several {
            return Recorded::None;
        }
        let parameters = self.parameters(question);
        let asked = asked(self, &question.model, messages, &parameters);
        let of_case = || recordings.iter().filter(|one| one.case == question.case.id);
        // A second arm that asks the same is answered the same; where both were recorded, each has its own.
        let equal = of_case().filter(|one| one.asked == asked).max_by_key(|one| one.arm == question.arm);
        let Some((recording, done)) = equal.and_then(|one| Some((one, one.done()?))) else {
            let other = of_case().find(|one| one.arm == question.arm);
            return other.map_or(Recorded::None, |one| Recorded::Other(Box::new(one.clone())));
        };
        let arm = self.arm_record(question, prompt_text.to_owned(), recording.fingerprint.clone(), parameters.clone());
        let asked = Asked { question, messages, parameters: &parameters, arm: &arm, notes: &[], plan: None };
        let mut judged = self.judge_asked(asked, &done, start_of_day(&recording.date).unwrap_or(0));
        judged.record.origin = Origin::Shipped;
        Recorded::Here(Box::new(Shipped { recording: recording.clone(), done, judged }))
    }

    /// The recordings that answer what the workbench's own arms ask, as the history keeps them; newest case last.
    pub fn shipped(&self) -> Result<Vec<TrialRecord>, String> {
        let mut records = Vec::new();
        for recording in self.recordings()?.iter() {
            let Some(question) = self.recorded_question(recording) else { continue };
            let Ok((messages, _, text)) = self.messages(&question) else { continue };
            if let Recorded::Here(shipped) = self.recorded(&question, &messages, &text) {
                records.push(shipped.judged.record);
            }
        }
        Ok(records)
    }

    /// What the workbench's arm would ask of the recording's case; `None` where one of them is gone.
    fn recorded_question(&self, recording: &Recording) -> Option<Question> {
        let arm = self.workbench.arm(&recording.arm)?;
        let rows = self.splits.dev.as_ref()?;
        let case = rows.case(rows.find(&recording.case).ok()??).ok()?;
        Some(Question { case: case.into(), ..question_of(self, arm, Split::Dev).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, SAMPLES, Sample, Workbench, copy_sample};
    use crate::model::ModelError;

    /// A sample on a machine without any model.
    fn session(sample: &Sample) -> (tempfile::TempDir, Session) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(sample, home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let absent = || ModelError::Engine { reason: "not here".to_owned(), hint: String::new() };
        let session = Session::open(workbench, Arc::new(move |_: &str, _| Err(absent())));
        (home, session)
    }

    fn look(session: &Session, question: &Question) -> Recorded {
        let (messages, _, text) = session.messages(question).unwrap();
        session.recorded(question, &messages, &text)
    }

    #[test]
    fn every_line_of_every_sample_answers_what_its_arm_asks_today() {
        for sample in &SAMPLES {
            let (_home, session) = session(sample);
            let lines = session.recordings().unwrap().len();
            assert!(lines >= 2 * session.workbench.arms.len(), "{}: {lines}", sample.name);
            let records = session.shipped().unwrap();
            assert_eq!(records.len(), lines, "`fourfold record` makes them again: {}", sample.name);
            assert!(records.iter().all(|record| record.origin == Origin::Shipped && record.scores.is_some()));
            for arm in &session.workbench.arms {
                assert!(records.iter().any(|record| record.arm.name == arm.id), "{} has no recorded answer", arm.id);
            }
        }
    }

    #[test]
    fn only_exactly_what_was_asked_is_answered() {
        let (_home, session) = session(&SAMPLES[0]);
        let recording = session.recordings().unwrap()[0].clone();
        let question = session.recorded_question(&recording).unwrap();
        let Recorded::Here(shipped) = look(&session, &question) else { panic!("the sample's own question") };
        assert_eq!(shipped.recording, recording);
        assert_eq!(shipped.judged.outcome, shipped.done.outcome);
        // Another name on the screen, or a seed where nothing is sampled, asks the same.
        let renamed = Question { arm: "other".to_owned(), ..question.clone() };
        let seeded = Question { parameters: Parameters { seed: Some(7), ..Parameters::default() }, ..question.clone() };
        for same in [&renamed, &seeded] {
            assert!(matches!(look(&session, same), Recorded::Here(_)));
        }
        let text = Session::prompt_text(&question.prompt_path).unwrap();
        let reworded = Question { prompt_text: Some(text.replace("JSON", "YAML")), ..question.clone() };
        let warmer =
            Question { parameters: Parameters { temperature: Some(0.7), ..Parameters::default() }, ..question.clone() };
        let mut edited = question.clone();
        Arc::make_mut(&mut edited.case).variables.insert("text".to_owned(), "two kettles".into());
        for other in [&reworded, &warmer, &edited] {
            assert!(matches!(look(&session, other), Recorded::Other(_)));
        }
        let typed = Question { split: None, ..question.clone() };
        let mut last = question.clone();
        last.case = session.dev().unwrap().case(39).unwrap().into();
        for nothing in [&typed, &last] {
            assert!(matches!(look(&session, nothing), Recorded::None));
        }
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let (home, session) = session(&SAMPLES[0]);
        let path = home.path().join(RECORDED);
        let mut text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        text.push_str("{\"date\":\n");
        std::fs::write(&path, text).unwrap();
        let reason = session.shipped().unwrap_err();
        assert!(reason.contains(&format!("line {}", lines + 1)), "{reason}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(home.path()), Ok(Vec::new()));
    }
}
