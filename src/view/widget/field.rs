//! A text being edited, fitted to its area and drawn in the theme's styles.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::text_area::{TextArea, TextAreaStyles, fit};
use crate::editor::Editor;
use crate::theme::{Role, Theme};
use crate::view::styles;

/// Draws `editor` and gives back where its caret is, if that is in sight.
pub fn draw(editor: &mut Editor, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
    let span = |kind| styles::editor(theme, kind);
    let text_styles = TextAreaStyles { text: theme.style(Role::Text), span: &span };
    fit(editor, area);
    TextArea::new(editor, text_styles).render(area, buffer)
}
