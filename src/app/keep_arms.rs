//! Writing the arms of the screen to fourfold.toml, where runs and tunes find them; the session on it.

use std::sync::Arc;

use super::event::{Changed, NewSession};
use super::start::parse_workbench;
use crate::config::{ArmChange, MANIFEST, with_arms};
use crate::prompt::{Overwrite, PromptFile};
use crate::run::Session;
use crate::state::unwritten::written_in_words;

/// Writes the arms, with the models that they ask and the file does not have yet.
pub(super) fn write(session: &Session, arms: &[ArmChange]) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let path = root.join(MANIFEST);
    let (text, overwrite) = match std::fs::read_to_string(&path) {
        Ok(text) => (text, Overwrite::IfUnchanged),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (String::new(), Overwrite::Always),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let changed = with_arms(&text, root, arms, &session.models()).map_err(|error| error.to_string())?;
    let workbench = parse_workbench(&changed, root).map_err(|error| format!("{}. {}", error.what, error.hint))?;
    let written = PromptFile::new(&path, &text).save(&changed, overwrite);
    written.map_err(|error| format!("{error}. {}", error.hint()))?;
    let changed = Changed::Arms { ids: Vec::new(), words: written_in_words(arms.len()) };
    Ok(NewSession { session: Arc::new(session.reopened(workbench)), changed })
}
