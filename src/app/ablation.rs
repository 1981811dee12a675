//! The ablation chart of what is recorded, read off the screen's thread.

use super::event::EventKind;
use crate::config::Arm;
use crate::data::Split;
use crate::run::ablation::{Over, Step, ablation};
use crate::run::{Session, compare};
use crate::state::{Ablation, AblationStep, Bar};
use crate::stats::{Settings, wording};
use crate::store::Store;

/// Reads the workbench's arms as a series.
pub(super) fn read(session: &Session, store: &Store, generation: u64, split: Split) -> EventKind {
    let settings = compare::settings(session);
    let arms: Vec<&Arm> = session.workbench.arms.iter().collect();
    let found = ablation(session, store, &arms, split, &settings);
    let result = found.map_err(|error| format!("{}. {}", error.what, error.hint));
    let result = result.map(|found| chart(&found.metric, found.planned, &found.steps, &settings));
    EventKind::AblationRead { generation, result }
}

/// The chart of a series.
pub(super) fn chart(metric: &str, planned: usize, steps: &[Step], settings: &Settings) -> Ablation {
    Ablation {
        metric: metric.to_owned(),
        confidence: wording::percent(settings.confidence),
        planned,
        steps: steps.iter().map(|step| shown(step, settings)).collect(),
    }
}

fn shown(step: &Step, settings: &Settings) -> AblationStep {
    let words = |over: &Option<Over>| match (over, &step.fault) {
        (Some(over), _) => wording::comparison(&step.arm, &over.other, &over.paired, &over.verdict, settings),
        (None, Some(fault)) => format!("{}. {}", fault.what, fault.hint),
        (None, None) => String::new(),
    };
    AblationStep {
        label: step.arm.clone(),
        detail: step.how.clone(),
        n: step.figure.map_or(0, |figure| figure.n),
        bar: step.figure.map(|figure| Bar { mean: figure.mean, low: figure.interval.low, high: figure.interval.high }),
        over_before: words(&step.over_before),
        over_first: words(&step.over_first),
    }
}
