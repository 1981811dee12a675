//! Arguments of `fourfold data`: looking through a data set, and handing it to others.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::place::Place;
use super::{Exit, Fault, Output, SplitChoice};
use crate::config::{Provider, Workbench};
use crate::data::check::{self, CheckOptions, Finding, Fixed, Kind, NEAR, Report, RowPlace, Severity, SplitReport};
use crate::data::{DataError, Split, Splits, row_named};
use crate::files::WholeFile;
use crate::model::weights::locate;
use crate::model::{TokenCounter, estimate_text};
use crate::tune::{ChatFormat, TuneError, TuneRows, chat_line, each_example};

/// Findings of one kind that are shown on a page; `--json` gives them all.
const SHOWN: usize = 10;
/// Values of one label that are shown.
const VALUES_SHOWN: usize = 8;

/// Arguments of `fourfold data`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct DataArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What `fourfold data` can do.
#[derive(Clone, Debug, Subcommand, PartialEq, Eq)]
pub enum DataCommand {
    /// Show rows as prompts get them, with the file's format, layout and columns
    Show(super::ShowArguments),
    /// Show how many rows each split has, how they were drawn, and whether test rows are train rows
    Splits(super::SplitsArguments),
    /// Look through every row for what spoils a measurement or a training
    Check(CheckArguments),
    /// Write a split as training examples for a hosted service, asked as an arm asks
    Export(ExportArguments),
    /// Have an arm answer the train rows, for you to review and a small model to learn
    Distil(super::DistilArguments),
}

/// Arguments of `fourfold data export`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ExportArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// The arm whose prompt and strategy ask; give it again to write every row as each of them asks
    #[arg(long = "arm", value_name = "ARM", required = true)]
    pub arms: Vec<String>,
    /// Which rows
    #[arg(long, value_enum, default_value_t = SplitChoice::Train)]
    pub split: SplitChoice,
    /// The form of a line: chat (OpenAI, Azure, Together, Fireworks), mistral, vertex or bedrock
    #[arg(long, value_enum, default_value_t = FormatChoice::Chat)]
    pub format: FormatChoice,
    /// Write a new file instead of to the screen; never overwrites
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A form of training file by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatChoice {
    /// {"messages": [...]}: OpenAI, Azure, Together, Fireworks and most trainers
    Chat,
    /// The same with strictly alternating turns
    Mistral,
    /// {"systemInstruction", "contents"}: Vertex AI
    Vertex,
    /// {"system", "messages"}, strictly alternating: Bedrock
    Bedrock,
}

impl From<FormatChoice> for ChatFormat {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Chat => Self::Chat,
            FormatChoice::Mistral => Self::Mistral,
            FormatChoice::Vertex => Self::Vertex,
            FormatChoice::Bedrock => Self::Bedrock,
        }
    }
}

/// Arguments of `fourfold data check`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct CheckArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// One line of JSON for each finding, and one for each file
    #[arg(long)]
    pub json: bool,
    /// Write each file without its faulty rows to a new one beside it
    #[arg(long)]
    pub fix: bool,
}

/// Checks, exports or distils.
pub(super) fn data<W: Write>(arguments: &DataArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    match &arguments.command {
        DataCommand::Show(arguments) => super::rows::show(arguments, current, out),
        DataCommand::Splits(arguments) => super::rows::splits(arguments, current, out),
        DataCommand::Check(arguments) => check(arguments, current, out),
        DataCommand::Export(arguments) => export(arguments, current, out),
        DataCommand::Distil(arguments) => super::distil::run(arguments, current, out),
    }
}

fn fault(error: &DataError) -> Fault {
    Fault::Failed { what: error.to_string(), hint: error.hint() }
}

fn check<W: Write>(arguments: &CheckArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let workbench = super::workbench_at(arguments.place.named(), current)?;
    let named = workbench.split_files();
    if let Some(error) = named.missing() {
        return Err(fault(error));
    }
    let mut files = named.named();
    if files.is_empty() {
        let hint = "Name the files under [data] in fourfold.toml.".to_owned();
        return Err(Fault::Asked { what: "the workbench names no data".to_owned(), hint });
    }
    let counter = counter(&workbench);
    let tokens = |text: &str| counter.as_ref().map_or_else(|| estimate_text(text), |counter| counter.count(text));
    let options = CheckOptions {
        mapping: &workbench.data.mapping,
        tokens: &tokens,
        exact: counter.is_some(),
        context: counter.as_ref().map(TokenCounter::context),
        has: None,
    };
    // Of one file that is three splits, each row is checked as what it is. Where rows are faulty nothing can be drawn: then
    // all are looked at alike, and the faults are what is found.
    let drawn = workbench.data.split.as_ref().and_then(|_| Splits::open(&named, &workbench.data.mapping, 0).ok());
    let has = drawn.as_ref().map(|splits| {
        move |split: Split, row: u64| {
            let place = usize::try_from(row - 1).ok().and_then(|row| splits.get(split)?.place_of(row));
            place.is_some()
        }
    });
    if let (Some(splits), Some((_, path))) = (&drawn, files.first().cloned()) {
        if arguments.fix {
            let what =
                "rows cannot be taken out of a file from which splits are drawn: the draw would be another".to_owned();
            let hint = "Mend the rows by hand, or give each split a file of its own.".to_owned();
            return Err(Fault::Asked { what, hint });
        }
        files = Split::ALL
            .into_iter()
            .filter(|split| splits.get(*split).is_some())
            .map(|split| (split, path.clone()))
            .collect();
    }
    let options = CheckOptions { has: has.as_ref().map(|has| has as &dyn Fn(Split, u64) -> bool), ..options };
    let report = check::check(&files, &options).map_err(|error| fault(&error))?;
    let fixed = if arguments.fix {
        let written: Result<Vec<Option<Fixed>>, DataError> = report.splits.iter().map(check::fix).collect();
        written.map_err(|error| fault(&error))?.into_iter().flatten().collect()
    } else {
        Vec::new()
    };
    let page = Page { root: &workbench.root, report: &report };
    if arguments.json {
        page.json(&fixed, out)?;
    } else {
        page.plain(out)?;
        page.fixed(&fixed, arguments.fix, out)?;
    }
    Ok(if report.has_errors() { Exit::Failure } else { Exit::Success })
}

