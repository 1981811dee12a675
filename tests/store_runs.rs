//! Runs in the store: cells with the trials that fill them, the sums of columns, identities.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fourfold::data::{Case, Split};
use fourfold::model::{Parameters, Usage};
use fourfold::score::{Missing, NonAnswer, Outcome};
use fourfold::store::{
    ArmRecord, CellPlace, CellRecord, Column, Fill, Filter, LEAK_ALLOWED, Origin, RowKey, RunArm, RunEnd, RunRecord,
    Store, TrialIdentity, TrialRecord, case_key, scoring_key,
};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;

fn open(folder: &Path) -> Store {
    Store::open(folder).unwrap()
}

fn plan(arms: &[&str]) -> RunRecord {
    RunRecord {
        time: 1_700_000_000_000,
        split: Split::Dev,
        data_hash: "d".to_owned(),
        plan: json!({ "arms": arms }),
        plan_key: TrialIdentity::of(&json!(arms)),
        rows: 40,
        repeats: 2,
        arms: arms
            .iter()
            .map(|name| RunArm {
                name: (*name).to_owned(),
                arm_key: format!("key of {name}"),
                prompt_hash: format!("hash of {name}"),
                planned: 80,
            })
            .collect(),
    }
}

fn trial(answer: &str, outcome: Outcome) -> TrialRecord {
    TrialRecord {
        time: 1,
        origin: Origin::Run,
        arm: ArmRecord {
            prompt_path: "p".to_owned(),
            prompt_text: "text".to_owned(),
            name: "a".to_owned(),
            strategy: json!({ "name": "zero-shot" }),
            model: "m".to_owned(),
            fingerprint: "f".to_owned(),
            parameters: Parameters::default(),
        }
        .into(),
        case: Case::default().into(),
        split: Some(Split::Dev),
        messages: Vec::new(),
        answer: answer.to_owned(),
        extracted: None,
        reasoning: String::new(),
        outcome,
        stop: None,
        error: None,
        notes: Vec::new(),
        scores: None,
        usage: Usage::default(),
        first_token_ms: Some(10),
        total_ms: 110,
        seed: None,
        sample: 0,
        cost: Some(0.5),
        calls: None,
    }
}

fn cell(run: i64, place: (u64, u32, u32), outcome: Outcome, score: Option<f64>, fill: Option<Fill>) -> CellRecord {
    let (row, arm, repeat) = place;
    let identity = TrialIdentity::of(&json!(place));
    CellRecord {
        run,
        place: CellPlace { row, arm, repeat },
        fill: fill.unwrap_or_else(|| Fill::New(Box::new(trial("a", outcome)), identity)),
        outcome,
        score,
        cost: Some(0.5),
        first_token_ms: Some(10),
        total_ms: 110,
        tokens: Some(20),
    }
}

#[test]
fn a_run_comes_back_with_its_arms_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let written = plan(&["plain", "few"]);
    let id = store.begin_run(written.clone()).wait().unwrap();
    let read = store.run(id).unwrap().unwrap();
    assert_eq!((read.id, &read.record, &read.end), (id, &written, &None));
    let end = |how: &str| RunEnd { time: 5, how: how.to_owned() };
    store.end_run(id, end("interrupted")).wait().unwrap();
    store.end_run(id, end("finished")).wait().unwrap();
    let again = store.begin_run(written.clone()).wait().unwrap();
    assert_eq!(store.run_of_plan(written.plan_key).unwrap().unwrap().id, again);
    let runs = store.runs(None, 10).unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [again, id]);
    assert_eq!(runs[1].end, Some(end("finished")));
    assert_eq!(store.runs(Some(again), 10).unwrap().len(), 1);
    assert_eq!(store.measured("d").unwrap(), (2, 2));
    assert_eq!(store.measured("other").unwrap(), (0, 0));
    assert_eq!(store.run(99).unwrap(), None);
}

