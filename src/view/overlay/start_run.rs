//! The form that begins a run, and under it what that will take.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::centred;
use super::press::open_box;
use crate::state::matrix::RunForm;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::field;

/// Columns of the fields' names.
const NAME: u16 = 16;
/// Columns of a typed value.
const VALUE: u16 = 26;
/// Lines kept for what it will take.
const BELOW: u16 = 10;

/// Draws the form over the screen.
pub(super) fn draw(form: &mut RunForm, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let rows = form.fields.len() as u16;
    let outer = centred(area, 104, rows + BELOW + 3);
    let inside = open_box(outer, buffer, theme, "Begin a run", "Enter: begin · Esc", drawn);
    if inside.is_empty() {
        return;
    }
    let count = rows.min((inside.height / 2).max(inside.height.saturating_sub(BELOW + 1)).max(1));
    let first = (form.focused + 1).saturating_sub(usize::from(count));
    for (row, (index, typed)) in form.fields.iter_mut().enumerate().skip(first).take(usize::from(count)).enumerate() {
        let line = Rect { y: inside.y + row as u16, height: 1, ..inside }.intersection(inside);
        let here = index == form.focused;
        let role = if here { Role::TitleFocused } else { Role::Text };
        let mark = if here { "▸ " } else { "  " };
        Line::from(Span::styled(format!("{mark}{}", typed.name), theme.style(role))).render(line, buffer);
        let value = Rect { x: line.x + NAME, width: value_of(line.width), ..line };
        let caret = field::draw(&mut typed.editor, value.intersection(line), buffer, theme);
        if here {
            drawn.caret = caret;
        }
        let note = Rect { x: value.right() + 1, width: line.right().saturating_sub(value.right() + 1), ..line };
        let (role, text) = typed.fault.as_ref().map_or((Role::Muted, &typed.help), |fault| (Role::Error, fault));
        let mut text = sanitise_line(text).into_owned();
        // Half a sentence helps nobody: a help that has no room stands below, whole, while its field is the one.
        if typed.fault.is_none() && display_width(&text) > usize::from(note.width) {
            text.clear();
        }
        let text = truncate_to_width(&text, usize::from(note.width)).into_owned();
        Line::from(Span::styled(text, theme.style(role))).render(note.intersection(line), buffer);
        drawn.targets.push((line, Target::Line(index)));
    }
    let below = Rect { y: inside.y + count, height: inside.height.saturating_sub(count), ..inside };
    let lines = words(form, usize::from(below.width));
    let gap = u16::from(below.height > lines.len() as u16);
    for (row, (role, text)) in lines.into_iter().enumerate() {
        let line = Rect { y: below.y + gap + row as u16, height: 1, ..below }.intersection(below);
        Line::from(Span::styled(text, theme.style(role))).render(line, buffer);
    }
}

/// Columns of a typed value, where there are so many for name, value and help: the help has the first claim.
fn value_of(width: u16) -> u16 {
    let most = if width < 96 { 14 } else { VALUE };
    most.min(width.saturating_sub(NAME))
}

/// What it will take, or what is wrong.
fn words(form: &RunForm, width: usize) -> Vec<(Role, String)> {
    let said: Vec<(Role, String)> = match &form.estimate {
        _ if form.fields.iter().any(|field| field.fault.is_some()) => {
            // The fault in full: beside its field there may be no room.
            form.fields
                .iter()
                .filter_map(|field| Some((Role::Error, format!("{}: {}", field.name, field.fault.clone()?))))
                .collect()
        }
        None => vec![(Role::Muted, "reckoning what it will take…".to_owned())],
        Some(Err(fault)) => vec![(Role::Error, format!("{}. {}", fault.what, fault.hint))],
        Some(Ok(lines)) => {
            let role = |index| if index == 0 { Role::Title } else { Role::Text };
            lines.iter().enumerate().map(|(index, line)| (role(index), line.clone())).collect()
        }
    };
    let unwritten = (!form.unwritten.is_empty()).then(|| {
        (Role::Warning, format!("▲ Not asked: {} Ctrl+S writes what the screen shows.", form.unwritten.join(" ")))
    });
    // The help of the focused field, where its own line cuts it.
    let beside = width.saturating_sub(usize::from(NAME + value_of(width as u16) + 1));
    let help = form.fields.get(form.focused).map(|field| &field.help).filter(|help| display_width(help) > beside);
    let help = help.into_iter().flat_map(|help| [(Role::Muted, help.clone()), (Role::Text, String::new())]);
    help.chain(unwritten)
        .chain(said)
        .flat_map(|(role, text)| word_rows(&sanitise_line(&text), width).into_iter().map(move |row| (role, row)))
        .collect()
}
