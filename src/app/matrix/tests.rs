//! Orders, windows and figures against a store that holds runs.

use std::sync::Arc;

use serde_json::json;

use super::figures::{self, BINS};
use super::order::find;
use super::read::{flips, followed, open, runs, window};
use super::running::nobody_asks;
use super::{OrderQuery, WindowQuery};
use crate::config::{Known, SAMPLES, Workbench, copy_sample};
use crate::data::{Case, Split};
use crate::model::{Parameters, Usage};
use crate::run::Session;
use crate::run::fourfold::Cell as FourfoldCell;
use crate::run::runner::{Limits, Plan};
use crate::score::{Missing, NonAnswer, Outcome};
use crate::state::matrix::{Earlier, FigureKind, Figures, Keep, Sort};
use crate::store::{
    ArmRecord, CellPlace, CellRecord, ClaimPart, Fill, Holder, Origin, RunArm, RunEnd, RunRecord, Store, TrialIdentity,
    TrialRecord,
};

const ROWS: u32 = 120;
const ANSWER: Outcome = Outcome::Answer;
const UNPARSED: Outcome = Outcome::NonAnswer(NonAnswer::Unparsed);
const GONE: Outcome = Outcome::Missing(Missing::Network);

struct Bench {
    session: Session,
    store: Store,
    home: tempfile::TempDir,
}

fn bench() -> Bench {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let workbench = Workbench::open(home.path(), Known::default()).unwrap();
    let absent = || crate::model::ModelError::Engine { reason: "not here".to_owned(), hint: String::new() };
    let session = Session::open(workbench, std::sync::Arc::new(move |_: &str, _| Err(absent())));
    let store = Store::open(&home.path().join(".fourfold")).unwrap();
    Bench { session, store, home }
}

