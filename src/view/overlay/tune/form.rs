//! What is chosen, line by line, and under it what that would take.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::state::TuneState;
use crate::state::tune::Control;
use crate::theme::{Role, Theme};
use crate::tune::duration;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};
use crate::view::widget::field;

/// Columns of the lines' names.
const NAME: u16 = 16;
/// Columns of a typed value.
const VALUE: u16 = 24;
/// Rows kept for the estimate.
const ESTIMATE_ROWS: u16 = 8;

/// Draws the form.
pub(super) fn draw(tune: &mut TuneState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let intro =
        "Shows the model your train rows until it answers like them. No account, no key; it runs beside your work.";
    let [head, rest] = split(area, 2);
    Paragraph::new(Span::styled(intro, theme.style(Role::Muted))).wrap(Wrap { trim: true }).render(head, buffer);
    let shown = tune.shown();
    let form_rows = rest.height.saturating_sub(ESTIMATE_ROWS).max(rest.height.min(3)).min(shown.len() as u16);
    let [lines, below] = split(rest, form_rows);
    let focused = shown.iter().position(|index| *index == tune.focused).unwrap_or(0);
    let first = (focused + 1).saturating_sub(usize::from(lines.height));
    for (row, index) in shown.iter().skip(first).take(usize::from(lines.height)).enumerate() {
        let place = Rect { y: lines.y + row as u16, height: 1, ..lines };
        drawn.targets.push((place, Target::Line(*index)));
        line(tune, *index, place, buffer, theme, drawn);
    }
    estimate(
        tune,
        Rect { y: below.y + below.height.min(1), height: below.height.saturating_sub(1), ..below },
        buffer,
        theme,
    );
}

fn split(area: Rect, rows: u16) -> [Rect; 2] {
    let rows = rows.min(area.height);
    [Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area }]
}

fn line(tune: &mut TuneState, index: usize, place: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let here = tune.focused == index;
    let Some(field) = tune.fields.get_mut(index) else { return };
    let role = if here { Role::TitleFocused } else { Role::Text };
    let mark = if here { "▸ " } else { "  " };
    Line::from(Span::styled(format!("{mark}{}", field.title), theme.style(role))).render(place, buffer);
    let value = Rect { x: place.x + NAME, width: place.width.saturating_sub(NAME), ..place }.intersection(place);
    let note = match &mut field.control {
        Control::Text(editor) => {
            let typed = Rect { width: VALUE.min(value.width), ..value };
            let caret = field::draw(editor, typed, buffer, theme);
            if here {
                drawn.caret = caret;
            }
            let note = Rect { x: typed.right() + 1, width: value.right().saturating_sub(typed.right() + 1), ..value };
            (note, field.help.to_owned())
        }
        Control::Choice { choices, chosen } => {
            let Some(choice) = choices.get(*chosen) else { return };
            let (left, right) = if here && choices.len() > 1 { ("◂ ", " ▸") } else { ("  ", "") };
            let title = sanitise_line(&choice.title).into_owned();
            let text = format!("{left}{title}{right}");
            let width = (display_width(&text) as u16).max(VALUE).min(value.width);
            let style = theme.style(if here { Role::Accent } else { Role::Text });
            Line::from(Span::styled(text, style)).render(Rect { width, ..value }, buffer);
            let note = Rect { x: value.x + width + 1, width: value.width.saturating_sub(width + 1), ..value };
            (note, if choice.note.is_empty() { field.help.to_owned() } else { choice.note.clone() })
        }
    };
    let (room, words) = note;
    let (role, words) = field.fault.as_ref().map_or((Role::Muted, words), |fault| (Role::Error, fault.clone()));
    let words = sanitise_line(&words).into_owned();
    let words = truncate_to_width(&words, usize::from(room.width)).into_owned();
    Line::from(Span::styled(words, theme.style(role))).render(room.intersection(place), buffer);
}

fn estimate(tune: &TuneState, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let say =
        |role: Role, words: String| Line::from(Span::styled(sanitise_line(&words).into_owned(), theme.style(role)));
    let mut lines = Vec::new();
    match &tune.reckoned {
        _ if tune.beginning => lines.push(say(Role::Info, "Making the training ready…".to_owned())),
        None => lines.push(say(Role::Muted, "Reckoning what it takes…".to_owned())),
        Some(Err(fault)) => {
            lines.push(say(Role::Error, fault.what.clone()));
            lines.push(say(Role::Muted, fault.hint.clone()));
        }
        Some(Ok(reckoned)) => {
            let it = &reckoned.estimate;
            lines.push(say(
                Role::Title,
                format!("About {}, {} MB of memory", duration(it.seconds), it.memory_bytes / 1_000_000),
            ));
            lines.push(say(
                Role::Text,
                format!(
                    "{} steps over {} examples of about {:.0} tokens; {} more are held out to see how well it carries over.",
                    it.steps, it.examples, it.tokens_per_example, it.held_out
                ),
            ));
            let pace = if it.pace_is_measured { "as measured here before" } else { "a guess until the first steps" };
            lines.push(say(
                Role::Muted,
                format!(
                    "At {:.0} tokens a second, {pace}. {} numbers are trained.",
                    it.tokens_per_second, it.parameters
                ),
            ));
            lines.extend(reckoned.notes.iter().take(2).map(|note| say(Role::Warning, note.clone())));
        }
    }
    lines.push(say(
        Role::Muted,
        "↑ ↓ line · ← → choice · Enter starts · Alt+F where prompting fails · Alt+D distil".to_owned(),
    ));
    Paragraph::new(lines).wrap(Wrap { trim: true }).render(area, buffer);
}
