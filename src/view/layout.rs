//! Every breakpoint of the Compose screen: from its size and focus to the rectangles of its panes.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::state::{ArmSlot, Pane};

/// From here on inputs, answers and comparison stand side by side.
const WIDE: u16 = 120;
/// From here on two panes stand side by side; below it there is one, with tabs.
const MEDIUM: u16 = 80;
/// Below this width, or [`LOW`] rows, borders go too.
const NARROW: u16 = 50;
/// See [`NARROW`].
const LOW: u16 = 12;
/// From this many rows on there is room for the lines of a first start.
const WELCOMING: u16 = 20;
/// So many they are.
pub const WELCOME_ROWS: u16 = 3;
/// Under this size nothing useful fits.
pub(super) const FLOOR: (u16, u16) = (20, 6);

/// Whether panes are drawn with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Borders and a title line.
    Bordered,
    /// The title takes the first row, the rest is content.
    Bare,
}

/// Where everything goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// The top line: program, workbench, case, model state.
    pub header: Rect,
    /// A line of tabs where one pane is shown at a time; empty otherwise.
    pub tabs: Rect,
    /// The panes that are visible, in the order they are drawn.
    pub panes: Vec<(Pane, Rect)>,
    /// Lines for a first start, above the footer, where there is room for them; empty otherwise.
    pub welcome: Rect,
    /// The bottom line: the focused pane's keys.
    pub footer: Rect,
    /// How panes are framed.
    pub frame: Frame,
    /// The terminal is too small for anything but a message.
    pub too_small: bool,
}

/// What the middle of the screen is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Compose, with this many arms.
    Arms(usize),
    /// The four cells, a square that takes most of the room.
    Fourfold,
}

impl Plan {
    const fn arms(self) -> usize {
        match self {
            Self::Arms(arms) => arms,
            Self::Fourfold => 4,
        }
    }
}

/// What the screen shows, as far as its layout depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the middle is laid out for.
    pub plan: Plan,
    /// The pane with the focus.
    pub focus: Pane,
    /// Whether it has the whole screen.
    pub zoomed: bool,
    /// Whether the lines for a first start are wanted.
    pub welcome: bool,
}

/// Lays the screen out for `area`.
pub fn compose(area: Rect, shown: Shown) -> Compose {
    let Shown { plan, focus, zoomed, welcome } = shown;
    let mut layout = Compose {
        header: Rect::default(),
        tabs: Rect::default(),
        panes: Vec::new(),
        welcome: Rect::default(),
        footer: Rect::default(),
        frame: Frame::Bordered,
        too_small: area.width < FLOOR.0 || area.height < FLOOR.1,
    };
    if layout.too_small {
        return layout;
    }
    let single = area.width < MEDIUM || area.height < LOW || zoomed;
    let tab_rows = u16::from(single && !zoomed);
    let welcome_rows = if welcome && !zoomed && area.height >= WELCOMING { WELCOME_ROWS } else { 0 };
    let [header, tabs, body, welcome, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(tab_rows),
        Constraint::Min(0),
        Constraint::Length(welcome_rows),
        Constraint::Length(1),
    ])
    .areas(area);
    layout.header = header;
    layout.tabs = tabs;
    layout.welcome = welcome;
    layout.footer = footer;
    if single {
        let bare = zoomed || area.width < NARROW || area.height < LOW;
        layout.frame = if bare { Frame::Bare } else { Frame::Bordered };
        layout.panes = vec![(focus, body)];
    } else if plan == Plan::Fourfold {
        layout.panes = fourfold(body, focus);
    } else if area.width >= WIDE {
        layout.panes = wide(body, plan.arms(), focus);
    } else {
        layout.panes = medium(body, plan.arms(), focus);
    }
    layout
}

/// Three columns: prompt over case, then the arms, with diff and scores under them.
fn wide(body: Rect, arms: usize, focus: Pane) -> Vec<(Pane, Rect)> {
    let left_share = if body.width >= 160 { 34 } else { 36 };
    let [left, right] = Layout::horizontal([Constraint::Percentage(left_share), Constraint::Min(0)]).areas(body);
    let [prompt, case] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(left);
    let mut panes = vec![(Pane::Prompt, prompt), (Pane::Case, case)];
    let lower = if matches!(focus, Pane::Diff) { 3 } else { 2 };
    let [answers, comparison] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(lower)]).areas(right);
    panes.extend(arm_grid(answers, arms));
    panes.extend(comparison_row(comparison));
    panes
}

