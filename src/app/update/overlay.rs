//! What lies over the screen: opening it, its own keys, what choosing does.

use super::keys::{Lines, command_of, rows as scroll_rows, scroll_of};
use super::sides::{others, shown_side, side_of, sides, value_of};
use super::{actions, arms, case, compare, help, history, leave, models, new_prompt, outside, prompt, samples, toast};
use crate::app::action::{Action, Scope, TABLE};
use crate::app::effect::Effect;
use crate::app::other_words::other_words;
use crate::config::Provider;
use crate::keys::{Chord, Key, Resolved};
use crate::state::picker::{Item, Picker};
use crate::state::{ArmSlot, HistoryFor, Overlay, Pane, PickFor, State, Tone};

/// The palette: every action with its keys; what cannot be done here is in it too, with the reason.
pub(super) fn open_palette(state: &mut State) -> Vec<Effect> {
    let scopes = super::keys::scopes(state);
    let mut items = Vec::new();
    for row in TABLE {
        if items.iter().any(|item: &Item| item.title == row.title) || row.id == "palette" {
            continue;
        }
        let keys: Vec<String> = state.keys.all_chords_of(row.action).iter().map(ToString::to_string).collect();
        // A sequence has a blank in it.
        let between = if keys.iter().any(|key| key.contains(' ')) { ", " } else { " " };
        let mut item =
            Item::new(row.id, row.title).note(row.help).also(other_words(row.action)).aside(keys.join(between));
        let elsewhere =
            !scopes.contains(&row.scope) && !matches!(row.scope, Scope::Arm | Scope::Pane | Scope::Text | Scope::Case);
        if elsewhere {
            item.disabled = Some(format!("works {}", row.scope.title().to_lowercase()));
        }
        if super::blind::hides(state, row.action) {
            item.disabled = Some("hidden while rating blind".to_owned());
        }
        items.push(item);
    }
    actions::open(state, Overlay::Pick(PickFor::Command, Picker::new("All commands", items, "")))
}

/// Opens the picker for `purpose`.
pub(super) fn open_pick(state: &mut State, purpose: PickFor) -> Vec<Effect> {
    let (title, items, current) = match purpose {
        PickFor::Command => return open_palette(state),
        PickFor::Prompt | PickFor::ArmPrompt(_) => {
            let mut picker = Picker::new("Prompts", new_prompt::items(state), &state.prompt.name);
            new_prompt::NOTHING.clone_into(&mut picker.empty);
            return actions::open(state, Overlay::Pick(purpose, picker));
        }
        PickFor::Model(slot) => return models::open(state, slot),
        PickFor::KeepModel(slot) => return models::offer_to_keep(state, slot),
        PickFor::AllowKeys => return vec![Effect::ListKeyWishes],
        PickFor::Strategy(slot) => {
            return super::strategies::open(state, slot);
        }
        PickFor::Theme => {
            // Silence would look as if the list did not work.
            let why = state.place.colourless.as_ref();
            let said = why.map_or_else(String::new, |why| {
                format!("No colour changes here: {why}. The choice is kept for a terminal with colours.")
            });
            let items = state.place.themes.iter().map(|name| Item::new(name, name).detail(&said)).collect();
            ("Themes", items, state.theme.clone())
        }
        PickFor::DataFile => return super::data::open_other(state),
        PickFor::Preset => return super::presets::open(state),
        PickFor::Outside => return outside::ask(state),
        PickFor::Run | PickFor::EarlierRun | PickFor::Keep | PickFor::FetchModel(_) => return Vec::new(),
        PickFor::Failures => return super::failures::open(state),
        PickFor::Distil => return super::distil::open(state),
        PickFor::Copy => ("Copy", copies(state), String::new()),
        PickFor::DiffLeft => ("Left side", sides(state), value_of(&state.diff.left)),
        PickFor::DiffRight => ("Right side", sides(state), value_of(&state.diff.right)),
        PickFor::Compare(slot) => ("Compare this answer with", others(state, slot), String::new()),
    };
    actions::open(state, Overlay::Pick(purpose, Picker::new(title, items, &current)))
}

