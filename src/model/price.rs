//! What tokens cost, and what an answer has cost. Dollars, by the million tokens, as providers print their prices.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Usage;

/// Tokens in the unit of a price.
const MILLION: f64 = 1e6;

/// Dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the prompt.
    #[schemars(range(min = 0.0))]
    pub input: f64,
    /// Of the answer, reasoning included.
    #[schemars(range(min = 0.0))]
    pub output: f64,
    /// Of the prompt where it came from the provider's cache; as `input` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cached: Option<f64>,
}

impl Price {
    /// Nothing: a model on this machine.
    pub const FREE: Self = Self { input: 0.0, output: 0.0, cached: None };

    /// Whether every part is an amount of money.
    pub fn is_sound(&self) -> bool {
        [Some(self.input), Some(self.output), self.cached]
            .into_iter()
            .flatten()
            .all(|part| part.is_finite() && part >= 0.0)
    }

    /// What these tokens cost. `guess` stands in where the provider did not count (input, output).
    pub fn of(&self, usage: Usage, guess: (u64, u64)) -> Cost {
        let cached = usage.cached.unwrap_or(0);
        let (input, output) = (usage.input.unwrap_or(guess.0), usage.output.unwrap_or(guess.1));
        let fresh = input.saturating_sub(cached) as f64;
        let dollars = fresh * self.input
            + cached.min(input) as f64 * self.cached.unwrap_or(self.input)
            + output as f64 * self.output;
        Cost { dollars: dollars / MILLION, exact: usage.input.is_some() && usage.output.is_some() }
    }

    /// For people: `$0.15 in, $0.60 out`.
    pub fn in_words(&self) -> String {
        if *self == Self::FREE {
            return "free".to_owned();
        }
        format!("${} in, ${} out per million", amount(self.input), amount(self.output))
    }
}

/// What something has cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// In dollars.
    pub dollars: f64,
    /// Whether every token of it was counted by the provider, rather than estimated here.
    pub exact: bool,
}

impl Default for Cost {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Cost {
    /// Nothing yet.
    pub const NOTHING: Self = Self { dollars: 0.0, exact: true };

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { dollars: self.dollars + other.dollars, exact: self.exact && other.exact }
    }

    /// For people: `$0.0123`, with `about` before an estimate.
    pub fn in_words(&self) -> String {
        let about = if self.exact { "" } else { "about " };
        format!("{about}${}", amount(self.dollars))
    }
}

/// An amount of dollars with as many digits as it needs to be seen: two, or two that are not zero.
pub fn amount(dollars: f64) -> String {
    if dollars >= 0.1 || dollars == 0.0 {
        return format!("{dollars:.2}");
    }
    // 0.0123 has one zero after the point; its first two digits stand in places two and three.
    let zeros = (-dollars.log10()).floor().clamp(0.0, 8.0) as usize;
    let text = format!("{dollars:.*}", zeros + 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_costs_its_tokens_and_cached_ones_less() {
        let price = Price { input: 2.0, output: 8.0, cached: Some(0.5) };
        let usage = |input, cached, output| Usage { input, cached, output };
        let cost = price.of(usage(Some(1_000_000), Some(500_000), Some(100_000)), (0, 0));
        assert!((cost.dollars - (1.0 + 0.25 + 0.8)).abs() < 1e-12 && cost.exact, "{cost:?}");
        let guessed = price.of(usage(None, None, Some(1)), (500_000, 7));
        assert!((guessed.dollars - (1.0 + 8e-6)).abs() < 1e-12 && !guessed.exact, "{guessed:?}");
        let odd = price.of(usage(Some(10), Some(20), Some(0)), (0, 0));
        assert!((odd.dollars - 10.0 * 0.5 / 1e6).abs() < 1e-15, "more cached than sent is not negative");
        assert!(!price.of(usage(None, None, None), (1, 1)).plus(Cost::NOTHING).exact);
        assert!(!Price { input: -1.0, ..price }.is_sound() && !Price { cached: Some(f64::NAN), ..price }.is_sound());
    }

    #[test]
    fn small_amounts_stay_visible() {
        for (dollars, expected) in [
            (0.0, "0.00"),
            (12.345, "12.35"),
            (0.6, "0.60"),
            (0.075, "0.075"),
            (0.0123, "0.012"),
            (0.000_045, "0.000045"),
            (0.09, "0.09"),
        ] {
            assert_eq!(amount(dollars), expected);
        }
        assert_eq!(Cost { dollars: 0.5, exact: false }.in_words(), "about $0.50");
    }
}
