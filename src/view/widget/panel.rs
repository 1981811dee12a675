//! The frame around a pane: title on the left, a remark on the right, focus shown by weight and a mark as well as colour.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{BETWEEN, display_width, fit_parts, sanitise_line};

/// What stands on a pane's top edge.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    /// The pane's name, drawn first and never cut before the rest.
    pub name: String,
    /// What it shows now: a file, an arm's strategy and model; of several parts ("a · b") those that have room.
    pub detail: String,
    /// State, at the right edge: "unsaved", "42 tok/s", "3 of 17".
    pub aside: String,
    /// The role `aside` is drawn in.
    pub aside_role: Option<Role>,
    /// The first part of `detail` is who this is: it stays, and of a long `aside` its beginning.
    pub is_named_by_detail: bool,
}

/// Draws the frame and gives back the area inside it.
pub fn panel(area: Rect, buffer: &mut Buffer, theme: &Theme, frame: Frame, focused: bool, heading: &Heading) -> Rect {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return area;
    }
    let border = theme.style(if focused { Role::BorderFocused } else { Role::Border });
    let inner = match frame {
        Frame::Bordered => {
            edges(area, buffer, if focused { border::THICK } else { border::ROUNDED }, border);
            area.inner(Margin::new(1, 1))
        }
        Frame::Bare => Rect { y: area.y + 1, height: area.height - 1, ..area },
    };
    let inset = if frame == Frame::Bordered { 2 } else { 0 };
    let room = area.width.saturating_sub(inset * 2);
    let line = Rect { x: area.x + inset.min(area.width), width: room, height: 1, ..area };
    title(line, buffer, theme, focused, heading);
    inner
}

/// Rows below are counted up to here.
pub const MOST_BELOW: usize = 99;

/// How many rows are below what is shown, on the lower edge of a pane that has one.
pub fn more_below(area: Rect, buffer: &mut Buffer, theme: &Theme, frame: Frame, more: usize) {
    more_beyond(area, buffer, theme, frame, (0, more));
}

/// How many rows are above and below what is shown, on the lower edge of a pane that has one.
pub fn more_beyond(area: Rect, buffer: &mut Buffer, theme: &Theme, frame: Frame, (above, below): (usize, usize)) {
    let count = |rows: usize| if rows > MOST_BELOW { format!("{MOST_BELOW}+") } else { rows.to_string() };
    let said = match (above, below) {
        (0, 0) => return,
        (0, below) => format!(" {} more ↓ ", count(below)),
        (above, 0) => format!(" {} more ↑ ", count(above)),
        (above, below) => format!(" {} ↑ {} ↓ ", count(above), count(below)),
    };
    corner(area, buffer, theme, frame, &said);
}

/// A few words in the lower right corner of a pane that has a lower edge, where there is room.
pub fn corner(area: Rect, buffer: &mut Buffer, theme: &Theme, frame: Frame, said: &str) {
    let width = display_width(said) as u16;
    if frame != Frame::Bordered || area.width < width + 4 || area.height < 2 {
        return;
    }
    let corner = Rect { x: area.right() - width - 2, y: area.bottom() - 1, width, height: 1 };
    Line::from(Span::styled(said, theme.style(Role::Muted))).render(corner.intersection(area), buffer);
}

/// The four edges. The library's block styles every cell inside as well, which is a twelfth of a frame for nothing.
fn edges(area: Rect, buffer: &mut Buffer, set: border::Set<'_>, style: Style) {
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let mut put = |x, y, symbol| {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    };
    for x in area.left()..area.right() {
        put(x, area.y, set.horizontal_top);
        put(x, bottom, set.horizontal_bottom);
    }
    for y in area.top()..area.bottom() {
        put(area.x, y, set.vertical_left);
        put(right, y, set.vertical_right);
    }
    put(area.x, area.y, set.top_left);
    put(right, area.y, set.top_right);
    put(area.x, bottom, set.bottom_left);
    put(right, bottom, set.bottom_right);
}

