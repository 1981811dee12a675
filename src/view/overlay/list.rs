//! A picker drawn over the screen: the query, the matching lines, the selected one marked by sign and style.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget, Wrap};

use crate::state::picker::Picker;
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{display_width, sanitise_line, truncate_to_width};
use crate::view::widget::panel::{Heading, panel};

/// Rows at the foot of a list for what is said of its selected line.
const DETAIL_ROWS: u16 = 2;

/// One line from anywhere, cut where there is no more room.
pub(super) fn say(text: &str, role: Role, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let text = sanitise_line(text).into_owned();
    let text = truncate_to_width(&text, usize::from(place.width)).into_owned();
    Line::from(Span::styled(text, theme.style(role))).render(place, buffer);
}

/// A box in the middle of `area`, at most as large as it.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
}

/// Clears a box, frames it, and gives back its inside.
pub(super) fn open_box(area: Rect, buffer: &mut Buffer, theme: &Theme, title: &str, aside: &str) -> Rect {
    let area = area.intersection(buffer.area);
    Clear.render(area, buffer);
    buffer.set_style(area, theme.style(Role::Overlay));
    let frame = if area.width < 30 || area.height < 5 { Frame::Bare } else { Frame::Bordered };
    let heading = Heading { name: title.to_owned(), aside: aside.to_owned(), ..Heading::default() };
    panel(area, buffer, theme, frame, true, &heading)
}

/// What was drawn where: the caret, and each line's place for the mouse.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    /// Where the hardware cursor belongs.
    pub caret: Option<Position>,
    /// (line index among the shown ones, its place)
    pub lines: Vec<(usize, Rect)>,
}

/// Draws `picker` over `area`.
pub(super) fn draw(picker: &Picker, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Drawn {
    let count = picker.shown().len();
    let foot = if picker.has_details() { DETAIL_ROWS } else { 0 };
    let height = (count as u16).saturating_add(4 + foot).clamp(7, area.height.max(7));
    let inside = open_box(centred(area, 92, height), buffer, theme, &picker.title, &format!("{count}"));
    if inside.is_empty() {
        return Drawn::default();
    }
    let query = sanitise_line(&picker.query);
    let prompt = Line::from(vec![
        Span::styled("› ", theme.style(Role::Accent)),
        Span::styled(query.clone().into_owned(), theme.style(Role::Text)),
    ]);
    prompt.render(Rect { height: 1, ..inside }, buffer);
    let caret = Position::new((inside.x + 2 + display_width(&query) as u16).min(inside.right() - 1), inside.y);
    let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    // What is said of the selected line has rows of its own at the foot, so that the list does not jump under the hand.
    let foot = if picker.has_details() && list.height > 2 * DETAIL_ROWS { DETAIL_ROWS } else { 0 };
    let list = Rect { height: list.height - foot, ..list };
    if let (Some(item), true) = (picker.selected(), foot > 0) {
        let place = Rect { y: list.bottom(), height: foot, ..list };
        Paragraph::new(sanitise_line(&item.detail).into_owned())
            .style(theme.style(Role::Warning))
            .wrap(Wrap { trim: true })
            .render(place, buffer);
    }
    let mut drawn = Drawn { caret: Some(caret), lines: Vec::new() };
    if count == 0 && list.height > 0 {
        Line::from(Span::styled(picker.empty.as_str(), theme.style(Role::Muted)))
            .render(Rect { height: 1, ..list }, buffer);
        return drawn;
    }
    let rows = usize::from(list.height);
    let first = (picker.selected_index() + 1).saturating_sub(rows);
    for (row, (index, item)) in picker.shown().enumerate().skip(first).take(rows).enumerate() {
        let place = Rect { y: list.y + row as u16, height: 1, ..list };
        let selected = index == picker.selected_index();
        let base = match (&item.disabled, selected) {
            (_, true) => theme.style(Role::Selection),
            (Some(_), false) => theme.style(Role::Muted),
            (None, false) => theme.style(Role::Text),
        };
        buffer.set_style(place, base);
        let room = usize::from(place.width);
        let aside = sanitise_line(&item.aside);
        let aside_width = if aside.is_empty() { 0 } else { display_width(&aside) + 1 };
        let title = sanitise_line(&item.title);
        let title = truncate_to_width(&title, room.saturating_sub(aside_width + 3)).into_owned();
        let note_room = room.saturating_sub(aside_width + display_width(&title) + 6);
        let note = item.disabled.as_deref().unwrap_or(&item.note);
        let note = sanitise_line(note);
        let note = if note_room > 4 { truncate_to_width(&note, note_room).into_owned() } else { String::new() };
        let quiet = if selected { base } else { theme.style(Role::Muted) };
        Line::from(vec![
            Span::styled(if selected { "▸ " } else { "  " }, base),
            Span::styled(title, base),
            Span::styled(format!("  {note}"), quiet),
        ])
        .render(Rect { width: place.width.saturating_sub(aside_width as u16), ..place }, buffer);
        if aside_width > 0 && room > aside_width {
            let corner = Rect { x: place.right() - aside_width as u16, width: aside_width as u16, ..place };
            Line::from(Span::styled(aside.into_owned(), quiet)).render(corner, buffer);
        }
        drawn.lines.push((index, place));
    }
    drawn
}
