//! The Tune screen: choosing, reckoning, beginning, watching, and what follows when it is done.

use super::keys::{Lines, command_of};
use super::{distil, failures, forgetting, fourfold, keep_arms, prompt, toast};
use crate::app::action::Action;
use crate::app::effect::{Effect, TuneWork};
use crate::app::event::{Adopted, Timer, TuneNews};
use crate::config::Provider;
use crate::editor::Editor;
use crate::keys::{Chord, Key, Modifiers};
use crate::state::tune::{ADVANCED, Choice, Control, Setting, TuneField, Watched, written};
use crate::state::unwritten::Asked;
use crate::state::{ArmSlot, ForgetOf, Overlay, Place, State, Tone};
use crate::tune::{Phase, Preset, TuneSettings, Wish};

/// After the last change, before the training is reckoned.
const RECKON_MS: u64 = 200;

/// Opens the screen: on the training that is looked at, else on the form.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.tune.fields.is_empty() {
        match form(&state.place) {
            Ok(fields) => state.tune.fields = fields,
            Err(reason) => return toast(state, Tone::Note, reason),
        }
    }
    super::actions::open(state, Overlay::Tune);
    if state.tune.watched.is_some() { Vec::new() } else { reckon_soon() }
}

fn reckon_soon() -> Vec<Effect> {
    vec![Effect::Start(Timer::Reckon, RECKON_MS)]
}

/// The form's lines for a workbench, or why there is nothing to tune.
fn form(place: &Place) -> Result<Vec<TuneField>, String> {
    if place.tunable.bases.is_empty() {
        return Err(
            "No embedded model here can be tuned: add a [[model]] with provider = \"embedded\" to fourfold.toml."
                .to_owned(),
        );
    }
    if place.tunable.arms.is_empty() {
        return Err("Tuning needs an arm that asks: add an [[arm]] to fourfold.toml.".to_owned());
    }
    let bases = place.tunable.bases.iter().map(|(id, note)| choice(id, id, note)).collect();
    let mut arms: Vec<Choice> = place.tunable.arms.iter().map(|(id, how)| choice(id, id, how)).collect();
    if arms.len() > 1 {
        let all: Vec<&str> = place.tunable.arms.iter().map(|(id, _)| id.as_str()).collect();
        let note = "every row once for each arm, so that the tuned model keeps what examples in the prompt do for it";
        arms.push(choice(&all.join("\n"), "all of them, mixed", note));
    }
    let presets = Preset::ALL.map(|preset| choice(preset.as_str(), preset.as_str(), preset.summary())).to_vec();
    let balanced = Preset::ALL.iter().position(|preset| *preset == Preset::default()).unwrap_or(0);
    let hidden = vec![choice("hidden", "hidden", "rank, rate, epochs"), choice("shown", "shown", "")];
    let choices = |choices, chosen| Control::Choice { choices, chosen };
    let line = |setting, title, help, control| TuneField { setting, title, help, control, fault: None };
    let name = Editor::single_line(&place.tunable.name);
    let mut fields = vec![
        line(Setting::Name, "name", "the adapter's folder in .fourfold/adapters", Control::Text(Box::new(name))),
        line(Setting::Base, "model", "the one that is tuned", choices(bases, 0)),
        line(Setting::Arms, "asked with", "what is learned is exactly what this arm asks", choices(arms, 0)),
        line(Setting::Rows, "rows", "", choices(row_choices(place), 0)),
        line(Setting::Preset, "how long", "", choices(presets, balanced)),
        line(Setting::Advanced, "advanced", "", choices(hidden, 0)),
    ];
    let settings = TuneSettings::from(Preset::default());
    fields.extend(ADVANCED.into_iter().map(|(setting, title, help)| {
        line(setting, title, help, Control::Text(Box::new(Editor::single_line(&written(&settings, setting)))))
    }));
    Ok(fields)
}

/// The train split, and the files that were reviewed.
fn row_choices(place: &Place) -> Vec<Choice> {
    let own = choice("", "the train split", "Alt+D has a bigger model answer it, for you to review");
    let reviewed = place.tunable.rows.iter().map(|(path, what)| {
        let name = path.strip_prefix(&format!("{}/", place.root.display())).unwrap_or(path);
        choice(path, what, name)
    });
    std::iter::once(own).chain(reviewed).collect()
}

/// Files to learn from were written: the form offers them, and keeps what was chosen.
pub(super) fn rows_changed(state: &mut State) {
    let offered = row_choices(&state.place);
    let field = state.tune.fields.iter_mut().find(|field| field.setting == Setting::Rows);
    if let Some(Control::Choice { choices, chosen }) = field.map(|field| &mut field.control) {
        let value = choices.get(*chosen).map(|choice| choice.value.clone()).unwrap_or_default();
        *chosen = offered.iter().position(|choice| choice.value == value).unwrap_or(0);
        *choices = offered;
    }
}

fn choice(value: &str, title: &str, note: &str) -> Choice {
    Choice { value: value.to_owned(), title: title.to_owned(), note: note.to_owned() }
}

