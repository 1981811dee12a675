//! Beginning a run, or going on with one: its arms made ready, its number, which of its cells are to be asked.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::cells::CellSet;
use super::control::Control;
use super::identity::ArmIdentity;
use super::news::{How, News};
use super::order::Order;
use super::plan::{Limits, Plan, PlannedArm};
use super::planning::rows_of;
use super::recall::unread;
use super::shared::{Books, Column};
use super::start::{Cells, Filled, Start, Which};
use crate::data::Cases as _;
use crate::run::missing::has_failed;
use crate::run::{NotAsked, Question, ReadyArm, Session, local_time, now_milliseconds};
use crate::score::Outcome;
use crate::store::{
    CellPlace, Claim, ClaimPart, Holder, RunArm, RunLimits, RunRecord, Store, StoredRun, TrialIdentity, prompt_hash,
};
use crate::strategy::Step;

/// A run that has its number.
pub(super) struct Beginning {
    pub(super) run: i64,
    pub(super) goes_on: bool,
    pub(super) todo: CellSet,
    /// That of the plan.
    pub(super) order: Order,
    pub(super) books: Books,
    /// Questions that are under way in batches.
    pub(super) in_batches: HashSet<TrialIdentity>,
    /// That nobody else asks these; held as long as they are asked.
    pub(super) claim: Claim,
}

/// The question of a planned arm, with no case.
pub(super) fn question_of(session: &Session, plan: &Plan, arm: &PlannedArm) -> Question {
    Question {
        arm: arm.name.clone(),
        prompt_path: session.workbench.root.join(&arm.prompt),
        prompt_text: None,
        strategy: arm.strategy.clone(),
        model: arm.model.clone(),
        parameters: arm.own.clone(),
        case: Arc::default(),
        split: Some(plan.split),
        sample: 0,
    }
}

/// Makes every arm ready: its set-up calls, where it has some that were not made yet, then all that its cases share.
pub(super) async fn make_ready(
    session: &Arc<Session>,
    plan: &Plan,
    control: &Control,
    news: &mpsc::Sender<News>,
) -> Result<Vec<Column>, NotAsked> {
    session.can_decide()?;
    let mut orders = control.watch();
    for (number, arm) in plan.arms.iter().enumerate() {
        let question = question_of(session, plan, arm);
        let arm = number as u32;
        let told = |so_far: crate::run::SetUpNews| {
            // Whoever is busy sees the next one.
            let _ = news.try_send(News::SetUp { arm, done: so_far.done as u64, of: so_far.of as u64 });
        };
        let stopped = async {
            let _ = orders.wait_for(|orders| orders.stopped).await;
        };
        tokio::select! {
            biased;
            made = session.set_up(&question, told) => {
                if let Some(report) = made? {
                    for note in report.notes {
                        let _ = news.send(News::Told(format!("{}: {note}", question.arm))).await;
                    }
                    // Looking the cases over took it for granted that the set-up would bring something. Asked again, the arm
                    // does not apply from the start, and whoever wants the others goes on without it.
                    if let Some(unusable) = report.unusable.filter(|_| report.asked > 0) {
                        return Err(NotAsked {
                            what: format!("arm `{}`: {}", question.arm, unusable.what),
                            hint: format!("No case was asked, and what the set-up was answered is kept. {}", unusable.hint),
                        });
                    }
                }
            }
            () = stopped => {
                return Err(NotAsked {
                    what: "the set-up was interrupted".to_owned(),
                    hint: "What was answered is kept; run it again.".to_owned(),
                });
            }
        }
    }
    let (session, plan) = (Arc::clone(session), plan.clone());
    let made = tokio::task::spawn_blocking(move || {
        let rows = rows_of(&session, plan.split)?;
        if rows.content_hash() != plan.data_hash {
            return Err(NotAsked {
                what: format!("the {} cases are not those that were planned", plan.split.as_str()),
                hint: "Their file has changed: begin a new run.".to_owned(),
            });
        }
        let columns = plan.arms.iter().map(|arm| column(&session, &plan, arm)).collect::<Result<Vec<_>, NotAsked>>()?;
        Ok((columns, rows.case(0).ok().and_then(|case| session.cannot_score_the_reference(&case))))
    });
    let made = made.await.map_err(|error| NotAsked { what: error.to_string(), hint: "Begin it again.".to_owned() })?;
    let (columns, unscored) = made?;
    if let Some(unscored) = unscored {
        let _ = news.send(News::Told(unscored)).await;
    }
    Ok(columns)
}

