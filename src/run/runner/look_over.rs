//! Looking the cases of a plan over before anything is asked: which ones an arm does not apply to. Nothing is sent.

use std::sync::Arc;

use super::begin::question_of;
use super::plan::Plan;
use super::planning::rows_of;
use crate::data::Cases as _;
use crate::run::{Applies, NotAsked, Session};

/// Trials that are looked over. The first request of a long run does not wait for the rest: a case found later is missing, and says
/// why.
const LOOKED_OVER: u64 = 1_000;

/// What the arms of a plan do not apply to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookedOver {
    /// The arms that do not apply to every case looked at, by name.
    pub arms: Vec<(String, Applies)>,
}

impl LookedOver {
    /// One line for each arm that does not apply to every case.
    pub fn in_words(&self) -> Vec<String> {
        self.arms.iter().filter_map(|(arm, applies)| applies.in_words(arm)).collect()
    }
}

/// Looks a plan's cases over: all of a run of [`LOOKED_OVER`] trials, so many of a longer one.
pub fn look_over(session: &Session, plan: &Plan) -> Result<LookedOver, NotAsked> {
    let rows = rows_of(session, plan.split)?;
    let cases = looked_at(plan).into_iter().map(|row| rows.case(row).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let of = plan.cases_here() as usize;
    let mut found = LookedOver::default();
    for arm in &plan.arms {
        let question = question_of(session, plan, arm);
        let context = session.context_of(&arm.model);
        let applies = session.applies(&question, cases.iter().cloned().map(Ok), context)?;
        if !applies.not.is_empty() {
            found.arms.push((arm.name.clone(), Applies { of, ..applies }));
        }
    }
    Ok(found)
}

/// The rows that are looked at: evenly over the split, for rows are often sorted by length or kind; of a part of it as they are asked.
fn looked_at(plan: &Plan) -> Vec<usize> {
    let most = (LOOKED_OVER / (plan.arms.len() as u64).max(1)).clamp(1, plan.cases_here().max(1));
    if plan.shard.is_none() && plan.case_count() == plan.rows {
        return (0..most).map(|at| (at * plan.rows / most) as usize).collect();
    }
    let order = plan.order();
    let here = order.rows().enumerate().filter(|(place, _)| plan.shard.is_none_or(|shard| shard.holds(*place as u64)));
    here.map(|(_, row)| row as usize).take(most as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Split;
    use crate::run::runner::{Limits, Shard};

    fn plan(rows: u64, cases: Option<u64>, shard: Option<Shard>) -> Plan {
        Plan {
            arms: Vec::new(),
            split: Split::Dev,
            data_hash: String::new(),
            rows,
            cases,
            repeats: 1,
            order_seed: 1,
            primary: String::new(),
            margin: 0.05,
            baseline: 0,
            fourfold: false,
            sequential: false,
            limits: Limits::default(),
            shard,
        }
    }

    #[test]
    fn all_of_a_short_run_some_of_a_long_one_and_only_what_is_asked() {
        assert_eq!(looked_at(&plan(3, None, None)), [0, 1, 2]);
        let long = looked_at(&plan(1_000_000, None, None));
        assert_eq!((long.len(), long[0], long[1], long[999]), (1_000, 0, 1_000, 999_000));
        let drawn = plan(100, Some(10), None);
        assert!(looked_at(&drawn).into_iter().eq(drawn.order().rows().map(|row| row as usize)));
        let parts: Vec<Vec<usize>> =
            (1..=3).map(|index| looked_at(&plan(10, None, Some(Shard { index, of: 3 })))).collect();
        let mut all = parts.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..10), "each case is looked at in its own part");
    }
}
