//! One arm beside another, looked at after every case: a verdict that stays right however often one looks, and whenever one stops.

use super::sample::is_right_or_wrong;
use super::sequential::{Betting, WinsAndLosses};
use super::{Confidence, Figure, Finding, Interval, Looks, Method, Settings, Unfit, Verdict};

/// The cases so far, in an order that was settled before the first of them.
///
/// Each comparison of a family has two ways to be found different, by its wins and losses and by its interval: each gets half of the
/// comparison's share of alpha.
#[derive(Clone, Debug)]
pub struct EveryLook {
    signs: WinsAndLosses,
    /// Whether every score so far was right or wrong.
    right_or_wrong: bool,
    betting: Betting,
    family: usize,
    alpha: f64,
    confidence: Confidence,
}

impl EveryLook {
    /// Nothing yet, of one comparison in a family of so many. `right_or_wrong` is false where scores are means over repeats.
    pub fn new(family: usize, right_or_wrong: bool, settings: &Settings) -> Self {
        let alpha = settings.alpha() / family.max(1) as f64 / 2.0;
        let confidence = Confidence::new(1.0 - alpha).unwrap_or(settings.confidence);
        let signs = WinsAndLosses::default();
        Self { signs, right_or_wrong, betting: Betting::new(confidence), family: family.max(1), alpha, confidence }
    }

    /// Takes the two scores of one more case.
    pub fn add(&mut self, arm: f64, other: f64) {
        self.right_or_wrong &= is_right_or_wrong(arm) && is_right_or_wrong(other);
        let difference = arm - other;
        if self.betting.add(difference) && difference.abs() > f64::EPSILON {
            self.signs.add(difference > 0.0);
        }
    }

    /// Cases taken.
    pub const fn n(&self) -> u64 {
        self.betting.n()
    }

    /// What is shown by now.
    pub fn finding(&self, margin: f64) -> Finding {
        let side = |better: bool| if better { Finding::Better } else { Finding::Worse };
        if self.right_or_wrong && self.signs.p_value() <= self.alpha {
            return side(self.signs.wins() > self.signs.losses());
        }
        let interval = self.betting.interval();
        if interval.low > 0.0 || interval.high < 0.0 {
            return side(interval.low > 0.0);
        }
        if interval.low > -margin && interval.high < margin { Finding::Equivalent } else { Finding::TooFew }
    }

    /// The verdict by now: its p-value adjusted for the family and the two ways, its interval at the level that leaves each.
    pub fn verdict(&self, margin: f64) -> Verdict {
        let interval = self.betting.interval();
        let alone = self.betting.p_value();
        let alone = if self.right_or_wrong { alone.min(self.signs.p_value()) } else { alone };
        Verdict {
            finding: self.finding(margin),
            p: (2.0 * self.family as f64 * alone).min(1.0),
            interval,
            confidence: self.confidence,
            within_margin: interval.low > -margin && interval.high < margin,
            family: self.family,
            looks: Looks::Every,
        }
    }
}

/// The verdict of rows in an order that was settled before the first of them was asked.
pub fn judge_at_every_look(rows: &[[f64; 2]], family: usize, right_or_wrong: bool, settings: &Settings) -> Verdict {
    let mut seen = EveryLook::new(family, right_or_wrong, settings);
    for [arm, other] in rows {
        seen.add(*arm, *other);
    }
    seen.verdict(settings.margin)
}

impl Figure {
    /// Of scores from 0 to 1 that came in this order: an interval that holds at every look.
    pub fn at_every_look(scores: &[f64], confidence: Confidence) -> Result<Self, Unfit> {
        super::unfit::on_scale(scores.iter().copied())?;
        let mean = super::Mean::of(scores).ok_or(Unfit::NoCases)?.value;
        let mut betting = Betting::new(confidence);
        for score in scores {
            // A score is a difference from nothing, on half of that scale.
            betting.add(2.0 * score - 1.0);
        }
        let Interval { low, high } = betting.interval();
        let interval = Interval { low: f64::midpoint(low, 1.0), high: f64::midpoint(high, 1.0) };
        Ok(Self { n: scores.len(), mean, interval, method: Method::EveryLook })
    }
}

