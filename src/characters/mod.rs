//! What is known of single characters, once for every way of showing a text: which of them cannot be seen, and where they do
//! honest work all the same.

mod context;

pub use context::Context;

/// Whether a character shows nothing of its own, or reorders what others show: Unicode's `Default_Ignorable_Code_Point` and
/// `Bidi_Control` properties, the line and paragraph separators, and the marks around annotations.
///
/// The joiners and selectors that emoji and some scripts are spelled with are among them; [`Context`] tells where they belong.
pub const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a terminal would act on a character, or hide or reorder what stands around it: controls, tab and line feed among
/// them, and what is invisible.
pub fn is_unsafe(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

/// Every character of [`is_invisible`].
#[cfg(test)]
pub(crate) fn all_invisible() -> impl Iterator<Item = char> {
    (char::MIN..=char::MAX).filter(|one| is_invisible(*one))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn the_table_is_unicodes_own() {
        let properties = r"^[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zl}\p{Zp}\x{FFF9}-\x{FFFB}]$";
        let properties = Regex::new(properties).unwrap();
        let differ: Vec<String> = (char::MIN..=char::MAX)
            .filter(|one| is_invisible(*one) != properties.is_match(one.encode_utf8(&mut [0; 4])))
            .map(|one| format!("U+{:04X}", u32::from(one)))
            .collect();
        assert_eq!(differ, [""; 0]);
    }
}
