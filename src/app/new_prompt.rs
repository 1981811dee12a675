//! Making a prompt's file, and the arm in fourfold.toml that asks it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::sync::Arc;

use super::effect::{MadeArm, MakePrompt};
use super::event::{Changed, EventKind, NewSession};
use super::outside::keep_arm;
use super::start::parse_workbench;
use crate::config::{MANIFEST, arm_block};
use crate::run::Session;

/// Writes the file, never over another, then the arm.
pub(super) fn make(session: &Session, wanted: MakePrompt) -> EventKind {
    let MakePrompt { file, text, arm } = wanted;
    let path = session.workbench.root.join(&file);
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    if let Err(error) = written.and_then(|mut new| new.write_all(text.as_bytes())) {
        let reason = match error.kind() {
            ErrorKind::AlreadyExists => format!("{file} is there already"),
            _ => format!("{file} cannot be written: {error}"),
        };
        return EventKind::PromptMade { file, result: Err(reason) };
    }
    let Some(made) = arm else { return EventKind::PromptMade { file, result: Ok(None) } };
    match with_arm(session, &file, &made) {
        Ok(new) => EventKind::Reopened(Ok(new)),
        Err(reason) => {
            let block = arm_block(&made.arm).lines().collect::<Vec<_>>().join("  ");
            let said = format!("Made {file}, but {MANIFEST} was not changed: {reason} By hand: {block}");
            EventKind::PromptMade { file, result: Ok(Some(said)) }
        }
    }
}

fn with_arm(session: &Session, file: &str, made: &MadeArm) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let text = keep_arm(root, &made.arm, &made.models)?;
    let workbench = parse_workbench(&text, root).map_err(|error| format!("{}. {}", error.what, error.hint))?;
    let changed = Changed::Prompt { file: file.to_owned(), arm: made.arm.id.clone() };
    Ok(NewSession { session: Arc::new(session.reopened(workbench)), changed })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::app::start::open_session;
    use crate::config::{Arm, SAMPLES, copy_sample};
    use crate::model::Parameters;

    #[test]
    fn the_file_and_its_arm_are_made_and_nothing_is_written_over() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let session = open_session(home.path()).unwrap();
        let like = session.workbench.arms[1].clone();
        let arm = Arm { id: "mine".to_owned(), prompt: "mine.prompty".to_owned(), ..like };
        let arm = Arm { parameters: Parameters { temperature: Some(0.5), ..arm.parameters.clone() }, ..arm };
        let wanted = |file: &str, arm: Option<&Arm>| MakePrompt {
            file: file.to_owned(),
            text: "user:\n{{ text }}\n".to_owned(),
            arm: arm.map(|arm| MadeArm { arm: arm.clone(), models: session.workbench.models.clone() }),
        };
        let before = fs::read_to_string(home.path().join(MANIFEST)).unwrap();
        let EventKind::Reopened(Ok(new)) = make(&session, wanted("mine.prompty", Some(&arm))) else { panic!() };
        assert_eq!(new.session.workbench.arms.last(), Some(&arm), "it reads back as it was meant");
        assert!(fs::read_to_string(home.path().join(MANIFEST)).unwrap().starts_with(before.trim_end()));
        let again = make(&session, wanted("orders.prompty", None));
        assert!(matches!(again, EventKind::PromptMade { result: Err(_), .. }), "{again:?}");
        assert!(!fs::read_to_string(home.path().join("orders.prompty")).unwrap().starts_with("user:"));
        let twice = make(&new.session, wanted("other.prompty", Some(&arm)));
        let EventKind::PromptMade { result: Ok(Some(said)), .. } = twice else { panic!("{twice:?}") };
        assert!(said.contains("was not changed") && said.contains("id = \"mine\""), "{said}");
        assert!(home.path().join("other.prompty").is_file(), "the prompt is there all the same");
    }
}