#[test]
fn a_cell_is_filled_again_and_its_first_trial_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    let missing = Outcome::Missing(Missing::Network);
    let first = store.fill_cell(cell(run, (3, 0, 0), missing, None, None)).wait().unwrap();
    assert_eq!(
        store.answer_of(TrialIdentity::of(&json!((3, 0, 0))), "").unwrap(),
        None,
        "a missing trial is asked again"
    );
    assert_eq!(store.columns(run).unwrap()[0].missing, 1);
    let second = store.fill_cell(cell(run, (3, 0, 0), Outcome::Answer, Some(1.0), None)).wait().unwrap();
    let cells = store.cells(run, 0..10).unwrap();
    assert_eq!((cells.len(), cells[0].trial, cells[0].score), (1, second, Some(1.0)));
    assert!(store.trial(first).unwrap().is_some());
    let column = store.columns(run).unwrap().remove(0);
    let expected = Column {
        done: 1,
        answers: 1,
        scored: 1,
        sum: 1.0,
        squares: 1.0,
        cost: 0.5,
        tokens: 20,
        token_ms: 100,
        total_ms: 110,
        calls: 0,
        spent: 1.0,
        priced: 1,
        worth: 0.5,
        took: 110,
        timed: 1,
        ..Column::default()
    };
    assert_eq!(column, expected);
    assert_eq!((column.mean(), column.tokens_per_second()), (Some(1.0), Some(200.0)));
}

#[test]
fn a_known_trial_fills_a_cell_of_another_run_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    let identity = TrialIdentity::of(&json!((0, 0, 0)));
    let first = store.fill_cell(cell(run, (0, 0, 0), Outcome::Answer, Some(0.5), None)).wait().unwrap();
    assert_eq!(store.answer_of(identity, "").unwrap().map(|known| known.trial), Some(first));
    let other = store.begin_run(plan(&["plain"])).wait().unwrap();
    let fill = Some(known(first));
    store.fill_cell(cell(other, (0, 0, 0), Outcome::Answer, Some(0.5), fill)).wait().unwrap();
    let column = store.columns(other).unwrap().remove(0);
    assert_eq!((column.known, column.cost, column.tokens, column.total_ms, column.graded), (1, 0.0, 0, 0, 1));
    let worth = (column.cost_of_a_trial(), column.seconds_of_a_trial());
    assert_eq!(worth, (Some(0.5), Some(0.11)), "what a trial costs is no matter of who paid for it");
    assert_eq!(TrialIdentity::parse(&identity.hex()), Some(identity));
}

fn known(trial: i64) -> Fill {
    Fill::Known { trial, against: scoring_key(&Case::default()), scores: None }
}

#[test]
fn a_trial_that_answers_two_cases_has_the_scores_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    let case = |right: &str| Case { reference: Some(right.to_owned()), ..Case::default() };
    let (own, other) = (case("a"), case("b"));
    let record =
        TrialRecord { case: own.clone().into(), scores: Some(json!({ "tone": 1 })), ..trial("a", Outcome::Answer) };
    let identity = TrialIdentity::of(&json!("twins"));
    let new = Some(Fill::New(Box::new(record), identity));
    let first = store.fill_cell(cell(run, (0, 0, 0), Outcome::Answer, Some(1.0), new)).wait().unwrap();
    let of_other = json!({ "tone": 0 });
    let fill = Fill::Known { trial: first, against: scoring_key(&other), scores: Some((of_other.clone(), 7)) };
    store.fill_cell(cell(run, (1, 0, 0), Outcome::Answer, Some(0.0), Some(fill))).wait().unwrap();
    let fill = Fill::Known { trial: first, against: scoring_key(&own), scores: None };
    store.fill_cell(cell(run, (2, 0, 0), Outcome::Answer, Some(1.0), Some(fill))).wait().unwrap();

    let mut seen = Vec::new();
    store.each_scores(run, |place, scores| seen.push((place.row, scores["tone"].as_i64().unwrap()))).unwrap();
    assert_eq!(seen, [(0, 1), (1, 0), (2, 1)]);
    let shared = store.shared_scores(run, 0..40).unwrap();
    assert_eq!(shared.into_iter().collect::<Vec<_>>(), [(CellPlace { row: 1, arm: 0, repeat: 0 }, of_other.clone())]);
    assert_eq!(store.trial(first).unwrap().unwrap().record.scores, Some(json!({ "tone": 1 })), "its own case's");
    let against = |case: &Case| store.answer_of(identity, &scoring_key(case)).unwrap().unwrap().scores;
    assert_eq!(
        [&own, &other, &case("c")].map(against),
        [Some(json!({ "tone": 1 })), Some(of_other.clone()), Some(json!({ "tone": 1 }))]
    );
    let summaries = store.shared("key of plain", &scoring_key(&other), ("d", 1)).unwrap();
    assert_eq!(summaries[0].scores, Some(of_other.clone()));

    // Joined into another store, each cell has its own still.
    drop(store);
    let (elsewhere, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let joined = open(elsewhere.path());
    for _ in 0..2 {
        joined.merge(&folder.path().join("runs.db"), aside.path()).unwrap();
        let mut again = Vec::new();
        joined.each_scores(1, |place, scores| again.push((place.row, scores["tone"].as_i64().unwrap()))).unwrap();
        assert_eq!(again, seen);
    }
}

