//! From logits to the next token. The order is that of the common servers: repetition penalty, temperature, then the
//! cuts (top-k, top-p, min-p), then one draw.

use std::cmp::Ordering;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::EngineError;

/// How to sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token every time (of equals the one with the lowest id).
    pub temperature: f32,
    /// Only the so many most likely tokens.
    pub top_k: Option<usize>,
    /// Only the most likely tokens that together reach this probability.
    pub top_p: Option<f32>,
    /// Only tokens at least this fraction as likely as the most likely one.
    pub min_p: Option<f32>,
    /// Divides the logits of tokens already in the prompt or the answer; 1 changes nothing.
    pub repetition_penalty: Option<f32>,
    /// The same seed, request and model give the same answer; without one every call draws anew.
    pub seed: Option<u64>,
}

impl Default for Sampling {
    /// The model's own distribution, unchanged.
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None, min_p: None, repetition_penalty: None, seed: None }
    }
}

impl Sampling {
    /// The most likely token every time.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }

    /// Refuses values that have no meaning.
    pub fn check(&self) -> Result<(), EngineError> {
        let fraction = "above 0 and at most 1";
        let checks = [
            ("temperature", Some(self.temperature), 0.0..=100.0, "0 to 100"),
            ("top_p", self.top_p, f32::MIN_POSITIVE..=1.0, fraction),
            ("min_p", self.min_p, 0.0..=1.0, "0 to 1"),
            ("repetition_penalty", self.repetition_penalty, 0.01..=100.0, "0.01 to 100"),
        ];
        for (parameter, value, range, allowed) in checks {
            if let Some(value) = value.filter(|value| !range.contains(value)) {
                return Err(EngineError::Sampling { parameter, value: value.to_string(), allowed });
            }
        }
        if self.top_k == Some(0) {
            return Err(EngineError::Sampling { parameter: "top_k", value: "0".into(), allowed: "at least 1" });
        }
        Ok(())
    }
}

/// The state of sampling one answer.
pub(crate) struct Sampler {
    sampling: Sampling,
    random: StdRng,
    /// Which tokens were seen; empty where no penalty asks for it.
    seen: Vec<bool>,
}

/// A token and its weight in the draw.
#[derive(Clone, Copy)]
struct Candidate {
    id: u32,
    weight: f32,
}

impl Sampler {
    pub(crate) fn new(sampling: Sampling, vocabulary: usize, prompt: &[u32]) -> Self {
        let random = match sampling.seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => rand::make_rng(),
        };
        let penalised = sampling.repetition_penalty.is_some();
        let mut sampler = Self { sampling, random, seen: if penalised { vec![false; vocabulary] } else { Vec::new() } };
        for &token in prompt {
            sampler.saw(token);
        }
        sampler
    }

    fn saw(&mut self, token: u32) {
        if let Some(seen) = self.seen.get_mut(token as usize) {
            *seen = true;
        }
    }

    /// Picks the next token.
    pub(crate) fn pick(&mut self, mut logits: Vec<f32>) -> Result<u32, EngineError> {
        // A token may be impossible, but not every one.
        let broken = |logit: &f32| logit.is_nan() || *logit == f32::INFINITY;
        if logits.iter().any(broken) || !logits.iter().any(|logit| logit.is_finite()) {
            return Err(EngineError::NotANumber);
        }
        if let Some(penalty) = self.sampling.repetition_penalty {
            for (logit, _) in logits.iter_mut().zip(&self.seen).filter(|(_, seen)| **seen) {
                *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
            }
        }
        let token = if self.sampling.temperature == 0.0 { most_likely(&logits) } else { self.draw(&logits) };
        self.saw(token);
        Ok(token)
    }

    fn draw(&mut self, logits: &[f32]) -> u32 {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut candidates: Vec<Candidate> = logits
            .iter()
            .enumerate()
            .map(|(id, logit)| Candidate { id: id as u32, weight: ((logit - most) / self.sampling.temperature).exp() })
            .collect();
        if let Some(count) = self.sampling.top_k.filter(|&count| count < candidates.len()) {
            candidates.select_nth_unstable_by(count, |left, right| more_likely_first(*left, *right));
            candidates.truncate(count);
        }
        if let Some(share) = self.sampling.top_p.filter(|&share| share < 1.0) {
            keep_share(&mut candidates, share);
        }
        if let Some(fraction) = self.sampling.min_p {
            // The most likely token has the weight 1.
            candidates.retain(|candidate| candidate.weight >= fraction);
        }
        // The cuts leave their survivors in any order; the draw must not depend on it.
        candidates.sort_unstable_by_key(|candidate| candidate.id);
        let sum: f64 = candidates.iter().map(|candidate| f64::from(candidate.weight)).sum();
        let mut target = self.random.random::<f64>() * sum;
        let mut last = most_likely(logits);
        for candidate in candidates.iter().filter(|candidate| candidate.weight > 0.0) {
            last = candidate.id;
            target -= f64::from(candidate.weight);
            if target < 0.0 {
                break;
            }
        }
        last
    }
}

fn more_likely_first(left: Candidate, right: Candidate) -> Ordering {
    right.weight.total_cmp(&left.weight).then(left.id.cmp(&right.id))
}

