//! The primary metric by the values of a data column: each arm within each slice, one of them with the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::table::{arm_width, interval_bar};
use super::{ScoresPage, paragraphs};
use crate::run::scores::SliceCell;
use crate::state::ScoresState;
use crate::stats::wording::{self, counted};
use crate::theme::{Role, Theme};
use crate::view::overlay::list::say;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};

/// A row of the list.
enum Row {
    /// The value of a slice and how many cases have it.
    Value(String),
    /// An arm within a slice, by its place among all such lines.
    Arm(usize),
}

pub(super) fn slices(
    scores: &ScoresState,
    page: &ScoresPage,
    body: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let (Some(sliced), Some((slice, arm))) = (page.slices.get(scores.slice), scores.sliced()) else {
        let none = "No column of the data has values that several cases share: nothing to slice by.";
        paragraphs(&[(Role::Muted, none.to_owned())], 0, body, buffer, theme);
        return;
    };
    let arms = &page.table.arms;
    let width = usize::from(body.width);
    let height_of =
        |lines: &[(Role, String)]| -> u16 { lines.iter().map(|(_, words)| word_rows(words, width).len() as u16).sum() };
    let column = format!("column {} of {}", scores.slice + 1, page.slices.len());
    let head = [(Role::Title, sliced.label(&page.table.settings)), (Role::Muted, column)];
    let of_focus = sliced.slices.get(slice).and_then(|slice| slice.cells.get(arm));
    let value = sliced.slices.get(slice).map_or("", |slice| slice.value.as_str());
    let said = of_focus.map_or_else(String::new, SliceCell::in_words);
    let name = |arm: usize| arms.get(arm).map_or("", String::as_str);
    let foot =
        [(Role::Text, format!("{}, {} = {value}: {said}", name(arm), sliced.column)), (Role::Muted, sliced.why())];
    let above = height_of(&head).min(body.height / 2);
    let below = height_of(&foot).min((body.height - above) / 2);
    let list = Rect { y: body.y + above, height: body.height - above - below, ..body };
    paragraphs(&head, 0, Rect { height: above, ..body }, buffer, theme);
    paragraphs(&foot, 0, Rect { y: list.bottom(), height: below, ..body }, buffer, theme);
    let rows: Vec<Row> = sliced
        .slices
        .iter()
        .enumerate()
        .flat_map(|(number, slice)| {
            let cases = counted(slice.places.len() as u64, "case");
            let value = Row::Value(format!("{} = {} · {cases}", sliced.column, slice.value));
            std::iter::once(value).chain((0..arms.len()).map(move |arm| Row::Arm(number * arms.len() + arm)))
        })
        .collect();
    let focused = rows.iter().position(|row| matches!(row, Row::Arm(line) if *line == scores.slice_line)).unwrap_or(0);
    let shown = usize::from(list.height);
    let first = (focused + 1).saturating_sub(shown);
    let names = usize::from(arm_width(arms, 12, 40.min(body.width / 3)));
    for (at, row) in rows.iter().skip(first).take(shown).enumerate() {
        let place = Rect { y: list.y + at as u16, height: 1, ..list };
        match row {
            Row::Value(value) => say(&sanitise_line(value), Role::Label, place, buffer, theme),
            Row::Arm(line) => {
                let here = *line == scores.slice_line;
                let role = if here { Role::Selection } else { Role::Text };
                buffer.set_style(place, theme.style(role));
                let cell = sliced.slices.get(line / arms.len()).and_then(|slice| slice.cells.get(line % arms.len()));
                let name = sanitise_line(name(line % arms.len())).into_owned();
                let name = truncate_to_width(&name, names.saturating_sub(3)).into_owned();
                let gap = " ".repeat(names.saturating_sub(2 + display_width(&name)));
                let mark = if here { "▸ " } else { "  " };
                let words = format!("{mark}{name}{gap}{}", cell.map_or_else(String::new, in_brief));
                say(&words, role, place, buffer, theme);
                drawn.targets.push((place, Target::Line(*line)));
            }
        }
    }
}

/// The mean with its interval drawn, and the difference to the baseline.
fn in_brief(cell: &SliceCell) -> String {
    let Some(figures) = cell.figures else { return "no answer of this machine".to_owned() };
    let bar = interval_bar(figures.mean, figures.interval, (0.0, 1.0));
    let against = cell.against.map_or_else(
        || "baseline".to_owned(),
        |against| format!("{}, {}", wording::signed(against.difference), wording::p_value(against.q)),
    );
    format!("{:.3} n {:<5} {bar}  {against}", figures.mean, figures.n)
}
