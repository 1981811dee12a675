//! A key is typed for a provider or a server that wants one: the server is asked with it first, and only a key that it takes is
//! kept, for the person alone.

use super::models::{list_again, refresh};
use super::{actions, toast};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::keys::{Chord, Key as Pressed, Modifiers};
use crate::model::discover::LocalServer;
use crate::model::{Key, KeySource, Secret, ServedModel};
use crate::state::{ArmSlot, AskedBy, Hosted, KeyForm, KeyPlace, ListFault, Overlay, State, Tone};

/// More than any key; what a slip of the mouse pastes ends here.
const MOST_LETTERS: usize = 8 * 1024;

/// Opens the form over the list of models.
pub(super) fn open(state: &mut State, slot: ArmSlot, place: KeyPlace) -> Vec<Effect> {
    let line = place.known.map_or_else(|| format!("key {}", place.base_url), |known| format!("ask {}", known.variable));
    list_again(state, slot, &line);
    actions::open(state, Overlay::GiveKey(Box::new(KeyForm::new(slot, place))))
}

/// Opens the form for the model of an arm.
pub(super) fn for_arm(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let model = state.arm(slot).map(|arm| arm.model.clone()).unwrap_or_default();
    match state.models.known(&model).map(KeyPlace::of_model) {
        Some(Some(place)) => actions::open(state, Overlay::GiveKey(Box::new(KeyForm::new(slot, place)))),
        Some(None) => toast(state, Tone::Note, format!("{model} runs inside fourfold and needs no key.")),
        None => toast(state, Tone::Note, format!("There is no model `{model}`: m picks another.")),
    }
}

/// Something was typed or pasted.
pub(super) fn typed(form: &mut KeyForm, text: &str) {
    let room = MOST_LETTERS.saturating_sub(form.typed.letters());
    if form.asking || room == 0 {
        return;
    }
    form.fault = None;
    let text: String = text.chars().take(room).collect();
    form.typed.push(&text);
}

/// A key while the form is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let Some(Overlay::GiveKey(form)) = state.overlays.last_mut() else { return Vec::new() };
    if form.asking {
        return Vec::new();
    }
    match chord.key {
        Pressed::Enter => return ask(form),
        Pressed::Backspace => {
            form.fault = None;
            form.typed.pop();
        }
        Pressed::Char('u') if chord.modifiers == Modifiers::CONTROL => return start_again(state),
        _ => {
            if let Some(letter) = chord.typed() {
                typed(form, letter.encode_utf8(&mut [0; 4]));
            }
        }
    }
    Vec::new()
}

/// Takes away what was typed.
pub(super) fn start_again(state: &mut State) -> Vec<Effect> {
    if let Some(Overlay::GiveKey(form)) = state.overlays.last_mut()
        && !form.asking
    {
        form.fault = None;
        form.typed = Secret::default();
    }
    Vec::new()
}

/// Asks the server with what was typed, unless that can be no key.
fn ask(form: &mut KeyForm) -> Vec<Effect> {
    match Key::new(form.typed.expose(), "what was typed") {
        Err(error) => {
            form.fault = Some(format!("{error}. {}", error.hint()));
            Vec::new()
        }
        Ok(key) => {
            (form.asking, form.fault) = (true, None);
            vec![Effect::TryKey { place: form.place.clone(), key }]
        }
    }
}

/// The form, if it is still open for this place.
fn form_for<'a>(state: &'a mut State, place: &KeyPlace) -> Option<&'a mut KeyForm> {
    state.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::GiveKey(form) if form.place == *place => Some(&mut **form),
        _ => None,
    })
}

/// The server was asked. Who has gone away from the form in the meantime keeps nothing.
pub(super) fn tried(
    state: &mut State,
    place: &KeyPlace,
    key: Key,
    models: Result<Vec<ServedModel>, ListFault>,
) -> Vec<Effect> {
    let Some(form) = form_for(state, place).filter(|form| form.asking) else { return Vec::new() };
    match models {
        // A key that may not list models may be made for nothing but asking: the first question tells.
        Err(fault) if fault.may_not_list => {
            form.models = Err(fault);
            vec![Effect::KeepKey { place: place.clone(), key }]
        }
        Err(fault) => {
            form.asking = false;
            form.fault = Some(format!("Not kept: {}", fault.words));
            Vec::new()
        }
        Ok(models) => {
            form.models = Ok(models);
            vec![Effect::KeepKey { place: place.clone(), key }]
        }
    }
}

