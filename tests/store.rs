//! The store through its public face: durable, append-only, shared by several programs, honest about faults.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use fourfold::data::{Case, Split};
use fourfold::model::{Parameters, StopReason, Usage};
use fourfold::prompt::{Message, Role};
use fourfold::score::{Missing, NonAnswer, Outcome};
use fourfold::store::{
    ArmRecord, Choice, Filter, Origin, Place, Side, Store, StoreError, Tally, TrialRecord, Vote, case_key, prompt_hash,
};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;

fn case(id: &str, order: &str) -> Case {
    let variables = serde_json::from_value(json!({ "order": order, "amount": 2 })).unwrap();
    Case { id: id.to_owned(), variables, turns: Vec::new(), reference: Some("right".to_owned()) }
}

/// The trial of another arm.
fn changed(mut record: TrialRecord, change: impl FnOnce(&mut ArmRecord)) -> TrialRecord {
    let mut arm = ArmRecord::clone(&record.arm);
    change(&mut arm);
    record.arm = arm.into();
    record
}

fn record(arm: &str, answer: &str) -> TrialRecord {
    TrialRecord {
        time: 1_700_000_000_000,
        origin: Origin::Run,
        arm: ArmRecord {
            prompt_path: "orders.prompty".to_owned(),
            prompt_text: format!("prompt of {arm}"),
            name: arm.to_owned(),
            strategy: json!({ "name": "few-shot", "k": 3 }),
            model: "base".to_owned(),
            fingerprint: "scripted m".to_owned(),
            parameters: Parameters {
                temperature: Some(0.7),
                seed: Some(1),
                stop: vec!["END".to_owned()],
                ..Parameters::default()
            },
        }
        .into(),
        case: case("7", "two loaves").into(),
        split: Some(Split::Dev),
        messages: vec![Message::new(Role::System, "s"), Message::new(Role::User, "naïve 🦀\u{0}\u{1b}[2J")],
        answer: answer.to_owned(),
        extracted: Some("x".to_owned()),
        reasoning: "because".to_owned(),
        outcome: Outcome::Answer,
        stop: Some(StopReason::Other("moon".to_owned())),
        error: Some(("what".to_owned(), "next".to_owned())),
        notes: vec!["no terminator".to_owned()],
        scores: Some(json!({ "exact-match": 1.0 })),
        usage: Usage { input: Some(9), cached: Some(4), output: Some(3) },
        first_token_ms: Some(12),
        total_ms: 345,
        seed: Some(u64::MAX),
        sample: 2,
        cost: Some(0.25),
        calls: Some(json!([{ "text": "a" }])),
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder).unwrap()
}

#[test]
fn a_trial_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let written = record("A", "the answer");
    let id = open(folder.path()).record_trial(written.clone()).wait().unwrap();
    let store = open(folder.path());
    let read = store.trial(id).unwrap().unwrap();
    assert_eq!((read.id, &read.record), (id, &written));
    assert_eq!(store.trial(id + 1).unwrap(), None);
    assert_eq!(store.prompt_text(&prompt_hash("prompt of A")).unwrap().as_deref(), Some("prompt of A"));
    assert_eq!(*store.place(), Place::Disk(folder.path().join("runs.db")));
    assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "*\n");
}

#[tokio::test]
async fn a_write_can_be_awaited() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.record_trial(record("A", "a")).await.unwrap();
    assert!(store.trial(id).unwrap().is_some());
}

#[test]
fn every_outcome_and_every_empty_field_survive() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for outcome in Outcome::ALL {
        let written = TrialRecord {
            outcome,
            split: None,
            extracted: None,
            stop: None,
            error: None,
            scores: None,
            usage: Usage::default(),
            first_token_ms: None,
            seed: None,
            ..record("A", "")
        };
        let id = store.record_trial(written.clone()).wait().unwrap();
        assert_eq!(store.trial(id).unwrap().unwrap().record, written);
    }
}

#[test]
fn what_is_queued_when_the_store_closes_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..600 {
        drop(store.record_trial(record("A", &number.to_string())));
    }
    drop(store);
    assert_eq!(open(folder.path()).count(&Filter::default()).unwrap(), 600);
}

