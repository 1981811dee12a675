//! What is read back from the database for the screen: windows of the history, one answer in full, votes.

use std::sync::Arc;

use super::event::EventKind;
use crate::config::{Fourfold, Workbench};
use crate::data::{Cases, Split};
use crate::model::Cost;
use crate::model::StopReason;
use crate::run::fourfold::{column, questions_of, table_of};
use crate::run::votes::strengths;
use crate::run::{CallDone, NotAsked, Question, Session, compare, day_of, local_time, recent_time};
use crate::score::{Outcome, Score};
use crate::state::{
    Asked, CostNote, Figures, HistoryFilter, HistoryFor, HistoryQuery, HistoryRow, HistoryWindow, Reopened, ScoreLine,
    WINDOW,
};
use crate::stats::Confidence;
use crate::stats::wording::Tuned;
use crate::store::{Filter, Origin, Store, StoredTrial, TrialRecord, TrialSummary, case_key};
use crate::strategy::Call;

/// More arms than this are not offered as filters.
const ARMS: u32 = 50;

/// Counts the votes about two arms as they are now.
pub(super) fn tally(session: &Session, store: &Store, a: &Question, b: &Question) -> EventKind {
    let count = || {
        let (a, b) = (session.arm_key(a)?, session.arm_key(b)?);
        let tally = store.tally(&a, &b).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let all = strengths(store, Confidence::NINETY_FIVE)?.filter(|all| all.arms.len() > 2);
        Ok((tally, all.map(|all| all.in_words()).unwrap_or_default()))
    };
    EventKind::TallyRead(
        count()
            .map(|(tally, all)| ([tally.first, tally.second, tally.ties, tally.left], all))
            .map_err(|error: NotAsked| format!("{}. {}", error.what, error.hint)),
    )
}

/// What the recorded answers of the table with these two models show on the dev cases. Nothing where no case is recorded in all
/// four cells.
pub(super) fn verdict(session: &Session, store: &Store, base: &str, tuned: &str) -> EventKind {
    let settings = compare::settings(session);
    let read = || {
        // Models that were tuned or picked since the start are among them.
        let now = Workbench { models: session.models(), ..session.workbench.clone() };
        let table = Fourfold { base: base.to_owned(), tuned: tuned.to_owned(), ..table_of(&now).ok()? };
        let column = column(&Workbench { fourfold: Some(table.clone()), ..now });
        let questions = questions_of(session, &table, &Arc::default(), Some(Split::Dev), None).ok()?;
        let found = compare::table_of(session, store, &questions, Split::Dev, &settings).ok()?;
        let mut lines = found.in_words(&settings, Tuned::one(column));
        lines.extend(session.asked_otherwise(&questions));
        Some(lines)
    };
    EventKind::VerdictRead(read().unwrap_or_default())
}

/// Reads a window of the history.
pub(super) fn history(store: &Store, query: &HistoryQuery, primary: &str) -> EventKind {
    let HistoryQuery { generation, filter, newest, first, names } = query;
    let read = || {
        let filter = stored(filter);
        let newest = match newest {
            Some(newest) => Some(*newest),
            None => store.newest()?,
        };
        let before = newest.map(|newest| newest + 1);
        let total = store.count_before(&filter, before)?;
        let rows = store.page(&filter, before, *first, WINDOW as u32)?;
        let rows = rows.into_iter().map(|row| line(row, primary)).collect();
        // The names are read once: with many answers they take as long as all the rest.
        let arms = if *names { store.arms(ARMS)? } else { Vec::new() };
        Ok(HistoryWindow { newest, total, first: *first, rows, arms })
    };
    let result = read().map_err(|error: crate::store::StoreError| format!("{error}. {}", error.hint()));
    EventKind::HistoryRead { generation: *generation, result }
}

fn stored(filter: &HistoryFilter) -> Filter {
    Filter {
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
        arm: filter.arm.clone(),
        outcome: filter.outcome,
        case_key: filter.case_key.clone(),
        ..Filter::default()
    }
}

fn line(row: TrialSummary, primary: &str) -> HistoryRow {
    let score = row.scores.as_ref().and_then(|scores| scores.get(primary)?.get("value")?.as_f64());
    HistoryRow {
        id: row.id,
        when: when(row.origin, local_time, row.time),
        arm: row.arm,
        model: row.model,
        case: row.case_id,
        outcome: row.outcome.in_words().to_owned(),
        score: score.map(|value| format!("{value:.2}")),
        excerpt: row.excerpt,
    }
}

