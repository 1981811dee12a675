//! What is chosen, line by line, and under it what that would take.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::press;
use crate::state::TuneState;
use crate::state::tune::Control;
use crate::stats::wording::grouped;
use crate::theme::{Role, Theme};
use crate::tune::{TuneExample, duration};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{BETWEEN, display_width, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::field;

/// Columns of the lines' names.
const NAME: u16 = 16;
/// Columns of a typed value.
const VALUE: u16 = 24;
/// Columns of the mark before a choice.
const MARK: u16 = 2;
/// Rows kept for the estimate.
const ESTIMATE_ROWS: u16 = 8;
/// The keys of the form.
const KEYS: &str = "↑ ↓ line · ← → choice · Enter starts · Alt+F where it fails · Alt+D distil";
/// Columns of who says what in a learned row.
const WHO: usize = 9;
/// Rows of the box besides the lines of the form, where there is room.
pub(super) const ROWS_BELOW: u16 = 17;
/// Rows of one message or answer of the row that is shown.
const SAID_ROWS: usize = 3;

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
    // Where not all lines fit, the last row says how many more there are.
    let [lines, more] =
        split(lines, lines.height - u16::from(usize::from(lines.height) < shown.len() && lines.height > 2));
    let fit = usize::from(lines.height);
    let first = (focused + 1).saturating_sub(fit);
    let words = more_lines(first, shown.len().saturating_sub(first + fit));
    Line::from(Span::styled(words.as_str(), theme.style(Role::Muted))).render(more, buffer);
    press::hints(&words, more, buffer, drawn);
    for (row, index) in shown.iter().skip(first).take(fit).enumerate() {
        let place = Rect { y: lines.y + row as u16, height: 1, ..lines };
        drawn.targets.push((place, Target::Line(*index)));
        line(tune, *index, place, buffer, theme, drawn);
    }
    estimate(
        tune,
        Rect { y: below.y + below.height.min(1), height: below.height.saturating_sub(1), ..below },
        buffer,
        theme,
        drawn,
    );
}

/// How many lines lie above and below those that are shown.
fn more_lines(above: usize, below: usize) -> String {
    let parts = [("↑", above), ("↓", below)].into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(key, count)| format!("{key} {count} more")).collect();
    if parts.is_empty() { String::new() } else { format!("  {}", parts.join(BETWEEN)) }
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
            // Under the choices, whose first two columns are for the mark of the focused one.
            let typed = Rect { x: value.x + MARK, width: VALUE.saturating_sub(MARK), ..value }.intersection(value);
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

/// What the focused line means, where its own row had no room for all of it.
fn meaning(tune: &TuneState, width: u16) -> Option<String> {
    let field = tune.fields.get(tune.focused)?;
    let (value, words) = match &field.control {
        Control::Text(_) => (usize::from(VALUE), field.help),
        Control::Choice { choices, chosen } => {
            let choice = choices.get(*chosen)?;
            let marks = if choices.len() > 1 { 4 } else { 2 };
            let shown = display_width(&choice.title) + marks;
            (shown.max(usize::from(VALUE)), if choice.note.is_empty() { field.help } else { choice.note.as_str() })
        }
    };
    let words = field.fault.as_deref().unwrap_or(words);
    let room = usize::from(width.saturating_sub(NAME + 1)).saturating_sub(value);
    (display_width(words) > room).then(|| format!("{}: {words}", field.title))
}

/// One row as it will be learned: who says what, and the answer.
fn learned((example, is_mixed): (&TuneExample, bool), width: usize, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let by = if is_mixed { format!(" by each arm: by {}", sanitise_line(&example.arm)) } else { String::new() };
    let mut lines = vec![Line::from(Span::styled(
        format!("Each row is learned as it will be asked{by}, here {}:", sanitise_line(&example.row)),
        theme.style(Role::Title),
    ))];
    let said = example.messages.iter().map(|message| (message.role.as_str(), message.content.as_str()));
    let said: Vec<(&str, &str)> = said.chain([("answer", example.answer.as_str())]).collect();
    // Of a long conversation the end is what differs from row to row.
    let most = room.saturating_sub(1).max(1);
    let left_out = said.len().saturating_sub(most);
    let each = (most / said.len().max(1)).clamp(1, SAID_ROWS);
    for (who, text) in said.into_iter().skip(left_out) {
        let mut rows = word_rows(text.trim(), width.saturating_sub(WHO + 1));
        let is_cut = rows.len() > each;
        rows.truncate(each);
        if let (true, Some(last)) = (is_cut, rows.last_mut()) {
            *last = truncate_to_width(&format!("{last}…"), width.saturating_sub(WHO + 1)).into_owned();
        }
        for (row, text) in rows.into_iter().enumerate() {
            let who = if row == 0 { who } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{who:<WHO$} "), theme.style(Role::Label)),
                Span::styled(text, theme.style(Role::Text)),
            ]));
        }
    }
    lines
}

fn estimate(tune: &TuneState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let width = usize::from(area.width);
    let rows = |role: Role, words: &str| {
        word_rows(words, width).into_iter().map(move |row| Line::from(Span::styled(row, theme.style(role))))
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut say = |role: Role, words: String| lines.extend(rows(role, &words));
    if let Some(words) = meaning(tune, area.width) {
        say(Role::Muted, words);
    }
    let mut example = None;
    match &tune.reckoned {
        _ if tune.beginning => say(Role::Info, "Making the training ready…".to_owned()),
        None if tune.fields.iter().any(|field| field.fault.is_some()) => {
            say(Role::Muted, "What it takes is said once every line can be read.".to_owned());
        }
        None => say(Role::Muted, "Reckoning what it takes…".to_owned()),
        Some(Err(fault)) => {
            say(Role::Error, fault.what.clone());
            say(Role::Muted, fault.hint.clone());
        }
        Some(Ok(reckoned)) => {
            let it = &reckoned.estimate;
            say(Role::Title, format!("About {}, {} MB of memory", duration(it.seconds), it.memory_bytes / 1_000_000));
            say(
                Role::Text,
                format!(
                    "{} steps over {} examples of about {:.0} tokens; {} more are held out.",
                    it.steps, it.examples, it.tokens_per_example, it.held_out
                ),
            );
            let pace = if it.pace_is_measured { "measured here" } else { "a guess so far" };
            say(
                Role::Muted,
                format!(
                    "At {:.0} tokens a second, {pace}. {} numbers are trained.",
                    it.tokens_per_second,
                    grouped(it.parameters)
                ),
            );
            for note in reckoned.notes.iter().take(2) {
                say(Role::Warning, note.clone());
            }
            example = reckoned.examples.first().map(|first| (first, reckoned.examples.len() > 1));
        }
    }
    let key_rows = word_rows(KEYS, width);
    let keys: Vec<Line<'static>> = rows(Role::Muted, KEYS).collect();
    let room = usize::from(area.height).saturating_sub(lines.len() + keys.len());
    if let Some(example) = example.filter(|_| room > 2) {
        lines.extend(learned(example, width, room, theme));
    }
    let above = lines.len() as u16;
    lines.extend(keys);
    Paragraph::new(lines).render(area, buffer);
    for (words, y) in key_rows.iter().zip(area.y + above..area.bottom()) {
        press::hints(words, Rect { y, height: 1, ..area }, buffer, drawn);
    }
}
