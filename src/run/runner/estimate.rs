//! What a run will take, before anything is asked: calls, tokens, cost, time; and the difference that so many cases can show.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::allowance::Allowances;
use super::begin::{found, question_of};
use super::known::known;
use super::recall::unread;
use super::start::{Filled, Start};
use crate::data::Cases as _;
use crate::model::{Cost, amount};
use crate::run::forecast::{cut_in_words, forecast_beside};
use crate::run::{Forecast, NotAsked, Session};
use crate::stats::wording::{counted, grouped};
use crate::stats::{Confidence, power};
use crate::store::{Column, Store, Taken};
use crate::strategy::Lengths;

/// What a run will take at most. What is known already is not asked, and is in none of the figures but its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Calls of models, at least and at most.
    pub calls: (u64, u64),
    /// Trials that are known: nothing is asked for them.
    pub known: u64,
    /// Whether more may be known: of a long run not every trial is looked up.
    pub more_may_be_known: bool,
    /// Tokens sent and received, at most.
    pub tokens: (u64, u64),
    /// Whether the length of answers was measured on earlier answers of every arm, rather than assumed of some.
    pub measured: bool,
    /// Dollars at most; `None` where a price is not known.
    pub cost: Option<Cost>,
    /// How long it takes, where earlier answers say so.
    pub time: Option<Duration>,
    /// How long it takes at least, by the calls and tokens a minute that are granted.
    pub at_least: Duration,
    /// Arms whose reasoning is likely to be cut, with the most tokens of an answer.
    pub cut: Vec<(String, u64)>,
    /// The smallest difference that so many cases show four times in five, by the share of cases in which exactly one of two
    /// arms is right; see [`power::DISCORDANCES`].
    pub smallest: [Option<f64>; 3],
}

impl Estimate {
    /// In a few lines: what it takes, what is likely to be cut, what it can show.
    pub fn in_words(&self) -> Vec<String> {
        let (least, most) = self.calls;
        let calls = if least == most { grouped(most) } else { format!("{} to {}", grouped(least), grouped(most)) };
        let cost = match self.cost {
            Some(Cost { dollars: 0.0, .. }) => "free".to_owned(),
            Some(cost) => cost.in_words(),
            None => "price unknown".to_owned(),
        };
        let time = match self.time {
            Some(time) => format!(" · about {}", super::in_words(time)),
            None if self.at_least >= Duration::from_secs(1) => {
                format!(" · at least {} at the calls and tokens a minute granted", super::in_words(self.at_least))
            }
            None => String::new(),
        };
        let nothing = most == 0 && self.known > 0;
        let mut lines = vec![format!(
            "At most {} · about {} tokens in, {} out{} · {cost}{time}",
            if most == 1 { "1 call".to_owned() } else { format!("{calls} calls") },
            grouped(self.tokens.0),
            grouped(self.tokens.1),
            if self.measured { "" } else { " (length of answers assumed)" },
        )];
        if nothing {
            lines = vec![format!("Nothing is asked: {} known already.", trials(self.known))];
        } else if self.known > 0 {
            let least = if self.more_may_be_known { "at least " } else { "" };
            lines.push(format!("Not asked: {least}{} known already", trials(self.known)));
        }
        for (arm, cap) in &self.cut {
            lines.push(format!("{arm} is likely to be cut: {}", cut_in_words(*cap)));
        }
        let [few, some, many] = self.smallest;
        if few.or(some).or(many).is_some() {
            let said = |smallest: Option<f64>| smallest.map_or_else(|| "none".to_owned(), |one| format!("{one:.3}"));
            lines.push(format!(
                "Can show, four times in five, {} where exactly one of two arms is right in 20 % of the cases ({} in 10 %, {} in 40 %)",
                some.map_or_else(|| "no difference".to_owned(), |one| format!("a difference of {one:.3}")),
                said(few),
                said(many)
            ));
        }
        lines
    }
}

/// `1 trial is`, `2,000 trials are`.
fn trials(count: u64) -> String {
    format!("{} {}", counted(count, "trial"), if count == 1 { "is" } else { "are" })
}

