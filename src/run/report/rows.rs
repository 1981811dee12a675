//! The cases of a stored run, one after the other: a window of rows is in memory, never all of them.

use std::collections::VecDeque;

use serde_json::Value;

use super::{NotAsked, unread};
use crate::data::{Case, Cases as _, SplitRows};
use crate::prompt::Message;
use crate::report::{CaseRow, RowFault, Said, Trial};
use crate::run::Session;
use crate::score::Score;
use crate::store::{Cell, Store, StoredRun, TrialRecord};

/// Rows that are read at once.
const WINDOW: u64 = 64;

/// See the file's head. A case of which no cell is filled is passed over.
#[derive(Debug)]
pub struct StoredRows<'a> {
    store: &'a Store,
    /// The run's cases, where the workbench has them still: a trial that answers several of them knows one alone.
    cases: Option<&'a SplitRows>,
    run: i64,
    next: u64,
    end: u64,
    window: VecDeque<CaseRow>,
    broken: bool,
}

impl<'a> StoredRows<'a> {
    /// The cases of `run`.
    pub fn new(session: &'a Session, store: &'a Store, run: &StoredRun) -> Self {
        Self {
            store,
            cases: cases_of(session, run),
            run: run.id,
            next: 0,
            end: run.record.rows,
            window: VecDeque::new(),
            broken: false,
        }
    }

    fn fill(&mut self) -> Result<(), NotAsked> {
        while self.window.is_empty() && self.next < self.end {
            let upto = (self.next + WINDOW).min(self.end);
            let cells = self.store.cells(self.run, self.next..upto).map_err(|error| unread(&error))?;
            let mut shared = self.store.shared_scores(self.run, self.next..upto).map_err(|error| unread(&error))?;
            self.next = upto;
            for cell in cells {
                let Some(mut stored) = self.store.trial(cell.trial).map_err(|error| unread(&error))? else { continue };
                // One that another case asked as well is scored against each.
                if let Some(own) = shared.remove(&cell.place) {
                    stored.record.scores = Some(own);
                }
                if self.window.back().is_none_or(|row| row.row != cell.place.row) {
                    let asked = self.cases.and_then(|cases| cases.case(cell.place.row as usize).ok());
                    let asked = asked.as_ref().unwrap_or(&*stored.record.case);
                    self.window.push_back(case(cell.place.row, asked));
                }
                if let Some(row) = self.window.back_mut() {
                    row.trials.push(trial(&cell, stored.record));
                }
            }
        }
        Ok(())
    }
}

impl Iterator for StoredRows<'_> {
    type Item = Result<CaseRow, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        if let Err(error) = self.fill() {
            self.broken = true;
            return Some(Err(error.into()));
        }
        self.window.pop_front().map(Ok)
    }
}

fn said(messages: &[Message]) -> Vec<Said> {
    messages.iter().map(|one| Said { role: one.role.as_str(), content: one.content.clone() }).collect()
}

/// The cases that `run` asked, if the workbench still has these very ones.
pub(in crate::run) fn cases_of<'a>(session: &'a Session, run: &StoredRun) -> Option<&'a SplitRows> {
    session.splits.get(run.record.split).filter(|rows| rows.content_hash() == run.record.data_hash)
}

fn case(row: u64, case: &Case) -> CaseRow {
    CaseRow {
        row,
        id: case.id.clone(),
        variables: case.variables.clone(),
        turns: said(&case.turns),
        reference: case.reference.clone(),
        trials: Vec::new(),
    }
}

fn trial(cell: &Cell, record: TrialRecord) -> Trial {
    let scores = record.scores.as_ref().and_then(Value::as_object).into_iter().flatten();
    let scores = scores
        .filter_map(|(metric, value)| {
            let score: Score = serde_json::from_value(value.clone()).ok()?;
            Some((metric.clone(), score.number(), score.reason().map(str::to_owned)))
        })
        .collect();
    let stop = record.stop.as_ref().and_then(|stop| match serde_json::to_value(stop).ok()? {
        Value::String(name) => Some(name),
        other => Some(other.to_string()),
    });
    let parameters = serde_json::to_value(record.parameters()).unwrap_or_default();
    Trial {
        number: cell.trial,
        arm: cell.place.arm as usize,
        repeat: cell.place.repeat,
        known: cell.known,
        time: record.time,
        outcome: cell.outcome,
        answer: record.answer,
        extracted: record.extracted,
        reasoning: record.reasoning,
        score: cell.score,
        scores,
        error: record.error,
        notes: record.notes,
        messages: said(&record.messages),
        cost: cell.cost,
        tokens_in: record.usage.input,
        tokens_out: record.usage.output.or(cell.tokens),
        first_token_ms: record.first_token_ms,
        total_ms: cell.total_ms,
        seed: record.seed,
        stop,
        strategy: record.arm.strategy.clone(),
        model: record.arm.model.clone(),
        fingerprint: record.arm.fingerprint.clone(),
        parameters,
        prompt_hash: crate::store::prompt_hash(&record.arm.prompt_text),
    }
}
