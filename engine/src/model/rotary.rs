//! Rotary positions: every pair of a head's values is turned by an angle that grows with the position.

use super::config::{Config, RotaryPairs};

/// The angles' rates and the way values are paired.
pub(crate) struct Rotary {
    rates: Vec<f32>,
    pairs: RotaryPairs,
}

/// Cosines and sines of one position.
pub(crate) struct Angles(Vec<(f32, f32)>);

impl Angles {
    /// The angles that turn back.
    pub(crate) fn inverse(&self) -> Self {
        Self(self.0.iter().map(|&(cosine, sine)| (cosine, -sine)).collect())
    }
}

impl Rotary {
    /// `factors` divide the rate of each pair (Llama 3 files carry them to reach longer contexts).
    pub(super) fn new(config: &Config, factors: Option<&[f32]>) -> Self {
        let half = config.head_size / 2;
        let rates = (0..half)
            .map(|pair| {
                let exponent = -2.0 * pair as f32 / config.head_size as f32;
                let factor = factors.and_then(|factors| factors.get(pair)).copied().unwrap_or(1.0);
                config.rotary_base.powf(exponent) / factor / config.rotary_stretch
            })
            .collect();
        Self { rates, pairs: config.architecture.rotary_pairs() }
    }

    /// The angles at `position`.
    pub(crate) fn angles(&self, position: usize) -> Angles {
        Angles(
            self.rates
                .iter()
                .map(|rate| {
                    let (sine, cosine) = (position as f32 * rate).sin_cos();
                    (cosine, sine)
                })
                .collect(),
        )
    }

    /// Turns all heads of one row.
    pub(crate) fn turn(&self, row: &mut [f32], angles: &Angles) {
        let half = self.rates.len();
        for head in row.chunks_exact_mut(half * 2) {
            match self.pairs {
                RotaryPairs::Neighbours => {
                    for (pair, &(cosine, sine)) in head.chunks_exact_mut(2).zip(&angles.0) {
                        if let [first, second] = pair {
                            (*first, *second) = turned(*first, *second, cosine, sine);
                        }
                    }
                }
                RotaryPairs::Halves => {
                    let (firsts, seconds) = head.split_at_mut(half);
                    for ((first, second), &(cosine, sine)) in firsts.iter_mut().zip(seconds).zip(&angles.0) {
                        (*first, *second) = turned(*first, *second, cosine, sine);
                    }
                }
            }
        }
    }
}

fn turned(first: f32, second: f32, cosine: f32, sine: f32) -> (f32, f32) {
    (first * cosine - second * sine, first * sine + second * cosine)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Architecture;

    fn config(architecture: Architecture) -> Config {
        Config {
            architecture,
            layers: 1,
            width: 16,
            heads: 2,
            key_value_heads: 1,
            head_size: 8,
            feed_forward: 32,
            context: 64,
            vocabulary: 10,
            epsilon: 1e-5,
            rotary_base: 10_000.0,
            rotary_stretch: 1.0,
        }
    }

    fn dot(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    }

    proptest! {
        // What rotary positions are for: the product of a query and a key depends on their distance only.
        #[test]
        fn products_depend_on_the_distance_only(
            query in prop::collection::vec(-1.0_f32..1.0, 8),
            key in prop::collection::vec(-1.0_f32..1.0, 8),
            near in 0_usize..50, far in 0_usize..50, distance in 0_usize..20, halves in any::<bool>(),
        ) {
            let architecture = if halves { Architecture::Qwen2 } else { Architecture::Llama };
            let rotary = Rotary::new(&config(architecture), None);
            let product = |start: usize| {
                let (mut query, mut key) = (query.clone(), key.clone());
                rotary.turn(&mut query, &rotary.angles(start + distance));
                rotary.turn(&mut key, &rotary.angles(start));
                dot(&query, &key)
            };
            prop_assert!((product(near) - product(far)).abs() < 1e-3);
        }
    }

    #[test]
    fn the_two_pairings_differ_and_keep_the_first_position() {
        let row: Vec<f32> = (0..8).map(|value| value as f32).collect();
        let turn = |architecture, position| {
            let rotary = Rotary::new(&config(architecture), None);
            let mut turned = row.clone();
            rotary.turn(&mut turned, &rotary.angles(position));
            turned
        };
        assert_eq!(turn(Architecture::Llama, 0), row);
        assert_eq!(turn(Architecture::Qwen3, 0), row);
        let (sine, cosine) = 1.0_f32.sin_cos();
        assert!((turn(Architecture::Llama, 1)[0] - (0.0 * cosine - 1.0 * sine)).abs() < 1e-6);
        assert!((turn(Architecture::Qwen3, 1)[0] - (0.0 * cosine - 4.0 * sine)).abs() < 1e-6);
    }

    #[test]
    fn factors_slow_their_own_pair() {
        let rotary = Rotary::new(&config(Architecture::Qwen2), Some(&[1.0, 2.0, 4.0, 8.0]));
        let plain = Rotary::new(&config(Architecture::Qwen2), None);
        let ratios: Vec<f32> = plain.rates.iter().zip(&rotary.rates).map(|(plain, slowed)| plain / slowed).collect();
        assert_eq!(ratios, [1.0, 2.0, 4.0, 8.0]);
    }
}
