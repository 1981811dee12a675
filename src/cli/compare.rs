//! `fourfold compare`: what the recorded answers say of the arms, or of the four cells. Nothing is asked.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::page::{Page, ends};
use super::run::SplitChoice;
use super::{Exit, Fault, Output};
use crate::config::{Arm, did_you_mean};
use crate::data::Split;
use crate::run::ablation::ablation;
use crate::run::compare::{Comparisons, against_baseline, settings, table_of};
use crate::run::fourfold::{column, questions, table_with};
use crate::run::scores::{Measured, SliceAgainst, Sliced, Source, measured, slices};
use crate::run::{Session, short_of_arms};
use crate::stats::Settings;
use crate::stats::wording::Tuned;
use crate::store::Store;

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
    /// The tuned model of the four cells, instead of the one the [fourfold] table names
    #[arg(long, value_name = "MODEL", requires = "fourfold")]
    pub tuned: Option<String>,
    /// The arms of one stored run, as it asked them, instead of all that is recorded of the workbench's arms
    #[arg(long, value_name = "RUN", conflicts_with_all = ["runs", "against", "fourfold", "steps", "split"])]
    pub run: Option<i64>,
    /// Also the primary metric by the values of this data column, for every arm: exploratory
    #[arg(long, value_name = "COLUMN", conflicts_with = "fourfold")]
    pub slice: Option<String>,
    /// Each arm against the one before it instead of all against one: what every step of a series adds
    #[arg(long, conflicts_with_all = ["fourfold", "against"])]
    pub steps: bool,
    /// Where the cases are from
    #[arg(long, value_enum, default_value_t = SplitChoice::Dev)]
    pub split: SplitChoice,
    /// Differences smaller than this count as equivalent, 0.05 for five points of a hundred; `margin` of fourfold.toml unless said
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub margin: Option<f64>,
    /// Say how many more cases would show a difference of this size, 0.05 for five points of a hundred
    #[arg(long, value_name = "SHARE", value_parser = share)]
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
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value <= 1.0);
    value.ok_or_else(|| "needs a number above 0, up to 1, such as 0.05".to_owned())
}

