//! Where an arm fails: the page, its news, its keys.

use super::{Bench, bench, names};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, FailureNews};
use crate::run::failures::{CaseVerdict, Failure, Step, Verdict};
use crate::state::{ArmSlot, Fault, HistoryFor, Overlay, PickFor};

fn with_arms() -> Bench {
    let mut bench = bench();
    bench.state.place.tunable.arms = vec![("plain".to_owned(), String::new()), ("prompted".to_owned(), String::new())];
    bench
}

fn open(bench: &mut Bench) -> Vec<Effect> {
    bench.press("ctrl+p");
    bench.types("where it fails");
    bench.press("enter")
}

fn news(bench: &mut Bench, generation: u64, news: FailureNews) {
    bench.happens(EventKind::Failures { generation, news });
}

fn begun(bench: &mut Bench, generation: u64) {
    let equal = Some("greedy");
    let (arm, why) = ("prompted".to_owned(), "as asked".to_owned());
    news(
        bench,
        generation,
        FailureNews::Begun { arm, why, cases: 3, repeats: 1, equal, ahead: vec!["To ask: 3 calls".to_owned()] },
    );
}

fn step(index: usize, verdict: Verdict) -> FailureNews {
    let (case, answer) = (format!("c{index}"), "x".to_owned());
    let verdict = CaseVerdict { index, case, verdict, facts_right: false, answer, trial: None };
    FailureNews::Step(Box::new(Step { verdict, reused: 1 }))
}

#[test]
fn the_arm_is_chosen_before_anything_is_asked() {
    let mut bench = with_arms();
    assert!(names(&open(&mut bench)).is_empty());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::Failures, _))));
    let effects = bench.press("enter");
    assert_eq!(effects, [Effect::Failures { generation: 1, arm: None }]);
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Failures)));
    let mut bench = with_arms();
    open(&mut bench);
    assert_eq!(bench.press("down down enter"), [Effect::Failures { generation: 1, arm: Some("prompted".to_owned()) }]);
    assert_eq!(bench.state.overlays.len(), 1);
}

#[test]
fn without_arms_or_cases_it_says_so() {
    let mut bench = bench();
    open(&mut bench);
    assert!(bench.said().contains("[[arm]]"));
    let mut bench = with_arms();
    bench.state.case.count = 0;
    open(&mut bench);
    assert!(bench.said().contains("no dev cases"));
}

#[test]
fn cases_are_counted_as_they_come_and_one_is_gone_to() {
    let mut bench = with_arms();
    open(&mut bench);
    bench.press("enter");
    begun(&mut bench, 1);
    news(&mut bench, 1, step(2, Verdict::Failed(Failure::Form)));
    news(&mut bench, 1, step(0, Verdict::Right));
    news(&mut bench, 1, step(1, Verdict::Failed(Failure::Content)));
    news(&mut bench, 7, step(1, Verdict::Failed(Failure::Content)));
    let failures = &bench.state.failures;
    assert_eq!((failures.breakdown.cases.len(), failures.reused, failures.of), (3, 3, 3));
    news(&mut bench, 1, FailureNews::Over(Ok(())));
    assert!(!bench.state.failures.running);
    assert_eq!(bench.press("down enter"), [Effect::LoadCase(2)]);
    assert!(bench.state.overlays.is_empty());
    // It is kept, and opens at once.
    assert!(names(&open(&mut bench)).is_empty());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Failures)));
    assert_eq!(bench.press("r"), [Effect::Failures { generation: 2, arm: None }]);
    news(&mut bench, 2, FailureNews::Over(Ok(())));
    bench.state.place.tunable.bases = vec![("base".to_owned(), String::new())];
    bench.press("t");
    assert!(matches!(bench.state.overlays[..], [Overlay::Tune]), "what is said here decides whether to");
}

#[test]
fn a_failing_case_opens_with_the_very_answer_that_failed() {
    let mut bench = with_arms();
    open(&mut bench);
    bench.press("enter");
    begun(&mut bench, 1);
    let FailureNews::Step(mut failed) = step(2, Verdict::Failed(Failure::Content)) else { unreachable!() };
    failed.verdict.trial = Some(41);
    news(&mut bench, 1, FailureNews::Step(failed));
    let effects = bench.press("enter");
    let [Effect::OpenTrial { id: 41, purpose, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(purpose, HistoryFor::Failure(ArmSlot::B), "in the arm of that name");
    bench.happens(EventKind::TrialOpened { purpose, result: Ok(Box::new(super::history::recorded(false))) });
    assert_eq!(bench.arm(ArmSlot::B).answer.text(), "an old answer");
    assert_eq!(bench.state.case.original.id, "dev-9");
}

#[test]
fn x_stops_it_and_what_comes_late_is_dropped() {
    let mut bench = with_arms();
    open(&mut bench);
    bench.press("enter");
    begun(&mut bench, 1);
    assert_eq!(bench.press("x"), [Effect::StopFailures]);
    news(&mut bench, 1, step(0, Verdict::Right));
    assert!(bench.state.failures.breakdown.cases.is_empty());
}

#[test]
fn closed_it_goes_on_and_says_how_it_ended() {
    let mut bench = with_arms();
    open(&mut bench);
    bench.press("enter");
    begun(&mut bench, 1);
    bench.press("esc");
    assert!(matches!(bench.press("ctrl+q").as_slice(), []), "work in progress is named first");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::ConfirmQuit(work)) if work.contains("failures")));
    bench.press("n");
    news(&mut bench, 1, step(0, Verdict::Right));
    news(&mut bench, 1, FailureNews::Over(Ok(())));
    assert!(bench.said().starts_with("The one case is right"), "{}", bench.said());
    bench.state.failures.running = true;
    let fault = Fault { what: "no model".to_owned(), hint: "get one".to_owned() };
    news(&mut bench, 1, FailureNews::Over(Err(fault)));
    assert!(bench.said().contains("no model. get one"));
}
