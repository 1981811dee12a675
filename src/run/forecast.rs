//! What an arm will take, before anything is sent: calls, tokens, cost; and whether it applies to every case.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use super::ahead::short_of_room;
use super::follow::CallDone;
use super::pace::Pace;
use super::question::{NotAsked, Question};
use super::session::Session;
use super::set_up::SetUpAhead;
use crate::data::{Case, Cases, Split};
use crate::model::{Cost, Price, Usage, estimate_text};
use crate::stats::wording::{counted, grouped};
use crate::store::Store;
use crate::strategy::{Ahead, Count, Expects, Lengths};

/// Cases that are looked at for a forecast; the others are taken to be like them.
const LOOKED_AT: usize = 20;
/// Train rows that are looked at for the length of an answer.
const ANSWERS: usize = 50;
/// Bare answers where no train row says how long they are.
const USUAL_ANSWER: u64 = 64;

/// What an arm will take on some cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Cases.
    pub cases: usize,
    /// Calls for a case, at least.
    pub least_per_case: u32,
    /// Calls for a case, at most.
    pub most_per_case: u32,
    /// Set-up calls that are still to be made, once.
    pub set_up_calls: usize,
    /// Tokens of the set-up calls: sent, and received as far as they can be guessed.
    pub set_up_tokens: (u64, u64),
    /// What the set-up will cost; `None` where the price is not known.
    pub set_up_cost: Option<Cost>,
    /// Texts to be embedded once, and one more for each case.
    pub embeddings: usize,
    /// Tokens of all cases on the shortest way: sent, received.
    pub least_tokens: (u64, u64),
    /// Tokens of all cases on the longest way.
    pub most_tokens: (u64, u64),
    /// What the cases will cost on the longest way; `None` where the price is not known.
    pub cost: Option<Cost>,
    /// How fast the model has answered, where that is known.
    pub pace: Option<Pace>,
    /// Whether the length of answers was measured on earlier calls of the arm rather than assumed.
    pub measured: bool,
    /// The most tokens of an answer, where reasoning is usually longer than that.
    pub cut_at: Option<u64>,
}

/// That answers are cut before they have ended, and what to do about it.
pub(super) fn cut_in_words(cap: u64) -> String {
    format!(
        "`max_tokens` is {cap}, and reasoning is usually longer; a cut answer counts as none. Raise it at the arm or its model"
    )
}

impl Forecast {
    /// All calls for the cases.
    pub fn calls(&self) -> Count {
        let cases = u32::try_from(self.cases).unwrap_or(u32::MAX);
        Count { least: self.least_per_case.saturating_mul(cases), most: self.most_per_case.saturating_mul(cases) }
    }

    /// The same of so many trials instead, like the cases that were looked at: those that are left, or each case several times.
    #[must_use]
    pub fn of_trials(self, trials: usize) -> Self {
        let scaled = |tokens: u64| (tokens as f64 * trials as f64 / self.cases.max(1) as f64).round() as u64;
        let both = |(sent, received): (u64, u64)| (scaled(sent), scaled(received));
        let dollars = |cost: Cost| Cost { dollars: cost.dollars * trials as f64 / self.cases.max(1) as f64, ..cost };
        Self {
            cases: trials,
            least_tokens: both(self.least_tokens),
            most_tokens: both(self.most_tokens),
            cost: self.cost.map(dollars),
            ..self
        }
    }

    /// What it costs at most, the set-up included; `None` where the price is not known.
    pub fn most_cost(&self) -> Option<Cost> {
        Some(self.cost?.plus(self.set_up_cost?))
    }

    /// The same with the time it takes, at the pace of the model's recorded answers.
    #[must_use]
    pub fn with_pace(self, pace: Option<Pace>) -> Self {
        Self { pace, ..self }
    }

