//! Takes a key out of a text that comes piece by piece: a server may say back what it was sent, in pieces of any size, and an
//! answer is recorded as it comes.

use super::secret::{REDACTED, Secret};

/// A shorter key is a word like others ("none", "ollama"), which an answer may well hold.
pub(super) const SHORTEST_KEY: usize = 8;

/// The end of a text that may be the beginning of a key, kept back until more has come.
#[derive(Debug, Default)]
pub(super) struct Withheld {
    text: String,
}

impl Withheld {
    /// What may be handed on once `more` has come, `secret` taken out of it.
    pub(super) fn pass(&mut self, more: String, secret: Option<&Secret>) -> String {
        let Some(traces) = secret.filter(|secret| secret.letters() >= SHORTEST_KEY).map(Secret::traces) else {
            return more;
        };
        let mut text = std::mem::take(&mut self.text) + &more;
        for trace in traces {
            if text.contains(trace) {
                text = text.replace(trace, REDACTED);
            }
        }
        let longest = traces.iter().map(String::len).max().unwrap_or(0);
        let begins = |at: usize| {
            let end = text.get(at..).unwrap_or_default();
            !end.is_empty() && traces.iter().any(|trace| trace.starts_with(end))
        };
        if let Some(at) = (text.len().saturating_sub(longest)..text.len()).find(|at| begins(*at)) {
            self.text = text.split_off(at);
        }
        text
    }

    /// What was kept back, now that nothing more comes.
    pub(super) fn rest(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Key;

    fn heard(pieces: &[&str], key: &str) -> String {
        let key = Key::new(key, "K").unwrap();
        let mut withheld = Withheld::default();
        let mut heard: String =
            pieces.iter().map(|piece| withheld.pass((*piece).to_owned(), Some(key.secret()))).collect();
        heard.push_str(&withheld.rest());
        heard
    }

    #[test]
    fn a_key_is_taken_out_wherever_it_is_cut() {
        assert_eq!(heard(&["you sent sk-canary", "-7f3a91, I say"], "sk-canary-7f3a91"), "you sent [key], I say");
        assert_eq!(heard(&["sk-can", "", "ary-7f3a9"], "sk-canary-7f3a91"), "sk-canary-7f3a9", "only a part of it");
        assert_eq!(heard(&["s", "o sk", "y"], "sk-canary-7f3a91"), "so sky");
        assert_eq!(heard(&["ask ollama"], "ollama"), "ask ollama", "a word is no secret");
    }

    proptest! {
        #[test]
        fn any_pieces_of_any_text_give_what_the_whole_gives(
            before in "[a-ks -]{0,12}", after in "[a-ks -]{0,12}", cuts in prop::collection::vec(0usize..60, 0..8),
        ) {
            let key = "sk-abcabsk-abc";
            let text = format!("{before}{key}{after}é{key}");
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            let heard = heard(&pieces, key);
            prop_assert!(!heard.contains(key), "{heard}");
            prop_assert_eq!(heard.matches(REDACTED).count(), 2);
        }
    }
}
