//! Random numbers that are the same on every machine and in every version: training resumed must go on as it would have.
//!
//! `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the state is one number.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of a seed and a purpose (an epoch, a step, a layer); each has its own.
    pub(super) fn new(seed: u64, purpose: &[u64]) -> Self {
        let state = purpose.iter().fold(mixed(seed), |state, &part| mixed(state ^ mixed(part ^ 0x5851_f42d_4c95_7f2d)));
        Self { state }
    }

    /// A stream of its own for a part of this one's purpose.
    pub(super) fn branch(&self, purpose: &[u64]) -> Self {
        Self::new(self.state, purpose)
    }

    /// The stream from `count` numbers further on: the state moves by the same step for every number.
    pub(super) fn ahead(&self, count: usize) -> Self {
        Self { state: self.state.wrapping_add(GAMMA.wrapping_mul(count as u64)) }
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mixed(self.state)
    }

    /// A number from 0 up to but without 1.
    pub(super) fn fraction(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// Brings a list into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            // The bias of a remainder is below 2^-40 for any list that fits memory.
            list.swap(end, (self.next() % (end as u64 + 1)) as usize);
        }
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(GAMMA);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_evenly_and_fixed_by_their_seed() {
        let mut random = Random::new(1, &[2]);
        let fractions: Vec<f32> = (0..10_000).map(|_| random.fraction()).collect();
        let mean = fractions.iter().sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02 && fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)), "{mean}");
        assert_eq!(Random::new(1, &[2]).fraction().to_bits(), fractions[0].to_bits());
        assert_ne!(Random::new(1, &[3]).fraction().to_bits(), fractions[0].to_bits());
        assert_ne!(Random::new(2, &[2]).fraction().to_bits(), fractions[0].to_bits());
        // The published first output of the generator from state 0.
        assert_eq!(mixed(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn a_stream_can_be_entered_anywhere() {
        let mut random = Random::new(1, &[2]);
        for count in 0..40 {
            let mut entered = Random::new(1, &[2]).ahead(count);
            assert_eq!(entered.next(), random.next(), "{count}");
        }
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut list: Vec<u32> = (0..50).collect();
        Random::new(7, &[]).shuffle(&mut list);
        assert_ne!(list, (0..50).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..50).collect::<Vec<_>>());
    }
}
