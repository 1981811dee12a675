//! What ROUGE takes for a word, and both texts as numbers of words.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::super::fast_hash::FastMap;
use super::porter::stem;

/// How a text is cut into words. All are of lower-cased text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RougeWords {
    /// Runs of a to z and 0 to 9, as rouge-score has it: a text in another script has none.
    #[default]
    Ascii,
    /// The same, words of more than three letters stemmed by Porter's algorithm.
    AsciiStemmed,
    /// Words of any script, by Unicode's word boundaries (UAX 29); a Chinese character is a word.
    Unicode,
}

/// A text as numbers, equal for equal words.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// The words in order.
    pub(super) numbers: Vec<u32>,
    /// Where each line ends in them; lines without a character are left out, lines without a word are not.
    pub(super) line_ends: Vec<usize>,
}

impl Words {
    /// The words of each line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.line_ends.iter().copied());
        starts.zip(&self.line_ends).map(|(start, end)| self.numbers.get(start..*end).unwrap_or_default())
    }
}

/// Both texts, numbered alike.
pub(super) fn numbered(kind: RougeWords, reference: &str, hypothesis: &str) -> (Words, Words) {
    let (reference, hypothesis) = (lower(reference), lower(hypothesis));
    let mut numbers: FastMap<Cow<'_, str>, u32> = FastMap::default();
    let mut words_of = |text: &'_ str| -> Words { number(kind, text, &mut |word| next_number(&mut numbers, word)) };
    (words_of(&reference), words_of(&hypothesis))
}

fn next_number(numbers: &mut FastMap<Cow<'_, str>, u32>, word: &str) -> u32 {
    if let Some(number) = numbers.get(word) {
        return *number;
    }
    let number = numbers.len() as u32;
    numbers.insert(Cow::Owned(word.to_owned()), number);
    number
}

fn number(kind: RougeWords, text: &str, number: &mut dyn FnMut(&str) -> u32) -> Words {
    let mut words = Words::default();
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        match kind {
            RougeWords::Ascii => words.numbers.extend(ascii(line).map(&mut *number)),
            RougeWords::AsciiStemmed => words
                .numbers
                .extend(ascii(line).map(|word| if word.len() > 3 { number(&stem(word)) } else { number(word) })),
            RougeWords::Unicode => words.numbers.extend(line.unicode_words().map(&mut *number)),
        }
        words.line_ends.push(words.numbers.len());
    }
    words
}

fn ascii(line: &str) -> impl Iterator<Item = &str> {
    let in_word = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit();
    line.split(move |one| !in_word(one)).filter(|word| !word.is_empty())
}

fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lines() {
        let (words, _) = numbered(RougeWords::Ascii, "Don't stop\n\n...\nstop 42nd", "");
        assert_eq!(words.numbers, [0, 1, 2, 2, 3]);
        assert_eq!(words.lines().collect::<Vec<_>>(), [&[0, 1, 2][..], &[], &[2, 3]]);
        let (words, _) = numbered(RougeWords::Unicode, "don't 猫猫", "");
        assert_eq!(words.numbers, [0, 1, 1]);
        let (words, _) = numbered(RougeWords::AsciiStemmed, "running runs run", "");
        assert_eq!(words.numbers, [0, 0, 0]);
    }
}
