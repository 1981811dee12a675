//! `fourfold report` and `fourfold export`: a stored run as a page, a table, or a file for other tools. Nothing is asked.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Exit, Fault, Output};
use crate::files::NamedFile;
use crate::report::{self, Condition, Facts, Format, Held, Judgement};
use crate::run::Session;
use crate::run::report::{StoredRows, facts, stored_run};
use crate::store::{Store, StoredRun};

/// A report's format, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Figures and verdict in Markdown, for a pull request
    Md,
    /// One page with charts and every case, for a browser
    Html,
    /// JUnit XML, for continuous integration
    Junit,
    /// One line a trial, for spreadsheets
    Csv,
    /// Figures and verdict in JSON, for scripts
    Json,
}

impl ReportFormat {
    const fn format(self) -> Format {
        match self {
            Self::Md => Format::Markdown,
            Self::Html => Format::Html,
            Self::Junit => Format::Junit,
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
        }
    }

    /// The format that a file's name asks for.
    fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Md),
            "html" | "htm" => Some(Self::Html),
            "xml" => Some(Self::Junit),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Reads the name of a report's file, which says the format.
pub(super) fn named_report(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ReportFormat::of_file(&path) {
        Some(_) => Ok(path),
        None => Err("its ending has to say the format: .md, .html, .xml, .csv or .json".to_owned()),
    }
}

/// Conditions under which a run is not good enough.
#[derive(Clone, Debug, Default, Args, PartialEq)]
pub struct ThresholdArguments {
    /// End with code 1 where this holds: `few.exact-match < 0.8`, `tuned worse than base`; give it again for another
    #[arg(long = "fail-if", value_name = "CONDITION", value_parser = condition)]
    pub fail_if: Vec<Condition>,
}

impl ThresholdArguments {
    /// Whether a run of these arms and metrics can be held against them at all; asked before anything is paid for.
    pub(super) fn check(&self, arms: &[&str], metrics: &[&str]) -> Result<(), Fault> {
        self.fail_if.iter().try_for_each(|one| one.check(arms, metrics)).map_err(|error| wrong(&error))
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    text.parse().map_err(|error: report::ConditionError| format!("{error}\n  {}", error.hint))
}

/// Arguments of `fourfold report`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct ReportArguments {
    /// The run's number; the newest unless said
    pub run: Option<i64>,
    /// How it is written; what the file's name says unless said, else Markdown
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Where to; standard output unless said
    #[arg(long, short = 'o', visible_alias = "out", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Thresholds.
    #[command(flatten)]
    pub thresholds: ThresholdArguments,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Writes a report of a stored run, and holds it against the thresholds.
pub(super) fn report<W: Write>(
    arguments: &ReportArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    if !arguments.thresholds.fail_if.is_empty() {
        out.go_on_alone();
    }
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    let run = stored_run(&store, arguments.run)?;
    let named = || match arguments.output.as_deref() {
        None => Ok(ReportFormat::Md),
        Some(path) => ReportFormat::of_file(path).ok_or_else(|| Fault::Asked {
            what: format!("the name of {} does not say which format the report has", path.display()),
            hint: "End it in .md, .html, .xml, .csv or .json, or give --format.".to_owned(),
        }),
    };
    let format = arguments.format.map_or_else(named, Ok)?.format();
    write(
        &session,
        &store,
        &run,
        format,
        arguments.output.as_deref().map(|path| current.join(path)).as_deref(),
        &arguments.thresholds,
        out,
    )
}

/// Writes one report to a file or to standard output. The exit code is that of the thresholds.
fn write<W: Write>(
    session: &Session,
    store: &Store,
    run: &StoredRun,
    format: Format,
    to: Option<&Path>,
    thresholds: &ThresholdArguments,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let (facts, judgements) = gathered(session, store, run, thresholds)?;
    let mut rows = StoredRows::new(session, store, run);
    if let Some(path) = to {
        to_file(path, |file| report::write(format, &facts, &judgements, &mut rows, file))?;
        out.line(&format!("Run {} written to {}.", run.id, path.display()))?;
    } else {
        let mut text = Vec::new();
        report::write(format, &facts, &judgements, &mut rows, &mut text)
            .map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
        out.document(&text)?;
    }
    tell(&judgements);
    Ok(if has_failed(&judgements) { Exit::Failure } else { Exit::Success })
}

/// Whether a report can be written at each of these paths; asked before anything is paid for. Nothing is left there.
pub(super) fn may_be_written(files: &[PathBuf]) -> Result<(), Fault> {
    for path in files {
        let cannot = |why: String| Fault::Asked {
            what: format!("a report cannot be written to {}: {why}", path.display()),
            hint: "Nothing was asked. Name a file in a folder that is there and may be written.".to_owned(),
        };
        if path.is_dir() {
            return Err(cannot("it is a folder".to_owned()));
        }
        if !has_folder(path) {
            return Err(cannot("its folder is not there".to_owned()));
        }
        NamedFile::try_place(path).map_err(|error| cannot(error.to_string()))?;
    }
    Ok(())
}

/// Whether the folder is there that a file is to stand in.
fn has_folder(path: &Path) -> bool {
    path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// Writes the reports that a run was asked for, in the formats their names say, and holds it against the thresholds; whether one
/// has failed.
pub(super) fn after_run<W: Write>(
    session: &Session,
    store: &Store,
    run: i64,
    (files, thresholds): (&[PathBuf], &ThresholdArguments),
    out: &mut Output<W>,
) -> Result<bool, Fault> {
    let run = stored_run(store, Some(run))?;
    let (facts, judgements) = gathered(session, store, &run, thresholds)?;
    for path in files {
        let format = ReportFormat::of_file(path).unwrap_or(ReportFormat::Md).format();
        let mut rows = StoredRows::new(session, store, &run);
        to_file(path, |file| report::write(format, &facts, &judgements, &mut rows, file))?;
        out.line(&format!("Report written to {}.", path.display()))?;
    }
    tell(&judgements);
    Ok(has_failed(&judgements))
}

/// The facts of a run, and what became of each threshold.
fn gathered(
    session: &Session,
    store: &Store,
    run: &StoredRun,
    thresholds: &ThresholdArguments,
) -> Result<(Facts, Vec<Judgement>), Fault> {
    let names: Vec<&str> = run.record.arms.iter().map(|arm| arm.name.as_str()).collect();
    let pairs = thresholds.fail_if.iter().filter_map(|one| one.pair(&names).transpose());
    let pairs = pairs.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&error))?;
    let facts = facts(session, store, run, &pairs)?;
    let judgements = thresholds.fail_if.iter().map(|one| one.judge(&facts)).collect::<Result<Vec<_>, _>>();
    Ok((facts, judgements.map_err(|error| wrong(&error))?))
}

