//! What has been spent since the start, by arm and in all, and the budget that stops the asking.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::question::NotAsked;
use crate::model::{Cost, Usage, amount};
use crate::stats::wording::{counted, grouped};

/// What some answers have taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spent {
    /// How many answers, whole or not.
    pub answers: u64,
    /// How many calls failed; what had arrived of an answer is paid all the same.
    pub failed: u64,
    /// Tokens sent, as far as they were counted or estimated.
    pub input: u64,
    /// Tokens received.
    pub output: u64,
    /// What they cost, as far as prices are known.
    pub cost: Cost,
    /// Answers whose price is not known: they are not in `cost`.
    pub unpriced: u64,
}

impl Spent {
    fn add(&mut self, (input, output): (u64, u64), cost: Option<Cost>, has_failed: bool) {
        if has_failed {
            self.failed += 1;
        } else {
            self.answers += 1;
        }
        self.input += input;
        self.output += output;
        match cost {
            Some(cost) => self.cost = self.cost.plus(cost),
            // A call that brought nothing costs nothing, whatever the price.
            None if has_failed && input == 0 && output == 0 => {}
            None => self.unpriced += 1,
        }
    }

    /// Whether there is anything to say about money: something was paid, or nobody knows.
    pub fn is_worth_telling(&self) -> bool {
        self.cost.dollars > 0.0 || self.unpriced > 0
    }

    /// The money in words; where no price is known, nothing is no sum.
    pub fn money_in_words(&self) -> String {
        if self.is_unknown() { "price unknown".to_owned() } else { self.cost.in_words() }
    }

    /// In words: `$0.0123 · 1,200 tokens in, 340 out · 3 answers`.
    pub fn in_words(&self) -> String {
        let unpriced = match self.unpriced {
            unpriced if self.is_unknown() || unpriced == 0 => String::new(),
            1 => " (1 at a price unknown, not counted)".to_owned(),
            many => format!(" ({} at a price unknown, not counted)", grouped(many)),
        };
        let failed = match self.failed {
            0 => String::new(),
            1 => ", 1 failed call".to_owned(),
            many => format!(", {} failed calls", grouped(many)),
        };
        format!(
            "{} · {} tokens in, {} out · {}{failed}{unpriced}",
            self.money_in_words(),
            grouped(self.input),
            grouped(self.output),
            counted(self.answers, "answer")
        )
    }

    const fn is_unknown(&self) -> bool {
        self.unpriced > 0 && self.cost.dollars <= 0.0
    }
}

/// What one answer has cost, and what that makes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charged {
    /// This answer; `None` where its price is not known.
    pub cost: Option<Cost>,
    /// Its arm since the start.
    pub arm: Spent,
    /// Everything since the start.
    pub session: Spent,
}

/// The books of one session.
#[derive(Debug, Default)]
pub(super) struct Spending {
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    budget: Option<f64>,
    total: Spent,
    arms: BTreeMap<String, Spent>,
}

impl Spending {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_budget(&self, budget: Option<f64>) {
        self.books().budget = budget;
    }

    pub(super) fn total(&self) -> (Spent, Option<f64>) {
        let books = self.books();
        (books.total, books.budget)
    }

    /// Takes down an answer of `arm`, or a call that failed.
    pub(super) fn add(
        &self,
        arm: &str,
        usage: Usage,
        guess: (u64, u64),
        cost: Option<Cost>,
        has_failed: bool,
    ) -> Charged {
        let tokens = (usage.input.unwrap_or(guess.0), usage.output.unwrap_or(guess.1));
        let mut books = self.books();
        books.total.add(tokens, cost, has_failed);
        let of_arm = books.arms.entry(arm.to_owned()).or_default();
        of_arm.add(tokens, cost, has_failed);
        Charged { cost, arm: *of_arm, session: books.total }
    }

    /// What is left of the budget, where there is one: asking stops there.
    pub(super) fn left_in_words(&self) -> Option<String> {
        let (total, budget) = self.total();
        let (budget, left) = budget.map(|budget| (budget, budget - total.cost.dollars))?;
        let left = if left > 0.0 { format!("${} of it is left", amount(left)) } else { "it is used up".to_owned() };
        Some(format!("Asking stops at a budget of ${} since the start: {left}.", amount(budget)))
    }

