//! The leak guard of a run: no measurement on test rows that were train rows, unless the workbench allows it, and then
//! every answer says so.

use super::question::NotAsked;
use super::session::Session;
use crate::data::{DataError, Leaks, Split, leaks};
use crate::store::{LEAK_ALLOWED, Store, StoreError};

/// Pairs that a refusal shows.
const SHOWN: usize = 3;

/// What stands beside every result of a run over leaked rows that were allowed; `None` for any other run.
pub fn allowed_leak(store: &Store, run: i64) -> Result<Option<String>, StoreError> {
    let note = store.leak_in_run(run)?;
    Ok(note.map(|note| format!("Leaked: {}; this was allowed by hand.", note.trim_start_matches(LEAK_ALLOWED))))
}

impl Session {
    /// Test rows that are train rows, or almost; looked for once, in time in proportion to the rows. Nothing is found where
    /// there is no train or no test split.
    pub fn leaks(&self) -> Result<&Leaks, DataError> {
        let look = || {
            // Of a file that cannot be read nobody knows what is in it.
            match (self.splits.look(Split::Train)?, self.splits.look(Split::Test)?) {
                (Some(train), Some(test)) => leaks(train, test, self.workbench.data.leaks.threshold),
                _ => Ok(Leaks::default()),
            }
        };
        let found = self.leaks.get_or_init(look);
        found.as_ref().map_err(Clone::clone)
    }

    /// What an answer to a case of `split` has to say about leaks; an error where it may not be asked for.
    pub(super) fn leak_note(&self, split: Option<Split>) -> Result<Option<String>, NotAsked> {
        if split != Some(Split::Test) {
            return Ok(None);
        }
        let found = self.leaks().map_err(|error| NotAsked::new(&error, error.hint()))?;
        let Some(statement) = found.statement() else { return Ok(None) };
        if self.workbench.data.leaks.allow {
            return Ok(Some(format!("{LEAK_ALLOWED}{statement}")));
        }
        let pairs: Vec<String> = found.pairs.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = found.count - pairs.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        // Rows of one file cannot be mended by a command: another draw would be another split.
        let mend = if self.workbench.data.split.is_some() {
            "Take the rows out on the screen (F10: d, then w), or name the column they have in common as `group` in `split`"
        } else {
            "Take the rows out of train (`fourfold data check --fix` does)"
        };
        Err(NotAsked::new(
            &format!("the test split has leaked: {statement}: {}{more}", pairs.join("; ")),
            format!("{mend}, or write `leaks = {{ allow = true }}` under [data]: every result then says so."),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{Model, ModelError, ScriptedModel};
    use crate::run::EmbeddedFactory;

    fn session(home: &std::path::Path) -> Session {
        let workbench = Workbench::open(home, Known::default()).unwrap();
        let factory: EmbeddedFactory = Arc::new(|_: &str, _| -> Result<Arc<dyn Model>, ModelError> {
            Ok(Arc::new(ScriptedModel::answering(&["x"])))
        });
        Session::open(workbench, factory)
    }

    #[test]
    fn a_sample_has_no_leak_and_a_copied_row_is_refused_or_told() {
        for sample in &SAMPLES {
            let home = tempfile::tempdir().unwrap();
            copy_sample(sample, home.path()).unwrap();
            assert_eq!(session(home.path()).leak_note(Some(Split::Test)).unwrap(), None, "{}", sample.name);
        }
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let test = fs::read_to_string(home.path().join("data/test.jsonl")).unwrap();
        let train = fs::read_to_string(home.path().join("data/train.jsonl")).unwrap();
        let stolen = test.lines().nth(4).unwrap().replace("test-005", "stolen");
        fs::write(home.path().join("data/train.jsonl"), format!("{train}{stolen}\n")).unwrap();
        let refused = session(home.path()).leak_note(Some(Split::Test)).unwrap_err();
        assert!(refused.hint.contains("`fourfold data check --fix` does"), "{}", refused.hint);
        assert!(refused.what.starts_with("the test split has leaked: 1 of 200 test rows"), "{}", refused.what);
        assert!(
            refused.what.contains("test row 5 (`test-005`: ") && refused.what.contains("train row 201 (`stolen`: ")
        );
        assert_eq!(session(home.path()).leak_note(Some(Split::Dev)).unwrap(), None);

        let manifest = fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        let allowed = manifest.replace("[data]\n", "[data]\nleaks = { allow = true }\n");
        fs::write(home.path().join("fourfold.toml"), allowed).unwrap();
        let note = session(home.path()).leak_note(Some(Split::Test)).unwrap().unwrap();
        assert!(note.starts_with("leak allowed: 1 of 200 test rows"), "{note}");
    }
    #[test]
    fn rows_drawn_from_one_file_are_not_said_to_be_mended_by_a_command() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let row = |row: usize, end: usize| {
            let text = format!("a b c d e f g h i j k l m{row} n{row} o{row} p{row} q{row} {end}");
            format!("{}\n", serde_json::json!({ "text": text, "answer": "x" }))
        };
        let rows: String = (0..40).map(|number| row(number, 0) + &row(number, 1)).collect();
        fs::write(home.path().join("data/all.jsonl"), rows).unwrap();
        let manifest = fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        let files = "file = { train = \"data/train.jsonl\", dev = \"data/dev.jsonl\", test = \"data/test.jsonl\" }";
        assert!(manifest.contains(files));
        let drawn = "file = \"data/all.jsonl\"\nsplit = { test = 0.4, dev = 0.1, seed = 3 }";
        fs::write(home.path().join("fourfold.toml"), manifest.replace(files, drawn)).unwrap();
        let hint = session(home.path()).leak_note(Some(Split::Test)).unwrap_err().hint;
        assert!(hint.contains("F10") && !hint.contains("--fix"), "{hint}");
    }
}
