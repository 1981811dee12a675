//! BM25: the rows that share the rare words of a query.
//!
//! The formula is Robertson and Zaragoza's ("The Probabilistic Relevance Framework: BM25 and Beyond", 2009) with the
//! inverse document frequency that Lucene uses, which is never negative:
//!
//! `score(d) = sum over query terms t of ln(1 + (N - n + 0.5) / (n + 0.5)) * f (k1 + 1) / (f + k1 (1 - b + b L / A))`
//!
//! `N` rows, `n` of them with `t`, `f` times `t` in `d`, `L` terms in `d`, `A` terms in a row on average. A term that
//! stands twice in the query counts twice.
//!
//! What a term adds to a row is computed once, at building. A query goes through its terms from the most to the least
//! telling; once no row unseen so far can come among the best, the rest is only looked up for rows that still can
//! ("MaxScore": Turtle and Flood, "Query evaluation: strategies and optimizations", 1995). The result is exact.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::best::Best;
use super::tokens::{Tokenisation, each_term};

/// The constants of the formula, and what a term is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25Options {
    /// How fast more of the same term stops to count: 0 at once. 1.2 unless said, as in Lucene.
    pub k1: f32,
    /// How much a long row is held to account for its length: 0 not at all, 1 fully. 0.75 unless said.
    pub b: f32,
    /// What a term is.
    pub tokens: Tokenisation,
}

impl Default for Bm25Options {
    fn default() -> Self {
        Self { k1: 1.2, b: 0.75, tokens: Tokenisation::Words }
    }
}

/// Bounds are compared with so much room for the rounding of sums taken in another order.
const SLACK: f32 = 1.0001;

/// An index over texts.
#[derive(Clone, Debug)]
pub struct Bm25 {
    options: Bm25Options,
    terms: HashMap<Box<str>, u32, BuildHasherDefault<TermHasher>>,
    /// Where each term's rows begin in `rows`; one more than there are terms.
    starts: Vec<u32>,
    /// Rows with the term, ascending, term after term.
    rows: Vec<u32>,
    /// What the term adds to that row.
    impacts: Vec<f32>,
    /// The most a term adds to any row.
    most: Vec<f32>,
    count: usize,
}

/// The rows a term is in.
#[derive(Clone, Copy)]
struct Postings<'a> {
    term: u32,
    /// How often it stands in the query.
    times: f32,
    most: f32,
    rows: &'a [u32],
    impacts: &'a [f32],
}

impl Bm25 {
    /// Indexes `texts`; they are known from now on by their place, counted from 0.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, options: Bm25Options) -> Self {
        let mut terms: HashMap<Box<str>, u32, BuildHasherDefault<TermHasher>> = HashMap::default();
        // (term, times) of all rows one after another, and where each row's end.
        let (mut counts, mut ends, mut lengths) = (Vec::<(u32, u32)>::new(), Vec::new(), Vec::new());
        let mut frequencies: Vec<u32> = Vec::new();
        let mut found = Vec::new();
        for text in texts {
            found.clear();
            each_term(text.as_ref(), options.tokens, |term| {
                if let Some(known) = terms.get(term) {
                    found.push(*known);
                } else {
                    let id = terms.len() as u32;
                    terms.insert(term.into(), id);
                    frequencies.push(0);
                    found.push(id);
                }
            });
            lengths.push(found.len() as u32);
            found.sort_unstable();
            for same in found.chunk_by(|left, right| left == right) {
                let Some(term) = same.first() else { continue };
                counts.push((*term, same.len() as u32));
                if let Some(frequency) = frequencies.get_mut(*term as usize) {
                    *frequency += 1;
                }
            }
            ends.push(counts.len());
        }
        let mut index = Self {
            options,
            terms,
            starts: vec![0],
            rows: Vec::new(),
            impacts: Vec::new(),
            most: Vec::new(),
            count: ends.len(),
        };
        index.fill(&counts, &ends, &lengths, &frequencies);
        index
    }

    fn fill(&mut self, counts: &[(u32, u32)], ends: &[usize], lengths: &[u32], frequencies: &[u32]) {
        let Bm25Options { k1, b, .. } = self.options;
        let count = ends.len() as f32;
        let all: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
        let average = (all as f64 / ends.len().max(1) as f64).max(1.0) as f32;
        let mut places = Vec::with_capacity(frequencies.len());
        let mut sum = 0;
        for frequency in frequencies {
            places.push(sum);
            sum += frequency;
            self.starts.push(sum);
        }
        let weights: Vec<f32> = frequencies
            .iter()
            .map(|frequency| {
                let with = *frequency as f32;
                (1.0 + (count - with + 0.5) / (with + 0.5)).ln() * (k1 + 1.0)
            })
            .collect();
        self.rows = vec![0; counts.len()];
        self.impacts = vec![0.0; counts.len()];
        self.most = vec![0.0; frequencies.len()];
        let mut start = 0;
        for (row, (end, length)) in ends.iter().zip(lengths).enumerate() {
            let room = k1 * (1.0 - b + b * *length as f32 / average);
            for (term, times) in counts.get(start..*end).unwrap_or_default() {
                let term = *term as usize;
                let (Some(place), Some(weight)) = (places.get_mut(term), weights.get(term)) else { continue };
                let times = *times as f32;
                let impact = weight * times / (times + room);
                if let (Some(slot), Some(value), Some(most)) =
                    (self.rows.get_mut(*place as usize), self.impacts.get_mut(*place as usize), self.most.get_mut(term))
                {
                    *slot = row as u32;
                    *value = impact;
                    *most = most.max(impact);
                }
                *place += 1;
            }
            start = *end;
        }
    }

    /// How many texts are indexed.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The constants it was built with.
    pub const fn options(&self) -> Bm25Options {
        self.options
    }

    /// The `k` texts with the highest scores, best first, equal ones in their order; only texts that share a term.
    pub fn top(&self, query: &str, k: usize) -> Vec<(usize, f32)> {
        let postings = self.postings(query);
        if k == 0 || postings.is_empty() {
            return Vec::new();
        }
        // What the terms from each on can add at most.
        let mut bounds = vec![0.0; postings.len() + 1];
        for (index, one) in postings.iter().enumerate().rev() {
            bounds[index] = bounds[index + 1] + one.most * one.times;
        }
        let mut scores = vec![0.0_f32; self.count];
        let mut seen: Vec<u32> = Vec::new();
        let mut next = 0;
        while let Some(one) = postings.get(next) {
            add(one, &mut scores, &mut seen);
            next += 1;
            // Nothing unseen can pass what is seen already.
            let most_yet = bounds[0] - bounds[next];
            if next < postings.len() && seen.len() >= k && bounds[next] < most_yet {
                let threshold = threshold(&scores, &seen, k);
                if bounds[next] * SLACK < threshold {
                    keep(&scores, &mut seen, threshold - bounds[next] * SLACK);
                    break;
                }
            }
        }
        if next < postings.len() {
            seen.sort_unstable();
        }
        while let Some(one) = postings.get(next) {
            look_up(one, &mut scores, &seen);
            next += 1;
            if next < postings.len() && seen.len() > k {
                let threshold = threshold(&scores, &seen, k);
                keep(&scores, &mut seen, threshold - bounds[next] * SLACK);
            }
        }
        best(&scores, &seen, k).into_sorted()
    }

    /// The query's terms that are known, the most telling first.
    fn postings(&self, query: &str) -> Vec<Postings<'_>> {
        let mut found: Vec<Postings<'_>> = Vec::new();
        each_term(query, self.options.tokens, |term| {
            let Some(id) = self.terms.get(term).copied() else { return };
            if let Some(known) = found.iter_mut().find(|known| known.term == id) {
                known.times += 1.0;
                return;
            }
            let at = |index: usize| self.starts.get(index).map_or(0, |start| *start as usize);
            let range = at(id as usize)..at(id as usize + 1);
            if let (Some(rows), Some(impacts), Some(most)) =
                (self.rows.get(range.clone()), self.impacts.get(range), self.most.get(id as usize))
            {
                found.push(Postings { term: id, times: 1.0, most: *most, rows, impacts });
            }
        });
        found.sort_by(|left, right| (right.most * right.times).total_cmp(&(left.most * left.times)));
        found
    }
}

