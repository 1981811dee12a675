//! The model picker: what is found while it is open, what choosing does, keeping a choice in fourfold.toml.

use super::{actions, give_key, prompt, toast};
use crate::app::effect::Effect;
use crate::app::event::Found;
use crate::config::{ModelSpec, Provider, model_block};
use crate::model::discover::{KnownKey, LocalServer, USUAL_PORTS};
use crate::state::picker::{Item, Picker};
use crate::state::{
    ADDRESS_OFFER, ArmSlot, Cells, EmbeddedOffer, FILE_OFFER, Hosted, KeyPlace, Offer, Overlay, PickFor, State, Tone,
    asks_file,
};

/// Opens the picker with what is known, and looks for more behind it.
pub(super) fn open(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let current = state.arm(slot).map(|arm| format!("known {}", arm.model)).unwrap_or_default();
    state.models.awaited = USUAL_PORTS.len();
    state.models.address = None;
    let title = format!("Model of {}", slot.letter());
    let mut picker = Picker::new(title, items(state), &current);
    NOTHING.clone_into(&mut picker.empty);
    let mut effects = actions::open(state, Overlay::Pick(PickFor::Model(slot), picker));
    effects.push(Effect::FindModels);
    effects
}

/// What is said where nothing matches.
const NOTHING: &str =
    "nothing matches; an address such as http://host:port/v1 is asked for its models, a path to a .gguf file is taken";

/// The lines of the picker; first of all, an address or a path that is being typed.
fn items(state: &State) -> Vec<Item> {
    let typed = match state.overlays.last() {
        Some(Overlay::Pick(PickFor::Model(_), picker)) => {
            state.models.asks_address(&picker.query).or_else(|| asks_file(&picker.query))
        }
        _ => None,
    };
    typed.into_iter().chain(state.models.offers().into_iter().map(|(item, _)| item)).collect()
}

/// Something was typed into the picker: it may be an address, or a path.
pub(super) fn typed(state: &mut State) {
    let Some(Overlay::Pick(PickFor::Model(_), picker)) = state.overlays.last() else { return };
    // Only the lines of an address and of a file come and go as one types; a provider may list thousands of models.
    let stands = picker.holds(ADDRESS_OFFER) || picker.holds(FILE_OFFER);
    if !stands && state.models.asks_address(&picker.query).is_none() && asks_file(&picker.query).is_none() {
        return;
    }
    refresh(state, None);
    if let Some(Overlay::Pick(_, picker)) = state.overlays.last_mut() {
        let is_typed = |item: &Item| [ADDRESS_OFFER, FILE_OFFER].iter().any(|offer| item.value.starts_with(offer));
        let place = picker.shown().position(is_typed);
        if let Some(place) = place {
            picker.select(place);
        }
    }
}

/// Asks the server at an address for its models; the picker opens again to show them.
fn ask_address(state: &mut State, slot: ArmSlot, base_url: &str) -> Vec<Effect> {
    // A provider's own address is that provider, and asked in its own way.
    if let Some(known) = KnownKey::at(base_url) {
        let has_key = state.models.keys.iter().any(|own| own.known == known && own.source.is_some());
        return match KeyPlace::at(known.base_url).filter(|_| !has_key) {
            Some(place) => give_key::open(state, slot, place),
            None => ask(state, slot, known),
        };
    }
    state.models.address = Some((base_url.to_owned(), None));
    let mut effects = list_again(state, slot, base_url);
    effects.push(Effect::ListAddress(base_url.to_owned()));
    effects
}

/// Opens the list again, on the line that has `current`.
pub(super) fn list_again(state: &mut State, slot: ArmSlot, current: &str) -> Vec<Effect> {
    let mut picker = Picker::new(format!("Model of {}", slot.letter()), items(state), current);
    NOTHING.clone_into(&mut picker.empty);
    actions::open(state, Overlay::Pick(PickFor::Model(slot), picker))
}

