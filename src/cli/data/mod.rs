//! Arguments of `fourfold data`: looking through a data set, and handing it to others.

mod export;
mod page;

use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};

use self::export::export;
pub use self::export::{ExportArguments, FormatChoice};
use self::page::Page;
use super::place::Place;
use super::{Exit, Fault, Output};
use crate::config::{Provider, Workbench};
use crate::data::check::{self, CheckOptions, Fixed};
use crate::data::{DataError, Split, Splits};
use crate::model::weights::locate;
use crate::model::{TokenCounter, estimate_text};

/// Arguments of `fourfold data`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct DataArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What `fourfold data` can do.
#[derive(Clone, Debug, Subcommand, PartialEq)]
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
        DataCommand::Splits(arguments) => super::splits::splits(arguments, current, out),
        DataCommand::Check(arguments) => check(arguments, current, out),
        DataCommand::Export(arguments) => export(arguments, current, out),
        DataCommand::Distil(arguments) => super::distil::run(arguments, current, out),
    }
}

fn fault(error: &DataError) -> Fault {
    Fault::Failed { what: error.to_string(), hint: error.hint() }
}

fn check<W: Write>(arguments: &CheckArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    out.go_on_alone();
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
        guard: (!workbench.data.leaks.allow).then_some(workbench.data.leaks.threshold),
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
            let hint =
                "Change rows or take them out on the screen (F10: e, d, then w), or give each split a file of its own."
                    .to_owned();
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

/// The tokenizer of the first embedded model that is on this machine.
fn counter(workbench: &Workbench) -> Option<TokenCounter> {
    let mut embedded = workbench.models.iter().filter(|model| model.provider == Provider::Embedded);
    embedded.find_map(|model| TokenCounter::open(&locate(&model.model).ok()?.0).ok())
}

pub(super) use crate::stats::wording::counted;

#[cfg(test)]
mod tests;
