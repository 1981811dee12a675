//! Where a text may be cut, found by looking at one piece's length of it and no more.

/// A block longer than this many bytes is cut.
pub(super) const LONGEST_PIECE: usize = 8 * 1024;
/// How far behind [`LONGEST_PIECE`] the end of a line is still looked for.
pub(super) const SLACK: usize = 1024;
/// A part of a code fence, or of verbatim text, has at most this many lines.
pub(super) const LINES_PER_PIECE: usize = 64;
/// What a blank line may hold.
pub(super) const WHITE: [char; 6] = [' ', '\t', '\r', '\n', '\x0b', '\x0c'];

/// A line of the text.
pub(super) struct Line {
    pub(super) start: usize,
    /// Behind its line feed; none while the line is incomplete or longer than a piece may be.
    pub(super) end: Option<usize>,
}

/// The first line that is not blank, looked for within one piece.
pub(super) fn first_line(source: &str, start: usize) -> Line {
    let limit = floor(source, start + LONGEST_PIECE + SLACK);
    let mut at = start;
    while let Some(feed) = source.get(at..limit).and_then(|rest| rest.find('\n')) {
        let end = at + feed + 1;
        if source.get(at..end).is_some_and(|line| !line.trim_matches(WHITE).is_empty()) {
            return Line { start: at, end: Some(end) };
        }
        at = end;
    }
    Line { start: at, end: None }
}

/// Complete lines.
pub(super) struct Window {
    pub(super) end: usize,
    /// Whether more text would not make it longer.
    pub(super) is_full: bool,
}

/// The complete lines to look at: up to the first line end behind the longest piece, or the last before a line that is too long.
pub(super) fn window(source: &str, start: usize) -> Window {
    let limit = floor(source, start + LONGEST_PIECE + SLACK);
    let from = floor(source, start + LONGEST_PIECE - 1).min(limit);
    if let Some(feed) = source.get(from..limit).and_then(|rest| rest.find('\n')) {
        return Window { end: from + feed + 1, is_full: true };
    }
    let end = source.get(start..from).and_then(|text| text.rfind('\n')).map_or(start, |feed| start + feed + 1);
    Window { end, is_full: source.len() >= start + LONGEST_PIECE + SLACK }
}

/// The end of the next piece of lines shown as they are, if enough has arrived to know it.
pub(super) fn lines_end(source: &str, start: usize) -> Option<usize> {
    let limit = floor(source, start + LONGEST_PIECE + SLACK);
    let mut at = start;
    for _ in 0..LINES_PER_PIECE {
        let Some(feed) = source.get(at..limit).and_then(|rest| rest.find('\n')) else {
            if source.len() < start + LONGEST_PIECE + SLACK {
                return None;
            }
            return Some(if at > start { at } else { middle_cut(source, start) });
        };
        at += feed + 1;
        if at - start >= LONGEST_PIECE {
            break;
        }
    }
    Some(at)
}

/// Where a line that is too long is cut: behind a space shortly before the limit, else between characters.
pub(super) fn middle_cut(source: &str, start: usize) -> usize {
    let end = floor(source, start + LONGEST_PIECE);
    let near = floor(source, end.saturating_sub(256)).max(start);
    let space = source.get(near..end).and_then(|text| text.rfind(' ')).map(|at| near + at + 1);
    space.unwrap_or_else(|| {
        // Not inside a cluster of joined characters, if its end is near.
        let after = source.get(near..floor(source, end + 64)).unwrap_or_default();
        let boundary = unicode_segmentation::UnicodeSegmentation::grapheme_indices(after, true)
            .map(|(at, _)| near + at)
            .take_while(|at| *at <= end)
            .last();
        boundary.filter(|at| *at > near).unwrap_or(end)
    })
}

/// The position before the blank lines that end at `at`.
pub(super) fn before_blank_lines(source: &str, start: usize, at: usize) -> usize {
    let Some(before) = source.get(start..at) else { return at };
    let content = before.trim_end_matches(WHITE);
    content.len()
        + before
            .get(content.len()..)
            .and_then(|blank| blank.find('\n'))
            .map_or(before.len() - content.len(), |feed| feed + 1)
        + start
}

/// The position at or before `at` that is no middle of a character.
pub(super) fn floor(source: &str, at: usize) -> usize {
    source.floor_char_boundary(at)
}