    /// In words: `5 calls · about 2600 tokens in, 1200 out · about $0.0011`, the set-up apart.
    pub fn in_words(&self) -> Vec<String> {
        let noun = if self.calls().most == 1 { "call" } else { "calls" };
        let range = |(least, most): (u64, u64)| {
            if least == most { least.to_string() } else { format!("{least} to {most}") }
        };
        let cost = |cost: Option<Cost>| match cost {
            Some(Cost { dollars: 0.0, .. }) => "free".to_owned(),
            Some(cost) => cost.in_words(),
            None => "price unknown".to_owned(),
        };
        let how = if self.measured { "answers as long as those before" } else { "length of answers assumed" };
        let mut lines = vec![format!(
            "{} {noun} · about {} tokens in, {} out · {} ({how})",
            self.calls().in_words(),
            range((self.least_tokens.0, self.most_tokens.0)),
            range((self.least_tokens.1, self.most_tokens.1)),
            cost(self.cost),
        )];
        if self.set_up_calls > 0 {
            lines.push(format!(
                "once before: {} set-up calls · about {} tokens in, {} out · {}",
                self.set_up_calls,
                self.set_up_tokens.0,
                self.set_up_tokens.1,
                cost(self.set_up_cost),
            ));
        }
        if self.embeddings > 0 {
            lines.push(format!("once before: {} texts are embedded, and one for each case", self.embeddings));
        }
        lines.extend(self.cut_at.map(|cap| format!("likely to be cut: {}", cut_in_words(cap))));
        lines
    }
}

/// Whether an arm applies to every case of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applies {
    /// Cases looked at.
    pub cases: usize,
    /// Cases that are to be asked.
    pub of: usize,
    /// Those it does not apply to, by their id, with the reason.
    pub not: Vec<(String, String)>,
}

impl Applies {
    /// What it does not apply to, with the count of cases and the first reason; nothing where it applies to all.
    pub fn in_words(&self, arm: &str) -> Option<String> {
        let (first, reason) = self.not.first()?;
        let ids: Vec<&str> = self.not.iter().take(5).map(|(id, _)| id.as_str()).collect();
        let more = if self.not.len() > 5 { ", …" } else { "" };
        let looked_at = if self.cases < self.of {
            format!("{} cases looked at, of {}", grouped(self.cases as u64), grouped(self.of as u64))
        } else {
            counted(self.cases as u64, "case")
        };
        Some(format!(
            "arm `{arm}` does not apply to {} of {looked_at} ({}{more}); `{first}`: {reason}",
            grouped(self.not.len() as u64),
            ids.join(", ")
        ))
    }
}

/// Forecasts an arm over `cases`; `template` is its question with any case. `recorded` is what earlier calls of the arm were
/// answered with, in tokens, where there were some.
pub fn forecast(
    session: &Session,
    template: &Question,
    split: Split,
    cases: usize,
    recorded: Option<Lengths>,
) -> Result<Forecast, NotAsked> {
    forecast_beside(session, template, split, cases, recorded, &mut HashSet::new())
}

