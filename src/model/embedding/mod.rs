//! Who turns texts into vectors for nearest-neighbour retrieval: the small model inside the program, or a server. Vectors
//! are kept by what made them and by a hash of the text.

mod cache;
mod embedded;
mod server;

pub use cache::Cached;
pub use embedded::{EMBEDDER_FOLDER, MiniLm};
pub use server::{EmbeddingDialect, ServerEmbedder};

use super::ModelError;
use crate::data::retrieval::EmbedError;

/// A model's fault as that of an embedder.
fn fault(error: &ModelError) -> EmbedError {
    EmbedError { what: error.to_string(), hint: error.hint() }
}
