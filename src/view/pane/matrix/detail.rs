//! The selected cell in words, and how its answer begins.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::cell::Going;
use super::rows::going;
use crate::model::Cost;
use crate::state::State;
use crate::stats::wording::grouped;
use crate::theme::{Role, Theme};
use crate::view::text::{sanitise_line, truncate_to_width};

/// Draws it.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let matrix = &state.matrix;
    let Some(run) = &matrix.run else { return };
    let Some(head) = run.heads.get(matrix.column) else { return };
    let place = if matrix.is_empty() {
        String::new()
    } else {
        format!("{} of {}", grouped(matrix.line as u64 + 1), grouped(matrix.len() as u64))
    };
    let case = matrix.at(matrix.line).map_or("", |row| row.case.as_str());
    let mut facts = vec![place, case.to_owned(), head.name.clone()];
    let cell = matrix.selected();
    if let Some(cell) = cell {
        facts.push(cell.outcome.in_words().to_owned());
        facts.extend(cell.score.map(|score| format!("{} {score:.2}", run.primary)));
        facts.extend(cell.before.map(|before| format!("before {before:.2}")));
        if cell.trials > 1 {
            facts.push(format!("{} trials", cell.trials));
        }
        facts.extend(cell.total_ms.map(|ms| match ms {
            ms @ ..1_000 => format!("{ms} ms"),
            ms => format!("{:.1} s", ms as f64 / 1_000.0),
        }));
        facts.extend(cell.tokens.map(|tokens| format!("{} tokens", grouped(tokens))));
        facts.extend(cell.cost.filter(|cost| *cost > 0.0).map(|dollars| Cost { dollars, exact: true }.in_words()));
        if cell.known {
            facts.push("known before".to_owned());
        }
    } else if matrix.at(matrix.line).is_some() {
        let row = matrix.row_at(matrix.line);
        let going = row.map_or(Going::Still, |row| going(matrix, row, matrix.column as u32));
        facts.push(match going {
            Going::Still => "not asked yet".to_owned(),
            Going::Closed => match &head.closed {
                Some(why) => format!("asked no further: {}", why.trim_end_matches('.')),
                None => "asked no further".to_owned(),
            },
            Going::Asked => "being asked".to_owned(),
            Going::Streaming(bytes) => format!("being asked, {} bytes so far", grouped(bytes)),
        });
    }
    facts.retain(|fact| !fact.is_empty());
    let excerpt = cell.map(|cell| cell.excerpt.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    let lines = [(Role::Muted, facts.join(" · ")), (Role::Text, excerpt)];
    // With three lines the first is left free, so that the rows end before the words begin.
    let skip = area.height.saturating_sub(2);
    for (row, (role, text)) in lines.into_iter().enumerate().take(usize::from(area.height)) {
        let line = Rect { y: area.y + skip + row as u16, height: 1, ..area }.intersection(area);
        let text = sanitise_line(&text).into_owned();
        let text = truncate_to_width(&text, usize::from(line.width)).into_owned();
        Line::from(Span::styled(text, theme.style(role))).render(line, buffer);
    }
}
