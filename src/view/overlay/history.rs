//! The history drawn: the filter, the window's rows, what its keys do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::list::centred;
use super::press::open_box;
use crate::state::{HistoryFor, HistoryRow, HistoryState};
use crate::stats::wording::counted;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// Draws the history over `area`.
pub(super) fn draw(history: &HistoryState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, 130, area.height);
    let (title, does) = match history.purpose {
        HistoryFor::Arm(slot) | HistoryFor::Cell(slot) | HistoryFor::Failure(slot) | HistoryFor::Beside(slot) => {
            ("History".to_owned(), format!("Enter: into {}", slot.letter()))
        }
        HistoryFor::DiffLeft => ("An earlier answer for the left side".to_owned(), "Enter: left side".to_owned()),
        HistoryFor::DiffRight => ("An earlier answer for the right side".to_owned(), "Enter: right side".to_owned()),
    };
    let inside = open_box(outer, buffer, theme, &title, &format!("{does} · Alt+D: into the diff · Esc"), drawn);
    if inside.is_empty() {
        return;
    }
    let line = |row: u16| Rect { y: inside.y + row, height: 1, ..inside }.intersection(inside);
    let typed = sanitise_line(&history.filter.text).into_owned();
    let ghost = if typed.is_empty() { "type to search answers, prompts and cases" } else { "" };
    Line::from(vec![
        Span::styled("› ", theme.style(Role::Accent)),
        Span::styled(typed.clone(), theme.style(Role::Text)),
        Span::styled(ghost, theme.style(Role::Muted)),
    ])
    .render(line(0), buffer);
    drawn.caret = Some(Position::new((inside.x + 2 + display_width(&typed) as u16).min(inside.right() - 1), inside.y));
    filters(history, line(1), buffer, theme);
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
    let say = |text: &str, role: Role, buffer: &mut Buffer| {
        let text = sanitise_line(text).into_owned();
        Paragraph::new(Span::styled(text, theme.style(role))).wrap(Wrap { trim: true }).render(list, buffer);
    };
    match (&history.fault, &history.window) {
        (Some(fault), _) => say(fault, Role::Error, buffer),
        (None, None) => say("reading…", Role::Muted, buffer),
        (None, Some(window)) if window.total == 0 => {
            let filtered = history.filter != crate::state::HistoryFilter::default();
            let words = if filtered {
                "No answer passes this filter. Backspace, Alt+A, Alt+O and Alt+C widen it."
            } else {
                "Nothing was answered yet. Ctrl+R in Compose runs the arms; every answer is kept here."
            };
            say(words, Role::Muted, buffer);
        }
        (None, Some(_)) => rows(history, list, buffer, theme, drawn),
    }
}

fn filters(history: &HistoryState, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let filter = &history.filter;
    let any = |value: Option<&str>| value.unwrap_or("any").to_owned();
    let case = filter
        .case_key
        .as_ref()
        .map(|_| if history.this_case.1.is_empty() { "this one" } else { history.this_case.1.as_str() });
    let count = if history.window.is_some() { counted(history.total(), "answer") } else { String::new() };
    let parts = [
        ("Alt+A", "arm", any(filter.arm.as_deref())),
        ("Alt+O", "outcome", any(filter.outcome.map(crate::score::Outcome::in_words))),
        ("Alt+C", "case", any(case)),
    ];
    let mut spans = Vec::new();
    for (key, name, value) in parts {
        spans.push(Span::styled(key, theme.style(Role::Key)));
        let role = if value == "any" { Role::Muted } else { Role::Text };
        spans.push(Span::styled(format!(" {name}: {}  ", sanitise_line(&value)), theme.style(role)));
    }
    spans.push(Span::styled(count, theme.style(Role::Muted)));
    Line::from(spans).render(place, buffer);
}

fn rows(history: &HistoryState, list: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let width = list.width;
    let head = Rect { height: list.height.min(1), ..list };
    let titles = HistoryRow {
        id: 0,
        when: "when".to_owned(),
        arm: "arm".to_owned(),
        model: "model".to_owned(),
        case: "case".to_owned(),
        outcome: "outcome".to_owned(),
        score: Some("score".to_owned()),
        excerpt: "answer".to_owned(),
    };
    let text = cells("     #", &titles, width);
    let text = truncate_to_width(&text, usize::from(list.width).saturating_sub(2)).into_owned();
    Line::from(Span::styled(format!("  {text}"), theme.style(Role::TableHead))).render(head, buffer);
    let list = Rect { y: list.y + head.height, height: list.height - head.height, ..list };
    let height = u64::from(list.height).max(1);
    let first = (history.selected + 1).saturating_sub(height);
    for line in 0..list.height {
        let place = first + u64::from(line);
        if place >= history.total() {
            break;
        }
        let area = Rect { y: list.y + line, height: 1, ..list };
        let here = place == history.selected;
        let style = theme.style(if here { Role::Selection } else { Role::Text });
        buffer.set_style(area, style);
        let mark = if here { "▸" } else { " " };
        let text =
            history.row(place).map_or_else(|| "…".to_owned(), |row| cells(&format!("{:>6}", row.id), row, width));
        let text = sanitise_line(&format!("{mark} {text}")).into_owned();
        let text = truncate_to_width(&text, usize::from(area.width)).into_owned();
        Line::from(Span::styled(text, style)).render(area, buffer);
        drawn.targets.push((area, Target::Line(usize::try_from(place).unwrap_or(usize::MAX))));
    }
}

/// From this width on a row names the model.
const WITH_MODEL: u16 = 100;
/// From this width on it says when.
const WITH_TIME: u16 = 72;
/// From this width on it says what became of the question; score and answer stand in any.
const WITH_OUTCOME: u16 = 50;

/// The columns of a row that `width` has room for; text from outside is cut to its column by display width.
fn cells(id: &str, row: &HistoryRow, width: u16) -> String {
    let cell = |text: &str, width: usize| {
        let text = sanitise_line(text).into_owned();
        let text = truncate_to_width(&text, width).into_owned();
        format!("{text}{}", " ".repeat(width.saturating_sub(display_width(&text))))
    };
    let score = row.score.as_deref().unwrap_or("—");
    let answer = row.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
    let wide = width >= WITH_MODEL;
    let columns = [
        (width >= WITH_TIME).then(|| cell(&row.when, 14)),
        Some(cell(&row.arm, if wide { 14 } else { 9 })),
        wide.then(|| cell(&row.model, 12)),
        Some(cell(&row.case, if wide { 10 } else { 8 })),
        (width >= WITH_OUTCOME).then(|| cell(&row.outcome, 12)),
    ];
    let columns = columns.into_iter().flatten().collect::<Vec<_>>().join(" ");
    format!("{id} {columns} {score:>5}  {answer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_and_answer_stand_at_every_width() {
        let row = HistoryRow {
            id: 7,
            when: "11-28 08:07".to_owned(),
            arm: "prompted".to_owned(),
            model: "base".to_owned(),
            case: "dev-001".to_owned(),
            outcome: "token limit".to_owned(),
            score: Some("0.40".to_owned()),
            excerpt: "{\"who\":1}".to_owned(),
        };
        for (width, with, without) in [
            (118, "base", "zzz"),
            (78, "11-28 08:07", "base"),
            (58, "token limit", "11-28"),
            (38, "dev-001", "token limit"),
        ] {
            let text = cells("     7", &row, width);
            let shown = truncate_to_width(&text, usize::from(width) - 2);
            assert!(shown.contains("0.40  ") && shown.contains(with) && !shown.contains(without), "{width}: {shown}");
        }
    }
}