#[test]
fn a_cell_without_a_score_is_found_and_given_one_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    let failed = json!({ "tone": { "kind": "missing", "reason": "no program" } });
    let record = TrialRecord { scores: Some(failed.clone()), ..trial("a", Outcome::Answer) };
    let new =
        |name: &str, record: &TrialRecord| Some(Fill::New(Box::new(record.clone()), TrialIdentity::of(&json!(name))));
    let lost = trial("", Outcome::Missing(Missing::Network));
    store.fill_cell(cell(run, (0, 0, 0), Outcome::Answer, None, new("one", &record))).wait().unwrap();
    store.fill_cell(cell(run, (1, 0, 0), Outcome::Answer, Some(1.0), None)).wait().unwrap();
    store.fill_cell(cell(run, (2, 0, 0), Outcome::Missing(Missing::Network), None, new("two", &lost))).wait().unwrap();
    let before = store.columns(run).unwrap().remove(0);
    let mut found = Vec::new();
    store.each_unscored(run, |cell| found.push(cell)).unwrap();
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((one.place.row, one.scores.as_ref()), (0, Some(&failed)));
    let made = json!({ "tone": { "kind": "value", "value": 0.5 } });
    for _ in 0..2 {
        store.score_cell((run, one.place, one.trial), Some(0.5), made.clone(), 9).wait().unwrap();
    }
    let after = store.columns(run).unwrap().remove(0);
    let expected = Column { scored: 2, sum: 1.5, squares: 1.25, graded: 1, ..before };
    assert_eq!(after, expected, "nothing else is counted anew");
    assert_eq!(store.trial(one.trial).unwrap().unwrap().record.scores, Some(made));
    store.each_unscored(run, |cell| panic!("{cell:?}")).unwrap();
}

#[test]
fn a_time_that_nobody_measured_is_no_time_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    for (row, first_token_ms, total_ms) in [(0, Some(10), 110), (1, None, 0), (2, Some(0), 0)] {
        let asked = cell(run, (row, 0, 0), Outcome::Answer, Some(1.0), None);
        let record = TrialRecord { first_token_ms, total_ms, ..trial("a", Outcome::Answer) };
        let fill = Fill::New(Box::new(record), TrialIdentity::of(&json!(row)));
        store.fill_cell(CellRecord { first_token_ms, total_ms, fill, ..asked }).wait().unwrap();
    }
    let times = [Some(110), None, Some(0)];
    assert_eq!(store.cells(run, 0..9).unwrap().iter().map(|cell| cell.total_ms).collect::<Vec<_>>(), times);
    let lines = store.cell_lines(run, &[0, 1, 2]).unwrap();
    assert_eq!(lines.iter().map(|line| line.total_ms).collect::<Vec<_>>(), times);
    let summaries = store.recent(&Filter::default(), None, 9).unwrap();
    assert_eq!(summaries.iter().rev().map(|trial| trial.total_ms).collect::<Vec<_>>(), times);
    let column = store.columns(run).unwrap().remove(0);
    assert_eq!((column.timed, column.seconds_of_a_trial()), (2, Some(0.055)), "a mean is of those that were measured");
    let slowest = store.row_keys(run, 0..9, RowKey::Time(None)).unwrap();
    assert_eq!(slowest, [(0, 110.0), (2, 0.0)], "it has no place among the slowest");
}

