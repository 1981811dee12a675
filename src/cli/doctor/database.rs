//! The workbench's database: whether SQLite itself finds it sound.

use std::path::Path;

use super::finding::{Area, Finding};
use crate::config::program_folder;
use crate::store::{Inspection, inspect};

const AREA: Area = Area::Database;

pub(super) fn look(root: &Path, findings: &mut Vec<Finding>) {
    let folder = program_folder(root);
    findings.push(match inspect(&folder) {
        Ok(None) => Finding::fine(AREA, "runs.db", "none yet; the first answer makes it").short("none yet"),
        Err(error) => Finding::fault(AREA, "runs.db", error.to_string(), error.hint()),
        Ok(Some(Inspection { path, bytes, schema, trials, complaints })) => match complaints.first() {
            None => {
                let what = format!("sound: {trials} answers, {} KB, tables of version {schema}", bytes / 1_000);
                Finding::fine(AREA, "runs.db", what).short(format!("sound, {trials} answers"))
            }
            Some(first) => {
                let more =
                    if complaints.len() > 1 { format!(" (and {} more)", complaints.len() - 1) } else { String::new() };
                let hint = format!(
                    "Copy it, then try `sqlite3 {} .recover`; fourfold makes a new one once this one is moved away.",
                    path.display()
                );
                Finding::fault(AREA, "runs.db", format!("is damaged: {first}{more}"), hint)
            }
        },
    });
}
