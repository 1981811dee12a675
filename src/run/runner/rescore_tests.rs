//! Runs whose command that scores begins to fail: what becomes of the scores, where the run stops, and what going on makes good.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::*;
use crate::config::{Known, SAMPLES, Workbench, copy_sample};
use crate::data::Split;
use crate::model::keys::Keys;
use crate::model::{Model, Parameters, Script, ScriptedModel};
use crate::run::Session;
use crate::run::report::StoredRows;
use crate::store::Store;

struct Bench {
    home: tempfile::TempDir,
    session: Arc<Session>,
    store: Store,
    model: Arc<ScriptedModel>,
}

fn session(root: &Path, keys: &Path, model: &Arc<ScriptedModel>) -> Session {
    let workbench = Workbench::open(root, Known::default()).unwrap();
    let given = Mutex::new(Arc::clone(model));
    let factory =
        move |_: &str, _: Option<&crate::model::AdapterUse>| Ok(given.lock().unwrap().clone() as Arc<dyn Model>);
    let session = Session::open(workbench, Arc::new(factory))
        .with_keys(Keys::new(Some(keys.to_owned()), std::collections::BTreeMap::default()));
    session.allow_keys().unwrap();
    session
}

/// The sample, scored by these metrics, with a model that says what the script says.
fn bench(scripts: Vec<Script>, metrics: &str, change: impl FnOnce(&Path)) -> Bench {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("bench");
    copy_sample(&SAMPLES[0], &root).unwrap();
    let manifest = root.join(crate::config::MANIFEST);
    let usual = "metrics = [\"exact-match\", \"json-fields\"]\nprimary = \"exact-match\"";
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains(usual));
    std::fs::write(&manifest, text.replace(usual, metrics)).unwrap();
    change(&root);
    let model = Arc::new(ScriptedModel::new("m", scripts));
    let session = session(&root, &home.path().join("keys"), &model);
    let store = Store::open(&root.join(".fourfold")).unwrap();
    Bench { home, session: Arc::new(session), store, model }
}

impl Bench {
    fn plan(&self, arms: &[&str], cases: u64) -> Plan {
        let arms: Vec<_> = arms.iter().filter_map(|arm| self.session.workbench.arm(arm)).collect();
        let wanted = Wanted::arms(&self.session, &arms, Split::Dev, &Parameters::default()).unwrap();
        Plan::of(&self.session, &Wanted { cases: Some(cases), ..wanted }).unwrap()
    }

    async fn run(&self, plan: Plan) -> (Vec<News>, Ended) {
        let (sender, mut receiver) = mpsc::channel(8);
        let control = Control::default();
        control.set_concurrency(2);
        let running = run(Arc::clone(&self.session), self.store.clone(), Start::new(plan), control, sender);
        let listening = async {
            let mut heard = Vec::new();
            while let Some(news) = receiver.recv().await {
                heard.push(news);
            }
            heard
        };
        let (ended, heard) = tokio::join!(running, listening);
        (heard, ended.unwrap())
    }
}

const TONE: &str =
    "metrics = [\"exact-match\", { name = \"command\", id = \"tone\", command = \"sh tone.sh\" }]\nprimary = \"tone\"";

