//! What the batch commands say: a few lines, or one of JSON.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Exit, Fault, Output};
use crate::model::batch::BatchJob;
use crate::run::local_time;
use crate::run::runner::{Exported, Imported};
use crate::stats::wording::{counted, grouped};
use crate::store::SentBatch;

/// Lines of a file that are named, of those that could not be read.
const NAMED: usize = 5;

/// A batch as its provider tells of it, with what is remembered of it here and the file its results were written to.
pub(super) fn job_in_json(job: &BatchJob, known: Option<&SentBatch>, file: Option<&Path>) -> Value {
    json!({
        "run": known.and_then(|known| known.run), "model": known.map(|known| &known.model),
        "under_way": known.map(|known| known.under_way),
        "batch": job.id, "status": job.status, "over": job.over, "has_results": job.has_results(), "total": job.counts.total,
        "answered": job.counts.completed, "given_up": job.counts.failed, "errors": job.errors, "file": file,
    })
}

/// The same in words.
pub(super) fn job<W: Write>(job: &BatchJob, out: &mut Output<W>) -> Result<(), Fault> {
    let counts = job.counts;
    let failed = if counts.failed > 0 { format!(", {} given up", counts.failed) } else { String::new() };
    let BatchJob { id, status, .. } = job;
    out.line(&format!("Batch {id}: {status}, {} of {} answered{failed}.", counts.completed, counts.total))?;
    job.errors.iter().take(NAMED).try_for_each(|error| out.line(&format!("  {error}")))?;
    match job.errors.len().checked_sub(NAMED) {
        Some(more @ 1..) => out.line(&format!("  and {more} more errors")),
        _ => Ok(()),
    }
}

/// A batch as it is remembered.
pub(super) fn sent_in_json(batch: &SentBatch) -> Value {
    json!({
        "batch": batch.name, "status": batch.status, "over": batch.over, "questions": batch.lines, "under_way": batch.under_way,
        "model": batch.model, "run": batch.run, "sent": batch.time, "endpoint": batch.endpoint, "file": batch.file,
    })
}

/// The same in words.
pub(super) fn sent(batch: &SentBatch) -> String {
    let name = batch.name.as_deref().unwrap_or("a batch whose name never arrived");
    let mut parts = vec![format!("{} for `{}`", counted(batch.lines, "question"), batch.model)];
    parts.extend(batch.run.map(|run| format!("run {run}")));
    parts.push(format!("sent {}", local_time(batch.time)));
    parts.extend(batch.status.clone());
    parts.push(match batch.under_way {
        0 => "nothing under way".to_owned(),
        open => format!("{} under way", grouped(open)),
    });
    format!("{name}: {}", parts.join(" \u{b7} "))
}

/// That every trial of a plan is known: no run was begun, and no file written.
pub(super) fn nothing<W: Write>(json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    if json {
        return out.json(&json!({ "run": null, "questions": 0, "known": null, "inapplicable": null, "files": [] }));
    }
    out.line(
        "Nothing is left to ask: every trial of this plan is known. No run was begun, and no file was written; --no-cache asks all \
         anew.",
    )
}

/// What was exported, into which files.
pub(super) fn exported<W: Write>(
    run: i64,
    exported: &Exported,
    files: &[(PathBuf, String, u64)],
    json: bool,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    if json {
        let files: Vec<Value> = files
            .iter()
            .map(|(path, model, lines)| json!({ "file": path, "model": model, "questions": lines }))
            .collect();
        return out.json(&json!({
            "run": run, "questions": exported.lines, "known": exported.known, "inapplicable": exported.refused, "in_batches": exported.in_batches,
            "files": files,
        }));
    }
    if exported.in_batches > 0 {
        let (are, them) = if exported.in_batches == 1 { ("is", "its") } else { ("are", "their") };
        out.line(&format!(
            "{} {are} left out: {them} question is under way in a batch. How far that is: fourfold batch status",
            counted(exported.in_batches, "cell")
        ))?;
    }
    if exported.lines == 0 {
        return out.line(&format!("Run {run}: nothing is left to ask, and no file was written."));
    }
    out.line(&format!("Run {run}: {} to ask.", counted(exported.lines, "question")))?;
    if exported.known > 0 {
        out.line(&format!("{} cells were filled by trials asked before.", grouped(exported.known)))?;
    }
    if exported.refused > 0 {
        out.line(&format!("{} cases do not fit their arm; their cells say why.", grouped(exported.refused)))?;
    }
    for (path, model, lines) in files {
        out.line(&format!("  {}  {} for `{model}`", path.display(), counted(*lines, "line")))?;
    }
    out.line(&format!("Take the results in: fourfold batch import RESULTS.jsonl --run {run}"))
}

/// What was taken in of so many results; `strange` lines were none.
pub(super) fn imported<W: Write>(
    run: i64,
    imported: &Imported,
    results: u64,
    strange: &[String],
    json: bool,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let idle = results.saturating_sub(imported.filled);
    // What was given up now may be asked again, as what was given up before.
    let open = imported.open + imported.failed;
    let exit = if open > 0 { Exit::Incomplete } else { Exit::Success };
    if json {
        out.json(&json!({
            "run": run, "results": results, "filled": imported.filled, "given_up": imported.failed, "known": imported.known,
            "inapplicable": imported.refused, "idle": idle, "not_read": strange, "open": open,
        }))?;
        return Ok(exit);
    }
    out.line(&format!("Run {run}: {} filled from {}.", counted(imported.filled, "cell"), counted(results, "result")))?;
    if imported.failed > 0 {
        let given_up = imported.failed;
        out.line(&format!("  {given_up} of them were given up by the server: missing; export again to ask again."))?;
    }
    if imported.known > 0 {
        out.line(&format!("  {} more cells were filled by trials asked before.", imported.known))?;
    }
    if idle > 0 {
        out.line(&format!(
            "  {idle} results fill no open cell: they were taken in before, or the prompt or the data has changed since."
        ))?;
    }
    for line in strange.iter().take(NAMED) {
        out.line(&format!("  not read: {line}"))?;
    }
    if let Some(more @ 1..) = strange.len().checked_sub(NAMED) {
        out.line(&format!("  and {more} more lines were not read"))?;
    }
    if open > 0 {
        let (are, them) = if open == 1 { ("cell is", "it") } else { ("cells are", "them") };
        out.line(&format!("{open} {are} open: fourfold run --resume {run} asks {them}."))?;
    } else {
        out.line(&format!("All is filled. What it shows: fourfold report {run}"))?;
    }
    Ok(exit)
}
