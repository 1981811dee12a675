//! What a model of this workbench costs, and what its answers have cost.

use std::collections::BTreeMap;

use super::follow::CallDone;
use super::prepare::Prepared;
use super::question::NotAsked;
use super::session::Session;
use super::spending::{Charged, Spent};
use super::trial::TrialDone;
use crate::config::{ModelSpec, Provider};
use crate::model::hosted::{self, Priced, PricedBy};
use crate::model::{Cost, Price, estimate_text, estimate_tokens};
use crate::prompt::Message;
use crate::score::Outcome;
use crate::store::TrialRecord;

/// What a model costs: by fourfold.toml, else by the person's settings, else by the table that comes with the program.
/// `None` where nobody says. A server on this machine is not free: its price is not known.
pub fn priced(spec: &ModelSpec, settings: &BTreeMap<String, Price>) -> Option<Priced> {
    if spec.provider == Provider::Embedded {
        return Some(Priced { price: Price::FREE, by: PricedBy::Here });
    }
    if let Some(price) = spec.price {
        return Some(Priced { price, by: PricedBy::Workbench });
    }
    if let Some(price) = settings.get(&spec.model) {
        return Some(Priced { price: *price, by: PricedBy::Settings });
    }
    let known = hosted::find_at(Session::base_url(spec)?, &spec.model)?;
    Some(Priced { price: known.price, by: PricedBy::Table })
}

impl Session {
    /// What the model with this id costs, and who says so.
    pub fn priced(&self, id: &str) -> Option<Priced> {
        let spec = self.spec(id)?;
        if self.is_replaying() {
            return Some(Priced { price: Price::FREE, by: PricedBy::Here });
        }
        priced(&spec, self.prices())
    }

    /// What an ended trial has cost. Tokens that the provider did not count are estimated; a call that brought nothing
    /// has cost nothing.
    pub fn cost(prepared: &Prepared, done: &TrialDone) -> Option<Cost> {
        let price = prepared.priced()?.price;
        if price == Price::FREE {
            return Some(Cost::NOTHING);
        }
        if done.inner.calls.is_empty() {
            return Some(price.of(done.usage, guess(prepared, done)));
        }
        // Call by call: one that was not counted is estimated, and the others are not.
        let costs = done.inner.calls.iter().map(|call| price.of(call.usage, guess_of_call(call)));
        Some(costs.fold(Cost::NOTHING, Cost::plus))
    }

    /// What a recorded answer cost, in dollars: as it was charged, else by what its model costs now.
    pub fn cost_of(&self, record: &TrialRecord) -> Option<f64> {
        record.cost.or_else(|| {
            let guess = (estimate_tokens(&record.messages).tokens as u64, estimate_text(&record.answer) as u64);
            self.priced(&record.arm.model).map(|priced| priced.price.of(record.usage, guess).dollars)
        })
    }

    /// Takes an ended trial into the books, at this share of the price of a call.
    pub(super) fn charge(&self, prepared: &Prepared, done: &TrialDone, share: f64) -> Charged {
        let cost = Self::cost(prepared, done).map(|cost| Cost { dollars: cost.dollars * share, ..cost });
        let has_failed = matches!(done.outcome, Outcome::Missing(_));
        self.spending().add(&prepared.asked().question.arm, done.usage, guess(prepared, done), cost, has_failed)
    }

    /// What has been spent since the start, and the budget.
    pub fn spent(&self) -> (Spent, Option<f64>) {
        self.spending().total()
    }

    /// Stops asking once this much has been spent, whatever fourfold.toml says.
    pub fn set_budget(&self, dollars: f64) {
        self.spending().set_budget(Some(dollars));
    }

    /// Whether a model was asked anything since the start.
    pub fn has_asked(&self) -> bool {
        let (spent, _) = self.spending().total();
        spent.answers + spent.failed > 0
    }

    /// Whether the budget is used up.
    pub fn has_spent_budget(&self) -> bool {
        self.spending().check().is_err()
    }

    /// Refuses to ask a model that costs something once the budget is used up.
    pub fn may_ask(&self, model: &str) -> Result<(), NotAsked> {
        self.within_budget(self.priced(model)).map(|_| ())
    }

    /// Refuses a question at this price that the budget does not allow, and says where the budget cannot hold.
    pub(super) fn within_budget(&self, priced: Option<Priced>) -> Result<Option<String>, NotAsked> {
        if priced.is_some_and(|priced| priced.price == Price::FREE) {
            return Ok(None);
        }
        self.spending().check()?;
        let unknown = priced.is_none() && self.spending().total().1.is_some();
        Ok(unknown.then(|| "its price is unknown: the budget does not count this answer".to_owned()))
    }
}

/// Tokens where nobody counted: of what was sent, and of what arrived. Nothing arrived, nothing is charged.
fn guess(prepared: &Prepared, done: &TrialDone) -> (u64, u64) {
    if done.inner.calls.is_empty() {
        return guess_of(prepared.asked().messages, done);
    }
    done.inner.calls.iter().fold((0, 0), |sum, call| {
        let guess = guess_of_call(call);
        (sum.0 + call.usage.input.unwrap_or(guess.0), sum.1 + call.usage.output.unwrap_or(guess.1))
    })
}

/// As [`guess`], for one call that was a trial of its own.
pub(super) fn guess_of(messages: &[Message], done: &TrialDone) -> (u64, u64) {
    let output = estimate_text(&done.text) + estimate_text(&done.reasoning);
    if output == 0 && done.error.is_some() {
        return (0, 0);
    }
    (estimate_tokens(messages).tokens as u64, output as u64)
}

/// As [`guess`], for one of several calls.
fn guess_of_call(call: &CallDone) -> (u64, u64) {
    let output = estimate_text(&call.text) + estimate_text(&call.reasoning);
    if output == 0 && call.outcome.starts_with("missing") {
        return (0, 0);
    }
    (estimate_tokens(&call.call.messages).tokens as u64, output as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Dialect;

    #[test]
    fn the_nearest_says_what_a_model_costs() {
        let price = |input| Price { input, output: 1.0, cached: None };
        let mut spec = ModelSpec {
            provider: Provider::Server(Dialect::ChatCompletions),
            model: "gpt-4o-mini".to_owned(),
            ..ModelSpec::small()
        };
        let settings = BTreeMap::from([("gpt-4o-mini".to_owned(), price(7.0))]);
        let by = |spec: &ModelSpec, settings| priced(spec, settings).map(|priced| (priced.by, priced.price.input));
        let none = BTreeMap::new();
        assert_eq!(by(&spec, &none), Some((PricedBy::Table, 0.15)));
        assert_eq!(by(&spec, &settings), Some((PricedBy::Settings, 7.0)));
        spec.base_url = Some("http://127.0.0.1:8080/v1".to_owned());
        assert_eq!(by(&spec, &none), None, "a server's price is not that of a namesake");
        spec.price = Some(price(9.0));
        assert_eq!(by(&spec, &settings), Some((PricedBy::Workbench, 9.0)));
        assert_eq!(by(&ModelSpec::small(), &none), Some((PricedBy::Here, 0.0)));
    }
}
