//! `fourfold compare`: what the recorded answers say of the arms, or of the four cells. Nothing is asked.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::run::SplitChoice;
use super::{Exit, Fault, Output};
use crate::config::{Arm, did_you_mean};
use crate::data::Split;
use crate::run::ablation::ablation;
use crate::run::compare::{Against, Comparisons, Table, against_baseline, settings, table};
use crate::run::fourfold::Cell;
use crate::run::scores::{Measured, Sliced, Source, measured, slices};
use crate::run::{NotAsked, Session};
use crate::stats::wording::{self, Tuned};
use crate::stats::{Figure, Finding, Interval, LeftOut, Paired, Settings, Verdict, power};

/// Arguments of `fourfold compare`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct CompareArguments {
    /// Two stored runs instead of arms: what changed from the first to the second, case by case
    #[arg(value_name = "RUN", num_args = 2, conflicts_with_all = ["arms", "against", "fourfold"])]
    pub runs: Vec<i64>,
    /// An arm to compare with the baseline; give it again for another one. All of them unless said
    #[arg(long = "arm", value_name = "ARM")]
    pub arms: Vec<String>,
    /// The arm they are compared with; `baseline` of fourfold.toml unless said, else the first arm
    #[arg(long, value_name = "ARM")]
    pub against: Option<String>,
    /// The four cells of the [fourfold] table instead of arms: prompt it, tune it, or both
    #[arg(long, conflicts_with_all = ["arms", "against"])]
    pub fourfold: bool,
    /// Also the primary metric by the values of this data column, for every arm: exploratory
    #[arg(long, value_name = "COLUMN", conflicts_with = "fourfold")]
    pub slice: Option<String>,
    /// Each arm against the one before it instead of all against one: what every step of a series adds
    #[arg(long, conflicts_with_all = ["fourfold", "against"])]
    pub steps: bool,
    /// Where the cases are from
    #[arg(long, value_enum, default_value_t = SplitChoice::Dev)]
    pub split: SplitChoice,
    /// Differences smaller than this count as equivalent; `margin` of fourfold.toml unless said
    #[arg(long, value_name = "POINTS", value_parser = share)]
    pub margin: Option<f64>,
    /// Say how many more cases would show a difference of this size
    #[arg(long, value_name = "POINTS", value_parser = share)]
    pub difference: Option<f64>,
    /// Seeds with which adapters were trained on the same rows; with one, a verdict speaks of this adapter alone
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub tuned_seeds: usize,
    /// Decides every resample
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
    /// Where to look for the workbench; the current folder unless said
    #[arg(long, value_name = "DIR")]
    pub workbench: Option<PathBuf>,
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value <= 1.0);
    value.ok_or_else(|| "needs a number above 0, up to 1, such as 0.05".to_owned())
}

fn fault(error: NotAsked) -> Fault {
    Fault::Asked { what: error.what, hint: error.hint }
}

