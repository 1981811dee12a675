//! A bigger model's answers reviewed: the rows, and the one that is looked at with its input and its answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::{centred, say};
use super::press::open_box;
use crate::score::Outcome;
use crate::state::DistilState;
use crate::theme::{Role, Theme};
use crate::tune::distil::{DistilRow, Review};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::field;

/// From so many columns on the row stands beside the list.
const WIDE: u16 = 90;
/// Columns of the list there.
const LIST: u16 = 36;

/// Draws it over the screen.
pub(super) fn draw(distil: &mut DistilState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, 170, area.height);
    let title = format!("{} answers the train rows", distil.arm);
    let inside = open_box(outer, buffer, theme, &title, keys(distil), drawn);
    if inside.is_empty() {
        return;
    }
    let head = standing(distil, usize::from(inside.width));
    let head_rows = inside.height.min(head.len() as u16);
    for (row, (role, text)) in head.iter().take(usize::from(head_rows)).enumerate() {
        say(text, *role, Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer, theme);
    }
    let body = Rect { y: inside.y + head_rows, height: inside.height - head_rows, ..inside };
    if body.width >= WIDE {
        let list = Rect { width: LIST, ..body };
        let row = Rect { x: body.x + LIST + 1, width: body.width - LIST - 1, ..body };
        list_rows(distil, list, buffer, theme, drawn);
        one_row(distil, row, buffer, theme, drawn);
    } else {
        let upper = (body.height / 3).min(8);
        list_rows(distil, Rect { height: upper, ..body }, buffer, theme, drawn);
        let row = Rect { y: body.y + upper, height: body.height - upper, ..body };
        one_row(distil, row, buffer, theme, drawn);
    }
}

fn keys(distil: &DistilState) -> &'static str {
    match (distil.editing.is_some(), distil.running) {
        (true, _) => "Ctrl+S: keep · Esc: leave it as it was",
        (false, true) => "a accept · e edit · d drop · n next · x stop asking · Esc",
        (false, false) => "a accept · e edit · d drop · u undo · n next · g ask · o other arm · Esc",
    }
}

/// How far it is, and what went wrong, as many rows as that takes.
fn standing(distil: &DistilState, width: usize) -> Vec<(Role, String)> {
    let (done, of) = distil.progress;
    let asking = match (distil.running, distil.rows.is_empty()) {
        (true, true) => "reading… ".to_owned(),
        (true, false) => format!("asking, {done} of {of} · "),
        (false, _) => String::new(),
    };
    let counts = distil.counts();
    let tail = if counts.learned() > 0 { " · Tune learns these: Ctrl+N, rows" } else { "" };
    let words = format!("{asking}{}{tail}", counts.in_words());
    let mut rows: Vec<_> = word_rows(&words, width).into_iter().map(|row| (Role::Label, row)).collect();
    if distil.running {
        let ahead = distil.ahead.iter().flat_map(|line| word_rows(line, width));
        rows.extend(ahead.map(|row| (Role::Muted, row)));
    }
    if let Some(fault) = &distil.fault {
        rows.push((Role::Error, format!("{}. {}", fault.what, fault.hint)));
    }
    rows
}

fn list_rows(distil: &DistilState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let rows = usize::from(area.height);
    let first = (distil.selected + 1 + rows / 3).saturating_sub(rows).min(distil.rows.len().saturating_sub(rows));
    let first = first.min(distil.selected);
    for (line, (index, row)) in distil.rows.iter().enumerate().skip(first).take(rows).enumerate() {
        let place = Rect { y: area.y + line as u16, height: 1, ..area };
        let here = index == distil.selected;
        let (sign, role) = mark(row);
        let style = theme.style(if here { Role::Selection } else { role });
        buffer.set_style(place, style);
        let id = sanitise_line(&row.case.id).into_owned();
        let id = truncate_to_width(&id, 12).into_owned();
        let gap = " ".repeat(13_usize.saturating_sub(display_width(&id)));
        let word = if row.answer.is_none() { "not asked" } else { row.review.as_str() };
        let text = format!("{} {sign} {id}{gap}{word}", if here { "▸" } else { " " });
        let text = truncate_to_width(&text, usize::from(place.width)).into_owned();
        Line::from(Span::styled(text, style)).render(place, buffer);
        drawn.targets.push((place, Target::Line(index)));
    }
}

/// A decision's sign, and how its row is drawn.
const fn mark(row: &DistilRow) -> (&'static str, Role) {
    match (&row.review, &row.answer) {
        (_, None) => ("·", Role::Muted),
        (Review::Undecided, Some(_)) => ("?", Role::Text),
        (Review::Accept, Some(_)) => ("✓", Role::Success),
        (Review::Edit { .. }, Some(_)) => ("✎", Role::Info),
        (Review::Drop, Some(_)) => ("✗", Role::Muted),
    }
}

