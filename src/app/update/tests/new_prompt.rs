//! Making a prompt: from the picker and the palette, with and without an arm.

use std::path::PathBuf;

use super::{Bench, bench, names};
use crate::app::effect::{Effect, MakePrompt};
use crate::app::event::EventKind;
use crate::state::new_prompt::NewPromptForm;
use crate::state::{ArmSlot, Overlay};

fn form(bench: &Bench) -> &NewPromptForm {
    match bench.state.overlays.last() {
        Some(Overlay::NewPrompt(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn asked(effects: &[Effect]) -> &MakePrompt {
    match effects {
        [Effect::MakePrompt(wanted)] => wanted,
        other => panic!("{other:?}"),
    }
}

fn loads(file: &str) -> Effect {
    Effect::LoadPrompt(PathBuf::from("/bench").join(file))
}

#[test]
fn a_name_is_offered_checked_and_never_taken_twice() {
    let mut bench = bench();
    bench.press("ctrl+o end down enter");
    assert_eq!(form(&bench).fields[0].editor.text(), "a-2.prompty");
    bench.press("ctrl+u");
    bench.types("A.prompty");
    assert_eq!(form(&bench).fields[0].fault.as_deref(), Some("a.prompty is there already"));
    assert_eq!(bench.press("enter"), [], "nothing is made");
    bench.press("ctrl+u");
    bench.types("mine");
    let effects = bench.press("enter");
    let MakePrompt { file, text, arm } = asked(&effects).clone();
    assert_eq!((file.as_str(), text.as_str()), ("mine.prompty", "user:\n{{ order }}\n"), "what is on the screen");
    let arm = arm.unwrap();
    assert_eq!((arm.arm.id.as_str(), arm.arm.model.as_str(), arm.models.len()), ("mine", "base", 1));
    assert_eq!(bench.press("enter"), [], "it is made once");
    let file = || "mine.prompty".to_owned();
    bench.happens(EventKind::PromptMade { file: file(), result: Err("no room".to_owned()) });
    assert_eq!(form(&bench).fields[0].fault.as_deref(), Some("no room"), "the form stays, with what was typed");
    bench.press("enter");
    let effects = bench.happens(EventKind::PromptMade { file: file(), result: Ok(None) });
    assert!(effects.contains(&loads("mine.prompty")) && names(&effects)[0] == "KeepDraft", "{effects:?}");
    assert!(bench.state.overlays.is_empty() && bench.state.place.prompts.contains(&file()));
    assert!(bench.said().contains("name it in an [[arm]]"), "{}", bench.said());
}

#[test]
fn what_no_prompt_is_called_is_the_name_of_a_new_one_and_a_starter_asks_for_the_same() {
    let mut bench = bench();
    bench.press("alt+4 o");
    bench.types("zzz");
    bench.press("enter");
    assert_eq!(form(&bench).fields[0].editor.text(), "zzz");
    bench.press("down right");
    let effects = bench.press("enter");
    let MakePrompt { text, arm, .. } = asked(&effects);
    assert!(text.contains("kind: prompty") && text.ends_with("user:\n{{ order }}\n"), "{text}");
    assert_eq!(*arm, None, "arm B asks it");
    bench.happens(EventKind::PromptMade { file: "zzz.prompty".to_owned(), result: Ok(None) });
    assert_eq!(bench.arm(ArmSlot::B).prompt.as_deref(), Some("zzz.prompty"));
    assert!(bench.said().contains("B asks it"), "{}", bench.said());
}

#[test]
fn an_arm_that_was_made_with_it_stands_on_the_screen() {
    let mut bench = bench();
    bench.press("ctrl+p n e w space p r o m p t enter");
    let effects = bench.press("enter");
    let made = asked(&effects).arm.clone().unwrap().arm;
    let effects = super::super::new_prompt::made_with_arm(&mut bench.state, "a-2.prompty", made);
    assert!(effects.contains(&loads("a-2.prompty")), "{effects:?}");
    let new = bench.arm(ArmSlot::C);
    assert_eq!((new.id.as_str(), new.prompt.as_deref(), new.model.as_str()), ("a-2", Some("a-2.prompty"), "base"));
    assert!(bench.state.overlays.is_empty());
}
