//! Finding, replacing, the mouse in texts, and files changed by others: keys and events in, state and effects out.

use std::path::Path;

use super::update;
use crate::app::drafts::{Drafts, Of};
use crate::app::effect::Effect;
use crate::app::event::{Event, EventKind, FileNow, Pointer, SaveFault, Timer};
use crate::app::start::{first_state, key_map, open_for_screen, open_session};
use crate::config::settings::Settings;
use crate::config::{SAMPLES, copy_sample};
use crate::editor::{Case, FindStatus, MatchCount, Notice};
use crate::keys::Chord;
use crate::state::{ArmSlot, FindPart, Outside, Overlay, Pane, PickFor, PromptRead, Side, State, opened};
use crate::terminal::Input;
use crate::view::screen::Target;

struct Bench {
    state: State,
    now_ms: u64,
}

impl Bench {
    /// The order sample with another text in its prompt, the caret at its start.
    fn new(prompt: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orders");
        copy_sample(&SAMPLES[0], &root).unwrap();
        let keys = key_map(&Settings::default(), Path::new("settings.toml")).unwrap();
        let session = open_session(&root).unwrap();
        let mut state = first_state(&session, None, true, keys, Vec::new(), true).unwrap();
        state.prompt.editor = opened(prompt, None);
        prompt.clone_into(&mut state.prompt.on_disk);
        let mut bench = Self { state, now_ms: 0 };
        bench.keys("ctrl+home");
        bench
    }

    fn happen(&mut self, kind: EventKind) -> Vec<Effect> {
        self.now_ms += 1_000;
        update(&mut self.state, Event { at_ms: self.now_ms, kind })
    }

    fn keys(&mut self, chords: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for chord in chords.split(' ') {
            let chord: Chord = chord.parse().unwrap();
            effects.extend(self.happen(EventKind::Input(Input::Key(chord))));
        }
        effects
    }

    fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.keys(if letter == ' ' { "space".to_owned() } else { letter.to_string() }.as_str());
        }
    }

    fn text(&self) -> String {
        self.state.prompt.editor.text()
    }

    fn status(&self) -> Option<(Option<usize>, usize)> {
        self.state.prompt.editor.find_status().map(|FindStatus { current, count }| match count {
            MatchCount::Exactly(count) | MatchCount::AtLeast(count) => (current, count),
        })
    }

    fn selected(&self) -> String {
        self.state.prompt.editor.selected_text()
    }

    fn press(&mut self, target: Target, column: u16, row: u16) {
        self.happen(EventKind::Pointer(Pointer::Press { target, column, row }));
    }

    fn outside(&mut self, now: FileNow) -> Vec<Effect> {
        let path = self.state.prompt.path.clone();
        self.happen(EventKind::Outside { path, now, asked: false })
    }
}

#[test]
fn finding_looks_while_one_types_and_goes_round() {
    let mut bench = Bench::new("red green red\nred\n");
    bench.keys("ctrl+f");
    assert!(bench.state.finds());
    bench.types("red");
    assert_eq!((bench.status(), bench.text().as_str()), (Some((Some(1), 3)), "red green red\nred\n"));
    bench.keys("enter down");
    assert_eq!(bench.status(), Some((Some(3), 3)));
    bench.keys("enter");
    assert_eq!((bench.status(), &bench.state.find.notice), (Some((Some(1), 3)), &Some(Notice::Wrapped)));
    bench.keys("up");
    assert_eq!(bench.status(), Some((Some(3), 3)));
    bench.keys("esc");
    assert_eq!((bench.status(), bench.selected().as_str()), (None, "red"), "the place found stays selected");
    bench.keys("esc");
    assert_eq!(bench.selected(), "", "the bar goes first, then the selection");
    bench.keys("ctrl+f");
    assert_eq!(bench.status(), Some((Some(1), 3)), "what was looked for is remembered");
    bench.types("green");
    assert_eq!(bench.status(), Some((Some(1), 1)), "and typing replaces it");
}

#[test]
fn a_selection_is_what_is_looked_for() {
    let mut bench = Bench::new("red green red");
    bench.keys("shift+right shift+right shift+right ctrl+f");
    assert_eq!((bench.state.find.pattern.text().as_str(), bench.status()), ("red", Some((Some(1), 2))));
}

