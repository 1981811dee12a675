//! The last line of the screen: the keys of what has the focus, and what each of them does here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::hints::{self, Hint, place};
use super::screen::Drawn;
use super::text::display_width;
use crate::app::{Action, follows, reaches, scopes};
use crate::keys::Chord;
use crate::prompt::Severity;
use crate::state::{EngineState, Pane, State};
use crate::theme::{Role, Theme};

/// So many of a pane's own keys come before the ways to other panes.
const BEFORE_WAYS: usize = 2;

/// A key as the footer writes it.
fn hint(state: &State, action: Action) -> Option<Hint> {
    let key = state.keys.chord_in(action, &scopes(state)).filter(|sequence| reaches(state, *sequence))?;
    // What Esc does depends on what there is to leave.
    let title = match action {
        Action::MatrixPause if state.matrix.live.as_ref().is_some_and(|live| live.paused) => "resume",
        Action::Leave if !state.overlays.is_empty() || state.help.is_some() => "close",
        Action::Matrix if state.matrix.shown => "back to Compose",
        Action::Leave if state.matrix.shown && state.matrix.is_ordered() => {
            if state.matrix.order.is_filter() {
                "all cases"
            } else {
                "as in the split"
            }
        }
        // The find bar is left before the zoom that it stands in.
        Action::Leave if state.finds() => action.row().title,
        Action::Leave if state.zoomed => "end zoom",
        Action::Leave | Action::Blind if state.blind.is_some() => "end rating",
        Action::Leave if !state.cancelled_by_leaving().is_empty() => "cancel",
        Action::Leave | Action::RecordAnswers if state.recording.is_some() => "stop recording",
        Action::Leave if cancels(state) && matches!(state.engine, EngineState::Downloading { .. }) => "stop fetching",
        Action::Leave if cancels(state) => "cancel",
        Action::Fourfold if state.fourfold.shown => "back to Compose",
        Action::FocusPrompt => "prompt",
        // The two stand side by side.
        Action::FocusDiff => "diff/scores",
        _ => action.row().title,
    };
    Some(Hint { action, key: key.short(), title: title.to_owned() })
}

/// Whether there is something for Esc to cancel from here.
fn cancels(state: &State) -> bool {
    let streams = state.arms.iter().any(|arm| arm.phase.is_live());
    !state.cancelled_by_leaving().is_empty()
        || state.recording.is_some()
        || !streams && matches!(state.engine, EngineState::Downloading { .. })
}

/// The focused pane's best actions.
fn best(state: &State) -> Vec<Action> {
    if !state.overlays.is_empty() || state.help.is_some() {
        return vec![Action::Leave];
    }
    if state.finds() {
        return vec![
            Action::ReplaceOne,
            Action::FindNext,
            Action::FindPrevious,
            Action::Leave,
            Action::FindField,
            Action::ReplaceAll,
            Action::FindCase,
            Action::FindRegex,
        ];
    }
    if state.matrix.shown {
        return best_in_matrix(state);
    }
    let live = cancels(state);
    let mut best = match state.focus {
        Pane::Arm(_) | Pane::Scores if state.fourfold.shown => vec![
            Action::Run,
            Action::Fourfold,
            Action::Strengths,
            Action::Forgetting,
            Action::NextCaseHere,
            Action::PreviousCaseHere,
            Action::RunArm,
            Action::CopyHere,
        ],
        Pane::Prompt => {
            vec![Action::Run, Action::Save, Action::Preview, Action::OpenPrompt, Action::Find, Action::NextPane]
        }
        Pane::Case => vec![Action::Run, Action::NextCase, Action::NextField, Action::AddTurn, Action::NextPane],
        Pane::Arm(_) if state.is_hidden() && !state.can_vote() => vec![Action::Run, Action::Tally, Action::Blind],
        Pane::Arm(_) if state.is_hidden() => {
            vec![Action::BlindLeft, Action::BlindRight, Action::BlindTie, Action::Tally, Action::Run]
        }
        Pane::Arm(_) if state.blind.is_some_and(|blind| blind.cast.is_some()) => {
            vec![Action::NextCase, Action::BlindUndo, Action::Run, Action::Tally, Action::Blind]
        }
        Pane::Arm(_) if state.blind.is_some() => vec![Action::NextCase, Action::Run, Action::Tally, Action::Blind],
        Pane::Arm(_) => vec![
            Action::Run,
            Action::RunArm,
            Action::PickModel,
            Action::PickStrategy,
            Action::Parameters,
            Action::Samples,
            Action::CopyHere,
            Action::ToggleRaw,
        ],
        Pane::Diff => vec![
            Action::NextChange,
            Action::PreviousChange,
            Action::Granularity,
            Action::DiffLayout,
            Action::DiffLeft,
            Action::DiffRight,
        ],
        Pane::Scores => {
            vec![Action::Run, Action::Scores, Action::NextCaseHere, Action::Judge, Action::CopyHere, Action::NextPane]
        }
    };
    if let Pane::Arm(slot) = state.focus
        && state.blind.is_none()
        && state.arm(slot).is_some_and(|arm| arm.wants_key)
    {
        best.insert(0, Action::GiveKey);
    }
    if state.focus == Pane::Prompt && state.prompt.problems.iter().any(|problem| problem.severity == Severity::Error) {
        best.insert(2, Action::NextFault);
    }
    if live || state.zoomed {
        best.insert(0, Action::Leave);
    }
    best
}