fn trial(row: u32, arm: &str, outcome: Outcome) -> TrialRecord {
    TrialRecord {
        time: 1,
        origin: Origin::Run,
        arm: ArmRecord {
            prompt_path: "orders.prompty".to_owned(),
            prompt_text: "text".to_owned(),
            name: arm.to_owned(),
            strategy: json!({ "name": "zero-shot" }),
            model: "m".to_owned(),
            fingerprint: "f".to_owned(),
            parameters: Parameters::default(),
        }
        .into(),
        case: Arc::new(Case { id: format!("dev-{row:03}"), ..Case::default() }),
        split: Some(Split::Dev),
        messages: Vec::new(),
        answer: format!("answer {row} of {arm}"),
        extracted: None,
        reasoning: String::new(),
        outcome,
        stop: None,
        error: (outcome == GONE).then(|| ("500: boom.".to_owned(), "Ask again later.".to_owned())),
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

impl Bench {
    /// A run whose cells are what `of` says of row and arm; `None` leaves one queued.
    fn run(&self, arms: &[&str], of: impl Fn(u32, u32) -> Option<(Outcome, Option<f64>, u64)>) -> i64 {
        let record = RunRecord {
            time: 1_700_000_000_000,
            split: Split::Dev,
            data_hash: "d".to_owned(),
            plan: json!({ "primary": "exact-match" }),
            plan_key: TrialIdentity::of(&json!(arms)),
            rows: u64::from(ROWS),
            repeats: 1,
            arms: arms
                .iter()
                .map(|name| RunArm {
                    name: (*name).to_owned(),
                    arm_key: String::new(),
                    prompt_hash: String::new(),
                    planned: u64::from(ROWS),
                })
                .collect(),
        };
        let run = self.store.begin_run(record).wait().unwrap();
        let mut last = None;
        for row in 0..ROWS {
            for (arm, name) in arms.iter().enumerate() {
                let Some((outcome, score, total_ms)) = of(row, arm as u32) else { continue };
                let place = CellPlace { row: u64::from(row), arm: arm as u32, repeat: 0 };
                let identity = TrialIdentity::of(&json!([run, row, arm]));
                last = Some(self.store.fill_cell(CellRecord {
                    run,
                    place,
                    fill: Fill::New(Box::new(trial(row, name, outcome)), identity),
                    outcome,
                    score,
                    cost: Some(0.5),
                    first_token_ms: Some(10),
                    total_ms,
                    tokens: Some(7),
                }));
            }
        }
        last.unwrap().wait().unwrap();
        run
    }

    fn query(run: i64) -> OrderQuery {
        OrderQuery {
            generation: 1,
            run,
            rows: ROWS,
            planned: None,
            // So many that a part is 16 rows: parts meet in the middle of everything that is looked for.
            trials: 512,
            keep: Keep::All,
            text: String::new(),
            sort: Sort::Rows,
            earlier: None,
        }
    }

    fn found(&self, query: &OrderQuery) -> Vec<u32> {
        let mut last = Vec::new();
        let mut over = false;
        find(
            &self.store,
            query,
            || true,
            |rows, share| {
                assert!(!over, "nothing is told after the end");
                over = share.is_none();
                last = rows;
                true
            },
        )
        .unwrap();
        assert!(over);
        last
    }
}

/// Arm 0 is right on even rows, arm 1 on rows under 60; row 7 of arm 0 is unparsed, row 9 of arm 1 is missing; the last ten
/// rows are still queued.
fn mixed(row: u32, arm: u32) -> Option<(Outcome, Option<f64>, u64)> {
    let right = if arm == 0 { row.is_multiple_of(2) } else { row < 60 };
    let (outcome, score) = match (row, arm) {
        (7, 0) => (UNPARSED, Some(0.0)),
        (9, 1) => (GONE, None),
        _ => (ANSWER, Some(if right { 1.0 } else { 0.0 })),
    };
    (row < 110).then_some((outcome, score, u64::from(1_000 + (row * 37) % 110)))
}

#[test]
fn every_filter_keeps_what_it_says() {
    let bench = bench();
    let run = bench.run(&["plain", "few"], mixed);
    let earlier = bench.run(&["few", "plain"], |row, arm| {
        mixed(row, 1 - arm).map(|cell| match (row, arm) {
            (20, 1) | (30, 0) => (ANSWER, Some(0.0), 1),
            _ => cell,
        })
    });
    let rows = |keep: Keep| {
        let arms = vec![(0, 1), (1, 0)];
        let earlier = Some(Earlier { id: earlier, when: String::new(), arms, flips: None });
        bench.found(&OrderQuery { keep, earlier, ..Bench::query(run) })
    };
    let odd: Vec<u32> = (0..110).filter(|row| row % 2 == 1).collect();
    assert_eq!(rows(Keep::Failed(Some(0))), odd);
    assert_eq!(rows(Keep::Failed(None)), (0..110).filter(|row| row % 2 == 1 || *row >= 60).collect::<Vec<_>>());
    assert_eq!(rows(Keep::Unparsed(None)), [7]);
    assert_eq!(rows(Keep::Unparsed(Some(1))), [0_u32; 0]);
    assert_eq!(rows(Keep::NonAnswer(Some(0))), [7]);
    assert_eq!(rows(Keep::Missing(None)), [9]);
    let differ: Vec<u32> = (0..110).filter(|row| (row % 2 == 0) != (*row < 60) && *row != 9).collect();
    assert_eq!(rows(Keep::Differ(0, 1)), differ, "a missing trial differs from nothing");
    assert_eq!(rows(Keep::Differ(1, 0)), differ);
    assert_eq!(rows(Keep::Flipped), [20, 30]);
    let compared = Earlier { id: earlier, when: String::new(), arms: vec![(0, 1), (1, 0)], flips: None };
    assert_eq!(flips(&bench.store, (run, ROWS), &compared).unwrap(), Some((2, 0)));
    assert_eq!(flips(&bench.store, (run, 20_001), &compared).unwrap(), None, "too many to count by the way");
    let text = |text: &str| bench.found(&OrderQuery { text: text.to_owned(), ..Bench::query(run) });
    assert_eq!(text("dev-077"), [77]);
    assert_eq!(text("ANSWER 77 OF FEW"), [77]);
    assert_eq!(text("answer _"), [0_u32; 0], "signs of the database are plain letters");
    let both = OrderQuery { text: "dev-00".to_owned(), keep: Keep::Failed(Some(0)), ..Bench::query(run) };
    assert_eq!(bench.found(&both), [1, 3, 5, 7, 9]);
}

#[test]
fn an_order_has_what_has_a_key_first_and_the_rest_as_in_the_split() {
    let bench = bench();
    let run = bench.run(&["plain", "few"], mixed);
    let sorted = |sort: Sort| bench.found(&OrderQuery { sort, ..Bench::query(run) });
    let worst = sorted(Sort::Score { arm: 0, best: false });
    let expected: Vec<u32> =
        (0..110).filter(|row| row % 2 == 1).chain((0..110).filter(|row| row % 2 == 0)).chain(110..120).collect();
    assert_eq!(worst, expected);
    let best = sorted(Sort::Score { arm: 1, best: true });
    assert_eq!((best[0], best[59], best.len()), (0, 60, 120), "row 9 is missing and goes behind all that are scored");
    assert_eq!(best[109], 9);
    let slow = sorted(Sort::Slowest(None));
    assert_eq!((slow[0] * 37) % 110, 109);
    let part = OrderQuery {
        planned: Some([3, 40, 90, 118].into()),
        sort: Sort::Score { arm: 0, best: true },
        ..Bench::query(run)
    };
    assert_eq!(bench.found(&part), [40, 90, 3, 118], "only what is planned");
}

#[test]
fn cases_stand_as_they_are_asked() {
    let bench = bench();
    let run = bench.run(&["plain", "few"], mixed);
    let query = OrderQuery { sort: Sort::Asked, ..Bench::query(run) };
    // Its plan says nothing of an order: as in the split.
    assert_eq!(bench.found(&query), (0..ROWS).collect::<Vec<_>>());
    let plan = Plan {
        arms: Vec::new(),
        split: Split::Dev,
        data_hash: "d".to_owned(),
        rows: u64::from(ROWS),
        cases: Some(9),
        repeats: 1,
        order_seed: 3,
        primary: "exact-match".to_owned(),
        margin: 0.05,
        baseline: 0,
        fourfold: false,
        sequential: false,
        limits: Limits::default(),
        shard: None,
    };
    let asked: Vec<u32> = plan.order().rows().map(|row| row as u32).collect();
    let record =
        RunRecord { plan: serde_json::to_value(&plan).unwrap(), ..bench.store.run(run).unwrap().unwrap().record };
    let run = bench.store.begin_run(record).wait().unwrap();
    let mut planned = asked.clone();
    planned.sort_unstable();
    let query = OrderQuery { run, planned: Some(planned.into()), ..query };
    assert_eq!(bench.found(&query), asked);
}

#[test]
fn a_question_that_is_not_wanted_any_more_is_given_up() {
    let bench = bench();
    let run = bench.run(&["plain"], mixed);
    let asked = std::cell::Cell::new(0);
    let query = OrderQuery { sort: Sort::Slowest(None), ..Bench::query(run) };
    let still = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    find(&bench.store, &query, still, |_, share| {
        assert!(share.is_some(), "the end is told to nobody");
        true
    })
    .unwrap();
    assert_eq!(asked.get(), 3);
}

#[test]
fn a_window_has_cells_names_and_what_was_before() {
    let bench = bench();
    let run = bench.run(&["plain", "few"], mixed);
    let earlier = bench.run(&["few"], |_, _| Some((ANSWER, Some(0.0), 5)));
    bench.store.end_run(run, RunEnd { time: 1, how: "interrupted".to_owned() }).wait().unwrap();
    let opened = open(&bench.store, "other", Some(run)).unwrap().unwrap();
    assert_eq!((opened.cases(), opened.primary.as_str(), opened.fourfold), (120, "exact-match", false));
    assert_eq!((opened.progress(), opened.line.end.as_deref()), ((220, 240), Some("interrupted")));
    assert_eq!(open(&bench.store, "other", None).unwrap().unwrap().line.id, earlier, "the newest without a number");
    assert_eq!(runs(&bench.store).unwrap().iter().map(|run| run.id).collect::<Vec<_>>(), [earlier, run]);
    let query = WindowQuery {
        generation: 1,
        run,
        places: 0..3,
        rows: vec![7, 9, 111],
        earlier: Some(Earlier { id: earlier, when: String::new(), arms: vec![(1, 0)], flips: None }),
    };
    let (rows, heads) = window(&bench.session, &bench.store, &query).unwrap();
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [7, 9, 111]);
    let cell = |row: usize, arm: usize| rows[row].1.cells[arm].clone().unwrap();
    assert_eq!((cell(0, 0).outcome, cell(0, 0).before), (UNPARSED, None));
    assert_eq!((cell(0, 1).flipped(), cell(0, 1).excerpt.as_str()), (Some(true), "answer 7 of few"));
    assert_eq!((cell(1, 1).outcome, rows[1].1.case.as_str()), (GONE, "dev-009"));
    assert_eq!(cell(1, 1).excerpt, "500: boom. Ask again later.", "a missing trial shows what failed");
    assert!(rows[2].1.cells.iter().all(Option::is_none));
    assert_eq!((heads[0].done, heads[0].non_answers, heads[1].missing, heads[0].mean), (110, 1, 1, Some(0.5)));
}

#[test]
fn a_run_that_another_process_asks_says_which() {
    let bench = bench();
    let run = bench.run(&["plain"], mixed);
    let asker = |bench: &Bench| followed(&bench.store, run).unwrap().unwrap().0.asker();
    let claim = bench.store.gate().unwrap().claim(run, ClaimPart::WHOLE, 1).unwrap().unwrap();
    assert_eq!(asker(&bench), None, "this process is no other one");
    let named = bench.home.path().join(format!(".fourfold/asking/run-{run}.1-of-1.json"));
    Holder { pid: 7, began: None, since: 1 }.write(&named).unwrap();
    assert_eq!(asker(&bench).as_deref(), Some("asked by process 7"));
    assert_eq!(open(&bench.store, "m", Some(run)).unwrap().unwrap().line.asked_by, Some(7));
    let key = |arms: &[&str]| TrialIdentity::of(&json!(arms));
    let refused = nobody_asks(&bench.store, key(&["plain"])).unwrap_err();
    assert!(refused.what.starts_with("run 1 of the same plan is being asked by process 7"), "{refused:?}");
    assert!(nobody_asks(&bench.store, key(&["other"])).is_ok());
    drop(claim);
    assert_eq!(asker(&bench), None);
    assert!(nobody_asks(&bench.store, key(&["plain"])).is_ok());
}

#[test]
fn figures_are_made_of_the_whole_run() {
    let bench = bench();
    let run = bench.run(&["plain", "few"], mixed);
    let make = |run: i64, kind| {
        figures::make(&bench.session, &bench.store, (run, kind), || true, &mut |_| true).unwrap().unwrap()
    };
    let Figures::Histogram(counts) = make(run, FigureKind::Histogram) else { panic!() };
    assert_eq!((counts[0][0], counts[0][BINS - 1], counts[1].iter().sum::<u64>()), (55, 55, 109));
    let Figures::Ladder(chart) = make(run, FigureKind::Ladder) else { panic!() };
    assert_eq!((chart.steps[0].n, chart.steps[1].n, chart.planned), (110, 109, 120));
    assert!(chart.steps[1].over_before.contains("+0.037"), "{}", chart.steps[1].over_before);
    let Figures::Nothing(why) = make(run, FigureKind::Fourfold) else { panic!() };
    assert!(why.contains("not the four cells"), "{why}");
    let names = FourfoldCell::ALL.map(FourfoldCell::as_str);
    let four = bench.run(&names, |row, arm| Some((ANSWER, Some(f64::from(u8::from(row % 5 <= arm))), 1)));
    let Figures::Words(words) = make(four, FigureKind::Fourfold) else { panic!() };
    assert!(words[0].contains("exact-match over 120") && words[1].starts_with("          base  "), "{words:?}");
    assert!(words[3].starts_with("prompted  0."), "{words:?}");
    // The verdict stands apart.
    let gap = words.iter().position(String::is_empty).unwrap();
    assert!(words[gap + 1].contains("Use both") && words[gap + 2].is_empty(), "{words:?}");
    assert!(words.iter().any(|line| line.contains(&format!("`fourfold report {four} -o report.html`"))), "{words:?}");
    let said = super::page::write(&bench.session, &bench.store, Some(four)).unwrap();
    let page = bench.session.workbench.root.join(format!("report-{four}.html"));
    assert!(said.ends_with(&format!("{}.", page.display())), "{said}");
    assert!(std::fs::read_to_string(&page).unwrap().contains("prompted-tuned"));
    assert!(super::page::write(&bench.session, &bench.store, Some(99)).unwrap_err().contains("no run 99"));
    let given_up = figures::make(&bench.session, &bench.store, (run, FigureKind::Ladder), || false, &mut |_| true);
    assert!(given_up.unwrap().is_none());
}