/// Reads what is recorded, and says what it shows.
pub(super) fn compare<W: Write>(
    arguments: &CompareArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    if let [before, after] = arguments.runs[..] {
        return super::between::run(&session, &store, (before, after), arguments.json, out);
    }
    let usual = settings(&session);
    let settings = Settings { margin: arguments.margin.unwrap_or(usual.margin), seed: arguments.seed, ..usual };
    let split = Split::from(arguments.split);
    let page = Page {
        settings,
        difference: arguments.difference,
        tuned: Tuned { seeds: arguments.tuned_seeds },
        split,
        recorded: true,
    };
    if arguments.fourfold {
        let found = table(&session, &store, split, &settings).map_err(fault)?;
        let measured = (split == Split::Test).then(|| measured(&session, &store)).transpose().map_err(fault)?;
        if arguments.json {
            let mut value = page.table_in_json(&found);
            if let Some(object) = value.as_object_mut() {
                object.insert("measured".to_owned(), json!(measured.as_ref().map(measured_in_json)));
            }
            out.json(&value)?;
        } else {
            page.table(&found, out)?;
            measured.map_or(Ok(()), |measured| out.line(&measured.in_words()))?;
        }
        return Ok(Exit::Success);
    }
    if arguments.steps {
        let arms = named(arguments, &session)?;
        let found = ablation(&session, &store, &arms, split, &settings).map_err(fault)?;
        if arguments.json {
            out.json(&super::steps::in_json(&found, split))?;
        } else {
            super::steps::page(&found, split, &settings, out)?;
        }
        return Ok(Exit::Success);
    }
    let (baseline, arms) = chosen(arguments, &session)?;
    let found = against_baseline(&session, &store, (baseline, &arms), split, &settings).map_err(fault)?;
    let measured = (split == Split::Test).then(|| measured(&session, &store)).transpose().map_err(fault)?;
    let sliced = match &arguments.slice {
        Some(column) => {
            let source = Source::recorded(&session, &store, baseline, &arms, split).map_err(fault)?;
            Some((slices(&source, column, &settings).map_err(fault)?, source))
        }
        None => None,
    };
    if arguments.json {
        let mut value = page.arms_in_json(&found);
        if let Some(object) = value.as_object_mut() {
            object.insert("measured".to_owned(), json!(measured.as_ref().map(measured_in_json)));
            object.insert(
                "slices".to_owned(),
                json!(sliced.as_ref().map(|(sliced, source)| sliced_in_json(sliced, source))),
            );
        }
        out.json(&value)?;
        return Ok(Exit::Success);
    }
    page.arms(&found, out)?;
    if let Some(measured) = measured {
        out.line(&measured.in_words())?;
    }
    if let Some((sliced, source)) = sliced {
        let names: Vec<String> = source.arms.iter().map(|arm| arm.arm.clone()).collect();
        out.line("")?;
        out.line(&sliced.label(&page.settings))?;
        sliced.in_words(&names).iter().try_for_each(|line| out.line(line))?;
    }
    Ok(Exit::Success)
}

fn measured_in_json(measured: &Measured) -> Value {
    json!({
        "runs": measured.runs, "prompt_versions": measured.prompts, "opened_cases": measured.opened, "leak": measured.leak,
        "in_words": measured.in_words(),
    })
}

fn sliced_in_json(sliced: &Sliced, source: &Source) -> Value {
    let slices: Vec<Value> = sliced
        .slices
        .iter()
        .map(|slice| {
            let arms: Vec<Value> = source
                .arms
                .iter()
                .zip(&slice.cells)
                .map(|(arm, cell)| {
                    let mean = cell.figures.map(
                        |it| json!({ "n": it.n, "mean": it.mean, "interval": it.interval.map(ends), "by": it.method }),
                    );
                    let against = cell.against.map(|(difference, interval, q, n)| {
                        json!({ "difference": difference, "interval": interval.map(ends), "p_adjusted": q, "n": n })
                    });
                    json!({ "arm": arm.arm, "mean": mean, "against": against })
                })
                .collect();
            json!({ "value": slice.value, "arms": arms })
        })
        .collect();
    json!({
        "column": sliced.column, "exploratory": true, "adjusted_by": "Benjamini-Hochberg", "tests": sliced.tests,
        "without": sliced.without, "slices": slices,
    })
}

/// The arms asked for, in the order asked; all of the workbench's where none is named.
fn named<'a>(arguments: &CompareArguments, session: &'a Session) -> Result<Vec<&'a Arm>, Fault> {
    let arms = &session.workbench.arms;
    if arguments.arms.is_empty() {
        return Ok(arms.iter().collect());
    }
    let known: Vec<&str> = arms.iter().map(|arm| arm.id.as_str()).collect();
    let find = |id: &String| {
        session.workbench.arm(id).ok_or_else(|| Fault::Asked {
            what: format!("no arm of the workbench is called `{id}`"),
            hint: did_you_mean(id, &known, "arm"),
        })
    };
    arguments.arms.iter().map(find).collect()
}

