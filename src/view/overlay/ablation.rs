//! The ablation chart over the screen; its rows are `widget/steps`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::{centred, say};
use super::press::open_box;
use crate::state::AblationState;
use crate::theme::{Role, Theme};
use crate::view::screen::Drawn;
use crate::view::text::word_rows;
use crate::view::widget::steps;

/// Draws it over the screen.
pub(super) fn draw(chart: &mut AblationState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, 130, area.height);
    let against = if chart.against_first { "over the first" } else { "over the step before" };
    let title = format!("Step by step on {}", chart.split.as_str());
    let aside = format!("v: {against} · s: dev or test · r: again · Esc");
    let inside = open_box(outer, buffer, theme, &title, &aside, drawn);
    if inside.is_empty() {
        return;
    }
    let width = usize::from(inside.width);
    let lines = match &chart.chart {
        None => vec![(Role::Muted, "reading what is recorded…".to_owned())],
        Some(Err(reason)) => word_rows(reason, width).into_iter().map(|row| (Role::Error, row)).collect(),
        Some(Ok(found)) => steps::lines(found, chart.against_first, width),
    };
    let rows = usize::from(inside.height);
    chart.scroll = chart.scroll.min(lines.len().saturating_sub(rows));
    for (row, (role, text)) in lines.iter().skip(chart.scroll).take(rows).enumerate() {
        say(text, *role, Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Ablation, AblationStep, Bar};
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
        draw(chart, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut Drawn::default());
        super::super::text_of(&buffer)
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