/// Something was found; an open picker shows it at once, without losing the line one is on.
pub(super) fn found(state: &mut State, found: Found) -> Vec<Effect> {
    let mut query = None;
    let asked_address = matches!(found, Found::Address { .. });
    match found {
        Found::Here { embedded, keys } => {
            state.models.embedded = embedded;
            state.models.keys = keys;
        }
        Found::Port { base_url, server } => {
            state.models.awaited = state.models.awaited.saturating_sub(1);
            state.models.servers.retain(|known| known.base_url != base_url);
            state.models.servers.extend(server);
        }
        Found::Hosted { known, models } => {
            query = models.is_ok().then(|| known.provider.to_owned());
            state.models.hosted.retain(|hosted| hosted.known != known);
            state.models.hosted.push(Hosted { known, models: Some(models) });
        }
        Found::Weights { slot, typed, path } => return looked_at(state, slot, &typed, path),
        Found::KeyTried { place, key, models } => return give_key::tried(state, &place, key, models),
        Found::KeyKept { place, source, by_itself } => return give_key::kept(state, &place, source, by_itself),
        Found::Address { base_url, models, key } => {
            let is_wanted = state.models.address.as_ref().is_some_and(|(asked, _)| *asked == base_url);
            match models {
                Ok(models) => {
                    if is_wanted {
                        state.models.address = None;
                        // What is typed after it narrows the list further.
                        query = Some(format!("{base_url} "));
                    }
                    state.models.servers.retain(|known| known.base_url != base_url);
                    state.models.servers.push(LocalServer { program: "", base_url, models, key });
                }
                Err(fault) if is_wanted => state.models.address = Some((base_url, Some(fault))),
                Err(_) => {}
            }
        }
    }
    refresh(state, query.as_deref());
    // The line of the address stays under the hand when it says that it wants a key.
    if let Some(line) = state.models.address.as_ref().map(|(url, _)| format!("key {url}"))
        && let Some(Overlay::Pick(PickFor::Model(_), picker)) = state.overlays.last_mut()
    {
        let place = picker.shown().position(|item| item.value == line).filter(|_| asked_address);
        if let Some(place) = place {
            picker.select(place);
        }
    }
    Vec::new()
}

/// Shows the list as it is now; `query` narrows it to what was asked for.
pub(super) fn refresh(state: &mut State, query: Option<&str>) {
    let items = items(state);
    if let Some(Overlay::Pick(PickFor::Model(_), picker)) = state.overlays.last_mut() {
        picker.replace(items);
        if let (Some(query), true) = (query, picker.query.is_empty()) {
            picker.insert(query);
        }
    }
}

/// A line was chosen.
pub(super) fn choose(state: &mut State, slot: ArmSlot, value: &str) -> Vec<Effect> {
    if let Some(base_url) = value.strip_prefix(ADDRESS_OFFER) {
        return ask_address(state, slot, base_url);
    }
    if let Some(path) = value.strip_prefix(FILE_OFFER) {
        return vec![Effect::LookAtWeights { slot, typed: path.to_owned() }];
    }
    let offer = state.models.offers().into_iter().find(|(item, _)| item.value == value).and_then(|(_, offer)| offer);
    match offer {
        Some(Offer::Known(id)) => take(state, slot, id),
        Some(Offer::Embedded { spec, file }) if file.here => add(state, slot, *spec),
        Some(Offer::Embedded { file, .. }) => ask_to_fetch(state, slot, &file),
        Some(Offer::Served(spec)) => add(state, slot, *spec),
        Some(Offer::Tuned(pair)) => {
            let [base, tuned] = *pair;
            let cells = Effect::PairCells { base: base.id.clone(), tuned: tuned.id.clone() };
            let mut effects = Vec::new();
            if state.models.known(&base.id).is_none() {
                state.models.known.push(base.clone());
                effects.push(Effect::UseModel(Box::new(base)));
            }
            effects.extend(add(state, slot, tuned));
            effects.push(cells);
            effects
        }
        Some(Offer::Ask(known)) => ask(state, slot, known),
        Some(Offer::GiveKey(place)) => give_key::open(state, slot, place),
        None => Vec::new(),
    }
}

/// A file of weights was looked at: the arm has it, or the list is there again with what is wrong.
fn looked_at(state: &mut State, slot: ArmSlot, typed: &str, path: Result<String, String>) -> Vec<Effect> {
    let reason = match path {
        Ok(path) => {
            let spec = state.models.spec(&path, Provider::Embedded, None, None);
            return add(state, slot, spec);
        }
        Err(reason) => reason,
    };
    let mut effects = Vec::new();
    if state.overlays.is_empty() {
        effects.extend(list_again(state, slot, ""));
        if let Some(Overlay::Pick(_, picker)) = state.overlays.last_mut() {
            picker.insert(typed);
        }
        self::typed(state);
    }
    effects.extend(toast(state, Tone::Bad, reason));
    effects
}

/// Says what a model's weights take before they are fetched.
fn ask_to_fetch(state: &mut State, slot: ArmSlot, file: &EmbeddedOffer) -> Vec<Effect> {
    let (size, letter) = (file.size(), slot.letter());
    let items = vec![
        Item::new(format!("now {}", file.name), format!("fetch {size} now"))
            .note(format!("{}; Esc stops it, and what has arrived is kept", file.licence)),
        Item::new(format!("later {}", file.name), "fetch it when it is asked")
            .note(format!("{letter} has the model; its first run fetches the {size}")),
    ];
    let picker = Picker::new(format!("{} is not on this machine", file.title), items, "");
    actions::open(state, Overlay::Pick(PickFor::FetchModel(slot), picker))
}

