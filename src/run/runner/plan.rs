//! What a run is: arms x cases x repeats, the order they are asked in, and where it stops. Plain data, kept with the run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::order::Order;
use crate::data::Split;
use crate::model::Parameters;
use crate::store::TrialIdentity;
use crate::strategy::StrategyConfig;

/// Everything that was planned. It is what [`crate::store::RunRecord::plan`] holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The arms, in the order of the columns.
    pub arms: Vec<PlannedArm>,
    /// The split whose cases are asked.
    pub split: Split,
    /// Names the split by its content.
    pub data_hash: String,
    /// Rows of the split.
    pub rows: u64,
    /// How many of its cases, drawn by the order's seed; all unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<u64>,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// Decides the order of the cases, and which are drawn.
    pub order_seed: u64,
    /// The metric a verdict is about.
    pub primary: String,
    /// Differences smaller than this count as equivalent.
    pub margin: f64,
    /// The column all others are compared with.
    pub baseline: u32,
    /// Whether the arms are the four cells of the table, in the order of [`crate::run::fourfold::Cell::ALL`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fourfold: bool,
    /// Whether an arm is asked no further once its verdict is clear, however often one looks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sequential: bool,
    /// Where asking stops before all is asked.
    #[serde(default)]
    pub limits: Limits,
    /// The part of the cases that is asked at this start; not kept with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// One arm of a plan: all that decides what it is asked and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedArm {
    /// Its name.
    pub name: String,
    /// The prompt's file, against the workbench.
    pub prompt: String,
    /// The hash of its text; see [`crate::store::prompt_hash`].
    pub prompt_hash: String,
    /// How the prompt becomes calls.
    pub strategy: StrategyConfig,
    /// The model's id in the workbench.
    pub model: String,
    /// What decides the model's answers.
    pub fingerprint: String,
    /// The arm's own sampling, over the model's. With a seed, every repeat takes the next one.
    #[serde(default)]
    pub own: Parameters,
    /// How it is sampled: the arm's own over the model's.
    pub parameters: Parameters,
    /// See [`crate::store::arm_key`].
    pub arm_key: String,
}

/// Where asking stops; counted over all the times that a run was gone on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Calls of models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// Seconds from the start; of this asking alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// Every `of`th case, from the one at `index` (1 to `of`) in the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// Whether the case at this place of the order is in it.
    pub const fn holds(self, place: u64) -> bool {
        place % self.of as u64 == self.index as u64 - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        parts
            .filter(|(index, of)| (1..=*of).contains(index))
            .map(|(index, of)| Self { index, of })
            .ok_or_else(|| "needs a part and how many there are, such as 2/5".to_owned())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.of)
    }
}

impl Plan {
    /// How many cases are asked, the shard aside.
    pub fn case_count(&self) -> u64 {
        self.cases.map_or(self.rows, |cases| cases.min(self.rows))
    }

    /// How many cases are asked here: those of the shard.
    pub fn cases_here(&self) -> u64 {
        // The first parts have one more where it does not come out even.
        self.shard.map_or(self.case_count(), |shard| {
            let (all, of, index) = (self.case_count(), u64::from(shard.of), u64::from(shard.index));
            all / of + u64::from(index <= all % of)
        })
    }

    /// Trials of the whole plan, the shard aside.
    pub fn trials(&self) -> u64 {
        self.case_count() * u64::from(self.repeats) * self.arms.len() as u64
    }

    /// The cases in the order they are asked in.
    pub fn order(&self) -> Order {
        Order::new(self.rows, self.case_count(), self.order_seed)
    }

    /// Equal for plans of the same trials, whatever part of them is asked and wherever asking stops.
    pub fn key(&self) -> TrialIdentity {
        let bare = Self { limits: Limits::default(), shard: None, ..self.clone() };
        TrialIdentity::of(&serde_json::to_value(bare).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_strictly_and_cover_every_case_once() {
        assert_eq!("2/5".parse(), Ok(Shard { index: 2, of: 5 }));
        for bad in ["", "2", "0/5", "6/5", "1/0", "a/b", "1/2/3", "-1/3"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
        for place in 0..23 {
            assert_eq!((1..=5).filter(|index| Shard { index: *index, of: 5 }.holds(place)).count(), 1);
        }
    }
}