/// A trial of a case of its own, with this note.
fn noted(case: &str, note: &str) -> TrialRecord {
    let case = Case { variables: json!({ "q": case }).as_object().unwrap().clone(), ..Case::default() };
    TrialRecord { case: case.into(), notes: vec!["another".to_owned(), note.to_owned()], ..trial("x", Outcome::Answer) }
}

#[test]
fn a_leak_that_was_allowed_is_known_of_the_run_and_of_the_case() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let new = |record: TrialRecord, name: &str| Some(Fill::New(Box::new(record), TrialIdentity::of(&json!(name))));
    let fill = |run: i64, row: u64, fill: Option<Fill>| {
        store.fill_cell(cell(run, (row, 0, 0), Outcome::Answer, Some(1.0), fill)).wait().unwrap()
    };
    let note = format!("{LEAK_ALLOWED}1 of 40 test rows");
    let [clean, leaked, later, again] = [0; 4].map(|_| store.begin_run(plan(&["a"])).wait().unwrap());
    fill(clean, 0, new(noted("one", "it says \"leak allowed: \" within"), "one"));
    fill(leaked, 0, new(noted("two", "nothing"), "two"));
    let trial = fill(leaked, 1, new(noted("three", &note), "three"));
    fill(later, 5, Some(known(trial)));
    fill(again, 1, Some(known(trial)));
    fill(again, 1, new(noted("three", "asked anew, once the rows were taken out"), "four"));
    let of_run = |run| store.leak_in_run(run).unwrap();
    assert_eq!([clean, leaked, later, again].map(of_run), [None, Some(note.clone()), Some(note.clone()), None]);
    let of_case = |case: &str| store.leak_of_case(&case_key(&noted(case, "").case)).unwrap();
    assert_eq!(["one", "two", "three", "four"].map(of_case), [None, None, Some(note.clone()), None]);

    // A database of a version before is counted through once.
    let columns = store.columns(leaked).unwrap();
    drop(store);
    let log = folder.path().join("runs.db-wal");
    assert!(!log.exists(), "a store that is closed is one file");
    let connection = Connection::open(folder.path().join("runs.db")).unwrap();
    let before = "DROP INDEX leaked_trials; DROP INDEX leaked_cases; ALTER TABLE run_arms DROP COLUMN leaked;
                  ALTER TABLE run_arms DROP COLUMN priced; ALTER TABLE run_arms DROP COLUMN worth;
                  ALTER TABLE run_arms DROP COLUMN took; ALTER TABLE run_arms DROP COLUMN timed; DROP TABLE run_limits; DROP VIEW standing_votes; DROP TABLE retractions; DROP TABLE batch_questions; DROP TABLE batches; DROP TABLE batch_files; ALTER TABLE scores DROP COLUMN against;
                  ALTER TABLE cells DROP COLUMN against; PRAGMA user_version = 4;";
    connection.execute_batch(before).unwrap();
    drop(connection);
    let store = open(folder.path());
    assert_eq!(store.columns(leaked).unwrap(), columns, "what is kept now is what was summed as it was written");
    let of_run = |run| store.leak_in_run(run).unwrap();
    assert_eq!([clean, leaked, later, again].map(of_run), [None, Some(note.clone()), Some(note.clone()), None]);
    assert_eq!(store.leak_of_case(&case_key(&noted("three", "").case)).unwrap(), Some(note));
}

