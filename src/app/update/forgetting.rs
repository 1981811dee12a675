//! What tuning made a model forget: beginning from the Tune screen or from a cell, hearing, stopping.

use super::fourfold::meant;
use super::toast;
use crate::app::effect::Effect;
use crate::app::event::ForgettingNews;
use crate::config::{ModelSpec, Provider, adjustable};
use crate::keys::{Chord, Key};
use crate::model::Dialect;
use crate::run::Session;
use crate::state::{ArmSlot, ForgetOf, ForgettingState, Overlay, State, Tone, fourfold};
use crate::tune::{KindResult, Progress};

/// Measures what the tuned model of an arm has lost.
pub(super) fn open_for_arm(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(arm) = state.arm(slot) else { return Vec::new() };
    let id = meant(state, &arm.model);
    // A server may know one by a name of its own, and say how probable a given text is.
    let by_name = |model: &&ModelSpec| {
        model.base.is_some() && model.lora.is_none() && model.provider == Provider::Server(Dialect::ChatCompletions)
    };
    let of_server = || {
        let known = || state.models.known.iter().filter(by_name);
        known().find(|model| model.id == id).or_else(|| known().find(|model| model.base.as_deref() == Some(&*id)))
    };
    let Some(model) = adjustable(&state.models.known, &id).or_else(of_server).cloned() else {
        let words = if state.fourfold.shown {
            format!(
                "What tuning lost is measured on a model that names its `base`, here or on a server; `{id}` has none."
            )
        } else {
            "No tuned model here: pick one with m, or tune one (Ctrl+N).".to_owned()
        };
        return toast(state, Tone::Note, words);
    };
    if model.lora.is_some() {
        let words = "What tuning lost cannot be measured on a llama-server: it does not say how probable a given text is. Import the \
                     adapter to measure it here.";
        return toast(state, Tone::Note, words);
    }
    let gained = if state.fourfold.shown { gained_here(state) } else { Vec::new() };
    open(state, ForgetOf::Model(model.id), gained)
}

/// What the four cells say that tuning gained, on this case.
fn gained_here(state: &State) -> Vec<String> {
    let table = fourfold::table(&state.arms, &state.primary);
    let added =
        |base: Option<f64>, tuned: Option<f64>, prompt: &str| Some(format!("{:+.2} to the {prompt}", tuned? - base?));
    // One row of the table says something as well.
    let rows = [
        added(table.plain_base, table.plain_tuned, "plain prompt"),
        added(table.prompted_base, table.prompted_tuned, "full one"),
    ];
    let added: Vec<String> = rows.into_iter().flatten().collect();
    let mut lines = Vec::new();
    if !added.is_empty() {
        lines.push(format!("{}: tuning adds {} (this case)", state.primary, added.join(", ")));
    }
    lines.extend(fourfold::bought_in_words(&state.arms).into_iter().take(1).map(|words| words + " (this case)"));
    lines
}

/// What a training says that it gained.
pub(super) fn gained_by(progress: &Progress) -> Vec<String> {
    let best = progress.validation.iter().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
    let first = progress.losses.first().map(|(_, loss)| *loss);
    match (first, progress.validation.is_empty()) {
        (Some(first), false) => {
            vec![format!(
                "loss on the task: {first:.3} at the first step, {best:.3} on held-out rows with the kept weights"
            )]
        }
        (Some(first), true) => progress
            .losses
            .last()
            .map(|(_, last)| format!("loss on the task: {first:.3} at the first step, {last:.3} at the last"))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// Opens the page: what was measured of the same before, or what measuring takes, which waits for a yes.
pub(super) fn open(state: &mut State, of: ForgetOf, gained: Vec<String>) -> Vec<Effect> {
    state.overlays.push(Overlay::Forgetting);
    let server = match &of {
        ForgetOf::Model(id) => state.models.known(id).and_then(|model| Session::base_url(model).map(str::to_owned)),
        ForgetOf::Adapter(_) => None,
    };
    let page = &mut state.forgetting;
    let is_known = page.of.as_ref() == Some(&of) && page.fault.is_none() && (page.running || !page.items.is_empty());
    page.asks = None;
    if is_known {
        page.gained = gained;
    } else {
        page.asks = Some((of, gained));
        page.asks_server = server;
    }
    Vec::new()
}

fn begin(state: &mut State, of: ForgetOf, gained: Vec<String>) -> Vec<Effect> {
    let before = std::mem::take(&mut state.forgetting);
    let generation = before.generation + 1;
    // What was measured of the same before comes back where measuring it again is stopped.
    let items = if before.of.as_ref() == Some(&of) { before.items } else { Vec::new() };
    state.forgetting = ForgettingState {
        generation,
        of: Some(of.clone()),
        running: true,
        gained,
        items,
        ..ForgettingState::default()
    };
    vec![Effect::Forgetting { generation, of }]
}

/// A key while the page is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let page = &mut state.forgetting;
    let yes = chord.key == Key::Enter || matches!(chord.typed(), Some('y' | 'Y'));
    if let Some((of, gained)) = page.asks.take_if(|_| yes) {
        return begin(state, of, gained);
    }
    if page.asks.is_some() {
        if matches!(chord.typed(), Some('n' | 'N')) {
            state.overlays.pop();
        }
        return Vec::new();
    }
    match (chord.typed(), page.of.clone()) {
        (Some('x'), _) if page.running => {
            page.running = false;
            vec![Effect::StopForgetting]
        }
        (Some('r'), Some(of)) if !page.running => {
            let gained = std::mem::take(&mut page.gained);
            begin(state, of, gained)
        }
        _ => Vec::new(),
    }
}

/// News of the worker that measures.
pub(super) fn heard(state: &mut State, generation: u64, news: ForgettingNews) -> Vec<Effect> {
    let open = state.overlays.iter().any(|overlay| matches!(overlay, Overlay::Forgetting));
    let page = &mut state.forgetting;
    if page.generation != generation || !page.running {
        return Vec::new();
    }
    match news {
        ForgettingNews::Item { done, of } => page.progress = (done, of),
        ForgettingNews::Over(result) => {
            page.running = false;
            match result {
                Ok(items) => page.items = items,
                Err(fault) => page.fault = Some(fault),
            }
            if !open {
                let words = match &page.fault {
                    Some(fault) => format!("Measuring what was lost: {}. {}", fault.what, fault.hint),
                    None => page.kinds().iter().map(KindResult::in_words).collect::<Vec<_>>().join("; "),
                };
                let tone = if page.fault.is_some() { Tone::Bad } else { Tone::Done };
                return toast(state, tone, words);
            }
        }
    }
    Vec::new()
}