#[test]
fn the_history_comes_in_windows_and_by_filter() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..10 {
        let outcome = if number == 4 { Outcome::NonAnswer(NonAnswer::Length) } else { Outcome::Answer };
        let model = if number % 2 == 0 { "base" } else { "tuned" };
        let answer = if number == 7 { "100%_sure é".to_owned() } else { format!("answer {number}") };
        let record = TrialRecord { outcome, ..changed(record("A", &answer), |arm| arm.model = model.to_owned()) };
        store.record_trial(record).wait().unwrap();
    }
    let ids = |filter: &Filter, before, limit| -> Vec<i64> {
        store.recent(filter, before, limit).unwrap().into_iter().map(|trial| trial.id).collect()
    };
    let all = Filter::default();
    assert_eq!(ids(&all, None, 3), [10, 9, 8]);
    assert_eq!(ids(&all, Some(8), 3), [7, 6, 5]);
    assert_eq!(ids(&all, Some(1), 3), [0_i64; 0]);
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    assert_eq!(ids(&text("%_S"), None, 9), [8]);
    assert_eq!(ids(&text("two loaves"), None, 99).len(), 10);
    assert_eq!(ids(&text("PROMPT OF a"), None, 99).len(), 10);
    assert_eq!(ids(&text("nowhere"), None, 99).len(), 0);
    // Words stand anywhere, in whatever order, and a model is found by its name.
    assert_eq!(ids(&text("tuned two 9"), None, 9), [10]);
    assert_eq!(ids(&text("base 9"), None, 9), [0_i64; 0]);
    let outcome = Filter { outcome: Some(Outcome::NonAnswer(NonAnswer::Length)), ..Filter::default() };
    assert_eq!(ids(&outcome, None, 9), [5]);
    let tuned = Filter { model: Some("tuned".to_owned()), text: Some("answer".to_owned()), ..Filter::default() };
    assert_eq!(ids(&tuned, None, 2), [10, 6]);
    assert_eq!(store.count(&tuned).unwrap(), 4);
    let key = case_key(&case("another row", "two loaves"));
    let answers = |key: &str, prompt: &str| Filter {
        case_key: Some(key.to_owned()),
        prompt_path: Some(prompt.to_owned()),
        ..Filter::default()
    };
    assert_eq!(ids(&answers(&key, "orders.prompty"), None, 2).len(), 2);
    assert_eq!(ids(&answers(&key, "other.prompty"), None, 2), [0_i64; 0]);
    assert_eq!(ids(&answers(&case_key(&case("7", "one loaf")), "orders.prompty"), None, 2), [0_i64; 0]);
}

#[test]
fn a_write_that_is_refused_takes_nothing_else_down_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.record_trial(record("A", "a")).wait().unwrap();
    let nobody = Vote { time: 2, first: id, second: 99, side_of_first: Side::Left, choice: Choice::First };
    let (bad, good) = (store.record_vote(nobody), store.record_trial(record("A", "b")));
    assert!(bad.wait().is_err());
    assert!(good.wait().is_ok());
}

#[test]
fn votes_are_tallied_by_arm_whatever_the_sides() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let trial = |arm: &str, answer: &str| store.record_trial(record(arm, answer)).wait().unwrap();
    let pairs: Vec<(i64, i64)> =
        (0..3).map(|number| (trial("A", &format!("a{number}")), trial("B", &format!("b{number}")))).collect();
    let vote = |first, second, side_of_first, choice| {
        store.record_vote(Vote { time: 1, first, second, side_of_first, choice }).wait().unwrap();
    };
    vote(pairs[0].0, pairs[0].1, Side::Left, Choice::of_side(Side::Left, Side::Left));
    vote(pairs[1].1, pairs[1].0, Side::Right, Choice::of_side(Side::Left, Side::Right));
    vote(pairs[2].0, pairs[2].1, Side::Left, Choice::Tie);
    let (a, b) = (record("A", "").arm.key().to_owned(), record("B", "").arm.key().to_owned());
    assert_eq!(store.tally(&a, &b).unwrap(), Tally { first: 2, second: 0, ties: 1, left: 2 });
    assert_eq!(store.tally(&b, &a).unwrap(), Tally { first: 0, second: 2, ties: 1, left: 2 });
    // A second thought counts instead of the first.
    vote(pairs[0].0, pairs[0].1, Side::Right, Choice::Second);
    let tally = store.tally(&a, &b).unwrap();
    assert_eq!((tally, tally.total()), (Tally { first: 1, second: 1, ties: 1, left: 2 }, 3));
    assert_eq!(store.tally(&a, &a).unwrap(), Tally::default());
}

