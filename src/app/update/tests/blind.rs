//! Rating by hand: who is who stays hidden until the vote, and every pair is drawn anew.

use super::{Bench, bench, case, names};
use crate::app::effect::Effect;
use crate::app::event::EventKind;
use crate::state::{ArmSlot, Overlay, TallyPage};

fn rating(swapped: bool) -> Bench {
    let mut bench = bench();
    bench.both_answer();
    assert_eq!(names(&bench.press("f6")), ["DrawSides"]);
    bench.happens(EventKind::SidesDrawn { swapped });
    bench
}

#[test]
fn the_same_notice_does_not_stand_there_twice() {
    let mut bench = rating(false);
    bench.press("1 2 2");
    let judged = |text: &str| text.contains("has been judged");
    assert_eq!(bench.state.toasts.iter().filter(|toast| judged(&toast.text)).count(), 1);
    assert_eq!(bench.state.messages.iter().filter(|toast| judged(&toast.text)).count(), 2, "the list has both");
}

#[test]
fn the_vote_goes_to_the_arm_that_stood_there() {
    for (key, swapped, winner) in
        [("1", false, 0), ("2", false, 1), ("3", false, 2), ("1", true, 1), ("2", true, 0), ("3", true, 2)]
    {
        let mut bench = rating(swapped);
        let effects = bench.press(key);
        assert_eq!(effects[0], Effect::RecordVote { a: 11, b: 12, swapped, winner }, "{key} {swapped}");
        assert!(!bench.state.is_hidden());
        let said = ["Your vote: A ·", "Your vote: B ·", "Your vote: a tie"][winner];
        assert!(bench.said().starts_with(said), "{}", bench.said());
        assert_eq!(names(&bench.press(key)), Vec::<String>::new(), "a pair is judged once");
    }
}

#[test]
fn the_last_vote_can_be_taken_back_and_given_again() {
    let mut bench = rating(true);
    bench.press("u");
    assert!(bench.said().contains("no vote to take back"), "{}", bench.said());
    bench.press("1");
    assert!(bench.said().contains("u takes it back"), "{}", bench.said());
    let taken = Effect::TakeBackVote { a: 11, b: 12 };
    assert_eq!(bench.press("u")[0], taken);
    assert!(bench.state.is_hidden() && bench.said().contains("not counted"), "{}", bench.said());
    assert!(!bench.state.toasts.iter().any(|toast| toast.text.contains("takes it back")), "that is done");
    assert_eq!(names(&bench.press("u")), Vec::<String>::new(), "only the last one, and once");
    assert_eq!(bench.press("2")[0], Effect::RecordVote { a: 11, b: 12, swapped: true, winner: 0 });
    // The next pair is there already, and not judged: what is taken back is still the last vote.
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    assert_eq!(bench.press("u")[0], taken);
    assert!(bench.state.is_hidden() && bench.said().starts_with("Your last vote"), "{}", bench.said());
}

#[test]
fn what_would_tell_the_arms_apart_is_refused_until_the_vote() {
    for key in ["m", "s", "o", "p", "e", "f", "n", "d", "Y", "f3", "f9"] {
        let mut bench = rating(true);
        bench.press(key);
        assert!(bench.state.overlays.is_empty(), "{key}");
        assert!(bench.said().starts_with("Names are hidden"), "{key}: {}", bench.said());
    }
    let mut bench = rating(true);
    bench.press("y");
    assert!(!bench.said().contains('A') && !bench.said().contains('B'), "{}", bench.said());
    bench.press("1 m");
    assert_eq!(bench.state.overlays.len(), 1, "after the vote names are no secret");
}

#[test]
fn the_next_case_and_the_next_run_are_as_blind_as_the_first() {
    let mut bench = rating(false);
    bench.press("1");
    let effects = bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    assert!(names(&effects).contains(&"DrawSides".to_owned()));
    assert!(bench.state.is_hidden());
    assert_eq!(names(&bench.press("1")), Vec::<String>::new(), "there is nothing to judge yet");
    assert!(bench.said().contains("Run both arms"));
    bench.both_answer();
    bench.press("2");
    assert!(!bench.state.is_hidden());
    assert_eq!(names(&bench.press("r")), ["DrawSides", "Ask"], "one arm again makes another pair");
    assert!(bench.state.is_hidden());
}

#[test]
fn a_vote_is_about_the_case_that_is_shown() {
    let mut bench = rating(false);
    let before = bench.state.case.case();
    bench.state.case = crate::state::CaseState::new(case("dev-1", "three kettles"), Some(0), 3);
    assert_eq!(bench.press("1"), [Effect::Start(crate::app::event::Timer::Toast, 4_000)]);
    assert!(bench.said().contains("to the case as it was before"), "{}", bench.said());
    bench.state.case = crate::state::CaseState::new(before, Some(0), 3);
    assert_eq!(names(&bench.press("1")), ["RecordVote"]);
}

#[test]
fn that_recorded_answers_are_not_judged_is_said_at_once() {
    let mut bench = bench();
    let outcome = crate::score::Outcome::Answer;
    bench.state.arms[1].phase = crate::state::Phase::Recorded { date: "2026-11-27".to_owned(), outcome };
    bench.press("f6");
    assert!(bench.said().contains("Ctrl+R asks both arms here"), "{}", bench.said());
    assert!(!bench.state.can_vote());
    bench.both_answer();
    assert!(bench.state.can_vote());
}

#[test]
fn that_a_pair_was_seen_by_name_is_said_at_once() {
    let bench = rating(false);
    assert!(bench.said().contains("a pair you have not seen"), "{}", bench.said());
    let mut fresh = super::bench();
    fresh.press("f6");
    assert!(!fresh.said().contains("not seen"), "{}", fresh.said());
}

#[test]
fn keys_mean_the_arm_that_is_seen() {
    let mut bench = rating(true);
    let effects = bench.press("r");
    let [Effect::Ask(ask)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(ask.slot, ArmSlot::B, "arm B stands on the left");
    assert_eq!(bench.press("esc"), [], "Esc leaves the mode first");
    assert!(bench.state.blind.is_none());
    assert!(bench.arm(ArmSlot::B).phase.is_live());
}

#[test]
fn the_tally_is_counted_over_everything_recorded() {
    let mut bench = rating(false);
    let effects = bench.press("0");
    assert_eq!(names(&effects), ["ReadTally"]);
    bench.happens(EventKind::TallyRead(Ok(([3, 1, 2, 2], Vec::new()))));
    let page = bench.state.overlays.last();
    assert!(matches!(page, Some(Overlay::Tally(TallyPage::Read { a: 3, b: 1, ties: 2, left: 2, .. }))), "{page:?}");
}
