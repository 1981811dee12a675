//! Key hints that the mouse can press: a hint is written once, for the eye, and a click on it presses the key it names.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use crate::keys::Chord;
use crate::theme::Theme;
use crate::view::screen::{Drawn, Target};
use crate::view::text::BETWEEN;

/// Between the names of two keys that do one thing.
const OR: &str = "or";

/// Opens a box whose remark names keys: each can be clicked on.
pub(super) fn open_box(
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    title: &str,
    aside: &str,
    drawn: &mut Drawn,
) -> Rect {
    let inside = super::list::open_box(area, buffer, theme, title, aside);
    hints(aside, Rect { height: area.height.min(1), ..area }, buffer, drawn);
    inside
}

/// Makes the parts of `written` ("Enter: start · Esc") that stand on `row` clickable. Parts that had no room there are passed
/// over; the title of a box may stand on the row before them.
pub(super) fn hints(written: &str, row: Rect, buffer: &Buffer, drawn: &mut Drawn) {
    let row = row.intersection(buffer.area);
    let mut text = String::new();
    let mut columns = Vec::new();
    for x in row.left()..row.right() {
        columns.push((text.len(), x));
        text.push_str(buffer.cell((x, row.y)).map_or(" ", Cell::symbol));
    }
    let column = |byte: usize| columns.iter().rev().find(|(start, _)| *start <= byte).map_or(row.x, |(_, x)| *x);
    let mut from = None;
    for part in written.split(BETWEEN) {
        let found = match from {
            // The first stands behind the title.
            None => text.rfind(part),
            Some(from) => text.get(from..).and_then(|rest| rest.find(part)).map(|at| from + at),
        };
        let Some(start) = found else { continue };
        let end = start + part.len();
        from = Some(end);
        let keys = keys(part);
        for (index, (offset, chord)) in keys.iter().enumerate() {
            // What a key does is said behind the last of them.
            let until = keys.get(index + 1).map_or(end, |(next, _)| start + next);
            let (left, right) = (column(start + offset), column(until.saturating_sub(1)) + 1);
            let place = Rect { x: left, width: right.saturating_sub(left), ..row };
            drawn.targets.push((place, Target::Press(*chord)));
        }
    }
}

/// The keys a hint begins with, each with the place of its name.
fn keys(part: &str) -> Vec<(usize, Chord)> {
    let mut found = Vec::new();
    let mut offset = 0;
    for word in part.split(' ') {
        match chord(word) {
            Some(chord) => found.push((offset, chord)),
            None if word == OR => {}
            None => break,
        }
        offset += word.len() + 1;
    }
    found
}

/// The key that a hint names.
pub(super) fn chord(word: &str) -> Option<Chord> {
    let name = match word.strip_suffix(':').filter(|name| !name.is_empty()).unwrap_or(word) {
        "←" => "left",
        "→" => "right",
        "↑" => "up",
        "↓" => "down",
        name => name,
    };
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Position;
    use ratatui::style::Style;

    use super::*;

    /// What a click on each column of the row presses.
    fn pressed(shown: &str, written: &str) -> Vec<String> {
        let row = Rect::new(0, 0, shown.chars().count() as u16, 1);
        let mut buffer = Buffer::empty(row);
        buffer.set_string(0, 0, shown, Style::new());
        let mut drawn = Drawn::default();
        hints(written, row, &buffer, &mut drawn);
        (0..row.width)
            .map(|x| match drawn.at(Position::new(x, 0)) {
                Some((_, Target::Press(chord))) => chord.to_string(),
                _ => "-".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_click_on_a_hint_presses_what_it_names() {
        let keys = pressed("━ a title ━━ Enter: start · Esc ━", "Enter: start · Esc");
        assert_eq!(keys[..13], vec!["-"; 13]);
        assert_eq!(keys[13..25], vec!["enter"; 12], "the words belong to the key");
        assert_eq!((keys[26].as_str(), keys[28].as_str(), keys[32].as_str()), ("-", "esc", "-"));
    }

    #[test]
    fn several_keys_of_one_hint_are_told_apart() {
        let written = "← → which · + - ±0.05 · y or Enter ask · Alt+F where · PgDn scrolls";
        let keys = pressed(written, written);
        for (at, expected) in [
            (0, "left"),
            (2, "right"),
            (7, "right"),
            (12, "plus"),
            (14, "-"),
            (18, "-"),
            (24, "y"),
            (31, "enter"),
            (41, "alt+f"),
            (55, "pagedown"),
        ] {
            assert_eq!(keys[at], expected, "column {at} of {written}");
        }
    }

    #[test]
    fn what_is_no_key_or_was_cut_off_is_not_clickable() {
        assert!(pressed("empty: as the model says", "empty: as the model says").iter().all(|key| key == "-"));
        let keys = pressed("x stop", "x stop · r all again");
        assert_eq!(keys, vec!["x"; 6]);
    }
}