fn copies(state: &State) -> Vec<Item> {
    let slot = state.focused_slot();
    let letter = slot.letter();
    let spec = state.arm(slot).and_then(|arm| state.models.known(&arm.model));
    let inside = spec.is_some_and(|spec| spec.provider == Provider::Embedded);
    let mut items = vec![
        Item::new("answer", format!("answer of {letter}")).note("raw, as the model wrote it"),
        Item::new("prompt", "prompt").note("the template's text"),
        Item::new("messages", format!("messages of {letter} as JSON")).note("exactly what is sent"),
        Item::new("diff", "diff").note("unified, as plain text"),
        Item::new("command", format!("{letter} on this case as a command"))
            .note("fourfold run …, for a shell or a script"),
        Item::new("curl", format!("call of {letter} as curl")).note("the key by its variable's name"),
        Item::new("python", format!("call of {letter} as Python")).note("with the openai package"),
    ];
    if inside {
        for item in items.iter_mut().filter(|item| item.value == "curl" || item.value == "python") {
            item.disabled = Some("this model runs inside fourfold: no address to call".to_owned());
        }
    }
    items
}

/// Whether an action that works everywhere is done with what lies over the screen.
pub(super) fn allows(state: &State, action: Action) -> bool {
    match action {
        // The few keys that must work everywhere.
        Action::Leave | Action::Quit | Action::Suspend | Action::Redraw | Action::CopyOrQuit | Action::Help => true,
        // Enter is a new line there, so the case is taken by the key that runs elsewhere.
        Action::Run => matches!(state.overlays.last(), Some(Overlay::PasteCase(..) | Overlay::Strengths)),
        Action::Save => matches!(state.overlays.last(), Some(Overlay::Data | Overlay::Distil)),
        Action::Preview => matches!(state.overlays.last(), Some(Overlay::Calls { .. })),
        _ => false,
    }
}

/// Does an action that [`allows`] lets through.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match (action, state.overlays.last()) {
        (Action::Run, Some(Overlay::PasteCase(..))) => case::take(state),
        (Action::Run, Some(Overlay::Strengths)) => super::strengths::again(state),
        (Action::Save, Some(Overlay::Data)) => super::data::save(state),
        (Action::Save, Some(Overlay::Distil)) => super::distil::keep_edit(state),
        (Action::Preview, Some(Overlay::Calls { slot, .. })) => {
            let slot = *slot;
            actions::open(state, Overlay::Preview { slot, scroll: 0 })
        }
        _ => actions::act(state, action),
    }
}

/// A key while something lies over the screen.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if let Resolved::Action(action) = state.keys.resolve(&[Scope::Global], None, chord)
        && allows(state, action)
    {
        return act(state, action);
    }
    if chord.typed() == Some('?') && !help::types_text(state) {
        return help::open(state);
    }
    let page = state.page_rows;
    let Some(top) = state.overlays.last_mut() else { return Vec::new() };
    match top {
        Overlay::Messages { scroll } | Overlay::Preview { scroll, .. } | Overlay::Calls { scroll, .. } => {
            if let Some(motion) = scroll_of(chord) {
                *scroll = scroll.saturating_add_signed(scroll_rows(motion, page));
            }
            if let Overlay::Calls { scroll, heads, .. } = top {
                let next = match chord.typed() {
                    Some('n') => heads.iter().find(|head| **head > *scroll),
                    Some('N') => heads.iter().rev().find(|head| **head < *scroll),
                    _ => None,
                };
                *scroll = next.copied().unwrap_or(*scroll);
            }
            if let (Overlay::Preview { slot, scroll } | Overlay::Calls { slot, scroll, .. }, Key::Tab) =
                (top, chord.key)
            {
                *slot = ArmSlot::at((slot.index() + 1) % state.arms.len().max(1)).unwrap_or(ArmSlot::A);
                *scroll = 0;
            }
            Vec::new()
        }
        Overlay::Pick(purpose, picker) => match chord.key {
            Key::Enter => {
                let purpose = *purpose;
                let chosen = picker.selected().filter(|item| item.disabled.is_none()).map(|item| item.value.clone());
                // What no file of the workbench is called is the path of another one.
                if purpose == PickFor::DataFile && picker.selected().is_none() {
                    let path = picker.query.trim().to_owned();
                    state.overlays.pop();
                    return super::data::open_path(&path);
                }
                if matches!(purpose, PickFor::Prompt | PickFor::ArmPrompt(_))
                    && picker.selected().is_none_or(|item| new_prompt::is_new(&item.value))
                {
                    // Words that brought the line of a new one to the top are no name.
                    let typed = if picker.selected().is_none() { picker.query.clone() } else { String::new() };
                    state.overlays.pop();
                    return new_prompt::open(state, purpose, &typed);
                }
                let Some(value) = chosen else { return Vec::new() };
                state.overlays.pop();
                choose(state, purpose, &value)
            }
            Key::Up => moved(state, -1),
            Key::Down => moved(state, 1),
            Key::PageUp => moved(state, -8),
            Key::PageDown => moved(state, 8),
            Key::Backspace => {
                picker.backspace();
                super::models::typed(state);
                preview_theme(state)
            }
            _ => {
                if let Some(letter) = chord.typed() {
                    picker.insert(letter.encode_utf8(&mut [0; 4]));
                    super::models::typed(state);
                }
                preview_theme(state)
            }
        },
        Overlay::History(_) => history::pressed(state, chord),
        Overlay::Ablation => super::ablation::pressed(state, chord),
        Overlay::NewPrompt(_) => new_prompt::pressed(state, chord),
        Overlay::Data => super::data::pressed(state, chord),
        Overlay::Mapping(_) => super::mapping::pressed(state, chord),
        Overlay::Samples { .. } => samples::pressed(state, chord),
        Overlay::GiveKey(_) => super::give_key::pressed(state, chord),
        Overlay::Parameters { .. } => super::parameters::pressed(state, chord),
        Overlay::PasteCase(..) => {
            if let Some(command) = command_of(chord, Lines::Many) {
                case::write_in_box(state, command);
            }
            Vec::new()
        }
        Overlay::ConfirmQuit(_) => match chord.typed() {
            Some('y' | 'Y') => leave(state),
            Some('n' | 'N') => {
                state.overlays.pop();
                Vec::new()
            }
            _ => Vec::new(),
        },
        Overlay::ConfirmRecord(_) => super::recording::pressed(state, chord),
        Overlay::Tally(_) => Vec::new(),
        Overlay::StartRun(_) => super::matrix::form_pressed(state, chord),
        Overlay::RaiseLimit(_) => super::matrix::limit_pressed(state, chord),
        Overlay::MatrixSearch(_) => super::matrix::search_pressed(state, chord),
        Overlay::Tune => super::tune::pressed(state, chord),
        Overlay::Strengths => super::strengths::pressed(state, chord),
        Overlay::Failures => super::failures::pressed(state, chord),
        Overlay::Scores => super::scores::pressed(state, chord),
        Overlay::Judge => super::judge::pressed(state, chord),
        Overlay::Distil => super::distil::pressed(state, chord),
        Overlay::Forgetting => super::forgetting::pressed(state, chord),
    }
}

