//! Rows of activations.

/// Rows of `width` values each.
pub(crate) struct Matrix {
    values: Vec<f32>,
    width: usize,
}

impl Matrix {
    /// Rows from values that follow each other.
    pub(crate) fn new(values: Vec<f32>, width: usize) -> Self {
        Self { values, width }
    }

    /// Rows of zeros.
    pub(crate) fn zeros(rows: usize, width: usize) -> Self {
        Self::new(vec![0.0; rows * width], width)
    }

    /// Values per row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many rows.
    pub(crate) fn rows(&self) -> usize {
        self.values().len() / self.width.max(1)
    }

    /// All values.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to change.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The rows one by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values().chunks_exact(self.width.max(1))
    }

    /// Adds another matrix of the same shape.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, value) in self.values_mut().iter_mut().zip(other.values()) {
            *sum += value;
        }
    }
}