/// The row that is looked at: its input, its own answer where it has one, the arm's answer or the editor.
fn one_row(distil: &mut DistilState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let Some(row) = distil.rows.get(distil.selected).cloned() else { return };
    let width = usize::from(area.width);
    if let Some(editor) = &mut distil.editing {
        let input = input_lines(&row, width);
        let upper = (input.len() as u16).min(area.height / 2);
        put(&input, 0, Rect { height: upper, ..area }, buffer, theme);
        let below = Rect { y: area.y + upper, height: area.height - upper, ..area };
        say("what is learned instead", Role::Label, Rect { height: below.height.min(1), ..below }, buffer, theme);
        let place = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below }.intersection(area);
        drawn.caret = field::draw(editor, place, buffer, theme);
        return;
    }
    let mut lines = input_lines(&row, width);
    lines.extend(answer_lines(&row, width));
    let rows = usize::from(area.height).max(1);
    distil.scroll = distil.scroll.min(lines.len().saturating_sub(rows));
    put(&lines, distil.scroll, area, buffer, theme);
}

type Lines = Vec<(Role, String)>;

fn section(lines: &mut Lines, name: &str, text: &str, role: Role, width: usize) {
    lines.push((Role::Label, name.to_owned()));
    lines.extend(word_rows(text, width).into_iter().map(|row| (role, row)));
}

fn input_lines(row: &DistilRow, width: usize) -> Lines {
    let mut lines = Lines::new();
    for turn in &row.case.turns {
        section(&mut lines, turn.role.as_str(), &turn.content, Role::Text, width);
    }
    for (name, value) in &row.case.variables {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        section(&mut lines, &sanitise_line(name), &text, Role::Text, width);
    }
    if let Some(reference) = &row.case.reference {
        section(&mut lines, "the row's own answer", reference, Role::Muted, width);
    }
    lines
}

fn answer_lines(row: &DistilRow, width: usize) -> Lines {
    let mut lines = Lines::new();
    match &row.answer {
        None => section(&mut lines, "answer", "not asked yet", Role::Muted, width),
        Some((Outcome::Answer, text)) => section(&mut lines, "answer", text, Role::Accent, width),
        Some((outcome, text)) => {
            let name = format!("no whole answer ({})", outcome.as_str());
            section(&mut lines, &name, text, Role::Warning, width);
        }
    }
    if let Review::Edit { answer } = &row.review {
        section(&mut lines, "what is learned instead", answer, Role::Info, width);
    }
    lines
}

fn put(lines: &[(Role, String)], scroll: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    for (row, (role, text)) in lines.iter().skip(scroll).take(usize::from(area.height)).enumerate() {
        say(text, *role, Rect { y: area.y + row as u16, height: 1, ..area }, buffer, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::data::Case;
    use crate::editor::Editor;
    use crate::prompt::{Message, Role as Speaker};
    use crate::theme::{ColorLevel, Library};

    fn reviewing() -> DistilState {
        let row = |n: usize| DistilRow {
            case: Case {
                id: format!("train-{n}"),
                variables: serde_json::json!({ "text": format!("order {n} \u{1b}[31mred"), "n": n })
                    .as_object()
                    .unwrap()
                    .clone(),
                turns: vec![Message::new(Speaker::User, "hello")],
                reference: Some("{\"own\":1}".to_owned()),
            },
            answer: (n < 9).then(|| (Outcome::Answer, format!("answer {n} {}", "word ".repeat(60)))),
            review: match n % 4 {
                0 => Review::Accept,
                1 => Review::Drop,
                2 => Review::Edit { answer: "mine".to_owned() },
                _ => Review::Undecided,
            },
        };
        DistilState { arm: "big".to_owned(), rows: (0..12).map(row).collect(), selected: 6, ..DistilState::default() }
    }

    fn drawn(distil: &mut DistilState, width: u16, height: u16) -> (String, Drawn) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut drawn = Drawn::default();
        draw(distil, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut drawn);
        (text_of(&buffer), drawn)
    }

    #[test]
    fn rows_and_the_one_that_is_looked_at_are_seen() {
        for (width, height) in [(120, 40), (80, 24), (40, 16)] {
            let (text, drawn) = drawn(&mut reviewing(), width, height);
            assert!(text.contains("▸ ✎ train-6"), "{width}x{height}:\n{text}");
            assert!(!text.contains('\u{1b}') && !drawn.targets.is_empty());
        }
        let (text, _) = drawn(&mut reviewing(), 120, 40);
        for part in [
            "big answers the train rows",
            "9 of 12 train rows answered",
            "the row's own answer",
            "answer 6 word",
            "what is learned instead",
            "mine",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn no_size_breaks_it_while_reading_or_writing() {
        for editing in [false, true] {
            let mut distil = reviewing();
            distil.editing = editing.then(|| Editor::new("rewritten", crate::editor::EditorOptions::default()));
            distil.scroll = 500;
            for width in (0..=45).chain([89, 90, 120, 200]) {
                for height in 0..=20 {
                    let (text, drawn) = drawn(&mut distil, width, height);
                    if editing && width >= 40 && height >= 12 {
                        assert!(text.contains("rewritten") && drawn.caret.is_some(), "{width}x{height}:\n{text}");
                    }
                }
            }
        }
    }
}
