//! The limit at which a run stopped: said in words, recorded in these words, and read back from them.

use crate::model::amount;
use crate::stats::wording::counted;

/// A limit that a run has reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reached {
    /// Calls of models, counted over every asking of the run.
    Calls {
        /// The limit.
        most: u64,
    },
    /// Dollars, counted over every asking of the run.
    Cost {
        /// The limit.
        most: f64,
        /// Dollars spent when asking stopped.
        spent: f64,
        /// Trials that were still under way then, and may add to it.
        under_way: u64,
    },
    /// Seconds of this asking alone.
    Time {
        /// The limit.
        seconds: f64,
    },
}

/// What every limit's words begin with.
const BEGINS: &str = "the limit of ";

impl Reached {
    /// As it is said and recorded.
    pub fn in_words(self) -> String {
        match self {
            Self::Calls { most } => format!("{BEGINS}{} is reached", counted(most, "call")),
            Self::Time { seconds } => format!("{BEGINS}{seconds} s is reached"),
            Self::Cost { most, spent, under_way } => {
                let under_way = match under_way {
                    0 => String::new(),
                    1 => "; 1 trial under way may add to that".to_owned(),
                    many => format!("; {} under way may add to that", counted(many, "trial")),
                };
                format!("{BEGINS}${} is reached: ${} spent{under_way}", amount(most), amount(spent))
            }
        }
    }

    /// The limit that a run was recorded to have ended at, as far as its words tell it: amounts come back as rounded as they were
    /// said. `None` where it ended otherwise.
    pub fn recorded(end: &str) -> Option<Self> {
        let (limit, rest) = end.strip_prefix(BEGINS)?.split_once(' ')?;
        let plain = limit.replace(',', "");
        if let Some(dollars) = plain.strip_prefix('$') {
            let (spent, after) = rest.strip_prefix("is reached: $")?.split_once(' ')?;
            let under_way = after.strip_prefix("spent; ").and_then(|more| more.split_once(' '));
            return Some(Self::Cost {
                most: dollars.parse().ok()?,
                spent: spent.replace(',', "").parse().ok()?,
                under_way: under_way.map_or(Some(0), |(count, _)| count.replace(',', "").parse().ok())?,
            });
        }
        match rest.split_once(' ')?.0 {
            "call" | "calls" => Some(Self::Calls { most: plain.parse().ok()? }),
            "s" => Some(Self::Time { seconds: plain.parse().ok()? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_endings_are_no_limits() {
        for end in ["interrupted", "finished in part", "the limit of", "the limit of 30 apples is reached", ""] {
            assert_eq!(Reached::recorded(end), None, "{end}");
        }
    }

    #[test]
    fn a_limit_is_said_in_words() {
        let cost = Reached::Cost { most: 0.5, spent: 0.49, under_way: 2 };
        assert_eq!(cost.in_words(), "the limit of $0.50 is reached: $0.49 spent; 2 trials under way may add to that");
        assert_eq!(Reached::Calls { most: 12_000 }.in_words(), "the limit of 12,000 calls is reached");
        assert_eq!(Reached::Time { seconds: 30.0 }.in_words(), "the limit of 30 s is reached");
    }

    proptest! {
        #[test]
        fn what_is_recorded_is_read_back(most in 1_u64.., cents in 10_u64..10_000_000, spent in 0_u64..10_000_000, under_way in 0_u64..100_000, seconds in 1_u32..) {
            let dollars = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap_or(f64::NAN);
            // Below ten cents an amount is said with two digits alone.
            let spent = if spent < 10 { 0.0 } else { dollars(spent) };
            let all = [
                Reached::Calls { most },
                Reached::Cost { most: dollars(cents), spent, under_way },
                Reached::Time { seconds: f64::from(seconds) },
            ];
            for reached in all {
                prop_assert_eq!(Reached::recorded(&reached.in_words()), Some(reached));
            }
        }
    }
}
