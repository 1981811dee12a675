//! The selected row in full: where it stands, what is wrong with it or was changed, each value.

use serde_json::Value;

use super::heading;
use crate::data::{RowChange, Split};
use crate::state::{DataRow, DataSource, DataState, DataWindow};
use crate::theme::Role;
use crate::view::text::word_rows;

/// Its lines.
pub(super) fn rows(data: &DataState, window: &DataWindow, width: usize) -> Vec<(Role, String)> {
    let mut lines = vec![(Role::Rule, "─".repeat(width))];
    if let Some((_, added)) = data.added(data.selected) {
        lines.push((Role::Label, "a new row · it is in the file once a version is written (w)".to_owned()));
        for (name, value) in added {
            let text = if let Value::String(text) = value { text.clone() } else { value.to_string() };
            lines.extend(word_rows(&format!("{name}: {text}"), width).into_iter().map(|row| (Role::Text, row)));
        }
        return lines;
    }
    let Some(row) = data.row(data.selected) else { return Vec::new() };
    lines.push((Role::Label, whereabouts(data, row)));
    if let Some(fault) = &row.fault {
        lines.extend(word_rows(&format!("✗ {fault}"), width).into_iter().map(|row| (Role::Error, row)));
    }
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
    let change = data.change(row);
    match change {
        Some(RowChange::Removed) => {
            lines.push((Role::Info, "- it is not in the next version; d lets it stay".to_owned()));
        }
        Some(RowChange::Text(text)) => {
            lines.extend(word_rows(&format!("* now: {text}"), width).into_iter().map(|row| (Role::Accent, row)));
        }
        Some(RowChange::Cells(_)) | None => {}
    }
    if row.broken {
        let raw = row.cells.first().map_or("", String::as_str);
        lines.extend(word_rows(raw, width).into_iter().map(|row| (Role::Text, row)));
        return lines;
    }
    for (column, value) in window.columns.iter().zip(&row.cells) {
        let now = match change {
            Some(RowChange::Cells(cells)) => cells.get(&column.name),
            _ => None,
        };
        let name = heading(column.role, &column.name);
        if let Some(now) = now {
            let text = if let Value::String(text) = now { text.clone() } else { now.to_string() };
            lines.extend(word_rows(&format!("* {name}: {text}"), width).into_iter().map(|row| (Role::Accent, row)));
            lines.extend(word_rows(&format!("  was: {value}"), width).into_iter().map(|row| (Role::Muted, row)));
        } else if !value.is_empty() {
            lines.extend(word_rows(&format!("{name}: {value}"), width).into_iter().map(|row| (Role::Text, row)));
        }
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
        None if data.window.as_ref().is_some_and(|window| window.used) => format!("row {} of the file", row.number),
        None => format!("row {} of a file that this workbench does not use", row.number),
    }
}
