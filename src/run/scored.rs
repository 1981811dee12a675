//! A trial that has ended: read, scored, charged and written up.

use std::sync::Arc;

use serde_json::Value;

use super::maker::{MARK, Maker};
use super::prepare::{Asked, Prepared};
use super::session::Session;
use super::spending::Charged;
use super::trial::TrialDone;
use crate::data::Case;
use crate::score::{self, Answer, Metric, MetricId, NonAnswer, Outcome, Parts, Score};
use crate::store::{Origin, TrialRecord};
use crate::strategy::Extraction;

/// A trial that is over, read and scored.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The outcome, after the strategy has looked for its answer.
    pub outcome: Outcome,
    /// What the strategy read out of the answer, where that is not the whole.
    pub extracted: Option<String>,
    /// How it was read, or why it could not be, where the whole is not simply the answer. Stands in the record's notes as well.
    pub reading: Option<String>,
    /// One score per metric of the workbench.
    pub scores: Vec<(MetricId, Score)>,
    /// What it has cost, and what that makes; nothing for a trial that was not asked here.
    pub charged: Charged,
    /// Form and content, scored apart.
    pub parts: Parts,
    /// What is to be recorded.
    pub record: TrialRecord,
}

impl Judged {
    /// With form and content scored apart.
    fn with_parts(self) -> Self {
        let said = self.extracted.as_deref().unwrap_or(&self.record.answer);
        let parts = Parts::of(self.outcome, said, self.record.case.reference.as_deref());
        Self { parts, ..self }
    }
}

impl Session {
    /// Reads, scores, charges and writes up a trial that has ended, once, at `time` (milliseconds since 1970).
    pub fn judge(&self, prepared: &Prepared, done: &TrialDone, time: i64) -> Judged {
        self.judge_for_run(prepared, done, time, 1.0).with_parts()
    }

    /// As [`Session::judge`], without form and content apart, of which a run has no use, at this share of the price of a call.
    pub(super) fn judge_for_run(&self, prepared: &Prepared, done: &TrialDone, time: i64, share: f64) -> Judged {
        let charged = self.charge(prepared, done, share);
        if done.error.as_ref().is_some_and(|error| error.wants_key) {
            self.forget_model(&prepared.asked().question.model);
        }
        let mut judged = self.score_asked(prepared.asked(), done, time);
        judged.record.cost = charged.cost.map(|cost| cost.dollars);
        Judged { charged, ..judged }
    }

    /// As [`Session::judge`], for a trial that was not asked here.
    pub(super) fn judge_asked(&self, asked: Asked<'_>, done: &TrialDone, time: i64) -> Judged {
        self.score_asked(asked, done, time).with_parts()
    }

    fn score_asked(&self, asked: Asked<'_>, done: &TrialDone, time: i64) -> Judged {
        let Asked { question, messages, parameters, arm, notes, plan } = asked;
        let extraction = match &done.inner.extraction {
            Some(extraction) => extraction.clone(),
            None => self.extract(question, plan, &arm.prompt_text, &done.text),
        };
        let outcome = match (done.outcome, &extraction) {
            (Outcome::Answer, Extraction::Unparsed { .. }) => Outcome::NonAnswer(NonAnswer::Unparsed),
            (Outcome::Answer, Extraction::Invalid { .. }) => Outcome::NonAnswer(NonAnswer::Invalid),
            (outcome, _) => outcome,
        };
        let extracted = match &extraction {
            Extraction::Whole(_) => None,
            other => other.text().map(str::to_owned),
        };
        let reading = match &extraction {
            Extraction::Part { how, .. } | Extraction::Made { how, .. } => Some(format!("answer read from: {how}")),
            Extraction::Unparsed { why } | Extraction::Invalid { why } if done.outcome == Outcome::Answer => {
                Some(why.clone())
            }
            _ => None,
        };
        let mut notes = notes.to_vec();
        notes.extend(reading.clone());
        notes.extend(done.notes.iter().cloned());
        let said = extracted.as_deref().unwrap_or(&done.text);
        let scores = self.scores(outcome, said, &question.case);
        let table = self.table_of(&scores, &question.case);
        let record = TrialRecord {
            time,
            origin: Origin::Run,
            arm: arm.clone(),
            case: Arc::clone(&question.case),
            split: question.split,
            messages: messages.to_vec(),
            answer: done.text.clone(),
            extracted: extracted.clone(),
            reasoning: done.reasoning.clone(),
            outcome,
            stop: done.stop.clone(),
            error: done.error.as_ref().map(|error| (error.message.clone(), error.hint.clone())),
            notes,
            scores: Some(table),
            usage: done.usage,
            first_token_ms: done.first_token_ms,
            total_ms: done.total_ms,
            seed: parameters.seed,
            sample: question.sample,
            cost: None,
            calls: (!done.inner.calls.is_empty()).then(|| serde_json::to_value(&done.inner.calls).unwrap_or_default()),
        };
        Judged { outcome, extracted, reading, scores, charged: Charged::default(), parts: Parts::default(), record }
    }

