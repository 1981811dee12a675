//! Figures as all formats write them.

use super::{Column, Facts, Judgement};
use crate::stats::{Figure, wording};

/// `0.610 (0.520 to 0.690)`, or a dash.
pub(super) fn figure(figure: Option<&Figure>) -> String {
    figure.map_or_else(|| "–".to_owned(), wording::figure)
}

/// Dollars: `$0.0123`; what has no known price has a dash.
pub(super) fn dollars(amount: Option<f64>) -> String {
    match amount {
        None => "–".to_owned(),
        Some(0.0) => "$0".to_owned(),
        Some(amount) if amount < 0.000_1 => format!("${amount:.6}"),
        Some(amount) if amount < 0.1 => format!("${amount:.4}"),
        Some(amount) => format!("${amount:.2}"),
    }
}

/// What a column has cost: a sum that is not known to be whole says so.
pub(super) fn cost(column: &Column) -> String {
    let made = column.done.saturating_sub(column.known);
    match (made, column.unpriced) {
        (0, _) => "nothing asked".to_owned(),
        (_, 0) => dollars(Some(column.cost)),
        (made, unpriced) if unpriced >= made.saturating_sub(column.missing) => "price unknown".to_owned(),
        (_, unpriced) => format!("{} and {unpriced} unpriced", dollars(Some(column.cost))),
    }
}

/// `12.3`, or a dash.
pub(super) fn rate(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"))
}

/// Seconds: `0.45 s`, or a dash.
pub(super) fn seconds(value: Option<f64>) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |value| if value < 10.0 { format!("{value:.2} s") } else { format!("{value:.0} s") },
    )
}

/// The line under a report's title.
pub(super) fn what_was_measured(facts: &Facts) -> String {
    let repeats = if facts.repeats > 1 { format!(" × {} repeats", facts.repeats) } else { String::new() };
    format!(
        "{} on {} {} cases × {} {}{repeats}; began {}; {}",
        facts.metric,
        wording::grouped(facts.rows),
        facts.split,
        facts.arms.len(),
        if facts.arms.len() == 1 { "arm" } else { "arms" },
        facts.began,
        match &facts.ended {
            Some(how) => how.clone(),
            None => "not ended".to_owned(),
        }
    )
}

/// What a threshold came to: `failed: few.exact-match < 0.8 (...)`.
pub(super) fn judgement(judgement: &Judgement) -> String {
    format!("{}: {}. {}", judgement.held.as_str(), judgement.condition, judgement.words)
}

/// The first digits of a hash.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
