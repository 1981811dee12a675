//! The prompt: its text with marks, what is wrong in it on the last lines, and whether screen or file is newer in the title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::prompt::{Problem, Severity};
use crate::state::{ArmSlot, Outside, Pane, PromptState, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{BETWEEN, fold, sanitise_line, truncate_to_width};
use crate::view::widget::field;
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{Heading, corner, panel};

/// So many rows of the text a fault may cover that is not at the caret.
const MOST_COVERED: usize = 3;

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
    let asked_by: Vec<&str> = state.asks_prompt_on_screen().into_iter().map(ArmSlot::letter).collect();
    // What runs is another prompt: that comes before everything but a file that changed.
    let unasked = asked_by.is_empty() && !state.arms.is_empty();
    let (aside, role) = match &state.prompt.outside {
        Some(Outside::Changed(_)) => ("● changed outside · save to choose", Role::Error),
        Some(Outside::Gone) => ("● file gone · save to write it", Role::Error),
        None if unasked && state.prompt.is_draft() => ("● draft, no answer asks it", Role::Warning),
        None if unasked => ("no answer asks it: o there", Role::Warning),
        None if state.prompt.is_draft() => ("● draft · not in the file yet", Role::Warning),
        None => ("saved", Role::Muted),
    };
    // Faults name lines: where the caret is stands on the lower edge, or where there is none behind what is said of the file.
    let (line, column) = state.prompt.editor.caret_line_and_column();
    let aside =
        if focused && frame == Frame::Bare { format!("{aside}{BETWEEN}{line}:{column}") } else { aside.to_owned() };
    let heading = Heading {
        name: "Prompt".to_owned(),
        detail: if asked_by.is_empty() {
            state.prompt.name.clone()
        } else {
            format!("{} · asked by {}", state.prompt.name, asked_by.join(" "))
        },
        aside,
        aside_role: Some(role),
        ..Heading::default()
    };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    if focused {
        corner(area, buffer, theme, frame, &format!(" {line}:{column} "));
    }
    let finding = focused && state.find.open.is_some();
    let bar_rows = if finding { find_bar::rows(Searched::Text, inner.height) } else { 0 };
    let text_rows = state.prompt.editor.rows_in_all(usize::from(inner.width), usize::from(inner.height));
    let free = usize::from(inner.height).saturating_sub(text_rows + usize::from(bar_rows));
    let remarks = remarks(&state.prompt, focused, usize::from(inner.width), free);
    // At least half of the pane is the text's.
    let remark_rows = if inner.height > 5 { (remarks.len() as u16).min(inner.height / 2) } else { 0 };
    let body = Rect { height: inner.height.saturating_sub(remark_rows + bar_rows).max(1), ..inner };
    drawn.targets.push((body, Target::Text(Pane::Prompt)));
    let caret = field::draw(&mut state.prompt.editor, body, buffer, theme);
    if focused {
        drawn.caret = caret;
    }
    for (row, (role, problem, remark)) in remarks.into_iter().take(usize::from(remark_rows)).enumerate() {
        let line = Rect { y: body.bottom() + row as u16, height: 1, ..inner };
        drawn.targets.push((line, Target::Fault(problem)));
        Line::from(Span::styled(remark, theme.style(role))).render(line, buffer);
    }
    if finding {
        let bar = Rect { y: inner.bottom() - bar_rows, height: bar_rows, ..inner };
        let status = state.prompt.editor.find_status();
        let caret = find_bar::draw(&mut state.find, status, Searched::Text, bar, buffer, theme, drawn);
        drawn.caret = caret.or(drawn.caret);
    }
    body
}

/// The lines under the text: what is said of the place of the caret in full, or else of its line; without that the first
/// faults, each with its place among them, in full as long as `free` rows are empty anyway, or the first needs few; then each on a line.
fn remarks(prompt: &PromptState, focused: bool, width: usize, free: usize) -> Vec<(Role, usize, String)> {
    let caret = prompt.editor.selection().head;
    let line = prompt.editor.caret_line();
    // Ranges are those of the text as it was read; after an edit the marks have moved, and a moment later these follow.
    let nearness = |problem: &Problem| {
        let is_under = problem.range.start <= caret && caret <= problem.range.end;
        if is_under { Some(2) } else { (problem.line == line).then_some(1) }
    };
    let all = || prompt.problems.iter().enumerate();
    let near = all().filter_map(|(at, problem)| Some((nearness(problem).filter(|_| focused)?, at, problem)));
    if let Some((_, at, problem)) = near.max_by_key(|(nearness, _, problem)| (*nearness, problem.severity)) {
        let (mark, role) = match problem.severity {
            Severity::Error => ('!', Role::Error),
            Severity::Warning => ('?', Role::Warning),
            Severity::Note => ('·', Role::Info),
        };
        let said = fold(&format!("{mark} here: {}", problem.message), width).into_iter().map(|line| (role, at, line));
        let hint = fold(&format!("  {}", problem.hint), width).into_iter().map(|line| (Role::Muted, at, line));
        return said.chain(hint).collect();
    }
    let mut rows = Vec::new();
    for (at, problem) in all().filter(|(_, problem)| problem.severity == Severity::Error).take(2) {
        let text = format!("! line {}: {}. {}", problem.line, problem.message, problem.hint);
        let whole = fold(&text, width);
        // The first fault may cover a few rows of the text; what does not fit at all ends with a sign of it.
        let most = if rows.is_empty() { MOST_COVERED.max(free) } else { free };
        if rows.len() + whole.len() <= most {
            rows.extend(whole.into_iter().map(|line| (Role::Error, at, line)));
        } else {
            rows.push((Role::Error, at, truncate_to_width(&sanitise_line(&text), width).into_owned()));
        }
    }
    rows
}