/// The wheel over a page that is read.
pub(super) fn scrolled(state: &mut State, rows: isize) {
    if state.help.is_some() {
        return help::scrolled(state, rows);
    }
    if let Some(Overlay::Messages { scroll } | Overlay::Preview { scroll, .. } | Overlay::Calls { scroll, .. }) =
        state.overlays.last_mut()
    {
        *scroll = scroll.saturating_add_signed(rows);
    }
}

/// Text pasted into the topmost overlay.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    match state.overlays.last_mut() {
        Some(Overlay::Pick(_, picker)) => {
            picker.insert(text);
            super::models::typed(state);
        }
        Some(Overlay::StartRun(_)) => return super::matrix::form_pasted(state, text),
        Some(Overlay::RaiseLimit(_)) => super::matrix::limit_pasted(state, text),
        Some(Overlay::MatrixSearch(_)) => super::matrix::search_pasted(state, text),
        Some(Overlay::GiveKey(form)) => super::give_key::typed(form, text),
        Some(Overlay::History(history)) => return history::pasted(history, text),
        Some(Overlay::NewPrompt(_)) => new_prompt::pasted(state, text),
        Some(Overlay::Data) => return super::data::pasted(state, text),
        Some(Overlay::Parameters { fields, focused, .. } | Overlay::Samples { fields, focused, .. }) => {
            if let Some(field) = fields.get_mut(*focused) {
                field.editor.apply(crate::editor::Command::InsertText(text.to_owned()), state.now_ms);
            }
            super::parameters::check_focused(state);
        }
        Some(Overlay::Distil) => {
            if let Some(editor) = &mut state.distil.editing {
                editor.apply(crate::editor::Command::InsertText(text.to_owned()), state.now_ms);
            }
        }
        Some(Overlay::PasteCase(..)) => {
            case::write_in_box(state, crate::editor::Command::InsertText(text.to_owned()));
        }
        _ => {}
    }
    Vec::new()
}

fn moved(state: &mut State, step: isize) -> Vec<Effect> {
    if let Some(Overlay::Pick(_, picker)) = state.overlays.last_mut() {
        picker.step(step);
    }
    preview_theme(state)
}