/// As [`forecast`], of one arm of several: set-up calls that an arm before it makes, those in `asked`, are not counted again.
pub(super) fn forecast_beside(
    session: &Session,
    template: &Question,
    split: Split,
    cases: usize,
    recorded: Option<Lengths>,
    asked: &mut HashSet<String>,
) -> Result<Forecast, NotAsked> {
    let rows = session.splits.look(split)?.ok_or_else(|| {
        NotAsked::new(&format!("there is no {} split", split.as_str()), "Name its file under [data] in fourfold.toml.")
    })?;
    let lengths = recorded.unwrap_or_else(|| Lengths::assumed(answer_length(session)));
    let calls = template.strategy.calls();
    let (set_up_calls, set_up_tokens) = set_up_tokens(session, template, lengths, asked)?;
    let cap = u64::from(session.parameters(template).max_tokens.unwrap_or(u32::MAX));
    let looked = cases.min(rows.count()).min(LOOKED_AT);
    let (mut least, mut most, mut ways) = ((0, 0), (0, 0), 0_u64);
    let mut not = None;
    let mut cut_at = None;
    for at in 0..looked {
        // Evenly over the split: rows are often sorted by length or kind.
        let index = at * cases.min(rows.count()) / looked.max(1);
        let case = rows.case(index).map_err(|error| NotAsked::new(&error, error.hint()))?;
        let question = Question { case: case.into(), ..template.clone() };
        let (plan, _) = session.plan(&question)?;
        let ahead = match plan.look_ahead(lengths) {
            Ok(ahead) => ahead,
            // Which cases it does not apply to is told apart; the others say what it takes.
            Err(error) => {
                not.get_or_insert_with(|| plan.not_asked(&error));
                continue;
            }
        };
        ways += 1;
        if recorded.is_none() {
            cut_at = cut_at.or_else(|| short_of_room(&ahead.calls, lengths, cap));
        }
        for (number, call) in ahead.calls.iter().enumerate() {
            let input = session.tokens_ahead(&question.model, &call.messages).tokens as u64;
            let output = lengths.of(call.expects).min(cap);
            most = (most.0 + input, most.1 + output);
            if number < ahead.least {
                least = (least.0 + input, least.1 + output);
            }
        }
    }
    if let (0, Some(error)) = (ways, not) {
        return Err(error);
    }
    let scaled = |(input, output): (u64, u64)| {
        let of = |sum: u64| if ways == 0 { 0 } else { (sum as f64 * cases as f64 / ways as f64).round() as u64 };
        (of(input), of(output))
    };
    let (least_tokens, most_tokens) = (scaled(least), scaled(most));
    let price = session.priced(&template.model).map(|priced| priced.price);
    Ok(Forecast {
        cases,
        least_per_case: calls.per_case.least,
        most_per_case: calls.per_case.most,
        set_up_calls,
        set_up_tokens,
        set_up_cost: price.map(|price| cost(price, set_up_tokens)),
        embeddings: if calls.embeds { session.splits.train.as_ref().map_or(0, Cases::count) } else { 0 },
        least_tokens,
        most_tokens,
        cost: price.map(|price| cost(price, most_tokens)),
        pace: None,
        measured: recorded.is_some(),
        cut_at,
    })
}

pub(super) fn cost(price: Price, tokens: (u64, u64)) -> Cost {
    if price == Price::FREE {
        return Cost::NOTHING;
    }
    Cost { exact: false, ..price.of(Usage::default(), tokens) }
}

/// Set-up calls that are still to be made and not `asked` by another arm, and their tokens.
pub(super) fn set_up_tokens(
    session: &Session,
    template: &Question,
    lengths: Lengths,
    asked: &mut HashSet<String>,
) -> Result<(usize, (u64, u64)), NotAsked> {
    let mut ahead = session.set_up_ahead(template)?;
    ahead.retain(|ahead| asked.insert(ahead.asked.clone()));
    let cap = u64::from(session.parameters(template).max_tokens.unwrap_or(u32::MAX));
    let mut tokens = (0, 0);
    for SetUpAhead { call, .. } in &ahead {
        tokens.0 += session.tokens_ahead(&template.model, &call.call.messages).tokens as u64;
        tokens.1 += lengths.of(call.call.expects).min(cap);
    }
    Ok((ahead.len(), tokens))
}

/// How long a bare answer is, in tokens, by the train rows.
pub(super) fn answer_length(session: &Session) -> u64 {
    let Some(train) = session.splits.train.as_ref() else { return USUAL_ANSWER };
    let lengths: Vec<u64> = (0..train.count().min(ANSWERS))
        .filter_map(|row| Some(estimate_text(train.case(row).ok()?.reference.as_deref()?) as u64))
        .collect();
    if lengths.is_empty() { USUAL_ANSWER } else { lengths.iter().sum::<u64>().div_ceil(lengths.len() as u64) + 1 }
}

