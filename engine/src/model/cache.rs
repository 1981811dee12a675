//! The keys and values a sequence has seen, in pages that grow with it and can be shared between sequences.
//!
//! A page holds all layers of [`PAGE`] positions. Sharing a prefix is a copy of the page list; the first write to a shared
//! page copies that page alone. Nothing is ever moved because a sequence grows, so a token costs the same at position
//! 10 and at position 8,000, but for the attention itself.

use std::sync::Arc;

use super::Config;

/// Positions per page.
pub(crate) const PAGE: usize = 64;

/// The layout of a page: layer by layer, head by head, first all keys, then all values.
///
/// A head's keys are stored value by value, each with all the page's positions, so that one query meets [`PAGE`] keys at
/// once; its values are stored position by position, for summing them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageShape {
    layers: usize,
    heads: usize,
    head_size: usize,
}

impl PageShape {
    pub(crate) fn new(config: &Config) -> Self {
        Self { layers: config.layers, heads: config.key_value_heads, head_size: config.head_size }
    }

    fn head_values(self) -> usize {
        PAGE * self.head_size
    }

    fn values(self) -> usize {
        self.layers * 2 * self.heads * self.head_values()
    }

    /// Bytes a page takes.
    pub(crate) fn bytes(self) -> usize {
        self.values() * size_of::<f32>()
    }

    fn start(self, layer: usize, part: Part, head: usize) -> usize {
        let part = match part {
            Part::Keys => 0,
            Part::Values => 1,
        };
        ((layer * 2 + part) * self.heads + head) * self.head_values()
    }
}

/// The half of a layer's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Keys,
    Values,
}

/// The keys and values of one sequence.
#[derive(Clone)]
pub(crate) struct Cache {
    shape: PageShape,
    pages: Vec<Arc<Vec<f32>>>,
    length: usize,
}

impl Cache {
    pub(crate) fn new(shape: PageShape) -> Self {
        Self { shape, pages: Vec::new(), length: 0 }
    }

    /// Positions filled.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Pages in use; the same page in two caches has the same address.
    pub(crate) fn pages(&self) -> &[Arc<Vec<f32>>] {
        &self.pages
    }

    /// A cache with the first `length` positions of this one, sharing its pages.
    pub(crate) fn prefix(&self, length: usize) -> Self {
        let length = length.min(self.length);
        let pages = self.pages.iter().take(length.div_ceil(PAGE)).cloned().collect();
        Self { shape: self.shape, pages, length }
    }

    /// Makes room for `count` more positions and makes the pages they fall into this cache's own.
    pub(super) fn reserve(&mut self, count: usize) {
        let end = self.length + count;
        for page in self.pages.iter_mut().skip(self.length / PAGE) {
            Arc::make_mut(page);
        }
        while self.pages.len() * PAGE < end {
            self.pages.push(Arc::new(vec![0.0; self.shape.values()]));
        }
    }

    /// Counts `count` positions as filled. Every layer must have been written.
    pub(super) fn advance(&mut self, count: usize) {
        self.length += count;
    }

    /// Writes one layer's keys or values of one position, all heads one after the other.
    pub(super) fn write(&mut self, layer: usize, part: Part, position: usize, row: &[f32]) {
        let shape = self.shape;
        let Some(page) = self.pages.get_mut(position / PAGE).and_then(Arc::get_mut) else {
            debug_assert!(false, "written without reserving");
            return;
        };
        let slot = position % PAGE;
        let (first, step) = match part {
            Part::Keys => (slot, PAGE),
            Part::Values => (slot * shape.head_size, 1),
        };
        for (head, values) in row.chunks_exact(shape.head_size).enumerate() {
            let start = shape.start(layer, part, head);
            let targets = page.iter_mut().skip(start + first).step_by(step);
            for (target, value) in targets.zip(values) {
                *target = *value;
            }
        }
    }

    /// One layer's and head's keys or values, page by page up to the one that holds position `end - 1`.
    pub(super) fn runs(&self, layer: usize, part: Part, head: usize, end: usize) -> impl Iterator<Item = &[f32]> {
        let start = self.shape.start(layer, part, head);
        let values = self.shape.head_values();
        self.pages.iter().take(end.div_ceil(PAGE)).filter_map(move |page| page.get(start..start + values))
    }
}