fn column(session: &Session, plan: &Plan, arm: &PlannedArm) -> Result<Column, NotAsked> {
    let ready = session.ready(question_of(session, plan, arm))?;
    let changed = |what: &str| NotAsked {
        what: format!("{what} of arm `{}` is not the one that was planned", arm.name),
        hint: "It has changed since: begin a new run.".to_owned(),
    };
    if prompt_hash(ready.prompt_text()) != arm.prompt_hash {
        return Err(changed("the prompt"));
    }
    if ready.fingerprint() != arm.fingerprint {
        return Err(changed("the model"));
    }
    let width = width(session, plan, &ready);
    let identity = ArmIdentity::new(session, &ready);
    let calls = u64::from(arm.strategy.calls().per_case.most.max(1));
    Ok(Column { ready, identity, width, calls })
}

/// How many calls a trial of this arm makes at a time: those of its first round.
fn width(session: &Session, plan: &Plan, ready: &ReadyArm) -> usize {
    if ready.question().strategy.calls().per_case.most <= 1 {
        return 1;
    }
    let mut first = ready.plan().clone();
    if let Some(case) = session.splits.get(plan.split).and_then(|rows| rows.case(0).ok()) {
        first.case = case.into();
    }
    match first.next(&[]) {
        Ok(Step::Calls(round)) => round.len().max(1),
        Ok(Step::Done(_)) | Err(_) => 1,
    }
}

/// Finds or makes the run and what is to be asked of it. Blocks on the database.
pub(super) fn begin(store: &Store, start: &Start) -> Result<Beginning, NotAsked> {
    let plan = &start.plan;
    let gate = store.gate().map_err(|error| unread(&error))?;
    let found = found(store, start)?;
    let goes_on = found.is_some();
    let run = match &found {
        Some(run) => run.id,
        None => store.begin_run(record(plan)).wait().map_err(|error| unread(&error))?,
    };
    let part = plan.shard.map_or(ClaimPart::WHOLE, |shard| ClaimPart { index: shard.index, of: shard.of });
    let claimed = gate.claim(run, part, now_milliseconds()).map_err(|error| unread(&error))?;
    let claim = claimed.map_err(|holder| held(run, &holder))?;
    drop(gate);
    if let Some(stored) = &found {
        keep_limits(store, stored, plan.limits)?;
    }
    let order = plan.order();
    let planned = planned(plan, &order);
    let (mut filled, mut missing, mut unscored) =
        (CellSet::none_of(plan), CellSet::none_of(plan), CellSet::none_of(plan));
    if goes_on {
        store
            .each_cell(run, |cell| {
                filled.insert(cell.place);
                if matches!(cell.outcome, Outcome::Missing(_)) {
                    missing.insert(cell.place);
                }
            })
            .map_err(|error| unread(&error))?;
        store
            .each_unscored(run, |cell| {
                if has_failed(cell.scores.as_ref(), &plan.primary) {
                    unscored.insert(cell.place);
                }
            })
            .map_err(|error| unread(&error))?;
    }
    let mut todo = match start.cells.filled {
        Filled::Rest => planned.without(&filled),
        Filled::Missing => planned.with(&missing),
        Filled::All => planned.clone(),
    };
    if start.cells.arm.is_some() || start.cells.row.is_some() {
        todo = todo.with(&chosen(plan, start.cells));
    }
    let columns = store.columns(run).map_err(|error| unread(&error))?;
    let before = columns.iter().fold((0.0, 0), |(cost, calls), column| (cost + column.spent, calls + column.calls));
    let books = Books {
        planned,
        filled,
        missing,
        lasting: CellSet::none_of(plan),
        unscored,
        cost_before: before.0,
        calls_before: before.1,
        ..Books::default()
    };
    let in_batches = store.questions_under_way().map_err(|error| unread(&error))?;
    Ok(Beginning { run, goes_on, todo, order, books, in_batches, claim })
}

