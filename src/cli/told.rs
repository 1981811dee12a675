//! What `fourfold run` prints: an answer with all that the panes show of it, which is nearer, the diff.

use std::io::Write;

use super::run::{DiffChoice, RunArguments};
use super::{Fault, Output};
use crate::model::hosted::Priced;
use crate::run::{Judged, TrialDone};
use crate::score::diff::{Diff, DiffRequest, Granularity};
use crate::score::{MetricId, Nearness, NonAnswer, Outcome, Winner, nearer};
use crate::state::{CostNote, Figures};

/// An answer with all that is told of it.
pub(super) struct Told {
    pub(super) strategy: String,
    pub(super) done: TrialDone,
    pub(super) judged: Judged,
    pub(super) priced: Option<Priced>,
}

impl Told {
    /// The text that is scored and compared.
    fn result(&self) -> &str {
        self.judged.extracted.as_deref().unwrap_or(&self.done.text)
    }

    pub(super) fn print<W: Write>(&self, json: bool, id: i64, out: &mut Output<W>) -> Result<(), Fault> {
        let record = &self.judged.record;
        if json {
            return out.json(&serde_json::json!({
                "trial": id,
                "arm": record.arm.name,
                "prompt": record.arm.prompt_path,
                "strategy": record.arm.strategy,
                "model": record.arm.model,
                "fingerprint": record.arm.fingerprint,
                "case": record.case.id,
                "split": record.split,
                "sample": record.sample,
                "outcome": record.outcome.as_str(),
                "answer": record.answer,
                "extracted": record.extracted,
                "reasoning": record.reasoning,
                "reference": record.case.reference,
                "scores": record.scores,
                "messages": record.messages,
                "parameters": record.parameters(),
                "usage": record.usage,
                "cost": self.judged.charged.cost.map(|cost| cost.dollars),
                "cost_exact": self.judged.charged.cost.map(|cost| cost.exact),
                "price": self.priced.map(|priced| priced.price),
                "price_by": self.priced.map(|priced| priced.by.in_words()),
                "first_token_ms": record.first_token_ms,
                "total_ms": record.measured_ms(),
                "tokens_per_second": self.done.tokens_per_second,
                "stop": record.stop,
                "notes": record.notes,
                "error": record.error,
            }));
        }
        let (arm, model, case) = (&record.arm.name, &record.arm.model, &record.case.id);
        out.line(&format!("{arm} · {} · {model} · case {case} · {}", self.strategy, record.outcome.as_str()))?;
        for line in record.answer.lines() {
            out.line(&format!("  {line}"))?;
        }
        if record.answer.is_empty() && record.outcome == Outcome::NonAnswer(NonAnswer::Empty) {
            out.line("  (empty answer)")?;
        }
        if let Some(extracted) = &record.extracted {
            out.line(&format!("  read as: {extracted}"))?;
        }
        if let Some((what, hint)) = &record.error {
            out.line(&format!("  {what}. {hint}"))?;
        }
        let figures = Figures { cost: CostNote::of(self.priced, self.judged.charged.cost), ..Figures::of(&self.done) };
        out.line(&format!("  {}", figures.in_words()))?;
        for note in &record.notes {
            out.line(&format!("  {note}"))?;
        }
        for (metric, score) in &self.judged.scores {
            let value = score.number().map_or_else(|| "n/a".to_owned(), |value| format!("{value:.2}"));
            let reason = score.reason().map_or_else(String::new, |reason| format!("  ({reason})"));
            out.line(&format!("  {:<24} {value}{reason}", metric.as_str()))?;
        }
        Ok(())
    }
}

/// Which of the first two arms is nearer the reference, and by how much; and the diffs asked for.
pub(super) fn compare<W: Write>(
    arguments: &RunArguments,
    answers: &[Told],
    reference: Option<&str>,
    primary: &str,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    // Several samples of one arm are no pair.
    let pair = match answers {
        [left, right, ..] if arguments.samples == 1 => Some((left, right)),
        _ => None,
    };
    let metric = MetricId::known(primary);
    if let (Some((left, right)), Some(metric)) = (pair, metric) {
        let (one, other) = (&left.judged.record.arm.name, &right.judged.record.arm.name);
        let nearness = nearer(&left.judged.scores, &right.judged.scores, metric);
        if arguments.json {
            let nearer = nearness.map(|it| match it.winner {
                Winner::A => Some(one),
                Winner::B => Some(other),
                Winner::Tie => None,
            });
            out.json(&serde_json::json!({
                "compared": [one, other], "metric": primary, "comparable": nearness.is_some(),
                "nearer": nearer.flatten(), "by": nearness.map(|it| it.by),
            }))?;
        } else {
            out.line("")?;
            out.line(&match nearness {
                None => format!("{one} and {other} cannot be compared by {primary}: one of them has no such score."),
                Some(Nearness { winner: Winner::Tie, .. }) => {
                    format!("{one} and {other} are equally near by {primary}; one case decides nothing.")
                }
                Some(Nearness { winner, by }) => {
                    let (winner, other) = if winner == Winner::A { (one, other) } else { (other, one) };
                    format!("{winner} is nearer than {other} by {primary}: +{by:.2} (1 case).")
                }
            })?;
        }
    }
    let is_there = |told: &Told| !matches!(told.judged.outcome, Outcome::Missing(_));
    match (arguments.diff, pair, reference) {
        // Two that are missing are not equal.
        (DiffChoice::Arms, Some((left, right)), _) if is_there(left) && is_there(right) => diff(
            arguments.json,
            [&left.judged.record.arm.name, &right.judged.record.arm.name],
            [left.result(), right.result()],
            out,
        ),
        (DiffChoice::Reference, _, Some(reference)) => answers.iter().try_for_each(|answer| {
            diff(arguments.json, ["reference", &answer.judged.record.arm.name], [reference, answer.result()], out)
        }),
        _ => Ok(()),
    }
}

fn diff<W: Write>(json: bool, labels: [&str; 2], texts: [&str; 2], out: &mut Output<W>) -> Result<(), Fault> {
    let request = DiffRequest { granularity: Granularity::Line, deadline: None };
    let text = Diff::new(texts[0], texts[1], request).unified(labels);
    if json {
        return out.json(&serde_json::json!({ "compared": labels, "diff": text }));
    }
    out.line("")?;
    if text.is_empty() {
        return out.line(&format!("{} and {} are equal.", labels[0], labels[1]));
    }
    text.lines().try_for_each(|line| out.line(line))
}