/// Writes lines to a file or to the screen. A row that the service would refuse ends it, named.
fn export<W: Write>(arguments: &ExportArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.place.named(), current)?;
    let arms: Vec<&str> = arguments.arms.iter().map(String::as_str).collect();
    let format = ChatFormat::from(arguments.format);
    let mut file = match &arguments.out {
        None => None,
        Some(path) => Some(NewFile::create(current.join(path))?),
    };
    let mut lines = 0_u64;
    let mut broken = None;
    let rows =
        TuneRows::of_split(&session, arguments.split.into()).map_err(|error| super::adapters::tune_fault(&error))?;
    let made = each_example(&session, &arms, &rows, |index, example| {
        let line = chat_line(format, &example.messages, &example.answer).map_err(|reason| {
            let what = format!("row {} (`{}`): {reason}", index + 1, example.row);
            TuneError::asked(
                what,
                format!("The form {} does not take that; mend the row or the prompt.", format.as_str()),
            )
        })?;
        let written = match &mut file {
            Some(file) => file.line(&line),
            None => out.json(&line),
        };
        lines += 1;
        written.map_err(|fault| {
            let error = TuneError::failed(fault.to_string(), fault.hint());
            broken = Some(fault);
            error
        })
    });
    if let Some(fault) = broken {
        return Err(fault);
    }
    let (_, without_answer) = made.map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
    if let Some(file) = file {
        let path = file.finish()?;
        let left = if without_answer > 0 {
            format!("; {without_answer} rows without an answer left out")
        } else {
            String::new()
        };
        out.line(&format!("Wrote {} to {}{left}.", counted(lines, "example"), path.display()))?;
    }
    Ok(Exit::Success)
}

/// A file that appears under its name only when it is whole.
struct NewFile {
    file: WholeFile,
    path: PathBuf,
}

impl NewFile {
    fn create(path: PathBuf) -> Result<Self, Fault> {
        if path.symlink_metadata().is_ok() {
            let hint = "Name another file; nothing was written.".to_owned();
            return Err(Fault::Asked { what: format!("{} is there already", path.display()), hint });
        }
        let file = WholeFile::create(&path).map_err(|error| unwritable(&path, &error))?;
        Ok(Self { file, path })
    }

    fn line(&mut self, value: &serde_json::Value) -> Result<(), Fault> {
        let written = serde_json::to_writer(&mut self.file, value).map_err(std::io::Error::from);
        written.and_then(|()| self.file.write_all(b"\n")).map_err(|error| unwritable(&self.path, &error))
    }

    fn finish(self) -> Result<PathBuf, Fault> {
        self.file.place().map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.path)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    let hint = "Check that the folder may be written to and that the disk has room.".to_owned();
    Fault::Failed { what: format!("cannot write {}: {error}", path.display()), hint }
}

/// The tokenizer of the first embedded model that is on this machine.
fn counter(workbench: &Workbench) -> Option<TokenCounter> {
    let mut embedded = workbench.models.iter().filter(|model| model.provider == Provider::Embedded);
    embedded.find_map(|model| TokenCounter::open(&locate(&model.model).ok()?.0).ok())
}

/// A report on its way out.
struct Page<'a> {
    root: &'a Path,
    report: &'a Report,
}

