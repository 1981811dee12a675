//! The letter of a choice. Exactly one must be meant: a text that names two is unparsed.

use std::collections::BTreeSet;

use super::marker;
use crate::strategy::choices::Choices;
use crate::strategy::task::Extraction;

/// Reads the choice that `text` names, as its label. After the marker where a line begins with it; else in all of the text.
/// In this order: the label alone; the one label in brackets; "answer is B"; a label that opens the text before `.`, `)` or
/// `:`; the text of a choice.
pub(super) fn read(text: &str, marker: &str, choices: &Choices) -> Extraction {
    let after = (!marker.is_empty()).then(|| marker::after_last(text, marker)).flatten();
    let part = text.get(after.unwrap_or(0)..).unwrap_or_default();
    let place = if after.is_some() { format!(" after the last \"{marker}\"") } else { String::new() };
    let made = |label: &str, how: &str| Extraction::Made { text: label.to_owned(), how: format!("{how}{place}") };
    let labels: Vec<&str> = choices.labels().iter().map(String::as_str).collect();
    let known = |word: &str| labels.iter().find(|label| label.eq_ignore_ascii_case(word)).copied();

    if let Some(label) = known(plain_word(part)) {
        return made(label, "the letter alone");
    }
    let bracketed: BTreeSet<&str> = in_brackets(part).filter_map(known).collect();
    match bracketed.len() {
        0 => {}
        1 => return made(bracketed.first().copied().unwrap_or_default(), "the one letter in brackets"),
        _ => return Extraction::Unparsed { why: format!("more than one letter is in brackets{place}") },
    }
    let said: BTreeSet<&str> = after_answer(part).filter_map(|word| exact(&labels, word)).collect();
    if said.len() == 1 {
        return made(said.first().copied().unwrap_or_default(), "\"answer\" and a letter");
    }
    let opening = part.trim_start().trim_start_matches(['*', '_', '(']);
    let end = opening.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(opening.len());
    let (word, rest) = opening.split_at(end);
    if let Some(label) = exact(&labels, word)
        && rest.trim_start_matches(['*', '_']).starts_with(['.', ')', ':'])
    {
        return made(label, "the letter that opens the text");
    }
    if let Some(label) = choices.label_of_text(plain_word(part)) {
        return made(label, "the choice's own text");
    }
    Extraction::Unparsed {
        why: format!(
            "no letter of {} to {} is named{place}",
            labels.first().copied().unwrap_or_default(),
            labels.last().copied().unwrap_or_default()
        ),
    }
}

/// A label as it is written: a small `a` in running text is no letter.
fn exact<'l>(labels: &[&'l str], word: &str) -> Option<&'l str> {
    labels.iter().find(|label| **label == word).copied()
}

/// A text without the signs around it.
pub(crate) fn plain_word(text: &str) -> &str {
    text.trim_matches(|sign: char| sign.is_whitespace() || "*_`\"'()[]{}.:;,#>".contains(sign))
}

fn in_brackets(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(['[', '(']).filter_map(|(at, bracket)| {
        let inside = text.get(at + 1..)?;
        let end = inside.find(if bracket == "[" { ']' } else { ')' })?;
        inside.get(..end).map(plain_word)
    })
}

/// Words that follow "answer", with at most "is", a colon or signs between.
fn after_answer(text: &str) -> impl Iterator<Item = &str> {
    let lower = text.to_ascii_lowercase();
    let places: Vec<usize> = lower.match_indices("answer").map(|(at, word)| at + word.len()).collect();
    places.into_iter().filter_map(|at| {
        let rest = text.get(at..)?.trim_start_matches([' ', ':', '*', '_', '-', '=']);
        let rest = rest.strip_prefix("is ").or_else(|| rest.strip_prefix("is: ")).unwrap_or(rest);
        let rest = rest.trim_start_matches([' ', ':', '*', '_', '(', '[']);
        let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
        rest.get(..end)
    })
}
