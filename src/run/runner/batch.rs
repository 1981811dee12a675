//! A run by files: what is left to ask written as lines of a batch, and results taken back into its cells, in any order, in
//! parts, more than once.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::begin::{begin, found, make_ready};
use super::cells::CellSet;
use super::control::Control;
use super::feed::{Asking, Ended as Fed, Item, make};
use super::plan::PlannedArm;
use super::planning::rows_of;
use super::recall::unread;
use super::shared::{Column, Shared};
use super::start::{Filled, Start};
use crate::config::Provider;
use crate::data::Cases as _;
use crate::model::batch::{BatchResult, NoResult};
use crate::model::{Dialect, ModelError, Request, hosted};
use crate::run::{NotAsked, Session, TrialDone, TrialError, now_milliseconds, trial_alone};
use crate::score::Outcome;
use crate::store::{CellPlace, Claim, RunEnd, Store, TrialIdentity};

/// What an answer's record says of where it came from.
const NOTE: &str = "answered in a batch: no times were measured";

/// What is said of its price, by the share of a call's that is charged.
fn price_note(share: Option<f64>) -> String {
    match share {
        Some(share) => format!("charged as a batch: {:.0} % of the price of a call", 100.0 * share),
        None => "charged as a call: what a batch costs there is not known".to_owned(),
    }
}

/// A run whose rest can be written as a batch, or filled from one.
pub struct BatchRun {
    shared: Arc<Shared>,
    todo: CellSet,
    dialects: Vec<Asked>,
    /// Nobody asks these meanwhile.
    _claim: Claim,
}

/// How an arm is asked in a file.
#[derive(Clone)]
struct Asked {
    dialect: Dialect,
    base_url: String,
    /// The provider's own name of the model.
    model: String,
    /// The model's id in the workbench.
    id: String,
    /// Which share of a call's price a batch costs there, where that is known.
    share: Option<f64>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Questions.
    pub lines: u64,
    /// Cells filled by trials that were asked before.
    pub known: u64,
    /// Cases that their arm does not apply to; their cells say why.
    pub refused: u64,
    /// Cells whose question is under way in a batch that was submitted before; they are left out.
    pub in_batches: u64,
}

/// What was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Cells filled by a result.
    pub filled: u64,
    /// Of these, results that say that a question was given up: they are missing, and may be asked again.
    pub failed: u64,
    /// Cells filled by trials that were asked before.
    pub known: u64,
    /// Cells of cases that their arm does not apply to; they say why.
    pub refused: u64,
    /// Cells still open, or given up before.
    pub open: u64,
}

impl BatchRun {
    /// The rest of a run of this plan: of the one begun before, else of a new one. Set-up calls of its arms are made now. `None` where a
    /// new one would have nothing to ask: every trial of it is known, or of a case that its arm does not apply to.
    pub async fn open(session: Arc<Session>, store: Store, start: Start) -> Result<Option<Self>, NotAsked> {
        let dialects = start.plan.arms.iter().map(|arm| asked(&session, &arm.model, &arm.name));
        let dialects = dialects.collect::<Result<Vec<_>, NotAsked>>()?;
        for arm in &start.plan.arms {
            if arm.strategy.calls().per_case.most > 1 {
                return Err(NotAsked {
                    what: format!("arm `{}` makes several calls a case, one built on another's answer", arm.name),
                    hint: "A batch has one call a case: choose the others with --arm, and run this one with `fourfold run`."
                        .to_owned(),
                });
            }
        }
        // What a set-up or a retrieval sends is sent now, and needs its key; all else goes out in the file.
        let sends = |arm: &PlannedArm| arm.strategy.calls().pool.is_some() || arm.strategy.calls().embeds;
        if !start.plan.arms.iter().any(sends) {
            session.withhold_keys();
        }
        let control = Control::default();
        // Nobody watches: what is told goes nowhere.
        let (news, _) = mpsc::channel(1);
        let columns = make_ready(&session, &start.plan, &control, &news).await?;
        let (looking, opening, starting) = (Arc::clone(&session), store.clone(), start.clone());
        let begun = tokio::task::spawn_blocking(move || {
            let asks =
                found(&opening, &starting)?.is_some() || has_a_question(&looking, &opening, &starting, &columns)?;
            asks.then(|| begin(&opening, &starting)).transpose().map(|begun| begun.zip(Some(columns)))
        })
        .await;
        let begun = begun.map_err(|error| NotAsked { what: error.to_string(), hint: "Try it again.".to_owned() })??;
        let Some((begun, columns)) = begun else { return Ok(None) };
        let (run, books) = (begun.run, &begun.books);
        // A question that was given up may have an answer by now.
        let todo = books.planned.without(&books.filled.without(&books.missing));
        let mut shared = Shared::new(session, store, run, start, columns, begun.order, begun.books, control, news);
        shared.in_batches = begun.in_batches;
        Ok(Some(Self { shared: Arc::new(shared), todo, dialects, _claim: begun.claim }))
    }

