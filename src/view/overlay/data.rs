//! The data pane drawn: what can be looked at, the window's rows in columns, the selected row in full, what keys do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::{centred, open_box, say};
use crate::data::Split;
use crate::state::{DataRow, DataSource, DataState, DataTyping, DataWindow};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, fit_parts, sanitise_line, truncate_to_width, word_rows};
use crate::view::widget::field;

/// The widest a column becomes beside others.
const WIDEST: usize = 44;
/// Between two columns.
const GAP: usize = 2;
/// Columns of the split's name, where rows of a file are in several.
const SPLIT: usize = 6;
/// With fewer rows than this the selected row is not shown in full.
const ROOMY: u16 = 15;

/// Draws it over the screen.
pub(super) fn draw(data: &mut DataState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, area.width, area.height.saturating_sub(if area.height > 14 { 2 } else { 0 }));
    let aside = data.window.as_ref().map_or_else(String::new, |window| {
        if window.total == 0 { String::new() } else { format!("row {} of {}", data.selected + 1, window.total) }
    });
    let inside = open_box(outer, buffer, theme, "Data", &aside);
    if inside.is_empty() {
        return;
    }
    let line = |row: u16| Rect { y: inside.y + row, height: 1, ..inside }.intersection(inside);
    tabs(data, line(0), buffer, theme, drawn);
    about(data, line(1), buffer, theme, drawn);
    let mut body = Rect { y: inside.y + 2.min(inside.height), height: inside.height.saturating_sub(2), ..inside };
    if body.height > 4 {
        body.height -= 1;
        let does =
            "Enter into Compose · / find · n next · g row or id · o open · m columns · Tab split · ←→ columns · Esc";
        say(
            &fit_parts(does, usize::from(body.width)),
            Role::Muted,
            Rect { y: body.bottom(), height: 1, ..body },
            buffer,
            theme,
        );
    }
    if let Some(fault) = data.fault.as_ref().filter(|_| data.window.is_none()) {
        for (row, text) in
            word_rows(fault, usize::from(body.width)).into_iter().take(usize::from(body.height)).enumerate()
        {
            say(&text, Role::Error, Rect { y: body.y + row as u16, height: 1, ..body }, buffer, theme);
        }
        return;
    }
    let Some(window) = &data.window else {
        let words = match data.source() {
            None => "Nothing to look at yet: o opens a data file.",
            Some(DataSource::Split(_)) => "reading…",
            Some(DataSource::File(_)) => "reading the file through once; after that only the rows in sight are read…",
        };
        say(words, Role::Muted, body, buffer, theme);
        return;
    };
    let detail = if body.height >= ROOMY { detail_rows(data, window, usize::from(body.width)) } else { Vec::new() };
    let kept = (detail.len() as u16).min(body.height / 2);
    let list = Rect { height: body.height - kept, ..body };
    rows(data, window, list, buffer, theme, drawn);
    for (row, (role, text)) in detail.into_iter().take(usize::from(kept)).enumerate() {
        say(&text, role, Rect { y: list.bottom() + row as u16, height: 1, ..body }, buffer, theme);
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
        _ if data.searching => (Role::Info, format!("looking for \"{}\"…", data.wanted)),
        (_, Some(window)) => {
            let leaked = match &data.leaks {
                Some(Ok(marks)) if marks.test.len() == 1 => " · ! 1 test row is in train, or almost".to_owned(),
                Some(Ok(marks)) if !marks.test.is_empty() => {
                    format!(" · ! {} test rows are in train, or almost", marks.test.len())
                }
                Some(Err(reason)) => format!(" · leaks not looked for: {reason}"),
                _ => String::new(),
            };
            let role = if leaked.is_empty() { Role::Muted } else { Role::Warning };
            (role, format!("{}{leaked} · {}", window.file, window.about))
        }
        _ => return,
    };
    let words = sanitise_line(&words).into_owned();
    say(&fit_parts(&words, usize::from(line.width)), role, line, buffer, theme);
}

/// One value on one line.
fn flat(text: &str, width: usize) -> String {
    // Longer than any column is wide; the rest need not be looked at.
    let start: String = text.chars().take(width * 4).collect();
    let words = start.split_whitespace().collect::<Vec<_>>().join(" ");
    truncate_to_width(&sanitise_line(&words), width).into_owned()
}

