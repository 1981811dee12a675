//! Files of the workbench: prompts and their drafts, models in fourfold.toml.

use std::fs;
use std::path::{Path, PathBuf};

use super::data::files::meant;
use super::drafts::{Drafts, Kept, Of};
use super::event::{EventKind, FileNow, SaveFault};
use crate::config::{Arm, Known, MANIFEST, ModelSpec, Workbench, with_arm, with_model, with_tuned};
use crate::model::discover::{KnownKey, served_models};
use crate::model::weights::check_gguf;
use crate::model::{Dialect, Key, KeySource, Keys, ModelError, ServedModel, TokenCounter, list_models};
use crate::prompt::{Overwrite, PromptError, PromptFile};
use crate::state::{KeyPlace, ListFault, PromptRead};

/// How long a provider may take to list its models.
const HOSTED_PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Reads a prompt and the draft that was kept of it, if that says something else.
pub(super) fn load_prompt(path: PathBuf, drafts: &Drafts) -> EventKind {
    let result = read_prompt(&path, drafts);
    EventKind::PromptLoaded { path, result }
}

/// A prompt's text, and its draft where one differs. A file that is gone is no error where a draft of it is kept.
pub(super) fn read_prompt(path: &Path, drafts: &Drafts) -> Result<PromptRead, String> {
    let read = PromptFile::open(path);
    let text = read.as_ref().ok().map(|file| file.text().to_owned());
    let Kept { newest, others } = drafts.kept(Of::Prompt(path), text.as_deref());
    match read {
        Err(error) if path.exists() || newest.is_none() => Err(format!("{error}. {}", error.hint())),
        _ => Ok(PromptRead { text, draft: newest, others }),
    }
}

/// Writes a prompt, unless the file has changed since it was read.
pub(super) fn save(path: &Path, text: String, expected: &str) -> EventKind {
    EventKind::Saved(save_unless_changed(path, &text, expected).map(|()| text))
}

fn save_unless_changed(path: &Path, text: &str, expected: &str) -> Result<(), SaveFault> {
    let error = match PromptFile::new(path, expected).save(text, Overwrite::IfUnchanged) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    match (&error, super::watch::read(path)) {
        (PromptError::Changed { .. }, FileNow::Text(theirs)) => Err(SaveFault::Changed(theirs)),
        _ => Err(SaveFault::Failed(format!("{error}. {}", error.hint()))),
    }
}

/// The file of weights that a person means by a path, once its model is known to be one that runs here.
pub(super) fn weights_at(root: &Path, typed: &str) -> Result<String, String> {
    let path = meant(root, typed);
    check_gguf(&path).map_err(|error| format!("{error}. {}", error.hint()))?;
    TokenCounter::open(&path).map_err(|error| format!("{}: {error}. {}", path.display(), error.hint()))?;
    Ok(path.display().to_string())
}

/// Writes a model to fourfold.toml, after everything that is there.
fn keep_model(root: &Path, spec: &ModelSpec) -> Result<(), String> {
    keep(root, |text| with_model(text, root, spec).map(|longer| (longer, ())))
}

/// Writes an arm to fourfold.toml, after the models it lacks there; what the file says then.
pub(super) fn keep_arm(root: &Path, arm: &Arm, models: &[ModelSpec]) -> Result<String, String> {
    keep(root, |text| with_arm(text, root, arm, models).map(|longer| (longer.clone(), longer)))
}

/// The same for a model that was tuned a moment ago. Whether `[fourfold]` has it in its column from now on, and had another one.
pub fn keep_tuned(root: &Path, spec: &ModelSpec) -> Result<bool, String> {
    keep(root, |text| with_tuned(text, root, spec))
}

