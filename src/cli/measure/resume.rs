//! The command that goes on with a run that was not finished.

use std::borrow::Cow;

use super::AgainChoice;
use crate::cli::run::RunArguments;
use crate::run::runner::{Ended, How, Limits, Reached};

/// Asks again what is missing.
const AGAIN_MISSING: &str = " --again missing";

/// A word of a command as a shell reads it.
fn quoted(word: &str) -> Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))
}

/// The command that goes on with a run as it was asked here. What its plan keeps (arms, cases, repeats, sampling, whether it looks as it
/// goes) and its limits of cost and calls are the run's own, and need not be said; all else is said again. After a limit it names a
/// higher one: the same would stop it at once.
pub(super) fn resume_command(arguments: &RunArguments, limits: Limits, ended: &Ended) -> String {
    let measure = &arguments.measure;
    let mut command = "fourfold run".to_owned();
    let mut add = |option: &str, value: Option<&str>| {
        for word in [option, value.unwrap_or_default()].into_iter().filter(|word| !word.is_empty()) {
            command.push(' ');
            command.push_str(&quoted(word));
        }
    };
    let path = |path: &std::path::PathBuf| path.display().to_string();
    if let Some(folder) = arguments.folder.as_ref().or(arguments.workbench.as_ref()) {
        add(&path(folder), None);
    }
    add("--resume", Some(&ended.run.to_string()));
    if let Some(shard) = measure.shard {
        add("--shard", Some(&shard.to_string()));
    }
    match measure.again {
        Some(AgainChoice::All) => add("--again", Some("all")),
        // Once all that was missing is asked, the rest is left.
        Some(AgainChoice::Missing) if ended.how != How::Finished => add("--again", Some("missing")),
        Some(AgainChoice::Missing) | None => {}
    }
    if measure.resume.is_some() {
        // Of a run that is gone on with these choose its cells; a new one has them in its plan.
        arguments.arms.iter().for_each(|arm| add("--arm", Some(arm)));
        if let Some(case) = &arguments.case {
            add("--case", Some(&case.to_string()));
        }
    }
    if let Some(tuned) = &arguments.tuned {
        add("--fourfold", None);
        add("--tuned", Some(tuned));
    }
    if measure.no_cache {
        add("--no-cache", None);
    }
    if let Some(count) = measure.concurrency {
        add("--concurrency", Some(&count.to_string()));
    }
    if matches!(ended.how, How::Limit(Reached::Calls { .. } | Reached::Cost { .. })) {
        // A limit that was higher meanwhile has been passed: more than what was spent by then has to be named.
        let made: u64 = ended.columns.iter().map(|column| column.calls).sum();
        let spent: f64 = ended.columns.iter().map(|column| column.spent).sum();
        if let Some(calls) = limits.calls {
            add("--max-calls", Some(&calls.max(made).max(1).saturating_mul(2).to_string()));
        }
        if let Some(cost) = limits.cost {
            add("--max-cost", Some(&crate::model::amount(cost.max(spent) * 2.0)));
        }
    }
    if let Some(seconds) = measure.max_time {
        add("--max-time", Some(&seconds.to_string()));
    }
    if let Some(budget) = arguments.budget {
        add("--budget", Some(&budget.to_string()));
    }
    if arguments.leaks.allow_leaks {
        add("--allow-leaks", None);
    }
    if let Some(threshold) = arguments.leaks.leak_threshold {
        add("--leak-threshold", Some(&threshold.to_string()));
    }
    for (option, file) in [("--cassette", &arguments.tape.cassette), ("--replay", &arguments.tape.replay)] {
        if let Some(file) = file {
            add(option, Some(&path(file)));
        }
    }
    if let Some(margin) = measure.margin {
        add("--margin", Some(&margin.to_string()));
    }
    measure.reports.iter().for_each(|file| add("--report", Some(&path(file))));
    measure.thresholds.fail_if.iter().for_each(|condition| add("--fail-if", Some(&condition.to_string())));
    if arguments.json {
        add("--json", None);
    }
    command
}

/// The same command, asking what is missing.
pub(super) fn again_missing(resume: &str) -> String {
    if resume.contains(AGAIN_MISSING) { resume.to_owned() } else { format!("{resume}{AGAIN_MISSING}") }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        run: RunArguments,
    }

    fn command(line: &str, how: How) -> String {
        let words = shlex::split(line).unwrap();
        let arguments = Alone::try_parse_from(std::iter::once("run".to_owned()).chain(words)).unwrap().run;
        let ended = Ended {
            run: 7,
            how,
            planned: 10,
            done: 4,
            missing: 1,
            lasting: 0,
            settled: 0,
            in_batches: 0,
            unscored: 0,
            unscored_why: None,
            asked: 4,
            known: 0,
            calls: 4,
            cost: 0.0,
            ms: 1,
            columns: Vec::new(),
        };
        resume_command(&arguments, Limits { cost: Some(1.0), calls: Some(100), seconds: None }, &ended)
    }

    #[test]
    fn it_keeps_what_the_run_does_not_keep_itself() {
        let given = "'my bench' --sequential --limit 40 --repeats 2 --seed 3 --arm few --max-calls 100 --max-time 90 --concurrency 4 \
                     --no-cache --budget 1.5 --allow-leaks --leak-threshold 0.7 --replay a.jsonl --margin 0.02 --report 'r 1.html' \
                     --report r.xml --fail-if 'few.exact-match < 0.8' --jsonl";
        assert_eq!(
            command(given, How::Interrupted),
            "fourfold run 'my bench' --resume 7 --no-cache --concurrency 4 --max-time 90 --budget 1.5 --allow-leaks --leak-threshold 0.7 \
             --replay a.jsonl --margin 0.02 --report 'r 1.html' --report r.xml --fail-if 'few.exact-match < 0.8' --json"
        );
        assert_eq!(command("", How::Interrupted), "fourfold run --resume 7");
    }

    #[test]
    fn cells_that_were_chosen_of_a_run_are_chosen_again() {
        assert_eq!(
            command("--resume 7 --again all --arm 'my arm' --case 'a b'", How::Interrupted),
            "fourfold run --resume 7 --again all --arm 'my arm' --case 'a b'"
        );
        assert_eq!(
            command("--again all --arm few --arm plain", How::Interrupted),
            "fourfold run --resume 7 --again all"
        );
        let missing = command("--resume 7 --again missing", How::Interrupted);
        assert_eq!(
            (missing.as_str(), again_missing(&missing)),
            ("fourfold run --resume 7 --again missing", missing.clone())
        );
        let over = command("--resume 7 --again missing", How::Finished);
        assert_eq!((over.as_str(), again_missing(&over)), ("fourfold run --resume 7", missing));
    }

    #[test]
    fn after_a_limit_it_names_a_higher_one() {
        let ended = How::Limit(Reached::Calls { most: 100 });
        assert_eq!(
            command("--shard 1/2", ended),
            "fourfold run --resume 7 --shard 1/2 --max-calls 200 --max-cost 2.00"
        );
    }
}
