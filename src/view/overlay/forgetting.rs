//! What tuning lost beside what it gained: progress, then each kind of item with its interval in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::centred;
use super::press::open_box;
use crate::state::{ForgetOf, ForgettingState};
use crate::theme::{Role, Theme};
use crate::tune::{Found, forgetting_items};
use crate::view::screen::Drawn;
use crate::view::text::word_rows;

/// Columns of the bar.
const BAR: usize = 24;
/// Items that are named.
const NAMED: usize = 3;

/// What is measured.
const ABOUT: &str = "Measured is how probable a neutral text, and the answers to general questions, are to the base and to the tuned \
                     model. What became less probable has been unlearned.";

/// What measuring takes, said before it begins.
fn takes(server: Option<&str>) -> String {
    let (texts, questions) = forgetting_items();
    if let Some(server) = server {
        return format!(
            "{texts} short texts and {questions} questions are sent twice to {server}, to the base and to the tuned model, {} calls in all, \
             paid for as the server has it; no answers are asked for, and nothing of yours is sent. Esc lets it go on behind, x stops it.",
            2 * (texts + questions)
        );
    }
    format!(
        "{texts} short texts and {questions} questions are read twice on this machine, by the base and by the tuned model: half a minute \
         for a small model, longer for a large one. Nothing is sent or paid. Answers that stream meanwhile are slower; Esc \
         lets it go on behind, x stops it."
    )
}

/// Draws it over the screen.
pub(super) fn draw(page: &ForgettingState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let of = page.asks.as_ref().map(|(of, _)| of).or(page.of.as_ref());
    let name = of.map(ForgetOf::name).unwrap_or_default();
    let aside = if page.asks.is_some() {
        "Enter: measure · n or Esc: not now"
    } else if page.running {
        "x: stop · Esc: back, it goes on"
    } else {
        "r: again · Esc"
    };
    let width = 100.min(area.width);
    let lines = lines(page, usize::from(width.saturating_sub(4)), theme);
    let height = (lines.len() as u16 + 2).clamp(5, area.height.max(5));
    let inside = open_box(centred(area, width, height), buffer, theme, &format!("What {name} forgot"), aside, drawn);
    for (row, line) in lines.into_iter().take(usize::from(inside.height)).enumerate() {
        line.render(Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer);
    }
}

fn lines(page: &ForgettingState, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let say = |role: Role, words: &str| {
        word_rows(words, width)
            .into_iter()
            .map(|row| Line::from(Span::styled(row, theme.style(role))))
            .collect::<Vec<Line<'static>>>()
    };
    let mut lines = Vec::new();
    if page.asks.is_some() {
        lines.extend(say(Role::Text, &takes(page.asks_server.as_deref())));
        lines.extend(say(Role::Muted, ABOUT));
        return lines;
    }
    if let Some(fault) = &page.fault {
        lines.extend(say(Role::Error, &format!("{}. {}", fault.what, fault.hint)));
        return lines;
    }
    if page.running || page.items.is_empty() {
        let (done, of) = page.progress;
        let bar = BAR.min(width / 3);
        let full = (done as f64 / of.max(1) as f64 * bar as f64).round() as usize;
        let said = match (page.running, of) {
            (false, _) => "stopped".to_owned(),
            (true, 0) => "loading the model…".to_owned(),
            (true, _) => format!("{done} of {of} items, base against tuned"),
        };
        lines.push(Line::from(vec![
            Span::styled("█".repeat(full), theme.style(Role::Accent)),
            Span::styled("░".repeat(bar.saturating_sub(full)), theme.style(Role::Muted)),
            Span::styled(format!(" {said}"), theme.style(Role::Text)),
        ]));
        lines.extend(say(Role::Muted, ABOUT));
        return lines;
    }
    let kinds = page.kinds();
    let lost = kinds.iter().any(|kind| kind.found() == Found::Lost);
    lines.extend(say(
        Role::Title,
        if lost { "Something was forgotten" } else { "Nothing that was measured was forgotten" },
    ));
    for kind in kinds {
        let role = match kind.found() {
            Found::Lost => Role::ScoreBad,
            Found::Gained => Role::ScoreGood,
            Found::Nothing => Role::Text,
        };
        lines.extend(say(role, &kind.in_words()));
    }
    let worst = page.most_lost(NAMED);
    if !worst.is_empty() {
        let named: Vec<String> =
            worst.iter().map(|item| format!("{} ({:+.2})", item.name, item.tuned - item.base)).collect();
        lines.extend(say(Role::Muted, &format!("lost most, of single items: {}", named.join("; "))));
    }
    lines.extend(say(Role::Muted, ABOUT));
    lines.extend(say(Role::Title, "What tuning gained"));
    if page.gained.is_empty() {
        lines.extend(say(Role::Muted, "Run the four cells (Ctrl+T, Ctrl+R) to see it on a case."));
    }
    for words in &page.gained {
        lines.extend(say(Role::Text, words));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::theme::{ColorLevel, Library};
    use crate::tune::{ItemKind, ItemResult};

    fn drawn(page: &ForgettingState, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(page, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut Drawn::default());
        text_of(&buffer)
    }

    fn measured() -> ForgettingState {
        let item = |kind, n: u32| ItemResult {
            kind,
            name: format!("question {n}"),
            tokens: 4,
            base: -1.0,
            tuned: -1.5 - f64::from(n) * 0.01,
        };
        let items = (0..8).flat_map(|n| [item(ItemKind::Text, n), item(ItemKind::Question, n)]).collect();
        ForgettingState {
            of: Some(ForgetOf::Model("tuned".to_owned())),
            items,
            gained: vec!["exact-match: tuning adds +1.00".to_owned()],
            ..ForgettingState::default()
        }
    }

    #[test]
    fn what_was_lost_stands_beside_what_was_gained() {
        let text = drawn(&measured(), 100, 24);
        for part in [
            "What tuned forgot",
            "95 % interval",
            "Something was forgotten",
            "of single items: question 7",
            "What tuning gained",
            "tuning adds +1.00",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        let asks = Some((ForgetOf::Model("other".to_owned()), Vec::new()));
        let asked = ForgettingState { asks, ..measured() };
        let text = drawn(&asked, 100, 24);
        assert!(text.contains("8 short texts and 40 questions") && text.contains("Enter: measure"), "{text}");
        assert!(text.contains("What other forgot") && !text.contains("Something was forgotten"), "{text}");
        let running = ForgettingState { running: true, progress: (12, 48), ..measured() };
        assert!(drawn(&running, 100, 24).contains("12 of 48 items"));
    }

    #[test]
    fn no_size_breaks_it() {
        let asks = Some((ForgetOf::Model("other".to_owned()), Vec::new()));
        for page in
            [measured(), ForgettingState { asks, ..measured() }, ForgettingState { running: true, ..measured() }]
        {
            for width in (0..=45).chain([80, 200]) {
                for height in 0..=20 {
                    drawn(&page, width, height);
                }
            }
        }
    }
}