/// Adds what a term gives to every row it is in.
fn add(one: &Postings<'_>, scores: &mut [f32], seen: &mut Vec<u32>) {
    for (row, impact) in one.rows.iter().zip(one.impacts) {
        if let Some(score) = scores.get_mut(*row as usize) {
            if *score == 0.0 {
                seen.push(*row);
            }
            *score += impact * one.times;
        }
    }
}

/// Adds what a term gives to the rows that still count, which are in order.
fn look_up(one: &Postings<'_>, scores: &mut [f32], seen: &[u32]) {
    let mut from = 0;
    for row in seen {
        let Some(rest) = one.rows.get(from..) else { return };
        from += gallop(rest, *row);
        match one.rows.get(from) {
            Some(found) if found == row => {
                if let (Some(score), Some(impact)) = (scores.get_mut(*row as usize), one.impacts.get(from)) {
                    *score += impact * one.times;
                }
            }
            Some(_) => {}
            None => return,
        }
    }
}

/// How many of `rows` come before `row`: steps that double, then halving.
fn gallop(rows: &[u32], row: u32) -> usize {
    let mut step = 1;
    while rows.get(step - 1).is_some_and(|found| *found < row) {
        step *= 2;
    }
    let low = step / 2;
    let high = step.min(rows.len());
    low + rows.get(low..high).unwrap_or_default().partition_point(|found| *found < row)
}

fn best(scores: &[f32], seen: &[u32], k: usize) -> Best {
    let mut best = Best::new(k);
    for row in seen {
        let score = scores.get(*row as usize).copied().unwrap_or_default();
        if best.threshold().is_none_or(|threshold| score >= threshold) {
            best.offer(*row as usize, score);
        }
    }
    best
}

/// The `k`th best score so far, 0 with fewer.
fn threshold(scores: &[f32], seen: &[u32], k: usize) -> f32 {
    best(scores, seen, k).threshold().unwrap_or_default()
}

/// Leaves only rows with at least that score.
fn keep(scores: &[f32], seen: &mut Vec<u32>, least: f32) {
    seen.retain(|row| scores.get(*row as usize).is_some_and(|score| *score * SLACK >= least));
}

/// A quick hash of short words: the multiplicative hash of the Rust compiler's tables, eight bytes at a time.
#[derive(Clone, Default)]
struct TermHasher(u64);

const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

impl TermHasher {
    const fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for TermHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let last = rest.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        self.mix(last ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, _: u8) {
        // What ends a text in a table of texts; the length is in the hash already.
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

#[cfg(test)]
#[path = "bm25_tests.rs"]
mod tests;
