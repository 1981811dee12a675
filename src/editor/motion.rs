//! Where words and paragraphs begin and end: pure questions to a text.

use super::buffer::Buffer;

/// Characters of one class in a row are a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Ideograph,
    Hiragana,
    Katakana,
    Mark,
}

/// Combining characters have no class of their own and go with what they stand on.
fn class(character: char) -> Option<Class> {
    Some(match character {
        '\u{3041}'..='\u{309f}' => Class::Hiragana,
        '\u{30a0}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Class::Katakana,
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々' => Class::Ideograph,
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => return None,
        _ if character.is_whitespace() => Class::Space,
        _ if character.is_alphanumeric() || character == '_' => Class::Letter,
        _ => Class::Mark,
    })
}

/// How many bytes to run over: spaces first, then one word.
fn word_length(characters: impl Iterator<Item = char>) -> usize {
    let mut word = None;
    let mut length = 0;
    for character in characters {
        if let Some(class) = class(character) {
            match word {
                None if class == Class::Space => {}
                None => word = Some(class),
                Some(word) if word == class => {}
                Some(_) => break,
            }
        }
        length += character.len_utf8();
    }
    length
}

/// The end of the word at or after `offset`.
pub(super) fn word_right(buffer: &Buffer, offset: usize) -> usize {
    buffer.ceil_edge(offset + word_length(buffer.characters_from(offset)))
}

/// The start of the word at or before `offset`.
pub(super) fn word_left(buffer: &Buffer, offset: usize) -> usize {
    buffer.floor_edge(offset - word_length(buffer.characters_before(offset)).min(offset))
}

/// The word, or the run of spaces in a line, around `offset`.
pub(super) fn word_around(buffer: &Buffer, offset: usize) -> std::ops::Range<usize> {
    let line = buffer.line_range(buffer.line_of(offset));
    let before = buffer.characters_before(offset).find_map(class);
    let after = buffer.characters_from(offset).find_map(class);
    // Between a word and what follows it, the word is meant.
    let wanted = match (before, after) {
        _ if line.is_empty() => return line,
        (Some(before), _) if offset >= line.end => before,
        (Some(Class::Letter), Some(Class::Space | Class::Mark)) if offset > line.start => Class::Letter,
        (_, Some(after)) => after,
        (Some(before), None) => before,
        (None, None) => return line,
    };
    let belongs = |character: &char| *character != '\n' && class(*character).is_none_or(|class| class == wanted);
    let right: usize = buffer.characters_from(offset).take_while(belongs).map(char::len_utf8).sum();
    let left: usize = buffer.characters_before(offset).take_while(belongs).map(char::len_utf8).sum();
    buffer.floor_edge(offset - left).max(line.start)..buffer.ceil_edge(offset + right).min(line.end)
}

fn is_blank(buffer: &Buffer, line: usize) -> bool {
    let range = buffer.line_range(line);
    buffer.characters_from(range.start).take_while(|character| *character != '\n').all(char::is_whitespace)
}

/// The blank line after the paragraph at `offset`, or the end.
pub(super) fn paragraph_down(buffer: &Buffer, offset: usize) -> usize {
    let count = buffer.line_count();
    let text = (buffer.line_of(offset)..count).find(|line| !is_blank(buffer, *line));
    let blank = text.and_then(|text| (text..count).find(|line| is_blank(buffer, *line)));
    blank.map_or(buffer.len(), |line| buffer.line_start(line))
}

/// The blank line before the paragraph at `offset`, or the start.
pub(super) fn paragraph_up(buffer: &Buffer, offset: usize) -> usize {
    let line = buffer.line_of(offset);
    let at_start = offset == buffer.line_start(line);
    let last = if at_start { line.checked_sub(1) } else { Some(line) };
    let text = last.and_then(|last| (0..=last).rev().find(|line| !is_blank(buffer, *line)));
    let blank = text.and_then(|text| (0..=text).rev().find(|line| is_blank(buffer, *line)));
    blank.map_or(0, |line| buffer.line_start(line))
}
