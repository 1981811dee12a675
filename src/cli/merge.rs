//! `fourfold merge`: the stores of other machines joined into this workbench's own.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Exit, Fault, Output};
use crate::config::program_folder;
use crate::stats::wording::counted;
use crate::store::{Merged, StoreError};

/// Where a copy of another store lies while it is read.
const ASIDE: &str = "merging";

/// Arguments of `fourfold merge`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct MergeArguments {
    /// Databases (`.fourfold/runs.db`), or the workbench folders they are in; none of them is written
    #[arg(required = true, value_name = "STORE")]
    pub stores: Vec<PathBuf>,
    /// One line of JSON for each
    #[arg(long)]
    pub json: bool,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Joins each store in turn.
pub(super) fn merge<W: Write>(arguments: &MergeArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    let aside = program_folder(&session.workbench.root).join(ASIDE);
    for shown in &arguments.stores {
        let named = current.join(shown);
        let inside = program_folder(&named).join("runs.db");
        let other = if named.is_dir() && inside.is_file() { inside } else { named };
        if !other.is_file() {
            return Err(Fault::Asked {
                what: format!("there is no database at {}", other.display()),
                hint: "Name a workbench folder that has answers, or the file `runs.db` itself.".to_owned(),
            });
        }
        let merged = store.merge(&other, &aside);
        // What is left of it is a copy.
        let _ = std::fs::remove_dir_all(&aside);
        let merged = merged.map_err(|error| match error {
            StoreError::Foreign { .. } => Fault::Asked { what: error.to_string(), hint: error.hint() },
            error => Fault::Failed { what: error.to_string(), hint: error.hint() },
        })?;
        let Merged { trials, runs, cells, votes, .. } = merged;
        if arguments.json {
            let store = other.display().to_string();
            out.json(&json!({ "store": store, "trials": trials, "runs": runs, "cells": cells, "votes": votes }))?;
        } else if merged.is_empty_there {
            out.line(&format!(
                "{}: it holds no answer and no run. If it was copied while a program was at work in it, copy `runs.db-wal` beside it as well.",
                shown.display()
            ))?;
        } else if trials + runs + cells + votes == 0 {
            out.line(&format!("{}: everything is here already.", shown.display()))?;
        } else {
            out.line(&format!(
                "{}: new here: {}, {}, {}, {}.",
                shown.display(),
                counted(trials, "trial"),
                counted(runs, "run"),
                counted(cells, "filled cell"),
                counted(votes, "judgement"),
            ))?;
        }
    }
    Ok(Exit::Success)
}
