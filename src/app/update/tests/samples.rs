//! Several answers of one arm.

use super::{Bench, bench, names};
use crate::app::effect::{Ask, Effect};
use crate::app::event::EventKind;
use crate::run::TrialEvent;
use crate::score::{Missing, Outcome};
use crate::state::{ArmSlot, Overlay, Pane, Phase, Side};

fn faults(bench: &Bench) -> Vec<Option<String>> {
    match bench.state.overlays.last() {
        Some(Overlay::Samples { fields, .. }) => fields.iter().map(|field| field.fault.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

fn asked(effects: Vec<Effect>) -> Vec<Ask> {
    match effects.into_iter().next() {
        Some(Effect::AskSamples(asks)) => asks,
        other => panic!("{other:?}"),
    }
}

fn three() -> (Bench, Vec<Ask>) {
    let mut bench = bench();
    bench.press("alt+3 n ctrl+u");
    bench.types("3");
    let asks = asked(bench.press("enter"));
    (bench, asks)
}

#[test]
fn every_sample_has_a_seed_of_its_own_and_the_temperature_is_warm() {
    let (mut bench, asks) = three();
    let said: Vec<_> = asks
        .iter()
        .map(|ask| (ask.question.sample, ask.question.parameters.seed, ask.question.parameters.temperature))
        .collect();
    assert_eq!(said, [(0, Some(0), Some(0.8)), (1, Some(1), Some(0.8)), (2, Some(2), Some(0.8))]);
    assert_eq!(bench.arm(ArmSlot::A).parameters.temperature, None, "the arm itself stays as it was");
    for ask in &asks {
        bench.answers(ArmSlot::A, ask.generation, "2", 1);
    }
    bench.press("n");
    let more = asked(bench.press("enter"));
    assert_eq!(more.len(), 5);
    assert_eq!(more[0].question.parameters.seed, Some(3), "more of them go on where these ended");
    assert!(more[0].generation > asks[2].generation);
}

#[test]
fn what_would_make_them_all_equal_is_refused_in_its_field() {
    let mut bench = bench();
    bench.press("alt+3 n down ctrl+u");
    bench.types("0");
    assert!(faults(&bench)[1].as_deref().is_some_and(|fault| fault.contains("equal")), "{:?}", faults(&bench));
    assert_eq!(bench.press("enter"), []);
    bench.press("ctrl+u");
    assert!(faults(&bench)[1].is_none() || bench.press("enter").is_empty(), "the model's own is greedy");
    bench.types("0.7");
    bench.press("up ctrl+u");
    bench.types("1");
    assert!(faults(&bench)[0].is_some());
    bench.types("0");
    assert_eq!(asked(bench.press("enter")).len(), 10);
}

#[test]
fn answers_are_grouped_as_they_end_and_stepped_through() {
    let (mut bench, asks) = three();
    for (ask, (text, trial)) in asks.iter().zip([("2", 21), ("3", 22), ("2", 23)]) {
        assert!(bench.arm(ArmSlot::A).phase.is_live());
        bench.answers(ArmSlot::A, ask.generation, text, trial);
    }
    let arm = bench.arm(ArmSlot::A);
    assert_eq!(arm.phase, Phase::Done(Outcome::Answer));
    let samples = arm.samples.as_ref().unwrap();
    assert_eq!(samples.agreement.groups.iter().map(crate::score::Group::count).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(samples.agreement.right(), Some(2));
    assert_eq!((arm.answer.text(), arm.trial), ("2", Some(21)));
    bench.press("right");
    assert_eq!((bench.arm(ArmSlot::A).answer.text(), bench.arm(ArmSlot::A).trial), ("3", Some(22)));
    bench.press("right");
    assert_eq!(bench.arm(ArmSlot::A).answer.text(), "2");
}

#[test]
fn any_two_of_them_stand_in_the_diff() {
    let (mut bench, asks) = three();
    for (ask, text) in asks.iter().zip(["2", "3", "2"]) {
        bench.answers(ArmSlot::A, ask.generation, text, 1);
    }
    bench.press("d");
    bench.types("A's answer 2");
    assert_eq!(names(&bench.press("enter")), ["Compare"]);
    assert_eq!(bench.state.diff.left, Side::Sample(ArmSlot::A, 1, "2".into()));
    assert_eq!(bench.state.diff.right, Side::Sample(ArmSlot::A, 2, "3".into()));
    assert_eq!(bench.state.focus, Pane::Diff);
}

#[test]
fn esc_stops_them_all_and_keeps_what_has_ended() {
    let (mut bench, asks) = three();
    bench.answers(ArmSlot::A, asks[0].generation, "2", 1);
    assert_eq!(bench.press("esc"), [Effect::Cancel(ArmSlot::A)]);
    let event = TrialEvent::Text("late".to_owned());
    bench.happens(EventKind::Trial { slot: ArmSlot::A, generation: asks[1].generation, event });
    let samples = bench.arm(ArmSlot::A).samples.clone().unwrap();
    assert_eq!((samples.live(), samples.answers[1].text.as_str()), (0, ""));
    assert_eq!(samples.answers[2].phase, Phase::Done(Outcome::Missing(Missing::Cancelled)));
    assert_eq!(bench.arm(ArmSlot::A).answer.text(), "2");
    bench.press("r");
    assert!(bench.arm(ArmSlot::A).samples.is_none(), "one answer again");
}

#[test]
fn where_none_could_start_the_reason_is_shown() {
    let (mut bench, asks) = three();
    for ask in asks {
        let (what, hint) = ("no such model".to_owned(), "Pick another.".to_owned());
        bench.happens(EventKind::NotStarted { slot: ArmSlot::A, generation: ask.generation, what, hint });
    }
    let arm = bench.arm(ArmSlot::A);
    assert!(!arm.phase.is_live());
    assert_eq!(arm.fault.as_ref().map(|fault| fault.what.as_str()), Some("no such model"));
}