fn has_failed(judgements: &[Judgement]) -> bool {
    judgements.iter().any(|one| one.held == Held::Failed)
}

/// Writes a file that appears under its name only when it is whole; one that is there is replaced, a device or a pipe written into.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut NamedFile) -> Result<(), report::ReportError>,
) -> Result<(), Fault> {
    if !has_folder(path) {
        return Err(Fault::Asked {
            what: format!("{} cannot be written: its folder is not there", path.display()),
            hint: "Make the folder first, or name another file.".to_owned(),
        });
    }
    let made = NamedFile::create(path).map_err(report::ReportError::from).and_then(|mut file| {
        write(&mut file)?;
        Ok(file.finish()?)
    });
    made.map_err(|error| Fault::Failed { what: format!("{}: {error}", path.display()), hint: error.hint() })
}

/// Says on standard error what became of each threshold, so that a report on standard output stays what it is.
fn tell(judgements: &[Judgement]) {
    let mut stderr = Output::new(io::stderr().lock());
    for one in judgements {
        // Nobody is left to tell when standard error is gone.
        let _ = stderr.line(&format!("{}: --fail-if '{}': {}", one.held.as_str(), one.condition, one.words));
        if one.held == Held::Undecided {
            let _ = stderr.line(
                "  It did not fail this time. Measure more cases, or write it with `not`, which fails until the opposite is shown.",
            );
        }
    }
}

fn wrong(error: &report::ConditionError) -> Fault {
    Fault::Asked { what: error.to_string(), hint: error.hint.clone() }
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a trial
    Jsonl,
    /// One row a trial, for DuckDB and pandas
    Parquet,
    /// The workbench as a promptfooconfig.yaml; no run is needed
    Promptfoo,
}

/// Arguments of `fourfold export`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct ExportRunArguments {
    /// The run's number; the newest unless said
    pub run: Option<i64>,
    /// What it is written as
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Where to; standard output unless said
    #[arg(long, short = 'o', visible_alias = "out", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Writes every trial of a stored run.
pub(super) fn export<W: Write>(
    arguments: &ExportRunArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let to = arguments.output.as_deref().map(|path| current.join(path));
    let format = match arguments.format {
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Parquet => Format::Parquet,
        ExportFormat::Promptfoo => {
            let session = super::session_at(arguments.workbench.as_deref(), current)?;
            return super::promptfoo::export(&session, to.as_deref(), out);
        }
    };
    if to.is_none() && format == Format::Parquet {
        return Err(Fault::Asked {
            what: "Parquet is no text: it needs a file".to_owned(),
            hint: "Give -o trials.parquet.".to_owned(),
        });
    }
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    let run = stored_run(&store, arguments.run)?;
    write(&session, &store, &run, format, to.as_deref(), &ThresholdArguments::default(), out)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        report: ReportArguments,
    }

    #[test]
    fn arguments_as_documented() {
        let parse = |arguments: &[&str]| {
            Alone::try_parse_from(std::iter::once(&"report").chain(arguments)).map(|alone| alone.report)
        };
        let report = parse(&["12", "--format", "html", "-o", "a.html", "--fail-if", "few.exact-match < 0.8"]).unwrap();
        assert_eq!(
            (report.run, report.format, report.thresholds.fail_if.len()),
            (Some(12), Some(ReportFormat::Html), 1)
        );
        assert_eq!(parse(&[]).unwrap().run, None);
        let error = parse(&["--fail-if", "few.exact-match << 0.8"]).err().unwrap().to_string();
        assert!(error.contains("a number is expected here") && error.contains("               ^"), "{error}");
    }

    #[test]
    fn a_files_name_says_the_format() {
        let of = |name: &str| ReportFormat::of_file(Path::new(name));
        assert_eq!(
            (of("r.HTML"), of("junit.xml"), of("r.md")),
            (Some(ReportFormat::Html), Some(ReportFormat::Junit), Some(ReportFormat::Md))
        );
        assert_eq!((of("r.txt"), of("r")), (None, None));
    }
}
