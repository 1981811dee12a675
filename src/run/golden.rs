//! A golden run: a model's answers to the first dev cases, kept in `recorded.jsonl` for whoever opens the workbench next, also
//! when the model itself is gone.

use std::path::PathBuf;
use std::sync::Arc;

use super::clock::now_milliseconds;
use super::forecast::answer_length;
use super::question::{NotAsked, Question, question_of};
use super::recorded::{self, RECORDED, Recording};
use super::session::Session;
use super::trial::{TrialCall, TrialDone};
use crate::config::Arm;
use crate::data::{Cases, Split};
use crate::files::write_whole;
use crate::model::{Cost, Usage};
use crate::strategy::StrategyConfig;

/// What is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Golden {
    /// Only arms that ask this model; their answers join those of other models. Without one all arms are asked, and the file
    /// is written anew.
    pub model: Option<String>,
    /// How many dev cases, from the first.
    pub cases: usize,
}

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoldenStep {
    /// What is about to be sent where, for the first time.
    FirstUse(String),
    /// A case is done.
    Case {
        /// Cases done.
        done: usize,
        /// Cases in all.
        total: usize,
        /// The case's id.
        id: String,
    },
}

/// A golden run that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gilded {
    /// The file.
    pub path: PathBuf,
    /// Answers recorded now.
    pub answers: usize,
    /// Arms that gave them.
    pub arms: usize,
    /// Whether the person stopped it before its end.
    pub stopped: bool,
}

/// What a golden run would take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoldenPlan {
    /// Arms that are asked, with one call to each case.
    pub arms: usize,
    /// Dev cases.
    pub cases: usize,
    /// What it may cost; `None` where a price is not known.
    pub cost: Option<Cost>,
    /// Answers in the file whose place the new ones take.
    pub replaced: usize,
}

/// Asks, and writes the file when every answer is there: a half of it would take the place of a whole one. `ask` gives `None`
/// when the person has stopped it: answers of one model that are there by then join the others, and nothing else is written.
pub fn record(
    session: &Session,
    golden: &Golden,
    mut ask: impl FnMut(TrialCall) -> Option<TrialDone>,
    mut tell: impl FnMut(GoldenStep) -> Result<(), NotAsked>,
) -> Result<Option<Gilded>, NotAsked> {
    let (arms, rows) = golden.asked(session)?;
    let total = rows.count().min(golden.cases);
    let mut fresh = Vec::new();
    let mut stopped = false;
    'cases: for index in 0..total {
        let case = rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let case = Arc::new(case);
        for arm in &arms {
            let question = question_of(session, arm, Split::Dev)?;
            let prepared = session.prepare(Question { case: Arc::clone(&case), ..question })?;
            if let Some(told) = prepared.first_use.clone() {
                tell(GoldenStep::FirstUse(told))?;
            }
            let Some(done) = ask(prepared.call.clone()) else {
                stopped = true;
                break 'cases;
            };
            session.charge(&prepared, &done, 1.0);
            if let Some(error) = &done.error {
                let what = format!("{} on {}: {}; nothing was written", arm.id, case.id, error.message);
                return Err(NotAsked { what, hint: error.hint.clone() });
            }
            fresh.push(Recording::new(session, &prepared, &done, now_milliseconds()));
        }
        tell(GoldenStep::Case { done: index + 1, total, id: case.id.clone() })?;
    }
    if stopped && (golden.model.is_none() || fresh.is_empty()) {
        return Ok(None);
    }
    let path = write(session, golden, &fresh)?;
    Ok(Some(Gilded { path, answers: fresh.len(), arms: arms.len(), stopped }))
}

impl Golden {
    /// What it would take; nothing is sent.
    pub fn plan(&self, session: &Session) -> Result<GoldenPlan, NotAsked> {
        let (arms, rows) = self.asked(session)?;
        let cases = rows.count().min(self.cases);
        let output = answer_length(session);
        let (mut cost, mut replaced) = (Some(Cost::NOTHING), 0);
        let there = session.recordings().unwrap_or_default();
        for index in 0..cases {
            let case = rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
            let case = Arc::new(case);
            for arm in &arms {
                let question = Question { case: Arc::clone(&case), ..question_of(session, arm, Split::Dev)? };
                let priced = session.priced(&question.model).map(|priced| priced.price);
                let (messages, ..) = session.messages(&question)?;
                let tokens = session.count_tokens(&question.model, &messages).tokens as u64;
                cost = cost.zip(priced).map(|(sum, price)| sum.plus(price.of(Usage::default(), (tokens, output))));
                replaced += there.iter().filter(|old| (&old.arm, &old.case) == (&arm.id, &case.id)).count();
            }
        }
        Ok(GoldenPlan { arms: arms.len(), cases, cost, replaced })
    }

    /// The arms that are asked, and the dev cases. A line of the file holds one text: arms of several calls are run, not
    /// recorded.
    fn asked<'a>(&self, session: &'a Session) -> Result<(Vec<&'a Arm>, &'a dyn Cases), NotAsked> {
        let one_call = |arm: &&Arm| {
            StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
                .map_or(true, |strategy| strategy.calls().per_case.most == 1 && strategy.calls().pool.is_none())
        };
        let arms: Vec<&Arm> = session.workbench.arms.iter().filter(|arm| self.takes(arm)).filter(one_call).collect();
        let rows = session.splits.look(Split::Dev)?.filter(|rows| rows.count() > 0);
        match (rows, arms.is_empty()) {
            (Some(rows), false) => Ok((arms, rows)),
            _ => Err(self.nothing(session)),
        }
    }

    fn takes(&self, arm: &Arm) -> bool {
        self.model.as_ref().is_none_or(|model| *model == arm.model)
    }

    fn nothing(&self, session: &Session) -> NotAsked {
        let named = session.workbench.arms.iter().any(|arm| self.takes(arm));
        match &self.model {
            Some(model) if !named => NotAsked {
                what: format!("no arm of fourfold.toml asks the model {model}"),
                hint: format!("Add an [[arm]] with `model = \"{model}\"`; then its answers can be recorded."),
            },
            _ => NotAsked {
                what: "the workbench has no dev cases or no arm".to_owned(),
                hint: "Name a dev split and an [[arm]] in fourfold.toml.".to_owned(),
            },
        }
    }
}

