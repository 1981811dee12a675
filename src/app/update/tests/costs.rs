//! What answers cost, models that will be gone, and what a workbench may do with keys.

use super::{bench, names};
use crate::app::Action;
use crate::app::effect::Effect;
use crate::app::event::{EventKind, Pointer, RecordingNews};
use crate::model::{Cost, Price};
use crate::run::{Spent, TrialEvent};
use crate::state::{ArmSlot, CostNote, Overlay, PickFor, Tone};
use crate::view::screen::Target;

const PAID: Price = Price { input: 1.0, output: 1_000_000.0, cached: None };

fn note(dollars: f64) -> CostNote {
    CostNote::Of { cost: Cost { dollars, exact: true }, arm: None }
}

fn spent(dollars: f64) -> Spent {
    Spent { answers: 1, cost: Cost { dollars, exact: true }, ..Spent::default() }
}

#[test]
fn a_cost_stands_under_its_own_answer_and_the_sum_counts_all() {
    let mut bench = bench();
    bench.press("ctrl+r");
    let generation = bench.arm(ArmSlot::B).generation;
    bench.happens(EventKind::Charged { slot: ArmSlot::B, generation, note: Some(note(0.5)), session: spent(0.5) });
    assert_eq!(bench.arm(ArmSlot::B).figures.cost, Some(note(0.5)));
    assert!(bench.arm(ArmSlot::B).figures.in_words().contains("$0.50"));
    // An answer of before was cancelled; what it has cost was spent all the same.
    bench.happens(EventKind::Charged {
        slot: ArmSlot::B,
        generation: generation - 1,
        note: Some(note(9.0)),
        session: spent(9.5),
    });
    assert_eq!(bench.arm(ArmSlot::B).figures.cost, Some(note(0.5)));
    assert_eq!(bench.state.spent, spent(9.5));
}

#[test]
fn while_it_streams_the_cost_is_estimated() {
    let mut bench = bench();
    bench.state.models.known[1].price = Some(PAID);
    bench.press("ctrl+r");
    assert_eq!(bench.state.so_far(ArmSlot::B), None, "nothing has arrived");
    for slot in [ArmSlot::A, ArmSlot::B] {
        let generation = bench.arm(slot).generation;
        bench.happens(EventKind::Trial { slot, generation, event: TrialEvent::FirstToken { ms: 1 } });
        bench.happens(EventKind::Trial { slot, generation, event: TrialEvent::Text("12345678".to_owned()) });
    }
    assert_eq!(bench.state.so_far(ArmSlot::A), Some((2, None)), "the model inside costs nothing");
    let (tokens, cost) = bench.state.so_far(ArmSlot::B).unwrap();
    assert_eq!((tokens, cost.map(|cost| cost.in_words())), (2, Some("about $2.00".to_owned())));
}

#[test]
fn a_question_is_answered_with_the_mouse_too() {
    let yes = || EventKind::Pointer(Pointer::Press { target: Target::Line(0), column: 0, row: 0 });
    let no = || EventKind::Pointer(Pointer::Press { target: Target::Do(Action::Leave), column: 0, row: 0 });
    let ask = |bench: &mut super::Bench| {
        bench.press("alt+4 k");
        let result = Ok(vec!["20 calls".to_owned()]);
        bench.happens(EventKind::Recording(RecordingNews::Planned { model: "server".to_owned(), result }));
    };
    let mut bench = bench();
    ask(&mut bench);
    assert_eq!(bench.happens(no()), []);
    assert!(bench.state.overlays.is_empty() && bench.state.recording.is_none());
    ask(&mut bench);
    assert_eq!(bench.happens(yes()), [Effect::RecordAnswers("server".to_owned())]);
    bench.press("ctrl+q");
    assert_eq!(bench.happens(no()), []);
    assert!(bench.state.overlays.is_empty());
    bench.press("ctrl+q");
    assert!(bench.happens(yes()).contains(&Effect::Quit));
}

#[test]
fn recording_a_model_is_asked_for_first_told_in_the_header_and_stopped_by_esc_or_its_key() {
    let planned = |bench: &mut super::Bench| {
        assert_eq!(bench.press("alt+4 k"), [Effect::PlanRecording("server".to_owned())], "nothing is asked yet");
        let result = Ok(vec!["20 calls".to_owned()]);
        let news = RecordingNews::Planned { model: "server".to_owned(), result };
        assert_eq!(bench.happens(EventKind::Recording(news)), []);
        assert!(matches!(bench.state.overlays.last(), Some(Overlay::ConfirmRecord(_))));
    };
    for no in ["n", "esc"] {
        let mut bench = bench();
        planned(&mut bench);
        assert_eq!(bench.press(no), []);
        assert!(bench.state.recording.is_none() && bench.state.overlays.is_empty());
    }
    for (yes, stop) in [("enter", "esc"), ("y", "k")] {
        let mut bench = bench();
        planned(&mut bench);
        assert_eq!(bench.press(yes), [Effect::RecordAnswers("server".to_owned())]);
        bench.happens(EventKind::Recording(RecordingNews::Step { done: 3, total: 10 }));
        assert_eq!(bench.state.recording.as_ref().unwrap().in_words(), "recording server: 3 of 10");
        assert!(bench.press("ctrl+q").is_empty(), "quitting names it first");
        assert!(matches!(bench.state.overlays.last(), Some(Overlay::ConfirmQuit(work)) if work.contains("recorded")));
        bench.press("n");
        assert_eq!(bench.press(stop), [Effect::StopRecording], "{stop}");
        assert_eq!(bench.press(stop), [], "once is enough");
        let words = "Stopped: recorded.jsonl keeps 3 answers of server.".to_owned();
        bench.happens(EventKind::Recording(RecordingNews::Over { tone: Tone::Done, words }));
        assert!(bench.state.recording.is_none());
        assert!(bench.said().starts_with("Stopped"));
    }
}

#[test]
fn esc_on_an_answer_that_does_not_stream_does_the_next_thing() {
    let mut bench = bench();
    bench.press("ctrl+r");
    let generation = bench.arm(ArmSlot::A).generation;
    bench.answers(ArmSlot::A, generation, "2", 11);
    bench.state.welcome = true;
    assert_eq!(bench.press("alt+3 esc"), [], "B streams on");
    assert!(!bench.state.welcome && bench.arm(ArmSlot::B).phase.is_live());
    assert_eq!(bench.press("alt+1 esc"), [Effect::Cancel(ArmSlot::B)], "elsewhere it stops whatever streams");
}

#[test]
fn what_a_workbench_wants_with_keys_is_shown_before_it_is_allowed() {
    let mut bench = bench();
    bench.happens(EventKind::KeyWishes(Vec::new()));
    assert!(bench.said().contains("wants nothing"), "{}", bench.said());
    bench.press("ctrl+p");
    bench.types("allow keys");
    assert_eq!(names(&bench.press("enter")), ["ListKeyWishes"]);
    let wishes = vec!["run `pass x`".to_owned(), "read /etc/x".to_owned()];
    assert_eq!(names(&bench.happens(EventKind::KeyWishes(wishes))), [""; 0]);
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::AllowKeys, _))));
    assert_eq!(bench.press("down enter"), [Effect::AllowKey("read /etc/x".to_owned())]);
}
