//! The table of arms x metrics: each figure with its verdict, its interval drawn and its distribution.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::paragraphs;
use crate::run::scores::{Aim, Cell, Column, ColumnKind, ScoresPage, Spread};
use crate::state::ScoresState;
use crate::stats::{Finding, Interval};
use crate::theme::{Role, Theme};
use crate::view::overlay::list::say;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, word_rows};

/// Columns of the arms' names, where the figures need the rest.
const NAME: u16 = 16;
/// Columns of the arms' names at most.
const LONG_NAME: u16 = 40;
/// Columns of a figure, the gap behind it included.
const FIGURE: u16 = 24;
/// Columns of an interval that is drawn.
const BAR: usize = 12;

pub(super) fn table(
    scores: &ScoresState,
    page: &ScoresPage,
    body: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let table = &page.table;
    let mut why: Vec<(Role, String)> = Vec::new();
    // Of the focused figure first: where there is too little room, the rest gives way.
    why.extend(
        table
            .why(scores.arm, scores.column)
            .into_iter()
            .enumerate()
            .map(|(line, words)| (if line == 0 { Role::Title } else { Role::Text }, words)),
    );
    why.extend(page.short.iter().map(|words| (Role::Warning, words.clone())));
    if let Some(measured) = &page.measured {
        why.push((Role::Warning, measured.in_words()));
    }
    why.push((Role::Muted, "▲ better ▼ worse ≈ equivalent; no mark: too few cases, or exploratory".to_owned()));
    let wrapped: usize = why.iter().map(|(_, words)| word_rows(words, usize::from(body.width)).len()).sum();
    // The words have what they need, up to half of the page.
    let words = (wrapped as u16).min(body.height / 2);
    // The words stand right under the arms, where all of these fit.
    let all = (3 + 2 * table.arms.len()) as u16;
    let grid = Rect { height: (body.height - words).min(all), ..body };
    let foot = Rect { y: grid.bottom(), height: words, ..body };
    // Long names have what the figures leave.
    let spare = grid.width.saturating_sub(FIGURE.saturating_mul(table.columns.len() as u16));
    let names = arm_width(&table.arms, NAME, spare.min(LONG_NAME));
    let shown = usize::from((grid.width.saturating_sub(names) / FIGURE).max(1));
    let first = (scores.column + 1).saturating_sub(shown);
    let last = table.columns.len().min(first + shown);
    // Titles, then what each column speaks of.
    let cell_place = |column: usize, y: u16, height: u16| {
        Rect { x: grid.x + names + FIGURE * (column - first) as u16, y, width: FIGURE - 1, height }.intersection(grid)
    };
    for column in first..last {
        let Some(of) = table.columns.get(column) else { continue };
        let more = if column + 1 == last && last < table.columns.len() { " →" } else { "" };
        let role = if of.is_primary { Role::Accent } else { Role::Title };
        say(&format!("{}{more}", of.name), role, cell_place(column, grid.y, 1), buffer, theme);
        say(&about(of), Role::Muted, cell_place(column, grid.y + 1, 1), buffer, theme);
    }
    let rows = usize::from(grid.height.saturating_sub(2) / 2);
    let top = (scores.arm + 1).saturating_sub(rows.max(1));
    if rows < table.arms.len() {
        let words = format!("{} to {} of {}", top + 1, top + rows, table.arms.len());
        say(&words, Role::Muted, Rect { width: names - 1, height: 1, ..grid }.intersection(grid), buffer, theme);
    }
    for (line, (arm, name)) in table.arms.iter().enumerate().skip(top).take(rows).enumerate() {
        let y = grid.y + 2 + 2 * line as u16;
        let place = Rect { y, height: 2, ..grid }.intersection(grid);
        let here = arm == scores.arm;
        let name_place = Rect { width: names - 1, height: 1, ..place };
        let mark = if here { "▸ " } else { "  " };
        let name = sanitise_line(name).into_owned();
        say(
            &format!("{mark}{name}"),
            if here { Role::Accent } else { Role::Text },
            name_place.intersection(grid),
            buffer,
            theme,
        );
        if arm == 0 {
            say("  baseline", Role::Muted, Rect { y: y + 1, ..name_place }.intersection(grid), buffer, theme);
        }
        drawn.targets.push((place, Target::Line(arm)));
        for column in first..last {
            let (Some(cell), Some(of)) = (table.cell(arm, column), table.columns.get(column)) else { continue };
            let focused = here && column == scores.column;
            let within = cell_place(column, y, 2);
            figure(cell, of, focused, within, buffer, theme);
            drawn.targets.push((within, Target::Cell { place: arm, column }));
        }
    }
    paragraphs(&why, 0, foot, buffer, theme);
}

