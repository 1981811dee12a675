//! Finding the rows most like a case: by shared words (BM25), or by the angle between vectors that an embedder gives.
//!
//! Everything here is exact and pure: the same texts and the same query give the same rows in the same order on every
//! machine. Who asks a model or a server for vectors stands behind [`Embedder`].

mod best;
mod bm25;
mod coarse;
mod embedder;
mod hashed;
mod nearest;
mod tokens;

pub use bm25::{Bm25, Bm25Options};
pub use embedder::{EmbedError, Embedder, normalise};
pub use hashed::HashedNgrams;
pub use nearest::Vectors;
pub use tokens::Tokenisation;
