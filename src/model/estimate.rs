//! A token count for models whose tokenizer is not here. An estimate, and labelled as one.

use super::TokenCount;
use crate::prompt::Message;

/// Tokens that a chat template adds around each message, as a rule.
const PER_MESSAGE: usize = 4;

/// About four ASCII letters, or one and a third others, make a token in the usual vocabularies.
pub fn estimate_tokens(messages: &[Message]) -> TokenCount {
    let tokens = messages
        .iter()
        .map(|message| {
            let ascii = message.content.bytes().filter(u8::is_ascii).count();
            let others = message.content.chars().filter(|letter| !letter.is_ascii()).count();
            (ascii + 3 * others).div_ceil(4) + PER_MESSAGE
        })
        .sum();
    TokenCount { tokens, exact: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Role;

    #[test]
    fn an_estimate_grows_with_the_text_and_says_what_it_is() {
        let count = |text: &str| estimate_tokens(&[Message::new(Role::User, text)]);
        assert_eq!(count(""), TokenCount { tokens: 4, exact: false });
        assert_eq!(count("abcdefgh").tokens, 6);
        assert_eq!(count("漢字漢字").tokens, 7);
        assert_eq!(estimate_tokens(&[]).tokens, 0);
    }
}
