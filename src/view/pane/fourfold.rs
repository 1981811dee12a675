//! The fourfold table of this case: each cell's score, what each method adds, and what both add against their sum.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::model::amount;
use crate::run::fourfold::{Paid, cost_in_words};
use crate::score::Aspect;
use crate::state::{State, fourfold};
use crate::stats::{Fourfold, Margins};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::text::{sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::panel::{Heading, more_below, panel};

/// Columns of the row names.
const NAME: usize = 15;
/// Columns of a value.
const VALUE: usize = 9;
/// Answers whose cost a row shows.
const THOUSAND: f64 = 1_000.0;
/// What the two aspects are made of.
const ABOUT: &str = "form: valid JSON, its fields, length, layout; content: the facts, in whatever form";

/// Draws the table and gives back the area of its content.
pub(super) fn draw(
    state: &mut State,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Rect {
    let heading = Heading { name: "Fourfold".to_owned(), detail: "this case".to_owned(), ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    let lines = lines(state, usize::from(inner.width), theme);
    let rows = usize::from(inner.height).max(1);
    state.fourfold.scroll = state.fourfold.scroll.min(lines.len().saturating_sub(rows));
    let more = lines.len().saturating_sub(state.fourfold.scroll + rows);
    let shown: Vec<Line> = lines.into_iter().skip(state.fourfold.scroll).take(rows).collect();
    Paragraph::new(shown).render(inner, buffer);
    more_below(area, buffer, theme, frame, more);
    inner
}

fn lines(state: &State, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let said = |text: &str, role: Role| {
        word_rows(text, width)
            .into_iter()
            .map(|row| Line::from(Span::styled(row, theme.style(role))))
            .collect::<Vec<_>>()
    };
    if state.case.reference().is_none() {
        return said(
            "No reference: answers are shown, not scored. Type one into the case, or pin an answer with f.",
            Role::Muted,
        );
    }
    let mut metrics: Vec<&str> = Vec::new();
    for line in state.arms.iter().flat_map(|arm| &arm.scores) {
        if !metrics.contains(&line.metric.as_str()) && line.metric != state.primary {
            metrics.push(&line.metric);
        }
    }
    let primary = fourfold::table(&state.arms, &state.primary);
    if [primary.plain_base, primary.plain_tuned, primary.prompted_base, primary.prompted_tuned]
        .iter()
        .all(Option::is_none)
    {
        return said(
            "Run the four cells (Ctrl+R): what prompting adds, what tuning adds, and both, stand here.",
            Role::Muted,
        );
    }
    let mut lines = Vec::new();
    if state.arms.iter().any(|arm| arm.elsewhere) {
        lines.extend(said(OF_ANOTHER_CASE, Role::Warning));
    }
    lines.extend(rows(&state.primary, &primary, width, theme));
    if let Some(table) = primary.complete() {
        lines.extend(said(&sums(&table.margins()), Role::Text));
    }
    for words in fourfold::bought_in_words(&state.arms) {
        lines.extend(said(&words, Role::Accent));
    }
    let paid = fourfold::paid(state);
    // Where every cell is free a sentence is enough, below what differs.
    let has_price = paid.iter().flatten().any(|paid| paid.dollars() != Some(0.0));
    if has_price {
        lines.extend(cost_rows(paid, width, theme));
        lines.extend(cost_in_words(&paid).iter().flat_map(|words| said(words, Role::Text)));
    }
    for aspect in [Aspect::Form, Aspect::Content] {
        let table = fourfold::aspect_table(&state.arms, aspect);
        lines.extend(rows(aspect.as_str(), &table, width, theme));
    }
    for metric in metrics {
        lines.extend(rows(metric, &fourfold::table(&state.arms, metric), width, theme));
    }
    lines.extend(said(ABOUT, Role::Muted));
    if !has_price {
        lines.extend(cost_in_words(&paid).iter().flat_map(|words| said(words, Role::Muted)));
    }
    if state.place.cells.as_ref().is_ok_and(|cells| cells.unrelated) {
        lines.extend(said(UNRELATED, Role::Warning));
    }
    lines.extend(said("One case decides nothing.", Role::Muted));
    for words in &state.fourfold.verdict {
        lines.extend(said(&sanitise_line(words), Role::Text));
    }
    lines
}

/// What is said where answers are to the case as it was before something was typed into it.
const OF_ANOTHER_CASE: &str =
    "Answers marked “not this case” are to the case before it was edited: Ctrl+R asks it as it is.";

/// What is said where the columns are no lineage.
const UNRELATED: &str =
    "The columns are two models of different lineage: what is called tuning is all that differs between them.";

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

/// What a thousand such answers cost, and what each method adds to that: of one the amount would be all zeros. What this one cost
/// stands under it.
fn cost_rows(paid: [Option<Paid>; 4], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let text = |words: String, role: Role| Span::styled(words, theme.style(role));
    let cell = |paid: Option<Paid>| match paid {
        None => format!("{:>VALUE$}", "—"),
        Some(Paid::Unknown) => format!("{:>VALUE$}", "unknown"),
        // That one was estimated is said under its answer.
        Some(Paid::Of(cost)) if cost.dollars > 0.0 => {
            format!("{:>VALUE$}", format!("${}", amount(THOUSAND * cost.dollars)))
        }
        Some(Paid::Of(_)) => format!("{:>VALUE$}", "free"),
    };
    let [plain_base, plain_tuned, prompted_base, prompted_tuned] = paid;
    let added = |from: Option<Paid>, to: Option<Paid>| {
        let difference = from.and_then(Paid::dollars).zip(to.and_then(Paid::dollars)).map(|(from, to)| to - from);
        let words = difference.map_or_else(
            || "—".to_owned(),
            |difference| {
                let sign = if difference < 0.0 { "-" } else { "+" };
                format!("{sign}${}", amount(THOUSAND * difference.abs()))
            },
        );
        let role = match difference {
            Some(difference) if difference < 0.0 => Role::ScoreGood,
            Some(difference) if difference > 0.0 => Role::ScoreBad,
            _ => Role::Muted,
        };
        text(format!("{words:>VALUE$}"), role)
    };
    let mut first = vec![
        text(format!("{:<NAME$}", "cost of 1,000"), Role::Title),
        text(format!("{:>VALUE$}{:>VALUE$}", "base", "tuned"), Role::Muted),
    ];
    let mut plain =
        vec![text(format!("{:<NAME$}", "plain"), Role::Muted), text(cell(plain_base) + &cell(plain_tuned), Role::Text)];
    let mut prompted = vec![
        text(format!("{:<NAME$}", "prompted"), Role::Muted),
        text(cell(prompted_base) + &cell(prompted_tuned), Role::Text),
    ];
    if width >= NAME + 3 * VALUE + 4 {
        first.push(text("  tuning adds".to_owned(), Role::Muted));
        plain.push(added(plain_base, plain_tuned));
        prompted.push(added(prompted_base, prompted_tuned));
    }
    let prompting = vec![
        text(format!("{:<NAME$}", "prompting adds"), Role::Muted),
        added(plain_base, prompted_base),
        added(plain_tuned, prompted_tuned),
    ];
    vec![Line::from(first), Line::from(plain), Line::from(prompted), Line::from(prompting)]
}

/// Both against the sum of their parts; of one case no word for it.
fn sums(margins: &Margins) -> String {
    format!(
        "both add {:+.2}; prompting {:+.2} and tuning {:+.2} make {:+.2}",
        margins.both,
        margins.prompting,
        margins.tuning,
        margins.sum()
    )
}
