//! The whole screen: header, panes, footer, what lies over them; and where a click on each of them goes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::layout::{self, Plan, Shown};
use super::text::{display_width, fold, sanitise_line, truncate_to_width};
use super::{footer, overlay, pane, welcome};
use crate::app::Action;
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
    /// A fault of the prompt, by its place among them.
    Fault(usize),
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
    /// A page that is read.
    Page,
    /// The text of an answer, by its place on the screen.
    Answer(ArmSlot),
    /// A field of the find bar.
    Find(FindPart),
}

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
    footer::draw(state, &[], layout.footer, buffer, theme, drawn);
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
    footer::draw(state, &footer::out_of_sight(state, &in_sight), layout.footer, buffer, theme, drawn);
}

/// What lies over the screen, but for its last line; notices leave the `kept` rows above that in sight.
fn over(state: &mut State, area: Rect, kept: u16, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if !state.overlays.is_empty() {
        drawn.caret = None;
        drawn.targets.clear();
        overlay::draw(state, area, buffer, theme, drawn);
    }
    if state.help.is_some() {
        drawn.caret = None;
        drawn.targets.clear();
        overlay::draw_help(state, area, buffer, theme, drawn);
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
