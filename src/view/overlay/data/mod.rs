//! The data pane drawn: what can be looked at, the window's rows in columns, the selected row in full, what keys do.

mod detail;
mod foot;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::{open_box, say};
use crate::state::{DataSource, DataState, DataTyping, Keys};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, fit_parts, sanitise_line, word_rows};
use crate::view::widget::field;

/// With fewer rows than this the selected row is not shown in full.
const ROOMY: u16 = 15;

/// Draws it over the screen.
pub(super) fn draw(
    data: &mut DataState,
    keys: &Keys,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let inside = open_box(area, buffer, theme, "Data", &aside(data));
    if inside.is_empty() {
        return;
    }
    let line = |row: u16| Rect { y: inside.y + row, height: 1, ..inside }.intersection(inside);
    tabs(data, line(0), buffer, theme, drawn);
    about(data, line(1), buffer, theme, drawn);
    let mut body = Rect { y: inside.y + 2.min(inside.height), height: inside.height.saturating_sub(2), ..inside };
    if body.height > 4 {
        body.height -= 1;
        foot::hints(data, keys, Rect { y: body.bottom(), height: 1, ..body }, buffer, theme, drawn);
    }
    if let Some(asked) = foot::asked(data, body, buffer, theme, drawn) {
        body.height = asked.y.saturating_sub(body.y);
    }
    if let Some(fault) = data.fault.as_ref().filter(|_| data.window.is_none()) {
        let rows = word_rows(fault, usize::from(body.width));
        for (row, text) in rows.into_iter().take(usize::from(body.height)).enumerate() {
            say(&text, Role::Error, Rect { y: body.y + row as u16, height: 1, ..body }, buffer, theme);
        }
        return;
    }
    let Some(window) = &data.window else {
        say(&reading(data), Role::Muted, body, buffer, theme);
        return;
    };
    let width = usize::from(body.width);
    let detail = if body.height >= ROOMY { detail::rows(data, window, width) } else { Vec::new() };
    let kept = (detail.len() as u16).min(body.height / 2);
    let list = Rect { height: body.height - kept, ..body };
    table::draw(data, list, buffer, theme, drawn);
    for (row, (role, text)) in detail.into_iter().take(usize::from(kept)).enumerate() {
        say(&text, role, Rect { y: list.bottom() + row as u16, height: 1, ..body }, buffer, theme);
    }
}

/// Where one is, at the frame.
fn aside(data: &DataState) -> String {
    let Some(window) = &data.window else { return String::new() };
    let of = if window.total == window.of { String::new() } else { format!(" · {} in all", window.of) };
    match data.shown() {
        0 => format!("no row{of}"),
        shown => format!("row {} of {shown}{of}", data.selected + 1),
    }
}

/// How far the first reading is.
fn reading(data: &DataState) -> String {
    match (data.source(), data.reading) {
        (None, _) => "Nothing to look at yet: o opens a data file.".to_owned(),
        (Some(DataSource::Split(_)), _) => "reading…".to_owned(),
        (_, None) => "reading the file through once; after that only the rows in sight are read… Esc stops".to_owned(),
        (_, Some((share, rows))) => {
            let share = share.map_or_else(String::new, |share| format!("{:.0} %, ", share * 100.0));
            format!("reading the file through once: {share}{rows} rows… Esc stops")
        }
    }
}

/// What can be looked at; the shown one in brackets.
fn tabs(data: &DataState, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let mut column = line.x;
    for (index, source) in data.sources.iter().enumerate() {
        let name = match source {
            DataSource::Split(split) => split.as_str().to_owned(),
            DataSource::File(path) => {
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            }
        };
        let here = index == data.here;
        let name = sanitise_line(&name).into_owned();
        let text = if here { format!("[{name}]") } else { format!(" {name} ") };
        let width = display_width(&text) as u16;
        // With many files the shown one must not be the one that has no room.
        if column + width > line.right() {
            if !here {
                continue;
            }
            column = line.right().saturating_sub(width).max(line.x);
        }
        let cell = Rect { x: column, width: width.min(line.right() - column), ..line };
        say(&text, if here { Role::TitleFocused } else { Role::Muted }, cell, buffer, theme);
        drawn.targets.push((cell, Target::Tab(index)));
        column = (column + width + 1).min(line.right());
    }
}