    /// The run's number.
    pub fn run(&self) -> i64 {
        self.shared.run
    }

    /// What its questions are about to be sent to, by the model's id in the workbench; each has a file of its own.
    pub fn models(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.dialects.iter().map(|asked| asked.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Writes every open question as a line for `write`, which gets the model's id in the workbench and the line. Blocks.
    pub fn export(&self, mut write: impl FnMut(&str, &Value) -> std::io::Result<()>) -> Result<Exported, NotAsked> {
        let mut exported = Exported::default();
        let mut written = HashSet::new();
        self.each_open(|item, place| {
            match item {
                Item::Fill(scored) | Item::Refuse(scored) => {
                    if matches!(scored.record.outcome, Outcome::Missing(_)) {
                        exported.refused += 1;
                    } else {
                        exported.known += 1;
                    }
                    self.shared.store.fill_cell(scored.record).wait().map_err(|error| unread(&error))?;
                }
                // It is paid for already, and its result will fill the cell.
                Item::Ask(asking) if self.shared.uses_known() && self.shared.in_batches.contains(&asking.identity) => {
                    exported.in_batches += 1;
                }
                // Equal questions are asked once; all of their cells find the answer.
                Item::Ask(asking) if !written.insert(asking.identity) => {}
                Item::Ask(asking) => {
                    let Some(asked) = self.dialects.get(place.arm as usize) else { return Ok(()) };
                    let line = asked.line(&asking)?;
                    write(&asked.id, &line).map_err(|error| NotAsked {
                        what: format!("the batch file cannot be written: {error}"),
                        hint: "Check the folder and the free space.".to_owned(),
                    })?;
                    exported.lines += 1;
                }
            }
            Ok(())
        })?;
        Ok(exported)
    }

    /// Fills open cells with what `find` has for their identity. Blocks.
    pub fn import(
        &self,
        mut find: impl FnMut(TrialIdentity) -> Result<Option<BatchResult>, NotAsked>,
    ) -> Result<Imported, NotAsked> {
        let mut imported = Imported::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime =
            runtime.map_err(|error| NotAsked { what: error.to_string(), hint: "Try it again.".to_owned() })?;
        self.each_open(|item, place| {
            let scored = match item {
                Item::Fill(scored) => {
                    imported.known += 1;
                    *scored
                }
                Item::Refuse(scored) => {
                    imported.refused += 1;
                    *scored
                }
                Item::Ask(asking) => {
                    let Some(asked) = self.dialects.get(place.arm as usize) else { return Ok(()) };
                    let Some(result) = find(asking.identity)? else {
                        imported.open += 1;
                        return Ok(());
                    };
                    if result.answer.is_err() && self.shared.books().missing.has(place) {
                        // It was given up before, and that is known.
                        imported.open += 1;
                        return Ok(());
                    }
                    let Some(done) = runtime.block_on(answer_of(asked, &asking, result.answer)) else {
                        imported.open += 1;
                        return Ok(());
                    };
                    imported.filled += 1;
                    imported.failed += u64::from(matches!(done.outcome, Outcome::Missing(_)));
                    let share = asked.share.unwrap_or(1.0);
                    super::asking::judged(&self.shared, &asking, &done, (now_milliseconds(), share))
                }
            };
            self.shared.store.fill_cell(scored.record).wait().map_err(|error| unread(&error)).map(|_| ())
        })?;
        if imported.filled + imported.known + imported.refused == 0 {
            // The run is as it was.
            return Ok(imported);
        }
        let how = match (imported.open, imported.failed) {
            (0, 0) => "finished by a batch".to_owned(),
            (0, failed) => format!("filled by a batch, {failed} missing"),
            _ => "filled in part by a batch".to_owned(),
        };
        let end = RunEnd { time: now_milliseconds(), how };
        self.shared.store.end_run(self.shared.run, end).wait().map_err(|error| unread(&error))?;
        Ok(imported)
    }

    /// Every open cell made ready, in the run's order.
    fn each_open(&self, mut take: impl FnMut(Item, CellPlace) -> Result<(), NotAsked>) -> Result<(), NotAsked> {
        let plan = &self.shared.plan;
        let rows = rows_of(&self.shared.session, plan.split)?;
        for row in self.shared.order.rows() {
            let places = (0..plan.arms.len() as u32)
                .flat_map(|arm| (0..plan.repeats).map(move |repeat| CellPlace { row, arm, repeat }));
            let mut case = None;
            for place in places.filter(|place| self.todo.has(*place)) {
                if case.is_none() {
                    let read = rows.case(row as usize);
                    case =
                        Some(Arc::new(read.map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?));
                }
                let Some(case) = &case else { continue };
                match make(&self.shared, place, Arc::clone(case)) {
                    Ok(item) => take(item, place)?,
                    Err(Fed::Fault(error)) => return Err(error),
                    Err(Fed::Over) => return Ok(()),
                }
            }
        }
        Ok(())
    }
}

/// Whether a trial of the plan is still to be asked. Most plans say so at their first case. Blocks.
fn has_a_question(session: &Session, store: &Store, start: &Start, columns: &[Column]) -> Result<bool, NotAsked> {
    let plan = &start.plan;
    if !start.use_known || start.cells.filled == Filled::All {
        return Ok(true);
    }
    let rows = rows_of(session, plan.split)?;
    for (place, row) in plan.order().rows().enumerate() {
        if plan.shard.is_some_and(|shard| !shard.holds(place as u64)) {
            continue;
        }
        let case = Arc::new(rows.case(row as usize)?);
        for column in columns {
            for repeat in 0..plan.repeats {
                let Ok(prepared) = column.prepare(Arc::clone(&case), repeat) else { continue };
                if !store.knows(column.identity.of(&prepared)).map_err(|error| unread(&error))? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn asked(session: &Session, id: &str, arm: &str) -> Result<Asked, NotAsked> {
    let spec = session.spec(id).ok_or_else(|| NotAsked {
        what: format!("there is no model `{id}`"),
        hint: "Add it to fourfold.toml.".to_owned(),
    })?;
    match spec.provider {
        Provider::Server(dialect) if dialect.has_batches() => Ok(Asked {
            dialect,
            base_url: Session::base_url(&spec).unwrap_or(dialect.base_url()).to_owned(),
            share: hosted::batch_share_at(Session::base_url(&spec).unwrap_or(dialect.base_url())),
            model: spec.model,
            id: spec.id,
        }),
        Provider::Server(dialect) => Err(NotAsked {
            what: format!("arm `{arm}`: there are no batch files in the dialect `{}`", dialect.as_str()),
            hint: "Choose other arms with --arm.".to_owned(),
        }),
        Provider::Embedded => Err(NotAsked {
            what: format!("arm `{arm}`: its model `{id}` runs inside this program and is asked directly"),
            hint: "Choose other arms with --arm, or run this one with `fourfold run`.".to_owned(),
        }),
    }
}

impl Asked {
    fn line(&self, asking: &Asking) -> Result<Value, NotAsked> {
        let failed = |error: ModelError| NotAsked { what: error.to_string(), hint: error.hint() };
        let endpoint = self.dialect.endpoint(&self.base_url).map_err(failed)?;
        let call = &asking.prepared.call;
        let request = Request { messages: call.messages.clone(), parameters: call.parameters.clone() };
        let line = self.dialect.batch_line(&endpoint, &self.model, &request, &asking.identity.hex());
        line.ok_or_else(|| NotAsked {
            what: format!("there are no batch files in the dialect `{}`", self.dialect.as_str()),
            hint: "Choose other arms with --arm.".to_owned(),
        })
    }
}

/// The trial that a result makes.
async fn answer_of(asked: &Asked, asking: &Asking, answer: Result<Value, NoResult>) -> Option<TrialDone> {
    let given_up = answer.as_ref().err().map(|none| none.message.clone());
    let body = match answer {
        Ok(body) => body,
        // As an error of the server is written in its own responses.
        Err(NoResult { message, status }) => {
            serde_json::json!({ "error": { "message": message, "type": "batch", "code": status } })
        }
    };
    let mut call = asking.prepared.call.clone();
    call.model = asked.dialect.answered_by(&body);
    let done = trial_alone(call).await?;
    let mut notes = done.notes;
    notes.push(NOTE.to_owned());
    let error = if let Some(why) = given_up {
        // What was never answered is charged nothing, and nothing of it was streamed.
        done.error.map(|error| TrialError {
            message: format!("the batch gave it up: {why}"),
            hint: "Export it again, or ask it with `fourfold run`.".to_owned(),
            ..error
        })
    } else {
        notes.push(price_note(asked.share));
        done.error
    };
    Some(TrialDone { notes, error, first_token_ms: None, total_ms: 0, tokens_per_second: None, ..done })
}