/// Estimates what is to be asked of a plan: all of it, or what a run that is gone on with has left. Nothing is sent; a few cases of
/// each arm are rendered. A limit of dollars that nobody can hold is an error: the price of an arm's model is not known.
pub fn estimate(session: &Session, store: &Store, start: &Start, at_a_time: usize) -> Result<Estimate, NotAsked> {
    let plan = &start.plan;
    let cases = plan.cases_here();
    let left = left(store, start)?;
    let known = known(session, store, start)?;
    let mut estimate = Estimate {
        calls: (0, 0),
        known: known.sum(),
        more_may_be_known: !known.all_looked_up,
        tokens: (0, 0),
        cost: Some(Cost::NOTHING),
        time: Some(Duration::ZERO),
        at_least: Duration::ZERO,
        smallest: [None; 3],
        cut: Vec::new(),
        measured: true,
    };
    let mut set_up = HashSet::new();
    let mut by_model: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (place, arm) in plan.arms.iter().enumerate() {
        if let (Some(limit), None) = (plan.limits.cost, session.priced(&arm.model)) {
            return Err(NotAsked {
                what: format!(
                    "a limit of ${} cannot be held: nobody knows the price of `{}`",
                    amount(limit),
                    arm.model
                ),
                hint: "Give the model a `price` in fourfold.toml, or limit the calls.".to_owned(),
            });
        }
        let mut question = question_of(session, plan, arm);
        if let Some(case) = session.splits.get(plan.split).and_then(|rows| rows.case(0).ok()) {
            question.case = case.into();
        }
        // The sums of earlier runs, rather than their trials: a large database is not searched before the first request.
        let Taken { made, tokens, ms, timed } = store.taken_by(&arm.arm_key).map_err(|error| unread(&error))?;
        let each = (made > 0 && tokens > 0 && arm.strategy.calls().per_case.most == 1).then(|| tokens.div_ceil(made));
        let lengths = each.map(|each| Lengths { answer: each, reasoning: each, draft: each, note: each });
        let Forecast { most_tokens, cost, set_up_calls, set_up_tokens, set_up_cost, measured, cut_at, .. } =
            forecast_beside(session, &question, plan.split, cases as usize, lengths, &mut set_up)?;
        estimate.measured &= measured;
        estimate.cut.extend(cut_at.map(|cap| (arm.name.clone(), cap)));
        let per_case = arm.strategy.calls().per_case;
        let whole = cases * u64::from(plan.repeats);
        let trials = left.get(place).copied().flatten().unwrap_or(whole).saturating_sub(known.of(place));
        let share = |tokens: u64| (tokens as f64 * trials as f64 / cases.max(1) as f64).round() as u64;
        estimate.calls.0 += u64::from(per_case.least) * trials + set_up_calls as u64;
        estimate.calls.1 += u64::from(per_case.most) * trials + set_up_calls as u64;
        estimate.tokens.0 += share(most_tokens.0) + set_up_tokens.0;
        estimate.tokens.1 += share(most_tokens.1) + set_up_tokens.1;
        let of_model = by_model.entry(&arm.model).or_default();
        of_model.0 += u64::from(per_case.most) * trials;
        of_model.1 += share(most_tokens.0) + share(most_tokens.1);
        let arm_cost = cost.zip(set_up_cost).map(|(cost, set_up)| Cost {
            dollars: cost.dollars * trials as f64 / cases.max(1) as f64 + set_up.dollars,
            exact: cost.exact && set_up.exact,
        });
        estimate.cost = estimate.cost.zip(arm_cost).map(|(sum, cost)| sum.plus(cost));
        let time = (timed > 0 && ms > 0).then(|| ms as f64 / timed as f64).and_then(|each| {
            Duration::try_from_secs_f64(each * trials as f64 / at_a_time.max(1) as f64 / 1_000.0).ok()
        });
        estimate.time = estimate.time.zip(time).map(|(sum, time)| sum.saturating_add(time));
    }
    for (model, (calls, tokens)) in by_model {
        let limits = session.spec(model).map(|spec| spec.limits).unwrap_or_default();
        estimate.at_least = estimate.at_least.max(Allowances::least(limits, calls, tokens));
    }
    estimate.time = estimate.time.map(|time| time.max(estimate.at_least));
    if plan.arms.len() > 1 {
        // Both of the fourfold verdict's comparisons stand at the full level; of arms against a baseline each has to be surer.
        let comparisons = if plan.fourfold { 1 } else { plan.arms.len() - 1 };
        let level = Confidence::NINETY_FIVE.shared_by(comparisons);
        estimate.smallest =
            power::DISCORDANCES.map(|discordance| power::smallest_difference(plan.case_count(), discordance, level));
    }
    Ok(estimate)
}

/// How many trials of each arm a run that is gone on with has left; nothing of an arm where that is the whole plan.
fn left(store: &Store, start: &Start) -> Result<Vec<Option<u64>>, NotAsked> {
    let (plan, cells) = (&start.plan, start.cells);
    let Some(run) = found(store, start)? else { return Ok(Vec::new()) };
    let columns = store.columns(run.id).map_err(|error| unread(&error))?;
    let whole = plan.cases_here() * u64::from(plan.repeats);
    let of = |place: usize, column: &Column| {
        if cells.arm.is_some_and(|arm| arm as usize != place) {
            return Some(0);
        }
        let row = cells.row.map(|_| u64::from(plan.repeats));
        match cells.filled {
            Filled::All => row,
            Filled::Missing => Some(row.map_or(column.missing, |most| most.min(column.missing))),
            // What another part of it has filled is not told from what this one has.
            Filled::Rest if plan.shard.is_some() => None,
            Filled::Rest => Some(row.unwrap_or_else(|| whole.saturating_sub(column.done) + column.missing)),
        }
    };
    Ok(columns.iter().enumerate().map(|(place, column)| of(place, column)).collect())
}
