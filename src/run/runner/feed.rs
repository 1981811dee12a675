//! The feeder of one server: goes through the order on a thread of its own and makes the next few cells ready, so that neither
//! cases nor cells are ever all in memory.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::cells::CellSet;
use super::order::BLOCK;
use super::recall::Scored;
use super::shared::Shared;
use super::twins::{UnderWay, Waiting};
use crate::data::{Case, Cases};
use crate::run::{NotAsked, Prepared, now_milliseconds};
use crate::score::{Missing, Outcome};
use crate::store::{CellPlace, CellRecord, Fill, TrialIdentity, TrialRecord};

/// Cells that are made ready in advance.
pub(super) const AHEAD: usize = 32;

/// The next thing to do.
pub(super) enum Item {
    /// A trial to ask.
    Ask(Box<Asking>),
    /// A cell that is filled by a trial known before.
    Fill(Box<Scored>),
    /// A cell of a case that its arm does not apply to: missing, and missing again as things are.
    Refuse(Box<Scored>),
}

/// A trial that is ready to be asked.
pub(super) struct Asking {
    pub(super) place: CellPlace,
    pub(super) prepared: Prepared,
    pub(super) identity: TrialIdentity,
    /// About how many tokens it takes, sent and received.
    pub(super) tokens: u64,
    /// Held until it is written down, so that an equal one waits for it.
    pub(super) under_way: Option<UnderWay>,
}

/// The way of what is made ready to its lane. Room for several is waited for at once, so that the feeder's thread sleeps and wakes
/// once for these and not for each.
struct Outlet<'i> {
    items: &'i mpsc::Sender<Item>,
    room: Option<mpsc::PermitIterator<'i, Item>>,
    runtime: Handle,
}

impl Outlet<'_> {
    /// Hands an item over, in its turn.
    fn send(&mut self, item: Item) -> Result<(), Ended> {
        loop {
            if let Some(place) = self.room.as_mut().and_then(Iterator::next) {
                place.send(item);
                return Ok(());
            }
            let room = self.runtime.block_on(self.items.reserve_many(AHEAD / 2));
            self.room = Some(room.map_err(|_| Ended::Over)?);
        }
    }
}

/// Goes through the cells of `todo` that belong to the arms of a lane. Blocks, on a thread of the runtime's. What cannot go on ends the
/// run.
pub(super) fn feed(shared: &Shared, lane: usize, arms: &[u32], todo: &CellSet, items: &mpsc::Sender<Item>) {
    let outlet = Outlet { items, room: None, runtime: Handle::current() };
    if let Err(Ended::Fault(error)) = go(shared, lane, arms, todo, outlet) {
        shared.fail(error);
    }
    shared.leave(lane);
}

pub(super) enum Ended {
    /// Nobody takes what is made ready any more.
    Over,
    Fault(NotAsked),
}

fn go(shared: &Shared, lane: usize, arms: &[u32], todo: &CellSet, mut outlet: Outlet<'_>) -> Result<(), Ended> {
    let plan = &shared.plan;
    let fault = |what: String, hint: String| Ended::Fault(NotAsked { what, hint });
    let rows = super::planning::rows_of(&shared.session, plan.split).map_err(Ended::Fault)?;
    let case_at = |row: u64| {
        let read = rows.case(row as usize).map_err(|error| fault(error.to_string(), error.hint()));
        read.map(Arc::new)
    };
    let mut waiting = Waiting::default();
    for (number, block) in (0..shared.order.len()).step_by(BLOCK).enumerate() {
        let places = block..shared.order.len().min(block + BLOCK);
        let cases_of = |arm: u32| {
            let is_todo = move |row: u64, repeat: u32| todo.has(CellPlace { row, arm, repeat });
            let repeats = plan.repeats;
            places.clone().filter_map(|place| shared.order.row(place)).flat_map(move |row| {
                (0..repeats).filter(move |repeat| is_todo(row, *repeat)).map(move |repeat| (row, repeat))
            })
        };
        if !arms.iter().any(|arm| cases_of(*arm).next().is_some()) {
            continue;
        }
        if !shared.reach(lane, number as u64) {
            return Err(Ended::Over);
        }
        let mut cases: Vec<(u64, Arc<Case>)> = Vec::new();
        for arm in arms {
            for (row, repeat) in cases_of(*arm) {
                if shared.is_closed(*arm) {
                    break;
                }
                if !cases.iter().any(|(known, _)| *known == row) {
                    cases.push((row, case_at(row)?));
                }
                let Some((_, case)) = cases.iter().find(|(known, _)| *known == row) else { continue };
                let place = CellPlace { row, arm: *arm, repeat };
                give(shared, place, Arc::clone(case), &mut outlet, &mut waiting)?;
            }
        }
        while let Some(place) = waiting.ready(&shared.twins) {
            give(shared, place, case_at(place.row)?, &mut outlet, &mut waiting)?;
        }
    }
    // Nobody need wait for this server while it waits for its own answers.
    shared.leave(lane);
    let items = outlet.items;
    let over = || shared.has_ended() || items.is_closed();
    while let Some(place) = waiting.next(&shared.twins, over) {
        give(shared, place, case_at(place.row)?, &mut outlet, &mut waiting)?;
    }
    Ok(())
}

