//! Batches at a provider's endpoint: sent, asked about, fetched and stopped. What was sent is remembered before it is sent, so that
//! nothing is paid for twice.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use super::results::read_line;
use super::{CancelArguments, FetchArguments, JobArguments, Place, SubmitArguments, runtime, told};
use super::{unreadable, unwritable};
use crate::cli::{Exit, Fault, Output, session_at, store_of};
use crate::config::Provider;
use crate::files::NamedFile;
use crate::model::ModelError;
use crate::model::batch::{BatchJob, BatchServer, NotSubmitted};
use crate::run::{Session, local_time, now_milliseconds};
use crate::stats::wording::{counted, grouped};
use crate::store::{BatchRecord, SentBatch, Store, TrialIdentity};

/// The hash that a batch file is known by.
pub(super) fn hash_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().into())
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

/// The workbench and its database.
struct Bench {
    session: Session,
    store: Store,
}

impl Bench {
    fn at(place: &Place, current: &Path) -> Result<Self, Fault> {
        let session = session_at(place.workbench.as_deref(), current)?;
        let store = store_of(&session)?;
        Ok(Self { session, store })
    }

    /// The server of a model, and the name that the model has there.
    fn server(&self, model: &str) -> Result<(BatchServer, String), Fault> {
        let session = &self.session;
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

    /// The server of a batch, and what is remembered of it.
    fn batch(&self, name: &str, model: Option<&str>) -> Result<(BatchServer, Option<SentBatch>), Fault> {
        let known = self.store.batch_named(name)?;
        let model = model.or(known.as_ref().map(|known| known.model.as_str())).ok_or_else(|| Fault::Asked {
            what: format!("no batch `{name}` was sent from this workbench"),
            hint: "Name the model that it was sent for with --model; `fourfold batch list` has those that were sent from here."
                .to_owned(),
        })?;
        Ok((self.server(model)?.0, known))
    }

    /// Takes down what was heard of a batch. One that nobody remembers is taken up where a batch of as many questions was sent for the
    /// same model and its name never arrived.
    fn note(
        &self,
        known: Option<SentBatch>,
        model: Option<&str>,
        job: &BatchJob,
        coming: Option<HashSet<TrialIdentity>>,
    ) -> Result<Option<SentBatch>, Fault> {
        let known = match (known, model) {
            (Some(known), _) => Some(known),
            (None, Some(model)) => {
                let lost =
                    |batch: &SentBatch| batch.name.is_none() && batch.model == model && batch.lines == job.counts.total;
                self.store.batches()?.into_iter().find(lost)
            }
            (None, None) => None,
        };
        let Some(known) = known else { return Ok(None) };
        if known.name.is_none() {
            self.store.name_batch(known.number, job.id.clone()).wait()?;
        }
        // Nothing will come of one that is over and has no results.
        let coming = coming.or((job.over && !job.has_results()).then(HashSet::new));
        self.store.note_batch(known.number, Some(job.status.clone()), job.over, coming).wait()?;
        Ok(self.store.batch_named(&job.id)?)
    }

    /// Batches that something may still come of: with a name, and without.
    fn under_way(&self) -> Result<(Vec<SentBatch>, Vec<SentBatch>), Fault> {
        let open = self.store.batches()?.into_iter().filter(|batch| !batch.over || batch.under_way > 0);
        Ok(open.partition(|batch| batch.name.is_some()))
    }
}

pub(super) fn submit<W: Write>(
    arguments: &SubmitArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let bench = Bench::at(&arguments.place, current)?;
    let path = current.join(&arguments.file);
    let file = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
    let exported = bench.store.exported_file(blake3::hash(&file).into())?;
    let model =
        arguments.model.clone().or(exported.as_ref().map(|file| file.model.clone())).ok_or_else(|| Fault::Asked {
            what: format!("{} was not exported from this workbench, or has changed since", path.display()),
            hint: "Name the model that it is for with --model.".to_owned(),
        })?;
    let (server, asked) = bench.server(&model)?;
    let ids = server
        .check(&asked, &file)
        .map_err(|error| Fault::Asked { what: format!("{}: {error}", path.display()), hint: error.hint() })?;
    let questions: Vec<TrialIdentity> = ids.iter().filter_map(|id| TrialIdentity::parse(id)).collect();
    let under_way = bench.store.batches_of(&questions)?;
    if arguments.again {
        // One whose name never arrived is sent again in its place.
        for batch in bench.store.batches()?.iter().filter(|batch| batch.name.is_none()) {
            if under_way.contains_key(&batch.number) {
                bench.store.drop_batch(batch.number).wait()?;
            }
        }
    } else {
        paid_for(&bench.store, &arguments.file, ids.len(), &under_way, &questions)?;
    }
    let record = BatchRecord {
        time: now_milliseconds(),
        run: exported.map(|file| file.run),
        model: model.clone(),
        endpoint: server.endpoint().to_owned(),
        file: arguments.file.display().to_string(),
        lines: ids.len() as u64,
        questions,
    };
    let number = bench.store.begin_batch(record).wait()?;
    let job = match runtime()?.block_on(server.submit(&file)) {
        Ok(job) => job,
        Err(NotSubmitted { error, may_have_begun: false }) => {
            bench.store.drop_batch(number).wait()?;
            return Err(refused(&error));
        }
        Err(NotSubmitted { error, may_have_begun: true }) => {
            return Err(Fault::Failed {
                what: format!("{error}; whether the batch was begun is not known"),
                hint: lost_hint(&model),
            });
        }
    };
    bench.store.name_batch(number, job.id.clone()).wait()?;
    let known = bench.store.batch_named(&job.id)?;
    let known = bench.note(known, None, &job, None)?;
    if arguments.place.json {
        return out.json(&told::job_in_json(&job, known.as_ref(), None)).map(|()| Exit::Success);
    }
    told::job(&job, out)?;
    let id = &job.id;
    out.line(&format!("Ask how far it is: fourfold batch status {id}"))?;
    out.line(&format!("Then fetch it:     fourfold batch fetch {id}"))?;
    Ok(Exit::Success)
}

/// What to do about a batch whose name never arrived.
fn lost_hint(model: &str) -> String {
    format!(
        "Look for it in the provider's list of batches. If it is there: fourfold batch status NAME --model {model}. If not, send it again \
         with --again."
    )
}

/// Refuses a file whose questions were paid for.
fn paid_for(
    store: &Store,
    file: &Path,
    lines: usize,
    under_way: &BTreeMap<i64, u64>,
    questions: &[TrialIdentity],
) -> Result<(), Fault> {
    let of_file =
        |count: u64| format!("{} of the {} of {}", grouped(count), counted(lines as u64, "question"), file.display());
    let batches = store.batches()?;
    if let Some((batch, count)) = under_way
        .iter()
        .find_map(|(number, count)| Some((batches.iter().find(|batch| batch.number == *number)?, count)))
    {
        let (what, when) = (of_file(*count), local_time(batch.time));
        return Err(match &batch.name {
            Some(name) => Fault::Asked {
                what: format!("{what} are under way in batch {name}, sent {when}"),
                hint: format!(
                    "They would be paid for twice. How far it is: fourfold batch status {name}. Send the file all the same with --again."
                ),
            },
            None => Fault::Asked {
                what: format!("{what} were sent {when}, and whether that batch was begun is not known"),
                hint: lost_hint(&batch.model),
            },
        });
    }
    let mut answered = 0;
    for question in questions {
        answered += u64::from(store.knows(*question)?);
    }
    if answered > 0 {
        return Err(Fault::Asked {
            what: format!("{} have an answer already", of_file(answered)),
            hint: "Export again: only what is open is written. Or send the file all the same with --again.".to_owned(),
        });
    }
    Ok(())
}

pub(super) fn status<W: Write>(arguments: &JobArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let bench = Bench::at(&arguments.place, current)?;
    let json = arguments.place.json;
    let runtime = runtime()?;
    each(&bench, arguments, out, |name, model, out| {
        let (server, known) = bench.batch(name, model)?;
        let job = runtime.block_on(server.status(name)).map_err(|error| refused(&error))?;
        let known = bench.note(known, model, &job, None)?;
        if json {
            out.json(&told::job_in_json(&job, known.as_ref(), None))?;
        } else {
            told::job(&job, out)?;
        }
        Ok(Exit::Success)
    })
}

/// Does so with the batch that is named, or with every one under way; the worst of their ends.
fn each<W: Write>(
    bench: &Bench,
    arguments: &JobArguments,
    out: &mut Output<W>,
    mut with: impl FnMut(&str, Option<&str>, &mut Output<W>) -> Result<Exit, Fault>,
) -> Result<Exit, Fault> {
    if let Some(name) = &arguments.batch {
        return with(name, arguments.model.as_deref(), out);
    }
    let (named, unnamed) = bench.under_way()?;
    if named.is_empty() && unnamed.is_empty() && !arguments.place.json {
        out.line("No batch is under way. Those that were: fourfold batch list")?;
    }
    let mut worst = Exit::Success;
    let mut first_fault = None;
    for name in named.iter().filter_map(|batch| batch.name.as_deref()) {
        // One whose server is away keeps nobody from the others.
        match with(name, None, out) {
            Ok(Exit::Success) => {}
            Ok(exit) => worst = exit,
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    if !arguments.place.json {
        unnamed.iter().try_for_each(|batch| {
            out.line(&told::sent(batch))?;
            out.line(&format!("  {}", lost_hint(&batch.model)))
        })?;
    }
    first_fault.map_or(Ok(worst), Err)
}

pub(super) fn fetch<W: Write>(arguments: &FetchArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let bench = Bench::at(&arguments.job.place, current)?;
    each(&bench, &arguments.job, out, |name, model, out| fetch_one(&bench, arguments, (name, model), current, out))
}

fn fetch_one<W: Write>(
    bench: &Bench,
    arguments: &FetchArguments,
    (name, model): (&str, Option<&str>),
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let json = arguments.job.place.json;
    let (server, known) = bench.batch(name, model)?;
    let runtime = runtime()?;
    let found = runtime.block_on(server.status(name)).map_err(|error| refused(&error))?;
    let known = bench.note(known, model, &found, None)?;
    if !json {
        told::job(&found, out)?;
    }
    if !found.has_results() {
        if json {
            out.json(&told::job_in_json(&found, known.as_ref(), None))?;
        } else {
            out.line(if found.over { "It has no results, and will have none." } else { "There are no results yet." })?;
        }
        // Whoever waits for results by this code must not wait for ever.
        return Ok(if found.over { Exit::Failure } else { Exit::Incomplete });
    }
    let usual = || PathBuf::from(format!("{}.results.jsonl", name.replace(['/', '\\'], "-")));
    let path = current.join(arguments.output.clone().unwrap_or_else(usual));
    // What is fetched in part never stands where a whole file is looked for.
    let mut file = NamedFile::create(&path).map_err(|error| unwritable(&path, &error))?;
    runtime.block_on(server.fetch(&found, |bytes| file.write_all(bytes))).map_err(|error| refused(&error))?;
    file.finish().map_err(|error| unwritable(&path, &error))?;
    if found.over && path.is_file() {
        let coming = questions_in(&path).map_err(|error| unreadable(&path, &error))?;
        bench.note(known.clone(), model, &found, Some(coming))?;
    }
    if json {
        out.json(&told::job_in_json(&found, known.as_ref(), Some(&path)))?;
    } else {
        let run = known.and_then(|known| known.run).map_or_else(|| "RUN".to_owned(), |run| run.to_string());
        out.line(&format!("Fetched to {}. Take it in: fourfold batch import {0} --run {run}", path.display()))?;
    }
    Ok(Exit::Success)
}

/// The questions that a file of results speaks of.
fn questions_in(path: &Path) -> io::Result<HashSet<TrialIdentity>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut questions = HashSet::new();
    while let Some(line) = read_line(&mut file)? {
        questions.extend(line.result().ok().and_then(|result| TrialIdentity::parse(&result.custom_id)));
    }
    Ok(questions)
}

pub(super) fn cancel<W: Write>(
    arguments: &CancelArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let bench = Bench::at(&arguments.place, current)?;
    let (name, model) = (arguments.batch.as_str(), arguments.model.as_deref());
    let (server, known) = bench.batch(name, model)?;
    let job = runtime()?.block_on(server.cancel(name)).map_err(|error| refused(&error))?;
    let known = bench.note(known, model, &job, None)?;
    if arguments.place.json {
        out.json(&told::job_in_json(&job, known.as_ref(), None))?;
    } else {
        told::job(&job, out)?;
    }
    Ok(Exit::Success)
}

pub(super) fn list<W: Write>(place: &Place, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let bench = Bench::at(place, current)?;
    let batches = bench.store.batches()?;
    if batches.is_empty() && !place.json {
        out.line("No batch was sent from this workbench.")?;
    }
    for batch in &batches {
        if place.json { out.json(&told::sent_in_json(batch)) } else { out.line(&told::sent(batch)) }?;
    }
    Ok(Exit::Success)
}