/// When an answer was given, in local words; of one that came with the workbench only the day is known.
fn when(origin: Origin, local: impl Fn(i64) -> String, time: i64) -> String {
    match origin {
        Origin::Run => local(time),
        Origin::Shipped => format!("{} recorded", day_of(time).get(5..).unwrap_or_default()),
    }
}

/// Reads one recorded answer in full.
pub(super) fn open_trial(session: &Session, store: &Store, id: i64, purpose: HistoryFor, here: &str) -> EventKind {
    let result = match store.trial(id) {
        Ok(Some(trial)) => {
            let cell = matches!(purpose, HistoryFor::Cell(_) | HistoryFor::Failure(_));
            let asked = cell.then(|| asked(session, &trial)).flatten();
            let calls = cell.then(|| only_call(&trial.record));
            let mut reopened = recorded(session, trial, here);
            reopened.asked = asked;
            if let Some(call) = calls.filter(|_| reopened.calls.is_empty()) {
                reopened.calls.push(call);
            }
            Ok(Box::new(reopened))
        }
        Ok(None) => Err(format!("There is no answer {id} any more.")),
        Err(error) => Err(format!("{error}. {}", error.hint())),
    };
    EventKind::TrialOpened { purpose, result }
}

/// A recorded answer as the screen shows it; `here` is the case on the screen.
pub(super) fn recorded(session: &Session, trial: StoredTrial, here: &str) -> Reopened {
    let StoredTrial { id, record } = trial;
    let place = session.dev().and_then(|cases| place_of(cases, &record.case));
    let strategy = record.arm.strategy.get("name").or(Some(&record.arm.strategy)).and_then(|name| name.as_str());
    let who = format!("{} · {} · {}", record.arm.name, strategy.unwrap_or("?"), record.arm.model);
    let scores = record.scores.as_ref().and_then(|scores| scores.as_object()).map(|scores| {
        let line = |(metric, score): (&String, &serde_json::Value)| {
            let score: Score = serde_json::from_value(score.clone()).ok()?;
            Some(ScoreLine { metric: metric.clone(), score })
        };
        scores.iter().filter_map(line).collect()
    });
    Reopened {
        id,
        when: when(record.origin, recent_time, record.time),
        who,
        same_case: case_key(&record.case) == here,
        index: place,
        figures: Figures {
            first_token_ms: record.first_token_ms,
            total_ms: record.measured_ms(),
            usage: record.usage,
            tokens_per_second: None,
            stop: record.stop.as_ref().map(StopReason::in_words),
            // Counts that a provider gave are exact, and with them what they cost.
            cost: match session.cost_of(&record) {
                // A call that brought nothing was not charged.
                _ if record.cost.is_none() && matches!(record.outcome, Outcome::Missing(_)) => None,
                Some(dollars) if dollars > 0.0 => {
                    let exact = record.usage.input.is_some() && record.usage.output.is_some();
                    Some(CostNote::Of { cost: Cost { dollars, exact }, arm: None })
                }
                Some(_) => None,
                None => Some(CostNote::Unknown),
            },
        },
        case: std::sync::Arc::unwrap_or_clone(record.case),
        answer: record.answer.into(),
        extracted: record.extracted,
        outcome: record.outcome,
        error: record.error,
        notes: record.notes,
        scores: scores.unwrap_or_default(),
        calls: record.calls.and_then(|calls| serde_json::from_value(calls).ok()).unwrap_or_default(),
        asked: None,
    }
}

/// How the arm of a recorded answer was set; `None` where its strategy is not known here any more.
fn asked(session: &Session, trial: &StoredTrial) -> Option<Box<Asked>> {
    let record = &trial.record;
    let now = std::fs::read_to_string(session.workbench.root.join(&record.arm.prompt_path)).ok();
    Some(Box::new(Asked {
        arm: record.arm.name.clone(),
        prompt_path: record.arm.prompt_path.clone(),
        prompt_text: record.arm.prompt_text.clone(),
        prompt_has_changed: now.is_none_or(|now| now != record.arm.prompt_text),
        strategy: serde_json::from_value(record.arm.strategy.clone()).ok()?,
        model: record.arm.model.clone(),
        parameters: record.parameters(),
    }))
}

