//! `update(&mut State, Event) -> Vec<Effect>`: pure, split by area. No clock, no file, no network.

mod ablation;
mod actions;
mod arms;
mod blind;
mod case;
mod compare;
mod data;
mod distil;
#[cfg(test)]
mod editing_tests;
mod failures;
mod find;
mod forgetting;
mod fourfold;
mod give_key;
mod history;
mod judge;
mod keep_arms;
mod keys;
mod leaving;
mod mapping;
mod matrix;
mod models;
mod outside;
mod overlay;
mod parameters;
mod pointer;
mod presets;
mod prompt;
mod recorded;
mod recording;
mod samples;
mod scores;
mod sequence;
mod strategies;
mod strengths;
mod tune;

pub(super) use arms::question;
pub(super) use case::recalled;
pub use keys::scopes;
pub(super) use prompt::returned;
pub use sequence::{follows, reaches};

use super::effect::Effect;
use super::event::{Event, EventKind, Timer};
use crate::state::{State, Toast, Tone};
use crate::terminal::Input;

/// How long a notice stays.
const TOAST_MS: u64 = 4_000;

/// Changes the state by what happened; what has to be done outside is returned.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    state.now_ms = event.at_ms;
    let mut effects = happened(state, event.kind);
    find::settle(state);
    if !effects.contains(&Effect::Quit) {
        effects.extend(leaving::settle(state));
    }
    effects
}

fn happened(state: &mut State, kind: EventKind) -> Vec<Effect> {
    if strengths::concerns(&kind) {
        strengths::happened(state, kind);
        return Vec::new();
    }
    match kind {
        EventKind::Input(input) => input_came(state, input),
        EventKind::Trial { slot, generation, event } => arms::heard(state, slot, generation, event),
        EventKind::NotStarted { slot, generation, what, hint } => {
            arms::not_started(state, slot, generation, &what, hint);
            Vec::new()
        }
        EventKind::WantsKey { slot, generation } => {
            arms::wants_key(state, slot, generation);
            Vec::new()
        }
        EventKind::Recorded { slot, generation, result } => match result {
            Ok(trial) => {
                samples::recorded(state, slot, generation, trial);
                if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
                    arm.trial = Some(trial);
                }
                fourfold::read_verdict(state)
            }
            Err(reason) => toast(state, Tone::Bad, format!("This answer could not be recorded: {reason}")),
        },
        EventKind::Noted { slot, generation, notes } => {
            let is_one = samples::is_one(state, slot, generation);
            if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation && !is_one) {
                arm.notes = notes;
            }
            Vec::new()
        }
        EventKind::Scored { slot, generation, extracted, outcome, scores } => {
            arms::scored(state, slot, generation, extracted, outcome, scores)
        }
        EventKind::Charged { slot, generation, note, session } => {
            state.spent = session;
            samples::charged(state, slot, generation, note);
            strengths::charged(state, slot, generation, note);
            if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
                arm.figures.cost = note;
            }
            Vec::new()
        }
        EventKind::Rescored { slot, generation, scores, parts } => {
            if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
                arm.scores = scores;
                arm.parts = parts;
            }
            Vec::new()
        }
        EventKind::Parted { slot, generation, parts } => {
            if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
                arm.parts = parts;
            }
            Vec::new()
        }
        EventKind::SidesDrawn { swapped } => {
            if let Some(blind) = &mut state.blind {
                blind.swapped = swapped;
            }
            Vec::new()
        }
        EventKind::TallyRead(result) => {
            blind::tally_read(state, result);
            Vec::new()
        }
        EventKind::VerdictRead(words) => {
            state.fourfold.verdict = words;
            Vec::new()
        }
        EventKind::Pointer(pointer) => pointer::pointed(state, pointer),
        EventKind::Models(found) => models::found(state, found),
        EventKind::ModelKept(result) => models::kept(state, result),
        EventKind::CellsFound(cells) => models::cells_found(state, cells),
        EventKind::KeyWishes(wishes) => models::allow_keys(state, wishes),
        EventKind::Analysed(analysis) => prompt::analysed(state, *analysis),
        EventKind::Ahead(told) => strategies::reckoned(state, &told),
        EventKind::PromptColoured { revision, spans } => {
            prompt::coloured(state, revision, spans);
            Vec::new()
        }
        EventKind::AnswerColoured { slot, generation, key, lines } => {
            if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
                arm.answer.set_highlight(key, lines);
            }
            Vec::new()
        }
        EventKind::Outside { path, now, asked } => outside::noticed(state, &path, now, asked),
        // A model that was kept a moment ago is known here already.
        EventKind::WorkbenchChanged if std::mem::take(&mut state.models.writing) => Vec::new(),
        EventKind::WorkbenchChanged => toast(
            state,
            Tone::Note,
            "fourfold.toml has changed; this screen still works by the old one. Quit and start again to use it.",
        ),
        EventKind::ThemesChanged => vec![Effect::ReloadTheme(overlay::theme_in_view(state))],
        EventKind::ThemesListed(names) => {
            state.place.themes = names;
            Vec::new()
        }
        EventKind::Compared { generation, diff } => {
            compare::compared(state, generation, diff);
            Vec::new()
        }
        EventKind::CaseLoaded { index, result } => case::loaded(state, index, result),
        EventKind::CopyMade { what, result: Ok(text) } => overlay::copy(state, &what, text),
        EventKind::CopyMade { result: Err(reason), .. } => toast(state, Tone::Note, reason),
        EventKind::PromptLoaded { path, result } => prompt::loaded(state, path, result),
        EventKind::Saved(result) => {
            let mut effects = prompt::saved(state, result);
            effects.extend(keep_arms::written(state));
            effects
        }
        EventKind::Edited(result) => prompt::edited(state, result),
        EventKind::HistoryRead { generation, result } => {
            history::read(state, generation, result);
            Vec::new()
        }
        EventKind::TrialOpened { purpose, result } => history::opened(state, purpose, result),
        EventKind::AblationRead { generation, result } => {
            ablation::heard(state, generation, result);
            Vec::new()
        }
        EventKind::Data(news) => data::heard(state, news),
        EventKind::Reopened(Ok(_)) => Vec::new(),
        EventKind::Reopened(Err(reason)) => mapping::refused(state, &reason),
        EventKind::Reread(reread) => {
            let mut effects = data::reread(state, *reread);
            effects.extend(keep_arms::written(state));
            effects
        }
        EventKind::Engine(engine) => {
            state.engine = engine;
            Vec::new()
        }
        EventKind::Failures { generation, news } => failures::heard(state, generation, news),
        EventKind::ScoresMade { generation, result } => scores::made(state, generation, result),
        EventKind::Judge { generation, news } => judge::heard(state, generation, news),
        EventKind::Distil(news) => distil::heard(state, news),
        EventKind::Forgetting { generation, news } => forgetting::heard(state, generation, news),
        EventKind::Recording(news) => recording::heard(state, news),
        EventKind::Tune(news) => tune::heard(state, news),
        EventKind::Matrix(news) => matrix::heard(state, *news),
        EventKind::Timer(Timer::Matrix) => matrix::again(state),
        EventKind::Timer(Timer::Follow) => matrix::follow(state),
        EventKind::Timer(Timer::Estimate) => matrix::reckon(state),
        EventKind::Timer(Timer::Reckon) => tune::reckon(state),
        EventKind::Timer(Timer::Prefix) => {
            if let Some(prefix) = &mut state.prefix {
                prefix.listed = true;
            }
            Vec::new()
        }
        EventKind::Toast(Toast { tone, text }) => toast(state, tone, text),
        EventKind::Timer(Timer::Toast) => {
            if !state.toasts.is_empty() {
                state.toasts.remove(0);
            }
            if state.toasts.is_empty() { Vec::new() } else { vec![Effect::Start(Timer::Toast, TOAST_MS)] }
        }
        EventKind::Timer(Timer::Analyse) => prompt::analyse(state),
        EventKind::Timer(Timer::Search) => history::search(state),
        EventKind::Timer(Timer::Draft) => keep_drafts(state),
        EventKind::Terminate => leave(state),
    }
}

