//! `fourfold tune --list`: how every training of a workbench stands.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::super::adapters::tune_fault;
use super::super::{Exit, Fault, Output};
use crate::tune::{Phase, TrainingPlace, Watch, trainings};

/// Prints a line for each training, by name.
pub(super) fn list<W: Write>(root: &Path, as_json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    let names = trainings(root);
    if names.is_empty() && !as_json {
        out.line("No training was begun in this workbench.")?;
    }
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for name in names {
        let place = TrainingPlace::new(root, &name).map_err(|error| tune_fault(&error))?;
        let mut watch = Watch::of(&place);
        watch.look().map_err(|error| tune_fault(&error))?;
        let progress = watch.progress();
        let is_gone = progress.phase == Phase::Finished && !place.adapter.is_dir();
        if as_json {
            let phase = in_one_word(&progress.phase);
            out.json(&json!({
                "name": name, "phase": phase, "step": progress.step, "steps": progress.steps,
                "in_words": progress.in_words(), "can_resume": progress.phase.can_resume(), "adapter_is_there": place.adapter.is_dir(),
            }))?;
            continue;
        }
        let gone = if is_gone { "; its adapter was removed since" } else { "" };
        out.line(&format!("{name:width$}  {}{gone}", progress.in_words()))?;
        if progress.phase.can_resume() {
            let line = format!("{:width$}  {}", "", super::resume_command(&place));
            out.line(&line)?;
        }
    }
    Ok(Exit::Success)
}

const fn in_one_word(phase: &Phase) -> &'static str {
    match phase {
        Phase::Loading => "loading",
        Phase::Training => "training",
        Phase::Paused => "paused",
        Phase::Cancelled => "cancelled",
        Phase::Lost => "interrupted",
        Phase::Failed { .. } => "failed",
        Phase::Finished => "finished",
    }
}
