//! The case: one text field per variable, the reference last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::state::{REFERENCE, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::text::sanitise_line;
use crate::view::widget::field;
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{Heading, panel};

/// Draws the form and gives back the area of its content.
pub(super) fn draw(
    state: &mut State,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    let finding = focused && state.find.open.is_some();
    let State { case, find, .. } = state;
    let aside = match case.index {
        Some(index) => format!("dev {} of {}", index + 1, case.count),
        None => "typed by hand".to_owned(),
    };
    let heading = Heading { name: "Case".to_owned(), detail: case.original.id.clone(), aside, ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    if let Some(fault) = &case.fault {
        let line = Rect { height: 1, ..inner };
        let text = sanitise_line(fault).into_owned();
        Line::from(Span::styled(text, theme.style(Role::Error))).render(line, buffer);
        return inner;
    }
    let weights = case.fields.iter().enumerate().map(|(index, field)| {
        let extra = u16::from(index == case.focused);
        Constraint::Fill(if field.name == REFERENCE { 2 } else { 3 } + extra)
    });
    let places = Layout::vertical(weights).split(inner);
    let focused_field = case.focused;
    for (index, (field, place)) in case.fields.iter_mut().zip(places.iter()).enumerate() {
        if place.is_empty() {
            continue;
        }
        let here = focused && index == focused_field;
        let label = Rect { height: 1, ..*place };
        let pinned = if field.name == REFERENCE && case.pinned { " (pinned by you)" } else { "" };
        let mark = if here { "▸ " } else { "" };
        let name = sanitise_line(&field.name).into_owned();
        let role = if here { Role::TitleFocused } else { Role::Label };
        Line::from(Span::styled(format!("{mark}{name}{pinned}"), theme.style(role))).render(label, buffer);
        let room = place.height - 1;
        let bar_rows = if finding && here { find_bar::rows(Searched::Text, room) } else { 0 };
        let body = Rect { y: place.y + 1, height: room - bar_rows, ..*place };
        drawn.targets.push((body, Target::Field(index)));
        if body.is_empty() {
            continue;
        }
        let caret = field::draw(&mut field.editor, body, buffer, theme);
        if here {
            drawn.caret = caret;
        }
        if bar_rows > 0 {
            let bar = Rect { y: body.bottom(), height: bar_rows, ..*place };
            let status = field.editor.find_status();
            drawn.caret = find_bar::draw(find, status, Searched::Text, bar, buffer, theme, drawn).or(drawn.caret);
        }
    }
    inner
}
