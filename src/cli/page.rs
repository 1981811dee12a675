//! Verdicts as a page or as JSON: every arm against the baseline, or the four cells; of records and of runs alike.

use std::io::Write;

use serde_json::{Value, json};

use super::{Fault, Output};
use crate::data::Split;
use crate::run::Unscored;
use crate::run::compare::{Against, Comparisons, Table};
use crate::run::fourfold::{Cell, CellCosts, CostFigure};
use crate::stats::wording::{self, Tuned};
use crate::stats::{Figure, Finding, Interval, LeftOut, Looks, Paired, Settings, Verdict, power};

/// How verdicts are told.
pub(super) struct Page {
    /// How they were made.
    pub(super) settings: Settings,
    /// A difference that somebody names.
    pub(super) difference: Option<f64>,
    /// What the tuned column speaks for.
    pub(super) tuned: Tuned,
    /// Of which cases.
    pub(super) split: Split,
    /// Whether of everything recorded rather than of one run that has just ended.
    pub(super) recorded: bool,
    /// Whether of one stored run, whose cases may be a part of the split.
    pub(super) of_stored_run: bool,
}

impl Page {
    /// The page of one run.
    pub(super) const fn of_run(settings: Settings, tuned: Tuned, split: Split) -> Self {
        Self { settings, difference: None, tuned, split, recorded: false, of_stored_run: false }
    }

    pub(super) fn arms<W: Write>(&self, found: &Comparisons, out: &mut Output<W>) -> Result<(), Fault> {
        out.line(&format!(
            "{} on recorded {} cases, every arm against `{}`; nothing was asked.",
            found.metric,
            self.split.as_str(),
            found.baseline
        ))?;
        self.each_arm(found, out)
    }

    /// Every arm against the baseline.
    pub(super) fn each_arm<W: Write>(&self, found: &Comparisons, out: &mut Output<W>) -> Result<(), Fault> {
        for against in &found.arms {
            out.line("")?;
            let Against { arm, figure, baseline, paired, verdict, left_out, sensitivity } = against;
            out.line(&wording::comparison(arm, &found.baseline, paired, verdict, &self.settings))?;
            out.line(&format!(
                "  means over {}: {arm} {}, {} {}; {} intervals{}, {}",
                super::data::counted(figure.n as u64, "case"),
                wording::figure(figure),
                found.baseline,
                wording::figure(baseline),
                wording::percent(self.settings.confidence),
                if verdict.looks == Looks::Every { " at every look" } else { "" },
                figure.method.as_str()
            ))?;
            out.line(&format!("  {}", wording::why(paired, verdict, &self.settings, *left_out)))?;
            if let Some(words) = wording::missing(sensitivity.as_ref(), verdict.finding) {
                out.line(&format!("  {words}"))?;
            }
            self.planning(paired, verdict, found.planned, out)?;
        }
        for arm in &found.without {
            out.line("")?;
            let how = if self.recorded {
                format!(" `fourfold failures --arm {arm}` asks every dev case.")
            } else {
                String::new()
            };
            let unscored = |arm: &String| found.unscored.iter().any(|unscored| unscored.arm == *arm);
            out.line(&if unscored(arm) || unscored(&found.baseline) {
                format!("{arm}: recorded, and no case has a score of both it and `{}`.", found.baseline)
            } else {
                format!("{arm}: no recorded case in common with `{}`.{how}", found.baseline)
            })?;
        }
        if !found.unscored.is_empty() {
            out.line("")?;
            found.unscored.iter().try_for_each(|unscored| out.line(&unscored.in_words()))?;
        }
        if !found.repeats.is_empty() {
            out.line("")?;
            found.repeats.iter().try_for_each(|repeats| out.line(&repeats.in_words()))?;
        }
        self.rehearsal(found.planned, found.arms.len(), out)
    }

    /// Provisional or not, and what more cases would show.
    fn planning<W: Write>(
        &self,
        paired: &Paired,
        verdict: &Verdict,
        planned: usize,
        out: &mut Output<W>,
    ) -> Result<(), Fault> {
        if let Some(words) = wording::provisional(paired.n, planned, verdict.looks) {
            out.line(&format!("  {words}"))?;
        }
        if let Some(difference) = self.difference {
            let needed = paired.cases_for(difference, verdict.confidence);
            out.line(&format!("  {}", wording::how_many_more(paired.n, difference, needed)))?;
        }
        Ok(())
    }