/// What is typed; else what went wrong; else what the rows are.
fn about(data: &mut DataState, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if line.is_empty() {
        return;
    }
    let label = match data.typing {
        DataTyping::Rows => "",
        DataTyping::Search => "find: ",
        DataTyping::Jump => "row number or id: ",
        DataTyping::Path => "path of a data file: ",
        DataTyping::Filter => "keep rows with: ",
    };
    if let Some(editor) = &mut data.typed {
        let width = (display_width(label) as u16).min(line.width);
        Line::from(Span::styled(label, theme.style(Role::Accent))).render(Rect { width, ..line }, buffer);
        let place = Rect { x: line.x + width, width: line.width - width, ..line };
        let caret = if place.is_empty() { None } else { field::draw(editor, place, buffer, theme) };
        drawn.caret = caret.or(Some(Position::new(line.right() - 1, line.y)));
        return;
    }
    let (role, words) = match (&data.fault, &data.window) {
        (Some(fault), Some(_)) => (Role::Error, fault.clone()),
        _ if data.searching => (Role::Info, format!("looking for \"{}\"… · Esc stops", data.wanted)),
        (_, Some(_)) if data.writing.is_some() => {
            let share = data.writing.flatten().map_or_else(String::new, |share| format!("{:.0} %", share * 100.0));
            (Role::Info, format!("writing… {share} · Esc stops"))
        }
        (_, Some(window)) => {
            let mut parts: Vec<String> = Vec::new();
            let mut role = Role::Muted;
            if let Some(hits) = data.hits.filter(|_| !data.wanted.is_empty()) {
                parts.push(format!("\"{}\" {}", data.wanted, hits.in_words(data.selected)));
            }
            parts.extend(arrangement(data));
            if let Some(edits) = data.edits().filter(|edits| !edits.is_empty()) {
                parts.push(format!("not written: {}", edits.in_words()));
            }
            if let Some(words) = leaked(data) {
                role = Role::Warning;
                parts.push(words);
            }
            if window.faulty > 0 {
                role = Role::Warning;
                parts.push(format!("✗ {} faulty {}", window.faulty, if window.faulty == 1 { "row" } else { "rows" }));
            }
            parts.push(window.file.clone());
            parts.push(window.about.clone());
            (role, parts.join(" · "))
        }
        _ => return,
    };
    let words = sanitise_line(&words).into_owned();
    say(&fit_parts(&words, usize::from(line.width)), role, line, buffer, theme);
}

/// Which rows are shown and how they are ordered, in words.
fn arrangement(data: &DataState) -> Option<String> {
    let mut words = Vec::new();
    if !data.filter.is_empty() {
        words.push(format!("kept: {}", data.filter));
    }
    if let Some((column, downwards)) = &data.sort {
        words.push(format!("by {column} {}", if *downwards { "↓" } else { "↑" }));
    }
    if let Some(share) = data.share {
        words.push(format!("{:.0} % looked through, Esc stops", share * 100.0));
    }
    words.extend(data.order_note.clone());
    (!words.is_empty()).then(|| words.join(" · "))
}

fn leaked(data: &DataState) -> Option<String> {
    match data.leaks.as_ref()? {
        Ok(marks) if marks.test.len() == 1 => Some("! 1 test row is in train, or almost".to_owned()),
        Ok(marks) if !marks.test.is_empty() => {
            Some(format!("! {} test rows are in train, or almost", marks.test.len()))
        }
        Ok(_) => None,
        Err(reason) => Some(format!("leaks not looked for: {reason}")),
    }
}

/// A column's name with its role.
fn heading(role: Option<&str>, name: &str) -> String {
    let name = sanitise_line(name);
    match role {
        Some(role) if role != name => format!("{name} ({role})"),
        _ => name.into_owned(),
    }
}

#[cfg(test)]
mod tests;