/// Reads what is recorded, and says what it shows.
pub(super) fn compare<W: Write>(
    arguments: &CompareArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let mut session = super::session_at(arguments.workbench.as_deref(), current)?;
    if arguments.fourfold {
        session.workbench.fourfold = Some(table_with(&session.workbench, arguments.tuned.as_deref())?);
    }
    let store = super::store_of(&session)?;
    if let [before, after] = arguments.runs[..] {
        if before == after {
            return Err(Fault::Asked {
                what: format!("run {before} is compared with itself"),
                hint: "Name two runs; `fourfold history --runs` lists them.".to_owned(),
            });
        }
        return super::between::run(&session, &store, (before, after), arguments.json, out);
    }
    let usual = settings(&session);
    let settings = Settings { margin: arguments.margin.unwrap_or(usual.margin), seed: arguments.seed, ..usual };
    let split = Split::from(arguments.split);
    let split = match arguments.run {
        Some(run) => crate::run::report::stored_run(&store, Some(run))?.record.split,
        None => split,
    };
    let page = Page {
        settings,
        difference: arguments.difference,
        tuned: Tuned { seeds: arguments.tuned_seeds, column: column(&session.workbench) },
        split,
        recorded: true,
        of_stored_run: arguments.run.is_some(),
    };
    if arguments.fourfold {
        let questions = questions(&session, &Arc::default(), Some(split), None)?;
        let found = table_of(&session, &store, &questions, split, &settings)?;
        let otherwise = session.asked_otherwise(&questions);
        let measured = (split == Split::Test).then(|| measured(&session, &store)).transpose()?;
        if arguments.json {
            let mut value = page.table_in_json(&found);
            if let Some(object) = value.as_object_mut() {
                object.insert("measured".to_owned(), json!(measured.as_ref().map(measured_in_json)));
                object.insert("asked_otherwise".to_owned(), json!(otherwise));
            }
            out.json(&value)?;
        } else {
            page.table(&found, out)?;
            otherwise.iter().try_for_each(|words| out.line(words))?;
            measured.map_or(Ok(()), |measured| out.line(&measured.in_words()))?;
        }
        return Ok(Exit::Success);
    }
    if arguments.steps {
        let arms = named(arguments, &session)?;
        let found = ablation(&session, &store, &arms, split, &settings)?;
        let short = short_of_arms(&session, &store, &arms, split)?;
        if arguments.json {
            let mut value = super::steps::in_json(&found, split);
            if let Some(object) = value.as_object_mut() {
                object.insert("short".to_owned(), json!(short));
            }
            out.json(&value)?;
        } else {
            super::steps::page(&found, split, &settings, out)?;
            short.iter().try_for_each(|words| out.line(words))?;
        }
        return Ok(Exit::Success);
    }
    let (found, source, measured, short) = if let Some(run) = arguments.run {
        let source = of_run(arguments, &session, &store, run)?;
        let (measured, short) = (source.measured.clone(), source.short.clone());
        let unscored = crate::run::unscored(&store, run, &source.primary);
        let unscored = unscored.map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
        let found = Comparisons { unscored, ..source.compared(&settings)? };
        (found, Some(source), measured, short)
    } else {
        let (baseline, arms) = chosen(arguments, &session)?;
        let found = against_baseline(&session, &store, (baseline, &arms), split, &settings)?;
        let measured = (split == Split::Test).then(|| measured(&session, &store)).transpose()?;
        let source = arguments.slice.as_ref().map(|_| Source::recorded(&session, &store, baseline, &arms, split));
        let short = short_of_arms(&session, &store, &[&[baseline], &arms[..]].concat(), split)?;
        (found, source.transpose()?, measured, short)
    };
    let sliced = match (&arguments.slice, source) {
        (Some(column), Some(source)) => Some((slices(&source, column, &settings)?, source)),
        _ => None,
    };
    if arguments.json {
        let mut value = page.arms_in_json(&found);
        if let Some(object) = value.as_object_mut() {
            object.insert("measured".to_owned(), json!(measured.as_ref().map(measured_in_json)));
            object.insert("short".to_owned(), json!(short));
            object.insert(
                "slices".to_owned(),
                json!(sliced.as_ref().map(|(sliced, source)| sliced_in_json(sliced, source))),
            );
        }
        out.json(&value)?;
        return Ok(Exit::Success);
    }
    page.arms(&found, out)?;
    short.iter().try_for_each(|words| out.line(words))?;
    if let Some(measured) = measured {
        out.line(&measured.in_words())?;
    }
    if let Some((sliced, source)) = sliced {
        let names: Vec<String> = source.arms.iter().map(|arm| arm.arm.clone()).collect();
        out.line("")?;
        out.line(&sliced.label(&page.settings))?;
        sliced.in_words(&names).iter().try_for_each(|line| out.line(line))?;
        out.line(&sliced.why())?;
    }
    Ok(Exit::Success)
}

/// A stored run, with the arms that are asked for.
fn of_run(arguments: &CompareArguments, session: &Session, store: &Store, run: i64) -> Result<Source, Fault> {
    let mut source = Source::of_run(session, store, run)?;
    let known: Vec<String> = source.arms.iter().map(|arm| arm.arm.clone()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if let Some(arm) = arguments.arms.iter().find(|arm| !known.contains(&arm.as_str())) {
        let what = format!("run {run} has no arm called `{arm}`");
        return Err(Fault::Asked { what, hint: did_you_mean(arm, &known, "arm") });
    }
    let mut place = 0;
    source.arms.retain(|arm| {
        place += 1;
        place == 1 || arguments.arms.is_empty() || arguments.arms.contains(&arm.arm)
    });
    Ok(source)
}

pub(super) fn measured_in_json(measured: &Measured) -> Value {
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
                    let against = cell.against.map(|SliceAgainst { difference, interval, q, n, left_out }| {
                        json!({
                            "difference": difference, "interval": interval.map(ends), "p_adjusted": q, "n": n, "left_out": left_out,
                        })
                    });
                    json!({ "arm": arm.arm, "mean": mean, "against": against })
                })
                .collect();
            json!({ "value": slice.value, "arms": arms })
        })
        .collect();
    json!({
        "column": sliced.column, "exploratory": true, "adjusted_by": "Benjamini-Hochberg", "tests": sliced.tests,
        "test": sliced.tested_by, "why": sliced.why(),
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
