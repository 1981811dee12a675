//! A token count for models whose tokenizer is not here. An estimate, and labelled as one.

use super::TokenCount;
use crate::prompt::Message;

/// Tokens that a chat template adds around each message, as a rule.
const PER_MESSAGE: usize = 4;

/// The tokens of a conversation, as a chat template would lay it out.
pub fn estimate_tokens(messages: &[Message]) -> TokenCount {
    let tokens = messages.iter().map(|message| estimate_text(&message.content) + PER_MESSAGE).sum();
    TokenCount { tokens, exact: false }
}

/// The tokens of a text: about four ASCII letters, or one and a third others, make a token in the usual vocabularies.
pub fn estimate_text(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text.chars().filter(|letter| !letter.is_ascii()).count();
    (ascii + 3 * others).div_ceil(4)
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
