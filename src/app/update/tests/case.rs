//! The case form, conversations, stepping, pasting.

use super::super::arms;
use super::history::recorded as reopened;
use super::{Bench, bench, case, names};
use crate::app::effect::Effect;
use crate::app::event::{Analysis, EventKind};
use crate::prompt::{Message, Role};
use crate::run::TrialEvent;
use crate::state::{ArmSlot, FieldKind, Overlay, Phase, RecordedState, Reopened};

#[test]
fn stepping_goes_round_and_from_a_typed_case_to_the_first_or_last() {
    let mut bench = bench();
    for (keys, index) in [("f8", 1), ("f7", 2)] {
        assert_eq!(bench.press(keys), [Effect::LoadCase(index)], "{keys}");
    }
    bench.state.case.index = None;
    assert_eq!(bench.press("f8"), [Effect::LoadCase(0)]);
    assert_eq!(bench.press("f7"), [Effect::LoadCase(2)]);
    bench.state.case.count = 0;
    assert_eq!(names(&bench.press("f8")), Vec::<String>::new());
    assert!(bench.said().contains("no dev cases"), "{}", bench.said());
    bench.state.place.faulty_dev = Some(("data/dev.jsonl".to_owned(), "row 3 is no JSON".to_owned()));
    bench.press("f8");
    assert!(bench.said().contains("There are no dev cases: row 3 is no JSON"), "{}", bench.said());
}

#[test]
fn a_row_that_cannot_be_read_is_said_and_stepped_over() {
    let mut bench = bench();
    bench.happens(EventKind::CaseLoaded { index: 1, result: Err("row 2 is no JSON".to_owned()) });
    assert_eq!(bench.state.case.fault.as_deref(), Some("row 2 is no JSON"));
    assert_eq!(bench.press("f8"), [Effect::LoadCase(2)]);
    bench.happens(EventKind::CaseLoaded { index: 2, result: Ok(Box::new(case("dev-3", "x"))) });
    assert_eq!(bench.state.case.fault, None);
}

#[test]
fn another_case_takes_its_answers_off_the_screen() {
    let mut bench = bench();
    bench.both_answer();
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    assert!(bench.state.arms.iter().all(|arm| arm.answer.is_empty() && arm.trial.is_none()));
    assert!(bench.state.diff.shown.is_none());
}

#[test]
fn another_case_ends_what_streams_of_the_old_one() {
    let mut bench = bench();
    bench.press("ctrl+r");
    let generation = bench.arm(ArmSlot::A).generation;
    let event = TrialEvent::Text("half an answer".to_owned());
    bench.happens(EventKind::Trial { slot: ArmSlot::A, generation, event });
    let effects = bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    assert_eq!(effects[..2], [Effect::Leave(ArmSlot::A), Effect::Leave(ArmSlot::B)]);
    assert!(bench.said().contains("the history keeps"), "{}", bench.said());
    // What is still on its way, the record of the cut answer with it, is of the old case.
    bench.answers(ArmSlot::A, generation, "2", 11);
    let arm = bench.arm(ArmSlot::A);
    assert!(arm.answer.is_empty() && arm.scores.is_empty() && arm.trial.is_none());
    assert_eq!(arm.phase, Phase::Idle);
}

