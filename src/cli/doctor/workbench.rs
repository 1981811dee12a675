//! The workbench: what fourfold.toml says, line by line, what is wrong with it, and whether its data opens.

use std::path::Path;

use super::finding::{Area, Finding};
use crate::app;
use crate::config::{MANIFEST, Workbench, origins};
use crate::run::Session;

const AREA: Area = Area::Workbench;

/// Looks at the workbench, and opens it if that can be done.
pub(super) fn look(root: &Path, findings: &mut Vec<Finding>) -> Option<Session> {
    let path = root.join(MANIFEST);
    findings.push(Finding::fine(AREA, "folder", root.display().to_string()).short(root.display().to_string()));
    match std::fs::read_to_string(&path) {
        Err(error) => {
            let hint = "Check its permissions.";
            findings.push(Finding::fault(AREA, MANIFEST, format!("cannot be read: {error}"), hint));
            return None;
        }
        Ok(text) => findings.extend(origins(&text).into_iter().map(|origin| {
            Finding::fine(AREA, origin.name, origin.value).origin(format!("{MANIFEST}:{}", origin.line))
        })),
    }
    match app::open_session(root) {
        Ok(session) => {
            findings.extend(splits(&session));
            if session.workbench.arms.is_empty() {
                let hint = "Add an [[arm]] with a prompt, a strategy and a model.";
                findings.push(Finding::note(AREA, "arms", "fourfold.toml names none").hint(hint));
            }
            findings.push(match session.recordings() {
                Ok(recordings) => Finding::fine(AREA, "recorded answers", recordings.len().to_string()),
                Err(reason) => Finding::fault(AREA, "recorded answers", reason, "Correct or remove recorded.jsonl."),
            });
            Some(session)
        }
        Err(error) => {
            let (what, hint) = (error.what, error.hint);
            // A line that is told as a fault is not told as well.
            let is_told =
                |finding: &Finding| finding.origin.as_ref().is_some_and(|origin| what.contains(&format!("{origin}: ")));
            findings.retain(|finding| !is_told(finding));
            findings.push(Finding::fault(AREA, MANIFEST, what, hint));
            None
        }
    }
}

fn splits(session: &Session) -> Vec<Finding> {
    let Workbench { data, .. } = &session.workbench;
    if data.files == crate::config::DataFiles::None {
        return vec![Finding::note(AREA, "data", "none: cases are typed by hand")];
    }
    let splits = [
        ("train", session.splits.train.as_ref()),
        ("dev", session.splits.dev.as_ref()),
        ("test", session.splits.test.as_ref()),
    ];
    let there = splits.into_iter().filter_map(|(name, rows)| {
        let rows: &dyn crate::data::Cases = rows?;
        let (count, cases) = (rows.count(), if rows.count() == 1 { "case" } else { "cases" });
        let finding = Finding::fine(AREA, format!("{name} split"), format!("{count} {cases}"));
        Some(finding.short(format!("{count} {name}")))
    });
    let faulty = session.splits.faults.iter().map(|fault| {
        let name = format!("{} split", fault.splits());
        Finding::fault(AREA, name, fault.error.to_string(), fault.error.hint())
    });
    there.chain(faulty).collect()
}
