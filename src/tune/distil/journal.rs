//! The journal of a distillation: one line of JSON for each answer and for each decision, only ever added to.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Review;
use crate::tune::TuneError;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum DistilEvent {
    /// The arm answered a row.
    Answered {
        /// The row's id, for people.
        row: String,
        /// What was asked about, by [`crate::store::case_key`].
        case: String,
        /// How it was asked, by [`crate::store::arm_key`].
        asked: String,
        /// What became of it, by its stable name.
        outcome: String,
        /// The answer, after the strategy has read it.
        answer: String,
    },
    /// A person decided about an answer.
    Reviewed {
        /// The row's id, for people.
        row: String,
        /// Which case.
        case: String,
        /// What was decided.
        #[serde(flatten)]
        review: Review,
    },
}

/// Adds lines, and returns when they are on the disk. Half a line that a killed process left is ended first, and passed over
/// by whoever reads.
pub fn append(path: &Path, events: &[DistilEvent]) -> Result<(), TuneError> {
    let failed = |error: &std::io::Error| TuneError::file(path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).open(path).map_err(|error| failed(&error))?;
    let mut lines = Vec::new();
    if !ends_with_a_line(&mut file).map_err(|error| failed(&error))? {
        lines.push(b'\n');
    }
    for event in events {
        serde_json::to_writer(&mut lines, event).map_err(|error| failed(&error.into()))?;
        lines.push(b'\n');
    }
    file.write_all(&lines).and_then(|()| file.sync_data()).map_err(|error| failed(&error))
}

fn ends_with_a_line(file: &mut fs::File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Everything the journal says; none is no fault. A line that cannot be read is passed over.
pub fn read_journal(path: &Path) -> Result<Vec<DistilEvent>, TuneError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(TuneError::file(path, &error)),
    };
    Ok(text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed(row: &str, review: Review) -> DistilEvent {
        DistilEvent::Reviewed { row: row.to_owned(), case: row.to_owned(), review }
    }

    #[test]
    fn lines_are_added_and_half_a_line_is_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("distil/big/journal.jsonl");
        assert_eq!(read_journal(&path).unwrap(), []);
        let first = reviewed("a", Review::Edit { answer: "two\nlines".to_owned() });
        append(&path, std::slice::from_ref(&first)).unwrap();
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"event\":\"reviewed\",\"row\":\"b");
        fs::write(&path, text).unwrap();
        let second = reviewed("c", Review::Drop);
        append(&path, std::slice::from_ref(&second)).unwrap();
        assert_eq!(read_journal(&path).unwrap(), [first, second]);
        let line = fs::read_to_string(&path).unwrap();
        assert!(
            line.starts_with("{\"event\":\"reviewed\",\"row\":\"a\",\"case\":\"a\",\"verdict\":\"edit\""),
            "{line}"
        );
    }
}
