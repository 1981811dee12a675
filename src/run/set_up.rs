//! Making a strategy's set-up calls: once, before the first case; what was answered is kept in the workbench's own folder, so
//! that another run, another arm that asks the same, or a run that was broken off, asks only what is missing. Priced apart from the
//! cases.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use super::follow::CallDone;
use super::likeness::Sending;
use super::plan::Plan;
use super::prices::guess_of;
use super::question::{NotAsked, Question};
use super::session::Session;
use super::trial::{TrialCall, TrialDone, trial_alone};
use crate::config::{prepare_program_folder, program_folder};
use crate::data::Cases;
use crate::model::{Cost, Usage};
use crate::score::Outcome;
use crate::strategy::{SetUp, SetUpCall};

/// Set-up calls that are under way at a time.
const AT_ONCE: usize = 8;
/// The folder they are kept in.
const FOLDER: &str = "set-up";

/// How far the set-up has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetUpNews {
    /// Calls answered, those of earlier runs included.
    pub done: usize,
    /// Calls in all.
    pub of: usize,
}

/// What the set-up came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetUpReport {
    /// Calls made now.
    pub asked: usize,
    /// Calls answered in an earlier run.
    pub reused: usize,
    /// Tokens of those made now, as far as they were counted.
    pub usage: Usage,
    /// What those made now have cost; `None` where the price is not known.
    pub cost: Option<Cost>,
    /// What they brought, in words.
    pub notes: Vec<String>,
    /// Why nothing of it can be shown, and what helps.
    pub unusable: Option<NotAsked>,
}

/// What is kept of one set-up call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    /// The hash of what was asked of whom.
    asked: String,
    /// The call, as those of a trial are recorded.
    call: CallDone,
}

/// What one file keeps, by the hash of what was asked.
type Answers = Arc<HashMap<String, CallDone>>;

/// The set-ups of a session that were made or read.
#[derive(Default)]
pub(super) struct SetUps {
    made: Mutex<HashMap<String, Arc<SetUp>>>,
    /// Files that were read, with their length then: they only grow.
    files: Mutex<HashMap<PathBuf, (u64, Answers)>>,
    /// One at a time: two arms with the same set-up must not make it twice.
    turn: tokio::sync::Mutex<()>,
}

impl SetUps {
    pub(super) fn get(&self, key: &str) -> Option<Arc<SetUp>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: String, set_up: SetUp) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(set_up));
    }

    /// What a file keeps; read again once it has grown.
    fn kept(&self, path: &Path) -> Result<Answers, NotAsked> {
        let length = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Answers::default()),
            Err(error) => return Err(fault(path, &error)),
        };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = files.get(path).filter(|(then, _)| *then == length) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(read(path)?);
        files.insert(path.to_owned(), (length, Arc::clone(&known)));
        Ok(known)
    }
}

/// A set-up call that is still to be made.
pub(super) struct SetUpAhead {
    /// The hash of what will be asked of whom: arms that ask the same share the answer.
    pub(super) asked: String,
    /// The call.
    pub(super) call: SetUpCall,
}

impl Session {
    /// Makes the set-up calls of a question's strategy, those that were not made before; `None` where it has none, or they
    /// are made already. `told` hears of each; after a failure, what was answered is kept.
    pub async fn set_up(
        &self,
        question: &Question,
        mut told: impl FnMut(SetUpNews),
    ) -> Result<Option<SetUpReport>, NotAsked> {
        if question.strategy.calls().pool.is_none() {
            return Ok(None);
        }
        let _turn = self.set_ups().turn.lock().await;
        let (plan, text) = self.plan_with(question, Sending::Allowed)?;
        let model = self.model(&question.model)?;
        let key = self.set_up_key(question, &text, &plan)?;
        if self.set_ups().get(&key).is_some() {
            return Ok(None);
        }
        let strategy = question.strategy.strategy();
        let calls = strategy.set_up(&question.strategy, &plan.task()).map_err(|error| plan.not_asked(&error))?;
        let path = self.set_up_file(&model.fingerprint(), &plan);
        let known = self.answered_before(&path, &key)?;
        let mut report = SetUpReport { cost: Some(Cost::NOTHING), ..SetUpReport::default() };
        let hash = |call: &SetUpCall| asked(&model.fingerprint(), call, &plan);
        let (old, new): (Vec<SetUpCall>, Vec<SetUpCall>) =
            calls.iter().cloned().partition(|call| known.contains_key(&hash(call)));
        report.reused = old.len();
        let mut answered: HashMap<String, CallDone> = HashMap::clone(&known);
        if !new.is_empty() {
            self.within_budget(self.priced(&question.model))?;
            let mut file = open(&self.workbench.root, &path)?;
            let asks: Vec<_> = new
                .into_iter()
                .map(|call| {
                    let (model, messages) = (Arc::clone(&model), call.call.messages.clone());
                    let request = TrialCall::one(model, messages, plan.parameters(&call.call));
                    ask(call, request)
                })
                .collect();
            let mut asks = stream::iter(asks).buffer_unordered(AT_ONCE);
            while let Some((call, done)) = asks.next().await {
                let Some(done) = done else { continue };
                self.count(question, &call, &done, &mut report);
                if let (Outcome::Missing(_), Some(error)) = (done.outcome, &done.error) {
                    return Err(NotAsked::new(
                        &format!("the set-up call for train row `{}` failed: {}", call.id, error.message),
                        format!("{} What was answered is kept; run it again.", error.hint),
                    ));
                }
                let kept = Kept { asked: hash(&call), call: CallDone::of(call.call.clone(), &done) };
                append(&mut file, &path, &kept)?;
                answered.insert(kept.asked, kept.call);
                told(SetUpNews { done: report.reused + report.asked, of: calls.len() });
                self.within_budget(self.priced(&question.model))?;
            }
        }
        let set_up = self.take_in(question, &plan, &calls, |call| answered.get(&hash(call)))?;
        report.notes.push(format!("set-up: {}", set_up.in_words()));
        report.unusable = set_up.unusable().map(|(what, hint)| NotAsked { what, hint: hint.to_owned() });
        self.set_ups().put(key, set_up);
        Ok(Some(report))
    }

