//! Whoever turns texts into vectors: a model, a server, or counting.

use thiserror::Error;

/// Why there are no vectors.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}")]
pub struct EmbedError {
    /// What happened.
    pub what: String,
    /// What the person can do next, in one sentence.
    pub hint: String,
}

impl EmbedError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// Turns texts into vectors of length 1.
pub trait Embedder: Send + Sync {
    /// What made the vectors, exactly: vectors of different fingerprints are never compared.
    fn fingerprint(&self) -> String;

    /// What screens call it.
    fn label(&self) -> String;

    /// One vector for each text, in order, all of one width.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Makes a vector's length 1; one of nothing but zeros stays as it is.
pub fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
    if length > 0.0 {
        for value in vector {
            *value = (f64::from(*value) / length) as f32;
        }
    }
}
