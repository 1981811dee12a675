//! What lies over the screen: lists, help, previews, questions.

mod ablation;
mod calls;
mod data;
mod distil;
mod failures;
mod forgetting;
mod history;
mod judge;
mod list;
mod mapping;
mod pages;
mod scores;
mod sequence;
mod start_run;
mod strengths;
mod tune;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) use sequence::draw as draw_follows;

use super::screen::{Drawn, Target};
use crate::state::{Overlay, State};
use crate::theme::Theme;

/// Draws the topmost overlay.
pub(super) fn draw(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let Some(mut top) = state.overlays.pop() else { return };
    match &mut top {
        Overlay::Pick(_, picker) => {
            let list = list::draw(picker, area, buffer, theme);
            drawn.caret = list.caret;
            drawn.targets.extend(list.lines.into_iter().map(|(index, place)| (place, Target::Line(index))));
        }
        Overlay::Help { scroll } => {
            pages::show(area, buffer, theme, "Keys", &pages::help(state, pages::width_in(area)), scroll);
        }
        Overlay::Messages { scroll } => pages::show(area, buffer, theme, "Messages", &pages::messages(state), scroll),
        Overlay::Preview { slot, scroll } => {
            let title = format!("What {} sends", slot.letter());
            pages::show(area, buffer, theme, &title, &pages::preview(state, *slot), scroll);
        }
        Overlay::Calls { slot, scroll } => {
            let title = format!("The calls behind {}'s answer", slot.letter());
            pages::show(area, buffer, theme, &title, &calls::page(state, *slot), scroll);
        }
        Overlay::Ablation => ablation::draw(&mut state.ablation, area, buffer, theme),
        Overlay::Data => {
            let keys = std::sync::Arc::clone(&state.keys);
            data::draw(&mut state.data, &keys, area, buffer, theme, drawn);
        }
        Overlay::Mapping(form) => mapping::draw(form, area, buffer, theme, drawn),
        Overlay::History(history) => history::draw(history, area, buffer, theme, drawn),
        Overlay::ConfirmQuit(work) => {
            let lines = vec![format!("Quit although {work}?"), String::new(), "y  quit    n or Esc  stay".to_owned()];
            pages::show(area, buffer, theme, "Quit", &pages::plain(lines), &mut 0);
        }
        Overlay::ConfirmRecord(ask) => {
            let keys = [String::new(), "Enter or y  ask    n or Esc  not now".to_owned()];
            let lines = ask.lines.iter().cloned().chain(keys).collect();
            pages::show(area, buffer, theme, "Record answers", &pages::plain(lines), &mut 0);
        }
        Overlay::Tune => tune::draw(&mut state.tune, area, buffer, theme, drawn),
        Overlay::Failures => failures::draw(&state.failures, area, buffer, theme, drawn),
        Overlay::Scores => scores::draw(&mut state.scores, area, buffer, theme, drawn),
        Overlay::Judge => judge::draw(&mut state.judge, area, buffer, theme),
        Overlay::Distil => distil::draw(&mut state.distil, area, buffer, theme, drawn),
        Overlay::Forgetting => forgetting::draw(&state.forgetting, area, buffer, theme),
        Overlay::Strengths => {
            let primary = state.primary.clone();
            if let Some(strip) = &mut state.strengths {
                strengths::draw(strip, &primary, area, buffer, theme, drawn);
            }
        }
        Overlay::Tally(page) => pages::show(area, buffer, theme, "Votes", &pages::tally(state, page), &mut 0),
        Overlay::PasteCase(editor, fault) => {
            drawn.caret = pages::paste_case(state, area, buffer, theme, editor, fault.as_deref());
        }
        Overlay::StartRun(form) => start_run::draw(form, area, buffer, theme, drawn),
        Overlay::RaiseLimit(asked) => {
            let words = (format!("Run {} has reached its limit", asked.run), "Enter: go on · Esc");
            drawn.caret = pages::form(area, buffer, theme, (&words.0, words.1), &mut asked.fields, 0);
        }
        Overlay::MatrixSearch(fields) => {
            drawn.caret = pages::form(area, buffer, theme, ("Search the cases", "Enter: keep these · Esc"), fields, 0);
        }
        Overlay::Samples { slot, fields, focused } => {
            let words = (format!("Several answers of {}", slot.letter()), "Enter: ask · Esc");
            drawn.caret = pages::form(area, buffer, theme, (&words.0, words.1), fields, *focused);
        }
        Overlay::Parameters { slot, fields, focused } => {
            let words = (format!("Parameters of {}", slot.letter()), "empty: as the model says · Enter: keep · Esc");
            drawn.caret = pages::form(area, buffer, theme, (&words.0, words.1), fields, *focused);
        }
    }
    state.overlays.push(top);
}

/// What is drawn, row by row.
#[cfg(test)]
fn text_of(buffer: &Buffer) -> String {
    let rows = (0..buffer.area.height).map(|y| {
        (0..buffer.area.width)
            .filter_map(|x| buffer.cell((x, y)))
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
    });
    rows.collect::<Vec<_>>().join("\n")
}
