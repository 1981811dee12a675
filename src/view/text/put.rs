//! Text into cells. Most of what is drawn is printable ASCII, one cell a byte, and needs none of Unicode's tables.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::sanitise::is_plain_ascii;

/// Writes `text` from the cell (`x`, `y`) on, into at most `room` columns and never beyond the buffer, and says which column
/// follows. The same as the buffer's own way, and for plain text a few times faster.
pub(in crate::view) fn put(buffer: &mut Buffer, x: u16, y: u16, text: &str, room: usize, style: Style) -> u16 {
    if x >= buffer.area.right() || y >= buffer.area.bottom() {
        return x;
    }
    if !is_plain_ascii(text) {
        return buffer.set_stringn(x, y, text, room, style).0;
    }
    let room = room.min(usize::from(buffer.area.right() - x));
    let first = buffer.index_of(x, y);
    let cells = buffer.content.get_mut(first..).unwrap_or_default();
    let shown = text.len().min(room);
    for (cell, at) in cells.iter_mut().zip(0..shown) {
        cell.set_symbol(text.get(at..=at).unwrap_or(" ")).set_style(style);
    }
    x + shown as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Cell;
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_buffers_own_way(text in "([ -~]{0,12}|\\PC{0,8})", x in 0_u16..9, y in 0_u16..2, room in 0_usize..12) {
            let area = Rect::new(0, 0, 9, 2);
            let style = Style::new().add_modifier(Modifier::BOLD);
            let (mut ours, mut theirs) = (Buffer::filled(area, Cell::new("#")), Buffer::filled(area, Cell::new("#")));
            let end = put(&mut ours, x, y, &text, room, style);
            let (expected, _) = theirs.set_stringn(x, y, &text, room, style);
            prop_assert_eq!(end, expected);
            prop_assert_eq!(ours, theirs);
        }
    }
}