/// A key while the screen is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if state.tune.watched.is_some() { watching(state, chord) } else { choosing(state, chord) }
}

fn choosing(state: &mut State, chord: Chord) -> Vec<Effect> {
    if keep_arms::is_save(state, chord) {
        let arms = state.tune.request().map(|request| request.arms).unwrap_or_default();
        return keep_arms::write(state, Asked::Named(&arms));
    }
    let now = state.now_ms;
    let tune = &mut state.tune;
    let shown = tune.shown();
    let here = shown.iter().position(|index| *index == tune.focused).unwrap_or(0);
    let go = |place: usize| shown.get(place.min(shown.len().saturating_sub(1))).copied().unwrap_or(0);
    if chord.modifiers == Modifiers::ALT {
        match chord.key {
            Key::Char('d') => return distil::open(state),
            Key::Char('f') => return failures::open(state),
            _ => {}
        }
    }
    match chord.key {
        Key::Up => tune.focused = go(here.saturating_sub(1)),
        Key::Down | Key::Tab => tune.focused = go(here + 1),
        Key::Enter => return begin(state),
        key => {
            let focused = tune.focused;
            let Some(field) = tune.fields.get_mut(focused) else { return Vec::new() };
            match &mut field.control {
                Control::Choice { .. } => {
                    let step = match key {
                        Key::Left => -1,
                        Key::Right | Key::Char(' ') => 1,
                        _ => return Vec::new(),
                    };
                    return step_choice(state, focused, step);
                }
                Control::Text(editor) => {
                    let Some(command) = command_of(chord, Lines::One) else { return Vec::new() };
                    let before = editor.revision();
                    editor.apply(command, now);
                    if editor.revision() != before {
                        field.fault = None;
                        return reckon_soon();
                    }
                }
            }
        }
    }
    Vec::new()
}

/// Steps through a line's choices, around the ends.
pub(super) fn step_choice(state: &mut State, index: usize, step: isize) -> Vec<Effect> {
    let tune = &mut state.tune;
    tune.focused = index;
    let Some(field) = tune.fields.get_mut(index) else { return Vec::new() };
    let Control::Choice { choices, chosen } = &mut field.control else { return Vec::new() };
    *chosen = (*chosen as isize + step).rem_euclid(choices.len().max(1) as isize) as usize;
    let (setting, value) = (field.setting, field.value());
    if setting == Setting::Preset
        && let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.as_str() == value)
    {
        let settings = TuneSettings::from(preset);
        for field in &mut tune.fields {
            if ADVANCED.iter().any(|(advanced, ..)| *advanced == field.setting) {
                field.control = Control::Text(Box::new(Editor::single_line(&written(&settings, field.setting))));
                field.fault = None;
            }
        }
    }
    reckon_soon()
}

/// Asks the worker what the choices would take.
pub(super) fn reckon(state: &mut State) -> Vec<Effect> {
    let tune = &mut state.tune;
    tune.generation += 1;
    let Some(request) = tune.request() else {
        tune.reckoned = None;
        return Vec::new();
    };
    vec![Effect::Tune(Box::new(TuneWork::Reckon { generation: tune.generation, request }))]
}

fn begin(state: &mut State) -> Vec<Effect> {
    if state.tune.beginning {
        return Vec::new();
    }
    let Some(request) = state.tune.request() else {
        return toast(state, Tone::Note, "A line of the form cannot be read; it says why.");
    };
    let unwritten = state.unwritten(Asked::Named(&request.arms));
    if !unwritten.is_empty() && state.tune.warned != unwritten {
        let why = format!(
            "This training would not learn to answer what the screen asks. {} Ctrl+S writes it first; Enter once more begins \
             without.",
            unwritten.join(" ")
        );
        state.tune.warned = unwritten;
        return toast(state, Tone::Bad, why);
    }
    state.tune.beginning = true;
    vec![Effect::Tune(Box::new(TuneWork::Begin(request)))]
}

fn watching(state: &mut State, chord: Chord) -> Vec<Effect> {
    let Some(watched) = &mut state.tune.watched else { return Vec::new() };
    let name = watched.name.clone();
    let running = !watched.progress.phase.is_over();
    let giving_up = std::mem::take(&mut watched.giving_up);
    match (chord.typed(), chord.key) {
        (Some('p'), _) if running => {
            watched.asked = Some(Wish::Pause);
            vec![Effect::Tune(Box::new(TuneWork::Wish(name, Wish::Pause)))]
        }
        (Some('r'), _) if watched.progress.phase.can_resume() => {
            watched.asked = Some(Wish::Run);
            vec![Effect::Tune(Box::new(TuneWork::Resume(name)))]
        }
        (Some('x'), _) if running || watched.progress.phase.can_resume() => {
            if !giving_up {
                watched.giving_up = true;
                return Vec::new();
            }
            watched.asked = Some(Wish::Cancel);
            vec![Effect::Tune(Box::new(TuneWork::Wish(name, Wish::Cancel)))]
        }
        (Some('n'), _) if !running => {
            state.tune.watched = None;
            reckon_soon()
        }
        (Some('f'), _) if watched.progress.phase == Phase::Finished => {
            let gained = forgetting::gained_by(&watched.progress);
            forgetting::open(state, ForgetOf::Adapter(name), gained)
        }
        (_, Key::Enter) if watched.progress.phase == Phase::Finished => {
            vec![Effect::Tune(Box::new(TuneWork::Adopt(name)))]
        }
        _ => Vec::new(),
    }
}