#[test]
fn a_vote_that_is_taken_back_stays_recorded_and_counts_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let trial = |arm: &str| store.record_trial(record(arm, "x")).wait().unwrap();
    let (first, second) = (trial("A"), trial("B"));
    let vote = |time, choice| {
        store.record_vote(Vote { time, first, second, side_of_first: Side::Left, choice }).wait().unwrap();
    };
    let (a, b) = (record("A", "").arm.key().to_owned(), record("B", "").arm.key().to_owned());
    let choices = |store: &Store| store.votes().unwrap().iter().map(|voted| voted.choice).collect::<Vec<_>>();
    assert!(!store.take_back_vote(first, second, 9).wait().unwrap(), "there is none");
    vote(1, Choice::First);
    vote(2, Choice::Second);
    assert!(store.take_back_vote(second, first, 9).wait().unwrap());
    assert_eq!(choices(&store), [Choice::First], "what was said before it stands again");
    assert_eq!(store.tally(&a, &b).unwrap(), Tally { first: 1, second: 0, ties: 0, left: 1 });
    // The same in a store it is merged into, also where the vote came over before it was taken back.
    let other = tempfile::tempdir().unwrap();
    let merged = open(other.path());
    let aside = tempfile::tempdir().unwrap();
    let merge = |number: u32| {
        let aside = aside.path().join(number.to_string());
        fs::create_dir(&aside).unwrap();
        merged.merge(&folder.path().join("runs.db"), &aside).unwrap()
    };
    merge(1);
    assert_eq!(choices(&merged), [Choice::First]);
    assert!(store.take_back_vote(first, second, 10).wait().unwrap());
    assert!(!store.take_back_vote(first, second, 11).wait().unwrap(), "each once");
    assert_eq!(choices(&store), []);
    let news = merge(2);
    assert_eq!((choices(&merged), news.votes), (vec![], 1));
    assert_eq!(merge(3).votes, 0, "nothing twice");
    drop((store, merged));
    let file = Connection::open(folder.path().join("runs.db")).unwrap();
    let kept: i64 = file.query_row("SELECT count(*) FROM votes", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2, "votes are never deleted");
    for statement in ["UPDATE retractions SET time = 1", "DELETE FROM retractions", "DELETE FROM votes"] {
        let error = file.execute(statement, []).unwrap_err().to_string();
        assert!(error.contains("never"), "{statement}: {error}");
    }
}

#[test]
fn opened_test_cases_count_once_each() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for case in ["1", "2", "1"] {
        store.record_opened_test_case("hash".to_owned(), case.to_owned(), 1).wait().unwrap();
    }
    assert_eq!(store.opened_test_cases("hash").unwrap(), 2);
    assert_eq!(store.opened_test_cases("other").unwrap(), 0);
}

#[test]
fn shipped_answers_arrive_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let shipped = vec![record("A", "a"), record("B", "b")];
    assert_eq!(store.record_shipped(shipped.clone()).wait().unwrap(), 2);
    assert_eq!(store.record_shipped(shipped).wait().unwrap(), 0);
    let recent = store.recent(&Filter::default(), None, 9).unwrap();
    assert!(recent.len() == 2 && recent.iter().all(|trial| trial.origin == Origin::Shipped));
}

#[test]
fn nothing_can_be_changed_or_deleted() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).record_trial(record("A", "a")).wait().unwrap();
    let file = Connection::open(folder.path().join("runs.db")).unwrap();
    for statement in ["UPDATE trials SET answer = ''", "DELETE FROM trials", "UPDATE prompts SET text = ''"] {
        let error = file.execute(statement, []).unwrap_err().to_string();
        assert!(error.contains("never"), "{statement}: {error}");
    }
}

