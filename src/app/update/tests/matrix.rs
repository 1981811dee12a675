//! The matrix: what keys and the mouse ask of the workers, late answers, opening a cell and coming back.

use std::sync::Arc;

use super::{Bench, bench, case, declared, names};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, Pointer, Timer};
use crate::app::matrix::{MatrixNews, MatrixWork, Raised, RunsFor, Steer};
use crate::config::ModelSpec;
use crate::data::Split;
use crate::model::Parameters;
use crate::run::runner::{Begun, Ended, How, Limits, News, Plan, Reached};
use crate::score::Outcome;
use crate::state::matrix::{Cell, Figures, Head, Keep, Live, OpenRun, Row, RunLine, Sort, View};
use crate::state::{ArmSlot, Asked, Figures as AnswerFigures, HistoryFor, Overlay, Reopened};
use crate::store::{Cell as StoredCell, CellPlace, Column};
use crate::strategy::StrategyConfig;
use crate::view::screen::Target;

fn line(id: i64, data_hash: &str) -> RunLine {
    RunLine {
        id,
        when: "11-27 10:00".to_owned(),
        split: Split::Test,
        data_hash: data_hash.to_owned(),
        arms: vec!["plain".to_owned(), "prompted".to_owned()],
        cases: 1_000,
        done: 2_000,
        planned: 2_000,
        end: Some("finished".to_owned()),
        asked_by: None,
    }
}

fn run(rows: u32) -> OpenRun {
    let head = |name: &str| Head { name: name.to_owned(), planned: u64::from(rows), ..Head::default() };
    OpenRun {
        line: line(3, "d"),
        planned: None,
        rows,
        repeats: 1,
        primary: "exact-match".to_owned(),
        baseline: 0,
        fourfold: false,
        looks: crate::stats::Looks::Once,
        heads: vec![head("plain"), head("prompted")],
    }
}

/// What was asked of the matrix' workers.
fn asked(effects: &[Effect]) -> Vec<&MatrixWork> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Matrix(work) => Some(&**work),
            _ => None,
        })
        .collect()
}

fn news(bench: &mut Bench, news: MatrixNews) -> Vec<Effect> {
    bench.happens(EventKind::Matrix(Box::new(news)))
}

/// The matrix with a run of a thousand rows, those that were asked for read.
fn opened() -> Bench {
    let mut bench = bench();
    let effects = bench.press("alt+m");
    assert!(matches!(asked(&effects)[..], [MatrixWork::StopOrder, MatrixWork::Open { generation: 1, run: None }]));
    let effects = news(&mut bench, MatrixNews::Opened { generation: 1, result: Ok(Some(Box::new(run(1_000)))) });
    answer(&mut bench, &effects);
    bench
}

/// Reads the window that was asked for.
fn answer(bench: &mut Bench, effects: &[Effect]) {
    for work in asked(effects) {
        if let MatrixWork::Window(query) = work {
            let row = |row: &u32| {
                let cell = Cell::new(i64::from(*row) + 100, Outcome::Answer, Some(1.0));
                (*row, Row { case: format!("test-{row}"), cells: vec![Some(cell), None] })
            };
            let result = Ok((query.rows.iter().map(row).collect(), Vec::new()));
            let (generation, places) = (query.generation, query.places.clone());
            news(bench, MatrixNews::Window { generation, places, result });
        }
    }
}

#[test]
fn only_what_is_in_sight_is_read_and_the_way_back_is_one_key() {
    let mut bench = opened();
    let height = bench.state.matrix.height;
    assert!(height > 10 && bench.state.matrix.at(0).is_some());
    assert_eq!(bench.press("down"), [], "the next row is there already");
    let effects = bench.press("end");
    let [MatrixWork::Window(query)] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((query.places.end, query.rows.last()), (1_000, Some(&999)));
    assert!(query.rows.len() <= 3 * height);
    let before = query.generation;
    bench.press("home");
    let late = MatrixNews::Window { generation: before, places: 900..1_000, result: Ok((Vec::new(), Vec::new())) };
    news(&mut bench, late);
    assert_ne!(bench.state.matrix.window.asked, 900..1_000, "a late answer is dropped");
    bench.press("esc");
    assert!(!bench.state.matrix.shown);
    // What was read is kept; whether another process goes on with the run is looked up.
    assert!(matches!(asked(&bench.press("ctrl+]"))[..], [MatrixWork::Follow { generation: 1, run: 3 }]));
    assert!(bench.state.matrix.shown);
}

