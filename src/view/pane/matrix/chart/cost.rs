//! What each arm costs against how it scores; the seconds it takes where all are free. Arms are letters on the plane, and lines under it.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{fit, say};
use crate::model::Cost;
use crate::state::matrix::{Head, OpenRun, Price, frontier};
use crate::theme::{Role, Theme};
use crate::view::text::{apart, display_width};

/// Trials whose cost is told: of one it would be a fraction of a cent.
const TRIALS: f64 = 1_000.0;
/// Columns of a line beside the arm's name.
const FIGURES: usize = 38;
/// Columns left of the plane, for the scale.
const SCALE: usize = 7;

/// The letter of an arm; beyond the alphabet a dot.
fn letter(index: usize) -> char {
    char::from_u32(u32::from('A') + index as u32).filter(char::is_ascii_uppercase).unwrap_or('•')
}

/// The plane and the list of arms.
pub(super) fn lines(run: &OpenRun, column: usize, area: Rect, theme: &Theme) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let price = Price::of(&run.heads);
    let best = frontier(&run.heads, price);
    let about = match price {
        Price::Dollars => "★ on the frontier: no other arm is as good for less, or better for as much.",
        Price::Seconds => {
            "★ on the frontier: no other arm is as good in less time, or better in as much. All arms are free, so time stands for the \
             price; trials under way at once slow each other."
        }
    };
    let about = say(&[(Role::Muted, about.to_owned())], width, theme);
    // The arms, a head over them, and what the star means.
    let legend = run.heads.len() + 1 + about.len();
    let height = usize::from(area.height).saturating_sub(legend + 2).min(20);
    let mut lines = Vec::new();
    let points: Vec<(usize, f64, f64)> = run
        .heads
        .iter()
        .enumerate()
        .filter_map(|(index, head)| Some((index, price.of_a_trial(head)?, head.mean?)))
        .collect();
    if points.is_empty() {
        let words = "No arm has both a score and a known price yet.".to_owned();
        lines.extend(say(&[(Role::Muted, words)], width, theme));
    } else if height >= 4 && width > 30 {
        lines.extend(plane(&points, (price, &best), (width, height), theme));
    }
    let longest = run.heads.iter().map(|head| display_width(&head.name) + 2).max().unwrap_or(0);
    let named = longest.clamp(20, width.saturating_sub(FIGURES).max(20));
    let names: Vec<&str> = run.heads.iter().map(|head| head.name.as_str()).collect();
    let names = apart(&names, named - 2);
    let head = format!("  {} {:>9} {:>16} {:>8}", fit("arm", named), "mean", "95 %", head_of(price));
    lines.push(Line::from(Span::styled(fit(&head, width), theme.style(Role::TableHead))));
    let mut order: Vec<usize> = (0..run.heads.len()).collect();
    let cost = |index: &usize| run.heads.get(*index).and_then(|head| price.of_a_trial(head)).unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    for index in order {
        let Some(head) = run.heads.get(index) else { continue };
        let on = best.get(index).copied().unwrap_or(false);
        let name = format!("{} {}", letter(index), names.get(index).map_or("", String::as_str));
        let text = row(&fit(&name, named), head, price, on);
        let role = if index == column {
            Role::TitleFocused
        } else if on {
            Role::Text
        } else {
            Role::Muted
        };
        lines.push(Line::from(Span::styled(fit(&text, width), theme.style(role))));
    }
    lines.extend(about);
    lines
}

/// The unit, over its column.
const fn head_of(price: Price) -> &'static str {
    match price {
        Price::Dollars => "per 1,000",
        Price::Seconds => "a trial",
    }
}

/// A price for people.
fn in_words(price: Price, amount: f64) -> String {
    match price {
        Price::Dollars if amount == 0.0 => "free".to_owned(),
        Price::Dollars => Cost { dollars: amount * TRIALS, exact: true }.in_words(),
        Price::Seconds => format!("{amount:.2} s"),
    }
}

fn row(name: &str, head: &Head, price: Price, on: bool) -> String {
    let mean = head.mean.map_or_else(|| "—".to_owned(), |mean| format!("{mean:.3}"));
    let interval = head.interval.map_or_else(|| "—".to_owned(), |(low, high)| format!("{low:.2} to {high:.2}"));
    let cost = match price.of_a_trial(head) {
        Some(amount) => in_words(price, amount),
        None if head.unpriced > 0 => "unknown".to_owned(),
        None => "—".to_owned(),
    };
    let mark = if on { "★" } else { " " };
    format!("{mark} {name} {mean:>9} {interval:>16} {cost:>8}")
}

/// The plane: score upwards, price to the right.
fn plane(
    points: &[(usize, f64, f64)],
    (price, best): (Price, &[bool]),
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let columns = width.saturating_sub(SCALE + 2).clamp(1, 100);
    let dearest = points.iter().map(|(_, cost, _)| *cost).fold(0.0, f64::max);
    let (low, high) =
        points.iter().fold((1.0_f64, 0.0_f64), |(low, high), (_, _, score)| (low.min(*score), high.max(*score)));
    // Never closer than a tenth: what is nearly equal must look so.
    let middle = f64::midpoint(low, high);
    let (low, high) = ((low.min(middle - 0.05)).max(0.0), (high.max(middle + 0.05)).min(1.0));
    let mut grid = vec![vec![(' ', Role::Text); columns]; height];
    for (index, cost, score) in points {
        let x = if dearest > 0.0 { (cost / dearest * (columns - 1) as f64).round() as usize } else { 0 };
        let up = ((score - low) / (high - low).max(1e-9) * (height - 1) as f64).round() as usize;
        let role = if best.get(*index).copied().unwrap_or(false) { Role::Accent } else { Role::Muted };
        if let Some(row) = grid.get_mut(height - 1 - up.min(height - 1)) {
            // Arms at one place stand side by side.
            let free = (x..columns).chain((0..x).rev()).find(|x| row.get(*x).is_some_and(|(letter, _)| *letter == ' '));
            if let Some(place) = free.and_then(|x| row.get_mut(x)) {
                *place = (letter(*index), role);
            }
        }
    }
    let mut lines: Vec<Line> = grid
        .into_iter()
        .enumerate()
        .map(|(row, cells)| {
            // No score is below nothing, not even by a rounding.
            let score = (high - (high - low) * row as f64 / (height - 1).max(1) as f64).abs();
            let labelled = row == 0 || row + 1 == height || row == height / 2;
            let label = if labelled { format!("{score:>5.2} ") } else { " ".repeat(SCALE - 1) };
            let mut spans = vec![Span::styled(format!("{label}│"), theme.style(Role::Muted))];
            spans.extend(cells.into_iter().map(|(letter, role)| Span::styled(letter.to_string(), theme.style(role))));
            Line::from(spans)
        })
        .collect();
    let dear = match price {
        Price::Dollars => format!("{} per 1,000 trials", in_words(price, dearest)),
        Price::Seconds => format!("{} a trial", in_words(price, dearest)),
    };
    let none = if price == Price::Dollars { "$0" } else { "0 s" };
    let axis = format!("{}└{}", " ".repeat(SCALE - 1), "─".repeat(columns));
    lines.push(Line::from(Span::styled(axis, theme.style(Role::Muted))));
    let gap = columns.saturating_sub(dear.len() + none.len() + 2);
    let scale = if dearest > 0.0 {
        format!("{}{none}{}  {dear}", " ".repeat(SCALE), " ".repeat(gap))
    } else {
        format!("{}free", " ".repeat(SCALE))
    };
    lines.push(Line::from(Span::styled(scale, theme.style(Role::Muted))));
    lines
}
