//! Which rows are shown, in which order: the source is gone through once, what was found is told as it grows. Another order, or
//! none, ends it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::Desk;
use super::pending::Pending;
use super::rows::{Rows, rows_of};
use crate::app::event::DataNews;
use crate::data::{RowSeen, SheetRow, Sorter};
use crate::state::{ArrangeQuery, EditedRow};

/// Rows that are looked through between two looks at whether anybody still wants it.
const BLOCK: usize = 256;
/// What was found is told for the first time after this.
const FIRST: Duration = Duration::from_millis(150);
/// And at the latest after this.
const LATEST: Duration = Duration::from_secs(8);

/// Finds the order; the answer is its end, or why there is none.
pub(super) fn arranged(desk: &Desk<'_>, query: &ArrangeQuery) -> DataNews {
    let generation = query.generation;
    match find(desk, query) {
        Ok(Found { rows, coarse, followed }) => {
            DataNews::Arranged { generation, result: Ok(rows.into()), share: None, coarse, followed }
        }
        Err(reason) => {
            DataNews::Arranged { generation, result: Err(reason), share: None, coarse: false, followed: None }
        }
    }
}

/// An order that is whole.
#[derive(Default)]
struct Found {
    rows: Vec<u32>,
    coarse: bool,
    /// Where in it the row is that was to be followed.
    followed: Option<u64>,
}

/// The rows of a source as they will be, and which of them are kept.
struct Look<'a> {
    desk: &'a Desk<'a>,
    query: &'a ArrangeQuery,
    rows: &'a Rows<'a>,
    reader: Pending<'a>,
}

impl Look<'_> {
    fn is_kept(&self, place: usize, row: &SheetRow) -> bool {
        let Self { desk, query, rows, .. } = self;
        let Some(filter) = &query.filter else { return true };
        let number = rows.in_file(place).map_or(0, |row| row as u64 + 1);
        let leaked = || query.leaks.as_ref()?.of(rows.place(desk.session, place)?);
        filter.holds(RowSeen {
            values: row.values.as_ref().map_err(String::as_str),
            marked: query.marks.contains(&number),
            faulty: row.fault.is_some(),
            leaked: filter.asks_for_leaks() && leaked().is_some(),
        })
    }

    /// Where a row goes among those of an order, which are ordered by its column or as in the file.
    fn place_among(&mut self, order: &[u32], place: u32, row: &SheetRow) -> Result<usize, String> {
        let Some((column, downwards)) = &self.query.sort else {
            return Ok(order.partition_point(|other| *other < place));
        };
        let (mut low, mut high) = (0, order.len());
        while low < high {
            let middle = low.midpoint(high);
            let Some(other) = order.get(middle).copied() else { break };
            let seen = self.reader.read(other as usize)?;
            let mut two = Sorter::new(*downwards);
            two.push(other, value_of(&seen, column));
            two.push(place, value_of(row, column));
            if two.order().first() == Some(&other) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

fn value_of<'r>(row: &'r SheetRow, column: &str) -> Option<&'r Value> {
    row.values.as_ref().ok().and_then(|values| values.get(column))
}

fn find(desk: &Desk<'_>, query: &ArrangeQuery) -> Result<Found, String> {
    // The source is on the screen, so it has been read through.
    let rows = rows_of(desk, &query.source, desk.files.wanted.load(std::sync::atomic::Ordering::Relaxed))?;
    let mut look = Look { desk, query, rows: &rows, reader: Pending::new(&rows, &query.changes) };
    let found = match (&query.before, query.follow) {
        (Some(before), Some(row)) => moved(&mut look, before, row)?,
        _ => whole(&mut look)?,
    };
    rows.set().verify_unchanged().map_err(|error| super::in_words(&error))?;
    Ok(found)
}

/// The order once one row of it was changed: no other is looked at but those it is compared with, as many as halving takes.
fn moved(look: &mut Look<'_>, before: &[u32], row: EditedRow) -> Result<Found, String> {
    let place = match row {
        EditedRow::Of(row) => look.rows.place_of(row),
        EditedRow::Added(index) => Some(look.rows.count() + index),
    };
    let total = look.reader.count();
    let mut rows: Vec<u32> =
        before.iter().copied().filter(|other| Some(*other as usize) != place && (*other as usize) < total).collect();
    let Some(place) = place.filter(|place| *place < total) else { return Ok(Found { rows, ..Found::default() }) };
    let seen = look.reader.read(place)?;
    if !look.is_kept(place, &seen) {
        return Ok(Found { rows, ..Found::default() });
    }
    let at = look.place_among(&rows, place as u32, &seen)?;
    rows.insert(at, place as u32);
    Ok(Found { rows, coarse: false, followed: Some(at as u64) })
}

/// Goes through all rows.
fn whole(look: &mut Look<'_>) -> Result<Found, String> {
    let (desk, query) = (look.desk, look.query);
    let generation = query.generation;
    let total = look.reader.count().min(u32::MAX as usize);
    let mut sorter = query.sort.as_ref().map(|(_, downwards)| Sorter::new(*downwards));
    let column = query.sort.as_ref().map(|(column, _)| column);
    let mut kept: Vec<u32> = Vec::new();
    let began = Instant::now();
    let (mut told, mut pause) = (began, FIRST);
    for place in 0..total {
        if place.is_multiple_of(BLOCK) {
            if !desk.files.wants_order(generation) {
                return Ok(Found::default());
            }
            if told.elapsed() >= pause {
                // Each time twice as long: ordering what was found must not become the work.
                let found = sorter.as_mut().map_or_else(|| kept.clone(), Sorter::order);
                let share = Some(place as f64 / total.max(1) as f64);
                let result = Ok(found.into());
                if !(desk.tell)(DataNews::Arranged { generation, result, share, coarse: false, followed: None }) {
                    return Ok(Found::default());
                }
                told = Instant::now();
                pause = (pause * 2).min(LATEST);
            }
        }
        let row = look.reader.read(place)?;
        if !look.is_kept(place, &row) {
            continue;
        }
        match (&mut sorter, column) {
            (Some(sorter), Some(column)) => {
                sorter.push(place as u32, value_of(&row, column));
            }
            _ => kept.push(place as u32),
        }
    }
    let rows = look.rows;
    let (order, coarse) = match &mut sorter {
        Some(sorter) => (sorter.order(), sorter.is_coarse()),
        None => (kept, false),
    };
    let is_followed = |place: &u32| {
        let place = *place as usize;
        match query.follow {
            Some(EditedRow::Of(row)) => place < rows.count() && rows.in_file(place) == Some(row),
            Some(EditedRow::Added(index)) => place == rows.count() + index,
            None => false,
        }
    };
    let followed = query.follow.and_then(|_| order.iter().position(is_followed)).map(|at| at as u64);
    Ok(Found { rows: order, coarse, followed })
}
