//! The scores screen: opening, late answers, moving about, opening a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Bench, bench};
use crate::app::data::DataWork;
use crate::app::effect::Effect;
use crate::app::event::{EventKind, Pointer};
use crate::data::Split;
use crate::run::scores::{ArmAnswers, CaseRow, Sampled, ScoresPage, Source};
use crate::score::{Aspect, Outcome};
use crate::state::scores::ScoresFrom;
use crate::state::scores::ScoresView;
use crate::state::{ArmSlot, DataSource, Fault, Overlay, Pane};
use crate::stats::Settings;
use crate::view::screen::Target;

fn page() -> Arc<ScoresPage> {
    let arm = |name: &str, right: usize| ArmAnswers {
        arm: name.to_owned(),
        prompt_hash: String::new(),
        missing: BTreeMap::new(),
        cases: (0..8)
            .map(|index| {
                let score = if index < right { 1.0 } else { 0.0 };
                let scores = BTreeMap::from([("exact-match".to_owned(), score)]);
                let text = format!("{name} says {index}");
                (
                    format!("c{index}"),
                    vec![Sampled { outcome: Outcome::Answer, text, scores, cost: Some(0.0), total_ms: Some(10) }],
                )
            })
            .collect(),
    };
    let source = Source {
        split: "dev".to_owned(),
        primary: "exact-match".to_owned(),
        metrics: vec![("exact-match".to_owned(), Aspect::Content)],
        cases: (0..8)
            .map(|index| {
                let kind = ["order", "refund"][index % 2].to_owned();
                CaseRow { index, id: format!("c{index}"), columns: BTreeMap::from([("kind".to_owned(), kind)]) }
            })
            .collect(),
        arms: vec![arm("plain", 2), arm("few-shot", 4), arm("tuned", 1)],
        ..Source::default()
    };
    Arc::new(ScoresPage::of(&source, &Settings::default()).unwrap())
}

fn opened() -> Bench {
    let mut bench = bench();
    bench.state.focus = Pane::Arm(ArmSlot::A);
    assert_eq!(bench.press("S"), [Effect::Scores { generation: 1, from: ScoresFrom::Dev }]);
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Scores)) && bench.state.scores.running);
    bench.happens(EventKind::ScoresMade { generation: 1, result: Ok(page()) });
    bench
}

#[test]
fn figures_are_made_anew_each_time_and_late_ones_are_dropped() {
    let mut bench = opened();
    assert!(!bench.state.scores.running && bench.state.scores.page.is_some());
    assert_eq!(bench.press("r"), [Effect::Scores { generation: 2, from: ScoresFrom::Dev }]);
    let fault = Fault { what: "old".to_owned(), hint: String::new() };
    bench.happens(EventKind::ScoresMade { generation: 1, result: Err(fault.clone()) });
    assert!(bench.state.scores.running && bench.state.scores.fault.is_none());
    bench.happens(EventKind::ScoresMade { generation: 2, result: Err(fault) });
    assert!(bench.state.scores.fault.is_some() && bench.state.scores.page.is_none());
    assert_eq!(bench.press("t"), [Effect::Scores { generation: 3, from: ScoresFrom::Test }]);
}

#[test]
fn the_focus_stays_within_the_table() {
    let mut bench = opened();
    bench.press("down down down down right right right right right right");
    let scores = &bench.state.scores;
    let columns = scores.page.as_ref().unwrap().table.columns.len();
    assert_eq!((scores.arm, scores.column), (2, columns - 1));
    bench.press("up left 4");
    assert_eq!((bench.state.scores.arm, bench.state.scores.column), (1, columns - 2));
    assert_eq!(bench.state.scores.view, ScoresView::Costs);
    bench.press("tab");
    assert_eq!(bench.state.scores.view, ScoresView::Table);
    bench.press("shift+tab");
    assert_eq!(bench.state.scores.view, ScoresView::Costs);
}