    /// What all cases of the split can show at all.
    fn rehearsal<W: Write>(&self, planned: usize, comparisons: usize, out: &mut Output<W>) -> Result<(), Fault> {
        // A run says so before it asks.
        if !self.recorded {
            return Ok(());
        }
        let smallest = power::DISCORDANCES.map(|discordance| {
            power::smallest_difference(planned as u64, discordance, self.settings.confidence.shared_by(comparisons))
        });
        let is_shown = smallest.iter().any(Option::is_some);
        let [few, some, many] =
            smallest.map(|one| one.map_or_else(|| "none".to_owned(), |smallest| format!("{smallest:.3}")));
        let whole = if self.of_stored_run { "run" } else { "split" };
        let all = if planned == 1 { "The one case".to_owned() } else { format!("All {planned} cases") };
        out.line("")?;
        if !is_shown {
            return out.line(&format!(
                "{all} of the {whole} {} too few to show a difference four times in five, even where exactly one of two arms is \
                 right in 40 % of them.",
                if planned == 1 { "is" } else { "are" }
            ));
        }
        out.line(&format!(
            "{all} of the {whole} can show, four times in five, a difference of at least: {few} where exactly one of two \
             arms is right in 10 % of them, {some} in 20 %, {many} in 40 %."
        ))
    }

    pub(super) fn table<W: Write>(&self, found: &Table, out: &mut Output<W>) -> Result<(), Fault> {
        let Table { verdict, left_out, .. } = found;
        out.line(&format!(
            "{} on {}, the same in all four cells; {} intervals.{}",
            found.metric,
            wording::counted(
                verdict.n as u64,
                &format!("{}{} case", if self.recorded { "recorded " } else { "" }, self.split.as_str())
            ),
            wording::percent(self.settings.confidence),
            if self.recorded { " Nothing was asked." } else { "" }
        ))?;
        out.line("")?;
        found.grid().iter().try_for_each(|line| out.line(line))?;
        if let Some(costs) = found.cost_grid() {
            out.line("")?;
            costs.iter().try_for_each(|line| out.line(line))?;
        }
        out.line("")?;
        out.line(&wording::headline(verdict, self.tuned, &self.settings))?;
        if let Some(words) = wording::headline_missing(found.again, verdict.headline) {
            out.line(&words)?;
        }
        out.line(&wording::together(verdict, self.tuned, &self.settings))?;
        out.line(&wording::one_or_the_other(verdict, self.tuned, &self.settings))?;
        if let Some(costs) = &found.costs {
            costs.in_words(verdict, &self.settings).iter().try_for_each(|words| out.line(words))?;
        }
        if let Some(words) = wording::provisional(verdict.n, found.planned, Looks::Once) {
            out.line(&words)?;
        }
        for (arm, other, (paired, judged)) in found.comparisons(self.tuned.name()) {
            out.line("")?;
            out.line(&wording::comparison(arm, &other, paired, judged, &self.settings))?;
            out.line(&format!("  {}", wording::why(paired, judged, &self.settings, *left_out)))?;
            if let Some(difference) = self.difference {
                let needed = paired.cases_for(difference, judged.confidence);
                out.line(&format!("  {}", wording::how_many_more(paired.n, difference, needed)))?;
            }
        }
        if !found.unscored.is_empty() {
            out.line("")?;
            found.unscored.iter().try_for_each(|unscored| out.line(&unscored.in_words()))?;
        }
        self.rehearsal(found.planned, 1, out)
    }

    pub(super) fn arms_in_json(&self, found: &Comparisons) -> Value {
        let arms: Vec<Value> = found
            .arms
            .iter()
            .map(|against| {
                let mut value = self.judged_in_json(&against.paired, &against.verdict, &found.baseline, &against.arm);
                if let Some(object) = value.as_object_mut() {
                    object.insert("arm".to_owned(), json!(against.arm));
                    object.insert("mean".to_owned(), figure_in_json(&against.figure));
                    object.insert("baseline_mean".to_owned(), figure_in_json(&against.baseline));
                    object.insert("left_out".to_owned(), left_out_in_json(against.left_out));
                    let again = against.sensitivity.map(|seen| {
                        json!({ "missing_trials": seen.trials, "counted_for": finding(seen.counted_for), "counted_against": finding(seen.counted_against) })
                    });
                    object.insert("missing".to_owned(), json!(again));
                }
                value
            })
            .collect();
        let repeats: Vec<Value> = found
            .repeats
            .iter()
            .map(|repeats| json!({ "arm": repeats.arm, "cases": repeats.cases, "alpha": repeats.alpha }))
            .collect();
        json!({
            "metric": found.metric, "split": self.split.as_str(), "planned": found.planned, "baseline": found.baseline,
            "arms": arms, "without": found.without, "repeats": repeats,
            "unscored": found.unscored.iter().map(unscored_in_json).collect::<Vec<_>>(),
            "seed": self.settings.seed, "margin": self.settings.margin,
        })
    }

