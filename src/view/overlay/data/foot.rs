//! What keys do in the data pane, and what is asked there: a value to be typed, a version to be written.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::list::{open_box, say};
use crate::app::{Action, Scope};
use crate::state::{DataState, DataTyping, Keys, WriteAsk};
use crate::theme::{Role, Theme};
use crate::view::hints::{self, Hint, place};
use crate::view::screen::Drawn;
use crate::view::text::{fit_parts, sanitise_line, word_rows};
use crate::view::widget::field;

/// Rows of the text of a value.
const VALUE: u16 = 6;

/// The line of keys: what works now, each a click as well.
pub(super) fn hints(data: &DataState, keys: &Keys, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let typed = match data.typing {
        _ if data.cell.is_some() || data.ask.is_some() => Some(""),
        DataTyping::Rows => None,
        DataTyping::Filter => Some(
            "Enter: a text · column = value, also != < > ~ · marked, faulty, leaked, not … · several with & · nothing: all rows · Esc",
        ),
        DataTyping::Search => Some("Enter: look on from here · capitals count where there are some · Esc"),
        DataTyping::Jump | DataTyping::Path => Some("Enter · Esc"),
    };
    if let (Some(_), Some(fault)) = (typed, &data.fault) {
        say(&sanitise_line(fault), Role::Error, line, buffer, theme);
        return;
    }
    if let Some(words) = typed {
        say(&fit_parts(words, usize::from(line.width)), Role::Muted, line, buffer, theme);
        return;
    }
    let mut actions = vec![Action::DataTake, Action::DataFilter, Action::DataSort, Action::DataFind];
    if data.edits().is_some_and(|edits| !edits.is_empty()) {
        actions.extend([Action::DataWrite, Action::DataUndo]);
    }
    if data.order.is_some() {
        actions.push(Action::DataAll);
    }
    if !data.wanted.is_empty() {
        actions.splice(0..0, [Action::DataNext, Action::DataPrevious]);
    }
    actions.extend([
        Action::DataEdit,
        Action::DataAdd,
        Action::DataMark,
        Action::DataOpen,
        Action::DataMap,
        Action::DataJump,
    ]);
    let hint = |action: Action| {
        let key = keys.chord_in(action, &[Scope::Global, Scope::Data])?.short();
        Some(Hint { action, key, title: action.row().title.to_owned() })
    };
    let own: Vec<Hint> = actions.into_iter().filter_map(hint).collect();
    let always: Vec<Hint> = hint(Action::DataHelp).into_iter().collect();
    hints::draw(place(&own, &always, line.width), line, Role::Muted, theme, buffer, drawn);
}

/// A value that is typed, or what is asked before something is written, at the foot of `body`; where it was drawn.
pub(super) fn asked(
    data: &mut DataState,
    body: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Option<Rect> {
    let width = usize::from(body.width.saturating_sub(4));
    if let Some(ask) = &data.ask {
        let lines: Vec<String> = question(data, ask).iter().flat_map(|text| word_rows(text, width)).collect();
        let height = (lines.len() as u16 + 2).max(5).min(body.height);
        let place = Rect { y: body.bottom() - height, height, ..body };
        let title =
            if matches!(ask, WriteAsk::Version { .. }) { "Write a new version?" } else { "Back to the former file?" };
        let inside = open_box(place, buffer, theme, title, "");
        for (row, text) in lines.iter().take(usize::from(inside.height)).enumerate() {
            say(text, Role::Text, Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer, theme);
        }
        return Some(place);
    }
    let cell = data.cell.as_mut()?;
    let height = (VALUE + 3).min(body.height);
    let place = Rect { y: body.bottom() - height, height, ..body };
    let title = cell.column.clone().unwrap_or_else(|| "the whole row, as it stands in the file".to_owned());
    let inside = open_box(place, buffer, theme, &title, "Enter keeps it · Ctrl+J new line · Esc");
    let note = Rect { height: inside.height.min(1), ..inside };
    let text = Rect { y: inside.y + note.height, height: inside.height - note.height, ..inside };
    let (role, words) = match &cell.fault {
        Some(fault) => (Role::Error, fault.clone()),
        None if cell.is_text => {
            (Role::Muted, "The file stays as it is; changes are written as a new version with w.".to_owned())
        }
        None => (Role::Muted, "Not a text: it is typed as JSON.".to_owned()),
    };
    say(&words, role, note, buffer, theme);
    drawn.caret = field::draw(&mut cell.editor, text, buffer, theme);
    Some(place)
}

fn question(data: &DataState, ask: &WriteAsk) -> Vec<String> {
    let name =
        |path: &std::path::Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    match ask {
        WriteAsk::Version { from, to, used, left_out } => {
            let words = data.edits.get(from).map_or_else(String::new, crate::state::Edits::in_words);
            let mut lines = vec![format!("{} with {words}. {} stays as it is.", name(to), name(from))];
            if !left_out.is_empty() {
                lines.push(format!("Not in it, for they hold bytes and no text: {}.", left_out.join(", ")));
            }
            lines.push(if *used {
                "fourfold.toml will name the new file under [data]; u goes back to the former one.".to_owned()
            } else {
                "fourfold.toml does not name this file and stays as it is.".to_owned()
            });
            lines.push(if *used {
                "Enter or y: write it and use it   o: write it only   n or Esc: not now".to_owned()
            } else {
                "Enter or y: write it   n or Esc: not now".to_owned()
            });
            lines
        }
        WriteAsk::Back { from, to } => vec![
            format!("fourfold.toml will name {} again. {} stays on the disk.", name(to), name(from)),
            "Enter or y: so   n or Esc: not now".to_owned(),
        ],
    }
}