/// Now, or with the first run.
pub(super) fn fetch(state: &mut State, slot: ArmSlot, value: &str) -> Vec<Effect> {
    let Some((when, name)) = value.split_once(' ') else { return Vec::new() };
    let offers = state.models.offers().into_iter();
    let spec = offers.filter_map(|(_, offer)| match offer {
        Some(Offer::Embedded { spec, file }) if file.name == name => Some(*spec),
        _ => None,
    });
    let Some(spec) = spec.into_iter().next() else { return Vec::new() };
    let mut effects = add(state, slot, spec);
    if when == "now" {
        effects.push(Effect::PullModel(Some(name.to_owned())));
    }
    effects
}

fn take(state: &mut State, slot: ArmSlot, id: String) -> Vec<Effect> {
    if let Some(arm) = state.arm_mut(slot) {
        arm.model = id;
    }
    prompt::analyse(state)
}

/// Makes a model known for this session, gives it to the arm, and offers to keep it.
fn add(state: &mut State, slot: ArmSlot, spec: ModelSpec) -> Vec<Effect> {
    if state.models.known(&spec.id).is_some() {
        return take(state, slot, spec.id);
    }
    state.models.known.push(spec.clone());
    let mut effects = vec![Effect::UseModel(Box::new(spec.clone()))];
    effects.extend(take(state, slot, spec.id.clone()));
    effects.extend(offer_to_keep(state, slot));
    effects
}

/// Asks a provider for its list; the picker opens again to show it.
fn ask(state: &mut State, slot: ArmSlot, known: KnownKey) -> Vec<Effect> {
    state.models.hosted.retain(|hosted| hosted.known != known);
    state.models.hosted.push(Hosted { known, models: None });
    let mut effects = list_again(state, slot, &format!("ask {}", known.variable));
    effects.push(Effect::ListHosted(known));
    effects
}

/// Asks whether the model that was picked is to be there next time as well.
pub(super) fn offer_to_keep(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(spec) = state.arm(slot).and_then(|arm| state.models.known(&arm.model)) else { return Vec::new() };
    let block = model_block(spec).lines().collect::<Vec<_>>().join("  ");
    let items = vec![
        Item::new("session", "use it until I quit").note("fourfold.toml stays as it is"),
        Item::new("keep", "add it to fourfold.toml").note(block),
    ];
    let picker = Picker::new(format!("{} has the model {}", slot.letter(), spec.id), items, "session");
    actions::open(state, Overlay::Pick(PickFor::KeepModel(slot), picker))
}

/// Shows what the workbench wants to do with keys; choosing a line gives leave for it.
pub(super) fn allow_keys(state: &mut State, wishes: Vec<String>) -> Vec<Effect> {
    if wishes.is_empty() {
        return toast(state, Tone::Note, "This workbench wants nothing that needs leave.");
    }
    let items = wishes.into_iter().map(|wish| Item::new(wish.clone(), wish)).collect();
    let picker = Picker::new("Let fourfold.toml… (Enter allows, Esc does not)", items, "");
    actions::open(state, Overlay::Pick(PickFor::AllowKeys, picker))
}

/// Yes, or only for now.
pub(super) fn keep(state: &mut State, slot: ArmSlot, value: &str) -> Vec<Effect> {
    let spec = state.arm(slot).and_then(|arm| state.models.known(&arm.model));
    let Some(spec) = spec.filter(|_| value == "keep").cloned() else { return Vec::new() };
    state.models.writing = true;
    // A tuned model needs its base beside it.
    let base = spec.base.as_ref().and_then(|id| state.models.known(id)).cloned();
    vec![Effect::KeepModels(base.into_iter().chain([spec]).collect())]
}

/// The four cells of a base and a tuned model that were just picked.
pub(super) fn cells_found(state: &mut State, cells: Result<Cells, String>) -> Vec<Effect> {
    if cells.is_err() || state.fourfold.shown {
        return Vec::new();
    }
    state.place.cells = cells;
    state.fourfold.aside.clear();
    toast(state, Tone::Note, "Base and tuned are known: Ctrl+T shows the four cells.")
}

/// The model was written to fourfold.toml, or could not be.
pub(super) fn kept(state: &mut State, result: Result<String, String>) -> Vec<Effect> {
    match result {
        Ok(id) => toast(state, Tone::Done, format!("fourfold.toml has the model {id} now; name it in an [[arm]].")),
        Err(reason) => {
            state.models.writing = false;
            toast(state, Tone::Bad, format!("fourfold.toml was not changed: {reason}"))
        }
    }
}
