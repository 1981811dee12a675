//! The history: windows, filters, and where a chosen answer goes.

use std::sync::Arc;

use super::{Bench, bench, case, names};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, Timer};
use crate::score::Outcome;
use crate::state::{
    ArmSlot, Figures, HistoryFor, HistoryQuery, HistoryRow, HistoryState, HistoryWindow, Overlay, Pane, Phase,
    Reopened, Side,
};

fn history(bench: &Bench) -> &HistoryState {
    match bench.state.overlays.last() {
        Some(Overlay::History(history)) => history,
        other => panic!("{other:?}"),
    }
}

fn asked(effects: &[Effect]) -> HistoryQuery {
    match effects {
        [Effect::ReadHistory(query)] => query.clone(),
        other => panic!("{other:?}"),
    }
}

fn window(total: u64) -> HistoryWindow {
    let row = |place: u64| HistoryRow {
        id: (total - place) as i64,
        when: "11-27 00:51".to_owned(),
        arm: "plain".to_owned(),
        model: "base".to_owned(),
        case: "dev-1".to_owned(),
        outcome: "answer".to_owned(),
        score: None,
        excerpt: "2".to_owned(),
    };
    HistoryWindow {
        newest: Some(total as i64),
        total,
        first: 0,
        rows: (0..total.min(crate::state::WINDOW)).map(row).collect(),
        arms: vec!["plain".to_owned(), "prompted".to_owned()],
    }
}

fn opened(keys: &str) -> Bench {
    let mut bench = bench();
    let query = asked(&bench.press(keys));
    bench.happens(EventKind::HistoryRead { generation: query.generation, result: Ok(window(500)) });
    bench
}

pub(super) fn recorded(same_case: bool) -> Reopened {
    Reopened {
        id: 7,
        when: "11-26 10:00".to_owned(),
        who: "plain · zero-shot · base".to_owned(),
        case: case("dev-9", "old"),
        index: Some(2),
        same_case,
        answer: Arc::from("an old answer"),
        extracted: None,
        outcome: Outcome::Answer,
        figures: Figures::default(),
        error: None,
        notes: Vec::new(),
        scores: Vec::new(),
        calls: Vec::new(),
        asked: None,
    }
}

#[test]
fn filters_ask_from_the_top_and_late_answers_are_dropped() {
    let mut bench = opened("f3");
    let query = asked(&bench.press("alt+a"));
    assert_eq!((query.filter.arm.as_deref(), query.first), (Some("plain"), 0));
    assert_eq!(asked(&bench.press("alt+a")).filter.arm.as_deref(), Some("prompted"));
    assert_eq!(asked(&bench.press("alt+a")).filter.arm, None);
    assert_eq!(asked(&bench.press("alt+o")).filter.outcome, Some(Outcome::Answer));
    assert!(asked(&bench.press("alt+c")).filter.case_key.is_some());
    assert_eq!(names(&bench.types("kettle")), Vec::<String>::new(), "the database is asked when typing rests");
    let effects = bench.happens(EventKind::Timer(Timer::Search));
    let query = asked(&effects);
    assert_eq!(query.filter.text, "kettle");
    bench.happens(EventKind::HistoryRead { generation: query.generation - 1, result: Ok(window(3)) });
    assert_eq!(history(&bench).total(), 500);
    bench.happens(EventKind::HistoryRead { generation: query.generation, result: Ok(window(3)) });
    assert_eq!(history(&bench).total(), 3);
}

#[test]
fn the_end_of_a_long_history_is_a_window_away() {
    let mut bench = opened("f3");
    let query = asked(&bench.press("end"));
    assert_eq!((history(&bench).selected, query.newest), (499, Some(500)));
    assert!(query.first > 300);
    assert_eq!(bench.press("enter"), [], "a row that has not been read cannot be chosen");
}

#[test]
fn a_chosen_answer_goes_into_the_arm_or_a_side_of_the_diff() {
    let mut bench = opened("alt+4 f3");
    let effects = bench.press("down enter");
    assert!(matches!(effects.as_slice(), [Effect::OpenTrial { id: 499, purpose: HistoryFor::Arm(ArmSlot::B), .. }]));
    let mut bench = opened("f3");
    let effects = bench.press("alt+d");
    assert!(matches!(effects.as_slice(), [Effect::OpenTrial { purpose: HistoryFor::DiffRight, .. }]));
    let mut bench = opened("f3");
    bench.press("esc");
    bench.press("alt+5 a");
    bench.types("earlier");
    let query = asked(&bench.press("enter"));
    assert!(query.filter.case_key.is_some(), "for a side of the diff this case's answers are listed");
    assert_eq!(history(&bench).purpose, HistoryFor::DiffLeft);
}

#[test]
fn a_reopened_answer_brings_its_case_and_forgets_nothing_recorded() {
    let mut bench = bench();
    bench.both_answer();
    let effects = bench.happens(EventKind::TrialOpened {
        purpose: HistoryFor::Arm(ArmSlot::B),
        result: Ok(Box::new(recorded(false))),
    });
    assert!(!names(&effects).contains(&"RecordVote".to_owned()));
    assert_eq!((bench.state.case.original.id.as_str(), bench.state.case.index), ("dev-9", Some(2)));
    assert_eq!(bench.state.focus, Pane::Arm(ArmSlot::B));
    let arm = bench.arm(ArmSlot::B);
    assert_eq!((arm.answer.text(), arm.trial), ("an old answer", Some(7)));
    assert_eq!(arm.phase, Phase::Done(Outcome::Answer));
    assert_eq!(arm.reopened.as_ref().map(|(when, _)| when.as_str()), Some("11-26 10:00"));
    assert!(bench.arm(ArmSlot::A).answer.is_empty(), "the other answer was to another case");
}

#[test]
fn an_earlier_answer_stands_in_the_diff_in_full() {
    let mut bench = bench();
    bench.both_answer();
    let effects =
        bench.happens(EventKind::TrialOpened { purpose: HistoryFor::DiffLeft, result: Ok(Box::new(recorded(true))) });
    assert_eq!(names(&effects), ["Compare"]);
    assert_eq!(bench.state.diff.left, Side::Earlier(7, "an old answer".into()));
    assert_eq!(bench.state.case.original.id, "dev-1", "the case stays");
}

#[test]
fn an_answer_to_another_case_is_compared_with_a_word_on_it() {
    for (same_case, told) in [(true, false), (false, true)] {
        let mut bench = bench();
        let result = Ok(Box::new(recorded(same_case)));
        bench.happens(EventKind::TrialOpened { purpose: HistoryFor::DiffRight, result });
        assert!(matches!(bench.state.diff.right, Side::Earlier(7, _)));
        assert_eq!(bench.said().contains("Answer 7 is to another case"), told, "{}", bench.said());
    }
}
