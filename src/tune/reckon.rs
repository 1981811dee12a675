//! What a training would take: from a request, while choices still change and nothing is written, or from a job whose
//! examples are on the disk.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::error::TuneError;
use super::estimate::{Estimate, estimate};
use super::examples::{TuneExample, gather};
use super::job::{Job, TuneRequest, base_file};
use super::journal::{JournalReader, TuneEvent};
use super::place::{TrainingPlace, check_name, named_folders};
use super::rows::TuneRows;
use super::settings::config_of;
use crate::model::TokenCounter;
use crate::run::Session;

/// Examples whose tokens are counted: the mean of these is as good as that of all.
const COUNTED: usize = 256;
/// Tokens a chat template adds around a message, as a rule.
const TEMPLATE_TOKENS: usize = 5;
/// Steps after which a training's pace is one to reckon with.
const STEPS_OF_A_PACE: u64 = 10;

/// What a training would take, and what it would learn.
#[derive(Clone, Debug, PartialEq)]
pub struct Reckoned {
    /// Steps, time, memory.
    pub estimate: Estimate,
    /// Rows left out, and why.
    pub notes: Vec<String>,
    /// The first row as it would be learned, once for each arm that asks.
    pub examples: Vec<TuneExample>,
}

/// A training as it would be written down, what it would take, and remarks about its rows; refuses what could not be learned.
/// Writes nothing, and asks nothing of other trainings.
pub fn reckon(session: &Session, request: &TuneRequest, now: i64) -> Result<(Job, Reckoned), TuneError> {
    check_name(&request.name)?;
    request.settings.options()?;
    let (base, base_path) = base_file(&session.workbench, &request.base)?;
    let cut_at_context = request.settings.fit(&base, &config_of(&base_path)?)?;
    let rows = TuneRows::of(session, request.data.as_deref())?;
    let arms: Vec<&str> = request.arms.iter().map(String::as_str).collect();
    let settings = &request.settings;
    let mut lengths = Lengths::new(&base_path, rows.count(), arms.len(), settings.max_tokens)?;
    let mut examples: Vec<TuneExample> = Vec::new();
    let set = gather(session, &arms, &rows, (settings.validation_share, settings.seed), |example, _| {
        lengths.take(&example);
        if examples.first().is_none_or(|first| first.row == example.row && examples.len() < arms.len()) {
            examples.push(example);
        }
        Ok(())
    })?;
    let job = Job { name: request.name.clone(), base, base_path, settings: settings.clone(), set, created: now };
    let place = TrainingPlace::new(&session.workbench.root, &request.name)?;
    let estimate = lengths.estimate(&job, known_pace(&place, &job));
    let mut notes = job.set.notes.clone();
    notes.extend(cut_at_context);
    notes.extend(lengths.too_long());
    notes.extend(too_big(&estimate));
    Ok((job, Reckoned { estimate, notes, examples }))
}

/// That a training wants more memory than this machine has left, in words.
fn too_big(estimate: &Estimate) -> Option<String> {
    let free = free_memory()?;
    (estimate.memory_bytes > free).then(|| {
        format!(
            "that is more than the {} MB of memory that are free here: a smaller batch or fewer tokens (max tokens) take less",
            free / 1_000_000
        )
    })
}

/// The bytes of memory that programs may still take; unknown on systems that do not say so in a file.
fn free_memory() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// What a training will take, reckoned from some of its examples.
pub fn job_estimate(place: &TrainingPlace, job: &Job) -> Result<Estimate, TuneError> {
    let file = File::open(place.examples()).map_err(|error| TuneError::file(&place.examples(), &error))?;
    let arms = job.set.trained_with.len().max(1);
    let rows = (job.set.examples + job.set.held_out) as usize / arms;
    let mut lengths = Lengths::new(&job.base_path, rows, arms, job.settings.max_tokens)?;
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| TuneError::file(&place.examples(), &error))?;
        if lengths.is_due()
            && let Ok(example) = serde_json::from_str::<TuneExample>(&line)
        {
            lengths.take(&example);
        } else {
            lengths.pass();
        }
    }
    Ok(lengths.estimate(job, known_pace(place, job)))
}

