//! From what was written on the command line to what is to be run.

use super::AgainChoice;
use crate::cli::Fault;
use crate::cli::run::{CaseChoice, RunArguments};
use crate::data::Cases as _;
use crate::model::Parameters;
use crate::run::Session;
use crate::run::fourfold::table_with;
use crate::run::runner::{self, Cells, Filled, LookedOver, Plan, Start, Wanted, Which, look_over};
use crate::store::Store;

/// The run that is meant: the rest of a stored one, or one of its own.
pub(in crate::cli) fn start_of(arguments: &RunArguments, session: &Session, store: &Store) -> Result<Start, Fault> {
    let measure = &arguments.measure;
    let filled = match measure.again {
        None => Filled::Rest,
        Some(AgainChoice::Missing) => Filled::Missing,
        Some(AgainChoice::All) => Filled::All,
    };
    let mut start = if let Some(id) = measure.resume {
        let start = stored_start(store, id)?;
        super::options::for_a_begun_run(arguments, id, &start.plan)?;
        Start { cells: chosen(arguments, session, &start.plan, filled)?, ..start }
    } else {
        let plan = Plan::of(session, &wanted(arguments, session)?)?;
        let which = if measure.new { Which::New } else { Which::Unfinished };
        Start { which, cells: Cells { filled, ..Cells::REST }, ..Start::new(plan) }
    };
    let kept = runner::kept_limits(store, &start)?;
    let limits = &mut start.plan.limits;
    limits.cost = measure.max_cost.or(limits.cost).or(kept.cost);
    limits.calls = measure.max_calls.or(limits.calls).or(kept.calls);
    limits.seconds = measure.max_time.or(limits.seconds);
    start.plan.shard = measure.shard.or(start.plan.shard);
    start.use_known = !measure.no_cache;
    Ok(start)
}

/// What the arms do not apply to: an error before anything is sent, unless it is allowed. A run that is gone on with was looked over
/// when it was begun.
pub(in crate::cli) fn looked_over(
    arguments: &RunArguments,
    session: &Session,
    start: &Start,
) -> Result<LookedOver, Fault> {
    if matches!(start.which, Which::Run(_)) {
        return Ok(LookedOver::default());
    }
    let found = look_over(session, &start.plan)?;
    if found.arms.is_empty() || arguments.measure.allow_inapplicable {
        return Ok(found);
    }
    let hint = "Nothing was asked. Change the arm or take these cases out of the split; with --allow-inapplicable their trials are \
                missing and the others are asked."
        .to_owned();
    Err(Fault::Asked { what: found.in_words().join("\n"), hint })
}

/// The rest of a stored run.
pub(in crate::cli) fn stored_start(store: &Store, id: i64) -> Result<Start, Fault> {
    let stored = store.run(id).map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
    let stored = stored.ok_or_else(|| Fault::Asked {
        what: format!("there is no run {id}"),
        hint: "`fourfold history --runs` lists them.".to_owned(),
    })?;
    Ok(Start { which: Which::Run(id), ..Start::new(Plan::stored(&stored)?) })
}

fn wanted(arguments: &RunArguments, session: &Session) -> Result<Wanted, Fault> {
    let split = arguments.split();
    let own = Parameters { seed: arguments.seed, temperature: arguments.temperature, ..Parameters::default() };
    let wanted = if arguments.fourfold {
        let table = table_with(&session.workbench, arguments.tuned.as_deref())?;
        Wanted::fourfold(session, &table, split, &own)
    } else {
        Wanted::arms(session, &arguments.arms_of(&session.workbench)?, split, &own)
    };
    let wanted = wanted?;
    let measure = &arguments.measure;
    Ok(Wanted {
        cases: measure.limit,
        repeats: measure.repeats.unwrap_or(wanted.repeats),
        sequential: measure.sequential,
        ..wanted
    })
}

/// Which cells of a stored run are asked.
fn chosen(arguments: &RunArguments, session: &Session, plan: &Plan, filled: Filled) -> Result<Cells, Fault> {
    let arm = match &arguments.arms[..] {
        [] => None,
        [name] => Some(plan.arms.iter().position(|arm| arm.name == *name).ok_or_else(|| {
            let known: Vec<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
            Fault::Asked {
                what: format!("the run has no arm called `{name}`"),
                hint: crate::config::did_you_mean(name, &known, "arm"),
            }
        })? as u32),
        _ => {
            let what = "a run is gone on with for all its arms, or for one".to_owned();
            return Err(Fault::Asked { what, hint: "Name one --arm, or none.".to_owned() });
        }
    };
    let no_case = || Fault::Asked {
        what: format!("there is no such case in the {} split", plan.split.as_str()),
        hint: "Give a number from 1, or a row's id.".to_owned(),
    };
    let row = match (&arguments.case, session.splits.get(plan.split)) {
        (None, _) => None,
        (Some(_), None) => return Err(no_case()),
        (Some(CaseChoice::Number(number)), Some(rows)) => {
            Some((*number <= rows.count()).then(|| number - 1).ok_or_else(no_case)?)
        }
        (Some(CaseChoice::Id(id)), Some(rows)) => {
            let found = rows.find(id).map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
            Some(found.ok_or_else(no_case)?)
        }
    };
    Ok(Cells { filled, arm, row: row.map(|row| row as u64) })
}
