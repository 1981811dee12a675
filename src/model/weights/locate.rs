//! From a model's name in a workbench to the file it runs from.

use std::path::PathBuf;

use super::{installed, model_directory};
use crate::model::ModelError;
use crate::model::catalog::{self, CatalogEntry};

/// Where a model of the catalog, or a GGUF file by its path, is on this machine.
pub fn locate(name: &str) -> Result<(PathBuf, Option<&'static str>), ModelError> {
    let path = PathBuf::from(name);
    if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("gguf")) && path.is_file() {
        return Ok((path, None));
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