fn chosen<'a>(arguments: &CompareArguments, session: &'a Session) -> Result<(&'a Arm, Vec<&'a Arm>), Fault> {
    let workbench = &session.workbench;
    let known: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
    let named = |id: &str| {
        workbench.arm(id).ok_or_else(|| Fault::Asked {
            what: format!("no arm of the workbench is called `{id}`"),
            hint: did_you_mean(id, &known, "arm"),
        })
    };
    let baseline = match arguments.against.as_deref().or(workbench.run.baseline.as_deref()) {
        Some(id) => named(id)?,
        None => workbench.arms.first().ok_or_else(|| Fault::Asked {
            what: "the workbench has no arms".to_owned(),
            hint: "Add two [[arm]] tables to fourfold.toml.".to_owned(),
        })?,
    };
    let mut arms: Vec<&Arm> = Vec::new();
    for arm in &arguments.arms {
        arms.push(named(arm)?);
    }
    if arms.is_empty() {
        arms = workbench.arms.iter().collect();
    }
    arms.retain(|arm| arm.id != baseline.id);
    if arms.is_empty() {
        return Err(Fault::Asked {
            what: format!("there is no arm to compare with `{}`", baseline.id),
            hint: "Name another one, or add one to fourfold.toml.".to_owned(),
        });
    }
    Ok((baseline, arms))
}

pub(super) struct Page {
    settings: Settings,
    difference: Option<f64>,
    tuned: Tuned,
    split: Split,
    recorded: bool,
}

impl Page {
    /// The page of one run.
    pub(super) const fn of_run(settings: Settings, tuned: Tuned, split: Split) -> Self {
        Self { settings, difference: None, tuned, split, recorded: false }
    }