/// Which columns have room from the first shown one on, and how wide each is.
fn widths(data: &DataState, window: &DataWindow, room: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut left = room;
    for (index, column) in window.columns.iter().enumerate().skip(data.left) {
        if left < 4 {
            break;
        }
        let last = index + 1 == window.columns.len();
        let values = window.rows.iter().filter_map(|row| row.cells.get(index));
        let widest = values.map(|text| display_width(&flat(text, WIDEST))).max().unwrap_or(0);
        let wanted = widest.max(display_width(&heading(column.role, &column.name)).min(WIDEST)).max(3);
        let width = if last { left } else { wanted.min(left) };
        found.push((index, width));
        left = left.saturating_sub(width + GAP);
    }
    found
}

fn heading(role: Option<&str>, name: &str) -> String {
    let name = sanitise_line(name);
    match role {
        Some(role) if role != name => format!("{name} ({role})"),
        _ => name.into_owned(),
    }
}

fn rows(data: &DataState, window: &DataWindow, list: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let digits = window.total.max(1).to_string().len().max(3);
    // Rows of a split are all of that split; those of a file may be of several.
    let split =
        if matches!(data.source(), Some(DataSource::File(_))) && window.rows.iter().any(|row| row.place.is_some()) {
            SPLIT
        } else {
            0
        };
    let gutter = 2 + digits + 2 + split;
    let columns = widths(data, window, usize::from(list.width).saturating_sub(gutter));
    let head = Rect { height: list.height.min(1), ..list };
    let mut text = format!("  {:>digits$}  {}", "#", if split > 0 { "split " } else { "" });
    for (index, width) in &columns {
        let Some(column) = window.columns.get(*index) else { continue };
        text.push_str(&padded(&truncate_to_width(&heading(column.role, &column.name), *width), *width));
    }
    if data.left > 0 {
        text.replace_range(0..1, "‹");
    }
    say(text.trim_end(), Role::TableHead, head, buffer, theme);
    let list = Rect { y: list.y + head.height, height: list.height - head.height, ..list };
    let height = u64::from(list.height).max(1);
    // The selected row stays away from the edges, as far as there are rows.
    let first = data.selected.saturating_sub(height / 2).min(window.total.saturating_sub(height));
    for line in 0..list.height {
        let place = first + u64::from(line);
        if place >= window.total {
            break;
        }
        let area = Rect { y: list.y + line, height: 1, ..list };
        let here = place == data.selected;
        let row = data.row(place);
        let leaked = row.is_some_and(|row| data.leak(row).is_some());
        let role = if here { Role::Selection } else { Role::Text };
        let mark = if here { "▸" } else { " " };
        let warn = if leaked { "!" } else { " " };
        let mut text = format!("{mark}{warn}{:>digits$}  ", place + 1);
        match row {
            None => text.push('…'),
            Some(row) => {
                if split > 0 {
                    text.push_str(&padded(row.place.map_or("—", |(split, _)| split.as_str()), SPLIT - GAP));
                }
                for (index, width) in &columns {
                    let value = row.cells.get(*index).map_or("", String::as_str);
                    text.push_str(&padded(&flat(value, *width), *width));
                }
            }
        }
        buffer.set_style(area, theme.style(role));
        say(text.trim_end(), role, area, buffer, theme);
        if leaked && !here {
            say("!", Role::Warning, Rect { x: area.x + 1, width: 1, ..area }.intersection(area), buffer, theme);
        }
        drawn.targets.push((area, Target::Line(usize::try_from(place).unwrap_or(usize::MAX))));
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text)) + GAP))
}

