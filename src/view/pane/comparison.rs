//! The diff pane's frame, and its empty states; the diff itself is drawn by `diff`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::diff::{Anchor, DiffPane, PartSigns};
use crate::state::{ArmSlot, Side, State};
use crate::theme::{ColorLevel, Role, Theme};
use crate::view::layout::Frame;
use crate::view::styles;
use crate::view::widget::panel::{Heading, panel};

/// Draws the diff and gives back the area of its content.
pub(super) fn draw(
    state: &mut State,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Rect {
    let left = state.diff.left.name();
    let right = state.diff.right.name();
    let hidden = state.blind.is_some_and(|blind| !blind.judged);
    // Once there is a diff, its own first line says what is compared.
    let by = format!("by {}", state.diff.granularity.as_str());
    let detail = match state.diff.shown {
        Some(_) if !hidden => by,
        _ => format!("{left} → {right} · {by}"),
    };
    let heading = Heading { name: "Diff".to_owned(), detail, ..Heading::default() };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    if hidden || state.diff.shown.is_none() {
        let text = match (hidden, &state.diff.left, &state.diff.right) {
            (true, ..) => "Hidden until you have judged.",
            (_, Side::Arm(ArmSlot::A), Side::Arm(ArmSlot::B)) => {
                "The word diff of A and B stands here when both have answered. a and b choose the sides."
            }
            _ => "The diff stands here when both sides have a text. a and b choose the sides.",
        };
        Paragraph::new(Span::styled(text, theme.style(Role::Muted))).wrap(Wrap { trim: true }).render(inner, buffer);
        return inner;
    }
    let diff_state = &mut state.diff;
    diff_state.width = inner.width;
    let arrangement = diff_state.arrangement_in(inner.width);
    let Some((diff, rows)) = &mut diff_state.shown else { return inner };
    if rows.arrangement() != arrangement {
        rows.arrange(diff, arrangement);
        diff_state.anchor = Anchor::default();
    }
    let styles = styles::diff(theme);
    let signs = if theme.level() == ColorLevel::Mono { PartSigns::Brackets } else { PartSigns::Plain };
    let mut pane = DiffPane {
        diff,
        rows,
        long: &diff_state.long,
        anchor: diff_state.anchor,
        current: diff_state.current,
        labels: [&left, &right],
        styles: &styles,
        part_signs: signs,
    };
    if let (true, Some(current)) = (diff_state.reveal, diff_state.current) {
        pane.anchor = pane.anchor_of_change(current, inner);
    }
    pane.anchor = pane.scrolled(diff_state.scroll_by.clamp(-100_000, 100_000), inner);
    pane.render(inner, buffer);
    diff_state.anchor = pane.anchor;
    diff_state.scroll_by = 0;
    diff_state.reveal = false;
    inner
}
