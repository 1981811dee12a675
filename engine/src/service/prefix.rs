//! Finished sequences kept for their keys and values, so that the next prompt that begins the same way starts there.

use std::collections::HashSet;
use std::sync::Arc;

use crate::adapter::TunedKey;
use crate::model::cache::Cache;

/// A sequence and what it left behind.
pub(super) struct Kept {
    /// The adapter that worked in it, if any did: keys and values depend on it.
    pub(super) key: Option<TunedKey>,
    pub(super) tokens: Vec<u32>,
    pub(super) cache: Cache,
}

impl Kept {
    /// How much of a prompt it holds.
    fn common(&self, key: Option<TunedKey>, prompt: &[u32]) -> usize {
        if self.key == key { common(&self.tokens, prompt) } else { 0 }
    }

    fn begins_with(&self, other: &Self) -> bool {
        self.key == other.key && self.tokens.starts_with(&other.tokens)
    }
}

/// Kept sequences, the most recently used last, within a budget of bytes.
pub(super) struct PrefixStore {
    kept: Vec<Kept>,
    budget: usize,
    page_bytes: usize,
}

impl PrefixStore {
    pub(super) fn new(budget: usize, page_bytes: usize) -> Self {
        Self { kept: Vec::new(), budget, page_bytes }
    }

    /// The longest kept beginning of `prompt`, which counts as used now.
    pub(super) fn longest(&mut self, key: Option<TunedKey>, prompt: &[u32]) -> Option<Cache> {
        let (index, length) = self
            .kept
            .iter()
            .map(|kept| kept.common(key, prompt))
            .enumerate()
            .filter(|&(_, length)| length > 0)
            .max_by_key(|&(_, length)| length)?;
        let kept = self.kept.remove(index);
        let cache = kept.cache.prefix(length);
        self.kept.push(kept);
        Some(cache)
    }

    /// Keeps a sequence; drops what it contains, and the least recently used until all fits the budget.
    pub(super) fn keep(&mut self, mut new: Kept) {
        new.tokens.truncate(new.cache.length());
        if new.tokens.is_empty() {
            return;
        }
        if let Some(index) = self.kept.iter().position(|kept| kept.begins_with(&new)) {
            let longer = self.kept.remove(index);
            self.kept.push(longer);
            return;
        }
        self.kept.retain(|kept| !new.begins_with(kept));
        self.kept.push(new);
        while self.bytes() > self.budget && !self.kept.is_empty() {
            self.kept.remove(0);
        }
    }

    /// Bytes of all pages, shared ones counted once.
    fn bytes(&self) -> usize {
        let pages: HashSet<_> = self.kept.iter().flat_map(|kept| kept.cache.pages()).map(Arc::as_ptr).collect();
        pages.len() * self.page_bytes
    }
}

/// How many tokens two sequences have in common at their beginning.
pub(super) fn common(left: &[u32], right: &[u32]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}
