//! The form that begins a run: its keys, reading it, what it will take.

use super::{live, work};
use crate::app::effect::Effect;
use crate::app::event::Timer;
use crate::app::matrix::{MatrixWork, RunWanted};
use crate::app::update::keys::{Lines, command_of};
use crate::app::update::{actions, keep_arms, toast};
use crate::config::ModelSpec;
use crate::data::Split;
use crate::editor::Command;
use crate::keys::{Chord, Key, Modifiers};
use crate::run::runner::seconds_of;
use crate::state::matrix::RunForm;
use crate::state::unwritten::Asked;
use crate::state::{Fault, FormField, Overlay, State, Tone};

/// After the last key, before what it takes is reckoned again.
const RECKON_MS: u64 = 300;
/// Places of the fields that have choices.
const ARMS: usize = 0;
const SPLIT: usize = 1;
const REPEATS: usize = 3;
const SEQUENTIAL: usize = 8;
/// What stands for the four cells in place of arms; the name of a tuned model may follow.
const FOURFOLD: &str = "fourfold";
/// Repeats beyond this are a slip of the hand.
const MOST_REPEATS: u32 = 1_000;

/// Opens the form.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if let Some(said) = live::refused(state) {
        return said;
    }
    let names: Vec<&str> = state.place.arms.iter().map(|arm| arm.id.as_str()).collect();
    let table = state.place.cells.is_ok();
    let arms = format!("← → all{}, or names: {}", if table { ", fourfold" } else { "" }, names.join(", "));
    let first = if table && names.is_empty() { "fourfold" } else { "all" };
    let fields = vec![
        FormField::new("arms", &arms, first),
        FormField::new("split", "← → dev; or test, once, at the end", "dev"),
        FormField::new("cases", "how many, drawn at random; empty: all", ""),
        FormField::new("repeats", "← → of each case; above 1 needs a temperature", "1"),
        FormField::new("at once", "on each server; empty: 16, in this program 8", ""),
        FormField::new("most dollars", "asking stops there; empty: as in fourfold.toml", ""),
        FormField::new("most calls", "asking stops there; empty: as in fourfold.toml", ""),
        FormField::new("most time", "90, 30m or 2h; empty: as in fourfold.toml", ""),
        FormField::new("sequential", "← → yes: arms stop once their verdict is clear", "no"),
    ];
    let form = RunForm {
        fields,
        focused: 0,
        generation: state.matrix.estimates,
        unwritten: Vec::new(),
        warned: false,
        estimate: None,
    };
    let mut effects = actions::open(state, Overlay::StartRun(Box::new(form)));
    effects.extend(reckon(state));
    effects
}

/// Reads the form; each fault is said in its field.
fn read(state: &mut State) -> Option<RunWanted> {
    let known: Vec<String> = state.place.arms.iter().map(|arm| arm.id.clone()).collect();
    // What the fourfold view shows is what is measured.
    let usual_tuned = state.place.cells.as_ref().ok().map(|cells| cells.tuned.clone());
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return None };
    let [arms, split, cases, repeats, at_once, cost, calls, time, sequential] = form.fields.as_mut_slice() else {
        return None;
    };
    let typed = |field: &FormField| field.editor.text().trim().to_owned();
    let mut whole = true;
    let mut number = |field: &mut FormField, least: f64, fault: &str| {
        let text = typed(field);
        let value = text.parse::<f64>().ok().filter(|value| *value >= least && value.is_finite());
        field.fault = (value.is_none() && !text.is_empty()).then(|| fault.to_owned());
        whole &= field.fault.is_none();
        value
    };
    let cases = number(cases, 1.0, "needs a whole number of 1 or more").map(|value| value as u64);
    let at_once = number(at_once, 1.0, "needs a whole number of 1 or more").map(|value| value as usize);
    let cost = number(cost, 0.0, "needs a number of 0 or more");
    let calls = number(calls, 1.0, "needs a whole number of 1 or more").map(|value| value as u64);
    let written = typed(time);
    let seconds = seconds_of(&written);
    time.fault =
        (seconds.is_none() && !written.is_empty()).then(|| "needs a time above 0, such as 90, 30m or 2h".to_owned());
    let count = typed(repeats).parse::<u32>().ok().filter(|count| (1..=MOST_REPEATS).contains(count));
    repeats.fault = count.is_none().then(|| format!("needs a whole number from 1 to {MOST_REPEATS}"));
    let text = typed(arms);
    let table = text.strip_prefix(FOURFOLD).filter(|rest| rest.is_empty() || rest.starts_with(' ')).map(str::trim);
    let fourfold = table.is_some();
    let tuned = table.and_then(|name| if name.is_empty() { usual_tuned.clone() } else { Some(name.to_owned()) });
    let names: Vec<String> = if fourfold || text == "all" {
        Vec::new()
    } else {
        text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let unknown = names.iter().find(|name| !known.contains(name));
    arms.fault = match unknown {
        Some(name) => Some(format!("there is no arm `{name}`; there are: {}", known.join(", "))),
        None if text.is_empty() => Some("needs at least one arm".to_owned()),
        None => None,
    };
    let which = match typed(split).as_str() {
        "dev" => Some(Split::Dev),
        "test" => Some(Split::Test),
        _ => None,
    };
    split.fault = which.is_none().then(|| "needs dev or test".to_owned());
    let looks_often = match typed(sequential).as_str() {
        "no" => Some(false),
        "yes" => Some(true),
        _ => None,
    };
    sequential.fault = match looks_often {
        None => Some("needs yes or no".to_owned()),
        Some(true) if fourfold => Some("the fourfold table is looked at once, at the end".to_owned()),
        Some(_) => None,
    };
    let is_sequential = looks_often == Some(true);
    whole &= [&*arms, &*time, &*sequential].iter().all(|field| field.fault.is_none());
    let (Some(split), Some(repeats), true) = (which, count, whole) else { return None };
    Some(RunWanted {
        arms: names,
        fourfold,
        tuned,
        split,
        cases,
        repeats,
        concurrency: at_once,
        cost,
        calls,
        seconds,
        sequential: is_sequential,
    })
}

