//! Requests and tokens a minute, as a provider grants them: an allowance that fills evenly and is spent in advance.

use std::time::Duration;

use crate::config::CallLimits;

/// An allowance holds what comes in within this long; more is not saved up.
const SAVED: f64 = 5.0;

/// So much a minute. Times are counted from any fixed moment.
#[derive(Clone, Debug, PartialEq)]
struct Allowance {
    per_second: f64,
    most: f64,
    left: f64,
    at: Duration,
}

impl Allowance {
    fn per_minute(amount: u64) -> Self {
        let per_second = amount as f64 / 60.0;
        let most = (per_second * SAVED).max(1.0);
        Self { per_second, most, left: most, at: Duration::ZERO }
    }

    fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.left = (self.left + since * self.per_second).min(self.most);
        self.at = self.at.max(now);
    }

    /// How long until `amount` may be spent. What is more than it ever holds waits until it is full, and leaves a debt.
    fn wait(&mut self, now: Duration, amount: f64) -> Duration {
        self.fill(now);
        let lacking = amount.min(self.most) - self.left;
        if lacking <= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(lacking / self.per_second) }
    }

    fn spend(&mut self, amount: f64) {
        self.left -= amount;
    }
}

/// The allowances of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Allowances {
    requests: Option<Allowance>,
    tokens: Option<Allowance>,
}

impl Allowances {
    pub(super) fn new(limits: CallLimits) -> Self {
        Self {
            requests: limits.requests_per_minute.map(Allowance::per_minute),
            tokens: limits.tokens_per_minute.map(Allowance::per_minute),
        }
    }

    /// Takes `calls` and about `tokens` out, or says how long to wait before asking again.
    pub(super) fn take(&mut self, now: Duration, calls: u64, tokens: u64) -> Result<(), Duration> {
        let wait = |allowance: &mut Option<Allowance>, amount: u64| {
            allowance.as_mut().map_or(Duration::ZERO, |allowance| allowance.wait(now, amount as f64))
        };
        let longest = wait(&mut self.requests, calls).max(wait(&mut self.tokens, tokens));
        if !longest.is_zero() {
            return Err(longest);
        }
        self.spend(calls, tokens);
        Ok(())
    }

    /// How long so many calls and tokens take at least under these limits.
    pub(super) fn least(limits: CallLimits, calls: u64, tokens: u64) -> Duration {
        let least = |allowance: Option<Allowance>, amount: u64| {
            let wait = allowance.map_or(0.0, |it| ((amount as f64 - it.most) / it.per_second).max(0.0));
            Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
        };
        let Self { requests, tokens: of_tokens } = Self::new(limits);
        least(requests, calls).max(least(of_tokens, tokens))
    }

    fn spend(&mut self, calls: u64, tokens: u64) {
        if let Some(requests) = &mut self.requests {
            requests.spend(calls as f64);
        }
        if let Some(tokens_left) = &mut self.tokens {
            tokens_left.spend(tokens as f64);
        }
    }

    /// What was taken was a guess: corrects it by what it was.
    pub(super) fn correct(&mut self, guessed: u64, were: u64) {
        if let Some(tokens) = &mut self.tokens {
            tokens.spend(were as f64 - guessed as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: Option<u64>, tokens: Option<u64>) -> Allowances {
        let limits = CallLimits { requests_per_minute: requests, tokens_per_minute: tokens, ..CallLimits::default() };
        Allowances::new(limits)
    }

    #[test]
    fn a_minute_holds_what_is_granted_and_no_more() {
        for per_minute in [1, 7, 60, 600, 6_000] {
            let mut allowed = limits(Some(per_minute), None);
            let (mut now, mut asked) = (Duration::ZERO, 0_u64);
            // Two minutes of asking as fast as it lets.
            while now < Duration::from_mins(2) {
                match allowed.take(now, 1, 0) {
                    Ok(()) => asked += 1,
                    Err(wait) => now += wait + Duration::from_nanos(10),
                }
            }
            let burst = (per_minute as f64 * SAVED / 60.0).max(1.0);
            let most = 2.0 * per_minute as f64 + burst;
            assert!(asked as f64 <= most + 1.0 && asked as f64 >= most * 0.95 - 1.0, "{asked} of {most}");
        }
    }

    #[test]
    fn what_is_granted_says_how_long_it_takes_at_least() {
        let least = |requests, tokens, calls, of_tokens| {
            let limits =
                CallLimits { requests_per_minute: requests, tokens_per_minute: tokens, ..CallLimits::default() };
            Allowances::least(limits, calls, of_tokens).as_secs()
        };
        assert_eq!(least(Some(120), None, 30, 1_000_000), 10, "ten go at once, then two a second");
        assert_eq!(least(Some(120), Some(1_200), 30, 2_500), 120, "the slower of both");
        assert_eq!((least(None, None, 1_000, 1_000), least(Some(60), None, 3, 0)), (0, 0));
    }

    #[test]
    fn tokens_are_taken_by_guess_and_set_right() {
        let mut allowed = limits(None, Some(1_200));
        assert_eq!(allowed.take(Duration::ZERO, 1, 60), Ok(()));
        allowed.correct(60, 100);
        assert_eq!(allowed.take(Duration::ZERO, 1, 20), Err(Duration::from_secs(1)));
        allowed.correct(60, 0);
        assert_eq!(allowed.take(Duration::ZERO, 1, 20), Ok(()));
        // Larger than the allowance: it waits until that is full, and leaves a debt.
        assert_eq!(allowed.take(Duration::from_secs(50), 1, 1_200), Ok(()));
        assert!(allowed.take(Duration::from_secs(50), 1, 1).unwrap_err() > Duration::from_secs(50));
    }

    #[test]
    fn nobody_waits_without_limits() {
        let mut allowed = limits(None, None);
        assert!((0..10_000).all(|_| allowed.take(Duration::ZERO, 9, 100_000).is_ok()));
    }
}
