//! Which rows are shown, in which order: the source is gone through once, what was found is told as it grows. Another order, or
//! none, ends it.

use std::time::{Duration, Instant};

use super::Desk;
use super::pending::Pending;
use super::rows::rows_of;
use crate::app::event::DataNews;
use crate::data::{RowSeen, Sorter};
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

fn find(desk: &Desk<'_>, query: &ArrangeQuery) -> Result<Found, String> {
    let generation = query.generation;
    // The source is on the screen, so it has been read through.
    let rows = rows_of(desk, &query.source, desk.files.wanted.load(std::sync::atomic::Ordering::Relaxed))?;
    let mut reader = Pending::new(&rows, &query.changes);
    let total = reader.count().min(u32::MAX as usize);
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
        let row = reader.read(place)?;
        if let Some(filter) = &query.filter {
            let number = rows.in_file(place).map_or(0, |row| row as u64 + 1);
            let leaked = || {
                let place = rows.place(desk.session, place)?;
                query.leaks.as_ref()?.of(place)
            };
            let seen = RowSeen {
                values: row.values.as_ref().map_err(String::as_str),
                marked: query.marks.contains(&number),
                faulty: row.fault.is_some(),
                leaked: filter.asks_for_leaks() && leaked().is_some(),
            };
            if !filter.holds(seen) {
                continue;
            }
        }
        match (&mut sorter, column) {
            (Some(sorter), Some(column)) => {
                sorter.push(place as u32, row.values.as_ref().ok().and_then(|values| values.get(column)));
            }
            _ => kept.push(place as u32),
        }
    }
    rows.set().verify_unchanged().map_err(|error| super::in_words(&error))?;
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