#[test]
fn replacing_is_one_undo_step_for_one_and_for_all() {
    let mut bench = Bench::new("red green red red");
    bench.keys("ctrl+f");
    bench.types("red");
    bench.keys("tab");
    bench.types("blue");
    assert_eq!(bench.state.find.part, FindPart::Replacement);
    let effects = bench.keys("enter");
    assert_eq!(bench.text(), "blue green red red");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Start(..))), "the draft is kept: {effects:?}");
    bench.keys("ctrl+a");
    assert_eq!((bench.text().as_str(), &bench.state.find.notice), ("blue green blue blue", &Some(Notice::Replaced(2))));
    bench.keys("ctrl+/");
    assert_eq!(bench.text(), "blue green red red");
    bench.keys("ctrl+/");
    assert_eq!(bench.text(), "red green red red");
}

#[test]
fn expressions_say_what_is_wrong_and_capitals_can_count() {
    let mut bench = Bench::new("Red red r3d");
    bench.keys("ctrl+f ctrl+x");
    bench.types("r(.d");
    assert!(matches!(&bench.state.find.notice, Some(Notice::InvalidPattern(reason)) if reason.contains("unclosed")));
    bench.types(")");
    assert_eq!(bench.status(), Some((Some(1), 3)));
    bench.keys("ctrl+t");
    assert_eq!((bench.state.find.case, bench.status()), (Case::Sensitive, Some((Some(1), 2))));
    bench.keys("tab");
    bench.types("<$1>");
    bench.keys("ctrl+a");
    assert_eq!(bench.text(), "Red <ed> <3d>");
}

#[test]
fn the_bar_closes_when_its_text_loses_the_focus() {
    let mut bench = Bench::new("red");
    bench.keys("ctrl+f");
    bench.types("red");
    bench.keys("alt+3");
    assert_eq!((bench.state.find.open, bench.status()), (None, None));
    let mut bench = Bench::new("red");
    bench.keys("ctrl+f");
    bench.types("red");
    let target = Target::Text(Pane::Prompt);
    bench.press(target, 0, 0);
    assert_eq!((bench.state.finds(), bench.status()), (false, Some((None, 1))), "a click edits below the open bar");
    bench.types("x");
    assert_eq!(bench.text(), "xred");
}

#[test]
fn an_answer_is_searched_while_it_grows() {
    let mut bench = Bench::new("red");
    bench.keys("alt+3");
    let arm = bench.state.arm_mut(ArmSlot::A).unwrap();
    arm.begin();
    arm.answer.push("Red and ");
    arm.answer.layout(40, 10);
    bench.keys("/");
    bench.types("red");
    let found = |bench: &Bench| bench.state.arm(ArmSlot::A).unwrap().answer.found();
    assert_eq!(found(&bench), Some((1, 1)));
    let arm = bench.state.arm_mut(ArmSlot::A).unwrap();
    arm.answer.push("red.");
    arm.answer.layout(40, 10);
    bench.keys("enter");
    assert_eq!(found(&bench), Some((2, 2)));
    bench.state.arm_mut(ArmSlot::A).unwrap().begin();
    bench.keys("down");
    assert_eq!(found(&bench), Some((0, 0)), "the next answer is searched as well");
    bench.keys("esc");
    assert_eq!(
        (found(&bench), bench.state.arm(ArmSlot::A).unwrap().phase.is_live()),
        (None, true),
        "only the bar went"
    );
}

