//! Rows of activations.

/// Rows of `width` values each.
pub(super) struct Matrix {
    values: Vec<f32>,
    width: usize,
}

impl Matrix {
    /// Rows from values that follow each other.
    pub(super) fn new(values: Vec<f32>, width: usize) -> Self {
        Self { values, width }
    }

    /// Rows of zeros.
    pub(super) fn zeros(rows: usize, width: usize) -> Self {
        Self::new(vec![0.0; rows * width], width)
    }

    /// Values per row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many rows.
    pub(super) fn rows(&self) -> usize {
        self.values().len() / self.width.max(1)
    }

    /// All values.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to change.
    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The rows one by one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values().chunks_exact(self.width.max(1))
    }

    /// Adds another matrix of the same shape.
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, value) in self.values_mut().iter_mut().zip(other.values()) {
            *sum += value;
        }
    }
}