/// A trial of one call as the page of calls shows it: what was sent, what came back.
fn only_call(record: &TrialRecord) -> CallDone {
    CallDone {
        call: Call { messages: record.messages.clone(), parameters: record.parameters(), ..Call::default() },
        text: record.answer.clone(),
        reasoning: record.reasoning.clone(),
        outcome: record.outcome.as_str().to_owned(),
        stop: record.stop.clone(),
        usage: record.usage,
        total_ms: record.total_ms,
        read: None,
        notes: Vec::new(),
    }
}

/// Where a recorded case stands among the rows, if it still says the same there.
fn place_of(cases: &dyn Cases, case: &crate::data::Case) -> Option<usize> {
    let place = cases.find(&case.id).ok()??;
    (case_key(&cases.case(place).ok()?) == case_key(case)).then_some(place)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{Model, Parameters, ScriptedModel, Usage};
    use crate::score::Missing;
    use crate::store::Origin;

    /// The sample with a model more, `dear`, whose input costs a cent a token.
    fn bench() -> (tempfile::TempDir, Session, Store) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let manifest = home.path().join("fourfold.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        let dear = "[[model]]\nid = \"dear\"\nprovider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n\
                    price = { input = 10000.0, output = 0.0 }\n";
        std::fs::write(&manifest, format!("{text}\n{dear}")).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let factory = |_: &str, _: Option<&crate::model::AdapterUse>| {
            Ok(Arc::new(ScriptedModel::new("m", Vec::new())) as Arc<dyn Model>)
        };
        let session = Session::open(workbench, Arc::new(factory));
        let store = Store::open(&home.path().join(".fourfold")).unwrap();
        (home, session, store)
    }

    fn answer(model: &str, cost: Option<f64>, usage: Usage, outcome: Outcome) -> TrialRecord {
        TrialRecord {
            time: 1,
            origin: Origin::Run,
            arm: crate::store::ArmRecord {
                prompt_path: "orders.prompty".to_owned(),
                prompt_text: "user:\n{{ text }}".to_owned(),
                name: "plain".to_owned(),
                strategy: serde_json::json!({ "name": "zero-shot" }),
                model: model.to_owned(),
                fingerprint: "f".to_owned(),
                parameters: Parameters::default(),
            }
            .into(),
            case: crate::data::Case { id: "dev-001".to_owned(), ..crate::data::Case::default() }.into(),
            split: Some(Split::Dev),
            messages: Vec::new(),
            answer: "x".to_owned(),
            extracted: None,
            reasoning: String::new(),
            outcome,
            stop: None,
            error: None,
            notes: Vec::new(),
            scores: None,
            usage,
            first_token_ms: None,
            total_ms: 1,
            seed: None,
            sample: 0,
            cost,
            calls: None,
        }
    }

    #[test]
    fn a_past_answer_says_what_it_cost() {
        let (_home, session, store) = bench();
        let counted = Usage { input: Some(100), cached: None, output: Some(2) };
        let uncounted = Usage { input: Some(100), ..Usage::default() };
        let failed = Outcome::Missing(Missing::Network);
        for (model, charged, usage, outcome, expected) in [
            ("dear", Some(0.25), counted, Outcome::Answer, Some("$0.25")),
            // What a provider did not count was estimated when it was charged.
            ("dear", Some(0.25), uncounted, Outcome::Answer, Some("about $0.25")),
            // Recorded before its model had a price: by what it costs now.
            ("dear", None, counted, Outcome::Answer, Some("$1.00")),
            ("base", Some(0.0), counted, Outcome::Answer, None),
            ("gone", None, counted, Outcome::Answer, Some("price unknown")),
            ("dear", None, counted, failed, None),
            ("dear", Some(0.01), counted, failed, Some("$0.01")),
        ] {
            let id = store.record_trial(answer(model, charged, usage, outcome)).wait().unwrap();
            let opened = open_trial(&session, &store, id, HistoryFor::DiffLeft, "");
            let EventKind::TrialOpened { result: Ok(opened), .. } = opened else { panic!("{model}: not opened") };
            let said = opened.figures.cost.map(CostNote::in_words);
            assert_eq!(said.as_deref(), expected, "{model}, charged {charged:?}, {outcome:?}");
            if let Some(words) = expected {
                assert!(opened.figures.in_words().contains(words), "it stands in the line under the answer");
            }
        }
    }
}