/// The key is kept, or could not be: the list shows what the server has.
pub(super) fn kept(
    state: &mut State,
    place: &KeyPlace,
    source: Result<KeySource, String>,
    by_itself: Option<KeySource>,
) -> Vec<Effect> {
    let source = match source {
        Ok(source) => source,
        Err(reason) => {
            return match form_for(state, place) {
                Some(form) => {
                    form.asking = false;
                    form.fault = Some(reason);
                    Vec::new()
                }
                None => toast(state, Tone::Bad, reason),
            };
        }
    };
    let models = form_for(state, place).map(|form| std::mem::replace(&mut form.models, Ok(Vec::new())));
    let models = models.unwrap_or(Ok(Vec::new()));
    let unlisted = models.as_ref().err().map(|fault| format!(" It was not let list models: {}", fault.words));
    let unlisted = unlisted.unwrap_or_default();
    state.overlays.retain(|overlay| !matches!(overlay, Overlay::GiveKey(form) if form.place == *place));
    if let Some(by) = &place.asked_by {
        return kept_for(state, place, by, &source, by_itself, &unlisted);
    }
    let (title, name) = (place.title(), &place.name);
    let words = match &source {
        KeySource::Keyring(name) => format!("The key for {title} is in the keyring, as {name}.{unlisted}"),
        _ => format!("The key for {title} is kept for you alone; `fourfold keys remove {name}` forgets it.{unlisted}"),
    };
    let query = if let Some(known) = place.known {
        let ids = models.map(|models| models.into_iter().map(|model| model.id).collect());
        for own in state.models.keys.iter_mut().filter(|own| own.known == known) {
            own.source = Some(source.clone());
        }
        state.models.hosted.retain(|hosted| hosted.known != known);
        state.models.hosted.push(Hosted { known, models: Some(ids) });
        known.provider.to_owned()
    } else {
        let base_url = place.base_url.clone();
        state.models.address = None;
        state.models.servers.retain(|server| server.base_url != base_url);
        let query = format!("{base_url} ");
        let models = models.unwrap_or_default();
        state.models.servers.push(LocalServer { program: "", base_url, models, key: Some(source) });
        query
    };
    refresh(state, Some(&query));
    toast(state, Tone::Done, words)
}

/// The key is kept for the model of an arm: until when it is asked with it, and how to ask.
fn kept_for(
    state: &mut State,
    place: &KeyPlace,
    by: &AskedBy,
    source: &KeySource,
    by_itself: Option<KeySource>,
    unlisted: &str,
) -> Vec<Effect> {
    for arm in state.arms.iter_mut().filter(|arm| arm.model == by.model) {
        arm.wants_key = false;
    }
    let (title, model, name) = (place.title(), &by.model, &place.name);
    let written = match source {
        KeySource::Keyring(_) => format!("api_key = {{ keyring = \"{name}\" }}"),
        _ => format!("api_key = {{ file = \"{name}\" }}"),
    };
    let until = match (&by.named, by_itself) {
        (Some(named), _) if named == source => String::new(),
        (None, Some(found)) if place.known.is_some() && found == *source => String::new(),
        (Some(named), _) => {
            let named = named.in_words();
            format!(
                " {model} uses it until you quit: fourfold.toml names {named} there; {written} would name this one."
            )
        }
        (None, Some(found)) if place.known.is_some() => {
            format!(" {model} uses it until you quit: {} stands before it.", found.in_words())
        }
        (None, _) => format!(" {model} uses it until you quit; for good, give it {written} in fourfold.toml."),
    };
    let again =
        state.keys.chord_in(Action::RunArm, &[Scope::Arm]).map(crate::keys::Sequence::short).unwrap_or_default();
    toast(state, Tone::Done, format!("The key for {title} is kept for you alone; {again} asks again.{until}{unlisted}"))
}
