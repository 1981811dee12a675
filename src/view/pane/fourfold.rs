//! The fourfold table of this case: each cell's score, what each method adds, and what both add against their sum.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::state::{State, fourfold};
use crate::stats::{Fourfold, Margins};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{sanitise_line, truncate_to_width};
use crate::view::widget::panel::{Heading, panel};

/// Columns of the row names.
const NAME: usize = 15;
/// Columns of a value.
const VALUE: usize = 9;

/// Draws the table and gives back the area of its content.
pub(super) fn draw(state: &State, area: Rect, frame: Frame, focused: bool, buffer: &mut Buffer, theme: &Theme) -> Rect {
    let heading = Heading { name: "Fourfold".to_owned(), detail: "this case".to_owned(), ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    let lines = lines(state, usize::from(inner.width), theme);
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buffer);
    inner
}

fn lines(state: &State, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let muted = |text: &str| Line::from(Span::styled(text.to_owned(), theme.style(Role::Muted)));
    if state.case.reference().is_none() {
        return vec![muted(
            "No reference: answers are shown, not scored. Type one into the case, or pin an answer with f.",
        )];
    }
    let mut metrics: Vec<&str> = vec![&state.primary];
    for line in state.arms.iter().flat_map(|arm| &arm.scores) {
        if !metrics.contains(&line.metric.as_str()) {
            metrics.push(&line.metric);
        }
    }
    let primary = fourfold::table(&state.arms, &state.primary);
    if [primary.plain_base, primary.plain_tuned, primary.prompted_base, primary.prompted_tuned]
        .iter()
        .all(Option::is_none)
    {
        return vec![muted(
            "Run the four cells (Ctrl+R): what prompting adds, what tuning adds, and both, stand here.",
        )];
    }
    let mut lines = Vec::new();
    for metric in metrics {
        let table = fourfold::table(&state.arms, metric);
        lines.extend(rows(metric, &table, width, theme));
    }
    if let Some(table) = primary.complete() {
        lines.insert(4.min(lines.len()), Line::from(Span::styled(verdict(&table.margins()), theme.style(Role::Text))));
    }
    lines.push(muted("One case decides nothing."));
    lines
}

/// Head, the two rows of the table with what tuning adds in each, and what prompting adds in each column.
fn rows(metric: &str, table: &Fourfold<Option<f64>>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let name = sanitise_line(metric).into_owned();
    let name = truncate_to_width(&name, NAME - 1).into_owned();
    let head = Role::Title;
    let text = |words: String, role: Role| Span::styled(words, theme.style(role));
    let added = |from: Option<f64>, to: Option<f64>| Some(to? - from?);
    let cell =
        |value: Option<f64>| value.map_or_else(|| format!("{:>VALUE$}", "—"), |value| format!("{value:>VALUE$.2}"));
    let gain = |value: Option<f64>| {
        let role = match value {
            Some(value) if value > 0.0 => Role::ScoreGood,
            Some(value) if value < 0.0 => Role::ScoreBad,
            _ => Role::Muted,
        };
        text(value.map_or_else(|| format!("{:>VALUE$}", "—"), |value| format!("{value:>+VALUE$.2}")), role)
    };
    let wide = width >= NAME + 3 * VALUE + 4;
    let mut first =
        vec![text(format!("{name:<NAME$}"), head), text(format!("{:>VALUE$}{:>VALUE$}", "base", "tuned"), Role::Muted)];
    let mut plain = vec![
        text(format!("{:<NAME$}", "plain"), Role::Muted),
        text(cell(table.plain_base) + &cell(table.plain_tuned), Role::Text),
    ];
    let mut prompted = vec![
        text(format!("{:<NAME$}", "prompted"), Role::Muted),
        text(cell(table.prompted_base) + &cell(table.prompted_tuned), Role::Text),
    ];
    if wide {
        first.push(text("  tuning adds".to_owned(), Role::Muted));
        plain.push(gain(added(table.plain_base, table.plain_tuned)));
        prompted.push(gain(added(table.prompted_base, table.prompted_tuned)));
    }
    let prompting = vec![
        text(format!("{:<NAME$}", "prompting adds"), Role::Muted),
        gain(added(table.plain_base, table.prompted_base)),
        gain(added(table.plain_tuned, table.prompted_tuned)),
    ];
    vec![Line::from(first), Line::from(plain), Line::from(prompted), Line::from(prompting)]
}

/// Both against the sum of their parts, in words.
fn verdict(margins: &Margins) -> String {
    format!(
        "both add {:+.2}; prompting {:+.2} and tuning {:+.2} make {:+.2}: {}",
        margins.both,
        margins.prompting,
        margins.tuning,
        margins.sum(),
        margins.together().in_words()
    )
}