/// Columns for the names of the arms, their mark and a gap included: what they need, within bounds.
pub(super) fn arm_width(arms: &[String], least: u16, most: u16) -> u16 {
    let longest = arms.iter().map(|name| display_width(&sanitise_line(name))).max().unwrap_or(0);
    (longest as u16).saturating_add(3).clamp(least, most.max(least))
}

/// What a column speaks of, and which way is good where that is not plain.
fn about(column: &Column) -> String {
    let of = column.aspect.map_or("neither", crate::score::Aspect::as_str);
    match (column.is_primary, column.aim()) {
        (true, _) => format!("primary, {of}"),
        (false, Aim::Higher) => format!("explor., {of}"),
        (false, Aim::Lower) => format!("{of}, low is good"),
    }
}

/// A figure on two rows: the number with its n and what the verdict says; its interval drawn and how the values lie.
fn figure(cell: &Cell, column: &Column, focused: bool, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    if place.is_empty() {
        return;
    }
    let base = if focused { Role::Selection } else { Role::Text };
    let Some(figures) = cell.figures else {
        say("—", if focused { base } else { Role::Muted }, Rect { height: 1, ..place }, buffer, theme);
        return;
    };
    let (mark, role) = match cell.finding() {
        Some(Finding::Better) => ("▲", Role::Success),
        Some(Finding::Worse) => ("▼", Role::Error),
        Some(Finding::Equivalent) => ("≈", Role::Muted),
        Some(Finding::TooFew) | None => (" ", Role::Muted),
    };
    let number = format!("{} n {}", column.in_words(figures.mean), figures.n);
    let line = Rect { height: 1, ..place };
    if focused {
        buffer.set_style(line, theme.style(Role::Selection));
    }
    let mark_style = if focused { theme.style(base) } else { theme.style(role) };
    Line::from(vec![Span::styled(format!("{mark} "), mark_style), Span::styled(number, theme.style(base))])
        .render(line, buffer);
    if place.height < 2 {
        return;
    }
    let range = match column.kind {
        ColumnKind::Score | ColumnKind::Consistency => (0.0, 1.0),
        ColumnKind::Cost | ColumnKind::Latency => (cell.spread.low, cell.spread.high),
    };
    let bar = interval_bar(figures.mean, figures.interval, range);
    let second = Rect { y: place.y + 1, height: 1, ..place };
    Line::from(vec![
        Span::styled(bar, theme.style(Role::Accent)),
        Span::raw(" "),
        Span::styled(sparkline(&cell.spread), theme.style(Role::Muted)),
    ])
    .render(second, buffer);
}

/// An interval on a scale, its mean marked: `·····━━●━━··`.
pub(super) fn interval_bar(mean: f64, interval: Option<Interval>, (low, high): (f64, f64)) -> String {
    let last = (BAR - 1) as f64;
    let place = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        (share.clamp(0.0, 1.0) * last).round() as usize
    };
    let (from, to) = interval.map_or((place(mean), place(mean)), |it| (place(it.low), place(it.high)));
    (0..BAR)
        .map(|at| match at {
            at if at == place(mean) => '●',
            at if (from..=to).contains(&at) => '━',
            _ => '·',
        })
        .collect()
}

/// How values lie, as small bars.
fn sparkline(spread: &Spread) -> String {
    const STEPS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = spread.counts.iter().copied().max().unwrap_or(0).max(1);
    spread.counts.iter().map(|count| STEPS.get((count * 8).div_ceil(most)).copied().unwrap_or(' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_drawn_around_its_mean() {
        let bar = interval_bar(0.5, Some(Interval { low: 0.25, high: 0.75 }), (0.0, 1.0));
        assert_eq!(bar, "···━━━●━━···");
        assert_eq!(interval_bar(f64::NAN, None, (0.0, 0.0)).chars().count(), BAR);
    }
}
