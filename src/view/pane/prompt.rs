//! The prompt: its text with marks, what is wrong in it on the last lines, and whether screen or file is newer in the title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::prompt::Severity;
use crate::state::{Pane, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{sanitise_line, truncate_to_width};
use crate::view::widget::field;
use crate::view::widget::panel::{Heading, panel};

/// Draws the prompt and gives back the area of its text.
pub(super) fn draw(
    state: &mut State,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    let draft = state.prompt.is_draft();
    let aside = if draft { "● draft · not in the file yet" } else { "saved" };
    let role = if draft { Role::Warning } else { Role::Muted };
    let heading = Heading {
        name: "Prompt".to_owned(),
        detail: state.prompt.name.clone(),
        aside: aside.to_owned(),
        aside_role: Some(role),
    };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    let faults: Vec<String> = state
        .prompt
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .take(2)
        .map(|problem| format!("line {}: {} {}", problem.line, problem.message, problem.hint))
        .collect();
    let fault_rows = if inner.height > 5 { faults.len() as u16 } else { 0 };
    let body = Rect { height: inner.height - fault_rows, ..inner };
    drawn.targets.push((body, Target::Text(Pane::Prompt)));
    let caret = field::draw(&mut state.prompt.editor, body, buffer, theme);
    if focused {
        drawn.caret = caret;
    }
    for (row, fault) in faults.iter().take(usize::from(fault_rows)).enumerate() {
        let line = Rect { y: body.bottom() + row as u16, height: 1, ..inner };
        let text = sanitise_line(fault);
        let text = truncate_to_width(&text, usize::from(line.width).saturating_sub(2));
        Line::from(Span::styled(format!("! {text}"), theme.style(Role::Error))).render(line, buffer);
    }
    body
}
