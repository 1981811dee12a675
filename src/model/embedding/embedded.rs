//! The embedding model inside the program: all-MiniLM-L6-v2, in 8 bits.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourfold_engine::{Encoder, EngineError, Precision};

use crate::data::retrieval::{EmbedError, Embedder};
use crate::model::ModelError;
use crate::model::catalog::{EMBEDDER, EMBEDDER_NAME};
use crate::model::weights::{installed, model_directory};

/// Its folder among the fetched weights.
pub const EMBEDDER_FOLDER: &str = "all-MiniLM-L6-v2";

/// See the module. Its weights are loaded once, on first use.
pub struct MiniLm {
    weights: PathBuf,
    vocabulary: PathBuf,
    encoder: OnceLock<Result<Encoder, EngineError>>,
}

impl MiniLm {
    /// The model, where it has been fetched.
    pub fn find() -> Result<Self, ModelError> {
        let directory =
            model_directory().map_err(|error| ModelError::Engine { reason: error.to_string(), hint: error.hint() })?;
        Self::in_folder(&directory.join(EMBEDDER_FOLDER))
    }

    /// The model in a folder that holds its two files.
    pub fn in_folder(folder: &Path) -> Result<Self, ModelError> {
        let [weights, vocabulary] = EMBEDDER.each_ref().map(|entry| installed(entry, folder));
        let (Some(weights), Some(vocabulary)) = (weights, vocabulary) else {
            return Err(ModelError::Engine {
                reason: format!("{EMBEDDER_NAME} is not on this machine yet"),
                hint: format!("`fourfold models pull {EMBEDDER_NAME}` fetches it, once."),
            });
        };
        Ok(Self { weights, vocabulary, encoder: OnceLock::new() })
    }
}

impl Embedder for MiniLm {
    fn fingerprint(&self) -> String {
        format!("{EMBEDDER_NAME}/{}/q8_0", EMBEDDER[0].sha256.unwrap_or_default())
    }

    fn label(&self) -> String {
        "MiniLM-L6-v2 (embedded)".to_owned()
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let load = || Encoder::load(&self.weights, &self.vocabulary, Precision::Quantised);
        let failed = |error: &EngineError| EmbedError { what: error.to_string(), hint: error.hint().to_owned() };
        match self.encoder.get_or_init(load) {
            Ok(encoder) => encoder.embed(texts).map_err(|error| failed(&error)),
            Err(error) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_model_says_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = MiniLm::in_folder(folder.path()).err().unwrap();
        assert_eq!(error.hint(), "`fourfold models pull minilm-l6-v2` fetches it, once.");
    }
}
