//! What a person wants measured, and what that will take, before anything is sent.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Arm, Fourfold, Workbench};
use crate::data::Split;
use crate::model::{Parameters, amount};
use crate::run::fourfold::{questions_of, table_with};
use crate::run::runner::{Limits, Plan, Start, Wanted, Which, estimate, look_over};
use crate::run::{NotAsked, Session};
use crate::stats::wording::counted;
use crate::store::Store;

/// A run as the form asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunWanted {
    /// The arms by name; empty for all.
    pub arms: Vec<String>,
    /// Whether the four cells of the table are asked in place of arms.
    pub fourfold: bool,
    /// The tuned model of the four cells; the table's own unless said.
    pub tuned: Option<String>,
    /// The split.
    pub split: Split,
    /// How many of its cases; all unless said.
    pub cases: Option<u64>,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// Trials under way at a time on each server, where a person says so.
    pub concurrency: Option<usize>,
    /// The most dollars.
    pub cost: Option<f64>,
    /// The most calls.
    pub calls: Option<u64>,
    /// The longest time, in seconds.
    pub seconds: Option<f64>,
    /// Whether an arm is asked no further once its verdict is clear.
    pub sequential: bool,
}

/// The same for the runner.
pub(super) fn wanted(session: &Session, form: &RunWanted) -> Result<Wanted, NotAsked> {
    let own = Parameters::default();
    let base = if form.fourfold {
        Wanted::fourfold(session, &table(session, form)?, form.split, &own)?
    } else {
        let all = &session.workbench.arms;
        let chosen: Vec<&Arm> = if form.arms.is_empty() {
            all.iter().collect()
        } else {
            form.arms.iter().map(|name| named(all, name)).collect::<Result<_, _>>()?
        };
        if chosen.is_empty() {
            return Err(NotAsked {
                what: "this workbench has no arm".to_owned(),
                hint: "Add an [[arm]] to fourfold.toml; `fourfold presets` shows sets of them.".to_owned(),
            });
        }
        Wanted::arms(session, &chosen, form.split, &own)?
    };
    let limits = Limits {
        cost: form.cost.or(base.limits.cost),
        calls: form.calls.or(base.limits.calls),
        seconds: form.seconds.or(base.limits.seconds),
    };
    Ok(Wanted { cases: form.cases, repeats: form.repeats, sequential: form.sequential, limits, ..base })
}

/// The table of the four cells, with a model that may have been tuned a moment ago.
fn table(session: &Session, form: &RunWanted) -> Result<Fourfold, NotAsked> {
    let now = Workbench { models: session.models(), ..session.workbench.clone() };
    table_with(&now, form.tuned.as_deref())
}

/// What the four cells ask of which models, and where an adapter is asked otherwise than it was trained.
fn cells_in_words(session: &Session, form: &RunWanted) -> Result<Vec<String>, NotAsked> {
    if !form.fourfold {
        return Ok(Vec::new());
    }
    let table = table(session, form)?;
    let mut lines = vec![table.in_words()];
    lines.extend(session.asked_otherwise(&questions_of(session, &table, &Arc::default(), Some(form.split), None)?));
    Ok(lines)
}

fn named<'a>(all: &'a [Arm], name: &str) -> Result<&'a Arm, NotAsked> {
    all.iter().find(|arm| arm.id == name).ok_or_else(|| NotAsked {
        what: format!("there is no arm `{name}`"),
        hint: format!("There are: {}.", all.iter().map(|arm| arm.id.as_str()).collect::<Vec<_>>().join(", ")),
    })
}

/// Trials at once where nobody says how many: in this program, and on servers.
const AT_ONCE: (usize, usize) = (8, 16);

/// Where asking stops; `None` where it goes to the end.
fn in_words(limits: Limits) -> Option<String> {
    let limits = [
        limits.cost.map(|dollars| format!("at ${}", amount(dollars))),
        limits.calls.map(|calls| format!("at {}", counted(calls, "call"))),
        limits.seconds.map(|seconds| {
            let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            format!("after {}", crate::run::runner::in_words(time))
        }),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    (!limits.is_empty()).then(|| limits.join(", or "))
}

fn versions(prompts: u64) -> String {
    if prompts == 1 { "by one version of a prompt".to_owned() } else { format!("by {prompts} versions of prompts") }
}

/// What it will take, in a few lines, before anything is sent; for the test split also how often it was measured.
pub(super) fn estimated(session: &Session, store: &Store, form: &RunWanted) -> Result<Vec<String>, NotAsked> {
    let plan = Plan::of(session, &wanted(session, form)?)?;
    let inside = plan.arms.iter().all(|arm| session.embedded_file(&arm.model).is_some());
    let usual = if inside { AT_ONCE.0 } else { AT_ONCE.1 };
    let at_once = form.concurrency.or(session.workbench.run.concurrency).unwrap_or(usual);
    let mut lines = vec![format!(
        "{}: {} × {}{}",
        counted(plan.trials(), "trial"),
        counted(plan.arms.len() as u64, "arm"),
        counted(plan.case_count(), "case"),
        if plan.repeats > 1 { format!(" × {} repeats", plan.repeats) } else { String::new() }
    )];
    lines.extend(cells_in_words(session, form)?);
    let start = Start { which: Which::New, ..Start::new(plan.clone()) };
    lines.extend(estimate(session, store, &start, at_once)?.in_words());
    for told in look_over(session, &plan)?.in_words() {
        lines.push(format!("Begun as it is, these will be missing: {told}"));
    }
    if let Some(limits) = in_words(plan.limits) {
        lines.push(format!("It stops {limits}."));
    }
    // Models inside the program cost nothing, and go on.
    lines.extend(session.budget_in_words().filter(|_| !inside));
    if plan.sequential {
        lines.push("An arm is asked no further once its verdict is clear.".to_owned());
    }
    if form.split == Split::Test {
        let measured = store.measured(&plan.data_hash);
        let (runs, prompts) = measured.map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        lines.push(match runs {
            0 => "This test split has not been measured yet.".to_owned(),
            1 => format!("This test split was measured once before ({}).", versions(prompts)),
            _ => format!("This test split was measured {runs} times before ({}).", versions(prompts)),
        });
    }
    Ok(lines)
}