fn title(line: Rect, buffer: &mut Buffer, theme: &Theme, focused: bool, heading: &Heading) {
    let room = usize::from(line.width);
    let mark = if focused { "▸ " } else { "" };
    let name = sanitise_line(&heading.name).into_owned();
    let name_width = display_width(mark) + display_width(&name) + 2;
    let detail = sanitise_line(&heading.detail).into_owned();
    let aside = sanitise_line(&heading.aside).into_owned();
    let aside =
        fit_parts(&aside, aside_room(room.saturating_sub(name_width), &detail, &aside, heading.is_named_by_detail))
            .into_owned();
    let aside_width = if aside.is_empty() { 0 } else { display_width(&aside) + 2 };
    let left = room.saturating_sub(name_width + if aside.is_empty() { 0 } else { aside_width + 1 });
    let title_style = theme.style(if focused { Role::TitleFocused } else { Role::Title });
    let mut spans = vec![Span::styled(format!(" {mark}{name} "), title_style)];
    if !detail.is_empty() && left > 4 {
        let detail = fit_parts(&detail, left - 1);
        spans.push(Span::styled(format!("{detail} "), theme.style(Role::Muted)));
    }
    Line::from(spans).render(line, buffer);
    if !aside.is_empty() {
        let place = Rect { x: line.right() - aside_width as u16, width: aside_width as u16, ..line };
        let style = theme.style(heading.aside_role.unwrap_or(Role::Muted));
        Line::from(Span::styled(format!(" {aside} "), style)).render(place, buffer);
    }
}

/// Columns that a remark keeps beside who it is about: what it begins with.
const REMARK: usize = 4;

/// The columns a remark may take of those beside the name: the first part of the detail comes before its later parts, the remark's own
/// first part before the detail, unless that says who this is.
fn aside_room(room: usize, detail: &str, aside: &str, is_named_by_detail: bool) -> usize {
    let first = |text: &str| text.split(BETWEEN).next().map_or(0, display_width);
    let beside = if detail.is_empty() { 3 } else { first(detail) + 4 };
    let least = if is_named_by_detail { first(aside).min(REMARK) } else { first(aside) };
    room.saturating_sub(beside).max(least.min(room.saturating_sub(3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{ColorLevel, Library};

    fn top(width: u16, aside: &str) -> String {
        headed(width, [false, false], "plain · zero-shot", aside)
    }

    fn headed(width: u16, [focused, is_named_by_detail]: [bool; 2], detail: &str, aside: &str) -> String {
        let area = Rect::new(0, 0, width, 3);
        let mut buffer = Buffer::empty(area);
        let heading = Heading {
            name: "A".to_owned(),
            detail: detail.to_owned(),
            aside: aside.to_owned(),
            is_named_by_detail,
            ..Heading::default()
        };
        panel(area, &mut buffer, &Library::default_theme(ColorLevel::Mono), Frame::Bordered, focused, &heading);
        (0..width).filter_map(|x| buffer.cell((x, 0))).map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn who_it_is_stays_beside_a_long_state() {
        let state = "cut off at its limit · recorded";
        for (width, parts) in [
            (26, ["A prompted ", " cu"]),
            (30, ["A prompted ", " cut off"]),
            (60, ["A prompted ", "cut off at its limit "]),
            (80, ["A prompted · few-shot ", "cut off at its limit · recorded "]),
        ] {
            let text = headed(width, [true, true], "prompted · few-shot", state);
            assert!(parts.iter().all(|part| text.contains(part)), "{width}: {text}");
        }
    }

    #[test]
    fn a_state_is_never_lost_and_parts_go_one_by_one() {
        assert_eq!(top(44, "draft · not in the file"), "╭─ A plain ────── draft · not in the file ─╮");
        assert_eq!(top(36, "draft · not in the file"), "╭─ A plain · zero-shot ──── draft ─╮");
        assert_eq!(top(24, "draft · not in the file"), "╭─ A plain ──── draft ─╮");
        assert_eq!(top(16, "draft · not in the file"), "╭─ A ── draft ─╮");
        assert_eq!(top(12, "draft"), "╭─ A ─ d… ─╮");
    }
}
