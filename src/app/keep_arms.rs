//! Writing the arms of the screen to fourfold.toml, where runs and tunes find them; the session on it.

use std::sync::Arc;

use super::event::{Changed, NewSession};
use super::outside::keep;
use super::start::parse_workbench;
use crate::config::{ArmChange, with_arms};
use crate::run::Session;
use crate::state::unwritten::written_in_words;

/// Writes the arms, with the models that they ask and the file does not have yet.
pub(super) fn write(session: &Session, arms: &[ArmChange]) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let workbench = keep(root, |text| {
        let changed = with_arms(text, root, arms, &session.models()).map_err(|error| error.to_string())?;
        let workbench = parse_workbench(&changed, root).map_err(|error| format!("{}. {}", error.what, error.hint))?;
        Ok::<_, String>((changed, workbench))
    })?;
    let changed = Changed::Arms { ids: Vec::new(), words: written_in_words(arms.len()) };
    Ok(NewSession { session: Arc::new(session.reopened(workbench)), changed })
}
