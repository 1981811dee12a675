//! What answers cost, models that will be gone, and what a workbench may do with keys.

use super::{bench, names};
use crate::app::effect::Effect;
use crate::app::event::EventKind;
use crate::model::{Cost, Price};
use crate::run::{Spent, TrialEvent};
use crate::state::{ArmSlot, CostNote, Overlay, PickFor};

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
fn one_key_records_the_answers_of_this_model() {
    let mut bench = bench();
    assert_eq!(bench.press("alt+4 k").last(), Some(&Effect::RecordAnswers("server".to_owned())));
    assert_eq!(bench.said(), "Recording the answers of server…");
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