#[test]
fn several_programs_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let ids: BTreeSet<i64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|number| {
                scope.spawn(move || {
                    // Each opens for itself, as another program would, the first time while the file is being made.
                    let store = open(path);
                    let pending: Vec<_> =
                        (0..50).map(|answer| store.record_trial(record("A", &format!("{number}-{answer}")))).collect();
                    pending.into_iter().map(|pending| pending.wait().unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 200);
    assert_eq!(open(path).count(&Filter::default()).unwrap(), 200);
}

#[test]
fn a_file_of_the_version_before_is_brought_on() {
    let folder = tempfile::tempdir().unwrap();
    let written = TrialRecord { calls: None, cost: None, ..record("A", "a") };
    let id = open(folder.path()).record_trial(written.clone()).wait().unwrap();
    let connection = Connection::open(folder.path().join("runs.db")).unwrap();
    connection
        .execute_batch(
            "DROP VIEW standing_votes; DROP TABLE retractions; DROP INDEX leaked_trials; DROP INDEX leaked_cases; ALTER TABLE trials DROP COLUMN calls; ALTER TABLE trials DROP COLUMN cost; DROP TABLE identities;
             DROP TABLE batch_questions; DROP TABLE batches; DROP TABLE batch_files; DROP TABLE cells; DROP TABLE run_ends; DROP TABLE run_limits; DROP TABLE run_arms; DROP TABLE runs; ALTER TABLE scores DROP COLUMN against; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(connection);
    assert_eq!(open(folder.path()).trial(id).unwrap().unwrap().record, written);
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert_eq!(error, StoreError::Newer { path: path.clone(), found: 99, known: 11 });
    assert!(error.hint().contains("Update"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    fs::write(&path, "this is no database, whatever its name says; long enough to have a header of its own".repeat(9))
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::Corrupt { .. })));
    let store = Store::open_or_memory(folder.path()).unwrap();
    assert!(matches!(store.place(), Place::Memory { reason: StoreError::Corrupt { .. } }));
    let id = store.record_trial(record("A", "a")).wait().unwrap();
    assert_eq!(store.trial(id).unwrap().unwrap().record.answer, "a");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("inside")).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("inside"));
}

#[cfg(unix)]
#[test]
fn a_file_that_vanishes_is_noticed_at_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.record_trial(record("A", "a")).wait().unwrap();
    fs::remove_file(folder.path().join("runs.db")).unwrap();
    let error = store.record_trial(record("A", "b")).wait().unwrap_err();
    assert!(matches!(error, StoreError::Moved { .. }), "{error:?}");
}

#[test]
fn a_cancelled_trial_is_recorded_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let partial = TrialRecord { outcome: Outcome::Missing(Missing::Cancelled), ..record("A", "half an ans") };
    let id = store.record_trial(partial).wait().unwrap();
    let summary = &store.recent(&Filter::default(), None, 1).unwrap()[0];
    assert_eq!((summary.id, summary.excerpt.as_str()), (id, "half an ans"));
    assert_eq!(summary.outcome, Outcome::Missing(Missing::Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_survives(answer in "\\PC{0,80}|[\\x00-\\x1f\\u{80}-\\u{9f}]{0,20}", prompt in "\\PC{0,40}") {
        let store = Store::in_memory(StoreError::Closed).unwrap();
        let written = changed(record("A", &answer), |arm| arm.prompt_text = prompt);
        let id = store.record_trial(written.clone()).wait().unwrap();
        prop_assert_eq!(store.trial(id).unwrap().unwrap().record, written);
        let filter = Filter { text: (!answer.contains('\0')).then(|| answer.clone()), ..Filter::default() };
        prop_assert_eq!(store.count(&filter).unwrap(), 1);
    }
}

/// Not a test of its own: the program that the next test kills. It records for ever and prints each number it is given.
#[test]
#[ignore = "run by a_kill_loses_nothing_that_was_reported"]
fn a_program_that_records_until_it_is_killed() {
    let Some(folder) = std::env::var_os("FOURFOLD_TEST_FOLDER") else { return };
    let store = open(Path::new(&folder));
    loop {
        let pending: Vec<_> = (0..5).map(|number| store.record_trial(record("A", &number.to_string()))).collect();
        for pending in pending {
            println!("recorded {}", pending.wait().unwrap());
        }
    }
}

#[test]
fn a_kill_loses_nothing_that_was_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut reported = 0;
    for kill_after in [1, 7, 50] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "a_program_that_records_until_it_is_killed"])
            .env("FOURFOLD_TEST_FOLDER", folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let numbers = lines.filter_map(|line| line.split("recorded ").nth(1)?.parse::<i64>().ok());
        reported = numbers.take(kill_after).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(folder.path());
        assert!(store.trial(reported).unwrap().is_some(), "trial {reported} was reported as recorded");
        assert!(store.count(&Filter::default()).unwrap() >= reported.unsigned_abs());
    }
    assert!(reported >= 58);
    let file = Connection::open(folder.path().join("runs.db")).unwrap();
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