fn outcome() -> impl Strategy<Value = (Outcome, Option<f64>)> {
    prop_oneof![
        (0_u32..=4).prop_map(|quarters| (Outcome::Answer, Some(f64::from(quarters) / 4.0))),
        Just((Outcome::Answer, None)),
        Just((Outcome::NonAnswer(NonAnswer::Length), Some(0.0))),
        Just((Outcome::Missing(Missing::Failed), None)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is written over whatever: the sums are those of the cells that stand.
    #[test]
    fn the_sums_of_a_column_are_those_of_its_cells(
        writes in prop::collection::vec(((0_u64..4, 0_u32..2, 0_u32..2), outcome()), 0..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let run = store.begin_run(plan(&["a", "b"])).wait().unwrap();
        for (place, (outcome, score)) in writes {
            store.fill_cell(cell(run, place, outcome, score, None)).wait().unwrap();
        }
        let columns = store.columns(run).unwrap();
        let mut cells = Vec::new();
        store.each_cell(run, |cell| cells.push(cell)).unwrap();
        prop_assert_eq!(&cells, &store.cells(run, 0..10).unwrap());
        for (arm, column) in columns.iter().enumerate() {
            let mine: Vec<_> = cells.iter().filter(|cell| cell.place.arm as usize == arm).collect();
            let scores: Vec<f64> = mine.iter().filter_map(|cell| cell.score).collect();
            let missing = mine.iter().filter(|cell| matches!(cell.outcome, Outcome::Missing(_))).count();
            prop_assert_eq!(column.done, mine.len() as u64);
            prop_assert_eq!(column.missing, missing as u64);
            prop_assert_eq!(column.scored, scores.len() as u64);
            prop_assert!((column.sum - scores.iter().sum::<f64>()).abs() < 1e-9);
            prop_assert!((column.squares - scores.iter().map(|score| score * score).sum::<f64>()).abs() < 1e-9);
        }
    }
}

#[test]
fn whoever_reads_a_whole_run_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    for row in 0..3 {
        store.fill_cell(cell(run, (row, 0, 0), Outcome::Answer, Some(1.0), None)).wait().unwrap();
    }
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let whole = store.clone();
    let reading = thread::spawn(move || {
        let mut seen = 0;
        whole
            .each_cell(run, |_| {
                if seen == 0 {
                    begun.send(()).unwrap();
                    may_go_on.recv().unwrap();
                }
                seen += 1;
            })
            .unwrap();
        seen
    });
    has_begun.recv().unwrap();
    let (told, answer) = mpsc::channel();
    let window = store.clone();
    thread::spawn(move || told.send(window.cells(run, 0..2).unwrap().len()));
    let read = answer.recv_timeout(Duration::from_secs(30));
    // What is written meanwhile is not part of what is being read.
    store.fill_cell(cell(run, (3, 0, 0), Outcome::Answer, Some(1.0), None)).wait().unwrap();
    go_on.send(()).unwrap();
    assert_eq!((read, reading.join().unwrap()), (Ok(2), 3));
    let mut seen = 0;
    store.each_cell(run, |_| seen += 1).unwrap();
    assert_eq!(seen, 4);
}

/// Files of this folder that the process has open.
#[cfg(target_os = "linux")]
fn open_files(folder: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    open.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|file| file.starts_with(folder))).count()
}

#[cfg(target_os = "linux")]
#[test]
fn reading_whole_runs_again_and_again_leaves_no_file_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = store.begin_run(plan(&["plain"])).wait().unwrap();
    store.fill_cell(cell(run, (0, 0, 0), Outcome::Answer, Some(1.0), None)).wait().unwrap();
    let read = || store.each_cell(run, |_| {}).unwrap();
    read();
    let once = open_files(folder.path());
    (0..50).for_each(|_| read());
    assert!(once > 0 && open_files(folder.path()) <= once, "{once} before, {} after", open_files(folder.path()));
}
