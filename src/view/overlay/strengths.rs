//! The case at several strengths of an adapter: side by side where there is room, one under the other where not.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::{centred, say};
use super::press::{self, open_box};
use crate::score::{Aspect, NonAnswer, Outcome};
use crate::state::strengths::{Rung, in_words};
use crate::state::{CostNote, Phase, StrengthsState};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{fit_parts, sanitise_line, word_rows};

/// The narrowest column.
const COLUMN: u16 = 18;
/// From so many rows on the last two are for words and keys.
const WORDS_FROM: u16 = 9;

/// Draws it over the screen.
pub(super) fn draw(
    strip: &mut StrengthsState,
    primary: &str,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let outer = centred(area, 190, area.height);
    let prompt = strip.question.prompt_path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let title = format!("{} by strength: {} · {}", strip.model, sanitise_line(&prompt), strip.question.strategy.name());
    let aside = if strip.is_live() { "Esc: back, answers go on" } else { "Esc: back" };
    let inside = open_box(outer, buffer, theme, &title, aside, drawn);
    if inside.is_empty() {
        return;
    }
    let foot = if inside.height >= WORDS_FROM { 2 } else { u16::from(inside.height > 5) };
    let body = Rect { height: inside.height - foot, ..inside };
    let count = strip.rungs.len().max(1) as u16;
    let rows = if body.width / count >= COLUMN {
        columns(strip, primary, body, buffer, theme, drawn)
    } else {
        stacked(strip, primary, body, buffer, theme, drawn)
    };
    strip.scroll = strip.scroll.min(rows);
    let mut lines = Vec::new();
    if foot == 2 {
        let scores: Vec<(f64, Option<f64>)> =
            strip.rungs.iter().map(|rung| (rung.strength, rung.score(primary))).collect();
        lines.push((Role::Text, in_words(primary, &scores).unwrap_or_default()));
    }
    if foot > 0 {
        let stop = if strip.is_live() { " · x stop" } else { "" };
        let keys =
            format!("← → which · ↑ ↓ ±0.25 · + - ±0.05 · Enter asks new ones · r all again{stop} · PgDn scrolls");
        lines.push((Role::Muted, fit_parts(&keys, usize::from(inside.width)).into_owned()));
    }
    for (row, (role, text)) in lines.into_iter().enumerate() {
        let place = Rect { y: body.bottom() + row as u16, height: 1, ..inside };
        say(&text, role, place, buffer, theme);
        if role == Role::Muted {
            press::hints(&text, place, buffer, drawn);
        }
    }
}

