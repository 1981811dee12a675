//! Which arm's failures are looked at: the one that is named, else the best prompted one.

use crate::config::{Arm, Workbench, did_you_mean};
use crate::data::Cases;
use crate::run::{NotAsked, Session};
use crate::store::{Filter, Store, StoreError};

/// Answers that are read to find the best arm.
const READ: u32 = 2_000;

/// An arm, and why this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The arm.
    pub arm: Arm,
    /// Why, in words.
    pub why: String,
}

/// The arm called `named`; else, of the arms whose model is not tuned, the one with the best mean on the dev cases, where
/// enough of its answers are recorded; else the one that asks as the prompted row of the fourfold table does.
pub fn choose(session: &Session, store: &Store, named: Option<&str>) -> Result<Chosen, NotAsked> {
    let workbench = &session.workbench;
    if let Some(id) = named {
        let known: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
        let arm = workbench.arm(id).ok_or_else(|| NotAsked {
            what: format!("no arm of the workbench is called `{id}`"),
            hint: did_you_mean(id, &known, "arm"),
        })?;
        return Ok(Chosen { arm: arm.clone(), why: "chosen by you".to_owned() });
    }
    let untuned: Vec<&Arm> = workbench.arms.iter().filter(|arm| is_untuned(workbench, arm)).collect();
    let rows = session.dev().map_or(0, Cases::count);
    let mut means: Vec<(&Arm, f64, usize)> = Vec::new();
    for arm in &untuned {
        let (mean, n) = recorded_mean(session, store, arm)?;
        if n * 2 > rows {
            means.push((arm, mean, n));
        }
    }
    if means.len() == untuned.len()
        && let Some((arm, mean, n)) = means.into_iter().max_by(|one, other| one.1.total_cmp(&other.1))
        && untuned.len() > 1
    {
        let why =
            format!("the best of {} arms by mean {}: {mean:.2} over {n} dev cases", untuned.len(), session.primary());
        return Ok(Chosen { arm: arm.clone(), why });
    }
    let table = workbench.fourfold.as_ref();
    let as_prompted = table.and_then(|table| {
        let same = |arm: &&&Arm| arm.prompt == table.prompted.prompt && arm.strategy == table.prompted.strategy;
        untuned.iter().find(same)
    });
    if let Some(arm) = as_prompted {
        return Ok(Chosen { arm: (*arm).clone(), why: "it asks as the prompted row of [fourfold]".to_owned() });
    }
    let baseline = workbench.run.baseline.as_deref();
    let other = untuned.iter().rev().find(|arm| Some(arm.id.as_str()) != baseline).or(untuned.first());
    let arm = other.ok_or_else(|| NotAsked {
        what: "the workbench has no arm with a model that is not tuned".to_owned(),
        hint: "Add an [[arm]] with a prompt, a strategy and a model to fourfold.toml.".to_owned(),
    })?;
    Ok(Chosen { arm: (*arm).clone(), why: "the last arm that is not the baseline".to_owned() })
}

fn is_untuned(workbench: &Workbench, arm: &Arm) -> bool {
    workbench.model(&arm.model).is_none_or(|model| model.base.is_none())
}

/// The mean primary score of an arm's newest recorded answer to each dev case, and over how many.
fn recorded_mean(session: &Session, store: &Store, arm: &Arm) -> Result<(f64, usize), NotAsked> {
    let Some(rows) = session.splits.dev.as_ref() else { return Ok((0.0, 0)) };
    let filter = Filter { arm: Some(arm.id.clone()), model: Some(arm.model.clone()), ..Filter::default() };
    let unread = |error: &StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let recorded = store.recent(&filter, None, READ).map_err(|error| unread(&error))?;
    let mut values = std::collections::HashMap::new();
    for trial in recorded {
        let Ok(Some(index)) = rows.find(&trial.case_id) else { continue };
        let Ok(case) = rows.case(index) else { continue };
        if values.contains_key(&trial.case_id) {
            continue;
        }
        let primary = session.primary();
        let value = match session.number_in(trial.scores.as_ref(), primary, &case) {
            Some(value) => Some(value),
            // Scored by another metric, or against another reference: again.
            None => store.trial(trial.id).map_err(|error| unread(&error))?.and_then(|stored| {
                let record = stored.record;
                let text = record.extracted.as_deref().unwrap_or(&record.answer);
                session.scores_now((record.outcome, text, None), &case, Some(primary)).first()?.1.number()
            }),
        };
        if let Some(value) = value {
            values.insert(trial.case_id, value);
        }
    }
    let n = values.len();
    Ok((values.values().sum::<f64>() / n.max(1) as f64, n))
}
