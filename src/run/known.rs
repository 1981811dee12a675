//! Asking a question unless it was asked before: the same arm, case, seed and messages are answered by the record.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{NotAsked, Prepared, Question, Session, now_milliseconds, trial};
use crate::data::Case;
use crate::prompt::Message;
use crate::score::{Missing, Outcome};
use crate::store::{Store, StoreError, StoredTrial, case_key};

/// Whether a recorded answer has to have the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// It has.
    Same,
    /// It has not: nothing is sampled, or one answer is as good as another.
    Any,
}

/// An answer, new or recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What became of it.
    pub outcome: Outcome,
    /// The text that is scored: what the strategy read out of the answer, or all of it.
    pub text: String,
    /// What went wrong, and what to do next.
    pub error: Option<(String, String)>,
    /// Whether it was recorded before.
    pub reused: bool,
    /// Its number in the history, where it is there.
    pub trial: Option<i64>,
}

/// The answer to a question. A new one is recorded before it is given; dropping the future aborts the call.
pub async fn ask_or_recall(
    session: &Arc<Session>,
    store: &Arc<Store>,
    question: Question,
    seeds: Seeds,
) -> Result<Answered, NotAsked> {
    session.set_up(&question, |_| {}).await?;
    let (asking, known) = (Arc::clone(session), Arc::clone(store));
    // The first question of an embedded model waits for its weights, and the database is a file.
    let ready = tokio::task::spawn_blocking(move || recall(&asking, &known, question, seeds)).await;
    let ready = ready.map_err(|error| NotAsked {
        what: format!("preparing the call failed: {error}"),
        hint: "Run it again; what was answered is recorded.".to_owned(),
    })??;
    match ready {
        Ready::Known(answered) => Ok(answered),
        Ready::New(prepared) => ask(session, store, *prepared).await,
    }
}

enum Ready {
    Known(Answered),
    New(Box<Prepared>),
}

fn recall(session: &Session, store: &Store, question: Question, seeds: Seeds) -> Result<Ready, NotAsked> {
    let (arm, case) = (session.arm_key(&question)?, case_key(&question.case));
    let prepared = session.prepare(question)?;
    let seed = (seeds == Seeds::Same).then_some(prepared.parameters().seed);
    let found =
        store.answered(&arm, &case, seed).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
    // Other train rows make other exemplars of the same arm.
    Ok(match found.filter(|found| found.record.messages == prepared.call.messages) {
        Some(found) => {
            let text = found.record.extracted.unwrap_or(found.record.answer);
            let (outcome, trial) = (found.record.outcome, Some(found.id));
            Ready::Known(Answered { outcome, text, error: None, reused: true, trial })
        }
        None => Ready::New(Box::new(prepared)),
    })
}

async fn ask(session: &Session, store: &Store, prepared: Prepared) -> Result<Answered, NotAsked> {
    let (sender, mut receiver) = mpsc::channel(64);
    let drain = async { while receiver.recv().await.is_some() {} };
    let (done, ()) = tokio::join!(trial(prepared.call.clone(), sender), drain);
    // It ends without an end only when nobody listens any more.
    let Some(done) = done else {
        let outcome = Outcome::Missing(Missing::Cancelled);
        return Ok(Answered { outcome, text: String::new(), error: None, reused: false, trial: None });
    };
    let judged = session.judge(&prepared, &done, now_milliseconds());
    let trial = store
        .record_trial(judged.record)
        .await
        .map_err(|error| NotAsked { what: format!("an answer could not be recorded: {error}"), hint: error.hint() })?;
    Ok(Answered {
        outcome: judged.outcome,
        text: judged.extracted.unwrap_or(done.text),
        error: done.error.map(|error| (error.message, error.hint)),
        reused: false,
        trial: Some(trial),
    })
}

/// How many of `questions`, all of one arm that asks as `template` does, have no recorded answer. Nothing is sent and nothing is
/// rendered: an answer counts by its arm, its case and its seed.
pub fn unanswered(
    session: &Session,
    store: &Store,
    template: &Question,
    questions: impl IntoIterator<Item = (Arc<Case>, Option<u64>)>,
    seeds: Seeds,
) -> Result<usize, NotAsked> {
    let in_words = |error: StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let arm = session.arm_key(template)?;
    let mut left = 0;
    for (case, seed) in questions {
        let seed = (seeds == Seeds::Same).then_some(seed);
        left += usize::from(store.answered(&arm, &case_key(&case), seed).map_err(in_words)?.is_none());
    }
    Ok(left)
}