#[test]
fn enter_goes_to_what_changed_and_on_to_the_case_with_its_diff() {
    let mut bench = opened();
    bench.press("down enter");
    assert_eq!(bench.state.scores.view, ScoresView::Flips);
    let flips = bench.state.scores.flips().unwrap();
    assert_eq!((flips.arm, flips.len(), flips.get(0).unwrap().index), (1, 2, 2));
    bench.press("down");
    assert_eq!(bench.press("enter"), [Effect::LoadCase(3)]);
    assert!(bench.state.overlays.is_empty() && bench.state.focus == Pane::Diff);
    let sides = [&bench.state.diff.left, &bench.state.diff.right].map(|side| bench.state.text_of(side));
    assert_eq!(sides, ["plain says 3", "few-shot says 3"]);
}

#[test]
fn a_slice_shows_its_own_flips_until_all_are_asked_for() {
    let mut bench = opened();
    bench.press("3 down down down down down down down down down");
    assert_eq!(bench.state.scores.sliced(), Some((1, 2)), "the last arm of the last slice");
    bench.press("up enter");
    let cases = |bench: &Bench| {
        let flips = bench.state.scores.flips().unwrap();
        (flips.arm, flips.iter().map(|flip| flip.case.clone()).collect::<Vec<_>>())
    };
    assert_eq!(bench.state.scores.view, ScoresView::Flips);
    assert_eq!(bench.state.scores.within.as_ref().unwrap().words, "kind = refund");
    assert_eq!(cases(&bench), (1, vec!["c3".to_owned()]));
    bench.press("right");
    assert_eq!(cases(&bench), (2, vec!["c1".to_owned()]), "the other arm within the same slice");
    bench.press("left");
    assert_eq!(bench.press("enter"), [Effect::LoadCase(3)]);
    bench.press("S");
    bench.happens(EventKind::ScoresMade { generation: 2, result: Ok(page()) });
    assert!(bench.state.scores.within.is_none(), "other figures have other slices");
    bench.press("3 enter backspace");
    assert_eq!(cases(&bench).1, ["c2", "c3"]);
    bench.press("3");
    let line = Target::Line(4);
    bench.happens(EventKind::Pointer(Pointer::Press { target: line, column: 0, row: 0 }));
    assert_eq!(bench.state.scores.sliced(), Some((1, 1)));
    bench.happens(EventKind::Pointer(Pointer::Press { target: line, column: 0, row: 0 }));
    assert_eq!(
        (bench.state.scores.view, cases(&bench).1),
        (ScoresView::Flips, vec!["c3".to_owned()]),
        "a double click"
    );
}

#[test]
fn a_test_case_is_opened_as_one_which_is_recorded() {
    let mut bench = opened();
    bench.press("t");
    let mut page = ScoresPage::clone(&page());
    page.split = "test".to_owned();
    bench.happens(EventKind::ScoresMade { generation: 2, result: Ok(Arc::new(page)) });
    let effects = bench.press("down enter enter");
    let take = DataWork::Take { source: DataSource::Split(Split::Test), place: 2 };
    assert_eq!(effects, [Effect::Data(Box::new(take))]);
    assert!(bench.state.overlays.is_empty() && bench.state.focus == Pane::Diff);
    let sides = [&bench.state.diff.left, &bench.state.diff.right].map(|side| bench.state.text_of(side));
    assert_eq!(sides, ["plain says 2", "few-shot says 2"]);
}

#[test]
fn parts_and_figures_are_chosen_by_the_mouse() {
    let mut bench = opened();
    let mut click = |target| {
        bench.happens(EventKind::Pointer(Pointer::Press { target, column: 0, row: 0 }));
        (bench.state.scores.view, bench.state.scores.arm, bench.state.scores.column)
    };
    assert_eq!(click(Target::Cell { place: 2, column: 1 }), (ScoresView::Table, 2, 1));
    assert_eq!(click(Target::Tab(2)), (ScoresView::Slices, 2, 1));
    assert_eq!(click(Target::Tab(1)).0, ScoresView::Flips);
}

#[test]
fn what_a_tuning_takes_is_typed_and_tabs_stay_within_reach() {
    let mut bench = opened();
    bench.press("4 1 2 right right right backspace 9 . 5");
    let scores = &bench.state.scores;
    assert_eq!((scores.view, scores.tuning.field), (ScoresView::Costs, 3));
    let cost = scores.tuning.cost();
    assert!((cost.training - 12.0).abs() < 1e-9 && (cost.hours - 9.5).abs() < 1e-9, "{cost:?}");
    bench.press("tab 4");
    assert_eq!(bench.state.scores.view, ScoresView::Costs);
}
