//! Making a prompt: the form, what is wrong with it as it is typed, and what stands on the screen once the file is there.

use super::keys::{Lines, command_of};
use super::{actions, prompt, toast};
use crate::app::effect::{Effect, MadeArm, MakePrompt};
use crate::config::{Arm, ModelSpec, StrategySpec};
use crate::editor::Command;
use crate::keys::{Chord, Key, Modifiers};
use crate::state::new_prompt::{
    ARM, ARMS, NAME, NewPromptForm, TEXT, TEXTS, copied, file_of, starter, stem, suggested,
};
use crate::state::picker::Item;
use crate::state::{ArmSlot, ArmState, FormField, Overlay, PickFor, State, Tone};
use crate::strategy::StrategyConfig;

/// Stands for a new prompt in the pickers of prompts; no file is called so.
const NEW: &str = "\u{0}new";

/// Said where no prompt matches what was typed into a picker.
pub(super) const NOTHING: &str = "no prompt here is called so; Enter makes a new one with this name";

/// The prompts there are, and a new one.
pub(super) fn items(state: &State) -> Vec<Item> {
    let there = state.place.prompts.iter().map(|name| Item::new(name, name));
    let new = Item::new(NEW, "new prompt…").note("a copy of the one on the screen, or a few lines to begin with");
    there.chain([new]).collect()
}

/// Whether a line of a picker stands for a new prompt.
pub(super) fn is_new(value: &str) -> bool {
    value == NEW
}

/// Opens the form; `purpose` is what the picker it was chosen in is for, `typed` what was typed there.
pub(super) fn open(state: &mut State, purpose: PickFor, typed: &str) -> Vec<Effect> {
    let asked_by = if let PickFor::ArmPrompt(slot) = purpose { Some(slot) } else { None };
    let like = asked_by.unwrap_or_else(|| state.focused_slot());
    let name = match typed.trim() {
        "" => suggested(&state.prompt.name, &state.place.prompts),
        typed => typed.to_owned(),
    };
    let fields = vec![
        FormField::new("name", "", &name),
        FormField::new("begins with", "", TEXTS[0]).of(&TEXTS),
        // An arm of the screen asks it already, where it was made for one.
        FormField::new("arm", "", if asked_by.is_some() { ARMS[1] } else { ARMS[0] }).of(&ARMS),
    ];
    let form = NewPromptForm { fields, focused: NAME, like, asked_by, making: false };
    let effects = actions::open(state, Overlay::NewPrompt(Box::new(form)));
    check(state);
    effects
}

fn form(state: &mut State) -> Option<&mut NewPromptForm> {
    state.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::NewPrompt(form) => Some(&mut **form),
        _ => None,
    })
}

/// A key while the form is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(form) = form(state).filter(|form| !form.making) else { return Vec::new() };
    let last = form.fields.len().saturating_sub(1);
    let here = form.focused;
    let is_sideways = matches!(chord.key, Key::Left | Key::Right) && chord.modifiers.is_empty();
    match chord.key {
        Key::Up => form.focused = here.saturating_sub(1),
        Key::Tab if chord.modifiers.contains(Modifiers::SHIFT) => form.focused = here.saturating_sub(1),
        Key::Down | Key::Tab => form.focused = (here + 1).min(last),
        Key::Enter => return make(state),
        _ => {
            let Some(field) = form.fields.get_mut(here) else { return Vec::new() };
            let stepped = (is_sideways || chord.typed() == Some(' ')) && field.step(chord.key != Key::Left);
            // A field of words takes no others.
            if !stepped
                && field.choices.is_empty()
                && let Some(command) = command_of(chord, Lines::One)
            {
                field.editor.apply(command, now);
            }
            check(state);
        }
    }
    Vec::new()
}

/// Text was pasted: it is a name.
pub(super) fn pasted(state: &mut State, text: &str) {
    let now = state.now_ms;
    if let Some(field) = form(state).and_then(|form| form.fields.get_mut(NAME)) {
        field.editor.apply(Command::InsertText(text.to_owned()), now);
    }
    check(state);
}

/// A field was clicked on: it has the caret, and one that has it already goes to its next word.
pub(super) fn clicked(state: &mut State, field: usize) -> Vec<Effect> {
    if let Some(form) = form(state) {
        let was_here = form.focused == field;
        form.focused = field.min(form.fields.len().saturating_sub(1));
        if let Some(field) = form.fields.get_mut(field).filter(|_| was_here) {
            field.step(true);
        }
    }
    check(state);
    Vec::new()
}

/// What is to be made, as far as the form can be read.
struct Wanted {
    file: String,
    text: String,
    arm: Option<MadeArm>,
}

