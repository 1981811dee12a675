//! What the training process does: loads the model, trains, tells the journal, keeps checkpoints, writes the adapter.

use std::fs;
use std::path::Path;
use std::time::Duration;

use fourfold_engine::train::TuneEnded;
use fourfold_engine::{Base, ChatMessage, Example, Precision, Trainer};

use super::adapters::{made_before, write_adapter};
use super::control::Wish;
use super::error::TuneError;
use super::examples::{TuneExample, read_examples};
use super::job::Job;
use super::journal::{JournalReader, JournalWriter, TuneEvent};
use super::lock::{Lock, Turn};
use super::overfitting::diverged;
use super::place::TrainingPlace;
use super::progress::Progress;
use super::sampler::Sampler;
use super::settings::engine;
use super::sink::Sink;
use crate::run::{now_milliseconds, stopwatch};

/// How long one that was told to stop may take to be gone: it finishes no step, but saves.
const PATIENCE: Duration = Duration::from_secs(30);
/// Row ids that a remark names.
const ROWS_NAMED: usize = 5;

/// Trains the job in `folder` to its end, or to where the person stops it. Whatever goes wrong stands in the journal.
pub fn work(folder: &Path) -> Result<(), TuneError> {
    let place = TrainingPlace::of(folder)?;
    let _lock = take_lock(&place)?;
    let turn = Turn::wait(&place, PATIENCE).map_err(|error| TuneError::file(&place.turn(), &error));
    let failed = |error: &std::io::Error| TuneError::file(&place.journal(), error);
    let mut progress = Progress::default();
    for entry in JournalReader::new(place.journal()).read().map_err(|error| failed(&error))? {
        progress.take(&entry);
    }
    let mut journal = JournalWriter::open(&place.journal()).map_err(|error| failed(&error))?;
    let ended = turn.and_then(|turn| {
        let turn = turn.ok_or_else(|| super::control::busy(None))?;
        let ended = train(&place, &mut journal, progress);
        drop(turn);
        ended
    });
    if let Err(error) = &ended {
        let event = TuneEvent::Failed { what: error.to_string(), hint: error.hint_of_training(&place.name) };
        journal.write(now_milliseconds(), event).map_err(|error| failed(&error))?;
    }
    ended
}

fn take_lock(place: &TrainingPlace) -> Result<Lock, TuneError> {
    let taken =
        Lock::wait(place, now_milliseconds(), PATIENCE).map_err(|error| TuneError::file(&place.lock(), &error))?;
    taken.ok_or_else(|| TuneError::asked(format!("another process trains `{}`", place.name), "Look on with --resume."))
}

fn train(place: &TrainingPlace, journal: &mut JournalWriter, progress: Progress) -> Result<(), TuneError> {
    let clock = stopwatch();
    let job = Job::read(place)?;
    if let Some(finished) = made_before(place, &job)? {
        journal.write(now_milliseconds(), finished).map_err(|error| TuneError::file(&place.journal(), &error))?;
        clear(&place.checkpoint());
        return Ok(());
    }
    let (rows, held_rows) = read_examples(&place.examples())?;
    let base = Base::load(&job.base_path, Precision::Quantised).map_err(|error| engine(&error))?;
    let (examples, held) = (encoded(&base, &rows)?, encoded(&base, &held_rows)?);
    let sampler = Sampler::new(&job.base_path, &base, &held_rows, &held)?;
    // Their texts are not held while training: tokens are enough.
    let ids: Vec<String> = rows.into_iter().map(|row| row.row).collect();
    drop(held_rows);
    let checkpoint = place.checkpoint();
    let mut trainer = if checkpoint.exists() {
        Trainer::resume(&base, &checkpoint, examples, held).map_err(|error| engine(&error))?
    } else {
        Trainer::new(&base, job.settings.options()?, examples, held).map_err(|error| engine(&error))?
    };
    let mut sink = Sink::new(place, journal, progress, sampler, Box::new(clock.clone()));
    let resumed_at = (trainer.step() > 0).then(|| trainer.step() as u64);
    sink.tell(TuneEvent::Started {
        steps: trainer.steps() as u64,
        epochs: job.settings.epochs,
        examples: trainer.prepared().examples as u64,
        held_out: trainer.prepared_validation().examples as u64,
        tokens: trainer.prepared().tokens as u64,
        parameters: trainer.parameters() as u64,
        resumed_at,
    })?;
    for note in job.set.notes.iter().cloned().chain(cut_notes(&trainer, &ids, job.settings.max_tokens)) {
        sink.tell(TuneEvent::Note { message: note })?;
    }
    let ended = trainer.run(&mut sink);
    // What the sink met on the way is the cause of what the engine says.
    sink.error()?;
    match ended.map_err(|error| engine(&error))? {
        TuneEnded::Finished => {
            let seconds = clock().as_secs_f64() + sink.seconds_before();
            if let Some(message) = diverged(&sink.progress().losses) {
                sink.tell(TuneEvent::Note { message })?;
            }
            let best_epoch = write_adapter(place, &job, &base, &trainer, sink.progress(), seconds)?;
            let validation = trainer.best().map_err(|error| engine(&error))?.map(|(_, _, loss)| loss);
            sink.tell(TuneEvent::Finished { adapter: job.name, best_epoch, validation, seconds })?;
            clear(&checkpoint);
        }
        TuneEnded::Stopped => match Wish::read(&place.control()) {
            Wish::Cancel => {
                sink.tell(TuneEvent::Cancelled)?;
                clear(&checkpoint);
            }
            Wish::Pause | Wish::Run => {
                sink.checkpoint(&trainer)?;
                sink.tell(TuneEvent::Paused { step: trainer.step() as u64 })?;
            }
        },
    }
    Ok(())
}

