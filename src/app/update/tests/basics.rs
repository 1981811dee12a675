//! Running, cancelling, leaving, quitting.

use super::{Bench, bench, done, names};
use crate::app::Action;
use crate::app::effect::Effect;
use crate::app::event::EventKind;
use crate::app::update::actions;
use crate::editor::Command;
use crate::run::{TrialDone, TrialEvent};
use crate::score::{Missing, Outcome};
use crate::state::{ArmSlot, EngineState, Overlay, Pane, Phase};

#[test]
fn run_asks_every_arm_and_late_news_of_an_older_run_is_dropped() {
    let mut bench = bench();
    let effects = bench.press("ctrl+r");
    assert_eq!(names(&effects), ["Ask", "Ask"]);
    let first = bench.arm(ArmSlot::A).generation;
    bench.press("f5");
    let text =
        |generation| EventKind::Trial { slot: ArmSlot::A, generation, event: TrialEvent::Text("late".to_owned()) };
    bench.happens(text(first));
    assert!(bench.arm(ArmSlot::A).answer.is_empty());
    bench.happens(text(first + 1));
    assert_eq!(bench.arm(ArmSlot::A).answer.text(), "late");
}

#[test]
fn a_question_says_what_is_on_the_screen() {
    let mut bench = bench();
    bench.press("alt+2 end");
    bench.types(" please");
    let Some(Effect::Ask(ask)) = bench.press("ctrl+r").into_iter().next() else { panic!("nothing was asked") };
    assert_eq!(ask.question.arm, "plain");
    assert_eq!(ask.question.prompt_text.as_deref(), Some("user:\n{{ order }}\n"));
    assert_eq!(ask.question.case.variables["order"], "two kettles please");
}

#[test]
fn an_arm_that_waits_for_its_model_to_be_fetched_shows_what_it_showed_when_that_is_given_up() {
    let mut bench = bench();
    let (model, source) = ("base".to_owned(), "hub".to_owned());
    bench.state.engine = EngineState::Downloading { model, done: 1, total: 9, source, seconds_left: None };
    bench.press("ctrl+r alt+3");
    assert!(bench.arm(ArmSlot::A).phase.is_live());
    let effects = bench.press("esc");
    assert!(matches!(effects.as_slice(), [Effect::Cancel(ArmSlot::A), Effect::Analyse { .. }]), "{effects:?}");
    assert_eq!(bench.arm(ArmSlot::A).phase, Phase::Idle, "it was not asked: nothing of it is missing");
    assert!(bench.arm(ArmSlot::B).phase.is_live(), "the server's arm waits for nothing");
}

#[test]
fn cancelling_keeps_the_partial_text_marked_and_the_other_arm_goes_on() {
    let mut bench = bench();
    bench.press("ctrl+r alt+4");
    let generation = bench.arm(ArmSlot::B).generation;
    for event in [TrialEvent::FirstToken { ms: 1 }, TrialEvent::Text("half".to_owned())] {
        bench.happens(EventKind::Trial { slot: ArmSlot::B, generation, event });
    }
    assert_eq!(bench.press("esc"), [Effect::Cancel(ArmSlot::B)]);
    let event = TrialEvent::Finished(Box::new(done(Outcome::Answer, "half and more")));
    bench.happens(EventKind::Trial { slot: ArmSlot::B, generation, event });
    let arm = bench.arm(ArmSlot::B);
    assert_eq!((arm.answer.text(), &arm.phase), ("half", &Phase::Done(Outcome::Missing(Missing::Cancelled))));
    assert!(bench.arm(ArmSlot::A).phase.is_live());
    assert_eq!(bench.press("esc"), [], "there is nothing left to cancel here");
}

#[test]
fn a_new_seed_is_the_next_one_also_behind_the_last() {
    let mut bench = bench();
    bench.press("alt+3 e");
    assert_eq!(bench.arm(ArmSlot::A).parameters.seed, Some(1));
    bench.state.arms[0].parameters.seed = Some(u64::MAX);
    bench.press("e");
    assert_eq!(bench.arm(ArmSlot::A).parameters.seed, Some(0));
}