fn write(session: &Session, golden: &Golden, fresh: &[Recording]) -> Result<PathBuf, NotAsked> {
    let root = &session.workbench.root;
    let path = root.join(RECORDED);
    let failed = |what: String| NotAsked { what, hint: "Check the file and the folder's permissions.".to_owned() };
    let mut all = match golden.model {
        Some(_) => recorded::read(root).map_err(failed)?,
        None => Vec::new(),
    };
    all.retain(|old| !fresh.iter().any(|new| (&new.arm, &new.case) == (&old.arm, &old.case)));
    all.extend(fresh.iter().cloned());
    let mut lines = String::new();
    for recording in &all {
        lines.push_str(&serde_json::to_string(recording).map_err(|error| failed(error.to_string()))?);
        lines.push('\n');
    }
    write_whole(&path, lines.as_bytes())
        .map_err(|error| failed(format!("cannot write {}: {error}", path.display())))?;
    session.recordings.forget();
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{ModelError, ScriptedModel};
    use crate::run::TrialAccumulator;
    use crate::score::Outcome;

    /// The orders sample, with a second model that only its second arm asks.
    fn session() -> (tempfile::TempDir, Session) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let mut workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let mut going = workbench.models[0].clone();
        going.id = "going".to_owned();
        workbench.models.push(going);
        workbench.arms[1].model = "going".to_owned();
        let factory: crate::run::EmbeddedFactory =
            Arc::new(|_: &str, _| -> Result<Arc<dyn crate::model::Model>, ModelError> {
                Ok(Arc::new(ScriptedModel::answering(&["x"])))
            });
        let session = Session::open(workbench, factory);
        (home, session)
    }

    fn answered(text: &str) -> TrialDone {
        TrialDone { outcome: Outcome::Answer, text: text.to_owned(), ..TrialAccumulator::default().cancelled(1) }
    }

    #[test]
    fn answers_of_one_model_join_those_of_the_others() {
        let (home, session) = session();
        let before = recorded::read(home.path()).unwrap();
        assert_eq!(*session.recordings().unwrap(), *before);
        let golden = Golden { model: Some("going".to_owned()), cases: 2 };
        let mut steps = Vec::new();
        let told = |step| {
            steps.push(step);
            Ok(())
        };
        let gilded = record(&session, &golden, |_| Some(answered("kept")), told).unwrap().unwrap();
        assert_eq!((gilded.answers, gilded.arms), (2, 1));
        assert_eq!(steps.len(), 2);
        let after = recorded::read(home.path()).unwrap();
        assert_eq!(after.len(), before.len(), "two lines took the place of two");
        assert_eq!(after.iter().filter(|line| line.answer == "kept").count(), 2);
        assert_eq!(*session.recordings().unwrap(), *after, "a session that has read the file before reads it again");
        let others = |lines: &[Recording]| lines.iter().filter(|line| line.arm == "plain").cloned().collect::<Vec<_>>();
        assert_eq!(others(&before), others(&after));
    }

    #[test]
    fn what_it_takes_is_said_first_and_what_a_stop_leaves_of_one_model_is_kept() {
        let (home, session) = session();
        let golden = Golden { model: Some("going".to_owned()), cases: 2 };
        let plan = golden.plan(&session).unwrap();
        assert_eq!((plan.arms, plan.cases, plan.replaced), (1, 2, 2));
        assert_eq!(plan.cost.map(|cost| cost.in_words()).as_deref(), Some("about $0.00"), "a model inside the program");
        let mut one = Some(answered("kept"));
        let gilded = record(&session, &golden, |_| one.take(), |_| Ok(())).unwrap().unwrap();
        assert_eq!((gilded.answers, gilded.stopped), (1, true));
        let after = recorded::read(home.path()).unwrap();
        assert_eq!(after.iter().filter(|line| line.answer == "kept").count(), 1);
    }

    #[test]
    fn stopped_or_failed_nothing_is_written() {
        let (home, session) = session();
        let text = std::fs::read_to_string(home.path().join(RECORDED)).unwrap();
        let golden = Golden { model: Some("going".to_owned()), cases: 2 };
        assert_eq!(record(&session, &golden, |_| None, |_| Ok(())).unwrap(), None);
        let everything = Golden { model: None, cases: 2 };
        let mut one = Some(answered("half of it"));
        assert_eq!(record(&session, &everything, |_| one.take(), |_| Ok(())).unwrap(), None);
        let error = crate::model::ModelError::Stalled { seconds: 1 };
        let failed = TrialDone { error: Some((&error).into()), ..answered("") };
        let error = record(&session, &golden, |_| Some(failed.clone()), |_| Ok(())).unwrap_err();
        assert!(error.what.contains("nothing was written"), "{}", error.what);
        assert_eq!(std::fs::read_to_string(home.path().join(RECORDED)).unwrap(), text);
        let nobody = Golden { model: Some("nobody".to_owned()), cases: 2 };
        assert!(record(&session, &nobody, |_| None, |_| Ok(())).unwrap_err().what.contains("no arm"));
    }
}
