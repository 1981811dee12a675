//! What is left to ask of an arm that is asked case by case: what it will take, and where the budget stops it, in words.

use super::forecast::{Forecast, forecast, measured};
use super::pace::{pace, time_in_words};
use super::question::{NotAsked, Question};
use super::session::Session;
use crate::data::Split;
use crate::model::amount;
use crate::store::Store;

/// What `left` trials of an arm will take that are like those of the first `cases` of a split, by its recorded answers where there
/// are some, with the model's pace; `template` is its question with any case.
pub fn forecast_left(
    session: &Session,
    store: &Store,
    template: &Question,
    split: Split,
    (cases, left): (usize, usize),
) -> Result<Forecast, NotAsked> {
    let before = measured(session, store, template)?;
    let all = forecast(session, template, split, cases, before)?;
    Ok(all.of_trials(left).with_pace(pace(store, &template.model)?))
}

/// The same in a few lines, with where the budget stops it or cannot hold it.
pub fn ahead_in_words(session: &Session, forecast: &Forecast, model: &str) -> Vec<String> {
    if forecast.cases == 0 {
        return vec!["To ask: nothing, every answer is recorded.".to_owned()];
    }
    let mut lines = forecast.in_words();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, "To ask: ");
    }
    lines.push(time_in_words(forecast.pace, (forecast.least_tokens.1, forecast.most_tokens.1), model));
    let (spent, budget) = session.spent();
    lines.extend(budget.and_then(|budget| match forecast.most_cost() {
        None => Some(format!("the budget of ${} does not count these answers: their price is unknown", amount(budget))),
        Some(cost) if spent.cost.dollars + cost.dollars > budget => {
            Some(format!("more than the budget of ${}: the asking stops once that is used up", amount(budget)))
        }
        Some(_) => None,
    }));
    lines.split_first().map_or_else(Vec::new, |(first, others)| {
        std::iter::once(first.clone()).chain(others.iter().map(|line| format!("  {line}"))).collect()
    })
}