#[test]
fn a_wait_is_counted_down_and_a_remark_is_shown_once() {
    let mut bench = bench();
    bench.press("ctrl+r");
    let generation = bench.arm(ArmSlot::A).generation;
    let said = "429: sent again after 7.1 s (attempt 2 of 3)";
    let news = |event| EventKind::Trial { slot: ArmSlot::A, generation, event };
    bench.happens(news(TrialEvent::Noted(said.to_owned())));
    for (seconds, shown) in [(8, Some(8)), (7, Some(7)), (0, None), (3, Some(3))] {
        bench.happens(news(TrialEvent::Waiting { seconds }));
        assert_eq!(bench.arm(ArmSlot::A).waiting, shown);
    }
    bench.happens(news(TrialEvent::FirstToken { ms: 1 }));
    assert_eq!(bench.arm(ArmSlot::A).waiting, None);
    let ended = TrialDone { notes: vec![said.to_owned(), "no terminator".to_owned()], ..done(Outcome::Answer, "x") };
    bench.happens(news(TrialEvent::Finished(Box::new(ended))));
    assert_eq!(bench.arm(ArmSlot::A).notes, [said, "no terminator"]);
}

#[test]
fn esc_leaves_the_innermost_thing_first_and_never_quits() {
    let mut bench = bench();
    bench.press("ctrl+r");
    bench.state.prompt.editor.apply(Command::SelectAll, 0);
    bench.press("f12 f1");
    assert_eq!(bench.press("esc"), []);
    assert!(bench.state.overlays.is_empty(), "the overlay goes first");
    assert!(!bench.state.prompt.editor.selected_text().is_empty());
    assert_eq!(bench.press("esc"), []);
    assert!(bench.state.prompt.editor.selected_text().is_empty(), "then the selection");
    assert!(bench.state.zoomed);
    assert_eq!(bench.press("esc"), []);
    assert!(!bench.state.zoomed, "then the zoom");
    assert_eq!(bench.press("esc"), [Effect::Cancel(ArmSlot::A), Effect::Cancel(ArmSlot::B)], "then what streams");
    for _ in 0..5 {
        assert!(!bench.press("esc").contains(&Effect::Quit));
    }
}

