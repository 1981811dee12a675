//! The title line: what is compared, where one is, and how much differs, as much of it as fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::DiffPane;
use super::wrap::columns;
use crate::score::diff::Granularity;
use crate::view::text::sanitise_line;

pub(super) fn render(pane: &DiffPane<'_>, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, pane.styles.title);
    let mut at = 0_usize;
    for (index, part) in parts(pane).into_iter().enumerate() {
        let gap = if index == 0 { 0 } else { 2 };
        let width: usize = part.graphemes(true).map(columns).sum();
        // The first part is cut short rather than left out.
        if index > 0 && at + gap + width > area.width as usize {
            continue;
        }
        at += gap;
        buffer.set_stringn(area.x + at as u16, area.y, &part, area.width as usize - at, pane.styles.title);
        at += width.min(area.width as usize - at);
    }
}

/// Most important first: parts that do not fit are left out, later ones may still fit.
fn parts(pane: &DiffPane<'_>) -> Vec<String> {
    let [a, b] = pane.labels.map(sanitise_line);
    let mut parts = vec![format!("{a} → {b}")];
    if pane.diff.is_equal() {
        parts.push("identical".to_owned());
        return parts;
    }
    let summary = pane.diff.summary();
    let count = pane.diff.change_count();
    if summary.only_invisible {
        parts.push("differs only in invisible characters".to_owned());
    }
    if pane.diff.is_coarse() {
        parts.push("coarse: time ran out".to_owned());
    }
    parts.push(match pane.current {
        Some(current) => format!("change {} of {count}", current + 1),
        None if count == 1 => "1 change".to_owned(),
        None => format!("{count} changes"),
    });
    let units = if pane.diff.granularity() == Granularity::Grapheme { "letters" } else { "words" };
    parts.push(format!("+{} -{} {units}", summary.added, summary.removed));
    // Rounded down: texts that differ are never said to be wholly equal.
    let permille = ((summary.equal_share * 1000.0).floor() as u32).min(999);
    parts.push(format!("{}.{} % equal", permille / 10, permille % 10));
    parts
}