/// The newest answer of this machine to exactly `question`, which would send `messages`: the same prompt, strategy, model,
/// sampling and case. Calls that failed are passed over; a seed counts where one is set and something is sampled.
pub fn newest_answer(
    session: &Session,
    store: &Store,
    question: &Question,
    messages: &[Message],
) -> Result<Option<StoredTrial>, NotAsked> {
    let in_words = |error: StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let case = case_key(&question.case);
    // A model inside the program may have to be loaded to be known: not for a case that was never asked.
    if !store.was_asked(&case).map_err(in_words)? {
        return Ok(None);
    }
    let parameters = session.parameters(question);
    let seed = parameters.seed.filter(|_| parameters.temperature != Some(0.0));
    let found = store.answered(&session.arm_key(question)?, &case, seed.map(Some)).map_err(in_words)?;
    Ok(found.filter(|found| found.record.messages == messages))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::data::Split;
    use crate::model::{Model, Parameters, Script, ScriptedModel};
    use crate::strategy::StrategyConfig;

    fn bench(model: Arc<ScriptedModel>) -> (tempfile::TempDir, Arc<Session>, Arc<Store>) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let model = Mutex::new(model);
        let factory =
            move |_: &str, _: Option<&crate::model::AdapterUse>| Ok(model.lock().unwrap().clone() as Arc<dyn Model>);
        let session = Session::open(workbench, Arc::new(factory));
        let store = Store::open(&home.path().join(".fourfold")).unwrap();
        (home, Arc::new(session), Arc::new(store))
    }

    fn question(session: &Session, index: usize, seed: Option<u64>) -> Question {
        Question {
            arm: "plain".to_owned(),
            prompt_path: session.workbench.root.join("orders.prompty"),
            prompt_text: None,
            strategy: StrategyConfig::default(),
            model: "base".to_owned(),
            parameters: Parameters { seed, ..Parameters::default() },
            case: session.dev().unwrap().case(index).unwrap().into(),
            split: Some(Split::Dev),
            sample: 0,
        }
    }

    #[tokio::test]
    async fn what_was_asked_before_is_not_asked_again() {
        let model = Arc::new(ScriptedModel::new("m", vec![Script::answer(&["one"]), Script::answer(&["two"])]));
        let (_home, session, store) = bench(Arc::clone(&model));
        let ask = async |index, seed, seeds| {
            let question = question(&session, index, seed);
            let answered = ask_or_recall(&session, &store, question, seeds).await.unwrap();
            (answered.text, answered.reused)
        };
        assert_eq!(ask(0, None, Seeds::Any).await, ("one".to_owned(), false));
        assert_eq!(ask(0, Some(3), Seeds::Any).await, ("one".to_owned(), true));
        assert_eq!(ask(0, Some(3), Seeds::Same).await, ("two".to_owned(), false));
        assert_eq!(ask(0, Some(3), Seeds::Same).await, ("two".to_owned(), true));
        assert_eq!(ask(1, None, Seeds::Any).await, ("two".to_owned(), false));
        assert_eq!(model.requests().len(), 3);
    }

    #[tokio::test]
    async fn the_newest_answer_is_that_to_exactly_this_question() {
        let scripts = [Script::answer(&["one"]), Script::answer(&["two"])];
        let (_home, session, store) = bench(Arc::new(ScriptedModel::new("m", scripts.into())));
        let look = |question: &Question| {
            let (messages, _, _) = session.messages(question).unwrap();
            newest_answer(&session, &store, question, &messages).unwrap().map(|found| found.record.answer)
        };
        let plain = question(&session, 0, None);
        assert_eq!(look(&plain), None);
        let answered = ask_or_recall(&session, &store, plain.clone(), Seeds::Any).await.unwrap();
        assert!(answered.trial.is_some());
        assert_eq!(look(&plain).as_deref(), Some("one"));
        assert_eq!(look(&question(&session, 1, None)), None, "another case");
        let warm = Parameters { temperature: Some(0.7), ..Parameters::default() };
        assert_eq!(look(&Question { parameters: warm, ..plain.clone() }), None, "another temperature");
        let text = Some("user:\nAnother {{ text }}\n".to_owned());
        assert_eq!(look(&Question { prompt_text: text, ..plain.clone() }), None, "another prompt");
        ask_or_recall(&session, &store, question(&session, 0, Some(3)), Seeds::Same).await.unwrap();
        assert_eq!(look(&plain).as_deref(), Some("two"));
    }

    #[tokio::test]
    async fn a_failed_call_is_no_answer_and_is_asked_again() {
        let model =
            Arc::new(ScriptedModel::new("m", vec![Script::default().text(&["half"]), Script::answer(&["whole"])]));
        let (_home, session, store) = bench(model);
        for (outcome, text) in [("missing:truncated", "half"), ("answer", "whole")] {
            let answered = ask_or_recall(&session, &store, question(&session, 0, None), Seeds::Any).await.unwrap();
            assert_eq!((answered.outcome.as_str(), answered.text.as_str()), (outcome, text));
        }
    }
}
