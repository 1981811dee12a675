//! The prompt's file was changed by somebody else: an untouched text follows it, anything else is a question, and nothing is
//! ever written over unseen.

use std::path::Path;

use super::{compare, prompt, toast};
use crate::app::effect::Effect;
use crate::app::event::{FileNow, SaveFault};
use crate::editor::Command;
use crate::state::picker::{Item, Picker};
use crate::state::{Outside, Overlay, Pane, PickFor, Side, State, Tone, opened};

/// The file was looked at. `asked` is whether the person wanted its text in any case.
pub(super) fn noticed(state: &mut State, path: &Path, now: FileNow, asked: bool) -> Vec<Effect> {
    if path != state.prompt.path {
        return Vec::new();
    }
    let name = state.prompt.name.clone();
    match now {
        FileNow::Text(text) if text == state.prompt.editor.file_text() => {
            state.prompt.editor.mark_saved();
            state.prompt.on_disk = text;
            let mut effects = settled(state);
            effects.extend(prompt::keep_draft(state));
            if asked {
                effects.extend(toast(state, Tone::Note, format!("{name} says what is here.")));
            }
            effects
        }
        FileNow::Text(text) if asked => {
            let mut effects = take(state, text);
            effects.extend(toast(state, Tone::Done, format!("{name} was read again; undo brings your text back.")));
            effects
        }
        FileNow::Text(text) if text == state.prompt.on_disk => settled(state),
        FileNow::Text(text) if !state.prompt.is_draft() => {
            let mut effects = take(state, text);
            let words = format!("{name} was changed outside; its new text is here. Undo brings the old one back.");
            effects.extend(toast(state, Tone::Note, words));
            effects
        }
        FileNow::Text(text) => {
            if state.prompt.outside == Some(Outside::Changed(text.clone())) {
                return Vec::new();
            }
            state.prompt.outside = Some(Outside::Changed(text));
            let words = format!("{name} was changed outside. Your draft is kept; save to choose between the two.");
            toast(state, Tone::Bad, words)
        }
        FileNow::Gone if state.prompt.outside == Some(Outside::Gone) && !asked => Vec::new(),
        FileNow::Gone => {
            state.prompt.outside = Some(Outside::Gone);
            let mut effects = prompt::keep_draft(state);
            let words = format!("{name} is no longer on disk. Its text is kept here; save to write it again.");
            effects.extend(toast(state, Tone::Bad, words));
            effects
        }
        FileNow::Unreadable(reason) => toast(state, Tone::Bad, reason),
    }
}

/// Saving found another text in the file than was read: the question is put at once.
pub(super) fn refused(state: &mut State, fault: SaveFault) -> Vec<Effect> {
    match fault {
        SaveFault::Changed(text) => {
            state.prompt.outside = Some(Outside::Changed(text));
            ask(state)
        }
        SaveFault::Failed(reason) => toast(state, Tone::Bad, format!("Not saved: {reason} The draft is kept.")),
    }
}

/// Asks which of the two texts is to stay.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let name = &state.prompt.name;
    let (title, items) = match &state.prompt.outside {
        None => return Vec::new(),
        Some(Outside::Changed(_)) => (
            format!("{name} was changed outside"),
            vec![
                Item::new("diff", "show the diff").note("the file's text against yours; nothing is written"),
                Item::new("mine", "keep mine").note("write your text over the file's"),
                Item::new("file", "take the file's").note("yours stays one undo step away"),
            ],
        ),
        Some(Outside::Gone) => (
            format!("{name} is no longer on disk"),
            vec![
                Item::new("mine", "write it again").note("with the text that is here"),
                Item::new("later", "leave it").note("the text is kept as a draft"),
            ],
        ),
    };
    super::actions::open(state, Overlay::Pick(PickFor::Outside, Picker::new(&title, items, "")))
}

/// The question was answered.
pub(super) fn choose(state: &mut State, value: &str) -> Vec<Effect> {
    let theirs = match &state.prompt.outside {
        Some(Outside::Changed(text)) => text.clone(),
        Some(Outside::Gone) => String::new(),
        None => return Vec::new(),
    };
    match value {
        // Written only over the text that was seen: a third version asks again.
        "mine" => vec![Effect::Save {
            path: state.prompt.path.clone(),
            text: state.prompt.editor.file_text(),
            expected: theirs,
        }],
        "file" => {
            let mut effects = take(state, theirs);
            effects.extend(toast(state, Tone::Done, "The file's text is here; undo brings yours back."));
            effects
        }
        "diff" => {
            let mine = Side::Text("yours".to_owned(), state.prompt.editor.file_text().into());
            state.diff.lend(Side::Text("the file".to_owned(), theirs.into()), mine);
            state.focus = Pane::Diff;
            compare::ask(state)
        }
        _ => Vec::new(),
    }
}

/// The question is gone: file and screen have the same base again.
pub(super) fn settled(state: &mut State) -> Vec<Effect> {
    state.prompt.outside = None;
    if !state.diff.take_back() {
        return Vec::new();
    }
    if state.focus == Pane::Diff {
        state.focus = Pane::Prompt;
    }
    // The answers may not be there to compare; the two texts go in any case.
    state.diff.shown = None;
    compare::ask(state)
}

/// Puts the file's text in the place of the one on the screen, as one undo step.
fn take(state: &mut State, text: String) -> Vec<Effect> {
    let now = state.now_ms;
    let untouched = !state.prompt.is_draft();
    state.prompt.editor.apply(Command::SetText(text.clone()), now);
    if untouched && state.prompt.editor.file_text() != text {
        // Other line ends than before: those belong to the editor, not to its text.
        state.prompt.editor = opened(&text, None);
    }
    state.prompt.editor.mark_saved();
    state.prompt.on_disk = text;
    let mut effects = settled(state);
    effects.extend(prompt::analyse_soon());
    effects.extend(prompt::keep_draft(state));
    effects
}