    fn judged_in_json(&self, paired: &Paired, verdict: &Verdict, other: &str, arm: &str) -> Value {
        let needed = self.difference.map(
            |difference| json!({ "difference": difference, "cases": paired.cases_for(difference, verdict.confidence) }),
        );
        json!({
            "finding": finding(verdict.finding), "difference": paired.difference, "interval": ends(verdict.interval),
            "confidence": verdict.confidence, "interval_by": verdict.method(paired).as_str(), "p": verdict.p, "p_alone": paired.p,
            "p_mid": paired.p_mid, "test": verdict.test(paired), "family": verdict.family, "n": paired.n,
            "better": paired.wins, "worse": paired.losses, "within_margin": verdict.within_margin, "needed": needed,
            "in_words": wording::comparison(arm, other, paired, verdict, &self.settings),
        })
    }

    pub(super) fn table_in_json(&self, found: &Table) -> Value {
        let verdict = &found.verdict;
        let name = self.tuned.name();
        let cells: serde_json::Map<String, Value> = Cell::ALL
            .iter()
            .zip(verdict.cells.cells())
            .map(|(cell, figure)| (cell.as_str().to_owned(), figure_in_json(&figure)))
            .collect();
        let judged =
            |judged: &(Paired, Verdict), arm: &str, other: &str| self.judged_in_json(&judged.0, &judged.1, other, arm);
        let seen = &verdict.interaction;
        json!({
            "metric": found.metric, "split": self.split.as_str(), "planned": found.planned, "n": verdict.n, "asked": found.asked,
            "left_out": left_out_in_json(found.left_out), "seed": self.settings.seed, "margin": self.settings.margin,
            "cells": cells, "headline": verdict.headline.as_str(), "together": verdict.together.as_str(),
            "costs": found.costs.as_ref().map(costs_in_json),
            "survives_missing": found.again.map(|again| again == [verdict.headline; 2]),
            "unscored": found.unscored.iter().map(unscored_in_json).collect::<Vec<_>>(),
            "interaction": {
                "value": seen.value, "interval": ends(seen.interval), "narrower": ends(seen.narrower),
                "log_odds": seen.log_odds, "log_odds_interval": ends(seen.log_odds_interval), "by": seen.method.as_str(),
            },
            "prompting": judged(&verdict.prompting, "prompting", "the plain base"),
            "tuning": judged(&verdict.tuning, name, "the plain base"),
            "both": judged(&verdict.both, "both", "the plain base"),
            "over_prompting": judged(&verdict.over_prompting, "both", "prompting alone"),
            "over_tuning": judged(&verdict.over_tuning, "both", &format!("{name} alone")),
            "tuning_for_prompting": judged(&verdict.tuning_for_prompting, &format!("{name} alone"), "prompting alone"),
            "in_words": [
                wording::headline(verdict, self.tuned, &self.settings),
                wording::together(verdict, self.tuned, &self.settings),
            ],
        })
    }
}

/// What has no score, and why.
pub(super) fn unscored_in_json(unscored: &Unscored) -> Value {
    let (reason, count) = &unscored.reason;
    json!({
        "arm": unscored.arm, "metric": unscored.metric, "answers": unscored.answers, "reason": reason, "of_these": count,
        "in_words": unscored.in_words(),
    })
}

/// Dollars for a case: the cells, what each method adds, and tuning alone less prompting alone.
fn costs_in_json(costs: &CellCosts) -> Value {
    let figure = |figure: &Option<CostFigure>| {
        figure.map(|figure| json!({ "n": figure.n, "mean": figure.mean, "interval": figure.interval.map(ends) }))
    };
    let cells: serde_json::Map<String, Value> = Cell::ALL
        .iter()
        .zip(costs.cells.iter().zip(costs.unpriced))
        .map(|(cell, (of, unpriced))| (cell.as_str().to_owned(), json!({ "cost": figure(of), "unpriced": unpriced })))
        .collect();
    json!({
        "cells": cells, "prompting": figure(&costs.prompting), "tuning": figure(&costs.tuning),
        "both": figure(&costs.both), "tuning_less_prompting": figure(&costs.tuned_for_prompted),
    })
}

fn figure_in_json(figure: &Figure) -> Value {
    json!({ "n": figure.n, "mean": figure.mean, "interval": ends(figure.interval), "by": figure.method.as_str() })
}

fn left_out_in_json(left_out: LeftOut) -> Value {
    json!({ "elsewhere": left_out.elsewhere, "missing": left_out.missing, "not_scores": left_out.not_scores })
}

pub(super) fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

pub(super) const fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Better => "better",
        Finding::Worse => "worse",
        Finding::Equivalent => "equivalent",
        Finding::TooFew => "too-few-cases",
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
