//! What the calls for one case will take, in words, before anything is sent: for the preview of an arm, and for a strategy that is
//! only looked at.

use std::collections::HashSet;

use super::forecast::{answer_length, cost, cut_in_words, set_up_tokens};
use super::pace::{Pace, time_in_words};
use super::plan::Plan;
use super::question::{NotAsked, Question};
use super::session::Session;
use crate::data::Cases;
use crate::model::Cost;
use crate::stats::wording::grouped;
use crate::strategy::{Call, Count, Expects, Lengths};

/// Embedding more train rows than this is not done for a strategy that is only looked at.
const QUICKLY: usize = 2_000;

/// The most tokens of an answer, where one of `calls` asks for a text that is usually longer and has to be whole.
pub(super) fn short_of_room(calls: &[Call], lengths: Lengths, cap: u64) -> Option<u64> {
    let reasons = |call: &&Call| matches!(call.expects, Expects::Reasoning | Expects::Draft | Expects::Note);
    calls.iter().filter(reasons).any(|call| lengths.of(call.expects) > cap).then_some(cap)
}

/// What the calls of one case take.
struct Reckoned {
    /// Tokens sent.
    sent: u64,
    /// Tokens received on the shortest way, and on the longest.
    received: (u64, u64),
    /// Calls.
    calls: Count,
    /// What it costs at most; `None` where the price is not known.
    cost: Option<Cost>,
    /// See [`short_of_room`].
    cut_at: Option<u64>,
    /// Set-up calls still to be made, and their tokens: sent, received.
    set_up: (usize, (u64, u64)),
}

impl Session {
    fn reckoned(&self, question: &Question, plan: &Plan) -> Result<Reckoned, NotAsked> {
        let lengths = Lengths::assumed(answer_length(self));
        let ahead = plan.look_ahead(lengths).map_err(|error| plan.not_asked(&error))?;
        let sent =
            ahead.calls.iter().map(|call| self.tokens_ahead(&question.model, &call.messages).tokens as u64).sum();
        let cap = u64::from(plan.parameters.max_tokens.unwrap_or(u32::MAX));
        let received = |calls: &[Call]| calls.iter().map(|call| lengths.of(call.expects).min(cap)).sum();
        let longest = received(&ahead.calls);
        let set_up = if plan.set_up.is_none() {
            set_up_tokens(self, question, lengths, &mut HashSet::new())?
        } else {
            (0, (0, 0))
        };
        Ok(Reckoned {
            sent,
            received: (received(ahead.calls.get(..ahead.least).unwrap_or(&ahead.calls)), longest),
            calls: Count { least: ahead.least as u32, most: ahead.calls.len() as u32 },
            cost: self.priced(&question.model).map(|priced| cost(priced.price, (sent, longest))),
            cut_at: short_of_room(&ahead.calls, lengths, cap),
            set_up,
        })
    }

    /// What a question's calls for this one case will take, in words; empty where that cannot be said yet.
    pub fn ahead(&self, question: &Question, pace: Option<Pace>) -> Vec<String> {
        let Ok((plan, _)) = self.plan(question) else { return Vec::new() };
        let Ok(reckoned) = self.reckoned(question, &plan) else { return Vec::new() };
        let Reckoned { sent, received, calls, cost, cut_at, set_up } = reckoned;
        let price =
            cost.filter(|cost| cost.dollars > 0.0).map_or_else(String::new, |cost| format!(" · {}", cost.in_words()));
        let most = if calls.least < calls.most { "at most " } else { "" };
        let mut lines = vec![format!(
            "{}: {most}about {sent} tokens in, {} out (length assumed){price}",
            question.strategy.calls().in_words(),
            received.1
        )];
        lines.push(time_in_words(pace, received, &question.model));
        lines.extend(cut_at.map(cut_in_words));
        if let (calls @ 1.., (sent, received)) = set_up {
            lines.push(format!(
                "once before the first case: {calls} set-up calls about train rows, about {sent} tokens in, {received} \
                 out; what stands in [brackets] below is written then, and a row is shown only if it ends in its own answer"
            ));
        }
        lines
    }

    /// The same for a strategy that is only looked at, in one line; where it does not apply to the case, why.
    pub fn ahead_at_a_glance(&self, question: &Question, pace: Option<Pace>) -> String {
        let rows = self.splits.train.as_ref().map_or(0, Cases::count);
        if question.strategy.calls().embeds && rows > QUICKLY {
            return format!("Tokens and cost are known once {} train rows are embedded.", grouped(rows as u64));
        }
        let reckoned = self.plan(question).and_then(|(plan, _)| self.reckoned(question, &plan));
        let Reckoned { sent, received, calls, cost, cut_at, set_up } = match reckoned {
            Ok(reckoned) => reckoned,
            Err(error) => return format!("Not for this case: {}.", error.what.trim_end_matches('.')),
        };
        let noun = if calls.most == 1 { "call" } else { "calls" };
        let price = match cost {
            Some(Cost { dollars: 0.0, .. }) => "free".to_owned(),
            Some(cost) => cost.in_words(),
            None => "price unknown".to_owned(),
        };
        let most = if calls.least < calls.most { "at most " } else { "" };
        let time = time_in_words(pace, received, &question.model);
        // How it was reckoned is said by the preview; here there is room for how long.
        let time =
            time.split_once(',').filter(|_| pace.is_some()).map_or_else(String::new, |(time, _)| format!(", {time}"));
        let (sent, out) = (grouped(sent), grouped(received.1));
        let mut parts = vec![format!(
            "This case: {} {noun}, {most}about {sent} tokens in, {out} out, {price}{time}.",
            calls.in_words()
        )];
        if let (calls @ 1.., (sent, received)) = set_up {
            parts.push(format!("Once before: {calls} calls, {} in, {} out.", grouped(sent), grouped(received)));
        }
        parts.extend(cut_at.map(|cap| format!("Likely to be cut: `max_tokens` is {cap}.")));
        parts.join(" ")
    }
}
