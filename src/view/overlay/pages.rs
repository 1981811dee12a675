//! Overlays that are read: help, messages, previews, the history, forms.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::list::{centred, open_box};
use crate::app::{Scope, TABLE, scopes};
use crate::editor::Editor;
use crate::state::{ArmSlot, FormField, HistoryRow, State, Tone};
use crate::stats::{Confidence, Proportion};
use crate::theme::{Role, Theme};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};
use crate::view::widget::field;

/// A line of a page: its role and its text.
pub(super) type PageLine = (Role, String);

/// Lines of running text.
pub(super) fn plain(lines: Vec<String>) -> Vec<PageLine> {
    lines.into_iter().map(|line| (Role::Text, line)).collect()
}

/// Shows a page that can be longer than the screen; `scroll` is kept inside it.
pub(super) fn show(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    title: &str,
    lines: &[PageLine],
    scroll: &mut usize,
) {
    let height = (lines.len() as u16).saturating_add(2).min(area.height.saturating_sub(2));
    let outer = centred(area, 96, height.max(5));
    let rows = usize::from(outer.height.saturating_sub(2)).max(1);
    *scroll = (*scroll).min(lines.len().saturating_sub(rows));
    let more = lines.len().saturating_sub(*scroll + rows);
    let aside = if more > 0 { format!("{more} more ↓") } else { "Esc closes".to_owned() };
    let inside = open_box(outer, buffer, theme, title, &aside);
    for (row, (role, text)) in lines.iter().skip(*scroll).take(usize::from(inside.height)).enumerate() {
        let place = Rect { y: inside.y + row as u16, height: 1, ..inside };
        let text = sanitise_line(text).into_owned();
        let text = truncate_to_width(&text, usize::from(place.width)).into_owned();
        Line::from(Span::styled(text, theme.style(*role))).render(place, buffer);
    }
}

/// Keys of the focused pane first, then all others, from the one table.
pub(super) fn help(state: &State) -> Vec<PageLine> {
    let here = scopes(state);
    let mut order: Vec<Scope> = here.iter().rev().copied().filter(|scope| *scope != Scope::Global).collect();
    order.push(Scope::Global);
    order.extend(Scope::ALL.into_iter().filter(|scope| !here.contains(scope)));
    let mut lines = Vec::new();
    for scope in order {
        if !lines.is_empty() {
            lines.push((Role::Text, String::new()));
        }
        lines.push((Role::Title, scope.title().to_owned()));
        for row in TABLE.iter().filter(|row| row.scope == scope) {
            let keys: Vec<String> = state.keys.all_chords_of(row.action).iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(", ") };
            lines.push((Role::Text, format!("  {keys:<24} {}", row.help)));
        }
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Muted, "Typing, arrows, Shift+arrows, Ctrl+A/E/W/K/U/D work in text as in a shell.".to_owned()));
    lines.push((Role::Muted, "Shift+drag selects with the terminal's own selection.".to_owned()));
    lines
}

/// All notices, the newest first.
pub(super) fn messages(state: &State) -> Vec<PageLine> {
    if state.messages.is_empty() {
        return vec![(Role::Muted, "Nothing has been said yet.".to_owned())];
    }
    state
        .messages
        .iter()
        .rev()
        .map(|toast| {
            let role = match toast.tone {
                Tone::Done => Role::Success,
                Tone::Note => Role::Text,
                Tone::Bad => Role::Error,
            };
            (role, toast.text.clone())
        })
        .collect()
}

/// The exact messages of an arm.
pub(super) fn preview(state: &State, slot: ArmSlot) -> Vec<PageLine> {
    match state.previews.get(slot.index()) {
        None => vec![(Role::Muted, "The prompt is being read…".to_owned())],
        Some(Err(reason)) => reason.lines().map(|line| (Role::Error, line.to_owned())).collect(),
        Some(Ok((messages, count))) => {
            let about = if count.exact { "" } else { "about " };
            let mut lines = vec![(
                Role::Muted,
                format!("{about}{} tokens in {} messages. Tab: next arm.", count.tokens, messages.len()),
            )];
            for message in messages {
                lines.push((Role::Text, String::new()));
                lines.push((Role::Title, format!("{}:", message.role.as_str())));
                lines.extend(message.content.lines().map(|line| (Role::Text, line.to_owned())));
            }
            lines
        }
    }
}

/// The votes so far, with n and interval.
pub(super) fn tally(state: &State) -> Vec<PageLine> {
    let Some(blind) = state.blind else {
        return vec![(Role::Muted, "Rating is off; F6 turns it on.".to_owned())];
    };
    let [a, b, ties] = blind.votes;
    let decided = a + b;
    let mut lines = vec![(Role::Text, format!("A {a}   B {b}   ties {ties}   n = {}", decided + ties))];
    match Proportion::new(a, decided).filter(|_| decided > 0) {
        Some(proportion) => {
            let interval = proportion.wilson(Confidence::NINETY_FIVE);
            lines.push((
                Role::Text,
                format!(
                    "A preferred in {:.0} % of {decided} decided votes, 95 % interval {:.0} to {:.0} %.",
                    100.0 * a as f64 / decided as f64,
                    100.0 * interval.low,
                    100.0 * interval.high
                ),
            ));
        }
        None => lines.push((Role::Muted, "No decided vote yet: too few to say anything.".to_owned())),
    }
    lines
}