#[test]
fn a_column_head_orders_and_esc_takes_order_and_filter_away() {
    let mut bench = opened();
    let press = |column, bench: &mut Bench| {
        bench.happens(EventKind::Pointer(Pointer::Press { target: Target::Column(column), column: 0, row: 0 }))
    };
    let effects = press(1, &mut bench);
    let [MatrixWork::Order(query)] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((query.sort, query.generation), (Sort::Score { arm: 1, best: false }, 1));
    let rows: Arc<[u32]> = [5, 900, 3].into();
    let told = |share| MatrixNews::Order { generation: 1, rows: Arc::clone(&rows), share };
    let effects = news(&mut bench, told(Some(0.4)));
    assert!(matches!(asked(&effects)[..], [MatrixWork::Window(query)] if query.rows == [5, 900, 3]));
    news(&mut bench, told(None));
    assert_eq!((bench.state.matrix.len(), bench.state.matrix.order.share), (3, None));
    let effects = bench.press("s");
    assert!(
        matches!(asked(&effects)[..], [MatrixWork::Order(query)] if query.sort == Sort::Score { arm: 1, best: true })
    );
    news(&mut bench, told(None));
    assert!(bench.state.matrix.order.share.is_some(), "a late order is dropped");
    bench.press("esc");
    assert!(bench.state.matrix.order.share.is_none() && bench.state.matrix.shown);
    bench.press("esc");
    assert!(bench.state.matrix.shown && bench.state.matrix.len() == 1_000);
    bench.press("esc");
    assert!(!bench.state.matrix.shown);
}

#[test]
fn filters_and_text_are_asked_for_and_flips_need_a_run_to_compare_with() {
    let mut bench = opened();
    bench.press("f");
    bench.types("unparsed: any");
    let effects = bench.press("enter");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Order(query)] if query.keep == Keep::Unparsed(None)));
    bench.press("/");
    bench.types("kettle");
    let effects = bench.press("enter");
    let [MatrixWork::Order(query)] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((query.keep, query.text.as_str()), (Keep::Unparsed(None), "kettle"));
    bench.press("f");
    bench.types("flipped");
    assert_eq!(bench.press("enter"), [], "it is disabled, with the reason");
    bench.press("esc");
    assert_eq!(asked(&bench.press("c")), [&MatrixWork::Runs(RunsFor::Compare)]);
    let runs = vec![line(9, "other cases"), line(3, "d"), line(2, "d")];
    news(&mut bench, MatrixNews::Runs(RunsFor::Compare, Ok(runs)));
    bench.types("run 9");
    assert_eq!(bench.press("enter"), [], "other cases cannot be compared");
    bench.press("esc c");
    let runs = vec![line(3, "d"), line(2, "d")];
    news(&mut bench, MatrixNews::Runs(RunsFor::Compare, Ok(runs)));
    let effects = bench.press("enter");
    let [MatrixWork::Window(query), MatrixWork::Flips { generation: 1, run: 3, rows: 1_000, .. }] = asked(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert!(query.earlier.is_some());
    news(&mut bench, MatrixNews::Flips { generation: 1, earlier: 9, flips: (7, 7) });
    assert_eq!(bench.state.matrix.earlier.as_ref().and_then(|earlier| earlier.flips), None, "of another run");
    news(&mut bench, MatrixNews::Flips { generation: 1, earlier: 2, flips: (3, 1) });
    let earlier = bench.state.matrix.earlier.clone().unwrap();
    assert_eq!(earlier.flips, Some((3, 1)));
    assert_eq!((earlier.id, earlier.arms), (2, vec![(0, 0), (1, 1)]));
    bench.press("f");
    bench.types("flipped");
    let effects = bench.press("enter");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Order(query)] if query.keep == Keep::Flipped));
}