#[test]
fn dragging_and_double_clicks_select() {
    let mut bench = Bench::new("one two three\nfour");
    bench.state.prompt.editor.set_viewport(40, 2);
    let target = Target::Text(Pane::Prompt);
    let drag = |bench: &mut Bench, column, row| {
        bench.happen(EventKind::Pointer(Pointer::Drag { target, column, row }));
    };
    bench.press(target, 4, 0);
    drag(&mut bench, 7, 0);
    assert_eq!(bench.selected(), "two");
    drag(&mut bench, 2, 5);
    assert_eq!(bench.selected(), "two three\nfour".get(..9 + 5).unwrap());
    drag(&mut bench, 0, -1);
    assert!(!bench.selected().contains("four"));
    bench.press(target, 5, 0);
    assert_eq!(bench.selected(), "");
    bench.now_ms -= 900;
    bench.press(target, 5, 0);
    assert_eq!(bench.selected(), "two");
    bench.now_ms -= 900;
    bench.press(target, 5, 0);
    assert_eq!(bench.selected(), "one two three\n");
    bench.press(target, 5, 0);
    assert_eq!(bench.selected(), "", "too late to be part of it");
    bench.keys("alt+a ctrl+x");
    assert_eq!((bench.text().as_str(), bench.state.clipboard.as_str()), ("", "one two three\nfour"));
}

#[test]
fn an_untouched_text_follows_its_file() {
    let mut bench = Bench::new("one\n");
    let effects = bench.outside(FileNow::Text("two\n".to_owned()));
    assert_eq!((bench.text().as_str(), bench.state.prompt.is_draft()), ("two\n", false));
    assert!(bench.state.toasts.last().unwrap().text.contains("changed outside"));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::KeepDraft { text: None, .. })));
    bench.keys("ctrl+/");
    assert_eq!((bench.text().as_str(), bench.state.prompt.is_draft()), ("one\n", true), "undo brings it back");
    let mut crlf = Bench::new("one\n");
    crlf.outside(FileNow::Text("one\r\n".to_owned()));
    assert_eq!((crlf.state.prompt.editor.file_text().as_str(), crlf.state.prompt.is_draft()), ("one\r\n", false));
    assert!(crlf.outside(FileNow::Text("one\r\n".to_owned())).iter().all(|e| !matches!(e, Effect::Start(..))));
}

#[test]
fn a_draft_is_never_overwritten_and_neither_is_the_file() {
    let mut bench = Bench::new("one\n");
    bench.types("my ");
    bench.outside(FileNow::Text("theirs\n".to_owned()));
    assert_eq!(bench.text(), "my one\n");
    assert_eq!(bench.state.prompt.outside, Some(Outside::Changed("theirs\n".to_owned())));
    let toasts = bench.state.messages.len();
    bench.outside(FileNow::Text("theirs\n".to_owned()));
    assert_eq!(bench.state.messages.len(), toasts, "said once");
    assert_eq!(bench.keys("ctrl+s"), [], "nothing is written unasked");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::Outside, _))));
    // The first line is the harmless one: a look.
    bench.keys("enter");
    assert_eq!((bench.state.focus, bench.state.diff.left.name()), (Pane::Diff, "the file".to_owned()));
    bench.keys("ctrl+s down");
    let effects = bench.keys("enter");
    let [Effect::Save { text, expected, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((text.as_str(), expected.as_str()), ("my one\n", "theirs\n"));
    // A third version came between: asked again.
    bench.happen(EventKind::Saved(Err(SaveFault::Changed("third\n".to_owned()))));
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::Outside, _))));
    bench.keys("down down enter");
    assert_eq!((bench.text().as_str(), bench.state.prompt.is_draft()), ("third\n", false));
    assert_eq!((&bench.state.prompt.outside, &bench.state.diff.left), (&None, &Side::Arm(ArmSlot::B)));
    assert_eq!((bench.state.focus, bench.state.diff.shown.is_none()), (Pane::Prompt, true), "and so is the screen");
    bench.keys("ctrl+/");
    assert_eq!(bench.text(), "my one\n");
}

#[test]
fn a_file_that_has_gone_can_be_written_again() {
    let mut bench = Bench::new("one\n");
    let effects = bench.outside(FileNow::Gone);
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::KeepDraft { text: Some(text), .. } if text == "one\n"))
    );
    bench.keys("ctrl+s");
    let effects = bench.keys("enter");
    assert!(matches!(effects.as_slice(), [Effect::Save { text, .. }] if text == "one\n"), "{effects:?}");
    bench.happen(EventKind::Saved(Ok("one\n".to_owned())));
    assert_eq!((bench.state.prompt.outside.as_ref(), bench.state.prompt.is_draft()), (None, false));
    bench.outside(FileNow::Gone);
    bench.outside(FileNow::Text("one\n".to_owned()));
    assert_eq!(bench.state.prompt.outside, None, "it is back");
}

