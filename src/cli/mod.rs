//! The command line: one file per subcommand, exit codes, plain output. Reads arguments; the work is in other rooms.

mod actions;
mod adapters;
mod agreement;
mod asking;
mod batch;
mod between;
mod cache;
mod compare;
mod cost;
mod data;
mod distil;
mod doctor;
mod exit;
mod failures;
mod forecast;
mod fourfold;
mod history;
mod init;
mod judge;
mod keys;
mod leaks;
mod measure;
mod merge;
mod models;
mod output;
mod page;
mod place;
mod presets;
mod progress;
mod promptfoo;
mod record;
mod report;
mod rows;
mod run;
mod score;
mod served;
mod splits;
mod steps;
mod stop;
mod strengths;
mod tape;
mod told;
mod tui;
mod tune;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app;
use crate::config::Workbench;
use crate::run::{NotAsked, Question, RECORDED, Session};
use crate::store::Store;

pub use adapters::{AdaptersArguments, AdaptersCommand};
pub use batch::BatchArguments;
pub use cache::{CacheArguments, CacheCommand, CacheFilter, PruneArguments};
pub use compare::CompareArguments;
pub use cost::CostArguments;
pub use data::{CheckArguments, DataArguments, DataCommand, ExportArguments, FormatChoice};
pub use distil::DistilArguments;
pub use doctor::DoctorArguments;
pub use exit::Exit;
pub use failures::FailuresArguments;
pub use forecast::AskArguments;
pub use history::HistoryArguments;
pub use init::{InitArguments, init};
pub use judge::JudgeArguments;
pub use keys::{KeysArguments, KeysCommand};
pub use leaks::LeakArguments;
pub use measure::{AgainChoice, MeasureArguments};
pub use merge::MergeArguments;
pub use models::{ModelsArguments, ModelsCommand, PullArguments, PullSource};
pub use output::{Fault, Output};
pub use presets::PresetsArguments;
pub use promptfoo::ImportArguments;
pub use record::RecordArguments;
pub use report::{ExportFormat, ExportRunArguments, ReportArguments, ReportFormat, ThresholdArguments};
pub use rows::ShowArguments;
pub use run::{CaseChoice, RunArguments, SplitChoice};
pub use score::ScoreArguments;
pub use splits::SplitsArguments;
pub use tape::TapeArguments;
pub use tui::{Located, TuiArguments};
pub use tune::{SettingArguments, TuneArguments};

/// Prompt it, fine-tune it, or both? A workbench that answers for your own task and examples.
#[derive(Debug, Parser)]
#[command(name = "fourfold", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    screen: TuiArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a workbench: a folder with prompts, data and fourfold.toml
    Init(InitArguments),
    /// Measure arms over a whole split, or ask them one case, without a terminal screen
    Run(Box<RunArguments>),
    /// Sort an arm's failures on the dev cases into form, content, refusal and unstable, and say what to do next
    Failures(FailuresArguments),
    /// Score pairs of texts from a file: every score of each pair, as JSON lines
    Score(ScoreArguments),
    /// Say what the recorded answers show: every arm against the baseline, or the four cells; nothing is asked
    Compare(CompareArguments),
    /// Write a report of a stored run: Markdown, HTML, JUnit, CSV or JSON; `--fail-if` holds it against thresholds
    Report(ReportArguments),
    /// Write every trial of a stored run for other tools, or the workbench as a promptfoo configuration
    Export(ExportRunArguments),
    /// Make a workbench of a promptfooconfig.yaml; nothing of it is executed
    Import(ImportArguments),
    /// Say what the arms' recorded answers cost, what that buys, and from how many cases on a tuning pays; nothing is asked
    Cost(CostArguments),
    /// Have a model judge recorded answers: two arms in both orders, or one arm against a rubric
    Judge(JudgeArguments),
    /// Keep the arms' answers to the first dev cases in recorded.jsonl, for others to see before they run anything
    Record(RecordArguments),
    /// Show, fetch and check models
    Models(ModelsArguments),
    /// Look through the data set, or hand it to others
    Data(DataArguments),
    /// Train an adapter for an embedded model, on this machine
    Tune(Box<TuneArguments>),
    /// Show, bring in, hand on and check what tuning made
    Adapters(AdaptersArguments),
    /// The process that trains; `tune` starts it
    #[command(name = crate::tune::WORKER, hide = true)]
    TuneWorker {
        /// The training's folder
        folder: PathBuf,
    },
    /// List recorded answers or runs, newest first
    History(HistoryArguments),
    /// Show the trials that a run does not ask again, or make it ask them
    Cache(CacheArguments),
    /// Join the runs and answers of other machines into this workbench
    Merge(MergeArguments),
    /// Run by files: export what is left to ask as a batch, send it, and take its results in
    Batch(BatchArguments),
    /// Show where providers' keys come from, keep one, let a workbench use one
    Keys(KeysArguments),
    /// Look over terminal, settings, keys, model files and database; say of each fault what to do
    Doctor(DoctorArguments),
    /// Show sets of arms that belong together, and add one to a workbench
    Presets(PresetsArguments),
    /// Print every action with its keys, as a table for the README
    Actions,
}