/// An interval of the mean of scores from 0 to 1 that holds at every look, from their number and mean alone: of right and wrong by the
/// beta mixture of [`WinsAndLosses`], else by Robbins's normal mixture (1970; Howard and others 2021, eq. 14) for values that vary
/// by at most one half, tuned to about a hundred of them.
pub fn mean_at_every_look(n: u64, mean: f64, right_or_wrong: bool, confidence: Confidence) -> Option<Interval> {
    /// What is tuned to: a hundred values of variance one quarter, at 95 %.
    const TUNED: f64 = 3.15;
    if n == 0 || !(0.0..=1.0).contains(&mean) {
        return None;
    }
    if right_or_wrong {
        let wins = (mean * n as f64).round() as u64;
        return Some(WinsAndLosses::counted(wins, n - wins.min(n)).interval(confidence));
    }
    let (alpha, variance) = (1.0 - confidence.level(), n as f64 / 4.0);
    let sum = ((variance + TUNED) * ((variance + TUNED) / (TUNED * alpha * alpha)).ln()).sqrt();
    let half = sum / n as f64;
    Some(Interval { low: (mean - half).max(0.0), high: (mean + half).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::Random;

    #[test]
    fn a_verdict_agrees_with_its_p_value_and_its_interval() {
        let settings = Settings::default();
        let rows = |wins: usize, n: usize| -> Vec<[f64; 2]> {
            (0..n).map(|index| if index % 10 < wins { [1.0, 0.0] } else { [1.0, 1.0] }).collect()
        };
        let better = judge_at_every_look(&rows(4, 100), 1, true, &settings);
        assert_eq!((better.finding, better.looks), (Finding::Better, Looks::Every));
        assert!(better.p <= 0.05 && better.confidence > Confidence::NINETY_FIVE);
        let few = judge_at_every_look(&rows(1, 40), 1, true, &settings);
        assert_eq!(few.finding, Finding::TooFew);
        assert!(few.p > 0.05 && few.interval.contains(0.0));
        let family = judge_at_every_look(&rows(4, 100), 4, true, &settings);
        assert!(family.p > better.p && family.interval.width() > better.interval.width());
        let same = judge_at_every_look(&vec![[0.5, 0.5]; 3_000], 1, false, &settings);
        assert_eq!((same.finding, same.within_margin), (Finding::Equivalent, true));
    }

    #[test]
    fn a_figure_of_every_look_holds_its_mean_and_is_wider_than_that_of_one() {
        let scores: Vec<f64> = (0..200).map(|index| f64::from(u8::from(index % 4 != 0))).collect();
        let once = Figure::of(&scores, Confidence::NINETY_FIVE, 1).unwrap();
        let every = Figure::at_every_look(&scores, Confidence::NINETY_FIVE).unwrap();
        assert_eq!((every.n, every.mean), (once.n, once.mean));
        assert!(every.interval.contains(0.75) && every.interval.width() > once.interval.width());
        assert!(every.interval.low > 0.5 && every.interval.high < 0.95, "{every:?}");
    }

    /// The share of sequences of fair draws whose interval, looked at again and again, ever leaves out the truth.
    fn ever_out(right_or_wrong: bool) -> f64 {
        const SEQUENCES: u64 = 400;
        let out = (0..SEQUENCES).filter(|seed| {
            let (mut random, mut sum) = (Random::new(*seed), 0.0);
            (1..=400_u64).any(|n| {
                let draw = f64::from(u8::from(random.bits() & 1 == 1));
                sum += if right_or_wrong { draw } else { 0.1 + 0.8 * draw };
                n.is_multiple_of(16)
                    && mean_at_every_look(n, sum / n as f64, right_or_wrong, Confidence::NINETY_FIVE)
                        .is_none_or(|interval| !interval.contains(0.5))
            })
        });
        out.count() as f64 / SEQUENCES as f64
    }

    #[test]
    fn intervals_from_sums_hold_at_every_look_together() {
        for right_or_wrong in [true, false] {
            let out = ever_out(right_or_wrong);
            assert!(out <= 0.05, "{out}");
        }
        assert_eq!(mean_at_every_look(0, 0.5, true, Confidence::NINETY_FIVE), None);
        let all = mean_at_every_look(50, 1.0, true, Confidence::NINETY_FIVE).unwrap();
        assert!(all.low > 0.85 && all.high >= 1.0, "{all:?}");
    }
}