#[test]
fn a_cell_opens_in_compose_as_it_was_and_the_matrix_keeps_its_place() {
    let mut bench = opened();
    bench.press("down down right");
    assert_eq!(names(&bench.press("enter")), Vec::<String>::new());
    assert!(bench.said().contains("Nothing fills this cell yet"));
    let effects = bench.press("left enter");
    let [Effect::OpenTrial { id: 102, purpose: HistoryFor::Cell(ArmSlot::A), .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let asked_then = Asked {
        arm: "plain".to_owned(),
        prompt_path: "a.prompty".to_owned(),
        prompt_text: "user:\nAnother {{ order }}\n".to_owned(),
        prompt_has_changed: true,
        strategy: StrategyConfig::named("chain-of-thought").unwrap(),
        model: "server".to_owned(),
        parameters: Parameters { temperature: Some(0.3), ..Parameters::default() },
    };
    let reopened = Reopened {
        id: 102,
        when: "11-26 10:00".to_owned(),
        who: "plain".to_owned(),
        case: case("test-2", "a jug"),
        index: None,
        same_case: false,
        answer: Arc::from("a recorded answer"),
        extracted: None,
        outcome: Outcome::Answer,
        figures: AnswerFigures::default(),
        error: None,
        notes: Vec::new(),
        scores: Vec::new(),
        calls: Vec::new(),
        asked: Some(Box::new(asked_then)),
    };
    let purpose = HistoryFor::Cell(ArmSlot::A);
    let effects = bench.happens(EventKind::TrialOpened { purpose, result: Ok(Box::new(reopened)) });
    assert!(asked(&effects).iter().any(|work| matches!(work, MatrixWork::Looked { case, .. } if case == "test-2")));
    assert!(!bench.state.matrix.shown);
    let beside = effects.iter().find_map(|effect| match effect {
        Effect::OpenTrial { id, purpose: HistoryFor::Beside(slot), .. } => Some((*id, *slot)),
        _ => None,
    });
    assert_eq!(beside, None, "nothing fills the other arm's cell");
    let arm = bench.arm(ArmSlot::A);
    assert_eq!((arm.strategy.name(), arm.model.as_str()), ("chain-of-thought", "server"));
    assert_eq!((arm.parameters.temperature, arm.answer.text()), (Some(0.3), "a recorded answer"));
    assert_eq!(bench.state.case.original.id, "test-2");
    assert!(bench.state.prompt.editor.text().contains("Another"), "the prompt is as it was");
    bench.press("alt+1 ctrl+/");
    assert!(!bench.state.prompt.editor.text().contains("Another"), "and one undo away from what it is");
    bench.press("alt+m");
    assert_eq!((bench.state.matrix.line, bench.state.matrix.column), (2, 0));
}

#[test]
fn clicks_select_then_open_and_the_wheel_scrolls() {
    let mut bench = opened();
    let target = Target::Cell { place: 4, column: 0 };
    let click = |bench: &mut Bench| bench.happens(EventKind::Pointer(Pointer::Press { target, column: 1, row: 0 }));
    assert_eq!(click(&mut bench), []);
    assert_eq!((bench.state.matrix.line, bench.state.matrix.column), (4, 0));
    assert!(matches!(click(&mut bench)[..], [Effect::OpenTrial { id: 104, .. }]));
    bench.happens(EventKind::Pointer(Pointer::Wheel { target: Target::Rows, rows: 3 }));
    assert_eq!(bench.state.matrix.top, 3);
    assert!(bench.press("esc").iter().any(|effect| matches!(effect, Effect::Analyse { .. })), "Compose looks anew");
}

#[test]
fn charts_are_made_once_and_late_ones_are_dropped() {
    let mut bench = opened();
    let effects = bench.press("4");
    let [MatrixWork::Figures { generation, run: 3, kind }] = asked(&effects)[..] else { panic!("{effects:?}") };
    let (generation, kind) = (*generation, *kind);
    let figures = Figures::Histogram(vec![vec![1; 10]; 2]);
    news(&mut bench, MatrixNews::Figures { generation: generation + 7, kind, figures: figures.clone() });
    assert_eq!(bench.state.matrix.figures.get(&kind), Some(&Figures::Reading(0.0)));
    news(&mut bench, MatrixNews::Figures { generation, kind, figures });
    bench.press("1");
    assert_eq!(bench.press("4"), [], "it is there");
    assert_eq!(bench.state.matrix.view, View::Histogram);
}

#[test]
fn what_belongs_to_compose_is_done_there() {
    let mut bench = opened();
    bench.press("f8");
    assert!(!bench.state.matrix.shown);
    bench.press("alt+m ctrl+p");
    assert!(bench.state.matrix.shown && matches!(bench.state.overlays.last(), Some(Overlay::Pick(..))));
}

#[test]
fn what_a_run_takes_is_reckoned_before_it_begins() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "server")];
    let effects = bench.press("n");
    let [MatrixWork::Estimate { generation, wanted }] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((wanted.repeats, wanted.arms.len(), wanted.split, wanted.cases), (1, 0, Split::Dev, None));
    let generation = *generation;
    assert!(asked(&bench.press("enter")).is_empty());
    assert!(bench.said().contains("being reckoned"));
    bench.press("down");
    bench.types("x");
    assert!(asked(&bench.press("enter")).is_empty(), "there is no split x");
    bench.press("backspace");
    bench.types("dev");
    let late = MatrixNews::Estimated { generation, result: Ok(vec!["old".to_owned()]) };
    let effects = bench.happens(EventKind::Timer(Timer::Estimate));
    let [MatrixWork::Estimate { generation: next, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
    let next = *next;
    news(&mut bench, late);
    assert!(asked(&bench.press("enter")).is_empty(), "a late answer is dropped");
    news(&mut bench, MatrixNews::Estimated { generation: next, result: Ok(vec!["40 trials".to_owned()]) });
    let effects = bench.press("enter");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Begin(wanted)] if wanted.split == Split::Dev));
    assert!(bench.state.overlays.is_empty() && bench.state.matrix.live.is_some());
    bench.press("n");
    assert!(bench.said().contains("is under way"));
    news(&mut bench, MatrixNews::RunFailed { what: "no key".to_owned(), hint: "Set one.".to_owned() });
    assert!(bench.said().contains("no key. Set one.") && bench.state.matrix.live.is_none());
}