/// The whole program: arguments in, exit code out.
pub fn main() -> ExitCode {
    crate::terminal::crash::pass_over_awaited();
    let mut out = Output::new(io::stdout().lock());
    let current = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let exit = run_with(std::env::args_os(), &current, &mut out);
    exit.into()
}

fn run_with<W: Write>(arguments: impl IntoIterator<Item = OsString>, current: &Path, out: &mut Output<W>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error, out),
    };
    let result = match arguments.command {
        None => tui::open(&arguments.screen, current, out),
        Some(Command::Init(arguments)) => init(&arguments, current, out),
        Some(Command::Run(arguments)) => run::run(&arguments, current, out),
        Some(Command::Failures(arguments)) => failures::failures(&arguments, current, out),
        Some(Command::Score(arguments)) => score::score(&arguments, current, out),
        Some(Command::Compare(arguments)) => compare::compare(&arguments, current, out),
        Some(Command::Report(arguments)) => report::report(&arguments, current, out),
        Some(Command::Export(arguments)) => report::export(&arguments, current, out),
        Some(Command::Import(arguments)) => promptfoo::import(&arguments, current, out),
        Some(Command::Cost(arguments)) => cost::cost(&arguments, current, out),
        Some(Command::Judge(arguments)) => judge::judge(&arguments, current, out),
        Some(Command::Record(arguments)) => record::record(&arguments, current, out),
        Some(Command::Models(arguments)) => models::models(arguments, out),
        Some(Command::Data(arguments)) => data::data(&arguments, current, out),
        Some(Command::Tune(arguments)) => tune::tune(&arguments, current, out),
        Some(Command::Adapters(arguments)) => adapters::adapters(&arguments, current, out),
        Some(Command::TuneWorker { folder }) => tune::worker(&folder),
        Some(Command::History(arguments)) => history::history(&arguments, current, out),
        Some(Command::Cache(arguments)) => cache::cache(&arguments, current, out),
        Some(Command::Batch(arguments)) => batch::run(&arguments, current, out),
        Some(Command::Merge(arguments)) => merge::merge(&arguments, current, out),
        Some(Command::Keys(arguments)) => keys::keys(arguments, current, out),
        Some(Command::Doctor(arguments)) => doctor::doctor(&arguments, current, out),
        Some(Command::Presets(arguments)) => presets::presets(&arguments, current, out),
        Some(Command::Actions) => actions::actions(out),
    };
    stop::by_signal(match result {
        Ok(exit) => exit,
        Err(fault) => complain(&fault),
    })
}

