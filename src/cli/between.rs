//! `fourfold compare RUN RUN`: what changed from one stored run to another, case by case. Nothing is asked.

use std::io::Write;

use serde_json::json;

use super::{Exit, Fault, Output};
use crate::run::Session;
use crate::run::report::{ArmBetween, between, stored_run};
use crate::stats::wording::{cases, grouped};
use crate::store::Store;

/// Ids of flipped cases that are printed; JSON holds all.
const SHOWN: usize = 8;

/// Compares the arms that two runs share, on the cases that both have.
pub(super) fn run<W: Write>(
    session: &Session,
    store: &Store,
    (before, after): (i64, i64),
    as_json: bool,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let earlier = stored_run(store, Some(before))?;
    let later = stored_run(store, Some(after))?;
    let found = between(session, store, &earlier, &later)?;
    if as_json {
        let arms: Vec<_> = found
            .arms
            .iter()
            .map(|arm| {
                json!({
                    "arm": arm.arm, "changed": arm.changed, "finding": super::page::finding(arm.finding), "n": arm.n,
                    "mean_before": arm.means.first(), "mean_after": arm.means.last(), "up": arm.up, "down": arm.down,
                    "in_words": arm.sentence, "why": arm.why, "missing": arm.missing,
                })
            })
            .collect();
        out.json(&json!({
            "before": before, "after": after, "metric": found.metric, "remarks": found.remarks, "arms": arms,
            "only_before": found.only_before, "only_after": found.only_after,
        }))?;
        return Ok(Exit::Success);
    }
    out.line(&format!("{}: run {after} against run {before}, each arm with itself, case by case.", found.metric))?;
    for remark in &found.remarks {
        out.line(remark)?;
    }
    for arm in &found.arms {
        out.line("")?;
        print(arm, out)?;
    }
    for (names, run) in [(&found.only_before, before), (&found.only_after, after)] {
        if !names.is_empty() {
            out.line("")?;
            out.line(&format!("In run {run} alone: {}.", names.join(", ")))?;
        }
    }
    if found.arms.is_empty() {
        out.line("")?;
        out.line("The two runs share no arm of one name with a scored case.")?;
    }
    Ok(Exit::Success)
}

fn print<W: Write>(arm: &ArmBetween, out: &mut Output<W>) -> Result<(), Fault> {
    out.line(&arm.sentence)?;
    let changed = if arm.changed.is_empty() {
        "nothing about the arm changed".to_owned()
    } else {
        format!("changed: {}", arm.changed.join(", "))
    };
    let [before, after] = arm.means;
    out.line(&format!("  {before:.3} before, {after:.3} after, over {}; {changed}", cases(arm.n as u64)))?;
    for (ids, word) in [(&arm.up, "up"), (&arm.down, "down")] {
        if !ids.is_empty() {
            let more = ids.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {} more", grouped(more as u64)) } else { String::new() };
            let shown: Vec<&str> = ids.iter().take(SHOWN).map(String::as_str).collect();
            out.line(&format!("  {} {word}: {}{more}", grouped(ids.len() as u64), shown.join(", ")))?;
        }
    }
    out.line(&format!("  {}", arm.why))?;
    arm.missing.iter().try_for_each(|words| out.line(&format!("  {words}")))
}
