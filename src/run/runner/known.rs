//! How many trials of a plan are known before it is begun: what an estimate leaves out. Nothing is sent, and nobody is told anything.

use std::sync::Arc;

use super::begin::{found, question_of};
use super::cells::CellSet;
use super::identity::ArmIdentity;
use super::planning::rows_of;
use super::recall::unread;
use super::shared::prepare;
use super::start::{Filled, Start};
use crate::data::Cases as _;
use crate::run::{NotAsked, ReadyArm, Session};
use crate::store::{CellPlace, Store};

/// Trials that are looked up. The first request of a long run does not wait for the rest; of these it is not said that they are known.
const LOOKED_UP: u64 = 10_000;
/// Trials of a longer run that are looked up where none of them is known.
const TRIED: u64 = 1_000;

/// Known trials of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownTrials {
    /// Of each arm.
    by_arm: Vec<u64>,
    /// Whether all were looked up that are to be asked.
    pub(super) all_looked_up: bool,
}

impl KnownTrials {
    /// Those of an arm.
    pub(super) fn of(&self, arm: usize) -> u64 {
        self.by_arm.get(arm).copied().unwrap_or(0)
    }

    /// Those of every arm.
    pub(super) fn sum(&self) -> u64 {
        self.by_arm.iter().sum()
    }
}

/// Looks up which trials that are to be asked are known: all of a run of [`LOOKED_UP`] trials, so many of a longer one, in the order of
/// the plan. An arm whose set-up is not made yet has no known trial.
pub(super) fn known(session: &Session, store: &Store, start: &Start) -> Result<KnownTrials, NotAsked> {
    let plan = &start.plan;
    let mut known = KnownTrials { by_arm: vec![0; plan.arms.len()], all_looked_up: true };
    if !start.use_known || start.cells.filled != Filled::Rest || !store.knows_any().map_err(|error| unread(&error))? {
        return Ok(known);
    }
    let is_long = plan.trials() > LOOKED_UP;
    let mut filled = CellSet::none_of(plan);
    if let Some(run) = found(store, start)? {
        if is_long {
            // What is left of it would be known by another run alone, and all of its cells would be read to find that.
            known.all_looked_up = false;
            return Ok(known);
        }
        store
            .each_cell(run.id, |cell| {
                filled.insert(cell.place);
            })
            .map_err(|error| unread(&error))?;
    }
    let arms: Vec<Option<(ReadyArm, ArmIdentity)>> = plan
        .arms
        .iter()
        .enumerate()
        .map(|(place, arm)| {
            let is_asked = start.cells.arm.is_none_or(|asked| asked as usize == place);
            // What cannot be made ready is told where it is to be asked.
            let ready = is_asked.then(|| session.ready_ahead(question_of(session, plan, arm)).ok().flatten())??;
            let identity = ArmIdentity::new(session, &ready);
            Some((ready, identity))
        })
        .collect();
    let rows = rows_of(session, plan.split)?;
    let mut looked_up = 0;
    for (place, row) in plan.order().rows().enumerate() {
        let is_asked = start.cells.row.is_none_or(|asked| asked == row)
            && plan.shard.is_none_or(|shard| shard.holds(place as u64));
        if !is_asked {
            continue;
        }
        if looked_up >= LOOKED_UP || (is_long && looked_up >= TRIED && known.sum() == 0) {
            known.all_looked_up = false;
            break;
        }
        let mut case = None;
        for (arm, ready) in (0_u32..).zip(&arms) {
            let Some((ready, of_arm)) = ready else { continue };
            for repeat in (0..plan.repeats).filter(|repeat| !filled.has(CellPlace { row, arm, repeat: *repeat })) {
                let case = match &case {
                    Some(case) => Arc::clone(case),
                    None => Arc::clone(case.insert(Arc::new(rows.case(row as usize)?))),
                };
                looked_up += 1;
                // A case that the arm does not apply to is not asked at all; that is told apart.
                let Ok(prepared) = prepare(ready, case, repeat) else { continue };
                if store.knows(of_arm.of(&prepared)).map_err(|error| unread(&error))?
                    && let Some(count) = known.by_arm.get_mut(arm as usize)
                {
                    *count += 1;
                }
            }
        }
    }
    Ok(known)
}
