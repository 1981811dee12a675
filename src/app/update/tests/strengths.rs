//! The case at several strengths of an adapter.

use super::{Bench, bench, done, names};
use crate::app::effect::{Ask, Effect};
use crate::app::event::EventKind;
use crate::config::{Adapter, ModelSpec};
use crate::model::Cost;
use crate::run::{Spent, TrialEvent};
use crate::score::{Missing, Outcome, Score};
use crate::state::{ArmSlot, CostNote, Overlay, Phase, ScoreLine};

/// Arm A's model has been tuned.
fn tuned() -> Bench {
    let mut bench = bench();
    let base = bench.state.models.known[0].clone();
    let adapter = Some(Adapter { folder: "adapters/a".into(), scale: 1.0 });
    let tuned = ModelSpec { id: "tuned".to_owned(), base: Some(base.id.clone()), adapter, ..base };
    bench.state.models.known.push(tuned);
    bench.press("alt+3");
    bench
}

fn asks(effects: &[Effect]) -> Vec<Ask> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::AskSamples(asks) => Some(asks.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn models(effects: &[Effect]) -> Vec<String> {
    asks(effects).into_iter().map(|ask| ask.question.model).collect()
}

fn answers(bench: &mut Bench, generation: u64, text: &str) {
    let slot = ArmSlot::Strip;
    bench.happens(EventKind::Trial { slot, generation, event: TrialEvent::Text(text.to_owned()) });
    let event = TrialEvent::Finished(Box::new(done(Outcome::Answer, text)));
    bench.happens(EventKind::Trial { slot, generation, event });
    let scores = vec![ScoreLine { metric: "exact-match".to_owned(), score: Score::hit(text == "2") }];
    bench.happens(EventKind::Scored { slot, generation, extracted: None, outcome: Outcome::Answer, scores });
}

#[test]
fn without_an_adapter_it_says_what_to_do() {
    let mut bench = bench();
    bench.press("alt+3 w");
    assert!(bench.state.overlays.is_empty());
    assert!(bench.said().contains("pick a tuned model"), "{}", bench.said());
}

#[test]
fn one_key_asks_the_case_at_five_strengths_and_they_fill_one_by_one() {
    let mut bench = tuned();
    let effects = bench.press("w");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Strengths)));
    assert_eq!(models(&effects), ["tuned@0", "tuned@0.25", "tuned@0.5", "tuned@1", "tuned@1.5"]);
    let generations: Vec<u64> = asks(&effects).iter().map(|ask| ask.generation).collect();
    answers(&mut bench, generations[3], "2");
    let strip = bench.state.strengths.as_ref().unwrap();
    assert_eq!((strip.rungs[3].score("exact-match"), strip.rungs[2].score("exact-match")), (Some(1.0), None));
    assert!(strip.is_live());
    // The arm itself is not touched.
    assert_eq!(bench.arm(ArmSlot::A).phase, Phase::Idle);
    for (place, generation) in generations.iter().enumerate().filter(|(place, _)| *place != 3) {
        answers(&mut bench, *generation, if place > 2 { "2" } else { "x" });
    }
    // Opened again on the same question, it is as it was left.
    assert!(bench.press("esc w").is_empty());
    assert!(bench.state.strengths.as_ref().unwrap().rungs.iter().all(crate::state::strengths::Rung::is_done));
    // Another case is another question.
    bench.press("esc");
    bench.state.case.fields[0].editor = crate::editor::Editor::new("other", crate::editor::EditorOptions::default());
    assert_eq!(models(&bench.press("w")).len(), 5);
}

#[test]
fn a_strength_is_turned_and_only_that_one_is_asked_again() {
    let mut bench = tuned();
    for ask in asks(&bench.press("w")) {
        answers(&mut bench, ask.generation, "2");
    }
    // The trained one is selected first.
    bench.press("right up up");
    let strip = bench.state.strengths.as_ref().unwrap();
    assert!((strip.rungs[4].strength - 2.0).abs() < 1e-12 && strip.rungs[4].sample.is_none());
    let effects = bench.press("enter");
    assert_eq!(models(&effects), ["tuned@2"]);
    assert!(
        bench.press("left - enter").iter().any(|effect| matches!(effect, Effect::AskSamples(asks) if asks.len() == 2))
    );
    let late = asks(&effects)[0].generation;
    answers(&mut bench, late, "late");
    let strip = bench.state.strengths.as_ref().unwrap();
    assert_eq!(strip.rungs[4].sample.as_ref().unwrap().text, "", "news of the run before is dropped");
    assert!((strip.rungs[3].strength - 0.95).abs() < 1e-12);
}

#[test]
fn x_stops_and_leaving_does_not() {
    let mut bench = tuned();
    bench.press("w");
    assert!(names(&bench.press("esc")).is_empty());
    bench.press("w");
    assert_eq!(bench.press("x"), [Effect::Cancel(ArmSlot::Strip)]);
    let cancelled = Phase::Done(Outcome::Missing(Missing::Cancelled));
    let strip = bench.state.strengths.as_ref().unwrap();
    assert!(strip.rungs.iter().all(|rung| rung.sample.as_ref().is_some_and(|sample| sample.phase == cancelled)));
}

#[test]
fn a_strengths_cost_stands_at_its_own_answer() {
    let mut bench = tuned();
    let effects = bench.press("w");
    let generations: Vec<u64> = asks(&effects).iter().map(|ask| ask.generation).collect();
    answers(&mut bench, generations[2], "2");
    let note = CostNote::Of { cost: Cost { dollars: 0.5, exact: true }, arm: None };
    let charged =
        |slot, generation| EventKind::Charged { slot, generation, note: Some(note), session: Spent::default() };
    bench.happens(charged(ArmSlot::A, generations[1]));
    bench.happens(charged(ArmSlot::Strip, generations[2]));
    let rungs = &bench.state.strengths.as_ref().unwrap().rungs;
    let costs: Vec<bool> =
        rungs.iter().map(|rung| rung.sample.as_ref().is_some_and(|sample| sample.figures.cost == Some(note))).collect();
    assert_eq!(costs, [false, false, true, false, false]);
}