/// How long examples are, counted on some of the rows.
struct Lengths {
    counter: TokenCounter,
    /// Of so many rows one is counted, with all its examples: those of different arms differ in length.
    every: usize,
    /// Examples of a row.
    arms: usize,
    seen: usize,
    counted: Vec<usize>,
    /// The most tokens an example keeps, and how many of those counted have more.
    most: (usize, usize),
}

impl Lengths {
    /// For the model at `base_path`, and about so many rows that so many arms ask.
    fn new(base_path: &Path, rows: usize, arms: usize, most: u32) -> Result<Self, TuneError> {
        let counter = TokenCounter::open(base_path)?;
        let arms = arms.max(1);
        let every = (rows * arms).div_ceil(COUNTED).max(1);
        let most = (most as usize).min(counter.context());
        Ok(Self { counter, every, arms, seen: 0, counted: Vec::new(), most: (most, 0) })
    }

    /// Whether the next example is one that is counted.
    const fn is_due(&self) -> bool {
        (self.seen / self.arms).is_multiple_of(self.every)
    }

    /// An example that is not looked at.
    const fn pass(&mut self) {
        self.seen += 1;
    }

    fn take(&mut self, example: &TuneExample) {
        if self.is_due() {
            let texts =
                example.messages.iter().map(|message| message.content.as_str()).chain([example.answer.as_str()]);
            let tokens = texts.map(|text| self.counter.count(text) + TEMPLATE_TOKENS).sum::<usize>();
            let (most, longer) = &mut self.most;
            *longer += usize::from(tokens > *most);
            // What is cut off takes neither time nor memory.
            self.counted.push(tokens.min(*most));
        }
        self.pass();
    }

    /// That some examples are longer than may be learned, in words.
    fn too_long(&self) -> Option<String> {
        let (most, longer) = self.most;
        let share = longer as f64 / self.counted.len().max(1) as f64;
        let about = (share * self.seen as f64).round();
        (longer > 0).then(|| {
            format!(
                "about {about:.0} of {} examples are longer than {most} tokens: their answers are cut, and those whose \
                 question alone is longer are left out; max tokens allows more",
                self.seen
            )
        })
    }

    /// The mean length, and the tokens of the longest batch.
    fn mean_and_longest(&self, batch: usize) -> (f64, f64) {
        let mean = self.counted.iter().sum::<usize>() as f64 / self.counted.len().max(1) as f64;
        let mut longest = self.counted.clone();
        longest.sort_unstable_by(|one, other| other.cmp(one));
        longest.truncate(batch);
        let rest = batch.saturating_sub(longest.len()) as f64 * mean;
        (mean, longest.iter().sum::<usize>() as f64 + rest)
    }

    fn estimate(&self, job: &Job, pace: Option<f64>) -> Estimate {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let sizes = (job.set.examples, job.set.held_out);
        let lengths = self.mean_and_longest(job.settings.batch.max(1) as usize);
        estimate(sizes, lengths, &job.settings, &self.counter.config().into(), cores, pace)
    }
}

/// Tokens a second that the newest other training of this workbench reached with the same model on as many layers. One of a few
/// steps says nothing: its first ones take longer.
fn known_pace(place: &TrainingPlace, job: &Job) -> Option<f64> {
    let folder = place.folder.parent()?;
    let alike = |name: String| {
        let other = TrainingPlace::of(&folder.join(name)).ok()?;
        let of = Job::read(&other).ok()?;
        let is_alike = of.base_path == job.base_path && of.settings.last_layers == job.settings.last_layers;
        let entries = JournalReader::new(other.journal()).read().ok()?;
        let pace = entries.iter().rev().find_map(|entry| match entry.event {
            TuneEvent::Step { step, tokens_per_second, .. } => Some((step, tokens_per_second)),
            _ => None,
        });
        pace.filter(|(step, _)| is_alike && *step >= STEPS_OF_A_PACE).map(|(_, pace)| (of.created, pace))
    };
    named_folders(folder, "job.json").into_iter().filter_map(alike).max_by_key(|(when, _)| *when).map(|(_, pace)| pace)
}
