//! Before a sequential run asks anything: the trials that are known fill their cells, and are looked at. What is clear by them is
//! clear without asking, where asking at the same time would pay for a few trials in vain.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use futures_util::future::join_all;

use super::anytime::Watch;
use super::asking::write;
use super::cells::CellSet;
use super::drive::look;
use super::feed::{Ended, Item, make};
use super::order::BLOCK;
use super::planning::rows_of;
use super::recall::Scored;
use super::shared::{Origin, Shared};
use crate::data::Cases as _;
use crate::run::NotAsked;
use crate::store::CellPlace;

/// Cases that are taken between two looks.
const TAKEN: usize = 4 * BLOCK;

/// What is known of some cases.
#[derive(Default)]
struct Found {
    fills: Vec<(Scored, Origin)>,
    /// Columns with a trial that nobody knows: a look goes no further there.
    unknown: BTreeSet<u32>,
}

/// Fills what is known in the order of the plan, and looks, until every arm is clear or has a trial that is to be asked. The watch as
/// it stands then; none where nobody need look any more.
pub(super) async fn known_first(shared: &Arc<Shared>, watch: Watch, todo: &Arc<CellSet>) -> Option<Watch> {
    let mut watch = Some(watch);
    let mut unknown = BTreeSet::new();
    let baseline = shared.plan.baseline;
    for first in (0..shared.order.len()).step_by(TAKEN) {
        let places = first..shared.order.len().min(first + TAKEN);
        let open: Vec<u32> = (0..shared.plan.arms.len() as u32)
            .filter(|arm| !unknown.contains(arm) && !shared.is_closed(*arm))
            .collect();
        if !open.contains(&baseline) || open.len() < 2 || shared.has_ended() {
            break;
        }
        let (looking, cells) = (Arc::clone(shared), Arc::clone(todo));
        let found = tokio::task::spawn_blocking(move || found(&looking, &cells, places, &open)).await;
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                shared.fail(error);
                return None;
            }
            Err(_) => return watch,
        };
        join_all(found.fills.into_iter().map(|(record, origin)| write(shared, record, origin))).await;
        unknown.extend(found.unknown);
        watch = look(shared, watch?).await;
    }
    watch
}

/// What is known of these places of the order, of columns that are still open. Blocks.
fn found(shared: &Shared, todo: &CellSet, places: Range<usize>, open: &[u32]) -> Result<Found, NotAsked> {
    let rows = rows_of(&shared.session, shared.plan.split)?;
    let mut found = Found::default();
    for row in places.filter_map(|place| shared.order.row(place)) {
        let mut case = None;
        for arm in open {
            for place in (0..shared.plan.repeats).map(|repeat| CellPlace { row, arm: *arm, repeat }) {
                if found.unknown.contains(arm) || !todo.has(place) {
                    continue;
                }
                let case = if let Some(case) = &case {
                    Arc::clone(case)
                } else {
                    let read = rows.case(row as usize);
                    let read = read.map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
                    Arc::clone(case.insert(Arc::new(read)))
                };
                match make(shared, place, case) {
                    Ok(Item::Fill(record)) => found.fills.push((*record, Origin::Known)),
                    Ok(Item::Refuse(record)) => found.fills.push((*record, Origin::Refused)),
                    Ok(Item::Ask(_)) => {
                        found.unknown.insert(*arm);
                    }
                    Err(Ended::Fault(error)) => return Err(error),
                    Err(Ended::Over) => return Ok(found),
                }
            }
        }
    }
    Ok(found)
}
