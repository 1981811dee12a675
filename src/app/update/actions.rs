//! What each action does. Keys, the palette and clicks on the footer all come here.

use super::blind::{self, Vote};
use super::{
    ablation, arms, case, compare, data, distil, failures, find, forgetting, fourfold, give_key, help, history, judge,
    keep_arms, leaving, matrix, new_prompt, overlay, presets, prompt, recording, samples, scores, strengths, toast,
    tune,
};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::editor::Command;
use crate::state::{ArmSlot, HistoryFor, Overlay, Pane, Phase, PickFor, State, Tone};
use crate::view::text::Reading;

/// Does `action` as if its key had been pressed in the focused pane.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let slot = state.focused_slot();
    if state.matrix.shown && is_of_compose(action) {
        state.matrix.shown = false;
    }
    if blind::hides(state, action) {
        return toast(state, Tone::Note, blind::HIDDEN);
    }
    match action {
        Action::Run => arms::run_all(state),
        Action::RunArm => arms::run(state, slot),
        Action::Samples => samples::open(state, slot),
        Action::NextAnswer => samples::step(state, slot, 1),
        Action::PreviousAnswer => samples::step(state, slot, -1),
        Action::CompareAnswer => overlay::open_pick(state, PickFor::Compare(slot)),
        Action::NewSeed => {
            if let Some(arm) = state.arm_mut(slot) {
                let seed = arm.parameters.seed.unwrap_or(0);
                arm.parameters.seed = Some(seed.wrapping_add(1));
            }
            arms::run(state, slot)
        }
        Action::Help | Action::HelpHere | Action::MatrixHelp | Action::DataHelp => help::open(state),
        Action::Palette => overlay::open_palette(state),
        Action::NextPane => focus(state, state.focus.step(state.arms.len(), 1)),
        Action::PreviousPane => focus(state, state.focus.step(state.arms.len(), -1)),
        Action::FocusPrompt => focus(state, Pane::Prompt),
        Action::FocusCase => focus(state, Pane::Case),
        Action::FocusA => focus(state, Pane::Arm(ArmSlot::A)),
        Action::FocusB => focus(state, Pane::Arm(ArmSlot::B)),
        Action::FocusDiff => focus(state, Pane::Diff),
        Action::FocusScores => focus(state, Pane::Scores),
        Action::Leave => leaving::back(state),
        Action::Save => prompt::save(state),
        Action::NextFault => prompt::next_fault(state),
        Action::Reload => vec![Effect::LookAt(state.prompt.path.clone())],
        Action::History => history::open(state, HistoryFor::Arm(slot)),
        Action::ExternalEditor => {
            let extension = state.prompt.path.extension().map_or("txt".into(), |it| it.to_string_lossy().into_owned());
            vec![Effect::OpenEditor { text: state.prompt.editor.text(), extension }]
        }
        Action::PreviousCase | Action::PreviousCaseHere => case::step(state, -1),
        Action::NextCase | Action::NextCaseHere => case::step(state, 1),
        Action::Preview => {
            let mut effects = prompt::analyse(state);
            effects.extend(open(state, Overlay::Preview { slot, scroll: 0 }));
            effects
        }
        Action::Calls => open(state, Overlay::Calls { slot, scroll: 0, heads: Vec::new() }),
        Action::Zoom | Action::ZoomHere => {
            state.zoomed = !state.zoomed;
            matrix::settle(state)
        }
        Action::OpenPrompt => overlay::open_pick(state, PickFor::Prompt),
        Action::NewPrompt => new_prompt::open(state, PickFor::Prompt, ""),
        Action::PickTheme => overlay::open_pick(state, PickFor::Theme),
        Action::PickModel => overlay::open_pick(state, PickFor::Model(slot)),
        Action::GiveKey => give_key::for_arm(state, slot),
        Action::PickStrategy => overlay::open_pick(state, PickFor::Strategy(slot)),
        Action::PickArmPrompt => overlay::open_pick(state, PickFor::ArmPrompt(slot)),
        Action::CopyMenu | Action::CopyMenuHere => overlay::open_pick(state, PickFor::Copy),
        Action::DiffLeft => overlay::open_pick(state, PickFor::DiffLeft),
        Action::DiffRight => overlay::open_pick(state, PickFor::DiffRight),
        Action::CopyHere => overlay::copy_pane(state),
        Action::CopyOrQuit => leaving::copy_or_quit(state),
        Action::Quit => leaving::quit(state),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        Action::Tune => tune::open(state),
        Action::Fourfold => fourfold::toggle(state),
        Action::Strengths => strengths::open(state, slot),
        Action::Failures => failures::open(state),
        Action::Scores => scores::open(state),
        Action::Judge => judge::open(state),
        Action::Distil => distil::open(state),
        Action::Forgetting => forgetting::open_for_arm(state, slot),
        Action::AddArm => arms::add(state, slot),
        Action::KeepArms => keep_arms::asked_for(state),
        Action::RemoveArm => arms::remove(state, slot),
        Action::ToggleMouse => {
            state.mouse = !state.mouse;
            let word = if state.mouse { "The mouse is fourfold's." } else { "The mouse is the terminal's." };
            let mut effects = toast(state, Tone::Note, word);
            effects.push(Effect::Mouse(state.mouse));
            effects
        }
        Action::Messages => open(state, Overlay::Messages { scroll: 0 }),
        Action::AllowKeys => vec![Effect::ListKeyWishes],
        Action::GetModel => vec![Effect::PullModel(None)],
        Action::Undo => undo(state, true),
        Action::Redo => undo(state, false),
        Action::SelectAll => type_or_edit(state, Command::SelectAll),
        Action::Cut => cut(state),
        Action::Ablation => ablation::open(state),
        Action::Presets => presets::open(state),
        Action::Data => data::open(state),
        Action::OpenData => data::open_other(state),
        Action::MapData => data::map(state),
        Action::AddCase => data::add_case(state),
        Action::DataTake
        | Action::DataFind
        | Action::DataNext
        | Action::DataPrevious
        | Action::DataJump
        | Action::DataFilter
        | Action::DataLike
        | Action::DataSort
        | Action::DataAll
        | Action::DataEdit
        | Action::DataAdd
        | Action::DataNew
        | Action::DataRemove
        | Action::DataUndo
        | Action::DataWrite
        | Action::DataMark
        | Action::DataOpen
        | Action::DataMap
        | Action::DataAgain => data::act(state, action),
        Action::Find | Action::FindHere => find::open(state),
        Action::FindNext
        | Action::FindPrevious
        | Action::FindField
        | Action::FindCase
        | Action::FindRegex
        | Action::ReplaceOne
        | Action::ReplaceAll => find::act(state, action),
        Action::Paste => {
            let text = state.clipboard.clone();
            type_or_edit(state, Command::InsertText(text))
        }
        Action::PinReference => pin(state, slot),
        Action::RecordAnswers => recording::key(state, slot),
        Action::ToggleRaw => {
            if let Some(arm) = state.arm_mut(slot) {
                let other = if arm.answer.reading() == Reading::Raw { Reading::Rendered } else { Reading::Raw };
                arm.answer.set_reading(other);
            }
            Vec::new()
        }
        Action::NextChange => {
            state.diff.step(1);
            Vec::new()
        }
        Action::PreviousChange => {
            state.diff.step(-1);
            Vec::new()
        }
        Action::Granularity => compare::next_granularity(state),
        Action::DiffLayout => compare::turn(state),
        Action::Folds => {
            state.diff.toggle_folds();
            Vec::new()
        }
        Action::PasteCase => case::open_paste(state),
        Action::NextField
        | Action::PreviousField
        | Action::AddTurn
        | Action::RemoveTurn
        | Action::TurnRole
        | Action::TurnUp
        | Action::TurnDown => case::act(state, action),
        Action::Parameters => super::parameters::open(state, slot),
        Action::Blind => blind::toggle(state),
        Action::BlindLeft => blind::vote(state, Vote::Left),
        Action::BlindRight => blind::vote(state, Vote::Right),
        Action::BlindTie => blind::vote(state, Vote::Tie),
        Action::BlindUndo => blind::take_back(state),
        Action::Tally => blind::tally(state),
        Action::Matrix => matrix::toggle(state),
        Action::MatrixOpen
        | Action::MatrixStart
        | Action::MatrixGoOn
        | Action::MatrixAskAgain
        | Action::MatrixPause
        | Action::MatrixStop
        | Action::MatrixCloseColumn
        | Action::MatrixMore
        | Action::MatrixFewer
        | Action::MatrixSort
        | Action::MatrixSlowest
        | Action::MatrixAsked
        | Action::MatrixFilter
        | Action::MatrixSearch
        | Action::MatrixAgain
        | Action::MatrixRuns
        | Action::MatrixCompare
        | Action::MatrixScores
        | Action::MatrixPage
        | Action::MatrixCopy
        | Action::MatrixCells
        | Action::MatrixHeat
        | Action::MatrixCost
        | Action::MatrixHistogram
        | Action::MatrixLadder
        | Action::MatrixTable => matrix::act(state, action),
    }
}

