//! The edges of a data flow, and what becomes of them in the end: those that lead nowhere left out, those of one token joined,
//! variables numbered.

use super::super::super::metric::fast_hash::FastMap;
use super::super::tree::Flat;
use super::Relation;

/// A stretch of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) length: u32,
}

/// Numbers that many lists share, each a stretch of it.
#[derive(Debug, Default)]
pub(super) struct Pool {
    numbers: Vec<u32>,
}

impl Pool {
    /// Adds a list.
    pub(super) fn add(&mut self, list: impl IntoIterator<Item = u32>) -> Span {
        let start = self.numbers.len() as u32;
        self.numbers.extend(list);
        Span { start, length: self.numbers.len() as u32 - start }
    }

    /// A list.
    pub(super) fn get(&self, span: Span) -> &[u32] {
        let start = span.start as usize;
        self.numbers.get(start..start + span.length as usize).unwrap_or_default()
    }

    /// The two lists' numbers, each once, in the order they first appear.
    pub(super) fn joined(&mut self, first: Span, second: Span) -> Span {
        let start = self.numbers.len();
        for span in [first, second] {
            for index in span.start..span.start + span.length {
                let Some(number) = self.numbers.get(index as usize).copied() else { continue };
                if !self.numbers.get(start..).unwrap_or_default().contains(&number) {
                    self.numbers.push(number);
                }
            }
        }
        Span { start: start as u32, length: (self.numbers.len() - start) as u32 }
    }

    /// The numbers of several lists, each once, ascending.
    pub(super) fn union(&mut self, spans: &[Span]) -> Span {
        let mut all: Vec<u32> = spans.iter().flat_map(|span| self.get(*span).iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        self.add(all)
    }
}

/// A token whose value comes from others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The token's number.
    pub(super) token: u32,
    /// Its text's.
    pub(super) name: u32,
    pub(super) relation: Relation,
    /// The texts it comes from.
    pub(super) names: Span,
    /// The tokens it comes from.
    pub(super) tokens: Span,
}

/// The edges found so far.
#[derive(Debug, Default)]
pub(super) struct Edges {
    pub(super) list: Vec<Edge>,
    pub(super) pool: Pool,
}

impl Edges {
    /// Joins the edges from `start` on that have token and relation in common, and puts them in the order of their tokens.
    pub(super) fn join_repeated(&mut self, start: usize) {
        let mut place_of: FastMap<(u32, u8), usize> = FastMap::default();
        let mut joined: Vec<Edge> = Vec::new();
        for edge in self.list.drain(start.min(self.list.len())..) {
            let next = joined.len();
            let place = *place_of.entry((edge.token, edge.relation as u8)).or_insert(next);
            match joined.get_mut(place) {
                None => joined.push(edge),
                Some(before) => {
                    before.names = self.pool.joined(before.names, edge.names);
                    before.tokens = self.pool.joined(before.tokens, edge.tokens);
                }
            }
        }
        joined.sort_by_key(|edge| edge.token);
        self.list.append(&mut joined);
    }

    /// The edges with their variables numbered in order of appearance, each as a hash, sorted.
    pub(super) fn numbered(mut self, flat: &Flat) -> Vec<u64> {
        self.list.sort_by_key(|edge| edge.token);
        let mut is_used = vec![false; flat.tokens.len()];
        for edge in &self.list {
            let from = self.pool.get(edge.tokens);
            let own = (!from.is_empty()).then_some(edge.token);
            for token in from.iter().copied().chain(own) {
                if let Some(used) = is_used.get_mut(token as usize) {
                    *used = true;
                }
            }
        }
        let mut joined: Vec<Edge> = Vec::with_capacity(self.list.len());
        for edge in &self.list {
            if !is_used.get(edge.token as usize).copied().unwrap_or_default() {
                continue;
            }
            match joined.last_mut() {
                // In order of tokens, edges of one stand side by side; the relation of the last holds.
                Some(before) if before.token == edge.token => {
                    before.relation = edge.relation;
                    before.names = self.pool.joined(before.names, edge.names);
                }
                _ => joined.push(*edge),
            }
        }
        let mut numbers: Vec<Option<u64>> = vec![None; flat.names];
        let mut next = 0;
        let mut number = |name: u32| {
            let known = numbers.get_mut(name as usize);
            let Some(known) = known else { return u64::MAX };
            *known.get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        let mut hashes: Vec<u64> = joined
            .iter()
            .map(|edge| {
                let from =
                    self.pool.get(edge.names).iter().fold(1, |hash, name| super::super::tree::mix(hash, number(*name)));
                super::super::tree::mix(from, number(edge.name) << 1 | edge.relation as u64)
            })
            .collect();
        hashes.sort_unstable();
        hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_in_order_and_united_ascending() {
        let mut pool = Pool::default();
        let (a, b) = (pool.add([3, 1, 3]), pool.add([2, 1]));
        let joined = pool.joined(a, b);
        assert_eq!(pool.get(joined), [3, 1, 2]);
        let union = pool.union(&[a, b]);
        assert_eq!(pool.get(union), [1, 2, 3]);
    }
}