/// Keeps the most likely candidates that together reach `share` of the whole.
fn keep_share(candidates: &mut Vec<Candidate>, share: f32) {
    let sum: f64 = candidates.iter().map(|candidate| f64::from(candidate.weight)).sum();
    let share = f64::from(share);
    // Everything below this together weighs less than what is cut, so the long tail needs no sorting.
    let floor = sum * (1.0 - share) / candidates.len().max(1) as f64;
    candidates.retain(|candidate| f64::from(candidate.weight) >= floor);
    candidates.sort_unstable_by(|left, right| more_likely_first(*left, *right));
    let mut reached = 0.0;
    let kept = candidates
        .iter()
        .position(|candidate| {
            reached += f64::from(candidate.weight);
            reached >= sum * share
        })
        .map_or(candidates.len(), |last| last + 1);
    candidates.truncate(kept);
}

/// The highest logit's token; of equals the one with the lowest id.
fn most_likely(logits: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (id, &logit) in logits.iter().enumerate() {
        if logit > best.1 {
            best = (id as u32, logit);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn picks(sampling: &Sampling, logits: &[f32], count: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling.clone(), logits.len(), &[]);
        (0..count).map(|_| sampler.pick(logits.to_vec()).unwrap()).collect()
    }

    fn seeded(change: impl FnOnce(&mut Sampling)) -> Sampling {
        let mut sampling = Sampling { seed: Some(7), ..Sampling::default() };
        change(&mut sampling);
        sampling
    }

    #[test]
    fn greedy_takes_the_lowest_of_equals() {
        assert_eq!(picks(&Sampling::greedy(), &[1.0, 3.0, 3.0, 2.0], 3), [1, 1, 1]);
        assert_eq!(picks(&Sampling::greedy(), &[f32::NEG_INFINITY, -5.0], 1), [1]);
    }

    #[test]
    fn draws_follow_the_probabilities() {
        // Probabilities 0.5, 0.3, 0.2; three standard deviations of 10,000 draws are 0.015.
        let logits = [0.5_f32.ln(), 0.3_f32.ln(), 0.2_f32.ln()];
        let drawn = picks(&seeded(|_| ()), &logits, 10_000);
        for (id, expected) in [(0, 0.5), (1, 0.3), (2, 0.2)] {
            let share = drawn.iter().filter(|&&drawn| drawn == id).count() as f64 / 10_000.0;
            assert!((share - expected).abs() < 0.015, "{id}: {share}");
        }
    }

    #[test]
    fn each_cut_keeps_what_it_says() {
        let logits: Vec<f32> = [0.1_f32, 0.4, 0.3, 0.15, 0.05].iter().map(|share| share.ln()).collect();
        let reached = |change: fn(&mut Sampling)| {
            let mut ids: Vec<u32> =
                picks(&seeded(change), &logits, 2_000).into_iter().collect::<HashSet<_>>().into_iter().collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(reached(|_| ()), [0, 1, 2, 3, 4]);
        assert_eq!(reached(|sampling| sampling.top_k = Some(2)), [1, 2]);
        assert_eq!(reached(|sampling| sampling.top_p = Some(0.69)), [1, 2]);
        assert_eq!(reached(|sampling| sampling.top_p = Some(0.71)), [1, 2, 3]);
        assert_eq!(reached(|sampling| sampling.min_p = Some(0.3)), [1, 2, 3]);
        assert_eq!(reached(|sampling| (sampling.top_k, sampling.top_p) = (Some(3), Some(0.8))), [1, 2]);
        assert_eq!(reached(|sampling| sampling.temperature = 0.01), [1]);
    }

    #[test]
    fn the_penalty_counts_prompt_and_answer() {
        let sampling = Sampling { repetition_penalty: Some(2.0), ..Sampling::greedy() };
        let logits = vec![4.0, 3.0, 2.5, -1.0];
        let mut sampler = Sampler::new(sampling, 4, &[0]);
        let picked: Vec<u32> = (0..3).map(|_| sampler.pick(logits.clone()).unwrap()).collect();
        assert_eq!(picked, [1, 2, 0]);
    }

    #[test]
    fn values_without_meaning_are_refused() {
        let bad: [fn(&mut Sampling); 6] = [
            |sampling| sampling.temperature = -1.0,
            |sampling| sampling.temperature = f32::NAN,
            |sampling| sampling.top_p = Some(0.0),
            |sampling| sampling.min_p = Some(1.5),
            |sampling| sampling.repetition_penalty = Some(0.0),
            |sampling| sampling.top_k = Some(0),
        ];
        for change in bad {
            assert!(matches!(seeded(change).check(), Err(EngineError::Sampling { .. })));
        }
        assert_eq!(Sampling::greedy().check(), Ok(()));
        let mut sampler = Sampler::new(Sampling::greedy(), 2, &[]);
        let none = f32::NEG_INFINITY;
        for bad in [vec![1.0, f32::NAN], vec![1.0, f32::INFINITY], vec![none, none], Vec::new()] {
            assert_eq!(sampler.pick(bad.clone()), Err(EngineError::NotANumber), "{bad:?}");
        }
        assert_eq!(sampler.pick(vec![none, 1.0]), Ok(1));
    }

    proptest! {
        #[test]
        fn a_seed_repeats_and_a_draw_is_always_possible(
            logits in prop::collection::vec(-20.0_f32..20.0, 1..50),
            seed: u64, temperature in 0.0_f32..3.0,
            top_k in prop::option::of(1_usize..60), top_p in prop::option::of(0.01_f32..=1.0),
            min_p in prop::option::of(0.0_f32..=1.0),
        ) {
            let sampling = Sampling { temperature, top_k, top_p, min_p, repetition_penalty: None, seed: Some(seed) };
            let first = picks(&sampling, &logits, 5);
            prop_assert!(first.iter().all(|&id| (id as usize) < logits.len()));
            prop_assert_eq!(first, picks(&sampling, &logits, 5));
        }
    }
}