/// Whether an action does something to what only Compose shows: then it is done there.
fn is_of_compose(action: Action) -> bool {
    !matches!(
        (action.row().scope, action),
        (Scope::Matrix | Scope::Data, _)
            | (
                _,
                Action::Matrix
                    | Action::Help
                    | Action::Palette
                    | Action::Leave
                    | Action::Zoom
                    | Action::Tune
                    | Action::CopyOrQuit
                    | Action::Quit
                    | Action::Suspend
                    | Action::Redraw
                    | Action::PickTheme
                    | Action::ToggleMouse
                    | Action::Messages
                    | Action::GetModel
                    | Action::AllowKeys
            )
    )
}

/// Puts something over the screen.
pub(super) fn open(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    // What is asked or shown now is not to wait behind the page of keys.
    state.help = None;
    state.overlays.push(overlay);
    Vec::new()
}

fn focus(state: &mut State, pane: Pane) -> Vec<Effect> {
    let exists = match pane {
        Pane::Arm(slot) => slot.index() < state.arms.len(),
        _ => true,
    };
    if exists {
        state.focus = pane;
    }
    Vec::new()
}

/// To the field of the find bar that has the keys, else to the text.
fn type_or_edit(state: &mut State, command: Command) -> Vec<Effect> {
    if state.finds() { find::type_into(state, command) } else { edit(state, command) }
}