    /// Scores a text that answers `case` with this workbench's metrics.
    pub fn scores(&self, outcome: Outcome, text: &str, case: &Case) -> Vec<(MetricId, Score)> {
        self.scores_by(self.metrics(), outcome, text, case)
    }

    fn scores_by(
        &self,
        metrics: &[Arc<dyn Metric>],
        outcome: Outcome,
        text: &str,
        case: &Case,
    ) -> Vec<(MetricId, Score)> {
        self.make_similarity();
        let reference = case.reference.as_deref();
        score::score_all_with(metrics, outcome, &Answer { text }, reference, &case.variables)
    }

    /// Scores to be recorded, each with the mark of what made it.
    pub(super) fn table_of(&self, scores: &[(MetricId, Score)], case: &Case) -> Value {
        let reference = case.reference.as_deref();
        let table: serde_json::Map<String, Value> = scores
            .iter()
            .map(|(id, score)| {
                let mut value = serde_json::to_value(score).unwrap_or_default();
                if let (Some(fields), Some(maker)) = (value.as_object_mut(), self.maker(id.as_str())) {
                    fields.insert(MARK.to_owned(), maker.mark(reference).into());
                }
                (id.as_str().to_owned(), value)
            })
            .collect();
        table.into()
    }

    /// Scores that are recorded of an answer, with those made since in their place.
    pub(super) fn table_with(&self, recorded: Option<&Value>, made: &[(MetricId, Score)], case: &Case) -> Value {
        let mut table = recorded.and_then(Value::as_object).cloned().unwrap_or_default();
        if let Value::Object(made) = self.table_of(made, case) {
            table.extend(made);
        }
        table.into()
    }

    fn maker(&self, metric: &str) -> Option<&Maker> {
        let place = self.metrics().iter().position(|one| one.id().as_str() == metric)?;
        self.makers().get(place)
    }

    /// The number that is recorded for a metric of this workbench, where the same metric with the same settings made it against the
    /// reference that `case` has now.
    pub(super) fn number_in(&self, recorded: Option<&Value>, metric: &str, case: &Case) -> Option<f64> {
        self.maker(metric)?.number_in(recorded?.get(metric)?, case.reference.as_deref())
    }

    /// The scores of an answer that is recorded with `recorded`: those that stand as they are, the others made now. With `only`, those
    /// of that metric alone.
    pub(super) fn scores_now(
        &self,
        (outcome, text, recorded): (Outcome, &str, Option<&Value>),
        case: &Case,
        only: Option<&str>,
    ) -> Vec<(MetricId, Score)> {
        if matches!(outcome, Outcome::Missing(_)) {
            return Vec::new();
        }
        let asked = self.metrics().iter().filter(|one| only.is_none_or(|only| one.id().as_str() == only));
        asked
            .flat_map(|metric| {
                let id = metric.id();
                let stands = self.number_in(recorded, id.as_str(), case).is_some();
                let stored = recorded.and_then(|scores| scores.get(id.as_str())).filter(|_| stands);
                match stored.and_then(|score| serde_json::from_value(score.clone()).ok()) {
                    Some(score) => vec![(id, score)],
                    None => self.scores_by(std::slice::from_ref(metric), outcome, text, case),
                }
            })
            .collect()
    }
}
