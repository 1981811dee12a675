//! What `fourfold tune` says when a training has ended: how to ask with what it made, or how to go on with it.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::super::adapters::tune_fault;
use super::super::{Exit, Fault, Output};
use super::{TuneArguments, resume_command};
use crate::app::{keep_tuned, tuned_model};
use crate::config::{Workbench, model_block};
use crate::tune::{Job, Phase, TrainingPlace};

/// Refuses to go on with an adapter that was trained and then taken away.
pub(super) fn check_kept(place: &TrainingPlace) -> Result<(), Fault> {
    if place.adapter.is_dir() {
        return Ok(());
    }
    let name = &place.name;
    Err(Fault::Asked {
        what: format!("this training is done, and its adapter `{name}` was removed since"),
        hint: format!("`fourfold tune --name {name}` without --resume trains it again."),
    })
}

/// Says how the new adapter is asked with; writes its model to fourfold.toml where that is wanted.
pub(super) fn finished<W: Write>(
    workbench: &Workbench,
    place: &TrainingPlace,
    arguments: &TuneArguments,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let job = Job::read(place).map_err(|error| tune_fault(&error))?;
    let folder = Path::new("adapters").join(&place.name);
    let asks = |id: &str| format!("`fourfold run --fourfold --tuned {id} --case 1` asks all four cells with it.");
    let has_it =
        |model: &&crate::config::ModelSpec| model.adapter.as_ref().is_some_and(|adapter| adapter.folder == folder);
    if let Some(known) = workbench.models.iter().find(has_it) {
        return if arguments.json {
            Ok(())
        } else {
            out.line(&format!("The model `{}` of fourfold.toml answers with it. {}", known.id, asks(&known.id)))
        };
    }
    let taken = |id: &str| workbench.model(id).is_some();
    let Some(spec) = tuned_model(&workbench.models, &job.base, &place.name, taken) else {
        return if arguments.json {
            Ok(())
        } else {
            out.line(&format!("No model of fourfold.toml is {} any more: add it, and one with this adapter.", job.base))
        };
    };
    if arguments.add {
        let in_table = keep_tuned(&workbench.root, &spec).map_err(|what| Fault::Failed {
            what,
            hint: "The adapter is kept; add its model to fourfold.toml by hand.".to_owned(),
        })?;
        if arguments.json {
            return out.json(&json!({ "event": "added", "model": spec.id }));
        }
        let table = if in_table { " [fourfold] names it from now on." } else { "" };
        return out.line(&format!("The model `{}` is in fourfold.toml.{table} {}", spec.id, asks(&spec.id)));
    }
    if arguments.json {
        return Ok(());
    }
    out.line("To ask with it, add this to fourfold.toml (`--resume --add` does so):")?;
    out.line("")?;
    for line in model_block(&spec).lines() {
        out.line(line)?;
    }
    out.line("")?;
    out.line(&format!("Then {}", asks(&spec.id)))
}

/// The exit code, and how to go on with what did not end by itself.
pub(super) fn exit<W: Write>(
    phase: &Phase,
    place: &TrainingPlace,
    json: bool,
    stopping: bool,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    match phase {
        Phase::Finished => Ok(Exit::Success),
        Phase::Paused => {
            if !json {
                out.line(&resume_command(place))?;
            }
            Ok(if stopping { Exit::Interrupted } else { Exit::Success })
        }
        Phase::Cancelled => Ok(Exit::Failure),
        Phase::Failed { what, hint } => Err(Fault::Failed { what: what.clone(), hint: hint.clone() }),
        Phase::Lost | Phase::Loading | Phase::Training => Err(Fault::Failed {
            what: "the training process ended without a word; it was killed, or the machine went down".to_owned(),
            hint: resume_command(place),
        }),
    }
}