    /// Reads what an earlier run has kept, if it is all there: so that what would be sent can be shown without a call.
    pub(super) fn recall_set_up(&self, question: &Question, text: &str, plan: &Plan) -> Option<Arc<SetUp>> {
        question.strategy.calls().pool?;
        let key = self.set_up_key(question, text, plan).ok()?;
        if let Some(made) = self.set_ups().get(&key) {
            return Some(made);
        }
        let fingerprint = self.model(&question.model).ok()?.fingerprint();
        let path = self.set_up_file(&fingerprint, plan);
        let known = self.answered_before(&path, &key).ok().filter(|known| !known.is_empty())?;
        let calls = question.strategy.strategy().set_up(&question.strategy, &plan.task()).ok()?;
        let hash = |call: &SetUpCall| asked(&fingerprint, call, plan);
        if !calls.iter().all(|call| known.contains_key(&hash(call))) {
            return None;
        }
        let set_up = self.take_in(question, plan, &calls, |call| known.get(&hash(call))).ok()?;
        self.set_ups().put(key.clone(), set_up);
        self.set_ups().get(&key)
    }

    /// The set-up calls of a question that nobody has answered yet; none where it has no set-up.
    pub(super) fn set_up_ahead(&self, question: &Question) -> Result<Vec<SetUpAhead>, NotAsked> {
        if question.strategy.calls().pool.is_none() {
            return Ok(Vec::new());
        }
        let (plan, text) = self.plan(question)?;
        if plan.set_up.is_some() {
            return Ok(Vec::new());
        }
        let key = self.set_up_key(question, &text, &plan)?;
        let strategy = question.strategy.strategy();
        let calls = strategy.set_up(&question.strategy, &plan.task()).map_err(|error| plan.not_asked(&error))?;
        let fingerprint = self.model(&question.model)?.fingerprint();
        let known = self.answered_before(&self.set_up_file(&fingerprint, &plan), &key)?;
        let ahead = calls.into_iter().map(|call| SetUpAhead { asked: asked(&fingerprint, &call, &plan), call });
        Ok(ahead.filter(|ahead| !known.contains_key(&ahead.asked)).collect())
    }