#[test]
fn quitting_names_the_work_in_progress_and_waits_for_a_yes() {
    let mut bench = bench();
    assert!(bench.press("ctrl+q").contains(&Effect::Quit), "nothing is in the way");
    bench.press("ctrl+r");
    bench.state.engine = EngineState::Downloading {
        model: "small".to_owned(),
        done: 1,
        total: 2,
        source: String::new(),
        seconds_left: None,
    };
    assert_eq!(bench.press("ctrl+q"), []);
    match bench.state.overlays.last() {
        Some(Overlay::ConfirmQuit(work)) => {
            assert!(work.contains("2 answers are still streaming") && work.contains("downloaded"), "{work}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.press("n"), []);
    assert!(bench.state.overlays.is_empty());
    let effects = bench.press("ctrl+q y");
    assert_eq!(names(&effects), ["KeepDraft", "Quit"], "the draft is kept first");
}

#[test]
fn ctrl_c_twice_within_two_seconds_quits_and_later_does_not() {
    for (later, quits) in [(1_999, true), (2_001, false)] {
        let mut bench = bench();
        assert!(!bench.press("ctrl+c").contains(&Effect::Quit));
        assert!(bench.said().contains("Ctrl+C again"), "{}", bench.said());
        bench.now_ms += later - 1;
        assert_eq!(bench.press("ctrl+c").contains(&Effect::Quit), quits, "{later} ms");
    }
    let mut bench = bench();
    bench.state.prompt.editor.apply(Command::SelectAll, 0);
    assert_eq!(names(&bench.press("ctrl+c ctrl+c")), ["Copy"], "with a selection it copies");
}

#[test]
fn arms_come_and_go_and_one_stays() {
    let mut bench = bench();
    bench.press("alt+4");
    for action in [crate::app::Action::AddArm, crate::app::Action::AddArm, crate::app::Action::AddArm] {
        super::super::actions::act(&mut bench.state, action);
    }
    assert_eq!(bench.state.arms.len(), 4);
    assert!(bench.said().contains("Four arms"), "{}", bench.said());
    assert_eq!(bench.state.focus, Pane::Arm(ArmSlot::D));
    for _ in 0..4 {
        super::super::actions::act(&mut bench.state, crate::app::Action::RemoveArm);
    }
    assert_eq!(bench.state.arms.len(), 1);
    assert!(bench.said().contains("One arm"), "{}", bench.said());
}

#[test]
fn a_pinned_answer_is_the_reference_and_both_are_scored_again() {
    let mut bench = bench();
    bench.both_answer();
    let effects = bench.press("alt+3 f");
    assert_eq!(names(&effects), ["Score", "Score", "Compare"]);
    assert!(bench.state.case.pinned);
    assert_eq!(bench.state.case.reference().as_deref(), Some("2"));
}

#[test]
fn another_seed_runs_the_arm_again() {
    let mut bench = bench();
    let effects = bench.press("alt+4 e");
    let [Effect::Ask(ask)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((ask.slot, ask.question.parameters.seed), (ArmSlot::B, Some(1)));
}

#[test]
fn a_wrong_value_is_said_in_its_field_while_it_is_typed_and_keeps_the_form_open() {
    let mut bench = bench();
    bench.press("alt+3 p");
    bench.types("hot");
    let fault = |bench: &super::Bench, index: usize| match bench.state.overlays.last() {
        Some(Overlay::Parameters { fields, .. }) => fields[index].fault.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&bench, 0).as_deref(), Some("needs a number from 0 to 5"));
    bench.press("down");
    bench.types("1");
    assert_eq!(fault(&bench, 1), None);
    bench.press("enter");
    assert!(fault(&bench, 0).is_some(), "nothing is taken");
    bench.press("ctrl+u");
    bench.types("0.5");
    assert_eq!(names(&bench.press("enter")), ["Analyse"]);
    let parameters = &bench.arm(ArmSlot::A).parameters;
    assert_eq!((parameters.temperature, parameters.top_p), (Some(0.5), Some(1.0)));
}

#[test]
fn an_empty_setting_says_what_the_model_makes_of_it() {
    let mut bench = bench();
    bench.state.models.known[0].parameters.temperature = Some(0.2);
    bench.press("alt+3 p");
    let Some(Overlay::Parameters { fields, .. }) = bench.state.overlays.last() else { panic!("no form") };
    assert_eq!((fields[0].help.as_str(), fields[1].help.as_str()), ("base says 0.2 · 0 is greedy", "nucleus, 0 to 1"));
}

#[test]
fn a_theme_that_was_picked_is_kept_and_one_that_was_looked_at_is_not() {
    let mut bench = bench();
    bench.state.theme = "nord".to_owned();
    bench.state.place.themes = vec!["nord".to_owned(), "mine".to_owned()];
    actions::act(&mut bench.state, Action::PickTheme);
    bench.press("down");
    assert_eq!(bench.press("esc"), [Effect::UseTheme("nord".to_owned())]);
    actions::act(&mut bench.state, Action::PickTheme);
    bench.press("down");
    let picked = bench.press("enter");
    assert_eq!(picked, [Effect::UseTheme("mine".to_owned()), Effect::KeepTheme("mine".to_owned())]);
    actions::act(&mut bench.state, Action::PickTheme);
    assert_eq!(bench.press("enter"), [Effect::UseTheme("mine".to_owned())], "it is kept already");
}

#[test]
fn the_question_whether_to_quit_follows_the_work_and_goes_with_the_last_of_it() {
    let mut bench = bench();
    bench.press("ctrl+r");
    bench.press("ctrl+q");
    let asked = |bench: &Bench| match bench.state.overlays.last() {
        Some(Overlay::ConfirmQuit(work)) => Some(work.clone()),
        _ => None,
    };
    assert_eq!(asked(&bench).as_deref(), Some("2 answers are still streaming"));
    let generation = bench.arm(ArmSlot::A).generation;
    bench.answers(ArmSlot::A, generation, "2", 11);
    assert_eq!(asked(&bench).as_deref(), Some("1 answer is still streaming"));
    let generation = bench.arm(ArmSlot::B).generation;
    bench.answers(ArmSlot::B, generation, "2", 12);
    assert_eq!(asked(&bench), None);
    assert!(bench.state.messages.iter().any(|toast| toast.text.contains("Quit again to leave")));
    assert!(bench.press("ctrl+q").contains(&Effect::Quit));
}

#[test]
fn running_says_when_no_answer_asks_the_prompt_on_the_screen() {
    let mut bench = bench();
    bench.press("ctrl+r");
    assert!(!bench.said().contains("not what runs"), "{}", bench.said());
    for arm in &mut bench.state.arms {
        arm.prompt = Some("other.prompty".to_owned());
    }
    bench.press("ctrl+r");
    assert_eq!(
        bench.said(),
        "a.prompty is not what runs: the answers ask other.prompty. Press o on an answer to have it ask a.prompty."
    );
    bench.state.arms[0].prompt = None;
    let said = bench.state.messages.len();
    bench.press("ctrl+r");
    assert_eq!(bench.state.messages.len(), said, "one asks it");
}