/// Moving through the themes shows each at once.
fn preview_theme(state: &State) -> Vec<Effect> {
    match state.overlays.last() {
        Some(Overlay::Pick(PickFor::Theme, picker)) => {
            picker.selected().map(|item| Effect::UseTheme(item.value.clone())).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The theme one looks at: the chosen one, or the one the picker shows.
pub(super) fn theme_in_view(state: &State) -> String {
    match state.overlays.last() {
        Some(Overlay::Pick(PickFor::Theme, picker)) => picker.selected().map(|item| item.value.clone()),
        _ => None,
    }
    .unwrap_or_else(|| state.theme.clone())
}

fn choose(state: &mut State, purpose: PickFor, value: &str) -> Vec<Effect> {
    match purpose {
        PickFor::Command => {
            let action = TABLE.iter().find(|row| row.id == value).map(|row| row.action);
            action.map_or_else(Vec::new, |action| actions::act(state, action))
        }
        PickFor::Prompt => {
            let mut effects = prompt::keep_draft(state);
            effects.push(Effect::LoadPrompt(state.place.root.join(value)));
            effects
        }
        PickFor::Model(slot) => models::choose(state, slot, value),
        PickFor::KeepModel(slot) => models::keep(state, slot, value),
        PickFor::FetchModel(slot) => models::fetch(state, slot, value),
        PickFor::AllowKeys => vec![Effect::AllowKey(value.to_owned())],
        PickFor::Strategy(_) if value.starts_with(super::presets::PREFIX) => super::presets::choose(state, value),
        PickFor::Strategy(slot) => match super::strategies::named(state, value) {
            Ok(strategy) => {
                if let Some(arm) = state.arm_mut(slot) {
                    arm.strategy = strategy;
                }
                prompt::analyse(state)
            }
            Err(error) => toast(state, Tone::Bad, error.to_string()),
        },
        PickFor::ArmPrompt(slot) => {
            let current = state.prompt.name.clone();
            if let Some(arm) = state.arm_mut(slot) {
                arm.prompt = (value != current).then(|| value.to_owned());
            }
            prompt::analyse(state)
        }
        PickFor::Theme => {
            let mut effects = vec![Effect::UseTheme(value.to_owned())];
            if state.theme != value {
                value.clone_into(&mut state.theme);
                effects.push(Effect::KeepTheme(value.to_owned()));
            }
            effects
        }
        PickFor::DataFile => super::data::choose(state, value),
        PickFor::Preset => super::presets::choose(state, value),
        PickFor::Outside => outside::choose(state, value),
        PickFor::Failures => super::failures::choose(state, value),
        PickFor::Run | PickFor::EarlierRun | PickFor::Keep => super::matrix::chosen(state, purpose, value),
        PickFor::Distil => super::distil::choose(state, value),
        PickFor::Copy => vec![Effect::CopyAs { what: value.to_owned(), slot: state.focused_slot() }],
        PickFor::DiffLeft | PickFor::DiffRight | PickFor::Compare(_) => {
            if let PickFor::Compare(slot) = purpose {
                state.diff.left = shown_side(state, slot);
                state.focus = Pane::Diff;
            }
            let left = purpose == PickFor::DiffLeft;
            if value == "earlier" {
                return history::open(state, if left { HistoryFor::DiffLeft } else { HistoryFor::DiffRight });
            }
            let side = side_of(state, value);
            *(if left { &mut state.diff.left } else { &mut state.diff.right }) = side;
            compare::ask(state)
        }
    }
}

/// Copies what the focused pane shows, from its source.
pub(super) fn copy_pane(state: &mut State) -> Vec<Effect> {
    match state.focus {
        Pane::Arm(place) => {
            let slot = state.shown_slot(place);
            let text = state.arm(slot).map(|arm| arm.answer.text().to_owned()).unwrap_or_default();
            let what = if state.is_hidden() { "this answer".to_owned() } else { format!("answer {}", slot.letter()) };
            copy(state, &what, text)
        }
        Pane::Diff => vec![Effect::CopyAs { what: "diff".to_owned(), slot: ArmSlot::A }],
        Pane::Scores => {
            let text = arms::scores_text(state);
            copy(state, "scores", text)
        }
        Pane::Case => copy(state, "case", serde_json::to_string_pretty(&state.case.case()).unwrap_or_default()),
        Pane::Prompt => {
            let text = state.prompt.editor.text();
            copy(state, "prompt", text)
        }
    }
}

/// Puts `text` on the clipboard and remembers it for pasting inside the program.
pub(super) fn copy(state: &mut State, what: &str, text: String) -> Vec<Effect> {
    if text.is_empty() {
        return toast(state, Tone::Note, "There is nothing to copy here yet.");
    }
    state.clipboard.clone_from(&text);
    vec![Effect::Copy { what: what.to_owned(), text }]
}