    fn take_in<'c>(
        &self,
        question: &Question,
        plan: &Plan,
        calls: &[SetUpCall],
        answer: impl Fn(&SetUpCall) -> Option<&'c CallDone>,
    ) -> Result<SetUp, NotAsked> {
        let strategy = question.strategy.strategy();
        let mut set_up = SetUp::default();
        for call in calls {
            let Some(done) = answer(call) else { continue };
            if done.outcome != Outcome::Answer.as_str() {
                set_up.drop_row(call.row, done.outcome.clone());
                continue;
            }
            let Some(train) = self.splits.train.as_ref() else { break };
            let row = train.case(call.row).map_err(|error| NotAsked::new(&error, error.hint()))?;
            let (read, right) = strategy.read_set_up(&question.strategy, &plan.task(), &row, &done.text);
            set_up.take(call.row, &done.text, &read, &right);
        }
        Ok(set_up)
    }

    /// Takes a set-up call into the books, under a name of its own beside the arm's.
    fn count(&self, question: &Question, call: &SetUpCall, done: &TrialDone, report: &mut SetUpReport) {
        let guess = guess_of(&call.call.messages, done);
        let price = self.priced(&question.model).map(|priced| priced.price);
        let cost = price.map(|price| price.of(done.usage, guess));
        let has_failed = matches!(done.outcome, Outcome::Missing(_));
        self.spending().add(&format!("{}: set-up", question.arm), done.usage, guess, cost, has_failed);
        let plus = |sum: Option<u64>, one: Option<u64>, guess: u64| Some(sum.unwrap_or(0) + one.unwrap_or(guess));
        report.asked += 1;
        report.usage.input = plus(report.usage.input, done.usage.input, guess.0);
        report.usage.output = plus(report.usage.output, done.usage.output, guess.1);
        report.cost = report.cost.zip(cost).map(|(sum, cost)| sum.plus(cost));
    }

    /// What is kept in `path`; and in the file of this one set-up, where it was made before set-ups shared their answers.
    fn answered_before(&self, path: &Path, key: &str) -> Result<Answers, NotAsked> {
        let shared = self.set_ups().kept(path)?;
        let alone = self.set_ups().kept(&path.with_file_name(format!("{key}.jsonl")))?;
        if alone.is_empty() {
            return Ok(shared);
        }
        let both = alone.iter().chain(shared.iter());
        Ok(Arc::new(both.map(|(asked, call)| (asked.clone(), call.clone())).collect()))
    }

    /// Where set-up calls are kept: those of one model and its sampling together, so that arms which ask the same share them.
    fn set_up_file(&self, fingerprint: &str, plan: &Plan) -> PathBuf {
        let parameters = crate::model::Parameters { seed: None, ..plan.parameters.clone() };
        let name = blake3::hash(serde_json::json!([fingerprint, parameters]).to_string().as_bytes()).to_hex();
        program_folder(&self.workbench.root).join(FOLDER).join(format!("{}.jsonl", name.get(..32).unwrap_or(&name)))
    }

    /// Under what a set-up is known in this session: strategy, prompt, model and sampling decide it.
    fn set_up_key(&self, question: &Question, text: &str, plan: &Plan) -> Result<String, NotAsked> {
        let fingerprint = self.model(&question.model)?.fingerprint();
        let parameters = crate::model::Parameters { seed: None, ..plan.parameters.clone() };
        let parts = serde_json::json!([question.strategy.canonical(), text, fingerprint, parameters]);
        Ok(blake3::hash(parts.to_string().as_bytes()).to_hex().get(..32).unwrap_or_default().to_owned())
    }
}

async fn ask(call: SetUpCall, request: TrialCall) -> (SetUpCall, Option<TrialDone>) {
    (call, trial_alone(request).await)
}

impl CallDone {
    /// A call that was a trial of its own.
    fn of(call: crate::strategy::Call, done: &TrialDone) -> Self {
        Self {
            call,
            text: done.text.clone(),
            reasoning: done.reasoning.clone(),
            outcome: done.outcome.as_str().to_owned(),
            stop: done.stop.clone(),
            usage: done.usage,
            total_ms: done.total_ms,
            read: None,
            notes: done.notes.clone(),
        }
    }
}

/// The hash of what is asked of whom. The seed does not count: a chain of thought is as good under any.
fn asked(fingerprint: &str, call: &SetUpCall, plan: &Plan) -> String {
    let parameters = crate::model::Parameters { seed: None, ..plan.parameters(&call.call) };
    let parts = serde_json::json!([fingerprint, call.call.messages, parameters]);
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}

/// What is kept, by the hash of what was asked. A last line that was cut is left out.
fn read(path: &Path) -> Result<HashMap<String, CallDone>, NotAsked> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(fault(path, &error)),
    };
    let mut kept = HashMap::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| fault(path, &error))?;
        if let Ok(Kept { asked, call }) = serde_json::from_str(&line) {
            kept.insert(asked, call);
        }
    }
    Ok(kept)
}

fn open(root: &Path, path: &Path) -> Result<File, NotAsked> {
    let folder: PathBuf = path.parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
    prepare_program_folder(root).map_err(|error| fault(root, &error))?;
    fs::create_dir_all(&folder).map_err(|error| fault(&folder, &error))?;
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| fault(path, &error))?;
    // A line that was cut by a kill must not swallow the next one.
    if file.metadata().is_ok_and(|metadata| metadata.len() > 0) {
        file.write_all(b"\n").map_err(|error| fault(path, &error))?;
    }
    Ok(file)
}

fn append(file: &mut File, path: &Path, kept: &Kept) -> Result<(), NotAsked> {
    let mut line = serde_json::to_vec(kept).map_err(|error| fault(path, &error.into()))?;
    line.push(b'\n');
    file.write_all(&line).and_then(|()| file.flush()).map_err(|error| fault(path, &error))
}

fn fault(path: &Path, error: &std::io::Error) -> NotAsked {
    NotAsked::new(
        &format!("the set-up cannot be kept: {}: {error}", path.display()),
        "Check the folder's permissions and the room on the disk.",
    )
}
