//! The prompt pane: loading, saving, drafts, the external editor, what the worker finds.

use std::path::PathBuf;

use super::{outside, toast};
use crate::app::effect::Effect;
use crate::app::event::{Analysis, SaveFault, Timer};
use crate::editor::{Command, Layer, Span};
use crate::state::{ArmSlot, FindPart, Pane, PromptRead, PromptState, State, Toast, Tone};

/// After the last key, before the worker reads the prompt.
const ANALYSE_MS: u64 = 120;
/// After the last key, before the draft is written.
const DRAFT_MS: u64 = 400;

/// The text has changed: read it and keep it, each a moment later.
pub(super) fn touched() -> Vec<Effect> {
    vec![Effect::Start(Timer::Analyse, ANALYSE_MS), Effect::Start(Timer::Draft, DRAFT_MS)]
}

/// Something the prompt is rendered with has changed.
pub(super) fn analyse_soon() -> Vec<Effect> {
    vec![Effect::Start(Timer::Analyse, ANALYSE_MS)]
}

/// Hands the text to the worker.
pub(super) fn analyse(state: &State) -> Vec<Effect> {
    let questions = ArmSlot::ALL.into_iter().filter_map(|slot| super::arms::question(state, slot)).collect();
    vec![Effect::Analyse {
        revision: state.prompt.editor.revision(),
        text: state.prompt.editor.text(),
        path: state.prompt.path.clone(),
        questions,
    }]
}

/// The worker has read the prompt; what it says of an older text is dropped.
pub(super) fn analysed(state: &mut State, analysis: Analysis) -> Vec<Effect> {
    let Analysis { revision, spans, fenced, marks, variables, problems, previews, recorded } = analysis;
    let mut effects = super::recorded::found(state, recorded);
    let editor = &mut state.prompt.editor;
    if revision != editor.revision() {
        return effects;
    }
    editor.set_spans(Layer::Template, revision, spans);
    editor.set_spans(Layer::Diagnostics, revision, marks);
    state.case.offer(&variables);
    state.prompt.variables = variables;
    state.prompt.problems = problems;
    state.previews = previews;
    if fenced {
        let (text, near) = (editor.text(), editor.top());
        effects.push(Effect::ColourPrompt { revision, text, path: state.prompt.path.clone(), near });
        return effects;
    }
    editor.set_spans(Layer::Syntax, revision, Vec::new());
    effects
}

/// The caret goes to the next fault behind it, around the end; errors and doubts alike, in the order of the text.
pub(super) fn next_fault(state: &mut State) -> Vec<Effect> {
    let caret = state.prompt.editor.selection().head;
    let places = || state.prompt.problems.iter().map(|problem| problem.range.start).enumerate();
    let next = places().filter(|(_, start)| *start > caret).min_by_key(|(_, start)| *start);
    let next = next.or_else(|| places().min_by_key(|(_, start)| *start));
    match next {
        Some((fault, _)) => go_to_fault(state, fault),
        None => toast(state, Tone::Note, "Nothing is wrong in the prompt."),
    }
}

/// The caret goes to a fault, by its place among them.
pub(super) fn go_to_fault(state: &mut State, fault: usize) -> Vec<Effect> {
    let Some(start) = state.prompt.problems.get(fault).map(|problem| problem.range.start) else { return Vec::new() };
    state.focus = Pane::Prompt;
    state.find.part = FindPart::Text;
    let now = state.now_ms;
    state.prompt.editor.apply(Command::MoveTo(start.into()), now);
    Vec::new()
}

/// The fenced code of the text has its colours.
pub(super) fn coloured(state: &mut State, revision: u64, spans: Vec<Span>) {
    state.prompt.editor.set_spans(Layer::Syntax, revision, spans);
}

/// Keeps the draft, or drops it where the text is the file's again.
pub(super) fn keep_draft(state: &mut State) -> Vec<Effect> {
    let text = state.prompt.is_draft().then(|| state.prompt.editor.file_text());
    let was = std::mem::replace(&mut state.prompt.kept, text.clone());
    vec![Effect::KeepDraft { path: state.prompt.path.clone(), was, text }]
}

/// What is to be said of a prompt that was read with a draft, or as nothing but one.
pub(in crate::app) fn returned(name: &str, read: &PromptRead) -> Option<Toast> {
    let (tone, mut text) = match (&read.text, &read.draft) {
        (_, None) => return None,
        (Some(_), Some(_)) => (Tone::Note, "Your draft is back; the file still has the older text.".to_owned()),
        (None, Some(_)) => {
            (Tone::Bad, format!("{name} is no longer on disk. Your draft of it is here; save to write the file again."))
        }
    };
    let others = match read.others {
        0 => String::new(),
        1 => " Another draft is kept beside it, and opens once this one is saved or undone.".to_owned(),
        more => format!(" {more} more are kept beside it, and open once this one is saved or undone."),
    };
    text.push_str(&others);
    Some(Toast { tone, text })
}

/// Writes the prompt to its file.
pub(super) fn save(state: &mut State) -> Vec<Effect> {
    if state.prompt.outside.is_some() {
        return outside::ask(state);
    }
    if !state.prompt.is_draft() {
        return toast(state, Tone::Note, "Nothing to save: the file already says this.");
    }
    vec![Effect::Save {
        path: state.prompt.path.clone(),
        text: state.prompt.editor.file_text(),
        expected: state.prompt.on_disk.clone(),
    }]
}

/// The file was written, or could not be.
pub(super) fn saved(state: &mut State, result: Result<String, SaveFault>) -> Vec<Effect> {
    match result {
        Ok(text) => {
            // Typing may have gone on while the file was written.
            if state.prompt.editor.says(&text) {
                state.prompt.editor.mark_saved();
            } else {
                state.prompt.editor.mark_unsaved();
            }
            state.prompt.on_disk = text;
            let name = state.prompt.name.clone();
            let mut effects = outside::settled(state);
            effects.extend(keep_draft(state));
            effects.extend(toast(state, Tone::Done, format!("Saved {name}.")));
            effects
        }
        Err(fault) => outside::refused(state, fault),
    }
}

/// A prompt was read from its file; a newer draft wins, and is said to be one by the title.
pub(super) fn loaded(state: &mut State, path: PathBuf, result: Result<PromptRead, String>) -> Vec<Effect> {
    match result {
        Ok(read) => {
            let name = path.strip_prefix(&state.place.root).unwrap_or(&path).display().to_string();
            let mut effects = outside::settled(state);
            let said = returned(&name, &read);
            let variables = std::mem::take(&mut state.prompt.variables);
            state.prompt = PromptState { variables, ..PromptState::new(path, name, read) };
            effects.push(Effect::Watch(state.prompt.path.clone()));
            effects.extend(analyse(state));
            if let Some(Toast { tone, text }) = said {
                effects.extend(toast(state, tone, text));
            }
            effects
        }
        Err(reason) => toast(state, Tone::Bad, format!("Cannot open {}: {reason}", path.display())),
    }
}

/// The prompt came back from the external editor: one undo step.
pub(super) fn edited(state: &mut State, result: Result<String, String>) -> Vec<Effect> {
    match result {
        Ok(text) if text == state.prompt.editor.text() => Vec::new(),
        Ok(text) => {
            let now = state.now_ms;
            state.prompt.editor.apply(Command::SetText(text), now);
            touched()
        }
        Err(reason) => toast(state, Tone::Bad, format!("The editor did not come back well: {reason}")),
    }
}
