//! Which rows are shown, in which order: the source is gone through once, what was found is told as it grows. Another order, or
//! none, ends it.

use std::time::{Duration, Instant};

use super::Desk;
use super::rows::rows_of;
use crate::app::event::DataNews;
use crate::data::{RowSeen, Sorter};
use crate::state::ArrangeQuery;

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
        Ok((rows, coarse)) => DataNews::Arranged { generation, result: Ok(rows.into()), share: None, coarse },
        Err(reason) => DataNews::Arranged { generation, result: Err(reason), share: None, coarse: false },
    }
}

fn find(desk: &Desk<'_>, query: &ArrangeQuery) -> Result<(Vec<u32>, bool), String> {
    let generation = query.generation;
    // The source is on the screen, so it has been read through.
    let rows = rows_of(desk, &query.source, desk.files.wanted.load(std::sync::atomic::Ordering::Relaxed))?;
    let total = rows.count().min(u32::MAX as usize);
    let mut reader = rows.reader();
    let mut sorter = query.sort.as_ref().map(|(_, downwards)| Sorter::new(*downwards));
    let column = query.sort.as_ref().map(|(column, _)| column);
    let mut kept: Vec<u32> = Vec::new();
    let began = Instant::now();
    let (mut told, mut pause) = (began, FIRST);
    for place in 0..total {
        if place.is_multiple_of(BLOCK) {
            if !desk.files.wants_order(generation) {
                return Ok((kept, false));
            }
            if told.elapsed() >= pause {
                // Each time twice as long: ordering what was found must not become the work.
                let found = sorter.as_mut().map_or_else(|| kept.clone(), Sorter::order);
                let share = Some(place as f64 / total.max(1) as f64);
                if !(desk.tell)(DataNews::Arranged { generation, result: Ok(found.into()), share, coarse: false }) {
                    return Ok((kept, false));
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
    Ok(match &mut sorter {
        Some(sorter) => (sorter.order(), sorter.is_coarse()),
        None => (kept, false),
    })
}