#[test]
fn this_machines_newest_answer_stands_where_exactly_that_is_asked() {
    let mut bench = bench();
    let analysed = |bench: &mut Bench, id: i64| {
        let question = |slot| arms::question(&bench.state, slot).unwrap();
        let own = RecordedState::Own(Box::new(Reopened { id, ..reopened(true) }));
        let recorded = vec![(question(ArmSlot::A), own), (question(ArmSlot::B), RecordedState::None)];
        let analysis = Analysis { revision: u64::MAX, recorded, ..Analysis::default() };
        bench.happens(EventKind::Analysed(Box::new(analysis)))
    };
    analysed(&mut bench, 7);
    let arm = bench.arm(ArmSlot::A);
    assert_eq!((arm.answer.text(), arm.trial, arm.looked_up), ("an old answer", Some(7), true));
    assert_eq!(arm.reopened.as_ref().map(|(when, _)| when.as_str()), Some("11-26 10:00"));
    assert!(bench.arm(ArmSlot::B).answer.is_empty());
    // A newer one takes its place; what was run since does not make room.
    analysed(&mut bench, 8);
    assert_eq!(bench.arm(ArmSlot::A).trial, Some(8));
    bench.both_answer();
    analysed(&mut bench, 8);
    assert_eq!((bench.arm(ArmSlot::A).trial, bench.arm(ArmSlot::A).answer.text()), (Some(11), "2"));
    // What was looked up for a case that is no longer shown comes too late.
    let late = arms::question(&bench.state, ArmSlot::A).unwrap();
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    let recorded = vec![(late, RecordedState::Own(Box::new(reopened(true))))];
    let analysis = Analysis { revision: u64::MAX, recorded, ..Analysis::default() };
    bench.happens(EventKind::Analysed(Box::new(analysis)));
    assert!(bench.arm(ArmSlot::A).answer.is_empty());
}

#[test]
fn an_answer_says_what_was_changed_since_until_it_is_asked_anew_or_put_back() {
    let mut bench = bench();
    let analysed = |bench: &mut Bench, own: Option<i64>| {
        let question = |slot| arms::question(&bench.state, slot).unwrap();
        let found =
            own.map_or(RecordedState::None, |id| RecordedState::Own(Box::new(Reopened { id, ..reopened(true) })));
        let recorded = vec![(question(ArmSlot::A), found), (question(ArmSlot::B), RecordedState::None)];
        let analysis = Analysis { revision: u64::MAX, recorded, ..Analysis::default() };
        bench.happens(EventKind::Analysed(Box::new(analysis)));
        bench.arm(ArmSlot::A).changed.clone()
    };
    bench.both_answer();
    assert!(analysed(&mut bench, None).is_empty());
    bench.press("alt+1");
    bench.types("x");
    assert_eq!(analysed(&mut bench, None), ["the prompt"]);
    assert!(bench.arm(ArmSlot::A).is_outdated() && bench.arm(ArmSlot::B).is_outdated());
    bench.state.arms[0].model = "server".to_owned();
    assert_eq!(analysed(&mut bench, None), ["the prompt", "the model"]);
    assert_eq!(bench.arm(ArmSlot::B).changed, ["the prompt"]);
    // Put back as it was, by another way: what was recorded under that very question says so.
    bench.state.arms[0].model = "base".to_owned();
    assert!(analysed(&mut bench, Some(11)).is_empty());
    bench.types("y");
    assert_eq!(analysed(&mut bench, None), ["the prompt"]);
    bench.both_answer();
    assert!(!bench.arm(ArmSlot::A).is_outdated());
    assert!(analysed(&mut bench, None).is_empty());
    // So does an answer that was looked up.
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a pan"))) });
    assert!(analysed(&mut bench, Some(7)).is_empty());
    bench.press("alt+1");
    bench.types("z");
    assert_eq!(analysed(&mut bench, None), ["the prompt"]);
}

#[test]
fn turns_are_edited_in_the_form_and_asked_with_the_case() {
    let mut bench = bench();
    bench.press("alt+2 alt+n");
    bench.types("Hi");
    bench.press("alt+n");
    bench.types("Hello");
    assert_eq!(bench.state.case.case().turns, [Message::new(Role::User, "Hi"), Message::new(Role::Assistant, "Hello")]);
    bench.press("alt+t alt+p");
    let Some(Effect::Ask(ask)) = bench.press("ctrl+r").into_iter().next() else { panic!("nothing was asked") };
    assert_eq!(ask.question.case.turns, [Message::new(Role::System, "Hello"), Message::new(Role::User, "Hi")]);
    bench.press("alt+x alt+x");
    assert!(bench.state.case.case().turns.is_empty() || bench.state.case.turns() == 0);
    bench.press("alt+x");
    assert!(bench.said().contains("caret into a turn"), "{}", bench.said());
}

