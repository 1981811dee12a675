//! The loss curves, on a logarithmic scale: training loss as a line, validation loss as points.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph, Widget, Wrap};

use crate::theme::{Role, Theme};
use crate::tune::Progress;

/// Losses below this are drawn here: a logarithm of nothing is nowhere.
const LEAST: f64 = 1e-3;

/// What goes up: equal steps upwards are equal factors, not equal differences.
const LOSS: &str = "loss, log scale";
/// From so many rows on there is one for that.
const WITH_TITLE: u16 = 6;

/// Draws the curves.
pub(super) fn draw(progress: &Progress, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let train = binned(&progress.losses, usize::from(area.width).max(8));
    let validation: Vec<(f64, f64)> =
        progress.validation.iter().map(|(step, loss)| (*step as f64, log(*loss))).collect();
    let all = train.iter().chain(&validation).map(|(_, loss)| *loss);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(loss), high.max(loss)));
    if area.height < 4 || area.width < 20 {
        return;
    }
    // What is drawn is said above it, where the first losses, the highest, are not hidden by it.
    let area = if area.height >= WITH_TITLE && low.is_finite() {
        head(Rect { height: 1, ..area }, buffer, theme);
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    } else {
        area
    };
    if !low.is_finite() {
        let words = "The loss is drawn here from the first step on: the lower, the nearer its answers are to yours.";
        Paragraph::new(Span::styled(words, theme.style(Role::Muted))).wrap(Wrap { trim: true }).render(area, buffer);
        return;
    }
    let (low, high) = ((low - 0.05).min(high - 0.1), high + 0.05);
    let last = progress.steps.max(1) as f64;
    let label = |value: f64| Span::styled(format!("{:.3}", 10f64.powf(value)), theme.style(Role::Muted));
    let steps = |value: f64| Span::styled(format!("{value:.0}"), theme.style(Role::Muted));
    let datasets = vec![
        Dataset::default()
            .name("training")
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(theme.style(Role::Accent))
            .data(&train),
        Dataset::default()
            .name("validation")
            .marker(Marker::Dot)
            .graph_type(GraphType::Scatter)
            .style(theme.style(Role::Warning))
            .data(&validation),
    ];
    // Without a ground of its own the chart paints the terminal's.
    Chart::new(datasets)
        .legend_position(None)
        .style(theme.style(Role::Ground))
        .x_axis(
            Axis::default()
                .title(Span::styled("step", theme.style(Role::Muted)))
                .style(theme.style(Role::Border))
                .bounds([0.0, last])
                .labels([steps(0.0), steps((last / 2.0).round()), steps(last)]),
        )
        .y_axis(Axis::default().style(theme.style(Role::Border)).bounds([low, high]).labels([
            label(low),
            label(f64::midpoint(low, high)),
            label(high),
        ]))
        .render(area, buffer);
}

/// What goes up, and which line is which: the chart's own legend leaves out whom it has no room for.
fn head(row: Rect, buffer: &mut Buffer, theme: &Theme) {
    let line = Line::from(vec![
        Span::styled("── ", theme.style(Role::Accent)),
        Span::styled("training  ", theme.style(Role::Text)),
        Span::styled("• ", theme.style(Role::Warning)),
        Span::styled("held-out rows", theme.style(Role::Text)),
    ]);
    let width = line.width() as u16;
    Line::from(Span::styled(LOSS, theme.style(Role::Muted))).render(row, buffer);
    if row.width > width + LOSS.len() as u16 + 1 {
        line.render(Rect { x: row.right() - width, width, ..row }, buffer);
    }
}

fn log(loss: f64) -> f64 {
    loss.max(LEAST).log10()
}

/// At most `columns` points: means of neighbouring steps, so that a long training costs no more to draw than a short one
/// shows.
fn binned(losses: &[(u64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let size = losses.len().div_ceil(columns).max(1);
    losses
        .chunks(size)
        .map(|chunk| {
            let count = chunk.len() as f64;
            let step = chunk.iter().map(|(step, _)| *step as f64).sum::<f64>() / count;
            (step, log(chunk.iter().map(|(_, loss)| loss).sum::<f64>() / count))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_steps_become_few_points_with_the_same_mean() {
        let losses: Vec<(u64, f64)> = (1..=1000).map(|step| (step, 1.0)).collect();
        let points = binned(&losses, 40);
        assert_eq!(points.len(), 40);
        assert!(points.iter().all(|(_, loss)| loss.abs() < 1e-12));
        assert_eq!(binned(&losses[..3], 40).len(), 3);
        assert!((log(0.0) - LEAST.log10()).abs() < 1e-12);
    }
}
