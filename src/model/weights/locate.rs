//! From a model's name in a workbench to the file it runs from.

use std::path::{Path, PathBuf};

use super::{installed, model_directory};
use crate::model::ModelError;
use crate::model::catalog::{self, CatalogEntry};

/// Whether a model's name is the path of a file of weights.
pub fn is_weights_path(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it.eq_ignore_ascii_case("gguf")) && catalog::find(name).is_none()
}

/// Where a model of the catalog, or a GGUF file by its path, is on this machine.
pub fn locate(name: &str) -> Result<(PathBuf, Option<&'static str>), ModelError> {
    if is_weights_path(name) {
        let path = PathBuf::from(name);
        if path.is_file() {
            return Ok((path, None));
        }
        return Err(ModelError::Engine {
            reason: format!("there is no file `{name}`"),
            hint: "Correct `model` in fourfold.toml: a path there begins at its own folder.".to_owned(),
        });
    }
    let entry = entry(name)?;
    let directory =
        model_directory().map_err(|error| ModelError::Engine { reason: error.to_string(), hint: error.hint() })?;
    let path = installed(entry, &directory).ok_or_else(|| ModelError::Engine {
        reason: format!("{} is not on this machine yet", entry.name),
        hint: format!(
            "`fourfold models pull {}` fetches it, once; so does \"download the model\" in the palette.",
            entry.name
        ),
    })?;
    Ok((path, entry.sha256))
}

/// The catalog's entry of that name.
pub fn entry(name: &str) -> Result<&'static CatalogEntry, ModelError> {
    catalog::find(name).ok_or_else(|| ModelError::Engine {
        reason: format!("there is no embedded model `{name}`"),
        hint: "`fourfold models list` names those there are; a path to a GGUF file works too.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_nowhere_is_no_unknown_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.GGUF").display().to_string();
        let missing = locate(&path).unwrap_err();
        assert!(missing.to_string().contains("there is no file"), "{missing}");
        std::fs::write(&path, "").unwrap();
        assert_eq!(locate(&path).unwrap(), (PathBuf::from(&path), None));
        let unknown = locate("no-such-model").unwrap_err();
        assert!(unknown.to_string().contains("no embedded model `no-such-model`"), "{unknown}");
    }
}