/// A command that fails on the answer `bad` until there is a file `mended`.
fn tone(root: &Path) {
    let script = "if grep -q '\"answer\":\"bad\"' && ! test -e mended; then echo no model >&2; exit 3; fi\necho 0.5\n";
    std::fs::write(root.join("tone.sh"), script).unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_begins_to_fail_stops_the_run_and_going_on_scores_exactly_what_it_missed() {
    let mut scripts: Vec<Script> = (0..10).map(|_| Script::answer(&["good"])).collect();
    scripts.push(Script::answer(&["bad"]));
    let bench = bench(scripts, TONE, tone);
    let arms = ["plain", "prompted"];
    let (_, ended) = bench.run(bench.plan(&arms, 40)).await;
    let How::Failed { what, hint } = &ended.how else { panic!("{ended:?}") };
    assert_eq!(what, "25 answers in a row have no score by tone, the last one: `sh tone.sh` ended with 3: no model");
    assert!(hint.contains("scored again then, and not asked again"), "{hint}");
    assert!(lacks_scores(&ended.how.in_words()));
    assert!(ended.done < 80 && (25..=ended.done).contains(&ended.unscored), "{ended:?}");
    let scores: Vec<Option<f64>> =
        bench.store.cells(ended.run, 0..100).unwrap().iter().map(|cell| cell.score).collect();
    assert_eq!(scores.iter().flatten().count(), 10, "no score is a zero");
    assert!(scores.iter().flatten().all(|score| (score - 0.5).abs() < 1e-9));

    // Still broken, it stops before anything is asked.
    let asked = bench.model.requests().len();
    let (_, again) = bench.run(bench.plan(&arms, 40)).await;
    assert!(matches!(again.how, How::Failed { .. }), "{again:?}");
    assert_eq!((again.run, bench.model.requests().len()), (ended.run, asked));

    std::fs::write(bench.home.path().join("bench/mended"), "").unwrap();
    let (heard, mended) = bench.run(bench.plan(&arms, 40)).await;
    assert!(mended.is_complete() && mended.run == ended.run, "{mended:?}");
    assert_eq!((mended.unscored, bench.model.requests().len()), (0, 80), "nothing is asked twice");
    let told = format!("{} answers without a score by tone: scored again, and not asked again.", ended.unscored);
    assert!(heard.contains(&News::Told(told)), "{heard:?}");
    assert!(mended.columns.iter().all(|column| column.scored == 40 && (column.sum - 20.0).abs() < 1e-9));
    assert_eq!(bench.store.run(ended.run).unwrap().unwrap().end.unwrap().how, "finished");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_few_answers_without_a_score_leave_the_run_open_for_them() {
    let bench = bench(vec![Script::answer(&["bad"])], TONE, tone);
    let (_, ended) = bench.run(bench.plan(&["plain"], 5)).await;
    assert_eq!((&ended.how, ended.done, ended.unscored, ended.is_complete()), (&How::Finished, 5, 5, false));
    let stored = bench.store.run(ended.run).unwrap().unwrap().end.unwrap().how;
    assert_eq!((stored.as_str(), lacks_scores(&stored)), ("finished, 5 without a score", true));
    std::fs::write(bench.home.path().join("bench/mended"), "").unwrap();
    let (_, mended) = bench.run(bench.plan(&["plain"], 5)).await;
    assert_eq!((mended.run, mended.unscored, mended.is_complete()), (ended.run, 0, true));
    assert_eq!((mended.asked, bench.model.requests().len()), (0, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_cases_share_an_answer_and_each_has_the_scores_of_its_own() {
    let metrics = "metrics = [\"exact-match\", \"exact-match-trimmed\"]\nprimary = \"exact-match\"";
    let rows = |root: &Path| {
        let row =
            |id: &str, answer: &str| format!("{{\"id\":\"{id}\",\"text\":\"the same\",\"answer\":\"{answer}\"}}\n");
        let text = row("one", "yes") + &row("two", "no") + &row("three", "yes");
        std::fs::write(root.join("data/dev.jsonl"), text).unwrap();
    };
    let bench = bench(vec![Script::answer(&["yes"])], metrics, rows);
    let (_, ended) = bench.run(bench.plan(&["plain"], 3)).await;
    assert_eq!((ended.asked, ended.known, bench.model.requests().len()), (1, 2, 1));
    let mut trimmed = Vec::new();
    let value = |scores: &serde_json::Value| scores["exact-match-trimmed"]["value"].as_f64().unwrap();
    bench.store.each_scores(ended.run, |_, scores| trimmed.push(value(&scores))).unwrap();
    assert_eq!(trimmed, [1.0, 0.0, 1.0]);
    let run = bench.store.run(ended.run).unwrap().unwrap();
    for row in StoredRows::new(&bench.session, &bench.store, &run) {
        let row = row.unwrap();
        let right = if row.id == "two" { 0.0 } else { 1.0 };
        let trial = &row.trials[0];
        assert_eq!(trial.score, Some(right), "{}", row.id);
        assert!(trial.scores.iter().all(|(_, score, _)| *score == Some(right)), "{}: {:?}", row.id, trial.scores);
    }
    let facts = crate::run::report::facts(&bench.session, &bench.store, &run, &[]).unwrap();
    let means: Vec<f64> = facts.columns[0].metrics.iter().map(|one| one.figure.mean).collect();
    assert_eq!(means.len(), 2);
    assert!(means.iter().all(|mean| (mean - 2.0 / 3.0).abs() < 1e-9), "{means:?}");
}
