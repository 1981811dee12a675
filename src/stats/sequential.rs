//! Looking again and again: tests and intervals that stay right however often they are looked at, and whenever one stops.

use super::special::ln_gamma;
use super::{Confidence, Interval};

/// Wins and losses as they come in, ties left out: an anytime-valid sign test.
///
/// The evidence is a mixture of likelihood ratios over all shares of wins, weighted by Jeffreys's beta distribution (Robbins
/// 1970): under no difference it is a martingale that starts at 1, and by Ville's inequality (1939) it ever exceeds `1 / alpha`
/// with a chance of at most alpha.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WinsAndLosses {
    wins: u64,
    losses: u64,
    /// The largest logarithm of the evidence so far; 0 at the start.
    most: f64,
}

impl WinsAndLosses {
    /// Counts one more case.
    pub fn add(&mut self, won: bool) {
        *(if won { &mut self.wins } else { &mut self.losses }) += 1;
        self.most = self.most.max(self.log_evidence_against(0.5));
    }

    /// Wins and losses of which only the counts are known: their interval holds, what evidence there was on the way is not known.
    pub const fn counted(wins: u64, losses: u64) -> Self {
        Self { wins, losses, most: 0.0 }
    }

    /// Wins so far.
    pub const fn wins(&self) -> u64 {
        self.wins
    }

    /// Losses so far.
    pub const fn losses(&self) -> u64 {
        self.losses
    }

    /// The logarithm of the evidence against this share of wins, as it is now.
    pub fn log_evidence_against(&self, share: f64) -> f64 {
        let (wins, losses) = (self.wins as f64, self.losses as f64);
        let part = |count: f64, share: f64| if count > 0.0 { count * share.ln() } else { 0.0 };
        ln_beta(wins + 0.5, losses + 0.5) - ln_beta(0.5, 0.5) - part(wins, share) - part(losses, 1.0 - share)
    }

    /// A p-value that holds whenever it is looked at: 1 over the most evidence there has been.
    pub fn p_value(&self) -> f64 {
        (-self.most).exp().min(1.0)
    }

    /// The shares of wins against which there is less evidence than `1 / alpha`: at every look, all looks together, the true
    /// one is in it with this confidence. Without wins or losses it is all of [0, 1].
    pub fn interval(&self, confidence: Confidence) -> Interval {
        let bar = -(1.0 - confidence.level()).ln();
        let centre = self.wins as f64 / (self.wins + self.losses).max(1) as f64;
        let holds = |share: f64| self.log_evidence_against(share) < bar;
        let edge = |outside: f64| {
            if holds(outside) {
                return outside;
            }
            let (mut out, mut inside) = (outside, centre);
            for _ in 0..80 {
                let middle = f64::midpoint(out, inside);
                if holds(middle) { inside = middle } else { out = middle }
            }
            out
        };
        Interval { low: edge(0.0), high: edge(1.0) }
    }
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The mean of graded differences as they come in: a confidence sequence by betting.
///
/// The hedged capital process of Waudby-Smith and Ramdas (2024, theorem 3): for each mean that might be true, half a unit bets
/// that values come above it and half that they come below, with their predictable plug-in stakes (eq. 26), cut at half of what could
/// bankrupt. Against the true mean no bet gains; a mean against which the capital reaches `1 / alpha` is out for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Betting {
    confidence: Confidence,
    /// For each candidate on a grid over [0, 1] the logarithms of both capitals; of those still in.
    candidates: Vec<Candidate>,
    n: u64,
    sum: f64,
    squares: f64,
    variance: f64,
    /// The largest logarithm of the capital against no difference so far.
    most: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    mean: f64,
    above: f64,
    below: f64,
    out: bool,
}

/// Steps of the grid: the ends are widened to the next candidate, a five-hundredth of a difference's scale.
const GRID: u32 = 1_000;

impl Betting {
    /// Nothing seen yet.
    pub fn new(confidence: Confidence) -> Self {
        let candidate =
            |step| Candidate { mean: f64::from(step) / f64::from(GRID), above: 0.0, below: 0.0, out: false };
        let candidates = (0..=GRID).map(candidate).collect();
        Self { confidence, candidates, n: 0, sum: 0.0, squares: 0.0, variance: 0.25, most: 0.0 }
    }

