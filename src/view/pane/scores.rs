//! The scores of all arms on this case, a column each, the nearest to the reference marked by sign and style.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::state::{ArmSlot, ScoreLine, Side, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::panel::{Heading, more_below, panel};

/// Columns of one arm.
const COLUMN: usize = 8;
/// The most and the fewest where more than two arms stand beside each other: a score and the winner's mark take five.
const NARROW_COLUMNS: [usize; 2] = [5, 7];
/// Columns that a metric's name keeps beside them.
const NAME: usize = 12;

/// Draws the table and gives back the area of its content.
pub(super) fn draw(state: &State, area: Rect, frame: Frame, focused: bool, buffer: &mut Buffer, theme: &Theme) -> Rect {
    let heading = Heading { name: "Scores".to_owned(), detail: "this case".to_owned(), ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    let hidden = state.blind.is_some_and(|blind| !blind.judged);
    let mut metrics: Vec<&str> = Vec::new();
    for line in state.arms.iter().flat_map(|arm| &arm.scores) {
        if !metrics.contains(&line.metric.as_str()) {
            metrics.push(&line.metric);
        }
    }
    if metrics.is_empty() || hidden {
        let text = if hidden {
            "Hidden until you have judged."
        } else if state.case.reference().is_none() {
            "No reference: answers are shown, not scored. Type one into the case, or pin an answer with f."
        } else {
            "Scores stand here when an answer has ended."
        };
        Paragraph::new(Span::styled(text, theme.style(Role::Muted))).wrap(Wrap { trim: true }).render(inner, buffer);
        return inner;
    }
    let arms = state.arms.len();
    let (column, name_width) = columns(usize::from(inner.width), arms);
    let mut head = vec![Span::raw(" ".repeat(name_width))];
    head.extend(state.arms.iter().enumerate().map(|(index, _)| {
        let letter = ArmSlot::at(index).map_or("", ArmSlot::letter);
        Span::styled(format!("{letter:>width$} ", width = column - 1), theme.style(Role::arm(index)))
    }));
    let mut lines = vec![Line::from(head)];
    for metric in metrics {
        let values: Vec<Option<f64>> = state
            .arms
            .iter()
            .map(|arm| arm.scores.iter().find(|line| line.metric == metric).and_then(|line| line.score.number()))
            .collect();
        let best = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let contested = values.iter().flatten().any(|value| (value - best).abs() > 1e-12);
        let name = sanitise_line(metric).into_owned();
        let name = truncate_to_width(&name, name_width - 1).into_owned();
        let mut spans = vec![Span::styled(format!("{name:<name_width$}"), theme.style(Role::Text))];
        for value in values {
            let wins = contested && value.is_some_and(|value| (value - best).abs() <= 1e-12);
            let text = value.map_or_else(|| "—".to_owned(), |value| format!("{value:.2}"));
            let mark = if wins { "◂" } else { " " };
            let role = if wins { Role::ScoreGood } else { Role::Text };
            spans.push(Span::styled(format!("{text:>width$}{mark}", width = column - 1), theme.style(role)));
        }
        lines.push(Line::from(spans));
    }
    let said = |text: &str, role: Role| {
        let rows = word_rows(&sanitise_line(text), usize::from(inner.width));
        rows.into_iter().map(move |row| Line::from(Span::styled(row, theme.style(role)))).collect::<Vec<_>>()
    };
    if let Some(words) = nearer(state) {
        lines.push(Line::default());
        lines.extend(said(&words, Role::Text));
    }
    for (slot, arm) in ArmSlot::ALL.into_iter().zip(&state.arms) {
        for text in reasons(slot, &arm.scores) {
            lines.extend(said(&text, Role::Muted));
        }
    }
    let more = lines.len().saturating_sub(usize::from(inner.height));
    Paragraph::new(lines).render(inner, buffer);
    more_below(area, buffer, theme, frame, more);
    inner
}

/// Why an arm's scores are what they are: a reason that several share is told once.
fn reasons(slot: ArmSlot, scores: &[ScoreLine]) -> Vec<String> {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in scores {
        let Some(reason) = line.score.reason() else { continue };
        match told.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, metrics)) => metrics.push(&line.metric),
            None => told.push((reason, vec![&line.metric])),
        }
    }
    let letter = slot.letter();
    told.into_iter()
        .map(|(reason, metrics)| {
            let is_all = metrics.len() > 1 && metrics.len() == scores.len();
            if is_all { format!("{letter}: {reason}") } else { format!("{letter} {}: {reason}", metrics.join(", ")) }
        })
        .collect()
}

/// Columns of an arm and of the metrics' names, so that a row of the table is a row of the pane.
fn columns(width: usize, arms: usize) -> (usize, usize) {
    let [fewest, most] = NARROW_COLUMNS;
    let column = if arms > 2 { (width.saturating_sub(NAME) / arms).clamp(fewest, most) } else { COLUMN };
    (column, width.saturating_sub(arms * column).max(2))
}

/// Which of the two arms in the diff is nearer to the reference, and by how much; of the first two where something else is in it.
fn nearer(state: &State) -> Option<String> {
    let (left, right) = match (&state.diff.left, &state.diff.right) {
        (Side::Arm(left), Side::Arm(right)) => (*left, *right),
        _ => (ArmSlot::A, ArmSlot::B),
    };
    let metric = &state.primary;
    let value = |slot: ArmSlot| {
        let arm = state.arms.get(slot.index())?;
        arm.scores.iter().find(|line| &line.metric == metric).and_then(|line| line.score.number())
    };
    let (first, second) = (value(left)?, value(right)?);
    let by = (first - second).abs();
    Some(if by < 1e-12 {
        format!("{} and {} are equally near by {metric}; one case decides nothing.", left.letter(), right.letter())
    } else {
        let (winner, other) = if first > second { (left, right) } else { (right, left) };
        format!("{} is nearer than {} by {metric}: +{by:.2} (1 case).", winner.letter(), other.letter())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    #[test]
    fn a_reason_that_metrics_share_is_told_once() {
        let line = |metric: &str, reason: Option<&str>| ScoreLine {
            metric: metric.to_owned(),
            score: reason.map_or(Score::value(1.0), |reason| Score::explained(0.0, reason)),
        };
        let shared = [line("exact-match", Some("no answer")), line("json-fields", Some("no answer"))];
        assert_eq!(reasons(ArmSlot::A, &shared), ["A: no answer"]);
        assert_eq!(reasons(ArmSlot::A, &shared[..1]), ["A exact-match: no answer"]);
        let mixed = [line("a", Some("x")), line("b", None), line("c", Some("x")), line("d", Some("y"))];
        assert_eq!(reasons(ArmSlot::B, &mixed), ["B a, c: x", "B d: y"]);
    }

    #[test]
    fn four_arms_fit_beside_their_metrics() {
        for (width, arms, expected) in [(34, 4, (5, 14)), (34, 3, (7, 13)), (34, 2, (8, 18)), (60, 4, (7, 32))] {
            assert_eq!(columns(width, arms), expected, "{width} columns, {arms} arms");
        }
        for width in 24..80 {
            for arms in 1..=4 {
                let (column, name) = columns(width, arms);
                assert!(name + arms * column <= width && name > 1, "{width} columns, {arms} arms");
            }
        }
    }
}