/// A column each; gives how many rows of the longest answer lie below.
fn columns(
    strip: &StrengthsState,
    primary: &str,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> usize {
    let count = strip.rungs.len().max(1) as u16;
    let width = area.width / count;
    let mut below = 0;
    for (index, rung) in strip.rungs.iter().enumerate() {
        let x = area.x + width * index as u16;
        let column = Rect { x, width: width.saturating_sub(1), ..area }.intersection(area);
        drawn.targets.push((column, Target::Line(index)));
        let here = index == strip.selected;
        head(rung, here, Rect { height: column.height.min(1), ..column }, buffer, theme);
        let scores = scores(rung, primary);
        let score_rows = (scores.len() as u16).min(column.height.saturating_sub(2));
        let text = Rect { y: column.y + 1, height: column.height.saturating_sub(1 + score_rows), ..column };
        below = below.max(answer(rung, strip.scroll, text, buffer, theme));
        for (row, (role, words)) in scores.into_iter().take(usize::from(score_rows)).enumerate() {
            let place = Rect { y: text.bottom() + row as u16, height: 1, ..column };
            say(&words, role, place.intersection(area), buffer, theme);
        }
    }
    below
}

/// One under the other, the selected one in sight; gives how many rows of the longest answer lie below.
fn stacked(
    strip: &StrengthsState,
    primary: &str,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> usize {
    let count = strip.rungs.len().max(1) as u16;
    let each = (area.height / count).max(2);
    let fit = usize::from((area.height / each).max(1));
    let first = (strip.selected + 1).saturating_sub(fit);
    let mut below = 0;
    for (row, (index, rung)) in strip.rungs.iter().enumerate().skip(first).take(fit).enumerate() {
        let place = Rect { y: area.y + row as u16 * each, height: each, ..area }.intersection(area);
        drawn.targets.push((place, Target::Line(index)));
        let line = Rect { height: place.height.min(1), ..place };
        let left = Rect { width: line.width.min(COLUMN), ..line };
        head(rung, index == strip.selected, left, buffer, theme);
        let right = Rect { x: left.right() + 1, width: line.width.saturating_sub(left.width + 1), ..line };
        let words: Vec<String> = scores(rung, primary).into_iter().map(|(_, words)| words).collect();
        say(&words.join(" · "), Role::Text, right.intersection(area), buffer, theme);
        let text = Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place };
        below = below.max(answer(rung, strip.scroll, text.intersection(area), buffer, theme));
    }
    below
}

/// The strength, and where its answer stands.
fn head(rung: &Rung, here: bool, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let mark = if here { "▸ " } else { "  " };
    let state = match rung.sample.as_ref().map(|sample| &sample.phase) {
        None => "not asked",
        Some(Phase::Waiting) => "waiting",
        Some(Phase::Streaming) => "streaming",
        Some(Phase::Done(Outcome::NonAnswer(NonAnswer::Length))) => "cut at limit",
        Some(Phase::Done(Outcome::NonAnswer(NonAnswer::Refused))) => "refused",
        Some(Phase::Done(Outcome::NonAnswer(NonAnswer::Empty))) => "empty",
        Some(Phase::Done(Outcome::NonAnswer(_))) => "not usable",
        Some(Phase::Done(Outcome::Missing(_))) => "failed",
        Some(Phase::Done(Outcome::Answer) | Phase::Idle | Phase::Recorded { .. }) => "",
    };
    let role = if here { Role::TitleFocused } else { Role::Title };
    let line = Line::from(vec![
        Span::styled(format!("{mark}{:<5}", rung.strength.to_string()), theme.style(role)),
        Span::styled(format!(" {state}"), theme.style(Role::Muted)),
    ]);
    line.render(place, buffer);
}

/// The scores of a rung, a line each.
fn scores(rung: &Rung, primary: &str) -> Vec<(Role, String)> {
    let part = |aspect: Aspect| Some(format!("{} {:.2}", aspect.as_str(), rung.parts.score(aspect)?));
    let first = rung.score(primary).map(|value| {
        let role = if value >= 1.0 { Role::ScoreGood } else { Role::Text };
        (role, format!("{} {value:.2}", sanitise_line(primary)))
    });
    let parts = [Aspect::Form, Aspect::Content].into_iter().filter_map(part).map(|words| (Role::Muted, words));
    // What the arm has cost in all is no figure of one strength.
    let cost = rung.sample.as_ref().and_then(|sample| sample.figures.cost).map(|note| match note {
        CostNote::Of { cost, .. } => cost.in_words(),
        CostNote::Unknown => note.in_words(),
    });
    first.into_iter().chain(parts).chain(cost.map(|words| (Role::Muted, words))).collect()
}

/// The answer's rows from the scrolled one on, or what stands in its place; gives how many lie below.
fn answer(rung: &Rung, scroll: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) -> usize {
    let (role, text) = match &rung.sample {
        None => (Role::Muted, "Enter asks".to_owned()),
        Some(sample) => match &sample.fault {
            Some(fault) if sample.text.is_empty() => (Role::Error, format!("{}. {}", fault.what, fault.hint)),
            _ => (Role::Text, sample.text.clone()),
        },
    };
    let rows = word_rows(&text, usize::from(area.width));
    let below = rows.len().saturating_sub(usize::from(area.height).max(1));
    for (row, text) in rows.iter().skip(scroll.min(below)).take(usize::from(area.height)).enumerate() {
        let place = Rect { y: area.y + row as u16, height: 1, ..area };
        Line::from(Span::styled(text.clone(), theme.style(role))).render(place, buffer);
    }
    below
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::model::Parameters;
    use crate::run::Question;
    use crate::score::{Parts, Score};
    use crate::state::{ArmSlot, ScoreLine};
    use crate::strategy::StrategyConfig;
    use crate::theme::{ColorLevel, Library};

    fn strip() -> StrengthsState {
        let question = Question {
            arm: "plain".to_owned(),
            prompt_path: "a.prompty".into(),
            prompt_text: None,
            strategy: StrategyConfig::default(),
            model: "tuned".to_owned(),
            parameters: Parameters::default(),
            case: std::sync::Arc::default(),
            split: None,
            sample: 0,
        };
        let mut strip = StrengthsState::new(ArmSlot::A, "tuned", question, 0);
        strip.begin(|_| true);
        for (index, rung) in strip.rungs.iter_mut().enumerate() {
            let Some(sample) = &mut rung.sample else { continue };
            sample.text = format!("{{\"answer\": {index}}} and\u{1b}]0;x\u{7} {}", "many words ".repeat(20));
            sample.phase = Phase::Done(Outcome::Answer);
            let score = Score::value(if index > 1 { 1.0 } else { 0.0 });
            sample.scores = vec![ScoreLine { metric: "exact-match".to_owned(), score }];
            rung.parts = Parts::of(Outcome::Answer, &sample.text, Some("{\"answer\":2}"));
        }
        strip
    }

    fn drawn(strip: &mut StrengthsState, width: u16, height: u16) -> (String, Drawn) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut drawn = Drawn::default();
        draw(strip, "exact-match", area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut drawn);
        (text_of(&buffer), drawn)
    }

    #[test]
    fn strengths_stand_side_by_side_or_one_under_the_other() {
        for (width, height) in [(120, 40), (40, 12), (80, 24), (200, 60)] {
            let (text, drawn) = drawn(&mut strip(), width, height);
            assert!(text.contains("▸ 1 "), "{width}x{height}:\n{text}");
            assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
            assert!(drawn.targets.len() >= 3, "{width}x{height}");
        }
        let (text, _) = drawn(&mut strip(), 120, 40);
        for part in
            ["0.25", "1.5", "exact-match 1.00", "form 0.", "content 1.00", "exact-match is best from strength 0.5 on"]
        {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn no_size_breaks_it_and_scrolling_ends_at_the_end() {
        let mut strip = strip();
        strip.scroll = 10_000;
        for width in (0..=45).chain([80, 94, 95, 96, 200]) {
            for height in 0..=20 {
                drawn(&mut strip, width, height);
            }
        }
        assert!(strip.scroll < 1_000);
    }
}
