//! `fourfold batch`: a run by files. What is left to ask is exported for a batch endpoint or a server's batch command, and its
//! results are imported into the same cells; or both go through a provider's batch endpoint from here.

mod results;
mod sent;
mod told;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use self::results::read_line;
use super::run::RunArguments;
use super::{Exit, Fault, Output};
use crate::run::NotAsked;
use crate::run::runner::BatchRun;
use crate::store::{ExportedFile, TrialIdentity};

/// Arguments of `fourfold batch`.
#[derive(Clone, Debug, Args)]
pub struct BatchArguments {
    #[command(subcommand)]
    command: BatchCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum BatchCommand {
    /// Write what is left to ask as batch files, one a model: for a batch endpoint, or for `vllm run-batch`
    Export(Box<ExportArguments>),
    /// Take results into the run's cells: in any order, in parts, more than once
    Import(ImportArguments),
    /// Send a batch file to its model's provider; what is under way there or answered already is not sent twice
    Submit(SubmitArguments),
    /// Ask how far a batch is, or all that are under way
    Status(JobArguments),
    /// Fetch a batch's results into a file for `fourfold batch import`, or those of all that are under way
    Fetch(FetchArguments),
    /// Ask the provider to stop a batch; what it answered until then can still be fetched
    Cancel(CancelArguments),
    /// List the batches that were sent from this workbench, without asking anybody
    List(Place),
}

/// What is exported.
#[derive(Clone, Debug, Args)]
pub(super) struct ExportArguments {
    /// The folder for the files; each is called batch-RUN-MODEL.jsonl, and one that is there is never overwritten
    #[arg(long, short, visible_alias = "out", default_value = ".")]
    output: PathBuf,
    /// Which run, as for `fourfold run`
    #[command(flatten)]
    run: RunArguments,
}

/// What is imported.
#[derive(Clone, Debug, Args)]
pub(super) struct ImportArguments {
    /// Files of results, as a provider gives them or `vllm run-batch` writes them
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// The run's number, as `export` told it
    #[arg(long)]
    run: i64,
    #[command(flatten)]
    place: Place,
}

/// Where, and how it is told.
#[derive(Clone, Debug, Args)]
pub(super) struct Place {
    /// One line of JSON
    #[arg(long, alias = "jsonl")]
    json: bool,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    workbench: Option<PathBuf>,
}

/// What is sent.
#[derive(Clone, Debug, Args)]
pub(super) struct SubmitArguments {
    /// A file that `export` wrote
    file: PathBuf,
    /// The model's id in fourfold.toml: it says where the file is sent and with which key. Needed for a file that another workbench
    /// exported
    #[arg(long)]
    model: Option<String>,
    /// Send it although questions of it are under way in a batch or have an answer: they are paid for again
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    place: Place,
}

/// Which batch.
#[derive(Clone, Debug, Args)]
pub(super) struct JobArguments {
    /// The provider's name for the batch, as `submit` told it; every one under way unless said
    batch: Option<String>,
    /// The model's id in fourfold.toml, for a batch that was not sent from this workbench
    #[arg(long, requires = "batch")]
    model: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Which batch is stopped.
#[derive(Clone, Debug, Args)]
pub(super) struct CancelArguments {
    /// The provider's name for the batch
    batch: String,
    /// The model's id in fourfold.toml, for a batch that was not sent from this workbench
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// What is fetched.
#[derive(Clone, Debug, Args)]
pub(super) struct FetchArguments {
    #[command(flatten)]
    job: JobArguments,
    /// The file; BATCH.results.jsonl unless said
    #[arg(long, short, visible_alias = "out", requires = "batch")]
    output: Option<PathBuf>,
}

pub(super) fn run<W: Write>(arguments: &BatchArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    match &arguments.command {
        BatchCommand::Export(arguments) => export(arguments, current, out),
        BatchCommand::Import(arguments) => import(arguments, current, out),
        BatchCommand::Submit(arguments) => sent::submit(arguments, current, out),
        BatchCommand::Status(arguments) => sent::status(arguments, current, out),
        BatchCommand::Fetch(arguments) => sent::fetch(arguments, current, out),
        BatchCommand::Cancel(arguments) => sent::cancel(arguments, current, out),
        BatchCommand::List(place) => sent::list(place, current, out),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::Asked { what: format!("cannot read {}: {error}", path.display()), hint: "Name another file.".to_owned() }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    let what = format!("cannot write {}: {error}", path.display());
    Fault::Failed { what, hint: "Name another place with --output.".to_owned() }
}

fn export<W: Write>(arguments: &ExportArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let run = &arguments.run;
    super::measure::for_a_batch(run)?;
    let session = super::session_at(run.folder.as_deref().or(run.workbench.as_deref()), current)?;
    let store = super::store_of(&session)?;
    let start = super::measure::start_of(run, &session, &store)?;
    let inapplicable = super::measure::looked_over(run, &session, &start)?;
    if !run.json {
        inapplicable.in_words().iter().try_for_each(|line| out.line(&format!("Missing from the start: {line}")))?;
    }
    let kept = store.clone();
    let opening = BatchRun::open(Arc::new(session), store, start);
    let Some(batch) = runtime()?.block_on(opening)? else {
        told::nothing(run.json, out)?;
        return Ok(Exit::Success);
    };
    let folder = current.join(&arguments.output);
    let made = !folder.is_dir();
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let models = batch.models();
    let names = file_names(batch.run(), &models).into_iter().map(|name| folder.join(name));
    let paths: BTreeMap<String, PathBuf> = models.iter().map(|model| (*model).to_owned()).zip(names).collect();
    if let Some(there) = paths.values().find(|path| path.symlink_metadata().is_ok()) {
        return Err(Fault::Asked {
            what: format!("{} is there already, and is left as it is", there.display()),
            hint: "Name another folder with --output, or take the file away.".to_owned(),
        });
    }
    let mut files: HashMap<String, (BufWriter<File>, u64)> = HashMap::new();
    for (model, path) in &paths {
        let file = File::create_new(path).map_err(|error| unwritable(path, &error))?;
        files.insert(model.clone(), (BufWriter::new(file), 0));
    }
    let exported = batch.export(|model, line| match files.get_mut(model) {
        Some((file, lines)) => {
            *lines += 1;
            writeln!(file, "{line}")
        }
        None => Ok(()),
    });
    let exported = exported.inspect_err(|_| {
        // Half a file is none, and would be in the way of the next try.
        for path in paths.values() {
            let _ = fs::remove_file(path);
        }
    })?;
    if exported.lines == 0 {
        for path in paths.values() {
            let _ = fs::remove_file(path);
        }
        if made {
            let _ = fs::remove_dir(&folder);
        }
    }
    let mut written = Vec::new();
    for (model, path) in paths {
        let Some((mut file, lines)) = files.remove(&model) else { continue };
        file.flush().map_err(|error| unwritable(&path, &error))?;
        if exported.lines > 0 {
            let hash = sent::hash_of(&path).map_err(|error| unreadable(&path, &error))?;
            let file = ExportedFile { hash, run: batch.run(), model: model.clone() };
            kept.record_export(file).wait()?;
            written.push((path, model, lines));
        }
    }
    told::exported(batch.run(), &exported, &written, run.json, out)?;
    Ok(Exit::Success)
}

/// What the files of these models are called: each differently, also where capitals do not count.
fn file_names(run: i64, models: &[&str]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |model: &&str| {
        let kept = |it: char| if it.is_alphanumeric() || matches!(it, '-' | '.') { it } else { '_' };
        let stem: String = format!("batch-{run}-{}", model.chars().map(kept).collect::<String>());
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let free = std::iter::once(stem.clone()).chain(numbered).find(|name| taken.insert(name.to_lowercase()));
        format!("{}.jsonl", free.unwrap_or(stem))
    };
    models.iter().map(name).collect()
}

/// Where a result stands.
#[derive(Clone, Copy)]
struct Line {
    file: usize,
    at: u64,
    good: bool,
}

fn import<W: Write>(arguments: &ImportArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.place.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    let start = super::measure::stored_start(&store, arguments.run)?;
    let mut lines: HashMap<TrialIdentity, Line> = HashMap::new();
    let mut files = Vec::new();
    let mut strange = Vec::new();
    for (number, path) in arguments.results.iter().enumerate() {
        let path = current.join(path);
        let mut file = BufReader::new(File::open(&path).map_err(|error| unreadable(&path, &error))?);
        let (mut at, mut line_number) = (0, 0_u64);
        while let Some(line) = read_line(&mut file).map_err(|error| unreadable(&path, &error))? {
            let begun = at;
            at += line.length;
            line_number += 1;
            if line.is_blank() {
                continue;
            }
            let place = || format!("{}:{line_number}", path.display());
            match line.result() {
                Err(why) => strange.push(format!("{}: {why}", place())),
                Ok(result) => match TrialIdentity::parse(&result.custom_id) {
                    None => strange.push(format!("{}: its custom_id is not one of fourfold's", place())),
                    Some(identity) => {
                        let good = result.answer.is_ok();
                        let known = lines.get(&identity).is_some_and(|known| known.good && !good);
                        if !known {
                            lines.insert(identity, Line { file: number, at: begun, good });
                        }
                    }
                },
            }
        }
        files.push((path, file));
    }
    let session = Arc::new(session);
    let opening = BatchRun::open(Arc::clone(&session), store.clone(), start);
    let batch = runtime()?.block_on(opening)?.ok_or_else(|| Fault::Asked {
        what: format!("there is no run {}", arguments.run),
        hint: "`fourfold history --runs` lists them.".to_owned(),
    })?;
    let mut back = Vec::new();
    let imported = batch.import(|identity| {
        let Some(line) = lines.get(&identity).copied() else { return Ok(None) };
        let Some((path, file)) = files.get_mut(line.file) else { return Ok(None) };
        let read = file.seek(SeekFrom::Start(line.at)).and_then(|_| read_line(file));
        let read = read.map_err(|error| NotAsked {
            what: format!("cannot read {} any more: {error}", path.display()),
            hint: "Import it again; what was taken in is kept.".to_owned(),
        })?;
        let result = read.and_then(|line| line.result().ok());
        back.extend(result.is_some().then_some(identity));
        Ok(result)
    });
    let imported = imported?;
    // What was taken in before is no more under way than what was taken in now.
    for (identity, _) in lines.iter().filter(|(_, line)| line.good) {
        back.extend(store.knows(*identity)?.then_some(*identity));
    }
    store.settle_questions(back).wait()?;
    told::imported(batch.run(), &imported, lines.len() as u64, &strange, arguments.place.json, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_a_file_of_its_own() {
        let models = ["GPT-4.1", "a/b", "a:b", "a_b", "gpt-4.1", "gpt-4_1", "../../etc"];
        let expected = ["GPT-4.1", "a_b", "a_b-2", "a_b-3", "gpt-4.1-2", "gpt-4_1", ".._.._etc"];
        let expected: Vec<String> = expected.iter().map(|name| format!("batch-7-{name}.jsonl")).collect();
        assert_eq!(file_names(7, &models), expected);
    }
}
