//! Adding a preset's arms and prompts to a workbench, by the text of its fourfold.toml.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::event::{Changed, NewSession};
use super::start::{StartError, open_workbench, parse_workbench};
use crate::config::MANIFEST;
use crate::run::Session;
use crate::strategy::{Preset, preset};

/// Writes the prompts that are not there yet, and the arms; a line for each file says what was done. The file is put back if it does not open with the arms in it.
pub fn add_preset(preset: &Preset, arms: &str, root: &Path) -> Result<Vec<String>, StartError> {
    let failed = |path: &Path, error: &std::io::Error| StartError {
        what: format!("cannot write {}: {error}", path.display()),
        hint: "Check the folder's permissions.".to_owned(),
        usage: false,
    };
    let manifest = root.join(MANIFEST);
    let before = match fs::read_to_string(&manifest) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "version = 1\n".to_owned(),
        Err(error) => return Err(failed(&manifest, &error)),
    };
    let there = parse_workbench(&before, root).map(|workbench| workbench.arms).unwrap_or_default();
    let has = |id: &str| there.iter().any(|arm| arm.id == id);
    let own = || arms.lines().filter_map(|line| line.strip_prefix("id = ")).map(|id| id.trim_matches('"'));
    if own().next().is_some() && own().all(has) {
        let what = format!("the arms of {} are in {MANIFEST} already", preset.id);
        let hint = format!(
            "The matrix asks them; to begin anew, take {} out of the file.",
            own().collect::<Vec<_>>().join(", ")
        );
        return Err(StartError { what, hint, usage: true });
    }
    let mut done = Vec::new();
    for (file, text) in preset.prompts {
        let path = root.join(file);
        if path.exists() {
            done.push(format!("{file} is there already and stays as it is."));
        } else {
            fs::write(&path, text).map_err(|error| failed(&path, &error))?;
            done.push(format!("Wrote {file}."));
        }
    }
    let longer = format!("{}\n\n{arms}", before.trim_end());
    fs::write(&manifest, longer).map_err(|error| failed(&manifest, &error))?;
    if let Err(error) = open_workbench(root) {
        fs::write(&manifest, before).map_err(|error| failed(&manifest, &error))?;
        let what = format!("the arms do not fit this workbench: {}", error.what);
        return Err(StartError { what, hint: error.hint, usage: true });
    }
    done.push(format!("Added the arms of {} to {MANIFEST}.", preset.id));
    Ok(done)
}

/// Adds a preset to a session's workbench; the session on that.
pub(super) fn add(session: &Session, id: &str, model: &str, tuned: Option<&str>) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let preset = preset(id).ok_or_else(|| format!("there is no preset `{id}`"))?;
    let before: Vec<&str> = session.workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
    let in_words = |error: StartError| format!("{}. {}", error.what, error.hint);
    let done = add_preset(preset, &preset.arms(model, tuned), root).map_err(in_words)?;
    let text = fs::read_to_string(root.join(MANIFEST)).map_err(|error| error.to_string())?;
    let workbench = parse_workbench(&text, root).map_err(in_words)?;
    let ids = workbench.arms.iter().map(|arm| arm.id.clone()).filter(|id| !before.contains(&id.as_str())).collect();
    let reopened = session.reopened(workbench);
    Ok(NewSession { session: Arc::new(reopened), changed: Changed::Arms { ids, words: done.join(" ") } })
}
