//! How BLEU cuts a text into tokens: sacreBLEU's `13a`, `intl`, `char` and `zh`. Each puts blanks around what stands alone; the
//! tokens are what is between white space afterwards. The rules are chains of regular substitutions there, and one pass over the
//! text each here, which leaves the same places out: a character that one match has used does not begin the next.

use std::borrow::Cow;

use super::super::whitespace::{is_space, words};
use super::characters::{Category, category, is_chinese};

/// A tokenizer of sacreBLEU's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BleuTokenizer {
    /// `13a`: that of mteval-v13a, for texts in Western scripts; what sacreBLEU takes unless told otherwise.
    #[default]
    Mteval13a,
    /// `intl`: that of mteval-v14, by Unicode's punctuation and symbols.
    International,
    /// `char`: each character is a token.
    Characters,
    /// `zh`: each Chinese character is a token, the rest as `13a`.
    Chinese,
}

impl BleuTokenizer {
    /// Every tokenizer.
    pub const ALL: [Self; 4] = [Self::Mteval13a, Self::International, Self::Characters, Self::Chinese];

    /// The name that sacreBLEU gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mteval13a => "13a",
            Self::International => "intl",
            Self::Characters => "char",
            Self::Chinese => "zh",
        }
    }

    /// The tokenizer of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Calls `with` with the text's tokens.
    pub(super) fn tokens<T>(self, text: &str, with: impl FnOnce(&[&str]) -> T) -> T {
        let text = text.trim_end_matches(is_space);
        match self {
            Self::Mteval13a => {
                let text = unescaped(text);
                with(&western(&text, true))
            }
            Self::International => with(&words(&international(text)).collect::<Vec<_>>()),
            Self::Characters => {
                let inked = text.char_indices().filter(|(_, one)| !is_space(*one));
                with(&inked.filter_map(|(at, one)| text.get(at..at + one.len_utf8())).collect::<Vec<_>>())
            }
            Self::Chinese => {
                let mut parted = String::with_capacity(text.len() * 2);
                for one in text.trim_start_matches(is_space).chars() {
                    if is_chinese(one) {
                        parted.extend([' ', one, ' ']);
                    } else {
                        parted.push(one);
                    }
                }
                with(&western(&parted, false))
            }
        }
    }
}

/// What `13a` does before it cuts: words parted at a line's end are joined, lines too, and four entities are read.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'\n' | b'&' | b'<')) {
        return Cow::Borrowed(text);
    }
    let mut text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if text.contains('&') {
        for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
            text = text.replace(entity, character);
        }
    }
    Cow::Owned(text)
}

/// What a byte is to `13a`: ASCII punctuation that always stands alone, which is all but the apostrophe, comma, hyphen and full stop;
/// what makes a word be looked at closely; any other.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b' '..=b'&' | b'('..=b'+' | b'/' | b':'..=b'@' | b'['..=b'`' | b'{'..=b'~' => ALONE,
            b'.' | b',' | b'-' | 0..b' ' | 0x7f.. => CLOSELY,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
const ALONE: u8 = 1;
const CLOSELY: u8 = 2;

/// The tokens that the four substitutions leave that `13a` and `zh` share. Blanks are all they put in, so each token is a stretch of
/// the text. `is_padded` says whether the text counts as standing between blanks.
fn western<'a>(text: &'a str, is_padded: bool) -> Vec<&'a str> {
    let mut tokens = Vec::with_capacity(text.len() / 4 + 2);
    let (mut from, mut seen) = (0, 0);
    let word = |from: usize, to: usize, seen: u8, tokens: &mut Vec<&'a str>| {
        let Some(word) = text.get(from..to).filter(|word| !word.is_empty()) else { return };
        if seen & CLOSELY == 0 {
            tokens.push(word);
        } else {
            // What stands alone has blanks around it, so a word's neighbours are blanks, or nothing at an end without padding.
            parted(word, is_padded || from > 0, is_padded || to < text.len(), tokens);
        }
    };
    for (at, byte) in text.bytes().enumerate() {
        let kind = KINDS[byte as usize];
        if kind != ALONE {
            seen |= kind;
            continue;
        }
        word(from, at, seen, &mut tokens);
        if byte != b' ' {
            tokens.extend(text.get(at..=at));
        }
        (from, seen) = (at + 1, 0);
    }
    word(from, text.len(), seen, &mut tokens);
    tokens
}

