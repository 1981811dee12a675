//! The whole screen: header, panes, footer, what lies over them; and where a click on each of them goes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::hints::{self, Hint, place};
use super::layout::{self, Plan, Shown};
use super::text::{display_width, fold, sanitise_line, truncate_to_width};
use super::{overlay, pane, welcome};
use crate::app::{Action, follows, reaches, scopes};
use crate::keys::Chord;
use crate::state::matrix::View;
use crate::state::{ArmSlot, EngineState, FindPart, Pane, State, Tone};
use crate::theme::{Role, Theme};

/// A message longer than this is cut; the list of messages has it whole.
const TOAST_LINES: usize = 3;
/// So many messages are shown at a time, the newest ones; the others are counted.
const MOST_TOASTS: usize = 2;
/// Free columns on both sides of a message.
const TOAST_MARGIN: u16 = 2;

/// What a click or the wheel on some place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A pane's frame or content.
    Pane(Pane),
    /// A text with a caret.
    Text(Pane),
    /// A field of the case.
    Field(usize),
    /// A hint in the footer.
    Do(Action),
    /// A key that is named on the screen: the click presses it.
    Press(Chord),
    /// A line of the topmost list.
    Line(usize),
    /// The rows of the matrix.
    Rows,
    /// A cell of the matrix: its place in the order, its column.
    Cell {
        /// From 0.
        place: usize,
        /// From 0.
        column: usize,
    },
    /// The head of a column of the matrix.
    Column(usize),
    /// A view of the matrix.
    View(View),
    /// A heading of the topmost overlay, by its place.
    Tab(usize),
    /// The text of an answer, by its place on the screen.
    Answer(ArmSlot),
    /// A field of the find bar.
    Find(FindPart),
}

/// So many of a pane's own keys come before the ways to other panes.
const BEFORE_WAYS: usize = 2;

/// What drawing leaves behind for the loop.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Where the hardware cursor belongs; none where nothing is typed.
    pub caret: Option<Position>,
    /// Places and their meaning, later ones lie over earlier ones.
    pub targets: Vec<(Rect, Target)>,
    /// Rows of the focused pane's content: what a page is.
    pub page_rows: usize,
    /// Whether answers have grown that are shown as they were laid out before.
    pub tokens_wait: bool,
}

impl Drawn {
    /// What lies at a place, the topmost first.
    pub fn at(&self, position: Position) -> Option<(Rect, Target)> {
        self.targets.iter().rev().find(|(area, _)| area.contains(position)).copied()
    }
}

