//! Key hints on a line: which fit and where (help and the palette are dropped last, the rest from the right), and how they are drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::screen::{Drawn, Target};
use crate::app::Action;
use crate::theme::{Role, Theme};

/// One key and what it does, as the footer shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What a click on it does.
    pub action: Action,
    /// The key, as people write it: `^R`, `F1`, `?`.
    pub key: String,
    /// A few words.
    pub title: String,
}

/// A hint with its place on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What is shown.
    pub hint: Hint,
    /// First column, from 0.
    pub start: u16,
    /// Columns taken: key, one blank, title.
    pub width: u16,
}

/// Between two hints.
const GAP: u16 = 3;

impl Hint {
    fn width(&self) -> u16 {
        (self.key.width() + 1 + self.title.width()) as u16
    }
}

/// Places `own` hints from the left and the `always` hints (help, palette) at the right end of `width` columns.
/// Too little room leaves out own hints that do not fit beside those before them; only then the always ones, from the first.
pub fn place(own: &[Hint], always: &[Hint], width: u16) -> Vec<Placed> {
    let mut always: Vec<Hint> = always.to_vec();
    let total =
        |hints: &[Hint]| hints.iter().map(Hint::width).sum::<u16>() + GAP * (hints.len().saturating_sub(1)) as u16;
    while !always.is_empty() && total(&always) > width {
        always.remove(0);
    }
    let reserved = if always.is_empty() { 0 } else { total(&always) + GAP };
    let mut placed = Vec::new();
    let mut column = 0;
    for hint in own {
        // A shorter one may still fit.
        if column + hint.width() + reserved > width {
            continue;
        }
        placed.push(Placed { hint: hint.clone(), start: column, width: hint.width() });
        column += hint.width() + GAP;
    }
    let mut column = width.saturating_sub(total(&always));
    for hint in always {
        let hint_width = hint.width();
        placed.push(Placed { hint, start: column, width: hint_width });
        column += hint_width + GAP;
    }
    placed
}

/// Draws hints on their line, the words of each in `words`; a click on one does what its key does.
pub(super) fn draw(hints: Vec<Placed>, line: Rect, words: Role, theme: &Theme, buffer: &mut Buffer, drawn: &mut Drawn) {
    for Placed { hint, start, width } in hints {
        let cell = Rect { x: line.x + start, width, ..line };
        Line::from(vec![
            Span::styled(hint.key, theme.style(Role::Key)),
            Span::styled(format!(" {}", hint.title), theme.style(words)),
        ])
        .render(cell, buffer);
        drawn.targets.push((cell, Target::Do(hint.action)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(titles: &[(Action, &str, &str)]) -> Vec<Hint> {
        titles
            .iter()
            .map(|(action, key, title)| Hint { action: *action, key: (*key).to_owned(), title: (*title).to_owned() })
            .collect()
    }

    #[test]
    fn help_and_palette_go_last_and_nothing_overlaps_at_any_width() {
        let own =
            hints(&[(Action::Run, "^R", "run"), (Action::Save, "^S", "save"), (Action::Preview, "F9", "messages")]);
        let always = hints(&[(Action::Palette, "^P", "all"), (Action::Help, "F1", "help")]);
        let mut before = 0;
        for width in 0..80 {
            let placed = place(&own, &always, width);
            assert!(placed.len() >= before || width < 20, "hints come back as the line grows");
            before = placed.len();
            let mut end = 0;
            for place in &placed {
                assert!(place.start >= end, "overlap at {width}");
                end = place.start + place.width;
                assert!(end <= width);
            }
            if width >= 7 {
                assert!(placed.iter().any(|place| place.hint.action == Action::Help), "no help at {width}");
            }
        }
        assert_eq!(place(&own, &always, 80).len(), 5);
    }
}
