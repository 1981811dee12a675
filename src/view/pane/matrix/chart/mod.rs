//! The run as a chart: cost against score, how scores lie, what each arm adds, the verdict of the table.

mod cost;
mod histogram;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::state::State;
use crate::state::matrix::{FigureKind, Figures, OpenRun, View};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{sanitise_line, word_rows};
use crate::view::widget::steps;

/// Draws the view that is chosen.
pub(super) fn draw(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    drawn.targets.push((area, Target::Rows));
    let Some(run) = &state.matrix.run else { return };
    let lines = lines(state, run, area, theme);
    let rows = usize::from(area.height).max(1);
    let most = lines.len().saturating_sub(rows);
    state.matrix.scroll = state.matrix.scroll.min(most);
    for (row, line) in lines.into_iter().skip(state.matrix.scroll).take(rows).enumerate() {
        line.render(Rect { y: area.y + row as u16, height: 1, ..area }, buffer);
    }
}

fn lines(state: &State, run: &OpenRun, area: Rect, theme: &Theme) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let kind = match state.matrix.view {
        View::Histogram => FigureKind::Histogram,
        View::Ladder => FigureKind::Ladder,
        View::Fourfold => FigureKind::Fourfold,
        View::Cells | View::Heat | View::Cost => return cost::lines(run, state.matrix.column, area, theme),
    };
    match state.matrix.figures.get(&kind) {
        None => say(&[(Role::Muted, "reading…".to_owned())], width, theme),
        Some(Figures::Reading(share)) => {
            let text =
                if *share > 0.85 { "reckoning…".to_owned() } else { format!("reading: {:.0} %", share * 100.0) };
            say(&[(Role::Muted, text)], width, theme)
        }
        Some(Figures::Nothing(why)) => say(&[(Role::Warning, why.clone())], width, theme),
        Some(Figures::Words(words)) => say(&ranked(words), width, theme),
        Some(Figures::Histogram(counts)) => histogram::lines(run, counts, state.matrix.column, area, theme),
        Some(Figures::Ladder(chart)) => steps::lines(chart, false, width)
            .into_iter()
            .map(|(role, text)| Line::from(Span::styled(sanitise_line(&text).into_owned(), theme.style(role))))
            .collect(),
    }
}

/// What is read first stands out: the headline, between the first two empty lines; what is for those who ask why steps back.
fn ranked(words: &[String]) -> Vec<(Role, String)> {
    let mut gaps = 0;
    let rank = |words: &String| {
        gaps += usize::from(words.is_empty());
        let role = match gaps {
            1 if !words.is_empty() => Role::Title,
            _ if words.starts_with("why: ") => Role::Muted,
            _ => Role::Text,
        };
        (role, words.clone())
    };
    words.iter().map(rank).collect()
}

/// Words in rows of the width there is.
fn say(words: &[(Role, String)], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    words
        .iter()
        .flat_map(|(role, text)| {
            word_rows(&sanitise_line(text), width)
                .into_iter()
                .map(|row| Line::from(Span::styled(row, theme.style(*role))))
        })
        .collect()
}

/// A text in so many columns: cut, or filled with blanks.
fn fit(text: &str, width: usize) -> String {
    let text = sanitise_line(text).into_owned();
    let text = crate::view::text::truncate_to_width(&text, width).into_owned();
    let gap = width.saturating_sub(crate::view::text::display_width(&text));
    format!("{text}{}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{ColorLevel, Library};

    #[test]
    fn the_headline_stands_out_and_the_reasons_step_back() {
        let words = ["a over 6 cases:", "plain 0.1", "", "Tune it.", "", "Better by 0.2.", "why: a test", "all free"];
        let ranked = ranked(&words.map(str::to_owned));
        let roles: Vec<Role> = ranked.iter().map(|(role, _)| *role).collect();
        let (text, title) = (Role::Text, Role::Title);
        assert_eq!(roles, [text, text, text, title, text, text, Role::Muted, text]);
        let rows = say(&ranked, 40, &Library::default_theme(ColorLevel::Mono));
        assert_eq!(rows.len(), words.len(), "an empty line keeps its row");
    }
}