/// The workbench at or above `named`, or the current folder.
fn root_at(named: Option<&Path>, current: &Path) -> Result<PathBuf, Fault> {
    let start = named.map_or_else(|| current.to_owned(), |named| current.join(named));
    if named.is_some() && !start.exists() {
        // What lies above it is not what was meant.
        return Err(Fault::Asked {
            what: format!("there is no folder {}", start.display()),
            hint: "Name the folder of a workbench, or make one with `fourfold init`.".to_owned(),
        });
    }
    crate::config::find(&start).ok_or_else(|| Fault::Asked {
        what: format!("there is no workbench at or above {}", start.display()),
        hint: if named.is_some() && start.is_file() {
            format!("`fourfold init FOLDER --data {}` makes one of a file of rows.", start.display())
        } else {
            "Make one with `fourfold init`, or name one.".to_owned()
        },
    })
}

/// The workbench of [`root_at`], with its data opened.
fn session_at(named: Option<&Path>, current: &Path) -> Result<Session, Fault> {
    let root = root_at(named, current)?;
    let session = app::open_session(&root).map_err(|error| Fault::Asked { what: error.what, hint: error.hint })?;
    for fault in &session.splits.faults {
        let file = fault.path.strip_prefix(&root).unwrap_or(&fault.path).display();
        let told =
            format!("note: {} left out, for {file} cannot be used: `fourfold data splits` says why", fault.splits());
        // Nothing that is asked of the other splits depends on it.
        let _ = Output::new(io::stderr().lock()).line(&told);
    }
    Ok(session)
}

/// What the workbench of [`root_at`] says; its data stays closed, for it may be faulty.
fn workbench_at(named: Option<&Path>, current: &Path) -> Result<Workbench, Fault> {
    let root = root_at(named, current)?;
    app::open_workbench(&root).map_err(|error| Fault::Asked { what: error.what, hint: error.hint })
}

/// The workbench's database. Answers that came with the workbench are in it before any of this machine.
fn store_of(session: &Session) -> Result<Store, Fault> {
    let failed = |what: String, hint: String| Fault::Failed { what, hint };
    crate::config::prepare_program_folder(&session.workbench.root)
        .map_err(|error| failed(error.to_string(), "Check the folder's permissions.".to_owned()))?;
    let store = Store::open(&session.workbench.root.join(".fourfold"))
        .map_err(|error| failed(error.to_string(), error.hint()))?;
    let records = session.shipped().map_err(|what| failed(what, format!("Correct or remove {RECORDED}.")))?;
    if !records.is_empty() {
        store.record_shipped(records).wait().map_err(|error| failed(error.to_string(), error.hint()))?;
    }
    Ok(store)
}

/// Tells on standard error what is about to be sent where, the first time that a folder asks there.
fn tell_first_use(first_use: Option<&str>) {
    if let Some(told) = first_use {
        // Nobody is left to tell when standard error is gone.
        let _ = Output::new(io::stderr().lock()).line(told);
    }
}

/// Makes the set-up calls of a question's strategy, where it has some that were not made yet, and says what they came to.
fn set_up<W: Write>(
    session: &Session,
    question: &Question,
    runtime: &tokio::runtime::Runtime,
    json: bool,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let made = runtime.block_on(async {
        tokio::select! {
            biased;
            _ = stop::asked() => None,
            made = session.set_up(question, |_| {}) => Some(made),
        }
    });
    let made = made.ok_or_else(|| Fault::Interrupted {
        what: "the set-up was interrupted".to_owned(),
        hint: "What was answered is kept; run it again.".to_owned(),
    })?;
    let made = made.map_err(|error| not_asked(session, error))?;
    let Some(report) = made else { return Ok(()) };
    if json {
        let cost = report.cost.map(|cost| cost.dollars);
        return out.json(&serde_json::json!({
            "set_up": question.arm, "asked": report.asked, "reused": report.reused, "usage": report.usage, "cost": cost,
            "notes": report.notes,
        }));
    }
    let cost = report.cost.map_or_else(|| "price unknown".to_owned(), |cost| cost.in_words());
    out.line(&format!("{}: {} set-up calls made, {} reused · {cost}", question.arm, report.asked, report.reused))?;
    report.notes.iter().try_for_each(|note| out.line(&format!("  ({note})")))
}

