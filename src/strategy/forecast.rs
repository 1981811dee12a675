//! Looking ahead: the calls that a strategy would make for a case, with stand-ins for the answers nobody has given yet.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::set_up::SetUp;
use super::task::{Call, CallRecord, Expects, Step, Task};
use crate::data::Cases;
use crate::score::Outcome;

/// How long answers are taken to be, in tokens, by what kind of text is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// The bare answer.
    pub answer: u64,
    /// Reasoning with its answer.
    pub reasoning: u64,
    /// A few words of reasoning with the answer.
    pub draft: u64,
    /// A note on the way.
    pub note: u64,
}

impl Lengths {
    /// What is taken for granted where nothing is known but the length of the answers: assumptions, not measurements.
    pub const fn assumed(answer: u64) -> Self {
        Self { answer, reasoning: answer + 200, draft: answer + 40, note: 120 }
    }

    /// The length of what a call is answered with.
    pub const fn of(self, expects: Expects) -> u64 {
        match expects {
            Expects::Answer => self.answer,
            Expects::Reasoning => self.reasoning,
            Expects::Draft => self.draft,
            Expects::Note => self.note,
            Expects::Word => 2,
        }
    }
}

/// The calls of one case, looked at before they are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahead {
    /// Every call of the longest way, in order.
    pub calls: Vec<Call>,
    /// How many of them are made on the shortest way.
    pub least: usize,
}

/// Follows the strategy for a case to its end, as if nothing ever stopped it early. Nothing is sent. Where set-up calls were
/// not made yet, all of them are taken to have gone well.
pub fn look_ahead(config: &StrategyConfig, task: &Task<'_>, lengths: Lengths) -> Result<Ahead, StrategyError> {
    /// More calls than any strategy makes for a case: a way that does not end is a fault of the strategy's.
    const MOST: usize = 256;
    let strategy = config.strategy();
    // Exemplars whose reasoning is not written yet are taken to be as long as it will be.
    let rows = config.calls().set_up(task.train.map_or(0, Cases::count));
    let supposed = SetUp::supposed(0..rows, &stand_in(lengths.reasoning));
    let unmade = task.set_up.is_none() && config.calls().pool.is_some();
    let task = &Task { set_up: if unmade { Some(&supposed) } else { task.set_up }, ..*task };
    let mut so_far: Vec<CallRecord> = Vec::new();
    while so_far.len() < MOST {
        match strategy.next(config, task, &so_far)? {
            Step::Done(_) => break,
            Step::Calls(calls) => so_far.extend(calls.into_iter().map(|call| {
                let text = stand_in(lengths.of(call.expects));
                CallRecord { call, text, outcome: Outcome::Answer }
            })),
        }
    }
    let least = (config.calls().per_case.least as usize).min(so_far.len());
    Ok(Ahead { calls: so_far.into_iter().map(|record| record.call).collect(), least })
}

/// A text of about so many tokens that stops no rounds, is no JSON and names no choice.
fn stand_in(tokens: u64) -> String {
    "word".to_owned() + &" abc".repeat(usize::try_from(tokens).unwrap_or_default().clamp(1, 100_000) - 1)
}