#[test]
fn a_run_says_what_the_screen_shows_and_no_file_has_and_writes_it_first() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "base")];
    let unwritten = |bench: &Bench| match bench.state.overlays.last() {
        Some(Overlay::StartRun(form)) => form.unwritten.join(" "),
        _ => panic!("no form"),
    };
    let reckoned = |bench: &mut Bench, effects: &[Effect]| {
        let [MatrixWork::Estimate { generation, .. }] = asked(effects)[..] else { panic!("{effects:?}") };
        let generation = *generation;
        news(bench, MatrixNews::Estimated { generation, result: Ok(vec!["40 trials".to_owned()]) });
    };
    bench.state.prompt.editor.apply(crate::editor::Command::InsertText("Sort it. ".to_owned()), 0);
    bench.state.arms.push(bench.state.arms[0].sibling("plain-3".to_owned()));
    let effects = bench.press("n");
    assert_eq!(
        unwritten(&bench),
        "a.prompty has changes that are not in its file. prompted has another model in fourfold.toml. plain-3 is not \
         in fourfold.toml."
    );
    reckoned(&mut bench, &effects);
    assert!(asked(&bench.press("enter")).is_empty());
    assert!(
        bench.said().starts_with("This run would not ask what the screen shows. a.prompty has"),
        "{}",
        bench.said()
    );
    // What is not asked at all is no matter.
    bench.types("plain");
    bench.happens(EventKind::Timer(Timer::Estimate));
    assert_eq!(unwritten(&bench), "a.prompty has changes that are not in its file.");
    bench.press("ctrl+u");
    bench.types("all");
    let effects = bench.happens(EventKind::Timer(Timer::Estimate));
    reckoned(&mut bench, &effects);
    let effects = bench.press("ctrl+s");
    assert_eq!(names(&effects), ["Save", "KeepArms"]);
    let Some(Effect::KeepArms(changes)) = effects.last() else { panic!("{effects:?}") };
    let told = |change: &crate::config::ArmChange| (change.id.clone(), change.model.clone(), change.prompt.is_some());
    assert_eq!(
        changes.iter().map(told).collect::<Vec<_>>(),
        [
            ("prompted".to_owned(), Some("server".to_owned()), false),
            ("plain-3".to_owned(), Some("base".to_owned()), true)
        ]
    );
    // Once both are written, the form says so by saying nothing, and a single Enter begins.
    let text = bench.state.prompt.editor.file_text();
    bench.happens(EventKind::Saved(Ok(text)));
    let arms = vec![declared("plain", "base"), declared("prompted", "server"), declared("plain-3", "base")];
    bench.state.place.arms = arms;
    let effects = bench.happens(EventKind::Timer(Timer::Estimate));
    assert_eq!(unwritten(&bench), "");
    reckoned(&mut bench, &effects);
    let effects = bench.press("enter");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Begin(_)]), "{effects:?}");
}