/// What kept a question from being asked: before any was, something does not fit; after that, not everything has an answer.
fn not_asked(session: &Session, error: NotAsked) -> Fault {
    if !session.has_asked() && !session.has_spent_budget() {
        return error.into();
    }
    Fault::Incomplete { what: error.what, hint: error.hint }
}

/// Says what this command has spent, where there is something to say.
fn tell_spent<W: Write>(session: &Session, json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    let (spent, budget) = session.spent();
    if !spent.is_worth_telling() && budget.is_none() {
        return Ok(());
    }
    if json {
        return out.json(&serde_json::json!({ "spent": spent, "budget": budget }));
    }
    let budget = budget.map_or_else(String::new, |budget| format!(" · budget ${}", crate::model::amount(budget)));
    out.line(&format!("Spent: {}{budget}", spent.in_words()))
}

/// Help and version go to standard output, complaints to standard error; colours only where a terminal reads them.
fn refuse<W: Write>(error: &clap::Error, out: &mut Output<W>) -> Exit {
    if error.use_stderr() {
        let styled = io::stderr().is_terminal();
        let text = if styled { error.render().ansi().to_string() } else { error.render().to_string() };
        // Nobody is left to tell when standard error is gone.
        let _ = io::stderr().write_all(text.as_bytes());
        return Exit::Usage;
    }
    match out.line(error.render().to_string().trim_end()) {
        Ok(()) => Exit::Success,
        Err(fault) => complain(&fault),
    }
}

/// Says on standard error what went wrong and what to do. A reader that went away (`| head`) is no fault.
fn complain(fault: &Fault) -> Exit {
    if fault.is_broken_pipe() {
        return Exit::Success;
    }
    let mut stderr = Output::new(io::stderr().lock());
    // Nobody is left to tell when standard error is gone.
    let _ = stderr.line(&format!("fourfold: {fault}"));
    if !fault.hint().is_empty() {
        let _ = stderr.line(&format!("  {}", fault.hint()));
    }
    fault.exit()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn run_in(folder: &Path, arguments: &[&str]) -> (Exit, String) {
        let mut bytes = Vec::new();
        let all = std::iter::once("fourfold").chain(arguments.iter().copied()).map(OsString::from);
        let exit = run_with(all, folder, &mut Output::new(&mut bytes));
        (exit, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn exit_codes_by_case() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(run_in(home.path(), &["--version"]), (Exit::Success, "fourfold 0.1.0\n".to_owned()));
        assert_eq!(run_in(home.path(), &["innit"]).0, Exit::Usage);
        assert_eq!(run_in(home.path(), &["init", "--sampel", "orders"]).0, Exit::Usage);
        assert_eq!(run_in(home.path(), &["init", "--sample", "order"]).0, Exit::Usage);
        assert_eq!(run_in(home.path(), &["init", "mine"]).0, Exit::Success);
        assert_eq!(run_in(home.path(), &["init", "mine"]).0, Exit::Failure);
        assert_eq!(Exit::Interrupted.code(), 130);
    }

    #[test]
    fn nothing_on_standard_output_holds_an_escape_byte() {
        let home = tempfile::tempdir().unwrap();
        for arguments in [&["--help"][..], &["help", "init"], &["init", "a"], &["init", "b\u{1b}[31mred"]] {
            let (_, text) = run_in(home.path(), arguments);
            assert!(!text.is_empty() && !text.contains('\u{1b}'), "{arguments:?}: {text:?}");
        }
    }
}
