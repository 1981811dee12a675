//! How many trials may be under way at a time on one server: as many as a person said, fewer while the server refuses, more
//! again as it answers (additive increase, multiplicative decrease: Chiu and Jain 1989).

/// See the file's head.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pace {
    most: usize,
    limit: f64,
    begun: u64,
    ended: u64,
    /// Refusals count again once this many have ended: all that were under way when the pace was last halved.
    deaf_until: u64,
    refusals: u64,
}

impl Pace {
    /// At most so many; `refusals` is what the server's count of them stands at.
    pub(super) const fn new(most: usize, refusals: u64) -> Self {
        Self { most, limit: most as f64, begun: 0, ended: 0, deaf_until: 0, refusals }
    }

    /// How many there may be now.
    pub(super) fn limit(&self) -> usize {
        (self.limit as usize).clamp(1, self.most.max(1))
    }

    /// A person says otherwise.
    pub(super) const fn set_most(&mut self, most: usize) {
        if most != self.most {
            self.most = most;
            self.limit = most as f64;
        }
    }

    /// One more is under way.
    pub(super) const fn begin(&mut self) {
        self.begun += 1;
    }

    /// One has ended.
    pub(super) fn end(&mut self) {
        self.ended += 1;
        if self.ended > self.deaf_until {
            self.limit = (self.limit + 1.0 / self.limit.max(1.0)).min(self.most as f64);
        }
    }

    /// The server's count of refusals stands there now. One wave of them halves the pace once.
    pub(super) fn hear(&mut self, refusals: u64) {
        if refusals > self.refusals && self.ended >= self.deaf_until {
            self.limit = (self.limit / 2.0).max(1.0);
            self.deaf_until = self.begun;
        }
        self.refusals = self.refusals.max(refusals);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(pace: &mut Pace, count: usize) {
        (0..count).for_each(|_| pace.begin());
    }

    #[test]
    fn a_wave_of_refusals_halves_once_and_answers_bring_it_back() {
        let mut pace = Pace::new(32, 5);
        busy(&mut pace, 32);
        pace.hear(5);
        assert_eq!(pace.limit(), 32, "an old refusal is none");
        (6..37).for_each(|count| pace.hear(count));
        assert_eq!(pace.limit(), 16, "all that were under way are refused: one wave");
        (0..32).for_each(|_| pace.end());
        pace.hear(38);
        assert_eq!(pace.limit(), 8);
        // Nothing is under way: the first to end is heard.
        for _ in 0..2_000 {
            pace.begin();
            pace.end();
        }
        assert_eq!(pace.limit(), 32);
    }

    #[test]
    fn it_never_falls_below_one_and_a_person_has_the_last_word() {
        let mut pace = Pace::new(2, 0);
        for count in 1..20 {
            pace.begin();
            pace.hear(count);
            pace.end();
        }
        assert_eq!(pace.limit(), 1);
        pace.set_most(7);
        assert_eq!(pace.limit(), 7);
        pace.set_most(0);
        assert_eq!(pace.limit(), 1);
    }
}
