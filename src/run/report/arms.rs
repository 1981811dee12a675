//! The arms of a run as they were asked, and which of them are the four cells.

use std::sync::Arc;

use serde_json::Value;

use super::{NotAsked, Session, unread};
use crate::report::Arm;
use crate::run::fourfold::{Cell, questions};
use crate::store::{Store, StoredRun, TrialRecord};

/// Every arm, from the plan; what a plan does not hold, from the arm's first trial.
pub(super) fn arms(session: &Session, store: &Store, run: &StoredRun) -> Result<Vec<Arm>, NotAsked> {
    let mut firsts: Vec<Option<i64>> = vec![None; run.record.arms.len()];
    let planned = run.record.plan.get("arms").and_then(Value::as_array).cloned().unwrap_or_default();
    if planned.iter().any(|arm| !arm.is_object()) || planned.len() < run.record.arms.len() {
        store
            .each_cell(run.id, |cell| {
                if let Some(first) = firsts.get_mut(cell.place.arm as usize) {
                    first.get_or_insert(cell.trial);
                }
            })
            .map_err(|error| unread(&error))?;
    }
    let mut arms = Vec::new();
    for (number, arm) in run.record.arms.iter().enumerate() {
        let first: Option<TrialRecord> = match firsts.get(number).copied().flatten() {
            Some(trial) => store.trial(trial).map_err(|error| unread(&error))?.map(|trial| trial.record),
            None => None,
        };
        let plan = planned.get(number);
        let words = |key: &str, from: fn(&TrialRecord) -> String| {
            let told = plan.and_then(|plan| plan.get(key)?.as_str().map(str::to_owned));
            told.or_else(|| first.as_ref().map(from)).unwrap_or_default()
        };
        let value = |key: &str, from: fn(&TrialRecord) -> Value| {
            let told = plan.and_then(|plan| plan.get(key).cloned());
            told.or_else(|| first.as_ref().map(from)).unwrap_or(Value::Null)
        };
        let model = words("model", |trial| trial.arm.model.clone());
        let text = store.prompt_text(&arm.prompt_hash).map_err(|error| unread(&error))?;
        arms.push(Arm {
            name: arm.name.clone(),
            prompt_path: words("prompt", |trial| trial.arm.prompt_path.clone()),
            prompt_text: text.or_else(|| first.as_ref().map(|trial| trial.arm.prompt_text.clone())).unwrap_or_default(),
            prompt_hash: arm.prompt_hash.clone(),
            strategy: value("strategy", |trial| trial.arm.strategy.clone()),
            base: session.spec(&model).and_then(|spec| spec.base),
            model,
            fingerprint: words("fingerprint", |trial| trial.arm.fingerprint.clone()),
            parameters: value("parameters", |trial| serde_json::to_value(trial.parameters()).unwrap_or_default()),
        });
    }
    Ok(arms)
}

/// The columns of the four cells: those the plan says, else those named so, else the arms that ask what the workbench's
/// [fourfold] table asks.
pub(super) fn cells(session: &Session, run: &StoredRun, arms: &[Arm]) -> Option<[usize; 4]> {
    let named = |name: &str| arms.iter().position(|arm| arm.name == name);
    if run.record.plan.get("fourfold").and_then(Value::as_bool) == Some(true) && arms.len() >= 4 {
        return Some([0, 1, 2, 3]);
    }
    let by_name = Cell::ALL.map(|cell| named(cell.as_str()));
    if let [Some(one), Some(two), Some(three), Some(four)] = by_name {
        return Some([one, two, three, four]);
    }
    let wanted = questions(session, &Arc::default(), None, None).ok()?;
    let root = &session.workbench.root;
    let mut found = Vec::new();
    for (_, question) in &wanted {
        let path = question.prompt_path.strip_prefix(root).unwrap_or(&question.prompt_path);
        let strategy = serde_json::to_value(&question.strategy).ok()?;
        found.push(arms.iter().position(|arm| {
            arm.model == question.model && arm.strategy == strategy && std::path::Path::new(&arm.prompt_path) == path
        })?);
    }
    <[usize; 4]>::try_from(found).ok()
}
