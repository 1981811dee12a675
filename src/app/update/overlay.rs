//! What lies over the screen: opening it, its own keys, what choosing does.

use super::keys::{Lines, command_of, rows as scroll_rows, scroll_of};
use super::{actions, arms, compare, leave, models, outside, prompt, toast};
use crate::app::action::{Scope, TABLE};
use crate::app::effect::Effect;
use crate::config::Provider;
use crate::keys::{Chord, Key, Resolved};
use crate::state::picker::{Item, Picker};
use crate::state::{ArmSlot, HistoryRow, Overlay, Pane, PickFor, Side, State, Tone};
use crate::strategy::{self, StrategyConfig};

/// The palette: every action with its keys; what cannot be done here is in it too, with the reason.
pub(super) fn open_palette(state: &mut State) -> Vec<Effect> {
    let scopes = super::keys::scopes(state);
    let mut items = Vec::new();
    for row in TABLE {
        if items.iter().any(|item: &Item| item.title == row.title) || row.id == "palette" {
            continue;
        }
        let keys: Vec<String> = state.keys.all_chords_of(row.action).iter().map(ToString::to_string).collect();
        let mut item = Item::new(row.id, row.title).note(row.help).aside(keys.join(" "));
        let elsewhere = !scopes.contains(&row.scope) && !matches!(row.scope, Scope::Arm | Scope::Pane | Scope::Text);
        if elsewhere {
            item.disabled = Some(format!("works {}", row.scope.title().to_lowercase()));
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
            let items = state.place.prompts.iter().map(|name| Item::new(name, name)).collect();
            ("Prompts", items, state.prompt.name.clone())
        }
        PickFor::Model(slot) => return models::open(state, slot),
        PickFor::KeepModel(slot) => return models::offer_to_keep(state, slot),
        PickFor::Strategy(slot) => {
            let items = strategy::all()
                .iter()
                .map(|strategy| Item::new(strategy.id(), strategy.title()).note(strategy.summary()))
                .collect();
            ("Strategies", items, state.arm(slot).map(|arm| arm.strategy.name().to_owned()).unwrap_or_default())
        }
        PickFor::Theme => {
            let items = state.place.themes.iter().map(|name| Item::new(name, name)).collect();
            ("Themes", items, state.theme.clone())
        }
        PickFor::Outside => return outside::ask(state),
        PickFor::Copy => ("Copy", copies(state), String::new()),
        PickFor::DiffLeft | PickFor::DiffRight => ("Compare with", sides(state), String::new()),
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

fn sides(state: &State) -> Vec<Item> {
    let mut items: Vec<Item> = ArmSlot::ALL
        .into_iter()
        .take(state.arms.len())
        .map(|slot| {
            let note = state.arm(slot).map(|arm| arm.id.clone()).unwrap_or_default();
            Item::new(slot.letter(), format!("answer of {}", slot.letter())).note(note)
        })
        .collect();
    items.push(Item::new("reference", "reference").note("the answer that counts as right"));
    items.push(Item::new("earlier", "an earlier answer…").note("from the history"));
    items
}

/// Opens the history and asks for its newest rows.
pub(super) fn open_history(state: &mut State) -> Vec<Effect> {
    let overlay = Overlay::History { query: String::new(), rows: None, selected: 0, fault: None };
    state.overlays.push(overlay);
    vec![Effect::ReadHistory(String::new())]
}

/// The history was read.
pub(super) fn history_read(state: &mut State, result: Result<Vec<HistoryRow>, String>) {
    if let Some(Overlay::History { rows, selected, fault, .. }) = state.overlays.last_mut() {
        match result {
            Ok(found) => {
                *selected = (*selected).min(found.len().saturating_sub(1));
                *rows = Some(found);
                *fault = None;
            }
            Err(reason) => *fault = Some(reason),
        }
    }
}

/// A key while something lies over the screen.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    // The few keys that must work everywhere: leave, quit, suspend, redraw.
    if let Resolved::Action(action) = state.keys.resolve(&[Scope::Global], None, chord) {
        use crate::app::Action::{CopyOrQuit, Leave, Quit, Redraw, Suspend};
        if matches!(action, Leave | Quit | Suspend | Redraw | CopyOrQuit) {
            return actions::act(state, action);
        }
    }
    let page = state.page_rows;
    let Some(top) = state.overlays.last_mut() else { return Vec::new() };
    match top {
        Overlay::Help { scroll } | Overlay::Messages { scroll } | Overlay::Preview { scroll, .. } => {
            if let Some(motion) = scroll_of(chord) {
                *scroll = scroll.saturating_add_signed(scroll_rows(motion, page));
            }
            if let (Overlay::Preview { slot, scroll }, Key::Tab) = (top, chord.key) {
                *slot = ArmSlot::at((slot.index() + 1) % state.arms.len().max(1)).unwrap_or(ArmSlot::A);
                *scroll = 0;
            }
            Vec::new()
        }
        Overlay::Pick(purpose, picker) => match chord.key {
            Key::Enter => {
                let purpose = *purpose;
                let chosen = picker.selected().filter(|item| item.disabled.is_none()).map(|item| item.value.clone());
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
                preview_theme(state)
            }
            _ => {
                if let Some(letter) = chord.typed() {
                    picker.insert(letter.encode_utf8(&mut [0; 4]));
                }
                preview_theme(state)
            }
        },
        Overlay::History { query, rows, selected, .. } => {
            let last = rows.as_ref().map_or(0, |rows| rows.len().saturating_sub(1));
            match chord.key {
                Key::Up => *selected = selected.saturating_sub(1),
                Key::Down => *selected = (*selected + 1).min(last),
                Key::PageUp => *selected = selected.saturating_sub(page),
                Key::PageDown => *selected = (*selected + page).min(last),
                Key::Enter => return reopen(state),
                Key::Backspace => {
                    query.pop();
                    return vec![Effect::ReadHistory(query.clone())];
                }
                _ => {
                    if let Some(letter) = chord.typed() {
                        query.push(letter);
                        *selected = 0;
                        return vec![Effect::ReadHistory(query.clone())];
                    }
                }
            }
            Vec::new()
        }
        Overlay::Parameters { .. } => super::parameters::pressed(state, chord),
        Overlay::PasteCase(editor) => {
            if chord.key == Key::Enter && chord.modifiers.is_empty() && editor.text().ends_with('\n') {
                return super::parameters::take_case(state);
            }
            if let Some(command) = command_of(chord, Lines::Many) {
                editor.apply(command, state.now_ms);
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
        Overlay::Tally => Vec::new(),
        Overlay::Tune => super::tune::pressed(state, chord),
    }
}

/// Text pasted into the topmost overlay.
pub(super) fn pasted(state: &mut State, text: &str) {
    match state.overlays.last_mut() {
        Some(Overlay::Pick(_, picker)) => picker.insert(text),
        Some(Overlay::PasteCase(editor)) => {
            editor.apply(crate::editor::Command::InsertText(text.to_owned()), state.now_ms);
        }
        _ => {}
    }
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
        PickFor::Strategy(slot) => match StrategyConfig::named(value) {
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
            value.clone_into(&mut state.theme);
            vec![Effect::UseTheme(value.to_owned())]
        }
        PickFor::Outside => outside::choose(state, value),
        PickFor::Copy => vec![Effect::CopyAs { what: value.to_owned(), slot: state.focused_slot() }],
        PickFor::DiffLeft | PickFor::DiffRight => {
            let side = match value {
                "reference" => Side::Reference,
                "earlier" => return open_history(state),
                letter => {
                    ArmSlot::ALL.into_iter().find(|slot| slot.letter() == letter).map_or(Side::Reference, Side::Arm)
                }
            };
            if purpose == PickFor::DiffLeft {
                state.diff.left = side;
            } else {
                state.diff.right = side;
            }
            compare::ask(state)
        }
    }
}

/// Puts a recorded answer on the right of the diff.
fn reopen(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::History { rows: Some(rows), selected, .. }) = state.overlays.last() else { return Vec::new() };
    let Some(row) = rows.get(*selected).cloned() else { return Vec::new() };
    state.overlays.pop();
    state.diff.right = Side::Earlier(row.id, row.answer.into());
    state.focus = Pane::Diff;
    compare::ask(state)
}

/// Copies what the focused pane shows, from its source.
pub(super) fn copy_pane(state: &mut State) -> Vec<Effect> {
    match state.focus {
        Pane::Arm(slot) => {
            let text = state.arm(slot).map(|arm| arm.answer.text().to_owned()).unwrap_or_default();
            copy(state, &format!("answer {}", slot.letter()), text)
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