/// Writes fourfold.toml as `change` makes it of what it says, unless somebody else writes it meanwhile; what `change` says beside it.
pub(super) fn keep<T, E: ToString>(
    root: &Path,
    change: impl FnOnce(&str) -> Result<(String, T), E>,
) -> Result<T, String> {
    let path = root.join(MANIFEST);
    let (text, overwrite) = match fs::read_to_string(&path) {
        Ok(text) => (text, Overwrite::IfUnchanged),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (String::new(), Overwrite::Always),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let (changed, said) = change(&text).map_err(|error| error.to_string())?;
    let saved = PromptFile::new(&path, &text).save(&changed, overwrite);
    saved.map(|()| said).map_err(|error| format!("{error}. {}", error.hint()))
}

/// Writes models to fourfold.toml, but for those that are there already; the id of the last one.
pub(super) fn keep_models(root: &Path, specs: &[ModelSpec]) -> Result<String, String> {
    let there = Workbench::open(root, Known::default()).map_err(|error| error.to_string())?;
    for spec in specs.iter().filter(|spec| there.model(&spec.id).is_none()) {
        keep_model(root, spec)?;
    }
    Ok(specs.last().map(|spec| spec.id.clone()).unwrap_or_default())
}

/// Asks a provider for its models with the person's own key.
pub(super) async fn hosted_models(keys: &Keys, known: KnownKey) -> Result<Vec<String>, ListFault> {
    let list = async {
        // No address but the provider's own is asked here, so that the key is in the right hands.
        let key = keys.find(Path::new("."), None, known.base_url)?;
        list_models(known.dialect, known.base_url, key.as_ref(), HOSTED_PATIENCE).await
    };
    list.await.map_err(|error| ListFault::from(&error))
}

/// Asks the server at an address for its models: without a key, and if it wants one with the one that was kept for it.
pub(super) async fn models_at(keys: &Keys, base_url: &str) -> (Result<Vec<ServedModel>, ListFault>, Option<KeySource>) {
    let open = served_models(base_url, None, HOSTED_PATIENCE).await;
    let wants_key = open.as_ref().is_err_and(ModelError::wants_key);
    let kept = keys.own_at(base_url).filter(|_| wants_key);
    let (models, source) = match kept.map(|source| (keys.read(&source), source)) {
        None => (open, None),
        Some((Err(error), source)) => (Err(error), Some(source)),
        Some((Ok(key), source)) => (served_models(base_url, Some(&key), HOSTED_PATIENCE).await, Some(source)),
    };
    (models.map_err(|error| ListFault::from(&error)), source)
}

/// Asks a server for its models with a key that was typed for it.
pub(super) async fn try_key(place: &KeyPlace, key: &Key) -> Result<Vec<ServedModel>, ListFault> {
    let list = async {
        match place.known {
            Some(known) => {
                let ids = list_models(known.dialect, known.base_url, Some(key), HOSTED_PATIENCE).await?;
                Ok(ids.iter().map(ServedModel::new).collect())
            }
            None if place.dialect != Dialect::ChatCompletions => {
                let ids = list_models(place.dialect, &place.base_url, Some(key), HOSTED_PATIENCE).await?;
                Ok(ids.iter().map(ServedModel::new).collect())
            }
            None => served_models(&place.base_url, Some(key), HOSTED_PATIENCE).await,
        }
    };
    match list.await {
        // A server that lists nothing, such as Azure's, cannot tell; the arm's next answer will.
        Err(error) if error.lists_nothing() && place.asked_by.is_some() => Ok(Vec::new()),
        listed => listed.map_err(|error| ListFault::from(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_back_until_the_file_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (path, drafts) = (folder.path().join("a.prompty"), Drafts::of(folder.path()));
        fs::write(&path, "one").unwrap();
        drafts.keep(Of::Prompt(&path), None, Some("two")).unwrap();
        let read = |text: Option<&str>, draft: Option<&str>| {
            Ok(PromptRead { text: text.map(str::to_owned), draft: draft.map(str::to_owned), others: 0 })
        };
        assert_eq!(read_prompt(&path, &drafts), read(Some("one"), Some("two")));
        save_unless_changed(&path, "two", "one").unwrap();
        assert_eq!(read_prompt(&path, &drafts), read(Some("two"), None));
        fs::remove_file(&path).unwrap();
        assert!(read_prompt(&path, &drafts).unwrap_err().contains("a.prompty"));
        drafts.keep(Of::Prompt(&path), None, Some("three")).unwrap();
        assert_eq!(read_prompt(&path, &drafts), read(None, Some("three")), "the file is gone, the draft is not");
    }

    #[test]
    fn a_file_changed_outside_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.prompty");
        fs::write(&path, "theirs").unwrap();
        let refused = save_unless_changed(&path, "mine", "what I had read");
        assert_eq!(refused, Err(SaveFault::Changed("theirs".to_owned())), "and what it says is told");
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }
}
