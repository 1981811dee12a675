//! A cell in words and as a shade. Each state has a sign of its own: nothing rests on colour.

use crate::score::{Missing, Outcome};
use crate::state::matrix::{Cell, RIGHT};
use crate::theme::Role;
use crate::view::text::sanitise_line;

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The words, with their sign.
    pub text: String,
    /// How they look.
    pub role: Role,
}

fn said(text: impl Into<String>, role: Role) -> Said {
    Said { text: text.into(), role }
}

/// What goes on in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Going {
    /// Nothing now.
    Still,
    /// It is being asked.
    Asked,
    /// So many bytes of its answer have come.
    Streaming(u64),
    /// Its column is asked no further.
    Closed,
}

/// A cell in words.
pub(super) fn words(cell: Option<&Cell>, going: Going) -> Said {
    let Some(cell) = cell else {
        return match going {
            Going::Streaming(bytes) => said(format!("… {bytes} B"), Role::Info),
            Going::Asked => said("… asking", Role::Info),
            Going::Closed => said("–", Role::Muted),
            Going::Still => said("·", Role::Muted),
        };
    };
    let asking = if matches!(going, Going::Asked | Going::Streaming(_)) { " …" } else { "" };
    let flipped = match cell.flipped() {
        Some(true) => " ▲",
        Some(false) => " ▼",
        None => "",
    };
    let (sign, text, role) = match (cell.outcome, cell.score) {
        (Outcome::Missing(missing), _) => ("?", what_failed(cell, missing), Role::Warning),
        (Outcome::NonAnswer(_), _) => ("∅", cell.outcome.in_words().to_owned(), Role::ScoreBad),
        (Outcome::Answer, None) => ("○", "answer".to_owned(), Role::Text),
        (Outcome::Answer, Some(score)) => {
            let (sign, role) = if score >= RIGHT { ("✓", Role::ScoreGood) } else { ("✗", Role::ScoreBad) };
            (sign, number(score), role)
        }
    };
    let of_several = match (cell.trials, cell.score) {
        (2.., Some(score)) if cell.outcome != Outcome::Answer => format!(" {}", number(score)),
        _ => String::new(),
    };
    said(format!("{sign} {text}{of_several}{flipped}{asking}"), role)
}

/// What failed, in a word or two where there is one; else how the error begins.
fn what_failed(cell: &Cell, missing: Missing) -> String {
    let error = cell.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
    if missing == Missing::Failed && !error.is_empty() {
        return sanitise_line(&error).into_owned();
    }
    cell.outcome.in_words().to_owned()
}

/// A score as shortly as it can be said.
fn number(score: f64) -> String {
    if score == 0.0 || (score - 1.0).abs() < f64::EPSILON { format!("{score:.0}") } else { format!("{score:.2}") }
}

/// A cell as a shade: the darker the better; signs for what is no answer.
pub(super) fn shade(cell: Option<&Cell>, under_way: bool) -> Said {
    let Some(cell) = cell else { return said(if under_way { "…" } else { "·" }, Role::Muted) };
    match (cell.outcome, cell.score) {
        (Outcome::Missing(_), _) => said("?", Role::Warning),
        (Outcome::NonAnswer(_), _) if cell.trials == 1 => said("∅", Role::ScoreBad),
        (_, None) => said("○", Role::Text),
        (_, Some(score)) => {
            let sign = match score {
                1.0.. => "██",
                0.75.. => "▓▓",
                RIGHT.. => "▒▒",
                0.0 => "__",
                _ => "░░",
            };
            said(sign, if score >= RIGHT { Role::ScoreGood } else { Role::ScoreBad })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::NonAnswer;

    #[test]
    fn every_state_is_told_without_colour() {
        let cell = |outcome, score, before| Cell { before, ..Cell::new(1, outcome, score) };
        let (answer, cut) = (Outcome::Answer, Outcome::NonAnswer(NonAnswer::Length));
        let failed = cell(Outcome::Missing(Missing::Failed), None, None);
        let refused = Cell { excerpt: "400: no\n such model".to_owned(), ..failed };
        let table = [
            (words(None, Going::Still), "·"),
            (words(None, Going::Closed), "–"),
            (words(None, Going::Asked), "… asking"),
            (words(None, Going::Streaming(120)), "… 120 B"),
            (words(Some(&cell(answer, Some(1.0), None)), Going::Still), "✓ 1"),
            (words(Some(&cell(answer, Some(0.0), None)), Going::Still), "✗ 0"),
            (words(Some(&cell(answer, Some(0.73), None)), Going::Still), "✓ 0.73"),
            (words(Some(&cell(answer, Some(1.0), Some(0.0))), Going::Still), "✓ 1 ▲"),
            (words(Some(&cell(answer, Some(0.0), Some(1.0))), Going::Still), "✗ 0 ▼"),
            (words(Some(&cell(answer, None, None)), Going::Still), "○ answer"),
            (words(Some(&cell(cut, Some(0.0), None)), Going::Still), "∅ token limit"),
            (words(Some(&cell(Outcome::Missing(Missing::Network), None, None)), Going::Still), "? network"),
            (words(Some(&refused), Going::Still), "? 400: no such model"),
        ];
        for (said, expected) in table {
            assert_eq!(said.text, expected);
        }
        let shades: Vec<String> = [1.0, 0.8, 0.5, 0.2, 0.0]
            .into_iter()
            .map(|score| shade(Some(&cell(answer, Some(score), None)), false).text)
            .collect();
        assert_eq!(shades, ["██", "▓▓", "▒▒", "░░", "__"]);
    }
}