impl Page<'_> {
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).display().to_string()
    }

    fn file(&self, split: Split) -> String {
        let file = self.report.splits.iter().find(|one| one.split == split);
        file.map_or_else(|| split.as_str().to_owned(), |file| self.split_shown(file))
    }

    /// A split's file; with the split's name where several are of one.
    fn split_shown(&self, split: &SplitReport) -> String {
        let shared = self.report.splits.iter().filter(|other| other.path == split.path).count() > 1;
        let name = self.shown(&split.path);
        if shared { format!("{name} ({})", split.split.as_str()) } else { name }
    }

    fn plain<W: Write>(&self, out: &mut Output<W>) -> Result<(), Fault> {
        for kind in Kind::ALL {
            let of_kind: Vec<&Finding> = self.report.findings.iter().filter(|one| one.kind == kind).collect();
            for finding in of_kind.iter().take(SHOWN) {
                out.line(&self.line(finding))?;
            }
            let count = self.report.counts.get(&kind).copied().unwrap_or(0);
            if count as usize > SHOWN {
                out.line(&format!("         and {} more of kind {}", count as usize - SHOWN, kind.as_str()))?;
            }
        }
        for split in &self.report.splits {
            self.spread(split, out)?;
        }
        let (errors, warnings) = (self.report.count(Severity::Error), self.report.count(Severity::Warning));
        out.line(&format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")))?;
        if self.report.findings.iter().any(|one| one.kind == Kind::NearOverlap) {
            let measure = "the three-word sequences of both rows together that both have (resemblance, Broder 1997)";
            out.line(&format!("Near means at least {:.0} % of {measure}.", NEAR * 100.0))?;
        }
        Ok(())
    }

    fn line(&self, finding: &Finding) -> String {
        let severity = match finding.severity {
            Severity::Error => "error  ",
            Severity::Warning => "warning",
        };
        let place = match finding.at {
            Some(RowPlace { row, line, .. }) => format!(" {}", row_named(row, line)),
            None => String::new(),
        };
        let message = finding.message.replace(&format!("{}/", self.root.display()), "");
        format!("{severity}  {}{place}: {message}  [{}]", self.file(finding.split), finding.kind.as_str())
    }

    fn spread<W: Write>(&self, split: &SplitReport, out: &mut Output<W>) -> Result<(), Fault> {
        let about = if self.report.exact { "" } else { "about " };
        let tokens = split.tokens;
        out.line(&format!(
            "{}: {}; tokens a row {about}{} to {}, median {}, 19 in 20 up to {}; {} in all",
            self.split_shown(split),
            counted(split.rows, "row"),
            tokens.least,
            tokens.most,
            tokens.median,
            tokens.most_of_19_in_20,
            tokens.total,
        ))?;
        for labels in &split.labels {
            let share = |count: u64| (count * 100 + labels.rows / 2) / labels.rows.max(1);
            let values: Vec<String> = labels
                .counts
                .iter()
                .take(VALUES_SHOWN)
                .map(|(value, count)| format!("{value} {} %", share(*count)))
                .collect();
            let more = labels.counts.len().saturating_sub(VALUES_SHOWN);
            let more = if more > 0 { format!(", {more} more") } else { String::new() };
            let field = labels.field.as_deref().unwrap_or("answers");
            out.line(&format!("    {field}: {}{more}", values.join(", ")))?;
        }
        Ok(())
    }

    fn fixed<W: Write>(&self, fixed: &[Fixed], asked: bool, out: &mut Output<W>) -> Result<(), Fault> {
        for one in fixed {
            let reasons: Vec<String> =
                one.left_out.iter().map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
            out.line(&format!(
                "Wrote {} with {}; left out of {}: {}.",
                self.shown(&one.to),
                counted(one.kept, "row"),
                self.shown(&one.from),
                reasons.join(", ")
            ))?;
        }
        if asked && fixed.is_empty() {
            out.line("Nothing to leave out: no file was written.")?;
        }
        if asked && self.report.counts.contains_key(&Kind::Contradiction) {
            out.line("Contradictions were left in: which answer is right is yours to say.")?;
        }
        Ok(())
    }

    fn json<W: Write>(&self, fixed: &[Fixed], out: &mut Output<W>) -> Result<(), Fault> {
        let place =
            |at: Option<RowPlace>| at.map(|at| json!({ "file": self.file(at.split), "row": at.row, "line": at.line }));
        for finding in &self.report.findings {
            out.json(&json!({
                "severity": finding.severity, "kind": finding.kind, "file": self.file(finding.split),
                "at": place(finding.at), "other": place(finding.other), "message": finding.message,
            }))?;
        }
        for split in &self.report.splits {
            let labels: Vec<serde_json::Value> = split
                .labels
                .iter()
                .map(|labels| {
                    let counts: serde_json::Map<String, serde_json::Value> =
                        labels.counts.iter().map(|(value, count)| (value.clone(), json!(count))).collect();
                    json!({ "field": labels.field, "rows": labels.rows, "counts": counts })
                })
                .collect();
            let fixed = fixed.iter().find(|one| one.from == split.path);
            out.json(&json!({
                "file": self.shown(&split.path), "split": split.split, "rows": split.rows, "tokens": split.tokens,
                "tokens_are_exact": self.report.exact, "labels": labels,
                "fixed": fixed.map(|one| json!({ "file": self.shown(&one.to), "rows": one.kept, "left_out": one.left_out })),
            }))?;
        }
        Ok(())
    }
}

pub(super) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