/// Two rows: inputs or comparison above, whichever the focus asks for, and the arms below.
fn medium(body: Rect, arms: usize, focus: Pane) -> Vec<(Pane, Rect)> {
    let [upper, lower] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(body);
    let mut panes = if matches!(focus, Pane::Diff | Pane::Scores) {
        comparison_row(upper).to_vec()
    } else {
        let [prompt, case] = Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(upper);
        vec![(Pane::Prompt, prompt), (Pane::Case, case)]
    };
    panes.extend(arm_grid(lower, arms));
    panes
}

/// The square of cells over the case and the comparison; the case's place shows the prompt while that has the focus.
fn fourfold(body: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    let input = if focus == Pane::Prompt { Pane::Prompt } else { Pane::Case };
    let [cells, lower] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(body);
    let mut panes = arm_grid(cells, 4);
    if body.width >= WIDE {
        let [left, rest] = Layout::horizontal([Constraint::Percentage(28), Constraint::Min(0)]).areas(lower);
        panes.push((input, left));
        panes.extend(comparison_row(rest));
    } else if matches!(focus, Pane::Prompt | Pane::Case | Pane::Diff) {
        let shown = if focus == Pane::Diff { Pane::Diff } else { input };
        let [left, scores] =
            Layout::horizontal([Constraint::Min(0), Constraint::Length(40.min(body.width / 2))]).areas(lower);
        panes.extend([(shown, left), (Pane::Scores, scores)]);
    } else {
        panes.extend(comparison_row(lower));
    }
    panes
}

fn comparison_row(area: Rect) -> [(Pane, Rect); 2] {
    let scores_width = if area.width >= 120 { 46 } else { 36.min(area.width / 2) };
    let [diff, scores] = Layout::horizontal([Constraint::Min(0), Constraint::Length(scores_width)]).areas(area);
    [(Pane::Diff, diff), (Pane::Scores, scores)]
}

/// One to three arms stand in a row; four make a square.
fn arm_grid(area: Rect, arms: usize) -> Vec<(Pane, Rect)> {
    let rows: &[&[ArmSlot]] = match arms {
        0 | 1 => &[&[ArmSlot::A]],
        2 => &[&[ArmSlot::A, ArmSlot::B]],
        3 => &[&[ArmSlot::A, ArmSlot::B, ArmSlot::C]],
        _ => &[&[ArmSlot::A, ArmSlot::B], &[ArmSlot::C, ArmSlot::D]],
    };
    let bands = Layout::vertical(rows.iter().map(|_| Constraint::Fill(1))).split(area);
    rows.iter()
        .zip(bands.iter())
        .flat_map(|(row, band)| {
            let cells = Layout::horizontal(row.iter().map(|_| Constraint::Fill(1))).split(*band);
            row.iter().zip(cells.to_vec()).map(|(slot, cell)| (Pane::Arm(*slot), cell)).collect::<Vec<_>>()
        })
        .collect()
}

/// Where the parts of the matrix go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The top line.
    pub header: Rect,
    /// The matrix with its frame.
    pub body: Rect,
    /// The views there are, one line; empty where there is no room.
    pub tabs: Rect,
    /// What stands over the columns: the names, then figures, the weightier ones first.
    pub heads: Rect,
    /// The cases, a line each.
    pub rows: Rect,
    /// What is said of the selected cell; empty where there is no room.
    pub detail: Rect,
    /// The bottom line.
    pub footer: Rect,
    /// How the matrix is framed.
    pub frame: Frame,
    /// The terminal is too small for anything but a message.
    pub too_small: bool,
}

/// Lines over the columns, by how many there are in all: (from so many, lines, lines about the selected cell). With three of
/// them a mean stands with its interval and n; with fewer there is no mean.
const MATRIX_ROOM: [(u16, u16, u16); 5] = [(30, 7, 3), (22, 6, 2), (16, 5, 2), (7, 3, 1), (0, 1, 0)];
/// The most of these lines.
const MATRIX_MOST: (u16, u16) = (7, 3);