/// Has reckoned what it will take.
pub(in crate::app::update) fn reckon(state: &mut State) -> Vec<Effect> {
    let Some(wanted) = read(state) else { return Vec::new() };
    look_over(state, &wanted);
    state.matrix.estimates += 1;
    let generation = state.matrix.estimates;
    if let Some(Overlay::StartRun(form)) = state.overlays.last_mut() {
        form.generation = generation;
        form.estimate = None;
    }
    vec![work(MatrixWork::Estimate { generation, wanted })]
}

/// What of the workbench a run asks.
fn asked_by(wanted: &RunWanted) -> Asked<'_> {
    match wanted {
        RunWanted { fourfold: true, .. } => Asked::Cells,
        RunWanted { arms, .. } if arms.is_empty() => Asked::All,
        RunWanted { arms, .. } => Asked::Named(arms),
    }
}

/// Looks what the run would not ask although it stands on the screen.
fn look_over(state: &mut State, wanted: &RunWanted) {
    let unwritten = state.unwritten(asked_by(wanted));
    if let Some(Overlay::StartRun(form)) = state.overlays.last_mut() {
        form.warned &= form.unwritten == unwritten;
        form.unwritten = unwritten;
    }
}

/// It was reckoned; a late answer to an old question is dropped.
pub(super) fn reckoned(state: &mut State, generation: u64, result: &Result<Vec<String>, Fault>) {
    let forms = state.overlays.iter_mut().filter_map(|overlay| match overlay {
        Overlay::StartRun(form) => Some(form),
        _ => None,
    });
    for form in forms.filter(|form| form.generation == generation) {
        form.estimate = Some(result.clone());
    }
}

/// A key in the form.
pub(in crate::app::update) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if keep_arms::is_save(state, chord) {
        let wanted = read(state);
        return keep_arms::write(state, wanted.as_ref().map_or(Asked::All, asked_by));
    }
    let steps = matches!(chord.key, Key::Left | Key::Right) && chord.modifiers.is_empty();
    if steps && step(state, chord.key == Key::Right) {
        return changed(state);
    }
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return Vec::new() };
    let last = form.fields.len().saturating_sub(1);
    match chord.key {
        Key::Up => form.focused = form.focused.saturating_sub(1),
        Key::Tab if chord.modifiers.contains(Modifiers::SHIFT) => form.focused = form.focused.saturating_sub(1),
        Key::Down | Key::Tab => form.focused = (form.focused + 1).min(last),
        Key::Enter => return start(state),
        _ => {
            if let Some(command) = command_of(chord, Lines::One) {
                return type_in(state, command);
            }
        }
    }
    Vec::new()
}

/// Types into the focused field. A word is typed in place of the choice that stands there, not after it.
fn type_in(state: &mut State, command: Command) -> Vec<Effect> {
    let letter = match command {
        Command::InsertChar(letter) if letter.is_alphabetic() => Some(letter),
        _ => None,
    };
    let choices = letter.map_or_else(Vec::new, |_| choices(state));
    let now = state.now_ms;
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return Vec::new() };
    let Some(field) = form.fields.get_mut(form.focused) else { return Vec::new() };
    let text = field.editor.text();
    let longer: String = text.chars().chain(letter).collect();
    // Unless it is on the way to a longer one.
    if choices.contains(&text) && !choices.iter().any(|choice| choice.starts_with(&longer)) {
        field.editor.apply(Command::SelectAll, now);
    }
    field.editor.apply(command, now);
    changed(state)
}

