//! Which cases are shown, in which order: a part of the run after the other, told as it is found. Another question, or none, ends it.

use std::time::{Duration, Instant};

use super::OrderQuery;
use crate::run::runner::Plan;
use crate::state::matrix::{Keep, Sort};
use crate::store::{RowCondition, RowKey, Store, StoreError};

/// Trials that are looked through in one go: what the reader is held for.
const AT_ONCE: u32 = 8_192;
/// What was found is told for the first time after this.
const FIRST: Duration = Duration::from_millis(150);

/// Finds the rows; `tell` hears of all that were found so far, in their order, and how much was looked through, `None` at the end. It
/// says whether anybody listens; `still` whether the question is still wanted.
pub(super) fn find(
    store: &Store,
    query: &OrderQuery,
    still: impl Fn() -> bool,
    mut tell: impl FnMut(Vec<u32>, Option<f64>) -> bool,
) -> Result<(), StoreError> {
    let conditions = conditions(query);
    let key = match query.sort {
        Sort::Rows => Key::None,
        Sort::Asked => asked(store, query)?.map_or(Key::None, Key::Place),
        Sort::Score { arm, .. } => Key::Of(RowKey::Score(arm)),
        Sort::Slowest(arm) => Key::Of(RowKey::Time(arm)),
    };
    let downwards = matches!(query.sort, Sort::Score { best: true, .. } | Sort::Slowest(_));
    let step = (AT_ONCE / query.trials.max(1)).max(16);
    let (mut found, mut without) = (Vec::<(f64, u32)>::new(), Vec::<u32>::new());
    let began = Instant::now();
    let (mut told, mut pause) = (began, FIRST);
    let mut from = 0;
    while from < query.rows {
        if !still() {
            return Ok(());
        }
        let part = from..query.rows.min(from.saturating_add(step));
        let mut rows = match conditions.first() {
            Some(first) => store.rows_where(query.run, part.clone(), first)?,
            None => planned(query, &part),
        };
        for condition in conditions.iter().skip(1) {
            if !rows.is_empty() {
                let also = store.rows_where(query.run, part.clone(), condition)?;
                rows.retain(|row| also.binary_search(row).is_ok());
            }
        }
        match &key {
            Key::Of(key) if !rows.is_empty() => {
                let keys = store.row_keys(query.run, part.clone(), *key)?;
                for row in rows {
                    match keys.binary_search_by_key(&row, |(row, _)| *row) {
                        Ok(place) => found.extend(keys.get(place).map(|(row, key)| (*key, *row))),
                        Err(_) => without.push(row),
                    }
                }
            }
            Key::Of(_) => {}
            Key::Place(places) => {
                let place = |row: u32| places.get(row as usize).copied().unwrap_or(u32::MAX);
                found.extend(rows.into_iter().map(|row| (f64::from(place(row)), row)));
            }
            Key::None => without.extend(rows),
        }
        from = part.end;
        if from < query.rows && told.elapsed() >= pause {
            // Each time twice as long: sorting what was found must not become the work.
            let share = f64::from(from) / f64::from(query.rows);
            if !tell(ordered(&mut found, &without, downwards), Some(share)) {
                return Ok(());
            }
            told = Instant::now();
            pause = if matches!(key, Key::None) { FIRST } else { pause * 2 };
        }
    }
    if still() {
        tell(ordered(&mut found, &without, downwards), None);
    }
    Ok(())
}

/// By what rows are ordered.
enum Key {
    /// As in the split.
    None,
    /// By what the store finds.
    Of(RowKey),
    /// By their place in the order of asking, by row.
    Place(Vec<u32>),
}

/// The place of each row in the order that the run asks them in; nothing of a run whose plan cannot be read.
fn asked(store: &Store, query: &OrderQuery) -> Result<Option<Vec<u32>>, StoreError> {
    let Some(plan) = store.run(query.run)?.and_then(|run| Plan::stored(&run).ok()) else { return Ok(None) };
    let mut places = vec![u32::MAX; query.rows as usize];
    for (at, row) in (0_u32..).zip(plan.order().rows()) {
        if let Some(place) = places.get_mut(row as usize) {
            *place = at;
        }
    }
    Ok(Some(places))
}

/// The rows with a key in its order, equal ones as in the split, then those without one.
fn ordered(found: &mut [(f64, u32)], without: &[u32], downwards: bool) -> Vec<u32> {
    if downwards {
        found.sort_unstable_by(|(a, x), (b, y)| b.total_cmp(a).then(x.cmp(y)));
    } else {
        found.sort_unstable_by(|(a, x), (b, y)| a.total_cmp(b).then(x.cmp(y)));
    }
    found.iter().map(|(_, row)| *row).chain(without.iter().copied()).collect()
}

/// The rows of the plan in a part of the split.
fn planned(query: &OrderQuery, part: &std::ops::Range<u32>) -> Vec<u32> {
    match &query.planned {
        None => part.clone().collect(),
        Some(rows) => {
            let from = rows.partition_point(|row| *row < part.start);
            let to = rows.partition_point(|row| *row < part.end);
            rows.get(from..to).unwrap_or_default().to_vec()
        }
    }
}

/// What must hold, the cheapest first.
fn conditions(query: &OrderQuery) -> Vec<RowCondition> {
    let kept = match query.keep {
        Keep::All => None,
        Keep::Failed(arm) => Some(RowCondition::Failed(arm)),
        Keep::NonAnswer(arm) => Some(RowCondition::NonAnswer(arm)),
        Keep::Unparsed(arm) => Some(RowCondition::Unparsed(arm)),
        Keep::Missing(arm) => Some(RowCondition::Missing(arm)),
        Keep::Differ(left, right) => Some(RowCondition::Differ(left, right)),
        Keep::Flipped => {
            let (earlier, arms) =
                query.earlier.as_ref().map_or((0, Vec::new()), |earlier| (earlier.id, earlier.arms.clone()));
            Some(RowCondition::Flipped { earlier, arms })
        }
    };
    let text = (!query.text.is_empty()).then(|| RowCondition::Text(query.text.clone()));
    kept.into_iter().chain(text).collect()
}
