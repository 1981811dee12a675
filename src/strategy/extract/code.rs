//! The answer as the last fenced code block.

use std::ops::Range;

use super::part;
use crate::strategy::task::Extraction;

pub(super) fn read(text: &str, language: &str) -> Extraction {
    let block =
        blocks(text).into_iter().rev().find(|(named, _)| language.is_empty() || named.eq_ignore_ascii_case(language));
    let of = if language.is_empty() { String::new() } else { format!(" in {language}") };
    match block {
        // A code block keeps its indentation: only line ends around it go.
        Some((_, range)) => {
            let inside = text.get(range.clone()).unwrap_or_default();
            let kept = inside.trim_end_matches(['\n', '\r']).len();
            if inside.trim().is_empty() {
                return Extraction::Unparsed { why: format!("the last code block{of} is empty") };
            }
            let range = range.start..range.start + kept;
            let found = text.get(range.clone()).unwrap_or_default().to_owned();
            Extraction::Part { text: found, range, how: format!("the last code block{of}") }
        }
        None => part(text, 0..0, "", &format!("there is no code block{of}")),
    }
}

/// Fenced blocks with their language, in order. The last one may lack its end: a model that stopped there meant it so.
pub(super) fn blocks(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        match &open {
            None if ticks >= 3 && !bare.get(ticks..).unwrap_or_default().contains('`') => {
                let language = bare.get(ticks..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
                open = Some((language.to_owned(), at + line.len(), ticks));
            }
            Some((language, start, opened)) if ticks >= *opened && bare.len() == ticks => {
                found.push((language.clone(), *start..at));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    if let Some((language, start, _)) = open {
        found.push((language, start.min(text.len())..text.len()));
    }
    found
}
