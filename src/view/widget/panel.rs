//! The frame around a pane: title on the left, a remark on the right, focus shown by weight and a mark as well as colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Widget};

use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// What stands on a pane's top edge.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    /// The pane's name, drawn first and never cut before the rest.
    pub name: String,
    /// What it shows now: a file, an arm's model and strategy.
    pub detail: String,
    /// State, at the right edge: "unsaved", "42 tok/s", "3 of 17".
    pub aside: String,
    /// The role `aside` is drawn in.
    pub aside_role: Option<Role>,
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
            let kind = if focused { BorderType::Thick } else { BorderType::Rounded };
            let block = Block::bordered().border_type(kind).border_style(border);
            let inner = block.inner(area);
            block.render(area, buffer);
            inner
        }
        Frame::Bare => Rect { y: area.y + 1, height: area.height - 1, ..area },
    };
    let inset = if frame == Frame::Bordered { 2 } else { 0 };
    let room = area.width.saturating_sub(inset * 2);
    let line = Rect { x: area.x + inset.min(area.width), width: room, height: 1, ..area };
    title(line, buffer, theme, focused, heading);
    inner
}

fn title(line: Rect, buffer: &mut Buffer, theme: &Theme, focused: bool, heading: &Heading) {
    let room = usize::from(line.width);
    let mark = if focused { "▸ " } else { "" };
    let name = sanitise_line(&heading.name).into_owned();
    let aside = sanitise_line(&heading.aside).into_owned();
    let name_width = display_width(mark) + display_width(&name) + 2;
    let aside_width = if aside.is_empty() { 0 } else { display_width(&aside) + 2 };
    let aside_fits = name_width + aside_width < room;
    let left = room.saturating_sub(name_width + if aside_fits { aside_width + 1 } else { 0 });
    let title_style = theme.style(if focused { Role::TitleFocused } else { Role::Title });
    let mut spans = vec![Span::styled(format!(" {mark}{name} "), title_style)];
    let detail = sanitise_line(&heading.detail);
    if !detail.is_empty() && left > 4 {
        let detail = truncate_to_width(&detail, left - 1);
        spans.push(Span::styled(format!("{detail} "), theme.style(Role::Muted)));
    }
    Line::from(spans).render(line, buffer);
    if aside_fits && !aside.is_empty() {
        let place = Rect { x: line.right() - aside_width as u16, width: aside_width as u16, ..line };
        let style = theme.style(heading.aside_role.unwrap_or(Role::Muted));
        Line::from(Span::styled(format!(" {aside} "), style)).render(place, buffer);
    }
}
