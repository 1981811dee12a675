//! Options that say nothing where they stand: refused before anything is asked, rather than left aside without a word.

use super::MeasureArguments;
use crate::cli::Fault;
use crate::cli::run::RunArguments;
use crate::run::runner::Plan;

/// Options that are given, by their names.
fn given(options: &[(&'static str, bool)]) -> Vec<&'static str> {
    options.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect()
}

fn refuse(options: &[&str], why: &str, hint: String) -> Result<(), Fault> {
    if options.is_empty() {
        return Ok(());
    }
    Err(Fault::Asked { what: format!("{} {why}", options.join(", ")), hint })
}

/// What stops a run or makes something of it: nothing of this is for one case.
fn of_whole_runs(measure: &MeasureArguments) -> [(&'static str, bool); 10] {
    [
        ("--max-cost", measure.max_cost.is_some()),
        ("--max-calls", measure.max_calls.is_some()),
        ("--max-time", measure.max_time.is_some()),
        ("--concurrency", measure.concurrency.is_some()),
        ("--sequential", measure.sequential),
        ("--allow-inapplicable", measure.allow_inapplicable),
        ("--report", !measure.reports.is_empty()),
        ("--fail-if", !measure.thresholds.fail_if.is_empty()),
        ("--margin", measure.margin.is_some()),
        ("--again", measure.again.is_some()),
    ]
}

/// Options of whole splits beside one case.
pub(in crate::cli) fn for_one_case(arguments: &RunArguments) -> Result<(), Fault> {
    let measure = &arguments.measure;
    let mut options = given(&of_whole_runs(measure));
    let which =
        [("--repeats", measure.repeats.is_some()), ("--shard", measure.shard.is_some()), ("--new", measure.new)];
    options.extend(given(&which));
    let hint =
        "Leave --case out to measure the whole split, or leave these out; --samples asks one case several times.";
    refuse(&options, "is about a whole split, and --case asks one case", hint.to_owned())
}

/// Options that contradict the plan of a run that is gone on with.
pub(super) fn for_a_begun_run(arguments: &RunArguments, run: i64, plan: &Plan) -> Result<(), Fault> {
    let measure = &arguments.measure;
    let differs = |seed: bool, temperature: bool| {
        plan.arms.iter().any(|arm| {
            (seed && arm.own.seed != arguments.seed) || (temperature && arm.own.temperature != arguments.temperature)
        })
    };
    let options = given(&[
        ("--split", arguments.split.is_some_and(|split| plan.split != split.into())),
        ("--limit", measure.limit.is_some_and(|limit| limit != plan.case_count())),
        ("--repeats", measure.repeats.is_some_and(|repeats| repeats != plan.repeats)),
        ("--seed", arguments.seed.is_some() && differs(true, false)),
        ("--temperature", arguments.temperature.is_some() && differs(false, true)),
        ("--sequential", measure.sequential && !plan.sequential),
        ("--fourfold", arguments.fourfold && !plan.fourfold),
    ]);
    let hint =
        format!("Leave it out to go on with run {run} as it was begun, or leave --resume out for a run of its own.");
    refuse(&options, &format!("is not what run {run} was begun with"), hint)
}

/// Options of asking where nothing is asked: a batch is written, and asked elsewhere.
pub(in crate::cli) fn for_a_batch(arguments: &RunArguments) -> Result<(), Fault> {
    let measure = &arguments.measure;
    let mut options: Vec<&str> = given(&of_whole_runs(measure));
    options.retain(|option| !["--allow-inapplicable", "--again"].contains(option));
    options.extend(given(&[
        ("--case", arguments.case.is_some() && measure.resume.is_none()),
        ("--forecast", arguments.forecast),
        ("--samples", arguments.samples > 1),
        ("--strengths", !arguments.strengths.is_empty()),
        ("--budget", arguments.budget.is_some()),
    ]));
    let hint = "Leave it out: the file has every question that is left to ask. `fourfold run --forecast` says what that takes, and \
                `fourfold report` writes reports once results are taken in.";
    refuse(&options, "says nothing to a batch", hint.to_owned())
}