/// Says in each field what it comes to, or what is wrong with it. Nothing where something is.
fn check(state: &mut State) -> Option<Wanted> {
    let form = self::form(state)?;
    let (is_copy, has_arm, like) = (form.says_first(TEXT), form.says_first(ARM), form.like);
    let typed = form.fields.get(NAME).map(|field| field.editor.text()).unwrap_or_default();
    let file = file_of(&typed, &state.place.prompts);
    let named = file.as_deref().unwrap_or("new.prompty").to_owned();
    let current = state.prompt.name.clone();
    let text = if is_copy {
        let copy = copied(&state.prompt.editor.text(), &current, &named);
        copy.ok_or_else(|| {
            format!("{current} is written in another way than {named}: name it with the same ending, or take a starter")
        })
    } else {
        Ok(starter(&named, &state.prompt.variables))
    };
    let arm = arm_like(state, like, &named);
    let helps = [
        format!("becomes {named} in this workbench's folder"),
        if is_copy {
            format!("a copy of {current} as it is on the screen")
        } else {
            "a few lines that ask for the same variables".to_owned()
        },
        match &arm {
            Some(made) if has_arm => format!(
                "adds arm {} to fourfold.toml: this prompt, {} and {}, as {} asks",
                made.arm.id,
                state.arm(like).map(|arm| arm.strategy.label()).unwrap_or_default(),
                made.arm.model,
                like.letter()
            ),
            _ => "fourfold.toml stays as it is; an arm that is to be measured names the prompt there".to_owned(),
        },
    ];
    let faults = [file.as_ref().err().cloned(), text.as_ref().err().cloned(), None];
    let form = self::form(state)?;
    for ((field, help), fault) in form.fields.iter_mut().zip(helps).zip(faults) {
        (field.help, field.fault) = (help, fault);
    }
    Some(Wanted { file: file.ok()?, text: text.ok()?, arm: arm.filter(|_| has_arm) })
}

/// An arm that asks the prompt `file` as the arm in `slot` asks its own, and the models that fourfold.toml may lack for it.
fn arm_like(state: &State, slot: ArmSlot, file: &str) -> Option<MadeArm> {
    let arm = state.arm(slot)?;
    let stem = stem(file);
    let is_free =
        |id: &String| !state.place.arms.iter().any(|arm| arm.id == *id) && !state.arms.iter().any(|arm| arm.id == *id);
    // Of so many names one is free.
    let numbered = (2..=state.place.arms.len() + state.arms.len() + 2).map(|number| format!("{stem}-{number}"));
    let id = std::iter::once(stem.to_owned()).chain(numbered).find(is_free)?;
    let model = state.models.known(&arm.model)?;
    let base = model.base.as_ref().and_then(|base| state.models.known(base));
    let models: Vec<ModelSpec> = base.into_iter().chain([model]).cloned().collect();
    let (name, settings) = arm.strategy.parts();
    let arm = Arm {
        id,
        prompt: file.to_owned(),
        strategy: StrategySpec { name, settings },
        model: arm.model.clone(),
        parameters: arm.parameters.clone(),
    };
    Some(MadeArm { arm, models })
}

/// Makes it; what is wrong keeps the form open.
fn make(state: &mut State) -> Vec<Effect> {
    let wanted = check(state);
    let Some(form) = form(state) else { return Vec::new() };
    let Some(Wanted { file, text, arm }) = wanted else {
        if let Some(faulty) = form.fields.iter().position(|field| field.fault.is_some()) {
            form.focused = faulty;
        }
        return Vec::new();
    };
    form.making = true;
    // fourfold.toml changes by this program's own hand.
    state.models.writing = arm.is_some();
    vec![Effect::MakePrompt(Box::new(MakePrompt { file, text, arm }))]
}

/// The file was made, without an arm or with one that could not be added (`said` tells); or it could not be made.
pub(super) fn made(state: &mut State, file: &str, result: Result<Option<String>, String>) -> Vec<Effect> {
    state.models.writing = false;
    match result {
        Err(reason) => {
            let Some(form) = form(state) else { return toast(state, Tone::Bad, reason) };
            form.making = false;
            form.focused = NAME;
            if let Some(field) = form.fields.get_mut(NAME) {
                field.fault = Some(reason);
            }
            Vec::new()
        }
        Ok(said) => {
            let asked_by = close(state).and_then(|form| form.asked_by);
            if let Some(arm) = asked_by.and_then(|slot| state.arm_mut(slot)) {
                arm.prompt = Some(file.to_owned());
            }
            let mut effects = show(state, file);
            let (tone, words) = match (said, asked_by) {
                (Some(said), _) => (Tone::Bad, said),
                (None, Some(slot)) => (Tone::Done, format!("Made {file}; {} asks it until you quit.", slot.letter())),
                (None, None) => (
                    Tone::Done,
                    format!("Made {file}. To measure it, name it in an [[arm]] of fourfold.toml: prompt = \"{file}\"."),
                ),
            };
            effects.extend(toast(state, tone, words));
            effects
        }
    }
}

/// The file was made, and fourfold.toml has an arm that asks it: that stands on the screen where there is room.
pub(super) fn made_with_arm(state: &mut State, file: &str, arm: Arm) -> Vec<Effect> {
    close(state);
    let arms = if state.fourfold.shown { &mut state.fourfold.aside } else { &mut state.arms };
    if arms.len() < ArmSlot::ALL.len()
        && let Ok(strategy) = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
    {
        let mut shown = ArmState::new(arm.id, strategy, arm.model);
        (shown.prompt, shown.parameters) = (Some(arm.prompt), arm.parameters);
        arms.push(shown);
    }
    show(state, file)
}

fn close(state: &mut State) -> Option<NewPromptForm> {
    let at = state.overlays.iter().rposition(|overlay| matches!(overlay, Overlay::NewPrompt(_)))?;
    match state.overlays.remove(at) {
        Overlay::NewPrompt(form) => Some(*form),
        _ => None,
    }
}

/// Opens the new file; a draft of the prompt before is kept.
fn show(state: &mut State, file: &str) -> Vec<Effect> {
    if !state.place.prompts.iter().any(|name| name == file) {
        state.place.prompts.push(file.to_owned());
        state.place.prompts.sort();
    }
    state.focus = crate::state::Pane::Prompt;
    let mut effects = prompt::keep_draft(state);
    effects.push(Effect::LoadPrompt(state.place.root.join(file)));
    effects
}
