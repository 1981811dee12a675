//! What a training says while it runs, as lines of JSON in a file: written by the process that trains, read by whoever
//! looks on, now or after a restart.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum TuneEvent {
    /// The model is loaded and the first step is near.
    Started {
        /// Steps from beginning to end.
        steps: u64,
        /// Epochs.
        epochs: u32,
        /// Examples that are trained on.
        examples: u64,
        /// Examples that are held out for validation.
        held_out: u64,
        /// Tokens of one epoch.
        tokens: u64,
        /// Numbers that are trained.
        parameters: u64,
        /// The step that a training goes on from, where it was interrupted.
        resumed_at: Option<u64>,
    },
    /// A step was made.
    Step {
        /// Which, from 1.
        step: u64,
        /// In which epoch, from 1.
        epoch: u32,
        /// Its loss on the answers' tokens.
        loss: f64,
        /// Tokens a second, over the last steps.
        tokens_per_second: f64,
        /// Seconds left, at that pace.
        seconds_left: f64,
    },
    /// The held-out examples were looked at.
    Validation {
        /// After which step.
        step: u64,
        /// In which epoch.
        epoch: u32,
        /// The mean loss over them.
        loss: f64,
        /// The lowest so far: these weights are kept.
        best: bool,
    },
    /// The model so far answered a held-out case.
    Sample {
        /// After which step.
        step: u64,
        /// The row's id.
        case: String,
        /// What was wanted.
        reference: String,
        /// What it said.
        answer: String,
    },
    /// An epoch is over.
    Epoch {
        /// Which, from 1.
        epoch: u32,
        /// The mean loss over its steps.
        loss: f64,
        /// The validation loss at its end.
        validation: Option<f64>,
    },
    /// Training loss falls and validation loss rises.
    Overfitting {
        /// Since which epoch.
        epoch: u32,
        /// In words.
        message: String,
    },
    /// Everything up to here is on the disk.
    Checkpoint {
        /// After which step.
        step: u64,
    },
    /// Something the person should know; the training goes on.
    Note {
        /// In words.
        message: String,
    },
    /// It was stopped to be gone on with later.
    Paused {
        /// After which step.
        step: u64,
    },
    /// It was stopped for good.
    Cancelled,
    /// It cannot go on.
    Failed {
        /// What happened, and where.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// The adapter is written.
    Finished {
        /// Its name.
        adapter: String,
        /// The epoch whose weights were kept.
        best_epoch: u32,
        /// Their validation loss.
        validation: Option<f64>,
        /// How long it took, pauses left out.
        seconds: f64,
    },
}

impl TuneEvent {
    /// Whether the process that wrote it is done.
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Paused { .. } | Self::Cancelled | Self::Failed { .. } | Self::Finished { .. })
    }
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since 1970, UTC.
    pub time: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: TuneEvent,
}

/// The end of a journal that lines are added to.
#[derive(Debug)]
pub struct JournalWriter {
    file: File,
}

impl JournalWriter {
    /// Opens the journal at `path`. Half a line that a killed process left is cut off.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file })
    }

    /// Adds a line in one write, so that a reader sees all of it or its beginning.
    pub fn write(&mut self, time: i64, event: TuneEvent) -> io::Result<()> {
        let sync = event.is_last() || matches!(event, TuneEvent::Checkpoint { .. });
        let mut line = serde_json::to_string(&Entry { time, event })?;
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        if sync { self.file.sync_data() } else { Ok(()) }
    }
}

/// Reads a journal on from where it was read to.
#[derive(Clone, Debug)]
pub struct JournalReader {
    path: PathBuf,
    offset: u64,
}

impl JournalReader {
    /// From the beginning of the journal at `path`, which need not be there yet.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, offset: 0 }
    }

    /// What was added since. Half a line is left for the next time; a line of no known kind is passed over.
    pub fn read(&mut self) -> io::Result<Vec<Entry>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        bytes.truncate(whole);
        self.offset += whole as u64;
        Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_half_a_line_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut reader = JournalReader::new(path.clone());
        assert_eq!(reader.read().unwrap(), []);
        let mut writer = JournalWriter::open(&path).unwrap();
        writer.write(1, TuneEvent::Checkpoint { step: 8 }).unwrap();
        writer.write(2, TuneEvent::Cancelled).unwrap();
        let read = reader.read().unwrap();
        assert_eq!(read.iter().map(|entry| entry.time).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(read[0].event, TuneEvent::Checkpoint { step: 8 });
        assert!(read[1].event.is_last());

        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"time\":3,\"event\":\"checkpoint\",\"st").unwrap();
        assert_eq!(reader.read().unwrap(), []);
        file.write_all(b"ep\":9}\n{\"time\":4,\"event\":\"of a later version\"}\n").unwrap();
        assert_eq!(reader.read().unwrap(), [Entry { time: 3, event: TuneEvent::Checkpoint { step: 9 } }]);
    }

    #[test]
    fn a_killed_writers_half_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        fs::write(&path, "{\"time\":1,\"event\":\"cancelled\"}\n{\"time\":2,\"eve").unwrap();
        JournalWriter::open(&path).unwrap().write(5, TuneEvent::Cancelled).unwrap();
        let times: Vec<i64> = JournalReader::new(path).read().unwrap().iter().map(|entry| entry.time).collect();
        assert_eq!(times, [1, 5]);
    }
}
