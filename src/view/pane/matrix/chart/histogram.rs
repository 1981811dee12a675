//! How the scores of each arm lie: ten parts of 0 to 1, a column of bars for each arm.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{fit, say};
use crate::state::matrix::OpenRun;
use crate::theme::{Role, Theme};
use crate::view::text::apart;

/// Columns for the scale.
const SCALE: usize = 12;
/// The narrowest column of bars.
const BARS: usize = 18;

/// The arms in sight, from the selected one on.
pub(super) fn lines(
    run: &OpenRun,
    counts: &[Vec<u64>],
    column: usize,
    area: Rect,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let count = (width.saturating_sub(SCALE) / BARS).clamp(1, run.heads.len().max(1));
    let first = column.min(run.heads.len().saturating_sub(count));
    let bars = (width.saturating_sub(SCALE) / count).clamp(8, 40);
    let shown: Vec<usize> = (first..(first + count).min(run.heads.len())).collect();
    let most = |arm: usize| counts.get(arm).and_then(|bins| bins.iter().max().copied()).unwrap_or(0).max(1);
    let mut head = vec![Span::styled(fit(&run.primary, SCALE), theme.style(Role::Muted))];
    let names: Vec<&str> = run.heads.iter().map(|head| head.name.as_str()).collect();
    let names = apart(&names, bars.saturating_sub(2));
    for arm in &shown {
        let name = names.get(*arm).map_or("", String::as_str);
        let (mark, role) = if *arm == column { ("▸", Role::TitleFocused) } else { (" ", Role::TableHead) };
        head.push(Span::styled(fit(&format!("{mark}{name}"), bars), theme.style(role)));
    }
    let mut lines = vec![Line::from(head)];
    let bins = counts.first().map_or(0, Vec::len);
    for bin in (0..bins).rev() {
        let (low, high) = (bin as f64 / bins as f64, (bin + 1) as f64 / bins as f64);
        let mut row = vec![Span::styled(fit(&format!("{low:.1} to {high:.1}"), SCALE), theme.style(Role::Muted))];
        for arm in &shown {
            let value = counts.get(*arm).and_then(|bins| bins.get(bin)).copied().unwrap_or(0);
            let figure = value.to_string();
            let room = bars.saturating_sub(figure.len() + 3);
            let length = (value as f64 / most(*arm) as f64 * room as f64).round() as usize;
            // What there is at all is seen.
            let length = if value > 0 { length.max(1) } else { 0 };
            row.push(Span::styled(format!(" {}", "▇".repeat(length)), theme.style(Role::Gauge)));
            row.push(Span::styled(
                fit(&format!(" {figure}"), bars.saturating_sub(length + 1)),
                theme.style(Role::Text),
            ));
        }
        lines.push(Line::from(row));
    }
    let mut about = "Trials by their score; non-answers count 0, missing trials are left out.".to_owned();
    if shown.len() < run.heads.len() {
        about = format!("{about} ← and → go to the other arms.");
    }
    lines.extend(say(&[(Role::Muted, about)], width, theme));
    lines
}