#[test]
fn arrows_go_on_into_the_next_field_at_an_edge() {
    let mut bench = bench();
    bench.press("alt+2");
    assert_eq!(bench.state.case.focused, 0);
    bench.press("down down");
    assert_eq!(bench.state.case.fields[bench.state.case.focused].kind, FieldKind::Reference);
    bench.press("up up");
    assert_eq!(bench.state.case.focused, 0);
    bench.press("pagedown pagedown pagedown");
    assert_eq!(bench.state.case.focused, 1);
}

#[test]
fn a_pasted_case_is_taken_by_the_run_key_and_a_bad_one_says_why_where_it_is() {
    let mut bench = bench();
    super::super::actions::act(&mut bench.state, crate::app::Action::PasteCase);
    bench.happens(EventKind::Input(crate::terminal::Input::Paste("{\"order\": ".to_owned())));
    assert_eq!(bench.press("ctrl+r"), []);
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::PasteCase(_, Some(_)))));
    bench.happens(EventKind::Input(crate::terminal::Input::Paste("\"three pans\"}".to_owned())));
    bench.press("ctrl+r");
    assert!(bench.state.overlays.is_empty());
    let case = bench.state.case.case();
    assert_eq!((case.id.as_str(), &case.variables["order"]), ("pasted", &"three pans".into()));
    assert_eq!(bench.state.case.index, None);
}

#[test]
fn a_pasted_conversation_fills_turns_and_the_prompts_own_variable() {
    let mut bench = bench();
    super::super::actions::act(&mut bench.state, crate::app::Action::PasteCase);
    let text = r#"[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "two pans"}]"#;
    bench.happens(EventKind::Input(crate::terminal::Input::Paste(text.to_owned())));
    bench.press("ctrl+r");
    let case = bench.state.case.case();
    assert_eq!(case.turns.len(), 2);
    assert_eq!(case.variables["order"], "two pans");
}

#[test]
fn what_was_typed_into_a_case_survives_a_step_away_and_the_end_of_the_program() {
    let mut bench = bench();
    let row =
        |index: usize| EventKind::CaseLoaded { index, result: Ok(Box::new(case(&format!("dev-{index}"), "a pan"))) };
    bench.happens(row(0));
    bench.press("alt+2");
    bench.types("EDITED");
    bench.happens(row(1));
    assert_eq!(bench.state.case.case(), case("dev-1", "a pan"));
    let kept = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::KeepCases { was, text } => Some((was.clone(), text.clone())),
            _ => None,
        })
    };
    let (was, text) = kept(&bench.happens(EventKind::Timer(crate::app::event::Timer::Draft))).unwrap();
    assert!(was.is_none() && text.as_ref().is_some_and(|text| text.contains("EDITED")), "{text:?}");
    assert_eq!(kept(&bench.happens(EventKind::Timer(crate::app::event::Timer::Draft))), None, "said once");
    bench.happens(EventKind::CaseLoaded { index: 2, result: Err("no JSON".to_owned()) });
    bench.happens(row(0));
    assert!(bench.state.case.case().variables["order"].as_str().unwrap().contains("EDITED"));
    bench.press("alt+2 alt+u");
    assert_eq!(kept(&bench.press("ctrl+q")), Some((text, None)), "undone, and dropped");
}

#[test]
fn a_typed_case_is_stepped_to_and_the_box_keeps_its_text() {
    let mut bench = bench();
    super::super::actions::act(&mut bench.state, crate::app::Action::PasteCase);
    bench.types("a long case");
    bench.press("esc");
    super::super::actions::act(&mut bench.state, crate::app::Action::PasteCase);
    let Some(Overlay::PasteCase(editor, None)) = bench.state.overlays.last() else { panic!("no box") };
    assert_eq!(editor.text(), "a long case");
    bench.press("ctrl+r");
    assert_eq!(bench.state.case.case().variables["order"], "a long case");
    bench.press("f8");
    bench.happens(EventKind::CaseLoaded { index: 0, result: Ok(Box::new(case("dev-1", "a pan"))) });
    assert_eq!(bench.state.case.index, Some(0));
    bench.press("f7");
    assert_eq!((bench.state.case.index, &bench.state.case.case().variables["order"]), (None, &"a long case".into()));
    assert_eq!(bench.press("f7"), [Effect::LoadCase(2)]);
}