/// Cuts a word at full stops and commas, unless a digit is before them, unless a digit is after them; at a hyphen after a digit; and
/// at white space.
fn parted<'a>(word: &'a str, blank_before: bool, blank_after: bool, tokens: &mut Vec<&'a str>) {
    let stop = |byte: u8| matches!(byte, b'.' | b',');
    let digit = |byte: u8| byte.is_ascii_digit();
    // The common case: letters and one full stop or comma after them.
    if let Some((end, letters)) = word.as_bytes().split_last()
        && stop(*end)
        && letters.last().is_some_and(u8::is_ascii_alphabetic)
        && letters.iter().all(|byte| KINDS[*byte as usize] != CLOSELY)
    {
        tokens.extend([word.get(..letters.len()), word.get(letters.len()..)].into_iter().flatten());
        return;
    }
    let mut spaced = Vec::with_capacity(word.len() * 2 + 2);
    spaced.extend(blank_before.then_some(b' '));
    spaced.extend(word.bytes());
    spaced.extend(blank_after.then_some(b' '));
    let spaced = pairs(&spaced, |a, b| !digit(a) && stop(b), |a, b| [a, b' ', b, b' ']);
    let spaced = pairs(&spaced, |a, b| stop(a) && !digit(b), |a, b| [b' ', a, b' ', b]);
    let spaced = pairs(&spaced, |a, b| digit(a) && b == b'-', |a, b| [a, b' ', b, b' ']);
    // Blanks were put before and after ASCII characters only, so this is still UTF-8.
    let spaced = String::from_utf8(spaced).unwrap_or_default();
    let mut rest = word;
    for token in words(&spaced) {
        rest = rest.trim_start_matches(is_space);
        let (own, after) = rest.split_at_checked(token.len()).unwrap_or((rest, ""));
        tokens.push(own);
        rest = after;
    }
}

/// Replaces, from left to right, each pair of neighbours that `fits`; what one pair has used is not looked at again.
fn pairs(text: &[u8], fits: impl Fn(u8, u8) -> bool, replaced: impl Fn(u8, u8) -> [u8; 4]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8 + 8);
    let mut rest = text;
    while let [first, after @ ..] = rest {
        match after {
            [second, beyond @ ..] if fits(*first, *second) => {
                out.extend(replaced(*first, *second));
                rest = beyond;
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// The three substitutions of `intl`: punctuation stands alone unless a number is before it, unless a number is after it; symbols
/// stand alone.
fn international(text: &str) -> String {
    let kinds: Vec<(char, Category)> = text.chars().map(|one| (one, category(one))).collect();
    let blank = (' ', Category::Other);
    let mut before = Vec::with_capacity(kinds.len() * 2);
    let mut rest = kinds.as_slice();
    while let [first, after @ ..] = rest {
        match after {
            [second, beyond @ ..] if first.1 != Category::Number && second.1 == Category::Punctuation => {
                before.extend([*first, blank, *second, blank]);
                rest = beyond;
            }
            _ => {
                before.push(*first);
                rest = after;
            }
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut push = |(one, kind): (char, Category)| {
        if kind == Category::Symbol {
            out.extend([' ', one, ' ']);
        } else {
            out.push(one);
        }
    };
    let mut rest = before.as_slice();
    while let [first, after @ ..] = rest {
        match after {
            [second, beyond @ ..] if first.1 == Category::Punctuation && second.1 != Category::Number => {
                for one in [blank, *first, blank, *second] {
                    push(one);
                }
                rest = beyond;
            }
            _ => {
                push(*first);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokenizer: BleuTokenizer, text: &str) -> String {
        tokenizer.tokens(text, |tokens| tokens.join(" "))
    }

    /// What sacreBLEU 2.6.0 gives.
    #[test]
    fn texts_are_cut_where_the_reference_cuts_them() {
        use BleuTokenizer::{Characters, Chinese, International, Mteval13a};
        for (tokenizer, text, expected) in [
            (Mteval13a, "Hello, world! It's 3.5-4,000.", "Hello , world ! It's 3.5 - 4,000 ."),
            (Mteval13a, "wait... what..? co-\noperate\nnow", "wait . . . what . . ? cooperate now"),
            (Mteval13a, "a &amp;lt; b &quot;c&quot; &apos; <skipped>x", "a < b \" c \" & apos ; x"),
            (Mteval13a, "1,2 ,3 4. .5 é.f «x»", "1,2 , 3 4 . . 5 é . f «x»"),
            (International, "Hello, «world»! 3.5€ 4.", "Hello , « world » ! 3.5 € 4."),
            (International, "a--b ...", "a - - b . . ."),
            (Characters, "ab c\n", "a b c"),
            (Chinese, " 我有3.5个，ok. ", "我 有 3.5 个 ， ok ."),
            (Chinese, "a—b", "a — b"),
        ] {
            assert_eq!(tokens(tokenizer, text), expected, "{tokenizer:?} {text:?}");
        }
    }

    #[test]
    fn every_tokenizer_has_its_name() {
        for tokenizer in BleuTokenizer::ALL {
            assert_eq!(BleuTokenizer::parse(tokenizer.as_str()), Some(tokenizer));
        }
        assert_eq!(BleuTokenizer::parse("mecab"), None);
    }
}