fn input_came(state: &mut State, input: Input) -> Vec<Effect> {
    match input {
        Input::Resize { columns, rows } => {
            state.size = (columns, rows);
            matrix::settle(state)
        }
        Input::Key(chord) => keys::pressed(state, chord),
        Input::Paste(text) => keys::pasted(state, &text),
        Input::Mouse(_) | Input::Focus(_) | Input::KittyKeyboard => Vec::new(),
    }
}

/// Ends the program; the draft is kept first.
fn leave(state: &mut State) -> Vec<Effect> {
    let mut effects = keep_drafts(state);
    effects.push(Effect::Quit);
    effects
}

/// Keeps what is in no file.
fn keep_drafts(state: &mut State) -> Vec<Effect> {
    let mut effects = prompt::keep_draft(state);
    effects.extend(case::keep_draft(state));
    effects
}

/// Shows a notice and keeps it in the list.
fn toast(state: &mut State, tone: Tone, text: impl Into<String>) -> Vec<Effect> {
    let toast = Toast { tone, text: text.into() };
    state.messages.push(toast.clone());
    // What stands there already need not be read twice.
    state.toasts.retain(|other| *other != toast);
    state.toasts.push(toast);
    if state.toasts.len() > 3 {
        state.toasts.remove(0);
    }
    vec![Effect::Start(Timer::Toast, TOAST_MS)]
}

#[cfg(test)]
mod tests;
