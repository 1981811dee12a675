//! Adding a preset's arms and prompts to a workbench, by the text of its fourfold.toml.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::event::{Changed, NewSession};
use super::start::{StartError, open_workbench, parse_workbench};
use crate::config::MANIFEST;
use crate::data::Case;
use crate::prompt::{Prompt, PromptKind};
use crate::run::Session;
use crate::stats::wording::counted;
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
    // Those that ask a tuned model often come later than the others: what is there stays, what is not is added.
    let (known, new): (Vec<&str>, Vec<&str>) =
        arms.split("\n\n").partition(|block| there.iter().any(|arm| Some(arm.id.as_str()) == id_of(block)));
    if new.is_empty() && !known.is_empty() {
        let what = format!("the arms of {} are in {MANIFEST} already", preset.id);
        let own: Vec<&str> = known.iter().copied().filter_map(id_of).collect();
        let mut hint = format!("The matrix asks them; to begin anew, take {} out of the file.", own.join(", "));
        if let Some(left_out) = preset.left_out(arms) {
            hint = format!("{hint} {left_out}");
        }
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
    let longer = format!("{}\n\n{}\n", before.trim_end(), new.join("\n\n").trim_end());
    fs::write(&manifest, longer).map_err(|error| failed(&manifest, &error))?;
    if let Err(error) = open_workbench(root) {
        fs::write(&manifest, before).map_err(|error| failed(&manifest, &error))?;
        let what = format!("the arms do not fit this workbench: {}", error.what);
        return Err(StartError { what, hint: error.hint, usage: true });
    }
    done.push(match known.len() {
        0 => format!("Added the arms of {} to {MANIFEST}.", preset.id),
        before => format!(
            "Added {} of {} to {MANIFEST}, beside the {before} that are there.",
            counted(new.len() as u64, "arm"),
            preset.id
        ),
    });
    done.extend(preset.left_out(arms));
    Ok(done)
}

/// The id of an arm's block.
fn id_of(block: &str) -> Option<&str> {
    block.lines().find_map(|line| line.strip_prefix("id = ")).map(|id| id.trim_matches('"'))
}

/// What the preset's prompts ask of a case that this one does not have; nothing where it has all.
pub fn lacking(preset: &Preset, case: &Case) -> Option<String> {
    let prompts: Vec<Prompt> =
        preset.prompts.iter().map(|(file, text)| Prompt::parse(text, PromptKind::of(Path::new(file)))).collect();
    let mut lacking: Vec<&str> = Vec::new();
    for name in prompts.iter().flat_map(Prompt::variables) {
        if !case.variables.contains_key(name) && !lacking.contains(&name) {
            lacking.push(name);
        }
    }
    (!lacking.is_empty()).then(|| {
        format!(
            "Its prompts name `{}`, which the cases here do not have: say which columns those are with `variables` \
             under `map` of [data], or change the prompts.",
            lacking.join("`, `")
        )
    })
}

/// Adds a preset to a session's workbench; the session on that.
pub(super) fn add(session: &Session, id: &str, model: &str, tuned: Option<&str>) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let preset = preset(id).ok_or_else(|| format!("there is no preset `{id}`"))?;
    let before: Vec<&str> = session.workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
    let in_words = |error: StartError| format!("{}. {}", error.what, error.hint);
    let mut done = add_preset(preset, &preset.arms(model, tuned), root).map_err(in_words)?;
    let case = session.dev().and_then(|dev| dev.case(0).ok());
    done.extend(case.and_then(|case| lacking(preset, &case)));
    let text = fs::read_to_string(root.join(MANIFEST)).map_err(|error| error.to_string())?;
    let workbench = parse_workbench(&text, root).map_err(in_words)?;
    let ids = workbench.arms.iter().map(|arm| arm.id.clone()).filter(|id| !before.contains(&id.as_str())).collect();
    let reopened = session.reopened(workbench);
    Ok(NewSession { session: Arc::new(reopened), changed: Changed::Arms { ids, words: done.join(" ") } })
}
