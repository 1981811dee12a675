//! Which rows are shown, in which order: filters as they are typed, sorting by a column, and all rows again.

use super::{read, stop_order, stop_typing, type_in, work};
use crate::app::data::DataWork;
use crate::app::effect::Effect;
use crate::data::RowFilter;
use crate::state::{ArrangeQuery, DataState, DataTyping, EditedRow};

fn columns(data: &DataState) -> Vec<String> {
    data.window.iter().flat_map(|window| window.columns.iter().map(|column| column.name.clone())).collect()
}

/// Keeps the rows that were typed; what cannot be read stays where it is typed, with the reason.
pub(super) fn filter(data: &mut DataState, typed: &str) -> Vec<Effect> {
    if let Err(reason) = RowFilter::parse(typed, &columns(data)) {
        data.fault = Some(reason);
        return Vec::new();
    }
    stop_typing(data);
    typed.clone_into(&mut data.filter);
    arranged(data, None)
}

/// Keeps the rows with the selected cell's value.
pub(super) fn like(data: &mut DataState) -> Vec<Effect> {
    let column = data.column;
    let name = data.window.as_ref().and_then(|window| window.columns.get(column)).map(|column| column.name.clone());
    let value = data.value(data.selected, column);
    let (Some(name), Some(value)) = (name, value) else { return Vec::new() };
    if value.lines().nth(1).is_some() || value.contains(" & ") || value.len() > 200 {
        // Such a value cannot be typed as one; what can is offered.
        type_in(data, DataTyping::Filter, &format!("{name} ~ "));
        return Vec::new();
    }
    let part = format!("{name} = {value}");
    data.filter = if data.filter.is_empty() { part } else { format!("{} & {part}", data.filter) };
    arranged(data, None)
}

/// Orders by the selected column: upwards, downwards, as in the file.
pub(super) fn sort(data: &mut DataState) -> Vec<Effect> {
    let Some(name) = columns(data).into_iter().nth(data.column) else { return Vec::new() };
    data.sort = match &data.sort {
        Some((column, false)) if *column == name => Some((name, true)),
        Some((column, true)) if *column == name => None,
        _ => Some((name, false)),
    };
    arranged(data, None)
}

/// All rows in their order, with the one that is selected.
pub(super) fn all(data: &mut DataState) -> Vec<Effect> {
    let mut effects = stop_order(data);
    let row = data.row(data.selected).map_or(0, |row| row.at);
    data.forget_order();
    data.fault = None;
    effects.extend(read(data.read_at(row)));
    effects
}

/// Looks for the order once more after a row was changed: it may have left the filter, joined it, or have another place.
pub(super) fn again(data: &mut DataState, row: EditedRow) -> Vec<Effect> {
    if data.filter.is_empty() && data.sort.is_none() {
        return Vec::new();
    }
    arranged(data, Some(row))
}

/// Asks for the rows that the filter keeps, in the order of the column; a row that was changed stays selected.
fn arranged(data: &mut DataState, follow: Option<EditedRow>) -> Vec<Effect> {
    let filter = RowFilter::parse(&data.filter, &columns(data)).unwrap_or_default();
    if filter.is_none() && data.sort.is_none() {
        return all(data);
    }
    let Some(source) = data.source().cloned() else { return Vec::new() };
    // An order that is whole is right but for this row.
    let before = data.order.clone().filter(|_| follow.is_some() && data.share.is_none());
    data.arranging += 1;
    data.share = Some(0.0);
    data.order_note = None;
    data.fault = None;
    data.follow = follow;
    if follow.is_none() {
        data.selected = 0;
    }
    let changes = data.changes();
    let marks = data.path().and_then(|path| data.marks.get(path)).cloned().unwrap_or_default();
    let leaks = data.leaks.as_ref().and_then(|leaks| leaks.as_ref().ok()).cloned();
    let sort = data.sort.clone();
    let generation = data.arranging;
    work(DataWork::Arrange(ArrangeQuery { generation, source, filter, sort, marks, leaks, changes, follow, before }))
}
