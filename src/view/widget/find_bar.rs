//! The find bar at the foot of a pane: the fields, "3 of 17", and what can be clicked. An answer has no second line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::field;
use crate::app::Action;
use crate::editor::{Case, FindStatus, MatchCount, Notice, PatternKind};
use crate::state::{FindBar, FindPart};
#[cfg(test)]
use crate::state::{FindPlace, Pane};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// Columns of "Find " and "With ".
const LABEL: u16 = 5;
/// The narrowest field worth drawing beside buttons.
const FIELD: u16 = 10;

/// The fewest columns in which a reason can be told.
const REASON: usize = 12;

/// Whether what is searched can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// A text: replacing, and the choice of case and expression.
    Text,
    /// An answer: only looking.
    Answer,
}

/// A piece at the right end of a line.
struct Button {
    text: String,
    role: Role,
    action: Option<Action>,
}

fn button(text: impl Into<String>, role: Role, action: Action) -> Button {
    Button { text: text.into(), role, action: Some(action) }
}

/// Rows the bar takes from a pane of `height` rows; at least one is left to the text.
pub fn rows(searched: Searched, height: u16) -> u16 {
    let wanted = if searched == Searched::Text { 2 } else { 1 };
    wanted.min(height.saturating_sub(1))
}

/// Draws the bar into `area` and gives back the caret, if one of its fields has the keys.
pub fn draw(
    find: &mut FindBar,
    status: Option<FindStatus>,
    searched: Searched,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    buffer.set_style(area, theme.style(Role::Status));
    let first = Rect { height: 1, ..area };
    // Beside the label, the narrowest field and the three buttons.
    let room = usize::from(area.width.saturating_sub(LABEL + FIELD + 7).min(area.width / 2));
    let mut right = said(find, status, room);
    right.push(button("↑", Role::Key, Action::FindPrevious));
    right.push(button("↓", Role::Key, Action::FindNext));
    right.push(button("×", Role::Key, Action::Leave));
    let place = line(first, "Find ", find.part == FindPart::Pattern, right, buffer, theme, drawn);
    drawn.targets.push((place, Target::Find(FindPart::Pattern)));
    let caret = field::draw(&mut find.pattern, place, buffer, theme);
    let mut shown = caret.filter(|_| find.part == FindPart::Pattern);
    if searched == Searched::Text && area.height > 1 {
        let second = Rect { y: area.y + 1, height: 1, ..area };
        let right = vec![
            button("one", Role::Key, Action::ReplaceOne),
            button("all", Role::Key, Action::ReplaceAll),
            button(case(find.case), Role::Label, Action::FindCase),
            button(kind(find.kind), Role::Label, Action::FindRegex),
        ];
        let place = line(second, "With ", find.part == FindPart::Replacement, right, buffer, theme, drawn);
        drawn.targets.push((place, Target::Find(FindPart::Replacement)));
        let caret = field::draw(&mut find.replacement, place, buffer, theme);
        shown = shown.or(caret.filter(|_| find.part == FindPart::Replacement));
    }
    shown
}

/// One line: a label, room for a field (given back), and what stands at the right, as much of it as fits.
fn line(
    area: Rect,
    label: &str,
    active: bool,
    right: Vec<Button>,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    let role = if active { Role::TitleFocused } else { Role::Label };
    let ground = theme.style(Role::Status);
    let over = |role: Role| -> Style { ground.patch(theme.style(role)) };
    Line::from(Span::styled(label, over(role))).render(Rect { width: LABEL.min(area.width), ..area }, buffer);
    let mut end = area.right();
    for piece in right.into_iter().rev() {
        let width = display_width(&piece.text) as u16;
        if end < area.x + LABEL + FIELD + width + 1 {
            continue;
        }
        end -= width;
        let cell = Rect { x: end, width, ..area };
        Line::from(Span::styled(piece.text, over(piece.role))).render(cell, buffer);
        if let Some(action) = piece.action {
            drawn.targets.push((cell, Target::Do(action)));
        }
        end -= 1;
    }
    let start = (area.x + LABEL).min(area.right());
    Rect { x: start, width: end.saturating_sub(start), ..area }
}

/// What the search has to say: a fault, a count, what was replaced.
fn said(find: &FindBar, status: Option<FindStatus>, room: usize) -> Vec<Button> {
    if find.pattern.buffer().is_empty() {
        return Vec::new();
    }
    let (role, text) = match (&find.notice, status) {
        (Some(Notice::InvalidPattern(reason)), _) => {
            // Where the reason has no room, that it cannot be read has.
            let reason = if room < REASON { "no regex".into() } else { sanitise_line(reason) };
            (Role::Error, reason.into_owned())
        }
        (Some(Notice::Replaced(count)), _) => (Role::Success, format!("{count} replaced")),
        (_, None) => return Vec::new(),
        (_, Some(FindStatus { count: MatchCount::Exactly(0), .. })) => (Role::Warning, "no match".to_owned()),
        (notice, Some(FindStatus { current, count })) => {
            let count = match count {
                MatchCount::Exactly(count) => count.to_string(),
                MatchCount::AtLeast(count) => format!("{count}+"),
            };
            let wrapped = if *notice == Some(Notice::Wrapped) { "↻ " } else { "" };
            (Role::Text, current.map_or(format!("{count} found"), |current| format!("{wrapped}{current} of {count}")))
        }
    };
    vec![Button { text: truncate_to_width(&text, room).into_owned(), role, action: None }]
}

const fn case(case: Case) -> &'static str {
    match case {
        Case::Smart => "Aa:smart",
        Case::Sensitive => "Aa:exact",
        Case::Insensitive => "Aa:any",
    }
}

const fn kind(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::Literal => "text",
        PatternKind::Regex => "regex",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{ColorLevel, Library};

    #[test]
    fn that_a_pattern_cannot_be_read_is_said_at_any_width() {
        let theme = Library::default_theme(ColorLevel::Mono);
        for (width, said) in [(41, "unclosed character…"), (60, "unclosed character class"), (32, "no regex")] {
            let mut find = FindBar::default();
            find.open_on(FindPlace { pane: Pane::Prompt, field: 0 }, Some("(\\w+[".to_owned()));
            find.notice = Some(Notice::InvalidPattern("unclosed character class".to_owned()));
            let area = Rect::new(0, 0, width, 2);
            let mut buffer = Buffer::empty(area);
            draw(&mut find, None, Searched::Text, area, &mut buffer, &theme, &mut Drawn::default());
            let line: String = (0..width).filter_map(|x| Some(buffer.cell((x, 0))?.symbol())).collect();
            assert!(line.contains(said), "{width}: {line}");
        }
    }
}
