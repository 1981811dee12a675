//! The events of a run as lines of JSON: `docs/runs.md` lists them with their fields. Arms, cases and repeats are named as in
//! an export of the run.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::data::Cases;
use crate::run::Session;
use crate::run::runner::{News, Plan};

/// Makes events of news.
pub(super) struct Events {
    session: Arc<Session>,
    plan: Arc<Plan>,
    /// The case that was named last: a row's cells often come one after the other.
    last: Option<(u64, Value)>,
}

impl Events {
    /// Events of a run by this plan.
    pub(super) const fn new(session: Arc<Session>, plan: Arc<Plan>) -> Self {
        Self { session, plan, last: None }
    }

    fn arm(&self, arm: u32) -> Option<&str> {
        self.plan.arms.get(arm as usize).map(|arm| arm.name.as_str())
    }

    /// A row's id; none where it cannot be read any more.
    fn case(&mut self, row: u64) -> Value {
        if let Some((last, id)) = &self.last
            && *last == row
        {
            return id.clone();
        }
        let rows = self.session.splits.get(self.plan.split);
        let id = json!(rows.and_then(|rows| rows.case(row as usize).ok()).map(|case| case.id));
        self.last = Some((row, id.clone()));
        id
    }

    /// An event as a line of JSON.
    pub(super) fn of(&mut self, news: &News) -> Option<Value> {
        Some(match news {
            News::Begun(begun) => json!({
                "event": "begun", "run": begun.run, "goes_on": begun.goes_on, "total": begun.total, "done": begun.done,
                "arms": begun.plan.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(), "split": begun.plan.split,
                "cases": begun.plan.case_count(), "repeats": begun.plan.repeats, "metric": begun.plan.primary,
            }),
            News::Told(told) => json!({ "event": "told", "text": told }),
            News::SetUp { arm, done, of } => {
                json!({ "event": "set-up", "arm": self.arm(*arm), "done": done, "of": of })
            }
            News::Done(cell) => {
                let case = self.case(cell.place.row);
                json!({
                    "event": "done", "row": cell.place.row + 1, "case": case, "arm": self.arm(cell.place.arm),
                    "repeat": cell.place.repeat + 1, "trial": cell.trial, "outcome": cell.outcome.as_str(), "score": cell.score,
                    "cost": cell.cost, "total_ms": cell.total_ms, "tokens": cell.tokens, "known": cell.known,
                })
            }
            News::Waiting { arm, seconds } => {
                json!({ "event": "waiting", "arm": self.arm(*arm), "seconds": seconds })
            }
            News::Closed { arm, why } => json!({ "event": "closed", "arm": self.arm(*arm), "why": why }),
            News::Again { cells } => json!({ "event": "again", "cells": cells }),
            News::Started(_) | News::Streaming { .. } | News::Dropped(_) | News::Pace { .. } | News::Columns(_) => {
                return None;
            }
            News::Ended(ended) => json!({
                "event": "ended", "run": ended.run, "how": ended.how.in_words(), "complete": ended.is_complete(),
                "planned": ended.planned, "done": ended.done, "settled": ended.settled, "in_batches": ended.in_batches, "missing": ended.missing, "unscored": ended.unscored, "asked": ended.asked,
                "known": ended.known, "calls": ended.calls,
                // Where a price is not known, what is known of the sum is no cost.
                "cost": ended.columns.iter().all(|column| column.unpriced == 0).then_some(ended.cost), "spent": ended.cost, "ms": ended.ms,
            }),
        })
    }
}
