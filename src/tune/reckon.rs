//! What a training would take: from a request, while choices still change and nothing is written, or from a job whose
//! examples are on the disk.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::error::TuneError;
use super::estimate::{Estimate, estimate};
use super::examples::{TuneExample, each_example, left_out_in_words};
use super::held_out::held_out;
use super::job::{Job, TuneRequest, base_file};
use super::journal::{JournalReader, TuneEvent};
use super::place::{TrainingPlace, check_name, named_folders};
use super::rows::TuneRows;
use super::settings::TuneSettings;
use crate::model::TokenCounter;
use crate::run::Session;

/// Examples whose tokens are counted: the mean of these is as good as that of all.
const COUNTED: usize = 256;
/// Tokens a chat template adds around a message, as a rule.
const TEMPLATE_TOKENS: usize = 5;

/// What a training would take, and what it would learn.
#[derive(Clone, Debug, PartialEq)]
pub struct Reckoned {
    /// Steps, time, memory.
    pub estimate: Estimate,
    /// Rows left out, and why.
    pub notes: Vec<String>,
    /// The first row as it would be learned.
    pub example: Option<TuneExample>,
}

/// What a training would take, and remarks about its rows; refuses what could not begin.
pub fn reckon(session: &Session, request: &TuneRequest) -> Result<Reckoned, TuneError> {
    check_name(&request.name)?;
    request.settings.options()?;
    let (_, base_path) = base_file(&session.workbench, &request.base)?;
    let rows = TuneRows::of(session, request.data.as_deref())?;
    let held = held_out(rows.count(), request.settings.validation_share, request.settings.seed);
    let arms: Vec<&str> = request.arms.iter().map(String::as_str).collect();
    let mut lengths = Lengths::new(&base_path, rows.count() * arms.len(), request.settings.max_tokens)?;
    let mut sizes = (0, 0);
    let mut first = None;
    let (_, without_answer) = each_example(session, &arms, &rows, |index, example| {
        if held.get(index).copied().unwrap_or_default() {
            sizes.1 += 1;
        } else {
            sizes.0 += 1;
        }
        lengths.take(&example);
        first.get_or_insert(example);
        Ok(())
    })?;
    if sizes.0 == 0 {
        let hint =
            "Name a train file with answers under [data] in fourfold.toml; `fourfold data check` looks it through.";
        return Err(TuneError::asked("there are no train rows with an answer to learn from", hint));
    }
    let mut notes = rows.notes.clone();
    if without_answer > 0 {
        notes.push(left_out_in_words(without_answer));
    }
    notes.extend(lengths.too_long());
    if sizes.1 == 0 {
        notes.push("nothing is held out: overfitting cannot be seen".to_owned());
    }
    let place = TrainingPlace::new(&session.workbench.root, &request.name)?;
    let estimate = lengths.estimate(sizes, &request.settings, known_pace(&place, &base_path));
    Ok(Reckoned { estimate, notes, example: first })
}

/// What a training will take, reckoned from some of its examples.
pub fn job_estimate(place: &TrainingPlace, job: &Job) -> Result<Estimate, TuneError> {
    let file = File::open(place.examples()).map_err(|error| TuneError::file(&place.examples(), &error))?;
    let mut lengths =
        Lengths::new(&job.base_path, (job.set.examples + job.set.held_out) as usize, job.settings.max_tokens)?;
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
    let sizes = (job.set.examples, job.set.held_out);
    Ok(lengths.estimate(sizes, &job.settings, known_pace(place, &job.base_path)))
}

/// The mean length of examples, counted on some of them.
struct Lengths {
    counter: TokenCounter,
    every: usize,
    seen: usize,
    counted: usize,
    tokens: usize,
    /// The most tokens an example keeps, and how many of those counted have more.
    most: (usize, usize),
}

impl Lengths {
    /// For the model at `base_path`, and about so many examples.
    fn new(base_path: &Path, examples: usize, most: u32) -> Result<Self, TuneError> {
        let counter = TokenCounter::open(base_path)?;
        let every = examples.div_ceil(COUNTED).max(1);
        Ok(Self { counter, every, seen: 0, counted: 0, tokens: 0, most: (most as usize, 0) })
    }

    /// Whether the next example is one that is counted.
    const fn is_due(&self) -> bool {
        self.seen.is_multiple_of(self.every)
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
            self.tokens += tokens.min(*most);
            self.counted += 1;
        }
        self.pass();
    }

    /// That some examples are longer than may be learned, in words.
    fn too_long(&self) -> Option<String> {
        let (most, longer) = self.most;
        let share = longer as f64 / self.counted.max(1) as f64;
        let about = (share * self.seen as f64).round();
        (longer > 0).then(|| {
            format!(
                "about {about:.0} of {} examples are longer than {most} tokens: their answers are cut, and those whose \
                 question alone is longer are left out; max tokens allows more",
                self.seen
            )
        })
    }

    fn estimate(&self, sizes: (u64, u64), settings: &TuneSettings, pace: Option<f64>) -> Estimate {
        let mean = self.tokens as f64 / self.counted.max(1) as f64;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        estimate(sizes, mean, settings, &self.counter.config().into(), cores, pace)
    }
}

/// Tokens a second that the newest other training of this workbench reached with the same model.
fn known_pace(place: &TrainingPlace, base: &Path) -> Option<f64> {
    let folder = place.folder.parent()?;
    let of_this_base = |name: String| {
        let other = TrainingPlace::of(&folder.join(name)).ok()?;
        let job = Job::read(&other).ok().filter(|job| job.base_path == base)?;
        let entries = JournalReader::new(other.journal()).read().ok()?;
        let pace = entries.iter().rev().find_map(|entry| match entry.event {
            TuneEvent::Step { tokens_per_second, .. } => Some(tokens_per_second),
            _ => None,
        })?;
        Some((job.created, pace))
    };
    named_folders(folder, "job.json")
        .into_iter()
        .filter_map(of_this_base)
        .max_by_key(|(when, _)| *when)
        .map(|(_, pace)| pace)
}