#[test]
fn whoever_wants_the_files_measured_presses_enter_once_more() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "server")];
    bench.state.prompt.editor.apply(crate::editor::Command::InsertText("Sort it. ".to_owned()), 0);
    let effects = bench.press("n");
    let [MatrixWork::Estimate { generation, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
    let generation = *generation;
    news(&mut bench, MatrixNews::Estimated { generation, result: Ok(vec!["40 trials".to_owned()]) });
    assert!(asked(&bench.press("enter")).is_empty());
    let effects = bench.press("enter");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Begin(_)]), "{effects:?}");
}

#[test]
fn choices_of_the_form_are_stepped_through_by_arrows_and_clicks() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("few-shot", "server")];
    bench.press("n");
    let typed = |bench: &Bench, field: usize| match bench.state.overlays.last() {
        Some(Overlay::StartRun(form)) => form.fields[field].editor.text().clone(),
        _ => panic!("no form"),
    };
    let effects = bench.press("left");
    assert_eq!(typed(&bench, 0), "few-shot");
    assert!(matches!(effects[..], [Effect::Start(Timer::Estimate, _)]), "what it takes is reckoned again: {effects:?}");
    bench.press("right down right down down right right");
    assert_eq!((typed(&bench, 1), typed(&bench, 3)), ("test".to_owned(), "3".to_owned()));
    assert!(!typed(&bench, 0).is_empty() && typed(&bench, 0) != "few-shot", "around the end");
    // What a person typed is a text, in which the keys move the caret.
    bench.press("up up up");
    bench.types(", plain");
    let own = typed(&bench, 0);
    bench.press("left right");
    assert_eq!(typed(&bench, 0), own);
    // A click takes the caret there, a second one steps.
    crate::app::update::matrix::form_focus(&mut bench.state, 1);
    assert_eq!(typed(&bench, 1), "test");
    crate::app::update::matrix::form_focus(&mut bench.state, 1);
    assert_eq!(typed(&bench, 1), "dev");
}

#[test]
fn a_run_of_the_four_cells_takes_the_tuned_model_of_their_view_or_another_one() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "server")];
    bench.state.place.cells = Ok(super::fourfold::cells());
    let first = bench.state.models.known[0].clone();
    for id in ["tuned", "newer"] {
        let spec = ModelSpec { id: id.to_owned(), base: Some("base".to_owned()), ..first.clone() };
        bench.state.models.known.push(spec);
    }
    bench.press("n");
    let wanted = |bench: &mut Bench| {
        let effects = bench.happens(EventKind::Timer(Timer::Estimate));
        match asked(&effects)[..] {
            [MatrixWork::Estimate { wanted, .. }] => (wanted.fourfold, wanted.tuned.clone()),
            _ => panic!("{effects:?}"),
        }
    };
    // A word is typed in place of the choice that stands there.
    bench.types("fourfold");
    assert_eq!(wanted(&mut bench), (true, Some("tuned".to_owned())));
    bench.press("right");
    assert_eq!(wanted(&mut bench), (true, Some("newer".to_owned())));
    bench.press("right");
    assert_eq!(wanted(&mut bench), (false, None), "the arms come after the tables");
    bench.press("down");
    bench.types("test");
    let Some(Overlay::StartRun(form)) = bench.state.overlays.last() else { panic!("no form") };
    assert_eq!(form.fields[1].editor.text(), "test");
}

fn filled(row: u64) -> News {
    News::Done(StoredCell {
        place: CellPlace { row, arm: 0, repeat: 0 },
        trial: 7,
        outcome: Outcome::Answer,
        score: Some(1.0),
        cost: None,
        total_ms: Some(5),
        tokens: None,
        known: false,
    })
}

