//! A series of arms drawn: a line for each step with its mean in its interval, and what it adds under it.

use crate::state::{Ablation, Bar};
use crate::stats::wording::{cases, grouped};
use crate::theme::Role;
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};

/// The widest the names become.
const NAME: usize = 24;
/// Columns of a mean, its interval and its n: `0.512 (0.401 to 0.622)  n 40`.
const FIGURES: usize = 32;
/// The narrowest bar that says something.
const BAR: usize = 12;

/// The chart in rows of this width, each step against the first or against the one before.
pub fn lines(chart: &Ablation, against_first: bool, width: usize) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    let mut add = |role: Role, text: &str| lines.extend(word_rows(text, width).into_iter().map(|row| (role, row)));
    let Ablation { metric, confidence, planned, steps } = chart;
    if steps.iter().all(|step| step.bar.is_none()) {
        add(Role::Muted, "Nothing is recorded on these cases yet: run the arms first; every answer is kept.");
    }
    add(
        Role::Muted,
        &format!(
            "{metric}: means with {confidence} intervals from 0 to 1, over what is there of {}. \
         Exploratory: each step by itself.",
            cases(*planned as u64)
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
                let figures =
                    format!("{:.3} ({:.3} to {:.3})  n {}", bar.mean, bar.low, bar.high, grouped(step.n as u64));
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
fn drawn(bar: &Bar, width: usize) -> String {
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

    #[test]
    fn a_bar_is_an_interval_with_its_mean() {
        assert_eq!(drawn(&Bar { mean: 0.5, low: 0.2, high: 0.8 }, 11), "··├──●──┤··");
        assert_eq!(drawn(&Bar { mean: 1.0, low: 0.9, high: 1.0 }, 11), "·········├●");
        assert_eq!(drawn(&Bar { mean: 0.0, low: 0.0, high: 0.0 }, 5), "●····");
    }
}