/// Lays the matrix of a run of so many cases out for `area`. Room that the cases leave is for what stands over the columns, and
/// for the selected cell.
pub fn matrix(area: Rect, zoomed: bool, cases: usize) -> Matrix {
    let too_small = area.width < FLOOR.0 || area.height < FLOOR.1;
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let bare = zoomed || area.width < NARROW || area.height < LOW;
    let frame = if bare { Frame::Bare } else { Frame::Bordered };
    let inside = match frame {
        Frame::Bordered => Rect {
            x: body.x + 1,
            y: body.y + 1,
            width: body.width.saturating_sub(2),
            height: body.height.saturating_sub(2),
        },
        Frame::Bare => Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body },
    };
    let (_, heads, detail) = MATRIX_ROOM.into_iter().find(|(from, ..)| inside.height >= *from).unwrap_or_default();
    let tabs = u16::from(inside.height > 6);
    let cases = u16::try_from(cases).unwrap_or(u16::MAX).max(2);
    let spare = inside.height.saturating_sub(tabs + heads + detail).saturating_sub(cases);
    let more = spare.min(MATRIX_MOST.0.saturating_sub(heads));
    let heads = heads + more;
    let detail = detail + (spare - more).min(MATRIX_MOST.1.saturating_sub(detail));
    let [tabs, heads, rows, detail] = Layout::vertical([
        Constraint::Length(tabs),
        Constraint::Length(heads),
        Constraint::Min(0),
        Constraint::Length(detail),
    ])
    .areas(inside);
    Matrix { header, body, tabs, heads, rows, detail, footer, frame, too_small }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_overlap_nor_leave_the_screen_and_the_focus_is_always_shown() {
        for width in (0..=220).step_by(7) {
            for height in (0..=70).step_by(3) {
                let area = Rect::new(0, 0, width, height);
                let plans = (1..=4).map(Plan::Arms).chain([Plan::Fourfold]);
                for plan in plans {
                    for focus in Pane::order(plan.arms()) {
                        for (zoomed, welcome) in [(false, false), (false, true), (true, true)] {
                            let layout = compose(area, Shown { plan, focus, zoomed, welcome });
                            if layout.too_small {
                                continue;
                            }
                            assert!(layout.panes.iter().any(|(pane, _)| *pane == focus), "{focus:?} {width}x{height}");
                            for (index, (_, one)) in layout.panes.iter().enumerate() {
                                assert_eq!(area.intersection(*one), *one);
                                assert!(!one.intersects(layout.footer) && !one.intersects(layout.header));
                                assert!(!one.intersects(layout.welcome));
                                for (_, other) in layout.panes.iter().skip(index + 1) {
                                    assert!(!one.intersects(*other), "{width}x{height} {one} {other}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_matrix_has_rows_wherever_it_is_drawn() {
        for width in 20..=220 {
            for height in 6..=80 {
                for (zoomed, cases) in [(false, 0), (true, 3), (false, 12), (true, 1_000_000)] {
                    let area = Rect::new(0, 0, width, height);
                    let matrix = matrix(area, zoomed, cases);
                    let parts = [matrix.tabs, matrix.heads, matrix.rows, matrix.detail];
                    assert!(matrix.rows.height >= 2 && matrix.heads.height >= 1, "{width}x{height}: {matrix:?}");
                    let within = |part: &Rect| part.is_empty() || matrix.body.intersection(*part) == *part;
                    assert!(parts.iter().all(within));
                    let sum: u16 = parts.iter().map(|part| part.height).sum();
                    assert!(sum < matrix.body.height);
                }
            }
        }
    }

    #[test]
    fn room_that_the_cases_leave_is_for_the_heads() {
        let heads = |height, cases| matrix(Rect::new(0, 0, 100, height), false, cases).heads.height;
        assert_eq!((heads(24, 1_000), heads(24, 10), heads(16, 1_000), heads(16, 4)), (5, 7, 3, 6));
        let many = matrix(Rect::new(0, 0, 100, 24), false, 9);
        assert!(many.rows.height >= 9, "no case gives way: {many:?}");
    }

    #[test]
    fn the_breakpoints_are_where_the_design_puts_them() {
        let shown = Shown { plan: Plan::Arms(2), focus: Pane::Prompt, zoomed: false, welcome: true };
        let panes = |width, height| compose(Rect::new(0, 0, width, height), shown).panes.len();
        assert_eq!(panes(120, 40), 6);
        assert_eq!(panes(80, 24), 4);
        assert_eq!(panes(79, 24), 1);
        let at = |width, height| compose(Rect::new(0, 0, width, height), shown);
        assert_eq!(at(40, 12).frame, Frame::Bare);
        assert!(at(19, 6).too_small);
        assert_eq!((at(80, 24).welcome.height, at(80, 19).welcome.height), (WELCOME_ROWS, 0));
    }
}
