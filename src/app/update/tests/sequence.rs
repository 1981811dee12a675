//! Sequences of two chords: waiting, doing, dropping; what they leave alone.

use std::path::Path;
use std::sync::Arc;

use super::{Bench, bench, names};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, Timer};
use crate::app::{Action, follows};
use crate::keys::{KeyOverride, Spelling};
use crate::state::{Overlay, Pane};
use crate::terminal::Input;

fn bound(actions: &[(&str, &str)]) -> Bench {
    let mut bench = bench();
    let lines: Vec<KeyOverride> = actions
        .iter()
        .map(|(action, chords)| KeyOverride {
            action: (*action).to_owned(),
            chords: vec![Spelling { text: (*chords).to_owned(), line: 1 }],
            line: 1,
        })
        .collect();
    let keys = Arc::get_mut(&mut bench.state.keys).unwrap();
    assert_eq!(keys.apply(&lines, Path::new("config.toml")), []);
    bench
}

#[test]
fn the_first_chord_waits_and_the_second_does_it() {
    let mut bench = bound(&[("pick-model", "g m"), ("fourfold", "g f")]);
    bench.press("alt+3");
    let first = "g".parse().unwrap();
    assert_eq!(bench.press("g"), [Effect::Start(Timer::Prefix, 250)]);
    assert_eq!(bench.state.prefix.map(|prefix| (prefix.first, prefix.listed)), Some((first, false)));
    let expected = [("m".parse().unwrap(), Action::PickModel), ("f".parse().unwrap(), Action::Fourfold)];
    assert_eq!(follows(&bench.state, first), expected);
    bench.happens(EventKind::Timer(Timer::Prefix));
    assert!(bench.state.prefix.is_some_and(|prefix| prefix.listed));
    bench.press("m");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(..))), "the model is picked");
    assert_eq!(bench.state.prefix, None);
}

#[test]
fn a_key_that_does_not_follow_ends_the_wait_and_does_nothing() {
    for key in ["esc", "x", "r", "tab"] {
        let mut bench = bound(&[("pick-model", "g m")]);
        bench.press("ctrl+r alt+3 g");
        assert_eq!((bench.press(key), bench.state.prefix, bench.state.focus.is_text()), (vec![], None, false), "{key}");
        assert!(bench.state.arms.iter().all(|arm| arm.phase.is_live()), "{key} ends the wait and nothing else");
        bench.happens(EventKind::Timer(Timer::Prefix));
        assert_eq!(bench.state.prefix, None, "a late timer brings nothing back");
    }
    let mut bench = bound(&[("pick-model", "g m")]);
    bench.press("alt+3 g");
    bench.happens(EventKind::Input(Input::Paste("m".to_owned())));
    bench.press("m");
    assert!(bench.state.overlays.is_empty(), "what was pasted in between has ended the wait");
}

#[test]
fn letters_stay_text_wherever_text_is_typed() {
    let mut bench = bound(&[("quit", "g q")]);
    assert_eq!(bench.state.focus, Pane::Prompt);
    bench.types("gq");
    assert!(bench.state.prompt.editor.text().contains("gq"));
    bench.press("ctrl+p");
    bench.types("gq");
    let Some(Overlay::Pick(_, picker)) = bench.state.overlays.last() else { panic!("no palette") };
    assert_eq!((picker.query.as_str(), bench.state.prefix), ("gq", None));
    bench.press("esc alt+3");
    assert_eq!(names(&bench.press("g q")), ["KeepDraft", "Quit"]);
}

#[test]
fn a_chord_that_is_no_letter_begins_a_sequence_in_text_and_over_it() {
    let mut bench = bound(&[("quit", "ctrl+x ctrl+c"), ("cut", "ctrl+x k"), ("save", "ctrl+x s")]);
    bench.press("ctrl+x");
    bench.types("s");
    assert_eq!(bench.state.prefix, None, "a letter may follow, and is no text then");
    assert!(bench.state.prompt.editor.text().starts_with("user:"));
    bench.press("ctrl+p ctrl+x");
    let first = "ctrl+x".parse().unwrap();
    assert_eq!(
        follows(&bench.state, first),
        [("ctrl+c".parse().unwrap(), Action::Quit)],
        "only what works over the palette"
    );
    assert_eq!(names(&bench.press("ctrl+c")), ["KeepDraft", "Quit"]);
}

#[test]
fn sequences_work_in_the_data_pane_unless_something_is_typed_there() {
    let mut bench = bound(&[("data-all", "g a"), ("data-jump", "g g")]);
    bench.press("f10 g g");
    assert_eq!(bench.state.data.typing, crate::state::DataTyping::Jump);
    bench.types("g");
    assert_eq!(bench.state.prefix, None);
}
