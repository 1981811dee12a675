//! The case: earlier turns, one text field per variable, the reference last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::state::{CaseState, Field, FieldKind, State, Taken};
use crate::stats::wording::grouped;
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, fit_parts, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::field;
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{Heading, MOST_BELOW, more_below, panel};

/// With fewer rows than this for each field, only the one with the caret is open.
const ROOMY: u16 = 3;

/// Draws the form and gives back the area of its content.
pub(super) fn draw(
    state: &mut State,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    let finding = focused && state.find.open.is_some();
    let State { case, find, place, .. } = state;
    let (aside, aside_role) = match (case.index, &case.taken) {
        (Some(index), _) if case.is_edited() => (
            format!("dev {} of {} · edited", grouped(index as u64 + 1), grouped(case.count as u64)),
            Some(Role::Warning),
        ),
        (Some(index), _) => (format!("dev {} of {}", grouped(index as u64 + 1), grouped(case.count as u64)), None),
        (None, Some(Taken { origin, opened: 0, .. })) => (origin.clone(), None),
        // A test row that was looked at is no longer unseen: that stays in sight as long as the row does.
        (None, Some(Taken { origin, opened, .. })) => {
            (format!("opened {origin} · recorded · {opened} so far"), Some(Role::Warning))
        }
        (None, None) => ("typed by hand".to_owned(), None),
    };
    let detail = case.original.id.clone();
    let heading = Heading { name: "Case".to_owned(), detail, aside, aside_role, ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    if let Some(fault) = &case.fault {
        let text = sanitise_line(fault).into_owned();
        Paragraph::new(Span::styled(text, theme.style(Role::Error))).wrap(Wrap { trim: true }).render(inner, buffer);
        return inner;
    }
    let faulty = place.faulty_dev.as_ref().map(|(file, _)| file.as_str());
    let form = advice(case, faulty, inner, buffer, theme);
    let mut more = 0;
    for (index, place) in places(case, form, focused) {
        let turns = case.turns();
        let here = focused && index == case.focused;
        let pinned = case.pinned;
        let Some(field) = case.fields.get_mut(index) else { continue };
        let mut name = label(field, index, turns, pinned);
        if index < turns && field.editor.buffer().is_empty() {
            name.push_str(" · empty, and sent so");
        } else if here && index < turns {
            name.push_str(" · goes before the last user message");
        }
        let mark = if here { "▸ " } else { "" };
        let name = fit_parts(&name, usize::from(place.width).saturating_sub(display_width(mark))).into_owned();
        let role = if here { Role::TitleFocused } else { Role::Label };
        let title = Rect { height: 1, ..place };
        drawn.targets.push((place, Target::Field(index)));
        if place.height == 1 {
            // Closed: its name and its first words.
            let words = field.editor.text().split_whitespace().take(30).collect::<Vec<_>>().join(" ");
            let words = truncate_to_width(&sanitise_line(&words), usize::from(place.width)).into_owned();
            let spans = [
                Span::styled(format!("{mark}{name}  "), theme.style(role)),
                Span::styled(words, theme.style(Role::Muted)),
            ];
            Line::from(spans.to_vec()).render(title, buffer);
            continue;
        }
        Line::from(Span::styled(format!("{mark}{name}"), theme.style(role))).render(title, buffer);
        let room = place.height - 1;
        let bar_rows = if finding && here { find_bar::rows(Searched::Text, room) } else { 0 };
        let body = Rect { y: place.y + 1, height: room - bar_rows, ..place };
        drawn.targets.push((body, Target::Field(index)));
        let caret = field::draw(&mut field.editor, body, buffer, theme);
        more += below(field, body);
        if here {
            drawn.caret = caret;
        }
        if bar_rows > 0 {
            let bar = Rect { y: body.bottom(), height: bar_rows, ..place };
            let status = field.editor.find_status();
            drawn.caret = find_bar::draw(find, status, Searched::Text, bar, buffer, theme, drawn).or(drawn.caret);
        }
    }
    more_below(area, buffer, theme, frame, more);
    inner
}

/// Rows of a field's text that lie under what is shown of it.
fn below(field: &Field, body: Rect) -> usize {
    let shown = usize::from(body.height);
    let rows = field.editor.visible_rows(field.editor.viewport().0, shown + MOST_BELOW + 1).len();
    rows.saturating_sub(shown)
}

/// What to do with an empty form, over it; gives back the room that is left.
fn advice(case: &CaseState, faulty: Option<&str>, inner: Rect, buffer: &mut Buffer, theme: &Theme) -> Rect {
    if !case.is_blank() || inner.height < 6 {
        return inner;
    }
    let asks = case.fields.iter().any(|field| field.kind == FieldKind::Variable);
    let words = match (case.count, asks, faulty) {
        (0, _, Some(file)) => format!("{file} cannot be used (F10 shows it): type the values."),
        (0, true, None) => "No data set here: type the values, paste a case (Ctrl+P), or open a file (F10).".to_owned(),
        (0, false, None) => {
            "This prompt has no variables; write {{ name }} into it to make one. It runs as it is.".to_owned()
        }
        _ => "Type a case, or step to one of the data set with F8.".to_owned(),
    };
    // What does not fit says less than nothing: it stands in full, or not at all where the form needs the rows.
    let rows = word_rows(&words, usize::from(inner.width)).len() as u16;
    if inner.height < rows + 2 {
        return inner;
    }
    let place = Rect { height: rows, ..inner };
    Paragraph::new(Span::styled(words, theme.style(Role::Muted))).wrap(Wrap { trim: true }).render(place, buffer);
    Rect { y: inner.y + rows, height: inner.height - rows, ..inner }
}

/// Which fields are in sight, and where. With room each is open; without, the one with the caret is, and the others
/// around it have a line each.
fn places(case: &CaseState, area: Rect, focused: bool) -> Vec<(usize, Rect)> {
    let count = case.fields.len() as u16;
    let needs: Vec<u16> = case.fields.iter().map(|field| needed(field, area)).collect();
    let heights = shared(&needs, area.height);
    // What a short value leaves is a long one's.
    let by_need = || {
        let mut row = area.y;
        let place = |height: &u16| {
            let place = Rect { y: row, height: *height, ..area };
            row += *height;
            place
        };
        heights.iter().map(place).enumerate().collect::<Vec<_>>()
    };
    let all_open = heights.iter().all(|height| *height >= 2);
    if area.height >= ROOMY * count {
        let weights = case.fields.iter().enumerate().map(|(index, field)| {
            let extra = u16::from(index == case.focused);
            Constraint::Fill(if field.kind == FieldKind::Variable { 3 } else { 2 } + extra)
        });
        let evenly: Vec<Rect> = Layout::vertical(weights).split(area).to_vec();
        let is_cut = evenly.iter().zip(&needs).any(|(place, need)| place.height < *need);
        return if is_cut && all_open { by_need() } else { evenly.into_iter().enumerate().collect() };
    }
    // While nobody types into it, every field can be read as far as there is room.
    if all_open && !focused {
        return by_need();
    }
    // The open field has at least its name and two rows, or all there is.
    let open = area.height.saturating_sub(count - 1).max(ROOMY.min(area.height));
    let closed = usize::from(area.height - open);
    let before = case.focused.min(closed / 2 + closed.saturating_sub(usize::from(count)));
    let after = (closed - before.min(closed)).min(case.fields.len().saturating_sub(case.focused + 1));
    let before = case.focused.min(closed - after);
    let mut row = area.y;
    let mut found = Vec::new();
    for index in (case.focused - before)..=(case.focused + after) {
        let height = if index == case.focused { open } else { 1 };
        found.push((index, Rect { y: row, height, ..area }));
        row += height;
    }
    found
}

/// Rows that a field's name and all of its text take, or as many as there are.
fn needed(field: &Field, area: Rect) -> u16 {
    let (text, most, width) = (field.editor.buffer(), usize::from(area.height), usize::from(area.width));
    let mut rows = 0;
    for line in 0..text.line_count() {
        let range = text.line_range(line);
        // Of a very long line no more than fills the form.
        let end = range.end.min(text.floor_edge(range.start + most * width * 4));
        rows += word_rows(text.slice(range.start..end.max(range.start)).trim_end_matches('\n'), width).len().max(1);
        if rows >= most {
            break;
        }
    }
    area.height.min(rows.max(1) as u16 + 1)
}

/// Rows for each: what it needs, but no more than an equal share of what the smaller ones leave; the rest is the last one's.
fn shared(needs: &[u16], rows: u16) -> Vec<u16> {
    let mut by_need: Vec<(usize, u16)> = needs.iter().copied().enumerate().collect();
    by_need.sort_by_key(|(_, need)| *need);
    let (mut left, mut heights) = (rows, vec![0; needs.len()]);
    for (done, (index, need)) in by_need.into_iter().enumerate() {
        let height = need.min(left / (needs.len() - done) as u16);
        left -= height;
        if let Some(place) = heights.get_mut(index) {
            *place = height;
        }
    }
    if let Some(last) = heights.last_mut() {
        *last += left;
    }
    heights
}

/// A field's name as the form says it.
fn label(field: &Field, index: usize, turns: usize, pinned: bool) -> String {
    match field.kind {
        FieldKind::Turn(role) => format!("turn {} of {turns} · {}", index + 1, role.as_str()),
        FieldKind::Variable => sanitise_line(&field.name).into_owned(),
        FieldKind::Reference if pinned => "reference (pinned by you)".to_owned(),
        FieldKind::Reference => "reference".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_value_leaves_its_rows_to_a_long_one() {
        assert_eq!(shared(&[2, 9, 3], 12), [2, 7, 3]);
        assert_eq!(shared(&[2, 9, 9], 12), [2, 5, 5]);
        assert_eq!(shared(&[2, 3, 2], 12), [2, 3, 7]);
    }

    proptest! {
        #[test]
        fn all_rows_are_given_and_nobody_is_short_while_another_has_too_many(needs in prop::collection::vec(1..40_u16, 1..8), rows in 1..80_u16) {
            let heights = shared(&needs, rows);
            prop_assert_eq!(heights.iter().sum::<u16>(), rows);
            let short = needs.iter().zip(&heights).any(|(need, height)| height < need);
            let spare = needs.iter().zip(&heights).any(|(need, height)| height > need);
            prop_assert!(!(short && spare), "{:?} {:?}", needs, heights);
        }
    }
}
