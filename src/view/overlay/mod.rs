//! What lies over the screen: lists, help, previews, questions.

mod ablation;
mod calls;
mod data;
mod distil;
mod failures;
mod forgetting;
mod give_key;
mod history;
mod judge;
mod list;
mod mapping;
mod own_keys;
mod pages;
mod press;
mod scores;
mod sequence;
mod start_run;
mod strengths;
mod tune;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[cfg(test)]
pub(crate) use own_keys::chords_of;
pub(super) use sequence::draw as draw_follows;

use super::screen::{Drawn, Target};
use crate::app::Action;
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
        Overlay::Messages { scroll } => {
            let (inside, _) = pages::show(area, buffer, theme, "Messages", &pages::messages(state), scroll);
            drawn.targets.push((inside, Target::Page));
        }
        Overlay::Preview { slot, scroll } => {
            let title = format!("What {} sends", slot.letter());
            let (inside, _) = pages::show(area, buffer, theme, &title, &pages::preview(state, *slot), scroll);
            drawn.targets.push((inside, Target::Page));
        }
        Overlay::Calls { slot, scroll, heads } => {
            let title = format!("The calls behind {}'s answer", slot.letter());
            let inside;
            (inside, *heads) = pages::show(area, buffer, theme, &title, &calls::page(state, *slot), scroll);
            drawn.targets.push((inside, Target::Page));
        }
        Overlay::Ablation => ablation::draw(&mut state.ablation, area, buffer, theme, drawn),
        Overlay::Data => {
            let keys = std::sync::Arc::clone(&state.keys);
            data::draw(&mut state.data, &keys, area, buffer, theme, drawn);
        }
        Overlay::Mapping(form) => mapping::draw(form, area, buffer, theme, drawn),
        Overlay::History(history) => history::draw(history, area, buffer, theme, drawn),
        Overlay::ConfirmQuit(work) => {
            let question = vec![format!("Quit although {work}?")];
            confirm(("Quit", question), [("y", "quit"), ("n or Esc", "stay")], area, buffer, theme, drawn);
        }
        Overlay::ConfirmRecord(ask) => {
            let keys = [("Enter or y", "ask"), ("n or Esc", "not now")];
            confirm(("Record answers", ask.lines.clone()), keys, area, buffer, theme, drawn);
        }
        Overlay::Tune => tune::draw(&mut state.tune, area, buffer, theme, drawn),
        Overlay::Failures => failures::draw(&state.failures, area, buffer, theme, drawn),
        Overlay::Scores => scores::draw(&mut state.scores, area, buffer, theme, drawn),
        Overlay::Judge => judge::draw(&mut state.judge, area, buffer, theme, drawn),
        Overlay::Distil => distil::draw(&mut state.distil, area, buffer, theme, drawn),
        Overlay::Forgetting => forgetting::draw(&state.forgetting, area, buffer, theme, drawn),
        Overlay::Strengths => {
            let primary = state.primary.clone();
            if let Some(strip) = &mut state.strengths {
                strengths::draw(strip, &primary, area, buffer, theme, drawn);
            }
        }
        Overlay::Tally(page) => {
            pages::show(area, buffer, theme, "Votes", &pages::tally(state, page), &mut 0);
        }
        Overlay::GiveKey(form) => give_key::draw(form, area, buffer, theme, drawn),
        Overlay::PasteCase(editor, fault) => {
            drawn.caret = pages::paste_case(state, area, buffer, theme, editor, fault.as_deref());
        }
        Overlay::StartRun(form) => start_run::draw(form, area, buffer, theme, drawn),
        Overlay::RaiseLimit(asked) => {
            let words = (format!("Run {} has reached its limit", asked.run), "Enter: go on · Esc");
            pages::form(area, buffer, theme, (&words.0, words.1), (&mut asked.fields, 0), drawn);
        }
        Overlay::MatrixSearch(fields) => {
            pages::form(area, buffer, theme, ("Search the cases", "Enter: keep these · Esc"), (fields, 0), drawn);
        }
        Overlay::Samples { slot, fields, focused } => {
            let words = (format!("Several answers of {}", slot.letter()), "Enter: ask · Esc");
            pages::form(area, buffer, theme, (&words.0, words.1), (fields, *focused), drawn);
        }
        Overlay::NewPrompt(form) => {
            let aside = match (form.making, form.fields.get(form.focused)) {
                (true, _) => "making it…",
                (false, Some(field)) if !field.choices.is_empty() => "Enter: make it · ← →: choose · Esc",
                (false, _) => "Enter: make it · Esc",
            };
            pages::form(area, buffer, theme, ("A new prompt", aside), (&mut form.fields, form.focused), drawn);
        }
        Overlay::Parameters { slot, fields, focused } => {
            let aside = match fields.get(*focused) {
                Some(field) if field.long => "Ctrl+J: new line · Enter: keep · Esc",
                Some(field) if !field.choices.is_empty() => "← →: choose · Enter: keep · Esc",
                _ => "empty: as the model says · Enter: keep · Esc",
            };
            let title = format!("Parameters of {}", slot.letter());
            pages::form(area, buffer, theme, (&title, aside), (fields, *focused), drawn);
        }
    }
    state.overlays.push(top);
}

/// Draws the page of keys over everything; the wheel scrolls it.
pub(super) fn draw_help(state: &mut State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let Some(mut scroll) = state.help else { return };
    let lines = pages::help(state, pages::width_in(area));
    let (inside, _) = pages::show(area, buffer, theme, "Keys", &lines, &mut scroll);
    state.help = Some(scroll);
    drawn.targets.push((inside, Target::Page));
    drawn.page_rows = usize::from(inside.height).max(1);
}

/// A question, and under it the keys for yes and no; both can be clicked.
fn confirm(
    (title, mut lines): (&str, Vec<String>),
    [yes, no]: [(&str, &str); 2],
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let [yes, no] = [yes, no].map(|(key, does)| format!("{key}  {does}"));
    lines.extend([String::new(), format!("{yes}    {no}")]);
    let (inside, _) = pages::show(area, buffer, theme, title, &pages::plain(lines), &mut 0);
    // The rows are as many as the box is high, but for a question that does not fit.
    let taken = (yes.len() as u16, (yes.len() + 4) as u16);
    if let Some(y) = (inside.y..inside.bottom()).rev().find(|y| row_of(buffer, inside, *y).starts_with(&yes)) {
        drawn.targets.push((Rect { y, height: 1, width: taken.0.min(inside.width), ..inside }, Target::Line(0)));
        let x = inside.x + taken.1.min(inside.width);
        let no = Rect { x, y, height: 1, width: (no.len() as u16).min(inside.right() - x) };
        drawn.targets.push((no, Target::Do(Action::Leave)));
    }
}

/// What stands in a row of `area`.
fn row_of(buffer: &Buffer, area: Rect, y: u16) -> String {
    (area.x..area.right()).filter_map(|x| buffer.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect()
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