#[test]
fn a_changed_theme_is_read_again_and_the_one_in_the_picker_is_meant() {
    let mut bench = Bench::new("one\n");
    bench.state.theme = "nord".to_owned();
    assert_eq!(bench.happen(EventKind::ThemesChanged), [Effect::ReloadTheme("nord".to_owned())]);
    bench.happen(EventKind::ThemesListed(vec!["nord".to_owned(), "mine".to_owned()]));
    assert_eq!(bench.state.place.themes.last().map(String::as_str), Some("mine"));
}

#[test]
fn the_draft_of_another_program_is_not_touched() {
    let kept = |effects: Vec<Effect>| {
        let kept = effects.into_iter().find_map(|effect| match effect {
            Effect::KeepDraft { was, text, .. } => Some((was, text)),
            _ => None,
        });
        kept.unwrap()
    };
    let draft = |text: &str| Some(text.to_owned());
    let mut bench = Bench::new("one\n");
    assert_eq!(kept(bench.keys("ctrl+q")), (None, None), "nothing was typed, nothing is kept or dropped");
    bench.types("x");
    assert_eq!(kept(bench.happen(EventKind::Timer(Timer::Draft))), (None, draft("xone\n")));
    bench.keys("backspace");
    assert!(!bench.state.prompt.is_draft(), "it says what the file says");
    assert_eq!(kept(bench.happen(EventKind::Timer(Timer::Draft))), (draft("xone\n"), None));
    let read = |text: Option<&str>| PromptRead { text: text.map(str::to_owned), draft: draft("mine\n"), others: 1 };
    let path = bench.state.prompt.path.clone();
    bench.happen(EventKind::PromptLoaded { path: path.clone(), result: Ok(read(Some("one\n"))) });
    let said = &bench.state.toasts.last().unwrap().text;
    assert!(said.starts_with("Your draft is back") && said.contains("Another draft"), "{said}");
    bench.types("x");
    assert_eq!(kept(bench.keys("ctrl+q")).0, draft("mine\n"), "what was opened here is ours");
    bench.happen(EventKind::PromptLoaded { path, result: Ok(read(None)) });
    let said = &bench.state.toasts.last().unwrap().text;
    assert!(said.contains("orders.prompty is no longer on disk"), "{said}");
    assert_eq!((bench.text().as_str(), bench.state.prompt.outside.as_ref()), ("mine\n", Some(&Outside::Gone)));
}

#[test]
fn undoing_past_what_was_saved_while_typing_went_on_is_a_draft() {
    let mut bench = Bench::new("one\n");
    bench.types("x");
    bench.keys("ctrl+s left");
    bench.types("y");
    bench.happen(EventKind::Saved(Ok("xone\n".to_owned())));
    bench.keys("ctrl+/ ctrl+/");
    assert_eq!((bench.text().as_str(), bench.state.prompt.is_draft()), ("one\n", true));
}

#[test]
fn a_prompt_whose_file_is_gone_opens_as_its_draft() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("orders");
    copy_sample(&SAMPLES[0], &root).unwrap();
    std::fs::remove_file(root.join("orders.prompty")).unwrap();
    assert!(open_for_screen(&root).is_err(), "without a draft it is refused");
    let path = root.join("orders.prompty");
    Drafts::of(&root).keep(Of::Prompt(&path), None, Some("all there is")).unwrap();
    let keys = key_map(&Settings::default(), Path::new("settings.toml")).unwrap();
    let session = open_for_screen(&root).unwrap();
    let state = first_state(&session, None, true, keys, Vec::new(), true).unwrap();
    assert_eq!((state.prompt.editor.text().as_str(), &state.prompt.outside), ("all there is", &Some(Outside::Gone)));
    assert!(state.toasts[0].text.contains("orders.prompty is no longer on disk"), "{:?}", state.toasts);
    assert!(state.place.prompts.contains(&"orders.prompty".to_owned()), "and is offered");
}
