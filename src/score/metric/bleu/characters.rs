//! Which characters BLEU's tokenizers part from their neighbours: Unicode's general categories, and the ranges that the
//! Chinese tokenizer takes for Chinese.

use std::sync::LazyLock;

use regex::Regex;

/// The general categories that the international tokenizer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    /// P: punctuation.
    Punctuation,
    /// N: digits and other numbers.
    Number,
    /// S: symbols.
    Symbol,
    /// Everything else.
    Other,
}

/// The category of one character.
pub(super) fn category(one: char) -> Category {
    // The patterns are plain classes, so they compile.
    static CLASSES: LazyLock<[Option<Regex>; 3]> =
        LazyLock::new(|| [r"^\p{P}", r"^\p{N}", r"^\p{S}"].map(|class| Regex::new(class).ok()));
    if one.is_ascii() {
        return match one {
            '0'..='9' => Category::Number,
            '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => Category::Symbol,
            _ if one.is_ascii_punctuation() => Category::Punctuation,
            _ => Category::Other,
        };
    }
    let mut units = [0; 4];
    let text = one.encode_utf8(&mut units);
    let is = |class: &Option<Regex>| class.as_ref().is_some_and(|class| class.is_match(text));
    match &*CLASSES {
        [punctuation, _, _] if is(punctuation) => Category::Punctuation,
        [_, number, _] if is(number) => Category::Number,
        [_, _, symbol] if is(symbol) => Category::Symbol,
        _ => Category::Other,
    }
}

/// Whether sacreBLEU's `zh` tokenizer stands this character alone. Its table writes two ranges beyond the basic plane as
/// `\u20000` and `\u2f800`, which Python reads as U+2000 and U+2F80 with a digit after them: so U+2001 to U+2A6D count as
/// Chinese, dashes and quotation marks among them.
pub(super) fn is_chinese(one: char) -> bool {
    matches!(one,
        '\u{2001}'..='\u{2a6d}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{2ff0}'..='\u{303f}'
        | '\u{3100}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}'
        | '\u{31c0}'..='\u{31ef}'
        | '\u{3200}'..='\u{33ff}'
        | '\u{3400}'..='\u{4db5}'
        | '\u{4e00}'..='\u{9fbb}'
        | '\u{f900}'..='\u{fa2d}'
        | '\u{fa30}'..='\u{fa6a}'
        | '\u{fa70}'..='\u{fad9}'
        | '\u{fe10}'..='\u{fe1f}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_has_the_categories_that_unicode_gives_it() {
        for byte in 0..128_u8 {
            let one = char::from(byte);
            let text = one.to_string();
            for (class, expected) in
                [(r"\p{P}", Category::Punctuation), (r"\p{N}", Category::Number), (r"\p{S}", Category::Symbol)]
            {
                assert_eq!(Regex::new(class).unwrap().is_match(&text), category(one) == expected, "{one:?} {class}");
            }
        }
    }

    #[test]
    fn categories_beyond_ascii() {
        for (one, expected) in [
            ('«', Category::Punctuation),
            ('。', Category::Punctuation),
            ('²', Category::Number),
            ('٣', Category::Number),
            ('€', Category::Symbol),
            ('é', Category::Other),
            ('中', Category::Other),
        ] {
            assert_eq!(category(one), expected, "{one}");
        }
    }
}
