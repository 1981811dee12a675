//! `fourfold failures`: where the best prompted arm fails on the dev cases, and what to do next.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::asking::{is_due, until_interrupted};
use super::forecast::{AskArguments, tell_ahead};
use super::place::Place;
use super::{Exit, Fault, Output};
use crate::run::failures::{Breakdown, Failure, Plan, Step, Verdict, ask_all, choose};

/// Letters of an answer that are shown.
const SHOWN: usize = 90;

/// Arguments of `fourfold failures`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct FailuresArguments {
    /// The arm; the best prompted one unless said
    #[arg(long, value_name = "ARM")]
    pub arm: Option<String>,
    /// Only the first so many dev cases
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub cases: Option<u32>,
    /// Answers to each case, each with its own seed; 3 where the arm samples, 1 where it is greedy
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeats: Option<u32>,
    /// How freely to sample, for this; 0 is greedy
    #[arg(long, value_name = "NUMBER", value_parser = super::run::temperature)]
    pub temperature: Option<f64>,
    /// What is asked, or only forecast.
    #[command(flatten)]
    pub ask: AskArguments,
    /// One line of JSON for what asking will take, one for each case, and one for the counts
    #[arg(long)]
    pub json: bool,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

/// Asks what was not asked before, and counts.
pub(super) fn failures<W: Write>(
    arguments: &FailuresArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let session = Arc::new(super::session_at(arguments.place.named(), current)?);
    arguments.ask.apply(&session);
    let store = Arc::new(super::store_of(&session)?);
    let chosen = choose(&session, &store, arguments.arm.as_deref())?;
    let limit = arguments.cases.map(|cases| cases as usize);
    let plan = Plan::new(&session, &chosen.arm, arguments.repeats, arguments.temperature, limit)?;
    let mut breakdown = Breakdown { repeats: plan.repeats, ..Breakdown::default() };
    let (of, equal) = (plan.cases, plan.equal);
    if !arguments.json {
        out.line(&format!("Arm `{}` ({}) on {of} dev cases.", chosen.arm.id, chosen.why))?;
    }
    let ahead = plan.forecast(&session, &store)?;
    tell_ahead(&session, &ahead, plan.model(), arguments.json, out)?;
    if arguments.ask.forecast {
        return Ok(Exit::Success);
    }
    if ahead.cases > 0 {
        super::tell_first_use(session.first_use(plan.model()).as_deref());
    }
    let (mut reused, mut broken) = (0, None);
    let ended = until_interrupted(ask_all(Arc::clone(&session), Arc::clone(&store), plan, |step: Step| {
        reused += step.reused;
        let printed = if arguments.json {
            out.json(&step.verdict)
        } else {
            let done = breakdown.cases.len() + 1;
            if is_due(done, of) { out.line(&format!("{done} of {of} cases")) } else { Ok(()) }
        };
        breakdown.add(step.verdict);
        broken = printed.err();
        broken.is_none()
    }))?;
    if let Some(fault) = broken {
        return Err(fault);
    }
    let whole = match ended {
        None => false,
        Some(ended) => {
            ended.map_err(|error| super::not_asked(&session, error))?;
            true
        }
    };
    let page = Page { breakdown: &breakdown, reused, equal, whole, of };
    if arguments.json {
        out.json(&page.json(&chosen.arm.id, &chosen.why))?;
    } else {
        page.plain(out)?;
    }
    super::tell_spent(&session, arguments.json, out)?;
    Ok(if whole { Exit::Success } else { Exit::Interrupted })
}

struct Page<'a> {
    breakdown: &'a Breakdown,
    reused: u32,
    equal: Option<&'static str>,
    whole: bool,
    of: usize,
}

impl Page<'_> {
    fn json(&self, arm: &str, why: &str) -> serde_json::Value {
        let counts: serde_json::Map<String, serde_json::Value> = Failure::ALL
            .iter()
            .map(|kind| (kind.as_str().to_owned(), json!(self.breakdown.count(Verdict::Failed(*kind)))))
            .collect();
        json!({
            "arm": arm, "why": why, "cases": self.breakdown.cases.len(), "of": self.of, "whole": self.whole,
            "repeats": self.breakdown.repeats, "recorded_before": self.reused,
            "right": self.breakdown.count(Verdict::Right), "missing": self.breakdown.count(Verdict::Missing),
            "failed": self.breakdown.failed(), "failures": counts, "facts_right": self.breakdown.facts_right(),
            "in_words": self.breakdown.right_in_words(), "next_step": self.breakdown.next_step(),
        })
    }

    fn plain<W: Write>(&self, out: &mut Output<W>) -> Result<(), Fault> {
        let breakdown = self.breakdown;
        if !self.whole {
            out.line(&format!(
                "Stopped after {} of {} cases; what was answered is recorded and not asked again.",
                breakdown.cases.len(),
                self.of
            ))?;
        }
        if self.reused > 0 {
            let were = if self.reused == 1 { "answer was" } else { "answers were" };
            out.line(&format!("{} {were} recorded before and taken as recorded.", self.reused))?;
        }
        out.line("")?;
        out.line(&breakdown.right_in_words())?;
        for kind in Failure::ALL {
            let count = breakdown.count(Verdict::Failed(kind));
            let unknown = kind == Failure::Unstable && breakdown.repeats == 1;
            let count = if unknown { "—".to_owned() } else { count.to_string() };
            out.line(&format!("  {:<9} {count:>4}  {}", kind.as_str(), kind.meaning()))?;
        }
        match (breakdown.repeats, self.equal) {
            (1, Some(why)) => out.line(&format!("One answer a case, so nothing is known of seeds: {why}."))?,
            (1, None) => out.line("One answer a case: nothing is known of seeds; --repeats 3 asks more.")?,
            (repeats, _) => out.line(&format!("{repeats} answers a case, each with its own seed."))?,
        }
        for case in breakdown.cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed(_))) {
            let Verdict::Failed(kind) = case.verdict else { continue };
            let words = case.answer.split_whitespace().collect::<Vec<_>>().join(" ");
            let answer: String = words.chars().take(SHOWN).collect();
            out.line(format!("{:<12} {:<9} {answer}", case.case, kind.as_str()).trim_end())?;
        }
        out.line("")?;
        out.line(&breakdown.next_step())
    }
}