/// Makes a cell ready and hands it over; one whose trial is under way for another cell waits for that.
fn give(
    shared: &Shared,
    place: CellPlace,
    case: Arc<Case>,
    outlet: &mut Outlet<'_>,
    waiting: &mut Waiting,
) -> Result<(), Ended> {
    if shared.is_closed(place.arm) {
        return Ok(());
    }
    let mut item = make(shared, place, case)?;
    if let Item::Ask(asking) = &mut item
        && shared.uses_known()
    {
        if shared.in_batches.contains(&asking.identity) {
            shared.books().in_batches += 1;
            return Ok(());
        }
        asking.under_way = shared.twins.begin(asking.identity);
        if asking.under_way.is_none() {
            waiting.push(place, asking.identity);
            return Ok(());
        }
    }
    outlet.send(item)
}

pub(super) fn make(shared: &Shared, place: CellPlace, case: Arc<Case>) -> Result<Item, Ended> {
    let Some(column) = shared.columns.get(place.arm as usize) else { return Err(Ended::Over) };
    let ready = &column.ready;
    let seed = ready.question().parameters.seed.map(|seed| seed.wrapping_add(u64::from(place.repeat)));
    let prepared = match ready.prepare(Arc::clone(&case), place.repeat, seed) {
        Ok(prepared) => prepared,
        Err(error) => return Ok(Item::Refuse(Box::new(refused(shared, place, case, error).into()))),
    };
    let identity = column.identity.of(&prepared);
    if shared.uses_known() {
        let known = shared.known(place, identity, &prepared).map_err(Ended::Fault)?;
        if let Some(known) = known {
            return Ok(Item::Fill(Box::new(known)));
        }
    }
    let output = u64::from(prepared.call.parameters.max_tokens.unwrap_or(256)).min(1_024);
    let input = crate::model::estimate_tokens(&prepared.call.messages).tokens as u64;
    let tokens = (input + output) * column.calls.max(1);
    Ok(Item::Ask(Box::new(Asking { place, prepared, identity, tokens, under_way: None })))
}

/// A case that the arm does not apply to: nothing is sent, and its cell says why.
fn refused(shared: &Shared, place: CellPlace, case: Arc<Case>, error: NotAsked) -> CellRecord {
    let column = shared.columns.get(place.arm as usize);
    let outcome = Outcome::Missing(Missing::Failed);
    let record = column.map(|column| {
        let (ready, question) = (&column.ready, column.ready.question());
        TrialRecord {
            time: now_milliseconds(),
            origin: crate::store::Origin::Run,
            arm: ready.record().clone(),
            case,
            split: question.split,
            messages: Vec::new(),
            answer: String::new(),
            extracted: None,
            reasoning: String::new(),
            outcome,
            stop: None,
            error: Some((error.what, error.hint)),
            notes: Vec::new(),
            scores: None,
            usage: crate::model::Usage::default(),
            first_token_ms: None,
            total_ms: 0,
            seed: None,
            sample: place.repeat,
            cost: Some(0.0),
            calls: None,
        }
    });
    let nothing = TrialIdentity::of(&serde_json::Value::Null);
    let unknown = || Fill::Known { trial: 0, against: String::new(), scores: None };
    CellRecord {
        run: shared.run,
        place,
        fill: record.map_or_else(unknown, |record| Fill::New(Box::new(record), nothing)),
        outcome,
        score: None,
        cost: Some(0.0),
        first_token_ms: None,
        total_ms: 0,
        tokens: None,
    }
}