/// The selected row: where it is, whether it leaks, every value in full.
fn detail_rows(data: &DataState, window: &DataWindow, width: usize) -> Vec<(Role, String)> {
    let Some(row) = data.row(data.selected) else { return Vec::new() };
    let mut lines = vec![(Role::Rule, "─".repeat(width))];
    lines.push((Role::Label, whereabouts(data, row)));
    if let Some((split, place, alike)) = data.leak(row) {
        let how = if alike >= 1.0 {
            format!("! asks the same as {} row {}", split.as_str(), place + 1)
        } else {
            format!(
                "! {:.0} % of its three-word sequences are those of {} row {}",
                alike * 100.0,
                split.as_str(),
                place + 1
            )
        };
        lines.push((Role::Warning, how));
    }
    for (column, value) in window.columns.iter().zip(&row.cells) {
        if value.is_empty() {
            continue;
        }
        let name = heading(column.role, &column.name);
        let mut rows = word_rows(&format!("{name}: {value}"), width).into_iter();
        lines.extend(rows.by_ref().map(|row| (Role::Text, row)));
    }
    lines
}

fn whereabouts(data: &DataState, row: &DataRow) -> String {
    let file = matches!(data.source(), Some(DataSource::File(_)));
    match row.place {
        Some((split, place)) if file => format!("row {} of the file: {} {}", row.number, split.as_str(), place + 1),
        Some((Split::Test, place)) => {
            format!("test {} · row {} of the file · Enter opens it by hand, which is recorded", place + 1, row.number)
        }
        Some((split, place)) => format!("{} {} · row {} of the file", split.as_str(), place + 1, row.number),
        None => format!("row {} of a file that this workbench does not use", row.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{DataColumn, LeakMarks};
    use crate::theme::{ColorLevel, Library};

    fn pane(total: u64) -> DataState {
        let row = |place: u64| DataRow {
            number: place + 1,
            place: Some((Split::Test, place as usize)),
            cells: vec![
                format!("t-{place}"),
                "Two kettles\nfor Ada \u{1b}[31m".to_owned(),
                "{\"item\": \"kettle\"}".to_owned(),
            ],
        };
        let column = |name: &str, role| DataColumn { name: name.to_owned(), role };
        let window = DataWindow {
            file: "data/test.jsonl".to_owned(),
            about: format!("{total} rows · JSON lines"),
            columns: vec![column("id", Some("id")), column("order", None), column("answer", Some("reference"))],
            total,
            first: 0,
            rows: (0..total.min(60)).map(row).collect(),
        };
        let mut marks = LeakMarks::default();
        marks.test.insert(1, (11, 0.87));
        DataState {
            sources: Split::ALL.map(DataSource::Split).to_vec(),
            here: 2,
            window: Some(window),
            leaks: Some(Ok(std::sync::Arc::new(marks))),
            ..DataState::default()
        }
    }

    fn drawn(data: &mut DataState, width: u16, height: u16) -> (String, Drawn) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut places = Drawn::default();
        draw(data, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut places);
        (super::super::text_of(&buffer), places)
    }

    #[test]
    fn rows_columns_splits_and_leaks_are_seen() {
        let mut data = pane(200);
        data.selected = 1;
        let (text, places) = drawn(&mut data, 120, 40);
        for part in [
            "[test]",
            "row 2 of 200",
            "answer (reference)",
            "! 1 test row is in train, or almost",
            "▸!  2  t-1",
            "test 2 · row 2 of the file · Enter opens it by hand, which is recorded",
            "! 87 % of its three-word sequences are those of train row 12",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
        assert!(places.targets.iter().any(|(_, target)| *target == Target::Tab(0)));
        assert!(places.targets.iter().any(|(_, target)| *target == Target::Line(1)));
        data.left = 2;
        assert!(drawn(&mut data, 120, 40).0.contains("‹"), "columns to the left are told");
    }

    #[test]
    fn no_size_breaks_it_and_the_selected_row_stays_in_sight() {
        let mut data = pane(10_000_000);
        data.selected = 50;
        for typing in [DataTyping::Rows, DataTyping::Search] {
            data.typing = typing;
            data.typed = (typing != DataTyping::Rows).then(|| crate::editor::Editor::single_line("kettle"));
            for width in (0..=50).chain([79, 80, 120, 200]) {
                for height in (0..=24).chain([60]) {
                    let (text, _) = drawn(&mut data, width, height);
                    if width >= 40 && height >= 12 {
                        assert!(text.contains("▸"), "{width}x{height}:\n{text}");
                    }
                }
            }
        }
    }
}
