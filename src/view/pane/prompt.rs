//! The prompt: its text with marks, what is wrong in it on the last lines, and whether screen or file is newer in the title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::prompt::{Problem, Severity};
use crate::state::{Outside, Pane, PromptState, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{sanitise_line, truncate_to_width};
use crate::view::widget::field;
use crate::view::widget::find_bar::{self, Searched};
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
    let (aside, role) = match &state.prompt.outside {
        Some(Outside::Changed(_)) => ("draft ● the file was changed outside", Role::Error),
        Some(Outside::Gone) => ("draft ● the file is gone", Role::Error),
        None if state.prompt.is_draft() => ("draft ● not in the file yet", Role::Warning),
        None => ("saved", Role::Muted),
    };
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
    let finding = focused && state.find.open.is_some();
    let bar_rows = if finding { find_bar::rows(Searched::Text, inner.height) } else { 0 };
    let remarks = remarks(&state.prompt, focused);
    let remark_rows = if inner.height > 5 { remarks.len() as u16 } else { 0 };
    let body = Rect { height: inner.height.saturating_sub(remark_rows + bar_rows).max(1), ..inner };
    drawn.targets.push((body, Target::Text(Pane::Prompt)));
    let caret = field::draw(&mut state.prompt.editor, body, buffer, theme);
    if focused {
        drawn.caret = caret;
    }
    for (row, (mark, role, remark)) in remarks.into_iter().take(usize::from(remark_rows)).enumerate() {
        let line = Rect { y: body.bottom() + row as u16, height: 1, ..inner };
        let text = sanitise_line(&remark);
        let text = truncate_to_width(&text, usize::from(line.width).saturating_sub(2));
        Line::from(Span::styled(format!("{mark} {text}"), theme.style(role))).render(line, buffer);
    }
    if finding {
        let bar = Rect { y: inner.bottom() - bar_rows, height: bar_rows, ..inner };
        let status = state.prompt.editor.find_status();
        let caret = find_bar::draw(&mut state.find, status, Searched::Text, bar, buffer, theme, drawn);
        drawn.caret = caret.or(drawn.caret);
    }
    body
}

/// The lines under the text: what is said of the place of the caret, else the first faults.
fn remarks(prompt: &PromptState, focused: bool) -> Vec<(char, Role, String)> {
    let caret = prompt.editor.selection().head;
    let under = |problem: &&Problem| focused && problem.range.start <= caret && caret <= problem.range.end;
    // Ranges are those of the text as it was read; after an edit the marks have moved, and a moment later these follow.
    let here = prompt.problems.iter().filter(under).max_by_key(|problem| problem.severity);
    if let Some(problem) = here {
        let (mark, role) = match problem.severity {
            Severity::Error => ('!', Role::Error),
            Severity::Warning => ('?', Role::Warning),
            Severity::Note => ('·', Role::Info),
        };
        let mut lines = vec![(mark, role, format!("here: {}", problem.message))];
        if !problem.hint.is_empty() {
            lines.push((' ', Role::Muted, problem.hint.clone()));
        }
        return lines;
    }
    prompt
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .take(2)
        .map(|problem| ('!', Role::Error, format!("line {}: {} {}", problem.line, problem.message, problem.hint)))
        .collect()
}