/// The run that is open is asked; so many cells of it.
fn begun(total: u64) -> News {
    let plan = Plan {
        arms: Vec::new(),
        split: Split::Test,
        data_hash: "d".to_owned(),
        rows: 1_000,
        cases: None,
        repeats: 1,
        order_seed: 1,
        primary: "exact-match".to_owned(),
        margin: 0.05,
        baseline: 0,
        fourfold: false,
        sequential: false,
        limits: Limits::default(),
        shard: None,
    };
    let columns = vec![Column::default(); 2];
    News::Begun(Box::new(Begun { run: 3, goes_on: true, plan: Arc::new(plan), total, done: 0, columns }))
}

/// It has ended with so many of its cells done.
fn ended(how: How, done: u64) -> News {
    News::Ended(Box::new(Ended {
        run: 3,
        how,
        planned: 2_000,
        done,
        missing: 0,
        lasting: 0,
        unscored: 0,
        unscored_why: None,
        settled: 0,
        in_batches: 0,
        asked: done,
        known: 0,
        calls: done,
        cost: 0.0,
        ms: 9,
        columns: vec![Column::default(); 2],
    }))
}

#[test]
fn trials_that_are_under_way_in_a_batch_are_told_at_the_end() {
    let mut bench = opened();
    bench.press("g");
    told(&mut bench, begun(10));
    let News::Ended(over) = ended(How::Finished, 1_990) else { unreachable!() };
    told(&mut bench, News::Ended(Box::new(Ended { in_batches: 10, ..*over })));
    let said = "Run 3: 1,990 of 2,000 done; 10 trials under way in a batch: take it in with fourfold batch fetch.";
    assert_eq!(bench.said(), said);
}

fn told(bench: &mut Bench, what: News) -> Vec<Effect> {
    news(bench, MatrixNews::Run(Box::new(what)))
}