/// The ways to panes that this size has no room for beside the focused one; where there are tabs, those name them.
pub(super) fn out_of_sight(state: &State, shown: &[Pane]) -> Vec<Action> {
    if shown.len() < 2 || state.fourfold.shown || state.is_hidden() {
        return Vec::new();
    }
    let ways = [(Pane::Prompt, Action::FocusPrompt), (Pane::Diff, Action::FocusDiff)];
    ways.into_iter().filter(|(pane, _)| !shown.contains(pane)).map(|(_, action)| action).collect()
}

/// The matrix' best actions.
fn best_in_matrix(state: &State) -> Vec<Action> {
    let matrix = &state.matrix;
    if matrix.run.is_none() {
        return vec![Action::MatrixStart, Action::MatrixRuns, Action::Matrix];
    }
    if !matrix.view.has_rows() {
        return vec![Action::MatrixCells, Action::MatrixPage, Action::MatrixRuns, Action::Matrix];
    }
    let mut best = vec![
        Action::MatrixOpen,
        Action::MatrixSort,
        Action::MatrixFilter,
        Action::MatrixSearch,
        Action::MatrixSlowest,
        Action::MatrixCompare,
        Action::MatrixRuns,
        Action::Matrix,
    ];
    let unfinished =
        matrix.run.as_ref().is_some_and(|run| run.progress().0 < run.progress().1 && !run.line.is_settled());
    if matrix.live_here().is_some() {
        let steering = [Action::MatrixPause, Action::MatrixStop, Action::MatrixMore, Action::MatrixCloseColumn];
        best.splice(1..1, steering).for_each(drop);
    } else if unfinished && matrix.live.is_none() {
        best.insert(1, Action::MatrixGoOn);
    } else {
        best.insert(1, Action::MatrixStart);
    }
    if matrix.is_ordered() {
        best.insert(0, Action::Leave);
    }
    best
}

/// Draws the last line: the focused pane's keys, among the first of them the `ways` to panes that are not in sight.
pub(super) fn draw(state: &State, ways: &[Action], line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    buffer.set_style(line, theme.style(Role::Status));
    if let Some(prefix) = state.prefix {
        return awaiting(state, prefix.first, line, buffer, theme, drawn);
    }
    let mut own = best(state);
    let over = !state.overlays.is_empty() || state.help.is_some();
    if !over && !state.finds() {
        let after = own.len().min(BEFORE_WAYS);
        own.splice(after..after, ways.iter().copied()).for_each(drop);
    }
    let own: Vec<Hint> = own.into_iter().filter_map(|action| hint(state, action)).collect();
    // What lies over the screen takes all but a few keys.
    let always = match (state.help.is_some(), over) {
        (true, _) => [Action::Quit].as_slice(),
        (false, true) => &[Action::Quit, Action::Help],
        (false, false) => &[Action::Palette, Action::Help],
    };
    let always: Vec<Hint> = always.iter().filter_map(|action| hint(state, *action)).collect();
    let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    hints::draw(place(&own, &always, inner.width), inner, Role::Status, theme, buffer, drawn);
}

/// The footer while a second chord is awaited: the first, then what may follow.
fn awaiting(state: &State, first: Chord, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let pressed = format!(" {} … ", first.short());
    let start = (display_width(&pressed) as u16).min(line.width);
    Line::from(Span::styled(pressed, theme.style(Role::Key))).render(Rect { width: start, ..line }, buffer);
    let hint =
        |(chord, action): (Chord, Action)| Hint { action, key: chord.short(), title: action.row().title.to_owned() };
    let own: Vec<Hint> = follows(state, first).into_iter().map(hint).collect();
    let rest = Rect { x: line.x + start, width: line.width - start, ..line };
    hints::draw(place(&own, &[], rest.width), rest, Role::Status, theme, buffer, drawn);
}
