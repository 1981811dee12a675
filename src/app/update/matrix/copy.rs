//! The matrix as text: what is on the screen, as a Markdown table.

use std::fmt::Write as _;

use crate::app::effect::Effect;
use crate::app::update::overlay;
use crate::score::Outcome;
use crate::state::State;
use crate::state::matrix::{Cell, Head};
use crate::stats::Looks;

/// Copies the heads and the rows that are shown.
pub(super) fn table(state: &mut State) -> Vec<Effect> {
    let text = text(state).unwrap_or_default();
    overlay::copy(state, "the matrix", text)
}

fn text(state: &State) -> Option<String> {
    let matrix = &state.matrix;
    let run = matrix.run.as_ref()?;
    let row = |first: &str, of: &dyn Fn(&Head) -> String| {
        let cells: Vec<String> = run.heads.iter().map(of).collect();
        format!("| {first} | {} |\n", cells.join(" | "))
    };
    let mut text = row("case", &|head| head.name.replace('|', "\\|"));
    text.push_str(&row("---", &|_| "---".to_owned()));
    let looks = if run.looks == Looks::Every { "mean (95 % at every look)" } else { "mean (95 %)" };
    text.push_str(&row(looks, &|head| match (head.mean, head.interval) {
        (Some(mean), Some((low, high))) => format!("{mean:.3} ({low:.3} to {high:.3})"),
        (Some(mean), None) => format!("{mean:.3}"),
        _ => "—".to_owned(),
    }));
    text.push_str(&row("n", &|head| head.scored.to_string()));
    for place in matrix.top..(matrix.top + matrix.height).min(matrix.len()) {
        let Some(shown) = matrix.at(place) else { continue };
        let cells: Vec<String> = shown.cells.iter().map(|cell| cell.as_ref().map_or_else(String::new, said)).collect();
        let _ = writeln!(text, "| {} | {} |", shown.case.replace('|', "\\|"), cells.join(" | "));
    }
    Some(text)
}

fn said(cell: &Cell) -> String {
    match (cell.outcome, cell.score) {
        (Outcome::Answer, Some(score)) => format!("{score:.2}"),
        (Outcome::Answer, None) => "answer".to_owned(),
        (outcome, _) => outcome.in_words().to_owned(),
    }
}