#[test]
fn a_run_that_goes_on_is_seen_steered_and_named_when_one_quits() {
    let mut bench = opened();
    assert!(matches!(asked(&bench.press("g"))[..], [MatrixWork::GoOn { run: 3, missing: false, raised: None }]));
    told(&mut bench, begun(10));
    told(&mut bench, News::Started(CellPlace { row: 2, arm: 0, repeat: 0 }));
    assert_eq!(bench.state.matrix.live.as_ref().unwrap().under_way.len(), 1);
    assert!(matches!(told(&mut bench, filled(2))[..], [Effect::Start(Timer::Matrix, _)]));
    assert_eq!(told(&mut bench, filled(3)), [], "one timer is enough");
    assert!(bench.state.matrix.live.as_ref().unwrap().under_way.is_empty());
    let effects = bench.happens(EventKind::Timer(Timer::Matrix));
    assert!(matches!(asked(&effects)[..], [MatrixWork::Window(_)]), "what is shown is read again");
    let steered = |bench: &mut Bench, key: &str| match asked(&bench.press(key))[..] {
        [MatrixWork::Steer(steer)] => *steer,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(steered(&mut bench, "p"), Steer::Pause);
    assert_eq!(steered(&mut bench, "p"), Steer::Resume);
    assert_eq!(steered(&mut bench, "+"), Steer::Concurrency(10));
    assert_eq!(steered(&mut bench, "-"), Steer::Concurrency(8));
    assert_eq!(steered(&mut bench, "X"), Steer::CloseColumn(0));
    let closed = News::Closed { arm: 0, why: "stopped by hand".to_owned() };
    told(&mut bench, closed);
    assert_eq!(bench.state.matrix.run.as_ref().unwrap().heads[0].closed.as_deref(), Some("stopped by hand"));
    assert_eq!(bench.said(), "plain is asked no further: stopped by hand.");
    told(&mut bench, News::Closed { arm: 0, why: "plain is better.".to_owned() });
    assert_eq!(bench.said(), "plain is asked no further: plain is better.");
    bench.press("esc ctrl+q");
    let Some(Overlay::ConfirmQuit(words)) = bench.state.overlays.last() else { panic!() };
    assert!(words.contains("run 3 is under way (2 of 10 trials done; it can be gone on with)"), "{words}");
    bench.press("n alt+m");
    assert_eq!(steered(&mut bench, "x"), Steer::Stop);
    told(&mut bench, ended(How::Interrupted, 2));
    assert!(bench.state.matrix.live.is_none());
    assert_eq!(bench.said(), "Run 3: interrupted, 2 of 2,000 done; g in the matrix goes on.");
    bench.press("p");
    assert!(bench.said().contains("No run is under way"));
}

#[test]
fn a_run_that_begins_is_shown_as_it_is_asked() {
    let mut bench = opened();
    bench.state.matrix.live = Some(Live::default());
    let News::Begun(begun) = begun(2_000) else { panic!("it begins") };
    let effects = told(&mut bench, News::Begun(Box::new(Begun { run: 9, ..*begun })));
    let Some(MatrixWork::Open { generation, run: Some(9) }) = asked(&effects).last() else { panic!("{effects:?}") };
    let mut new = run(1_000);
    new.line.id = 9;
    let effects = news(&mut bench, MatrixNews::Opened { generation: *generation, result: Ok(Some(Box::new(new))) });
    let Some(MatrixWork::Order(query)) = asked(&effects).last() else { panic!("{effects:?}") };
    assert_eq!((query.run, query.sort), (9, Sort::Asked));
    let (generation, rows) = (query.generation, [7, 3, 5].into());
    news(&mut bench, MatrixNews::Order { generation, rows, share: None });
    assert_eq!(bench.state.matrix.row_at(0), Some(7));
    bench.press("a");
    assert_eq!(bench.state.matrix.order.sort, Sort::Rows, "as in the split");
    bench.press("a");
    assert_eq!(bench.state.matrix.order.sort, Sort::Asked);
    bench.press("esc");
    bench.press("esc");
    assert!(!bench.state.matrix.shown, "it is the usual order of a run that goes on, and is not taken away");
    assert_eq!(bench.state.matrix.order.sort, Sort::Asked);
}

#[test]
fn what_a_clear_verdict_makes_needless_is_not_said_to_be_open() {
    let mut bench = bench();
    bench.press("alt+m");
    let mut settled = run(1_000);
    settled.line.end = Some("the verdicts are clear".to_owned());
    let closed: Vec<bool> = settled.heads.iter().map(|head| head.done < head.planned).collect();
    let generation = bench.state.matrix.generation;
    news(&mut bench, MatrixNews::Opened { generation, result: Ok(Some(Box::new(settled))) });
    let heads = &bench.state.matrix.run.as_ref().unwrap().heads;
    assert_eq!(heads.iter().map(|head| head.closed.is_some()).collect::<Vec<_>>(), closed);
    assert!(closed.contains(&true));
    assert!(asked(&bench.press("g")).is_empty());
    assert!(bench.said().starts_with("Nothing is left to ask"), "{}", bench.said());
}

#[test]
fn a_column_that_is_stopped_says_so_and_the_run_ends_in_part() {
    let mut bench = opened();
    bench.press("g");
    told(&mut bench, begun(2_000));
    bench.press("right");
    let effects = bench.press("X");
    assert!(matches!(asked(&effects)[..], [MatrixWork::Steer(Steer::CloseColumn(1))]), "{effects:?}");
    assert_eq!(bench.said(), "prompted is asked no further: stopped by hand.");
    let closed = |bench: &Bench| bench.state.matrix.run.as_ref().unwrap().heads[1].closed.clone();
    assert_eq!(closed(&bench).as_deref(), Some("stopped by hand"));
    let live = bench.state.matrix.live.as_ref().unwrap();
    assert_eq!((&live.closed, live.left_out), (&vec![1], 1_000), "what is left of it is waited for no more");
    assert!(asked(&bench.press("X")).is_empty());
    assert!(bench.said().contains("already"), "{}", bench.said());
    told(&mut bench, ended(How::Finished, 1_003));
    assert_eq!(bench.said(), "Run 3: finished in part, 1,003 of 2,000 done; g in the matrix asks the rest.");
    assert_eq!(bench.state.matrix.run.as_ref().unwrap().line.end.as_deref(), Some("finished in part"));
    assert!(closed(&bench).is_some(), "the mark stays");
    bench.press("g");
    told(&mut bench, begun(997));
    assert_eq!(closed(&bench), None, "it is asked again");
}

#[test]
fn answers_without_a_score_are_said_with_the_reason_and_scored_again_by_g() {
    let mut bench = opened();
    bench.press("g");
    told(&mut bench, begun(2_000));
    let News::Ended(mut end) = ended(How::Finished, 2_000) else { panic!("an end") };
    end.unscored = 3;
    end.unscored_why = Some("`sh tone.sh` ended with 3.".to_owned());
    told(&mut bench, News::Ended(end));
    assert_eq!(
        bench.said(),
        "Run 3: finished, 2,000 of 2,000 done, 3 without a score (`sh tone.sh` ended with 3): g scores these again."
    );
    let run = bench.state.matrix.run.as_ref().unwrap();
    assert!(run.line.lacks_scores(), "{:?}", run.line.end);
    let effects = bench.press("g");
    assert!(matches!(asked(&effects)[..], [MatrixWork::GoOn { run: 3, missing: false, .. }]), "{effects:?}");
}

#[test]
fn a_limit_that_was_reached_is_raised_before_the_run_goes_on() {
    let mut bench = opened();
    bench.press("g");
    told(&mut bench, begun(2_000));
    told(&mut bench, ended(How::Limit(Reached::Cost { most: 0.5, spent: 0.5, under_way: 2 }), 40));
    assert_eq!(asked(&bench.press("g")), Vec::<&MatrixWork>::new());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::RaiseLimit(asked)) if !asked.calls));
    bench.types("x");
    assert!(asked(&bench.press("enter")).is_empty(), "1.00x is no limit");
    bench.press("backspace");
    let effects = bench.press("enter");
    let raised = Some(Raised::Cost(Some(1.0)));
    assert_eq!(asked(&effects), [&MatrixWork::GoOn { run: 3, missing: false, raised }]);
    assert!(bench.state.overlays.is_empty() && bench.state.matrix.live.is_some());
}

