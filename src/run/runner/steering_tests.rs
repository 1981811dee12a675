//! Runs steered by their handle, against a scripted model.

use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::config::{Known, SAMPLES, Workbench, copy_sample};
use crate::data::Split;
use crate::model::{Model, Parameters, Script, ScriptedModel};
use crate::run::Session;
use crate::store::Store;

struct Bench {
    _home: tempfile::TempDir,
    session: Arc<Session>,
    store: Store,
    model: Arc<ScriptedModel>,
}

/// The sample with a model that says what the script says, for all its arms.
fn bench(scripts: Vec<Script>) -> Bench {
    bench_with(scripts, "")
}

/// The same with more in its fourfold.toml.
fn bench_with(scripts: Vec<Script>, more: &str) -> Bench {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let manifest = home.path().join(crate::config::MANIFEST);
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text + more).unwrap();
    let workbench = Workbench::open(home.path(), Known::default()).unwrap();
    let model = Arc::new(ScriptedModel::new("m", scripts));
    let given = Mutex::new(Arc::clone(&model));
    let factory =
        move |_: &str, _: Option<&crate::model::AdapterUse>| Ok(given.lock().unwrap().clone() as Arc<dyn Model>);
    let session = Session::open(workbench, Arc::new(factory));
    let store = Store::open(&home.path().join(".fourfold")).unwrap();
    Bench { _home: home, session: Arc::new(session), store, model }
}

impl Bench {
    fn plan(&self, cases: u64) -> Plan {
        let arms: Vec<_> =
            ["plain", "prompted"].into_iter().filter_map(|arm| self.session.workbench.arm(arm)).collect();
        let wanted = Wanted::arms(&self.session, &arms, Split::Dev, &Parameters::default()).unwrap();
        Plan::of(&self.session, &Wanted { cases: Some(cases), ..wanted }).unwrap()
    }

    /// Runs to the end; everything that was told, and how it ended.
    async fn run(&self, start: Start, control: &Control) -> (Vec<News>, Ended) {
        let (sender, mut receiver) = mpsc::channel(8);
        let running = run(Arc::clone(&self.session), self.store.clone(), start, control.clone(), sender);
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

#[tokio::test(flavor = "multi_thread")]
async fn news_come_in_order_and_agree_with_the_store() {
    let bench = bench(vec![Script::answer(&["yes"])]);
    let start = Start { streaming: true, ..Start::new(bench.plan(10)) };
    let (heard, ended) = bench.run(start, &Control::default()).await;
    assert!(ended.is_complete(), "{ended:?}");
    assert_eq!((ended.planned, ended.done, ended.asked, ended.calls), (20, 20, 20, 20));
    let Some(News::Begun(begun)) = heard.first() else { panic!("{heard:?}") };
    assert_eq!((begun.total, begun.done, begun.goes_on, begun.run), (20, 0, false, ended.run));
    assert_eq!(heard.last(), Some(&News::Ended(Box::new(ended.clone()))));
    let mut started = Vec::new();
    let mut done = Vec::new();
    for news in &heard {
        match news {
            News::Started(place) => started.push(*place),
            News::Done(cell) => {
                assert!(started.contains(&cell.place), "a cell is asked before it is done");
                done.push(*cell);
            }
            _ => {}
        }
    }
    done.sort_by_key(|cell| cell.place);
    assert_eq!(done, bench.store.cells(ended.run, 0..100).unwrap());
    assert_eq!(bench.store.columns(ended.run).unwrap(), ended.columns);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_that_brings_nothing_ends_a_run_before_its_first_case() {
    let arm = "\n[[arm]]\nid = \"reasoned\"\nprompt = \"orders.prompty\"\nmodel = \"base\"\n\
               strategy = { name = \"few-shot-chain-of-thought\", pool = 4 }\n";
    let bench = bench_with(vec![Script::answer(&["no marker"])], arm);
    let arm = bench.session.workbench.arm("reasoned").unwrap();
    let wanted = Wanted::arms(&bench.session, &[arm], Split::Dev, &Parameters::default()).unwrap();
    let plan = Plan::of(&bench.session, &Wanted { cases: Some(3), ..wanted }).unwrap();
    assert!(look_over(&bench.session, &plan).unwrap().arms.is_empty(), "nobody knows it before the set-up was made");
    let (sender, mut receiver) = mpsc::channel(64);
    let start = Start::new(plan.clone());
    let running = run(Arc::clone(&bench.session), bench.store.clone(), start, Control::default(), sender);
    let (ended, ()) = tokio::join!(running, async { while receiver.recv().await.is_some() {} });
    let error = ended.unwrap_err();
    assert!(
        error.what.starts_with("arm `reasoned`: none of 4 chains of thought ends in its train row's answer"),
        "{error}"
    );
    assert!(error.hint.starts_with("No case was asked, and what the set-up was answered is kept."), "{}", error.hint);
    assert_eq!(bench.model.requests().len(), 4, "the set-up alone");
    assert_eq!(look_over(&bench.session, &plan).unwrap().arms.len(), 1, "and then it is seen from the start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_asks_nothing_and_a_cancelled_column_is_left_out() {
    let bench = bench(vec![Script::answer(&["yes"])]);
    let control = Control::default();
    control.pause();
    control.stop();
    let (_, ended) = bench.run(Start::new(bench.plan(10)), &control).await;
    assert_eq!((ended.how, ended.asked, bench.model.requests().len()), (How::Interrupted, 0, 0));
    let control = Control::default();
    control.cancel_column(1);
    let (_, ended) = bench.run(Start::new(bench.plan(10)), &control).await;
    assert_eq!((ended.done, ended.is_complete(), bench.model.requests().len()), (10, false, 10));
    // What was left out is what is left.
    let (heard, ended) = bench.run(Start::new(bench.plan(10)), &Control::default()).await;
    assert_eq!((ended.done, ended.is_complete(), bench.model.requests().len()), (20, true, 20));
    assert!(matches!(heard.first(), Some(News::Begun(begun)) if begun.goes_on && begun.total == 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_drops_what_does_not_end_and_a_watcher_that_leaves_is_one() {
    let gate = Arc::new(Semaphore::new(0));
    let bench = bench(vec![Script::default().text(&["a"]).waits(&gate).text(&["b"])]);
    let control = Control::default();
    control.set_concurrency(3);
    let (sender, mut receiver) = mpsc::channel(8);
    let start = Start { streaming: true, ..Start::new(bench.plan(10)) };
    let running = tokio::spawn(run(Arc::clone(&bench.session), bench.store.clone(), start, control, sender));
    let mut started = 0;
    while started < 3 {
        started += usize::from(matches!(receiver.recv().await, Some(News::Started(_))));
    }
    drop(receiver);
    let ended = running.await.unwrap().unwrap();
    assert_eq!((&ended.how, ended.done, ended.asked), (&How::Interrupted, 0, 0));
    assert_eq!(bench.model.requests().len(), 3, "no more than was let");
    assert_eq!(bench.store.count(&crate::store::Filter::default()).unwrap(), 0, "half an answer is none");
}