/// A checkpoint that is not needed any more; left lying it does no harm.
fn clear(checkpoint: &Path) {
    let _ = if checkpoint.is_dir() { fs::remove_dir_all(checkpoint) } else { fs::remove_file(checkpoint) };
}

fn encoded(base: &Base, rows: &[TuneExample]) -> Result<Vec<Example>, TuneError> {
    rows.iter()
        .map(|row| {
            let messages: Vec<ChatMessage> = row
                .messages
                .iter()
                .map(|message| ChatMessage::new(message.role.as_str(), message.content.clone()))
                .collect();
            base.example(&messages, &row.answer).map_err(|error| {
                let error = engine(&error);
                TuneError::failed(format!("row `{}`: {error}", row.row), error.hint())
            })
        })
        .collect()
}

/// What was cut and what was left out, in words: never silent.
fn cut_notes(trainer: &Trainer, rows: &[String], max_tokens: u32) -> Vec<String> {
    let named = |indices: Vec<usize>| {
        let named: Vec<&str> =
            indices.iter().take(ROWS_NAMED).filter_map(|index| rows.get(*index)).map(String::as_str).collect();
        let more = indices.len().saturating_sub(named.len());
        if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
    };
    let prepared = trainer.prepared();
    let mut notes = Vec::new();
    if !prepared.cut.is_empty() {
        notes.push(format!(
            "{} examples are longer than {max_tokens} tokens and their answers were cut, so their end is not learned: rows {}; \
             --max-tokens allows more",
            prepared.cut.len(),
            named(prepared.cut.iter().map(|cut| cut.example).collect())
        ));
    }
    if !prepared.left_out.is_empty() {
        notes.push(format!(
            "{} examples were left out, for their question alone is longer than {max_tokens} tokens: rows {}; --max-tokens \
             allows more",
            prepared.left_out.len(),
            named(prepared.left_out.clone())
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tune::TuneSettings;
    use crate::tune::adapters::WEIGHTS;
    use crate::tune::examples::ExampleSet;

    /// A training whose adapter stands there with the card of `data`, and which has not said that it ended.
    fn killed(data: &str) -> (tempfile::TempDir, TrainingPlace) {
        let root = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(root.path(), "orders").unwrap();
        fs::create_dir_all(place.checkpoint()).unwrap();
        fs::create_dir_all(&place.adapter).unwrap();
        let settings = TuneSettings::default();
        let set = ExampleSet { hash: "rows".to_owned(), ..ExampleSet::default() };
        let job = Job {
            name: "orders".to_owned(),
            base: "small".to_owned(),
            base_path: "/no/such/weights.gguf".into(),
            settings: settings.clone(),
            set,
            created: 1,
        };
        fs::write(place.job(), serde_json::to_vec(&job).unwrap()).unwrap();
        let epoch = |epoch, validation| json!({ "epoch": epoch, "loss": 1.0, "validation": validation });
        let card = json!({
            "format": 1, "name": "orders", "created": "", "program": "", "seconds": 12.5, "best_epoch": 2, "seed": 1,
            "base": { "name": "small", "file": "small.gguf", "hash": null, "computed_as": "" },
            "data": { "hash": data, "file": "train.jsonl", "examples": 9, "held_out": 1 },
            "trained_with": [], "settings": settings, "overfitting": null,
            "epochs": [epoch(1, 0.9), epoch(2, 0.7), epoch(3, 0.8)],
        });
        fs::write(place.adapter.join(crate::model::CARD), card.to_string()).unwrap();
        fs::write(place.adapter.join(WEIGHTS), "numbers").unwrap();
        (root, place)
    }

    fn last_word(place: &TrainingPlace) -> TuneEvent {
        JournalReader::new(place.journal()).read().unwrap().pop().unwrap().event
    }

    #[test]
    fn a_training_killed_behind_its_adapter_ends_when_it_is_gone_on_with() {
        let (_root, place) = killed("rows");
        // What a resumed one said before: that does not end it for ever.
        let failed = TuneEvent::Failed { what: "Directory not empty".to_owned(), hint: String::new() };
        JournalWriter::open(&place.journal()).unwrap().write(1, failed).unwrap();
        work(&place.folder).unwrap();
        let adapter = "orders".to_owned();
        let finished = TuneEvent::Finished { adapter, best_epoch: 2, validation: Some(0.7), seconds: 12.5 };
        assert_eq!((last_word(&place), place.checkpoint().exists()), (finished, false));
    }

    #[test]
    fn somebody_elses_adapter_of_that_name_stops_the_training_before_it_begins() {
        let (_root, place) = killed("other rows");
        let error = work(&place.folder).unwrap_err();
        assert!(error.to_string().contains("another adapter called `orders`"), "{error}");
        assert!(matches!(last_word(&place), TuneEvent::Failed { .. }) && place.checkpoint().exists());
    }
}