    /// Refuses to go on once the budget is used up.
    pub(super) fn check(&self) -> Result<(), NotAsked> {
        let (total, budget) = self.total();
        match budget {
            Some(budget) if total.cost.dollars >= budget => Err(NotAsked {
                what: format!(
                    "the budget of ${} is used up: {} since the start, nothing more is asked",
                    amount(budget),
                    total.in_words()
                ),
                hint: "Raise `budget` under [run] in fourfold.toml or give --budget, and start again.".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, output: u64) -> Usage {
        Usage { input: Some(input), cached: None, output: Some(output) }
    }

    #[test]
    fn arms_and_the_session_are_summed_and_the_budget_stops() {
        let spending = Spending::default();
        let cost = |dollars| Some(Cost { dollars, exact: true });
        spending.set_budget(Some(0.5));
        assert!(spending.check().is_ok());
        spending.add("a", usage(10, 2), (0, 0), cost(0.25), false);
        let charged = spending.add("b", usage(30, 4), (0, 0), cost(0.125), false);
        assert_eq!((charged.arm.answers, charged.session.answers, charged.session.input), (1, 2, 40));
        assert!(spending.check().is_ok(), "not used up yet");
        let charged = spending.add("b", Usage::default(), (7, 1), None, false);
        assert_eq!((charged.session.unpriced, charged.session.input, charged.arm.answers), (1, 47, 2));
        spending.add("a", usage(1, 1), (0, 0), cost(0.125), false);
        let error = spending.check().unwrap_err();
        assert!(error.what.contains("the budget of $0.50 is used up: $0.50 · 48 tokens in, 8 out"), "{}", error.what);
        assert!(error.what.contains("(1 at a price unknown, not counted)"), "{}", error.what);
    }

    #[test]
    fn a_sum_of_nothing_is_not_told_where_no_price_is_known() {
        let spending = Spending::default();
        spending.add("a", usage(10, 2), (0, 0), None, false);
        assert_eq!(spending.total().0.in_words(), "price unknown · 10 tokens in, 2 out · 1 answer");
        // What is free beside it makes no sum either.
        spending.add("b", usage(1, 1), (0, 0), Some(Cost { dollars: 0.0, exact: true }), false);
        assert_eq!(spending.total().0.money_in_words(), "price unknown");
        spending.add("a", usage(10, 2), (0, 0), Some(Cost { dollars: 0.5, exact: true }), false);
        let words = spending.total().0.in_words();
        assert_eq!(words, "$0.50 · 21 tokens in, 5 out · 3 answers (1 at a price unknown, not counted)");
    }

    #[test]
    fn calls_that_failed_are_no_answers() {
        let spending = Spending::default();
        let nothing = spending.add("a", Usage::default(), (0, 0), None, true).session;
        assert_eq!((nothing.answers, nothing.failed, nothing.is_worth_telling()), (0, 1, false));
        spending.add("a", usage(10, 2), (0, 0), Some(Cost { dollars: 0.5, exact: true }), false);
        let spent = spending.add("a", usage(5, 1), (0, 0), Some(Cost { dollars: 0.25, exact: true }), true).session;
        assert_eq!(spent.in_words(), "$0.75 · 15 tokens in, 3 out · 1 answer, 2 failed calls");
    }

    #[test]
    fn a_budget_of_nothing_asks_nothing() {
        let spending = Spending::default();
        spending.set_budget(Some(0.0));
        assert!(spending.check().is_err());
        let words = spending.left_in_words().unwrap();
        assert_eq!(words, "Asking stops at a budget of $0.00 since the start: it is used up.");
        spending.set_budget(Some(0.5));
        assert!(spending.left_in_words().unwrap().ends_with(": $0.50 of it is left."));
        spending.set_budget(None);
        assert_eq!(spending.left_in_words(), None);
        assert!(spending.check().is_ok());
    }
}