    fn arms<W: Write>(&self, found: &Comparisons, out: &mut Output<W>) -> Result<(), Fault> {
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
                "  means over {} cases: {arm} {}, {} {}; {} intervals, {}",
                figure.n,
                wording::figure(figure),
                found.baseline,
                wording::figure(baseline),
                wording::percent(self.settings.confidence),
                figure.method.as_str()
            ))?;
            out.line(&format!("  {}", wording::why(paired, verdict, &self.settings, *left_out)))?;
            if let Some(words) = wording::missing(sensitivity.as_ref(), verdict.finding) {
                out.line(&format!("  {words}"))?;
            }
            self.planning(paired, found.planned, out)?;
        }
        for arm in &found.without {
            out.line("")?;
            let how = if self.recorded {
                format!(" `fourfold failures --arm {arm}` asks every dev case.")
            } else {
                String::new()
            };
            out.line(&format!("{arm}: no recorded case in common with `{}`.{how}", found.baseline))?;
        }
        self.rehearsal(found.planned, out)
    }

    /// Provisional or not, and what more cases would show.
    fn planning<W: Write>(&self, paired: &Paired, planned: usize, out: &mut Output<W>) -> Result<(), Fault> {
        if let Some(words) = wording::provisional(paired.n, planned, false) {
            out.line(&format!("  {words}"))?;
        }
        if let Some(difference) = self.difference {
            let needed = paired.cases_for(difference, &self.settings);
            out.line(&format!("  {}", wording::how_many_more(paired.n, difference, needed)))?;
        }
        Ok(())
    }

    /// What all cases of the split can show at all.
    fn rehearsal<W: Write>(&self, planned: usize, out: &mut Output<W>) -> Result<(), Fault> {
        // A run says so before it asks.
        if !self.recorded {
            return Ok(());
        }
        let smallest = power::DISCORDANCES.map(|discordance| {
            power::smallest_difference(planned as u64, discordance, self.settings.confidence)
                .map_or_else(|| "none".to_owned(), |smallest| format!("{smallest:.3}"))
        });
        let [few, some, many] = smallest;
        out.line("")?;
        out.line(&format!(
            "All {planned} cases of the split can show, four times in five, a difference of at least: {few} where exactly one of two \
             arms is right in 10 % of them, {some} in 20 %, {many} in 40 %."
        ))
    }

    pub(super) fn table<W: Write>(&self, found: &Table, out: &mut Output<W>) -> Result<(), Fault> {
        let Table { verdict, left_out, .. } = found;
        out.line(&format!(
            "{} on {} {}{} cases, the same in all four cells; {} intervals.{}",
            found.metric,
            verdict.n,
            if self.recorded { "recorded " } else { "" },
            self.split.as_str(),
            wording::percent(self.settings.confidence),
            if self.recorded { " Nothing was asked." } else { "" }
        ))?;
        out.line("")?;
        out.line(&format!("{:<10}{:<26}tuned", "", "base"))?;
        let [plain_base, plain_tuned, prompted_base, prompted_tuned] =
            verdict.cells.cells().map(|figure| wording::figure(&figure));
        out.line(format!("{:<10}{plain_base:<26}{plain_tuned:<26}", "plain").trim_end())?;
        out.line(format!("{:<10}{prompted_base:<26}{prompted_tuned:<26}", "prompted").trim_end())?;
        out.line("")?;
        out.line(&wording::headline(verdict, self.tuned, &self.settings))?;
        if let Some(words) = wording::headline_missing(found.again, verdict.headline) {
            out.line(&words)?;
        }
        out.line(&wording::together(verdict, self.tuned, &self.settings))?;
        if let Some(words) = wording::provisional(verdict.n, found.planned, false) {
            out.line(&words)?;
        }
        let name = self.tuned.name();
        for (arm, other, (paired, judged)) in [
            ("both", "prompting alone", &verdict.over_prompting),
            ("both", &*format!("{name} alone"), &verdict.over_tuning),
            ("prompting", "neither", &verdict.prompting),
            (name, "neither", &verdict.tuning),
            ("both", "neither", &verdict.both),
        ] {
            out.line("")?;
            out.line(&wording::comparison(arm, other, paired, judged, &self.settings))?;
            out.line(&format!("  {}", wording::why(paired, judged, &self.settings, *left_out)))?;
            if let Some(difference) = self.difference {
                let needed = paired.cases_for(difference, &self.settings);
                out.line(&format!("  {}", wording::how_many_more(paired.n, difference, needed)))?;
            }
        }
        self.rehearsal(found.planned, out)
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
        json!({
            "metric": found.metric, "split": self.split.as_str(), "planned": found.planned, "baseline": found.baseline,
            "arms": arms, "without": found.without, "seed": self.settings.seed, "margin": self.settings.margin,
        })
    }

    fn judged_in_json(&self, paired: &Paired, verdict: &Verdict, other: &str, arm: &str) -> Value {
        let needed = self.difference.map(
            |difference| json!({ "difference": difference, "cases": paired.cases_for(difference, &self.settings) }),
        );
        json!({
            "finding": finding(verdict.finding), "difference": paired.difference, "interval": ends(verdict.interval),
            "confidence": verdict.confidence, "interval_by": paired.method().as_str(), "p": verdict.p, "p_alone": paired.p,
            "p_mid": paired.p_mid, "test": paired.test.as_str(), "family": verdict.family, "n": paired.n,
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
            "survives_missing": found.again.map(|again| again == [verdict.headline; 2]),
            "interaction": {
                "value": seen.value, "interval": ends(seen.interval), "narrower": ends(seen.narrower),
                "log_odds": seen.log_odds, "log_odds_interval": ends(seen.log_odds_interval), "by": seen.method.as_str(),
            },
            "prompting": judged(&verdict.prompting, "prompting", "neither"),
            "tuning": judged(&verdict.tuning, name, "neither"),
            "both": judged(&verdict.both, "both", "neither"),
            "over_prompting": judged(&verdict.over_prompting, "both", "prompting alone"),
            "over_tuning": judged(&verdict.over_tuning, "both", &format!("{name} alone")),
            "in_words": [
                wording::headline(verdict, self.tuned, &self.settings),
                wording::together(verdict, self.tuned, &self.settings),
            ],
        })
    }
}

fn figure_in_json(figure: &Figure) -> Value {
    json!({ "n": figure.n, "mean": figure.mean, "interval": ends(figure.interval), "by": figure.method.as_str() })
}

fn left_out_in_json(left_out: LeftOut) -> Value {
    json!({ "elsewhere": left_out.elsewhere, "missing": left_out.missing, "not_scores": left_out.not_scores })
}

fn ends(interval: Interval) -> [f64; 2] {
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
#[path = "compare_tests.rs"]
mod tests;
