//! A picker drawn over the screen: the query, the matching lines, the selected one marked by sign and style.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget, Wrap};

use crate::state::picker::Picker;
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::panel::{Heading, panel};

/// How a list is used.
const HOW: &str = "type to find · ↑ ↓ another line · Enter takes it";
/// Rows at the foot of a list for what is said of its selected line, at least and at most.
const DETAIL_ROWS: (u16, u16) = (2, 5);
/// Rows before them for what it takes, where that is said.
const FIGURE_ROWS: u16 = 2;
/// Columns of a list.
const WIDTH: u16 = 92;

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

/// What is said of a line at the foot: what it is, in full, then what there is to know of it.
fn about(item: &crate::state::picker::Item) -> String {
    format!("{} {}", item.note, item.detail)
}

/// Draws `picker` over `area`.
pub(super) fn draw(picker: &Picker, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Drawn {
    let count = picker.shown().len();
    let width = WIDTH.min(area.width).saturating_sub(2);
    // As many for every line, so that the list does not jump under the hand.
    let said = |item| word_rows(&about(item), usize::from(width)).len() as u16;
    let most = picker.shown().map(said).max().unwrap_or(0);
    let figures = if picker.has_figures() { FIGURE_ROWS } else { 0 };
    let foot = if picker.has_details() { most.clamp(DETAIL_ROWS.0, DETAIL_ROWS.1) } else { 0 } + figures;
    let height = (count as u16).saturating_add(4 + foot).clamp(7, area.height.max(7));
    let inside = open_box(centred(area, WIDTH, height), buffer, theme, &picker.title, &format!("{count}"));
    if inside.is_empty() {
        return Drawn::default();
    }
    let query = sanitise_line(&picker.query);
    // Until something is typed, its line says what the keys do.
    let (role, said) = if query.is_empty() { (Role::Muted, HOW) } else { (Role::Text, &*query) };
    let prompt = Line::from(vec![
        Span::styled("› ", theme.style(Role::Accent)),
        Span::styled(said.to_owned(), theme.style(role)),
    ]);
    prompt.render(Rect { height: 1, ..inside }, buffer);
    let caret = Position::new((inside.x + 2 + display_width(&query) as u16).min(inside.right() - 1), inside.y);
    let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    // A list that is longer than its room wants that more than what is said of one line.
    let is_long = count > usize::from(list.height.saturating_sub(foot));
    let foot = if is_long { foot.min(DETAIL_ROWS.0 + figures) } else { foot };
    let foot = if list.height >= foot + 2 { foot } else { 0 };
    let list = Rect { height: list.height - foot, ..list };
    if let (Some(item), true) = (picker.selected(), foot > 0) {
        let place = Rect { y: list.bottom(), height: foot, ..list };
        let told = Rect { height: figures.min(foot), ..place };
        let words = Line::styled(sanitise_line(&item.figures).into_owned(), theme.style(Role::Info));
        Paragraph::new(words).wrap(Wrap { trim: true }).render(told, buffer);
        let place = Rect { y: told.bottom(), height: foot - told.height, ..place };
        let (note, detail) = (sanitise_line(&item.note), sanitise_line(&item.detail));
        let line = if is_long && !detail.is_empty() {
            Line::styled(detail.into_owned(), theme.style(Role::Warning))
        } else {
            let gap = if note.is_empty() || note.ends_with('.') { "" } else { "." };
            Line::from(vec![
                Span::styled(format!("{note}{gap} "), theme.style(Role::Text)),
                Span::styled(detail.into_owned(), theme.style(Role::Warning)),
            ])
        };
        Paragraph::new(line).wrap(Wrap { trim: true }).render(place, buffer);
    }
    let mut drawn = Drawn { caret: Some(caret), lines: Vec::new() };
    if count == 0 && list.height > 0 {
        let empty = Line::from(Span::styled(picker.empty.as_str(), theme.style(Role::Muted)));
        Paragraph::new(empty).wrap(Wrap { trim: true }).render(list, buffer);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::picker::Item;

    #[test]
    fn a_single_match_says_what_it_takes_as_each_of_many_does() {
        let item = |name: &str| Item::new(name, name).note("A note.").figures("This case: 1 call.").detail("Hurts.");
        for (width, height) in [(80, 24), (120, 40)] {
            for query in ["", "one"] {
                let mut picker = Picker::new("Strategies", ["one", "two", "six"].map(item).to_vec(), "one");
                picker.insert(query);
                let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
                draw(&picker, buffer.area, &mut buffer, &Theme::plain());
                let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
                assert!(text.contains("This case: 1 call.") && text.contains("Hurts."), "{query} {width}x{height}");
            }
        }
    }
}
