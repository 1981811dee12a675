//! GPT-2's spelling of bytes as printable characters, undone: what bytes a vocabulary entry stands for.

/// The byte a character of a vocabulary entry stands for.
pub(super) fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    match code {
        // Printable bytes stand for themselves.
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u8::try_from(code).ok(),
        // The others were moved up to 256 and on, in order.
        0x100..=0x120 => u8::try_from(code - 0x100).ok(),
        0x121..=0x142 => u8::try_from(code - 0x121 + 0x7f).ok(),
        0x143 => Some(0xad),
        _ => None,
    }
}

/// The bytes a vocabulary entry stands for; an entry that is not spelled this way stands for its own text.
pub(super) fn bytes_of(entry: &str) -> Vec<u8> {
    entry.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| entry.as_bytes().to_vec())
}

/// The character that spells a byte.
#[cfg(test)]
pub(super) fn character_of(byte: u8) -> char {
    (0..0x144).filter_map(char::from_u32).find(|&character| byte_of(character) == Some(byte)).expect("a bijection")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_spelled_by_one_character() {
        let mut bytes: Vec<u8> = (0..0x200).filter_map(char::from_u32).filter_map(byte_of).collect();
        assert_eq!(bytes.len(), 256);
        bytes.sort_unstable();
        bytes.dedup();
        assert_eq!(bytes.len(), 256);
        // Against the library's own table.
        let library = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet();
        assert!(library.iter().all(|&character| byte_of(character).is_some()));
        assert_eq!(character_of(b' '), 'Ġ');
        assert_eq!(character_of(b'\n'), 'Ċ');
        assert_eq!(bytes_of("Ġcaf\u{c3}\u{a9}"), " café".as_bytes());
    }
}
