//! Tokens with a meaning of their own (end of turn, begin of text): finding them in template text, and nowhere else.

use std::collections::HashMap;
use std::ops::Range;

/// Control tokens.
pub(super) struct ControlTokens {
    /// By the character they begin with, the longest first: nearly all text is passed over by one look.
    by_start: HashMap<char, Vec<(String, u32)>>,
}

/// A stretch of text: plain, or one control token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Plain(&'a str),
    Control(u32),
}

impl ControlTokens {
    pub(super) fn new(mut tokens: Vec<(String, u32)>) -> Self {
        tokens.sort_by(|(left, _), (right, _)| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        let mut by_start: HashMap<char, Vec<(String, u32)>> = HashMap::new();
        for (text, id) in tokens {
            if let Some(start) = text.chars().next() {
                by_start.entry(start).or_default().push((text, id));
            }
        }
        Self { by_start }
    }

    /// The tokens `text` begins with, the longest first.
    fn at_start(&self, text: &str) -> impl Iterator<Item = (&str, u32)> {
        let candidates = text.chars().next().and_then(|start| self.by_start.get(&start)).map_or(&[][..], Vec::as_slice);
        candidates.iter().filter(|(token, _)| text.starts_with(token.as_str())).map(|(token, id)| (token.as_str(), *id))
    }

    /// Cuts `text` at its control tokens; where several begin at one place the longest wins.
    pub(super) fn cut<'a>(&self, text: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut plain_start = 0;
        let mut position = 0;
        while let Some(rest) = text.get(position..).filter(|rest| !rest.is_empty()) {
            if let Some((token, id)) = self.at_start(rest).next() {
                pieces.extend(text.get(plain_start..position).filter(|plain| !plain.is_empty()).map(Piece::Plain));
                pieces.push(Piece::Control(id));
                position += token.len();
                plain_start = position;
            } else {
                position += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        pieces.extend(text.get(plain_start..).filter(|plain| !plain.is_empty()).map(Piece::Plain));
        pieces
    }

    /// Where control tokens are spelled out in `text`, overlapping ones included.
    pub(super) fn spelled(&self, text: &str) -> Vec<Range<usize>> {
        let mut spelled = Vec::new();
        for (start, _) in text.char_indices() {
            let tokens = self.at_start(text.get(start..).unwrap_or_default());
            spelled.extend(tokens.map(|(token, _)| start..start + token.len()));
        }
        spelled
    }
}

/// Puts `mark` into every control token that `text` spells out, so that a template carries it through as plain text.
pub(super) fn disarm(control: &ControlTokens, text: &str, mark: &str) -> String {
    let mut cuts: Vec<usize> = control
        .spelled(text)
        .into_iter()
        .filter_map(|range| text.get(range.clone())?.chars().next().map(|first| range.start + first.len_utf8()))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut disarmed = String::with_capacity(text.len() + cuts.len() * mark.len());
    let mut start = 0;
    for cut in cuts {
        disarmed.push_str(text.get(start..cut).unwrap_or_default());
        disarmed.push_str(mark);
        start = cut;
    }
    disarmed.push_str(text.get(start..).unwrap_or_default());
    disarmed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn control() -> ControlTokens {
        ControlTokens::new(vec![("<|a|>".into(), 1), ("<|a|>b".into(), 2), ("<x>".into(), 3)])
    }

    #[test]
    fn the_longest_token_wins_and_plain_text_stays() {
        assert_eq!(
            control().cut("é<|a|>b <|a|>!<x>"),
            [
                Piece::Plain("é"),
                Piece::Control(2),
                Piece::Plain(" "),
                Piece::Control(1),
                Piece::Plain("!"),
                Piece::Control(3)
            ]
        );
        assert_eq!(control().cut("<|a| >"), [Piece::Plain("<|a| >")]);
        assert_eq!(control().cut(""), []);
    }

    proptest! {
        #[test]
        fn disarmed_text_holds_no_control_token_and_can_be_restored(text in "(<x>|<\\|a\\|>b?|[<|ax>é ])*") {
            let disarmed = disarm(&control(), &text, "\u{e000}7\u{e001}");
            prop_assert!(control().spelled(&disarmed).is_empty());
            prop_assert_eq!(disarmed.replace("\u{e000}7\u{e001}", ""), text);
        }
    }
}