/// Draws everything.
pub fn draw(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Drawn {
    let mut drawn = Drawn { page_rows: 10, ..Drawn::default() };
    if theme.has_ground() {
        buffer.set_style(area, theme.style(Role::Ground));
    }
    if state.matrix.shown {
        matrix(state, area, buffer, theme, &mut drawn);
    } else {
        compose(state, area, buffer, theme, &mut drawn);
    }
    drawn
}

/// The matrix in place of Compose.
fn matrix(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let layout = layout::matrix(area, state.zoomed, state.matrix.cases());
    if layout.too_small {
        too_small(state, area, buffer, theme);
        return;
    }
    header(state, layout.header, buffer, theme);
    pane::matrix::draw(state, &layout, buffer, theme, drawn);
    let above = Rect { height: area.height.saturating_sub(layout.footer.height), ..area };
    over(state, above, 0, buffer, theme, drawn);
    footer(state, &[], layout.footer, buffer, theme, drawn);
}

fn compose(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let plan = if state.fourfold.shown { Plan::Fourfold } else { Plan::Arms(state.shown_arms()) };
    let shown = Shown { plan, focus: state.focus, zoomed: state.zoomed, welcome: state.welcome };
    let layout = layout::compose(area, shown);
    if layout.too_small {
        too_small(state, area, buffer, theme);
        return;
    }
    header(state, layout.header, buffer, theme);
    tabs(state, layout.tabs, buffer, theme, drawn);
    let in_sight: Vec<Pane> = layout.panes.iter().map(|(pane, _)| *pane).collect();
    for (which, place) in layout.panes {
        let focused = which == state.focus;
        drawn.targets.push((place, Target::Pane(which)));
        let content = pane::draw(state, which, place, layout.frame, focused, buffer, theme, drawn);
        if focused {
            drawn.page_rows = usize::from(content.height).max(1);
        }
    }
    welcome::draw(state, layout.welcome, buffer, theme, drawn);
    let above = Rect { height: area.height.saturating_sub(layout.footer.height), ..area };
    over(state, above, layout.welcome.height, buffer, theme, drawn);
    footer(state, &out_of_sight(state, &in_sight), layout.footer, buffer, theme, drawn);
}

/// What lies over the screen, but for its last line; notices leave the `kept` rows above that in sight.
fn over(state: &mut State, area: Rect, kept: u16, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if !state.overlays.is_empty() {
        drawn.caret = None;
        drawn.targets.clear();
        overlay::draw(state, area, buffer, theme, drawn);
    }
    overlay::draw_follows(state, area, buffer, theme);
    toasts(state, Rect { height: area.height.saturating_sub(kept), ..area }, buffer, theme);
}

/// What is needed, and the way out.
fn too_small(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let quit = state.keys.all_chords_of(Action::Quit).first().map(|keys| format!(" {} quits.", keys.short()));
    let (columns, rows) = layout::FLOOR;
    let text = format!("{}x{}, needs {columns}x{rows}.{}", area.width, area.height, quit.unwrap_or_default());
    let style = theme.style(Role::Warning);
    Paragraph::new(Span::styled(text, style)).wrap(Wrap { trim: true }).render(area, buffer);
}

fn header(state: &State, line: Rect, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_style(line, theme.style(Role::Status));
    // A workbench whose answers all come from servers does not wait for the embedded model.
    let concerned = state.asks_engine();
    let model = match &state.engine {
        EngineState::Absent | EngineState::Loading | EngineState::Ready if !concerned => (String::new(), Role::Muted),
        EngineState::Absent => ("small model not here yet".to_owned(), Role::Warning),
        EngineState::Downloading { model, done, total, seconds_left, .. } => {
            let left = seconds_left.map_or_else(String::new, |seconds| format!(", {seconds} s left"));
            let far = (done * 100).checked_div(*total).map_or_else(String::new, |share| format!(" {share} %{left}"));
            (format!("fetching {model}{far}"), Role::Info)
        }
        EngineState::Loading => ("model loading".to_owned(), Role::Info),
        EngineState::Ready => ("model ready".to_owned(), Role::Success),
        EngineState::Failed(fault) => (fault.what.clone(), Role::Error),
    };
    let tuning = state.tune.watched.as_ref().and_then(|watched| Some((watched, watched.progress.in_short()?)));
    let model = tuning.map_or(model, |(watched, short)| {
        let role = if watched.progress.phase.is_over() { Role::Warning } else { Role::Info };
        (format!("tuning {}: {short}", watched.name), role)
    });
    let model = match state.matrix.live.as_ref() {
        Some(live) => {
            let share = (live.done * 100).checked_div(live.total).unwrap_or(0);
            let run = live.run.map_or_else(String::new, |run| format!(" {run}"));
            (format!("run{run}: {share} %, {}", pane::matrix::standing(live, state.now_ms)), Role::Info)
        }
        None => model,
    };
    let model = match &state.recording {
        Some(recording) => (recording.in_words(), Role::Info),
        None => model,
    };
    let spent = if state.spent.is_worth_telling() { state.spent.money_in_words() } else { String::new() };
    let said: Vec<&str> = [spent.as_str(), &model.0].into_iter().filter(|said| !said.is_empty()).collect();
    let right = sanitise_line(&said.join(" · ")).into_owned();
    let right = truncate_to_width(&right, usize::from(line.width) / 2).into_owned();
    let right_width = display_width(&right) as u16 + 1;
    // By the names that help and documentation use.
    let screen = match (state.matrix.shown, state.fourfold.shown) {
        (true, _) => "Matrix",
        (false, true) => "Fourfold view",
        (false, false) => "Compose",
    };
    let mut left = format!(" fourfold  {screen}  {}", state.place.name);
    if state.place.sample {
        left.push_str(" (sample)");
    }
    let left = sanitise_line(&left).into_owned();
    let room = line.width.saturating_sub(right_width + 1);
    let left = truncate_to_width(&left, usize::from(room)).into_owned();
    Line::from(Span::styled(left, theme.style(Role::Title))).render(Rect { width: room, ..line }, buffer);
    let corner = Rect { x: line.right().saturating_sub(right_width), width: right_width.min(line.width), ..line };
    Line::from(Span::styled(right, theme.style(model.1))).render(corner, buffer);
}

fn tabs(state: &State, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if line.is_empty() {
        return;
    }
    let mut column = line.x;
    for which in Pane::order(state.shown_arms()) {
        let here = which == state.focus;
        let text = if here { format!("[{}]", which.name()) } else { format!(" {} ", which.name()) };
        let width = display_width(&text) as u16;
        if column + width > line.right() {
            break;
        }
        let cell = Rect { x: column, width, ..line };
        let style = theme.style(if here { Role::TitleFocused } else { Role::Muted });
        Line::from(Span::styled(text, style)).render(cell, buffer);
        drawn.targets.push((cell, Target::Pane(which)));
        column += width;
    }
}

/// A key as the footer writes it.
fn hint(state: &State, action: Action) -> Option<Hint> {
    let key = state.keys.chord_in(action, &scopes(state)).filter(|sequence| reaches(state, *sequence))?;
    // What Esc does depends on what there is to leave.
    let title = match action {
        Action::MatrixPause if state.matrix.live.as_ref().is_some_and(|live| live.paused) => "resume",
        Action::Leave if !state.overlays.is_empty() => "close",
        Action::Matrix if state.matrix.shown => "back to Compose",
        Action::Leave if state.matrix.shown && state.matrix.order.is_set() => "all cases",
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
    if !state.overlays.is_empty() {
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
        Pane::Scores => vec![Action::Run, Action::NextCaseHere, Action::CopyHere, Action::NextPane],
    };
    if let Pane::Arm(slot) = state.focus
        && state.blind.is_none()
        && state.arm(slot).is_some_and(|arm| arm.wants_key)
    {
        best.insert(0, Action::GiveKey);
    }
    if live || state.zoomed {
        best.insert(0, Action::Leave);
    }
    best
}

/// The ways to panes that this size has no room for beside the focused one; where there are tabs, those name them.
fn out_of_sight(state: &State, shown: &[Pane]) -> Vec<Action> {
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
        return vec![Action::MatrixCells, Action::MatrixRuns, Action::Matrix];
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
    let unfinished = matrix.run.as_ref().is_some_and(|run| run.progress().0 < run.progress().1);
    if matrix.live_here().is_some() {
        let steering = [Action::MatrixPause, Action::MatrixStop, Action::MatrixMore, Action::MatrixCloseColumn];
        best.splice(1..1, steering).for_each(drop);
    } else if unfinished && matrix.live.is_none() {
        best.insert(1, Action::MatrixGoOn);
    } else {
        best.insert(1, Action::MatrixStart);
    }
    if matrix.order.is_set() {
        best.insert(0, Action::Leave);
    }
    best
}

/// The last line: the focused pane's keys, among the first of them the `ways` to panes that are not in sight.
fn footer(state: &State, ways: &[Action], line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    buffer.set_style(line, theme.style(Role::Status));
    if let Some(prefix) = state.prefix {
        return awaiting(state, prefix.first, line, buffer, theme, drawn);
    }
    let mut own = best(state);
    if state.overlays.is_empty() && !state.finds() {
        let after = own.len().min(BEFORE_WAYS);
        own.splice(after..after, ways.iter().copied()).for_each(drop);
    }
    let own: Vec<Hint> = own.into_iter().filter_map(|action| hint(state, action)).collect();
    // What lies over the screen says its own keys, and takes all but a few.
    let over = !state.overlays.is_empty();
    let always = if over { [Action::Quit].as_slice() } else { &[Action::Palette, Action::Help] };
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

/// The newest notices over the lower right corner, on a ground of their own.
fn toasts(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let shown = state.toasts.len().min(MOST_TOASTS);
    let mut rows: Vec<(Role, String)> = Vec::new();
    for toast in state.toasts.iter().skip(state.toasts.len() - shown) {
        let (mark, role) = match toast.tone {
            Tone::Done => ("✓", Role::Success),
            Tone::Note => ("·", Role::Info),
            Tone::Bad => ("!", Role::Error),
        };
        let lines = fold(&format!("{mark} {}", toast.text), usize::from(area.width).saturating_sub(6));
        rows.extend(lines.into_iter().take(TOAST_LINES).map(|line| (role, line)));
    }
    let more = state.toasts.len() - shown;
    if more > 0 {
        rows.insert(0, (Role::Muted, format!("+{more}")));
    }
    // The newest comes last: where there is no room for all, it stays.
    let most = usize::from(area.height.saturating_sub(1));
    let rows = rows.split_off(rows.len().saturating_sub(most));
    let width = rows.iter().map(|(_, line)| display_width(line)).max().unwrap_or(0) as u16 + 2 * TOAST_MARGIN;
    if rows.is_empty() || width > area.width {
        return;
    }
    let height = rows.len() as u16;
    let place = Rect { x: area.right() - width, y: area.bottom() - height, width, height };
    ratatui::widgets::Clear.render(place, buffer);
    buffer.set_style(place, theme.style(Role::Overlay));
    for (row, (role, line)) in rows.into_iter().enumerate() {
        let place = Rect { x: place.x + TOAST_MARGIN, y: place.y + row as u16, height: 1, width: width - TOAST_MARGIN };
        Line::from(Span::styled(line, theme.style(role))).render(place, buffer);
    }
}