fn cut(state: &mut State) -> Vec<Effect> {
    let Some(text) = super::keys::selected_text(state) else { return Vec::new() };
    let mut effects = overlay::copy(state, "the selection", text);
    effects.extend(edit(state, Command::Cut));
    effects
}

/// In the case form, what was done to its turns is a step like what was typed.
fn undo(state: &mut State, back: bool) -> Vec<Effect> {
    let turns = if state.focus == Pane::Case { case::undo(state, back) } else { None };
    turns.unwrap_or_else(|| edit(state, if back { Command::Undo } else { Command::Redo }))
}

fn edit(state: &mut State, command: Command) -> Vec<Effect> {
    super::keys::edit(state, command)
}

fn pin(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(text) = state.arm(slot).filter(|arm| !arm.phase.is_live()).map(|arm| arm.result().to_owned()) else {
        return toast(state, Tone::Note, "The answer is not there yet: pin it when it has ended.");
    };
    if text.trim().is_empty() {
        return toast(state, Tone::Note, "There is no answer to pin yet.");
    }
    state.case.pin(&text);
    let mut effects: Vec<Effect> = ArmSlot::ALL
        .into_iter()
        .filter(|slot| state.arm(*slot).is_some_and(|arm| matches!(arm.phase, Phase::Done(_) | Phase::Recorded { .. })))
        .flat_map(|slot| arms::score(state, slot))
        .collect();
    for slot in ArmSlot::ALL {
        samples::regroup(state, slot);
    }
    effects.extend(compare::ask(state));
    effects.extend(toast(
        state,
        Tone::Done,
        format!("{}'s answer is the reference until the case changes.", slot.letter()),
    ));
    effects
}