/// News of the worker that reckons, or of a training.
pub(super) fn heard(state: &mut State, news: TuneNews) -> Vec<Effect> {
    match news {
        TuneNews::Reckoned { generation, result } => {
            if generation == state.tune.generation {
                state.tune.reckoned = Some(result);
            }
        }
        TuneNews::Begun { name, result } => {
            state.tune.beginning = false;
            match result {
                Ok(()) => state.tune.watched = Some(Watched { name, ..Watched::default() }),
                Err(fault) => state.tune.reckoned = Some(Err(fault)),
            }
        }
        TuneNews::Went { name, entries, phase } => return went(state, &name, &entries, phase),
        TuneNews::Adopted(Ok(model)) => {
            let Adopted { spec, cells, in_table } = *model;
            let id = spec.id.clone();
            let is_in = if in_table { "is in fourfold.toml, its [fourfold] too" } else { "is in fourfold.toml" };
            if state.models.known(&id).is_none() {
                state.models.known.push(spec);
                // It was written a moment ago, and not by somebody else.
                state.models.writing = true;
            }
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Tune));
            state.place.cells = cells;
            if state.fourfold.shown {
                return toast(state, Tone::Done, format!("`{id}` {is_in}; Ctrl+T twice shows its cells."));
            }
            if state.place.cells.is_err() {
                return beside_base(state, &id);
            }
            state.fourfold.aside.clear();
            let mut effects = fourfold::toggle(state);
            let (ran, words) = run_here(state);
            effects.extend(ran);
            let words = words.unwrap_or("Ctrl+R runs the four cells.");
            effects.extend(toast(state, Tone::Done, format!("`{id}` {is_in}. {words}")));
            return effects;
        }
        TuneNews::Refused(fault) | TuneNews::Adopted(Err(fault)) => {
            return toast(state, Tone::Bad, format!("{}. {}", fault.what, fault.hint));
        }
    }
    Vec::new()
}

/// Runs the arms that stand there at once where that costs nothing: when all of them answer inside this program.
fn run_here(state: &mut State) -> (Vec<Effect>, Option<&'static str>) {
    let is_here = |id: &str| state.models.known(id).is_some_and(|spec| spec.provider == Provider::Embedded);
    if state.arms.iter().all(|arm| is_here(&arm.model)) {
        return (super::actions::act(state, Action::Run), Some("They answer now; Esc cancels."));
    }
    (Vec::new(), None)
}

/// Without four cells, for want of a second way of asking, the tuned model stands beside the base as an arm of its own.
fn beside_base(state: &mut State, id: &str) -> Vec<Effect> {
    let stands = state.arms.iter().any(|arm| arm.model == id);
    if !stands && state.arms.len() < ArmSlot::ALL.len() {
        let Some(first) = state.arms.first() else { return Vec::new() };
        let mut arm = first.sibling(id.to_owned());
        id.clone_into(&mut arm.model);
        state.arms.push(arm);
    }
    let mut effects = prompt::analyse(state);
    let (ran, words) = run_here(state);
    effects.extend(ran);
    let words = words.unwrap_or("Ctrl+R runs them.");
    let words = format!("`{id}` is in fourfold.toml, and an arm asks it as the first one asks. {words}");
    effects.extend(toast(state, Tone::Done, words));
    effects
}

fn went(state: &mut State, name: &str, entries: &[crate::tune::Entry], phase: Phase) -> Vec<Effect> {
    let watched = match &mut state.tune.watched {
        Some(watched) if watched.name == name => watched,
        // Somebody else's training, or the one of before: found at the start.
        none @ None => none.insert(Watched { name: name.to_owned(), ..Watched::default() }),
        Some(_) => return Vec::new(),
    };
    let was_over = watched.progress.phase.is_over();
    for entry in entries {
        watched.progress.take(entry);
    }
    watched.progress.phase = phase;
    if !watched.progress.phase.is_over() || was_over {
        return Vec::new();
    }
    watched.asked = None;
    let open = state.overlays.iter().any(|overlay| matches!(overlay, Overlay::Tune));
    match &watched.progress.phase {
        Phase::Finished if !open => toast(
            state,
            Tone::Done,
            format!("`{name}` is tuned. Ctrl+N, then Enter, puts base and tuned side by side."),
        ),
        // Its own screen says it in full.
        Phase::Failed { what, .. } if !open => {
            let text = format!("Tuning `{name}`: {what}");
            toast(state, Tone::Bad, text)
        }
        _ => Vec::new(),
    }
}
