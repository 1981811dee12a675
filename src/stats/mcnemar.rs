//! McNemar's paired test, exact: two arms on the same cases, each right or wrong.

use serde::{Deserialize, Serialize};

use super::binomial::{mass_half, two_sided_half};
use super::normal::chi_squared_tail;

/// The fourfold table of paired right and wrong answers. Only the discordant cells carry information about a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct McNemar {
    /// Both right.
    pub both: u64,
    /// Only the first right.
    pub first_only: u64,
    /// Only the second right.
    pub second_only: u64,
    /// Both wrong.
    pub neither: u64,
}

impl McNemar {
    /// Counts the pairs.
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut table = Self::default();
        for pair in pairs {
            *match pair {
                (true, true) => &mut table.both,
                (true, false) => &mut table.first_only,
                (false, true) => &mut table.second_only,
                (false, false) => &mut table.neither,
            } += 1;
        }
        table
    }

    /// How many pairs.
    pub const fn n(self) -> u64 {
        self.both + self.discordant() + self.neither
    }

    /// In how many pairs exactly one is right.
    pub const fn discordant(self) -> u64 {
        self.first_only + self.second_only
    }

    /// The exact two-sided p-value (McNemar 1947, by the binomial distribution); 1 without discordant pairs.
    pub fn p_exact(self) -> f64 {
        two_sided_half(self.first_only, self.discordant())
    }

    /// The mid-p value, less conservative: the exact one less the probability of the table itself (Fagerland, Lydersen and
    /// Laake 2013). Equal discordant cells are in both tails but exist once: there it is one less half of that probability.
    pub fn p_mid(self) -> f64 {
        if self.discordant() == 0 {
            return 1.0;
        }
        let mass = mass_half(self.first_only, self.discordant());
        if self.first_only == self.second_only { 1.0 - mass / 2.0 } else { self.p_exact() - mass }
    }

    /// McNemar's chi-squared with Edwards's continuity correction (1948), at least 0, as R has it; 0 without discordant pairs.
    pub fn chi_squared(self) -> f64 {
        if self.discordant() == 0 {
            return 0.0;
        }
        let off = (self.first_only.abs_diff(self.second_only) as f64 - 1.0).max(0.0);
        off * off / self.discordant() as f64
    }

    /// The approximate p-value of [`McNemar::chi_squared`], one degree of freedom: for those who look for the textbook's figure.
    pub fn p_chi_squared(self) -> f64 {
        chi_squared_tail(self.chi_squared())
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn counts_and_tests_by_hand() {
        let pairs = [(true, true), (true, false), (true, false), (false, true), (false, false), (true, false)];
        let table = McNemar::count(pairs);
        assert_eq!(table, McNemar { both: 1, first_only: 3, second_only: 1, neither: 1 });
        assert_eq!((table.n(), table.discordant()), (6, 4));
        // 2 * (1 + 4) / 16, and less 4 / 16 for mid-p
        assert!((table.p_exact() - 0.625).abs() < 1e-14);
        assert!((table.p_mid() - 0.375).abs() < 1e-14);
        // 2 and 2 of 4: 1 - (6 / 16) / 2
        assert!((McNemar { first_only: 2, second_only: 2, ..table }.p_mid() - 0.8125).abs() < 1e-14);
        assert_eq!(McNemar::default().p_exact(), 1.0);
        assert_eq!(McNemar::default().p_mid(), 1.0);
    }
}