/// The run that is gone on with, where there is one.
pub(super) fn found(store: &Store, start: &Start) -> Result<Option<StoredRun>, NotAsked> {
    Ok(match start.which {
        Which::New => None,
        Which::Unfinished => {
            let newest = store.run_of_plan(start.plan.key()).map_err(|error| unread(&error))?;
            newest.filter(|run| !is_over(run) || start.cells.filled != Filled::Rest)
        }
        Which::Run(id) => Some(stored(store, id)?),
    })
}

/// The limits that a run was asked under last, where an equal plan goes on with it: they hold until others are named.
pub fn kept_limits(store: &Store, start: &Start) -> Result<Limits, NotAsked> {
    let run = found(store, start)?;
    run.map_or(Ok(Limits::default()), |run| Ok(Plan::stored(&run)?.limits))
}

/// The limits of cost and calls that a run goes on under hold until others are named.
fn keep_limits(store: &Store, run: &StoredRun, now: Limits) -> Result<(), NotAsked> {
    let Limits { cost, calls, .. } = Plan::stored(run)?.limits;
    if (cost, calls) == (now.cost, now.calls) {
        return Ok(());
    }
    let limits = RunLimits { cost: now.cost, calls: now.calls };
    store.limit_run(run.id, limits).wait().map_err(|error| unread(&error))
}

/// The cells that are to be asked here.
fn planned(plan: &Plan, order: &Order) -> CellSet {
    if plan.shard.is_none() && plan.case_count() == plan.rows {
        return CellSet::all_of(plan);
    }
    let mut planned = CellSet::none_of(plan);
    for (place, row) in order.rows().enumerate() {
        if plan.shard.is_none_or(|shard| shard.holds(place as u64)) {
            for arm in 0..plan.arms.len() as u32 {
                for repeat in 0..plan.repeats {
                    planned.insert(CellPlace { row, arm, repeat });
                }
            }
        }
    }
    planned
}

/// Another process asks the same trials.
fn held(run: i64, holder: &Holder) -> NotAsked {
    let who = match holder.pid {
        0 => "another process".to_owned(),
        pid => format!("process {pid}, which began at {}", local_time(holder.since)),
    };
    NotAsked {
        what: format!("run {run} of this plan is being asked by {who}"),
        hint: "Wait for its end or stop it, and start again to go on; ask a part of the cases with --shard in both; or begin a run of \
               its own with --new."
            .to_owned(),
    }
}

fn chosen(plan: &Plan, cells: Cells) -> CellSet {
    let mut chosen = CellSet::none_of(plan);
    let arms = cells.arm.map_or(0..plan.arms.len() as u32, |arm| arm..arm + 1);
    for arm in arms {
        let rows = cells.row.map_or(0..plan.rows, |row| row..row + 1);
        for row in rows {
            for repeat in 0..plan.repeats {
                chosen.insert(CellPlace { row, arm, repeat });
            }
        }
    }
    chosen
}

/// Whether nothing of a run is left to ask. One whose verdicts are clear is gone on with: it looks, and asks nothing as long as they
/// are, where a new one would ask a few more each time.
fn is_over(run: &StoredRun) -> bool {
    run.end.as_ref().is_some_and(|end| end.how == How::Finished.in_words())
}

/// The run with this number.
pub(super) fn stored(store: &Store, id: i64) -> Result<StoredRun, NotAsked> {
    store.run(id).map_err(|error| unread(&error))?.ok_or_else(|| NotAsked {
        what: format!("there is no run {id}"),
        hint: "`fourfold history --runs` lists them.".to_owned(),
    })
}

fn record(plan: &Plan) -> RunRecord {
    let planned = plan.case_count() * u64::from(plan.repeats);
    let arms = plan.arms.iter().map(|arm| RunArm {
        name: arm.name.clone(),
        arm_key: arm.arm_key.clone(),
        prompt_hash: arm.prompt_hash.clone(),
        planned,
    });
    RunRecord {
        time: now_milliseconds(),
        split: plan.split,
        data_hash: plan.data_hash.clone(),
        // The run is the whole: which part of it is asked where is said at each start.
        plan: serde_json::to_value(Plan { shard: None, ..plan.clone() }).unwrap_or_default(),
        plan_key: plan.key(),
        rows: plan.rows,
        repeats: plan.repeats,
        arms: arms.collect(),
    }
}
