//! The ablation chart drawn: a line for each step with its mean in its interval, and what it adds under it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::{centred, open_box, say};
use crate::state::{Ablation, AblationState, Bar};
use crate::theme::{Role, Theme};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};

/// The widest the names become.
const NAME: usize = 24;
/// Columns of a mean, its interval and its n: `0.512 (0.401 to 0.622)  n 40`.
const FIGURES: usize = 32;
/// The narrowest bar that says something.
const BAR: usize = 12;

/// Draws it over the screen.
pub(super) fn draw(chart: &mut AblationState, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let outer = centred(area, 130, area.height.saturating_sub(2).max(6));
    let against = if chart.against_first { "over the first" } else { "over the step before" };
    let title = format!("Step by step on {}", chart.split.as_str());
    let aside = format!("v: {against} · s: dev or test · r: again · Esc");
    let inside = open_box(outer, buffer, theme, &title, &aside);
    if inside.is_empty() {
        return;
    }
    let width = usize::from(inside.width);
    let lines = match &chart.chart {
        None => vec![(Role::Muted, "reading what is recorded…".to_owned())],
        Some(Err(reason)) => word_rows(reason, width).into_iter().map(|row| (Role::Error, row)).collect(),
        Some(Ok(found)) => lines(found, chart.against_first, width),
    };
    let rows = usize::from(inside.height);
    chart.scroll = chart.scroll.min(lines.len().saturating_sub(rows));
    for (row, (role, text)) in lines.iter().skip(chart.scroll).take(rows).enumerate() {
        say(text, *role, Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer, theme);
    }
}

fn lines(chart: &Ablation, against_first: bool, width: usize) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    let mut add = |role: Role, text: &str| lines.extend(word_rows(text, width).into_iter().map(|row| (role, row)));
    let Ablation { metric, confidence, planned, steps } = chart;
    if steps.iter().all(|step| step.bar.is_none()) {
        add(Role::Muted, "Nothing is recorded on these cases yet: run the arms first; every answer is kept.");
    }
    add(
        Role::Muted,
        &format!(
            "{metric}: means with {confidence} intervals from 0 to 1, over what is recorded of {planned} cases. \
         Exploratory: each step by itself."
        ),
    );
    let names = steps.iter().map(|step| display_width(&sanitise_line(&step.label))).max().unwrap_or(0).min(NAME);
    let room = width.saturating_sub(names + 2 + FIGURES);
    for step in steps {
        lines.push((Role::Text, String::new()));
        let name = truncate_to_width(&sanitise_line(&step.label), names).into_owned();
        let pad = " ".repeat(names.saturating_sub(display_width(&name)) + 2);
        let text = match &step.bar {
            None => format!("{name}{pad}nothing recorded"),
            Some(bar) => {
                let figures = format!("{:.3} ({:.3} to {:.3})  n {}", bar.mean, bar.low, bar.high, step.n);
                let drawn = if room >= BAR { drawn(bar, room) } else { String::new() };
                format!("{name}{pad}{figures:<FIGURES$}{drawn}")
            }
        };
        lines.push((if step.bar.is_some() { Role::Title } else { Role::Muted }, text.trim_end().to_owned()));
        let mut under = |role: Role, text: &str| {
            let rows =
                word_rows(text, width.saturating_sub(2).max(1)).into_iter().map(|row| (role, format!("  {row}")));
            lines.extend(rows.filter(|(_, row)| !row.trim().is_empty()));
        };
        under(Role::Muted, &step.detail);
        under(Role::Text, if against_first { &step.over_first } else { &step.over_before });
    }
    lines
}

/// An interval on a line from 0 to 1, its mean marked.
pub(super) fn drawn(bar: &Bar, width: usize) -> String {
    let last = width.saturating_sub(1);
    let place = |value: f64| ((value.clamp(0.0, 1.0) * last as f64).round() as usize).min(last);
    let (low, mean, high) = (place(bar.low), place(bar.mean), place(bar.high));
    let sign = |at: usize| match at {
        _ if at == mean => '●',
        _ if at == low && low < mean => '├',
        _ if at == high && high > mean => '┤',
        _ if at > low && at < high => '─',
        _ => '·',
    };
    (0..width).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AblationStep;
    use crate::theme::{ColorLevel, Library};

    fn chart() -> AblationState {
        let step = |label: &str, bar: Option<(f64, f64, f64)>, before: &str| AblationStep {
            label: label.to_owned(),
            detail: "few-shot · base".to_owned(),
            n: if bar.is_some() { 40 } else { 0 },
            bar: bar.map(|(mean, low, high)| Bar { mean, low, high }),
            over_before: before.to_owned(),
            over_first: "over the first \u{1b}[31m".to_owned(),
        };
        let steps = vec![
            step("zero-shot", Some((0.1, 0.04, 0.23)), ""),
            step("few-shot", Some((0.5, 0.35, 0.65)), "few-shot is better than zero-shot: +0.400 (+400 % of 0.100)."),
            step("ensemble", None, ""),
        ];
        let found = Ablation { metric: "exact-match".to_owned(), confidence: "95 %".to_owned(), planned: 40, steps };
        AblationState { chart: Some(Ok(found)), ..AblationState::default() }
    }

    fn drawn_at(chart: &mut AblationState, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(chart, area, &mut buffer, &Library::default_theme(ColorLevel::Mono));
        super::super::text_of(&buffer)
    }

    #[test]
    fn a_bar_is_an_interval_with_its_mean() {
        assert_eq!(drawn(&Bar { mean: 0.5, low: 0.2, high: 0.8 }, 11), "··├──●──┤··");
        assert_eq!(drawn(&Bar { mean: 1.0, low: 0.9, high: 1.0 }, 11), "·········├●");
        assert_eq!(drawn(&Bar { mean: 0.0, low: 0.0, high: 0.0 }, 5), "●····");
    }

    #[test]
    fn means_n_intervals_and_steps_in_words_are_seen_at_every_size() {
        let mut state = chart();
        let text = drawn_at(&mut state, 120, 30);
        for part in ["0.500 (0.350 to 0.650)  n 40", "●", "is better than zero-shot", "nothing recorded", "Exploratory"]
        {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        state.against_first = true;
        let text = drawn_at(&mut state, 80, 24);
        assert!(text.contains("over the first") && !text.contains('\u{1b}'), "{text}");
        for width in 0..=60 {
            for height in 0..=20 {
                drawn_at(&mut state, width, height);
            }
        }
    }
}