impl Session {
    /// Looks at these cases without sending anything: which ones the arm does not apply to. `context` is how many
    /// tokens the model's context holds, where that is known.
    pub fn applies(
        &self,
        template: &Question,
        cases: impl Iterator<Item = Result<Arc<Case>, NotAsked>>,
        context: Option<usize>,
    ) -> Result<Applies, NotAsked> {
        let (mut plan, _) = self.plan(template)?;
        let mut applies = Applies { cases: 0, of: 0, not: Vec::new() };
        for case in cases {
            let case = case?;
            plan.case = Arc::clone(&case);
            let reason = match plan.look_ahead(Lengths::assumed(1)) {
                Ok(ahead) => context.and_then(|context| self.beyond(context, &template.model, &ahead)),
                Err(error) => Some(error.to_string()),
            };
            applies.cases += 1;
            applies.of += 1;
            applies.not.extend(reason.map(|reason| (case.id.clone(), reason)));
        }
        Ok(applies)
    }

    /// Why the longest of these calls does not fit into a context of so many tokens.
    fn beyond(&self, context: usize, model: &str, ahead: &Ahead) -> Option<String> {
        let longest =
            ahead.calls.iter().map(|call| self.count_tokens(model, &call.messages)).max_by_key(|it| it.tokens)?;
        // An estimate is not the model's own count: only one that is far beyond is believed.
        let surely = if longest.exact { longest.tokens } else { longest.tokens * 2 / 3 };
        let about = if longest.exact { "" } else { "about " };
        (surely > context)
            .then(|| format!("the prompt takes {about}{} tokens and the context holds {context}", longest.tokens))
    }
}

impl Session {
    /// How many tokens the context of a model holds, where that is known: of the engine here, or by the table of hosted ones.
    pub fn context_of(&self, id: &str) -> Option<usize> {
        let spec = self.spec(id)?;
        match Self::base_url(&spec) {
            Some(url) => crate::model::hosted::find_at(url, &spec.model)?.context.map(|tokens| tokens as usize),
            None => self.model(id).ok()?.context(),
        }
    }
}

/// Trials of an arm that are looked at for the length of its answers.
const TRIALS: u32 = 20;

/// How long the answers of an arm have been, call by call, where some of its trials are recorded.
pub fn measured(session: &Session, store: &Store, question: &Question) -> Result<Option<Lengths>, NotAsked> {
    let fault = |error: crate::store::StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let trials = store.recent_answers(&session.arm_key(question)?, TRIALS).map_err(fault)?;
    let assumed = Lengths::assumed(answer_length(session));
    let first = session.plan(question)?.0.look_ahead(assumed).ok().and_then(|ahead| ahead.calls.into_iter().next());
    let expects = first.map(|call| call.expects).unwrap_or_default();
    let mut seen: Vec<(Expects, u64)> = Vec::new();
    for trial in trials {
        let calls: Option<Vec<CallDone>> = trial.record.calls.and_then(|calls| serde_json::from_value(calls).ok());
        if let Some(calls) = calls {
            seen.extend(calls.iter().map(|call| {
                (call.call.expects, call.usage.output.unwrap_or_else(|| estimate_text(&call.text) as u64))
            }));
        } else {
            let output = trial.record.usage.output;
            seen.push((expects, output.unwrap_or_else(|| estimate_text(&trial.record.answer) as u64)));
        }
    }
    Ok((!seen.is_empty()).then(|| lengths_of(&seen, assumed)))
}

/// The mean of what was seen of each kind; what is assumed where none was.
fn lengths_of(seen: &[(Expects, u64)], assumed: Lengths) -> Lengths {
    let mean = |kind: Expects, otherwise: u64| {
        let (sum, count) = seen
            .iter()
            .filter(|(expects, _)| *expects == kind)
            .fold((0, 0_u64), |(sum, count), (_, length)| (sum + length, count + 1));
        if count == 0 { otherwise } else { sum.div_ceil(count) }
    };
    Lengths {
        answer: mean(Expects::Answer, assumed.answer),
        reasoning: mean(Expects::Reasoning, assumed.reasoning),
        draft: mean(Expects::Draft, assumed.draft),
        note: mean(Expects::Note, assumed.note),
    }
}
