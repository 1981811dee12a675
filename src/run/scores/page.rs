//! Everything the scores screen shows, made at once in a worker.

use std::collections::BTreeMap;

use serde_json::Value;

use super::flips::{Flip, flips};
use super::slices::{Sliced, sliceable, slices};
use super::source::{Measured, Source};
use super::table::ScoreTable;
use super::worth::{Worth, worths};
use crate::config::Arm;
use crate::data::Split;
use crate::run::compare::settings;
use crate::run::report::{settings_of, stored_run};
use crate::run::{NotAsked, Session};
use crate::stats::Settings;
use crate::store::{Store, StoredRun};

/// Columns that are sliced for the screen.
const SLICED: usize = 12;

/// The table and what is read off it.
#[derive(Clone, Debug)]
pub struct ScoresPage {
    /// The split's name.
    pub split: String,
    /// Arms x columns.
    pub table: ScoreTable,
    /// For each arm what changed against the baseline; nothing for the baseline itself.
    pub flips: Vec<Vec<Flip>>,
    /// The primary metric by the values of each column that can be sliced by.
    pub slices: Vec<Sliced>,
    /// What each arm costs and what that buys.
    pub worths: Vec<Worth>,
    /// Of each arm whose model the workbench knows, whether that is tuned.
    pub tuned: BTreeMap<String, bool>,
    /// How often the split was measured, where it is the test split.
    pub measured: Option<Measured>,
    /// The arms that show fewer exemplars than they ask for, in words.
    pub short: Vec<String>,
}

impl ScoresPage {
    /// Makes it of a source.
    pub fn of(source: &Source, settings: &Settings) -> Result<Self, NotAsked> {
        let table = ScoreTable::of(source, settings)?;
        Ok(Self {
            split: source.split.clone(),
            flips: (0..source.arms.len()).map(|arm| if arm == 0 { Vec::new() } else { flips(source, arm) }).collect(),
            slices: sliceable(source)
                .iter()
                .take(SLICED)
                .filter_map(|column| slices(source, column, settings).ok())
                .collect(),
            worths: worths(&table),
            tuned: BTreeMap::new(),
            measured: source.measured.clone(),
            short: source.short.clone(),
            table,
        })
    }

    /// Of a stored run. Blocks.
    pub fn of_run(session: &Session, store: &Store, run: i64) -> Result<Self, NotAsked> {
        let stored = stored_run(store, Some(run))?;
        let page = Self::of(&Source::of_run(session, store, run)?, &settings_of(session, &stored))?;
        Ok(Self { tuned: tuned_in_run(session, &stored), ..page })
    }

    /// Of what is recorded of the workbench's own arms on a split. Blocks.
    pub fn recorded(session: &Session, store: &Store, split: Split) -> Result<Self, NotAsked> {
        let (baseline, arms) = arms(session)?;
        let page = Self::of(&Source::recorded(session, store, baseline, &arms, split)?, &settings(session))?;
        Ok(Self { tuned: tuned(session), ..page })
    }
}

/// Whether each arm of the workbench asks a tuned model.
pub fn tuned(session: &Session) -> BTreeMap<String, bool> {
    session.workbench.arms.iter().filter_map(|arm| Some((arm.id.clone(), is_tuned(session, &arm.model)?))).collect()
}

/// Whether each arm of a run asked a tuned model; of models that the workbench has no longer nothing is known.
pub fn tuned_in_run(session: &Session, run: &StoredRun) -> BTreeMap<String, bool> {
    let planned = run.record.plan.get("arms").and_then(Value::as_array).into_iter().flatten();
    let of = |arm: &Value| {
        let model = arm.get("model")?.as_str()?;
        Some((arm.get("name")?.as_str()?.to_owned(), is_tuned(session, model)?))
    };
    planned.filter_map(of).collect()
}

fn is_tuned(session: &Session, model: &str) -> Option<bool> {
    session.spec(model).map(|spec| spec.is_tuned())
}

/// The baseline of the workbench (its first arm unless said) and its other arms.
pub fn arms(session: &Session) -> Result<(&Arm, Vec<&Arm>), NotAsked> {
    let workbench = &session.workbench;
    let named = workbench.run.baseline.as_deref().and_then(|id| workbench.arm(id));
    let baseline = named.or(workbench.arms.first()).ok_or_else(|| NotAsked {
        what: "the workbench has no arms".to_owned(),
        hint: "Add two [[arm]] tables to fourfold.toml.".to_owned(),
    })?;
    Ok((baseline, workbench.arms.iter().filter(|arm| arm.id != baseline.id).collect()))
}
