//! `fourfold batch`: a run by files. What is left to ask is exported for a batch endpoint or a server's batch command, and its
//! results are imported into the same cells; or both go through a provider's batch endpoint from here.

mod results;
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
use crate::config::Provider;
use crate::files::NamedFile;
use crate::model::ModelError;
use crate::model::batch::BatchServer;
use crate::run::runner::BatchRun;
use crate::run::{NotAsked, Session};
use crate::store::TrialIdentity;

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
    /// Send a batch file to its model's provider
    Submit(SubmitArguments),
    /// Ask how far a batch is
    Status(JobArguments),
    /// Fetch a batch's results into a file, for `fourfold batch import`
    Fetch(FetchArguments),
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
struct Place {
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
    /// The model's id in fourfold.toml: it says where the file is sent and with which key
    #[arg(long)]
    model: String,
    #[command(flatten)]
    place: Place,
}

/// Which batch.
#[derive(Clone, Debug, Args)]
pub(super) struct JobArguments {
    /// The provider's name for the batch, as `submit` told it
    batch: String,
    /// The model's id in fourfold.toml
    #[arg(long)]
    model: String,
    #[command(flatten)]
    place: Place,
}

/// What is fetched.
#[derive(Clone, Debug, Args)]
pub(super) struct FetchArguments {
    #[command(flatten)]
    job: JobArguments,
    /// The file; BATCH.results.jsonl unless said
    #[arg(long, short, visible_alias = "out")]
    output: Option<PathBuf>,
}

fn refused(error: &ModelError) -> Fault {
    let hint = match error {
        ModelError::Status { status: 404, .. } => {
            "Check the batch's name and that --model is the one it was submitted for.".to_owned()
        }
        ModelError::Status { status: 500.., .. } => "Try it again in a while.".to_owned(),
        error => error.hint(),
    };
    Fault::Failed { what: error.to_string(), hint }
}

pub(super) fn run<W: Write>(arguments: &BatchArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    match &arguments.command {
        BatchCommand::Export(arguments) => export(arguments, current, out),
        BatchCommand::Import(arguments) => import(arguments, current, out),
        BatchCommand::Submit(arguments) => {
            let (server, asked) = server(&arguments.model, arguments.place.workbench.as_deref(), current)?;
            let path = current.join(&arguments.file);
            let file = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            server
                .check(&asked, &file)
                .map_err(|error| Fault::Asked { what: format!("{}: {error}", path.display()), hint: error.hint() })?;
            let job = runtime()?.block_on(server.submit(&file)).map_err(|error| refused(&error))?;
            if arguments.place.json {
                return out.json(&told::job_in_json(&job, None)).map(|()| Exit::Success);
            }
            told::job(&job, out)?;
            let (id, model) = (&job.id, &arguments.model);
            out.line(&format!("Ask how far it is: fourfold batch status {id} --model {model}"))?;
            out.line(&format!("Then fetch it:     fourfold batch fetch {id} --model {model}"))?;
            Ok(Exit::Success)
        }
        BatchCommand::Status(arguments) => {
            let (server, _) = server(&arguments.model, arguments.place.workbench.as_deref(), current)?;
            let job = runtime()?.block_on(server.status(&arguments.batch)).map_err(|error| refused(&error))?;
            if arguments.place.json { out.json(&told::job_in_json(&job, None)) } else { told::job(&job, out) }?;
            Ok(Exit::Success)
        }
        BatchCommand::Fetch(arguments) => fetch(arguments, current, out),
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

/// The server of a model, and the name that the model has there.
fn server(model: &str, workbench: Option<&Path>, current: &Path) -> Result<(BatchServer, String), Fault> {
    let session = super::session_at(workbench, current)?;
    let spec = session.spec(model).ok_or_else(|| {
        let known: Vec<String> = session.models().into_iter().map(|spec| spec.id).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Fault::Asked {
            what: format!("there is no model `{model}` in fourfold.toml"),
            hint: crate::config::did_you_mean(model, &known, "model"),
        }
    })?;
    let (Provider::Server(dialect), Some(base_url)) = (spec.provider, Session::base_url(&spec)) else {
        return Err(Fault::Asked {
            what: format!("the model `{model}` runs inside this program: it takes no batches"),
            hint: "Name a model on a server.".to_owned(),
        });
    };
    let key = session.key(&spec).map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })?;
    let server = BatchServer::new(dialect, base_url, key).map_err(|error| refused(&error))?;
    Ok((server, spec.model.clone()))
}

fn fetch<W: Write>(arguments: &FetchArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let job = &arguments.job;
    let (server, _) = server(&job.model, job.place.workbench.as_deref(), current)?;
    let runtime = runtime()?;
    let found = runtime.block_on(server.status(&job.batch)).map_err(|error| refused(&error))?;
    if !job.place.json {
        told::job(&found, out)?;
    }
    if !found.has_results() {
        if job.place.json {
            out.json(&told::job_in_json(&found, None))?;
        } else {
            out.line(if found.over { "It has no results, and will have none." } else { "There are no results yet." })?;
        }
        // Whoever waits for results by this code must not wait for ever.
        return Ok(if found.over { Exit::Failure } else { Exit::Incomplete });
    }
    let usual = || PathBuf::from(format!("{}.results.jsonl", job.batch.replace(['/', '\\'], "-")));
    let path = current.join(arguments.output.clone().unwrap_or_else(usual));
    // What is fetched in part never stands where a whole file is looked for.
    let mut file = NamedFile::create(&path).map_err(|error| unwritable(&path, &error))?;
    runtime.block_on(server.fetch(&found, |bytes| file.write_all(bytes))).map_err(|error| refused(&error))?;
    file.finish().map_err(|error| unwritable(&path, &error))?;
    if job.place.json {
        out.json(&told::job_in_json(&found, Some(&path)))?;
    } else {
        out.line(&format!("Fetched to {}. Take it in: fourfold batch import {0} --run RUN", path.display()))?;
    }
    Ok(Exit::Success)
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
        written.push((path, model, lines));
    }
    if exported.lines == 0 {
        written.clear();
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
    let opening = BatchRun::open(Arc::clone(&session), store, start);
    let batch = runtime()?.block_on(opening)?.ok_or_else(|| Fault::Asked {
        what: format!("there is no run {}", arguments.run),
        hint: "`fourfold history --runs` lists them.".to_owned(),
    })?;
    let imported = batch.import(|identity| {
        let Some(line) = lines.get(&identity).copied() else { return Ok(None) };
        let Some((path, file)) = files.get_mut(line.file) else { return Ok(None) };
        let read = file.seek(SeekFrom::Start(line.at)).and_then(|_| read_line(file));
        let read = read.map_err(|error| NotAsked {
            what: format!("cannot read {} any more: {error}", path.display()),
            hint: "Import it again; what was taken in is kept.".to_owned(),
        })?;
        Ok(read.and_then(|line| line.result().ok()))
    });
    let imported = imported?;
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
