//! How many of the rows that are shown hold a text, and which of these the selected one is. What was counted is kept: the next
//! place found is then only looked up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pending::Pending;
use super::rows::{held, rows_of};
use super::{DataFind, Desk};
use crate::app::event::DataNews;
use crate::data::Changes;
use crate::state::DataSource;

/// Rows that are looked through between two looks at whether anybody still wants it.
const BLOCK: usize = 256;
/// What was counted so far is told this often.
const TOLD: Duration = Duration::from_millis(300);

/// The last count that went through all rows.
#[derive(Default)]
pub(super) struct LastCount(Mutex<Option<Counted>>);

/// Which rows hold a text.
struct Counted {
    source: DataSource,
    text: String,
    order: Option<Arc<[u32]>>,
    changes: Arc<Changes>,
    /// Their places among the shown rows, ascending.
    places: Arc<[u32]>,
}

impl LastCount {
    fn get(&self, find: &DataFind) -> Option<Arc<[u32]>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same_order = |counted: &Counted| match (&counted.order, &find.order) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let counted = kept.as_ref().filter(|counted| {
            counted.text == find.text
                && counted.source == find.source
                && same_order(counted)
                && counted.changes == find.changes
        })?;
        Some(Arc::clone(&counted.places))
    }

    fn put(&self, find: &DataFind, places: Arc<[u32]>) {
        let (source, text, order) = (find.source.clone(), find.text.clone(), find.order.clone());
        let counted = Counted { source, text, order, changes: Arc::clone(&find.changes), places };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
    }

    /// Forgets it: the rows may be others now.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Counts the rows with the text; `from` is the one that was found.
pub(super) fn count(desk: &Desk<'_>, find: &DataFind) -> DataNews {
    let generation = find.generation;
    let said = |places: &[u32], whole| {
        let place = places.partition_point(|place| u64::from(*place) <= find.from) as u64;
        DataNews::Counted { generation, row: find.from, place, of: places.len() as u64, whole }
    };
    if let Some(places) = desk.files.counted.get(find) {
        return said(&places, true);
    }
    let mut places = Vec::new();
    match gone_through(desk, find, &mut places, &said) {
        Ok(true) => {
            let places: Arc<[u32]> = places.into();
            let news = said(&places, true);
            desk.files.counted.put(find, places);
            news
        }
        // What cannot be read was said by the search.
        Ok(false) | Err(_) => DataNews::Stopped,
    }
}

/// Whether all rows were gone through.
fn gone_through(
    desk: &Desk<'_>,
    find: &DataFind,
    places: &mut Vec<u32>,
    said: &dyn Fn(&[u32], bool) -> DataNews,
) -> Result<bool, String> {
    // The source is on the screen, so it has been read through.
    let rows = rows_of(desk, &find.source, desk.files.wanted.load(std::sync::atomic::Ordering::Relaxed))?;
    let mut reader = Pending::new(&rows, &find.changes);
    let total = find.order.as_ref().map_or_else(|| reader.count(), |order| order.len()).min(u32::MAX as usize);
    let mut told = Instant::now();
    for at in 0..total {
        if at.is_multiple_of(BLOCK) {
            if !desk.files.wants_count(find.generation) {
                return Ok(false);
            }
            if told.elapsed() >= TOLD {
                told = Instant::now();
                if !(desk.tell)(said(places, false)) {
                    return Ok(false);
                }
            }
        }
        let place = find.order.as_ref().map_or(Some(at), |order| order.get(at).map(|place| *place as usize));
        let Some(place) = place else { continue };
        if held(reader.read(place)?, &find.text).is_some() {
            places.push(at as u32);
        }
    }
    rows.set().verify_unchanged().map_err(|error| super::in_words(&error))?;
    Ok(true)
}