#[test]
fn a_run_that_another_process_asks_is_followed_until_that_ends() {
    let mut bench = bench();
    bench.press("alt+m");
    let mut asked_elsewhere = run(1_000);
    asked_elsewhere.line = RunLine { end: None, done: 5, asked_by: Some(4_711), ..asked_elsewhere.line };
    let line = asked_elsewhere.line.clone();
    let result = Ok(Some(Box::new(asked_elsewhere)));
    let effects = news(&mut bench, MatrixNews::Opened { generation: 1, result });
    let again = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Start(Timer::Follow, _)));
    assert!(again(&effects), "{effects:?}");
    answer(&mut bench, &effects);
    let effects = bench.happens(EventKind::Timer(Timer::Follow));
    assert_eq!(asked(&effects), [&MatrixWork::Follow { generation: 1, run: 3 }]);
    let heard = |bench: &mut Bench, line: RunLine| {
        let heads = bench.state.matrix.run.as_ref().unwrap().heads.clone();
        news(bench, MatrixNews::Followed { generation: 1, line: Box::new(line), heads })
    };
    let effects = heard(&mut bench, line.clone());
    assert!(again(&effects) && asked(&effects).is_empty(), "nothing new, nothing read: {effects:?}");
    let effects = heard(&mut bench, RunLine { done: 9, ..line.clone() });
    assert!(again(&effects) && matches!(asked(&effects)[..], [MatrixWork::Window(_)]), "{effects:?}");
    let over = RunLine { done: 2_000, end: Some("finished".to_owned()), asked_by: None, ..line };
    let effects = heard(&mut bench, over);
    assert!(!again(&effects) && matches!(asked(&effects)[..], [MatrixWork::Window(_)]), "{effects:?}");
    assert_eq!(bench.happens(EventKind::Timer(Timer::Follow)), [], "nothing is looked at when nobody asks");
}

#[test]
fn the_form_has_every_limit_and_sequential_runs() {
    let mut bench = opened();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "server")];
    bench.press("n down down down down down");
    bench.types("0.5");
    bench.press("down");
    bench.types("400");
    bench.press("down");
    bench.types("soon");
    let fault = |bench: &Bench, field: usize| match bench.state.overlays.last() {
        Some(Overlay::StartRun(form)) => form.fields[field].fault.clone(),
        _ => panic!("no form"),
    };
    assert!(fault(&bench, 7).is_some_and(|fault| fault.contains("30m")));
    bench.press("backspace backspace backspace backspace");
    bench.types("30m");
    bench.press("down right");
    let effects = bench.happens(EventKind::Timer(Timer::Estimate));
    let [MatrixWork::Estimate { wanted, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
    let limits = (wanted.cost, wanted.calls, wanted.seconds, wanted.sequential);
    assert_eq!(limits, (Some(0.5), Some(400), Some(1_800.0), true));
}