/// The history: a filter, then the newest answers.
pub(super) fn history(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    query: &str,
    rows: Option<&[HistoryRow]>,
    selected: usize,
    fault: Option<&str>,
) -> Option<Position> {
    let outer = centred(area, 110, area.height.saturating_sub(4).max(6));
    let inside = open_box(outer, buffer, theme, "History", "Enter: into the diff · Esc");
    if inside.is_empty() {
        return None;
    }
    let shown = sanitise_line(query).into_owned();
    Line::from(vec![
        Span::styled("› ", theme.style(Role::Accent)),
        Span::styled(shown.clone(), theme.style(Role::Text)),
    ])
    .render(Rect { height: 1, ..inside }, buffer);
    let caret = Position::new((inside.x + 2 + display_width(&shown) as u16).min(inside.right() - 1), inside.y);
    let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let say = |text: String, role: Role, buffer: &mut Buffer| {
        Paragraph::new(Span::styled(text, theme.style(role))).wrap(Wrap { trim: true }).render(list, buffer);
    };
    match (fault, rows) {
        (Some(fault), _) => say(sanitise_line(fault).into_owned(), Role::Error, buffer),
        (None, None) => say("reading…".to_owned(), Role::Muted, buffer),
        (None, Some([])) => {
            say("No recorded answer matches. Ctrl+R in Compose records some.".to_owned(), Role::Muted, buffer);
        }
        (None, Some(rows)) => {
            let height = usize::from(list.height).max(1);
            let first = (selected + 1).saturating_sub(height);
            for (line, (index, row)) in rows.iter().enumerate().skip(first).take(height).enumerate() {
                let place = Rect { y: list.y + line as u16, height: 1, ..list };
                let here = index == selected;
                let style = theme.style(if here { Role::Selection } else { Role::Text });
                buffer.set_style(place, style);
                let score = row.score.as_deref().unwrap_or("—");
                let answer = row.answer.split_whitespace().collect::<Vec<_>>().join(" ");
                let mark = if here { "▸" } else { " " };
                let text = format!(
                    "{mark} {:>5} {} {:<10} {:<8} {:<10} {score:>5}  {answer}",
                    row.id, row.when, row.arm, row.case, row.outcome
                );
                let text = sanitise_line(&text).into_owned();
                let text = truncate_to_width(&text, usize::from(place.width)).into_owned();
                Line::from(Span::styled(text, style)).render(place, buffer);
            }
        }
    }
    Some(caret)
}

/// A case to be typed or pasted.
pub(super) fn paste_case(area: Rect, buffer: &mut Buffer, theme: &Theme, editor: &mut Editor) -> Option<Position> {
    let outer = centred(area, 90, area.height.saturating_sub(6).clamp(8, 20));
    let inside = open_box(outer, buffer, theme, "A case of your own", "Ctrl+R: take it · Esc");
    let note = Rect { height: inside.height.min(1), ..inside };
    let text = "name: value lines, a JSON object, or one row of CSV; `reference:` is the right answer.";
    Line::from(Span::styled(text, theme.style(Role::Muted))).render(note, buffer);
    let body = Rect { y: inside.y + note.height, height: inside.height - note.height, ..inside };
    field::draw(editor, body, buffer, theme)
}

/// The settings of an arm.
pub(super) fn parameters(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    slot: ArmSlot,
    fields: &mut [FormField],
    focused: usize,
) -> Option<Position> {
    let outer = centred(area, 84, fields.len() as u16 + 3);
    let title = format!("Parameters of {}", slot.letter());
    let inside = open_box(outer, buffer, theme, &title, "Enter: keep · Esc");
    let mut caret = None;
    let rows = usize::from(inside.height).max(1);
    let first = (focused + 1).saturating_sub(rows);
    for (row, (index, field)) in fields.iter_mut().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect { y: inside.y + row as u16, height: 1, ..inside };
        let here = index == focused;
        let mark = if here { "▸ " } else { "  " };
        let role = if here { Role::TitleFocused } else { Role::Text };
        Line::from(Span::styled(format!("{mark}{:<20}", field.name), theme.style(role))).render(line, buffer);
        let value = Rect { x: line.x + 22, width: line.width.saturating_sub(22).min(20), ..line };
        let drawn = field::draw(&mut field.editor, value.intersection(line), buffer, theme);
        if here {
            caret = drawn;
        }
        let note = Rect { x: value.right() + 1, width: line.right().saturating_sub(value.right() + 1), ..line };
        let (role, text) = field.fault.as_ref().map_or((Role::Muted, &field.help), |fault| (Role::Error, fault));
        let text = sanitise_line(text).into_owned();
        let text = truncate_to_width(&text, usize::from(note.width)).into_owned();
        Line::from(Span::styled(text, theme.style(role))).render(note.intersection(line), buffer);
    }
    caret
}