/// A field of the form was clicked on: it has the caret; the one that has it steps on, where it has choices.
pub(in crate::app::update) fn focus(state: &mut State, field: usize) -> Vec<Effect> {
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return Vec::new() };
    let field = field.min(form.fields.len().saturating_sub(1));
    if form.focused == field && step(state, true) {
        return changed(state);
    }
    if let Some(Overlay::StartRun(form)) = state.overlays.last_mut() {
        form.focused = field;
    }
    Vec::new()
}

/// What the focused field steps through: the arms one by one after all of them, the splits, the repeats. Nothing for another field.
fn choices(state: &State) -> Vec<String> {
    let Some(Overlay::StartRun(form)) = state.overlays.last() else { return Vec::new() };
    let named = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match form.focused {
        ARMS => {
            let tables = state.place.cells.as_ref().map_or_else(
                |_| Vec::new(),
                |cells| {
                    let is_other =
                        |model: &&ModelSpec| model.base.as_ref() == Some(&cells.base) && model.id != cells.tuned;
                    let others =
                        state.models.known.iter().filter(is_other).map(|model| format!("{FOURFOLD} {}", model.id));
                    std::iter::once(FOURFOLD.to_owned()).chain(others).collect()
                },
            );
            let arms = state.place.arms.iter().map(|arm| arm.id.clone());
            std::iter::once("all".to_owned()).chain(tables).chain(arms).collect()
        }
        SPLIT => named(&["dev", "test"]),
        REPEATS => named(&["1", "2", "3", "5", "10"]),
        SEQUENTIAL => named(&["no", "yes"]),
        _ => Vec::new(),
    }
}

/// Steps the focused field to its next choice, or the one before. `false` where it has none, or holds something of a person's own,
/// in which the keys move the caret.
fn step(state: &mut State, on: bool) -> bool {
    let choices = choices(state);
    let now = state.now_ms;
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return false };
    let Some(field) = form.fields.get_mut(form.focused) else { return false };
    let typed = field.editor.text().trim().to_owned();
    let Some(place) = choices.iter().position(|choice| *choice == typed) else { return false };
    let by = if on { 1 } else { choices.len() - 1 };
    let Some(next) = choices.get((place + by) % choices.len()) else { return false };
    field.editor.apply(Command::SelectAll, now);
    field.editor.apply(Command::InsertText(next.clone()), now);
    true
}

/// Text was pasted into the form.
pub(in crate::app::update) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(Overlay::StartRun(form)) = state.overlays.last_mut() else { return Vec::new() };
    if let Some(field) = form.fields.get_mut(form.focused) {
        field.editor.apply(Command::InsertText(text.to_owned()), now);
    }
    changed(state)
}

fn changed(state: &mut State) -> Vec<Effect> {
    read(state);
    if let Some(Overlay::StartRun(form)) = state.overlays.last_mut() {
        form.estimate = None;
    }
    vec![Effect::Start(Timer::Estimate, RECKON_MS)]
}

/// Begins the run; a field that cannot be read keeps the form open.
fn start(state: &mut State) -> Vec<Effect> {
    let Some(wanted) = read(state) else {
        if let Some(Overlay::StartRun(form)) = state.overlays.last_mut()
            && let Some(faulty) = form.fields.iter().position(|field| field.fault.is_some())
        {
            form.focused = faulty;
        }
        return Vec::new();
    };
    if let Some(Overlay::StartRun(form)) = state.overlays.last()
        && !matches!(form.estimate, Some(Ok(_)))
    {
        // What it takes is seen before it is spent: the same key a moment later begins.
        let why = match &form.estimate {
            Some(Err(fault)) => format!("{}. {}", fault.what, fault.hint),
            _ => "What it will take is being reckoned; press Enter again when it stands there.".to_owned(),
        };
        return toast(state, Tone::Note, why);
    }
    look_over(state, &wanted);
    if let Some(Overlay::StartRun(form)) = state.overlays.last_mut()
        && !form.unwritten.is_empty()
        && !std::mem::replace(&mut form.warned, true)
    {
        let why = format!(
            "This run would not ask what the screen shows. {} Ctrl+S writes it first; Enter once more begins without.",
            form.unwritten.join(" ")
        );
        return toast(state, Tone::Bad, why);
    }
    state.overlays.pop();
    state.matrix.shown = true;
    live::begin(state, MatrixWork::Begin(wanted))
}