    /// Takes a difference between -1 and 1; what is none is not taken, and `false` says so.
    pub fn add(&mut self, difference: f64) -> bool {
        if !(-1.0..=1.0).contains(&difference) {
            return false;
        }
        let value = f64::midpoint(difference, 1.0);
        let alpha = 1.0 - self.confidence.level();
        self.n += 1;
        let n = self.n as f64;
        let stake = (2.0 * (2.0 / alpha).ln() / (self.variance * n * (n + 1.0).ln())).sqrt();
        let bar = (1.0 / alpha).ln() + std::f64::consts::LN_2;
        let middle = GRID as usize / 2;
        for (place, candidate) in
            self.candidates.iter_mut().enumerate().filter(|(place, it)| !it.out || *place == middle)
        {
            let off = value - candidate.mean;
            candidate.above += (stake.min(0.5 / candidate.mean) * off).ln_1p();
            candidate.below += (-stake.min(0.5 / (1.0 - candidate.mean)) * off).ln_1p();
            let capital = candidate.above.max(candidate.below);
            candidate.out |= capital >= bar;
            if place == middle {
                self.most = self.most.max(capital - std::f64::consts::LN_2);
            }
        }
        // The stakes of the next bet know the values up to here.
        self.sum += value;
        let mean = (self.sum + 0.5) / (n + 1.0);
        self.squares += (value - mean).powi(2);
        self.variance = (self.squares + 0.25) / (n + 1.0);
        true
    }

    /// How many differences were taken.
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// A p-value of no difference that holds whenever it is looked at: 1 over the most that the bets against it have made.
    pub fn p_value(&self) -> f64 {
        (-self.most).exp().min(1.0)
    }

    /// The mean differences still in: at every look, all looks together, the true one is in it with the confidence. Should
    /// every candidate be out, which the true one lets happen as seldom, it is the mean seen.
    pub fn interval(&self) -> Interval {
        let step = 1.0 / f64::from(GRID);
        let difference = |mean: f64| 2.0 * mean.clamp(0.0, 1.0) - 1.0;
        let mut inside = self.candidates.iter().filter(|candidate| !candidate.out).map(|candidate| candidate.mean);
        let Some(first) = inside.next() else {
            let mean = difference(self.sum / self.n.max(1) as f64);
            return Interval { low: mean, high: mean };
        };
        let last = inside.next_back().unwrap_or(first);
        Interval { low: difference(first - step), high: difference(last + step) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn evidence_by_hand() {
        let mut seen = WinsAndLosses::default();
        assert_eq!((seen.p_value(), seen.interval(Confidence::NINETY_FIVE)), (1.0, Interval { low: 0.0, high: 1.0 }));
        // B(1.5, 0.5) / B(0.5, 0.5) = 1/2, over 1/2: a single win is no evidence. A second: 3/8 over 1/4.
        seen.add(true);
        assert!(seen.log_evidence_against(0.5).abs() < 1e-12);
        seen.add(true);
        assert!((seen.log_evidence_against(0.5) - 1.5_f64.ln()).abs() < 1e-12);
        assert!((seen.p_value() - 2.0 / 3.0).abs() < 1e-12);
        // What has been evidence stays evidence.
        seen.add(false);
        assert!((seen.p_value() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((seen.wins(), seen.losses()), (2, 1));
    }

    #[test]
    fn what_is_no_difference_is_not_taken() {
        let mut betting = Betting::new(Confidence::NINETY_FIVE);
        for bad in [f64::NAN, f64::INFINITY, 1.5, -2.0] {
            assert!(!betting.add(bad));
        }
        assert_eq!((betting.n(), betting.interval()), (0, Interval { low: -1.0, high: 1.0 }));
    }

    #[test]
    fn a_plain_difference_is_found_and_stays() {
        let mut betting = Betting::new(Confidence::NINETY_FIVE);
        let mut last = betting.interval();
        for index in 0..300 {
            betting.add(if index % 3 == 0 { 0.0 } else { 0.6 });
            let now = betting.interval();
            assert!(now.low >= last.low && now.high <= last.high);
            last = now;
        }
        assert!(last.low > 0.2 && last.contains(0.4), "{last:?}");
    }

    proptest! {
        #[test]
        fn intervals_hold_what_was_seen(wins in 0_u64..400, losses in 0_u64..400) {
            let seen = WinsAndLosses { wins, losses, most: 0.0 };
            let interval = seen.interval(Confidence::NINETY_FIVE);
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            if wins + losses > 0 {
                prop_assert!(interval.contains(wins as f64 / (wins + losses) as f64));
            }
        }

        #[test]
        fn any_differences_leave_numbers(differences in prop::collection::vec(-1.0_f64..=1.0, 0..60)) {
            let mut betting = Betting::new(Confidence::NINETY_FIVE);
            for difference in differences {
                betting.add(difference);
            }
            let interval = betting.interval();
            prop_assert!(interval.low.is_finite() && interval.low <= interval.high && interval.high <= 1.0);
        }
    }
}
