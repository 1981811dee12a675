//! The judge on two answers: which two, its news, its keys.

use super::{Bench, bench};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, JudgeNews};
use crate::run::judge::{PairJudged, SelfTest};
use crate::score::Outcome;
use crate::score::judge::Settled;
use crate::state::{ArmSlot, Fault, Overlay, Pane, Phase};

fn answered() -> Bench {
    let mut bench = bench();
    for arm in &mut bench.state.arms {
        arm.phase = Phase::Done(Outcome::Answer);
    }
    bench.state.focus = Pane::Arm(ArmSlot::A);
    bench
}

fn news(bench: &mut Bench, news: JudgeNews) {
    let generation = bench.state.judge.generation;
    bench.happens(EventKind::Judge { generation, news });
}

fn judged() -> JudgeNews {
    let pair = PairJudged { index: 0, case: "c".to_owned(), said: None, settled: Some(Settled::A), longer: 0.0 };
    JudgeNews::Over(Box::new(Ok(pair)))
}

#[test]
fn two_ended_answers_go_to_the_judge() {
    let mut unasked = bench();
    unasked.state.focus = Pane::Arm(ArmSlot::A);
    unasked.press("v");
    assert!(unasked.said().contains("run two arms first"));
    let mut bench = answered();
    let effects = bench.press("v");
    let [Effect::Judge { generation: 1, pair, force: false }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(pair[0].question.arm, bench.state.arms[0].id);
    assert!(bench.state.judge.running && matches!(bench.state.overlays.last(), Some(Overlay::Judge)));
    news(&mut bench, JudgeNews::Begun { judge: "`j`".to_owned(), notices: Vec::new() });
    news(&mut bench, JudgeNews::Tried { done: 1, of: 6 });
    news(&mut bench, JudgeNews::SelfTest(SelfTest { pairs: 6, right: 1, ..SelfTest::default() }));
    assert_eq!(bench.state.judge.notices, ["not trusted: self-test 1 of 6 right"]);
    news(&mut bench, judged());
    assert!(!bench.state.judge.running && bench.state.judge.judged.is_some());
    // The same two answers are not asked about again.
    bench.press("esc");
    assert!(bench.press("v").is_empty());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Judge)));
}

#[test]
fn a_refusal_may_be_forced_and_late_news_is_dropped() {
    let mut bench = answered();
    bench.press("v");
    news(&mut bench, JudgeNews::Refused);
    let fault = Fault { what: "kin".to_owned(), hint: String::new() };
    news(&mut bench, JudgeNews::Over(Box::new(Err(fault.clone()))));
    assert!(bench.state.judge.refused && bench.state.judge.fault == Some(fault));
    let effects = bench.press("f");
    assert!(matches!(effects[..], [Effect::Judge { generation: 2, force: true, .. }]), "{effects:?}");
    bench.happens(EventKind::Judge { generation: 1, news: judged() });
    assert!(bench.state.judge.running, "news of the first asking");
    assert_eq!(bench.press("x"), [Effect::StopJudge]);
    assert!(!bench.state.judge.running);
}
