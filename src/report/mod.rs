//! Reports of a run. Pure: facts and rows in, bytes out; every format has a file of its own and escapes for itself.

mod csv;
mod facts;
mod html;
mod json;
mod junit;
mod markdown;
mod parquet;
mod row;
mod text;
mod threshold;

use std::io::{self, Write};

pub use facts::{Against, Arm, CellCost, Column, Dollars, Facts, FourfoldCosts, FourfoldFacts, MetricFigure};
pub use row::{CaseRow, RowFault, Said, Trial};
pub use threshold::{Condition, ConditionError, Held, Judgement};

/// Cases that a page shows; the rest is counted.
pub const PAGE_CASES: usize = 5_000;

/// The cases of a run, one after the other.
pub type Rows<'a> = &'a mut dyn Iterator<Item = Result<CaseRow, RowFault>>;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown: the figures and the verdict.
    Markdown,
    /// One page with everything, for a browser.
    Html,
    /// JUnit XML: a suite an arm, a test a case.
    Junit,
    /// Comma-separated, one line a trial.
    Csv,
    /// JSON: the figures and the verdict.
    Json,
    /// JSON lines, one a trial.
    Jsonl,
    /// Parquet, one row a trial.
    Parquet,
}

/// Why a report is not whole.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It could not be written.
    #[error("cannot write the report: {0}")]
    Write(#[from] io::Error),
    /// A case could not be read.
    #[error("{}", .0.what)]
    Row(#[from] RowFault),
    /// The format's library refused.
    #[error("cannot make the report: {0}")]
    Format(String),
}

impl ReportError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Write(_) => "Check the folder's permissions and the space that is left.".to_owned(),
            Self::Row(fault) => fault.hint.clone(),
            Self::Format(_) => "Take another format; `csv` holds the same trials.".to_owned(),
        }
    }
}

/// Writes a report. `rows` are read once, in order; formats that show none leave them unread.
pub fn write(
    format: Format,
    facts: &Facts,
    judgements: &[Judgement],
    rows: Rows<'_>,
    out: &mut (dyn Write + Send),
) -> Result<(), ReportError> {
    match format {
        Format::Markdown => markdown::write(facts, judgements, out),
        Format::Html => html::write(facts, judgements, rows, out),
        Format::Junit => junit::write(facts, judgements, rows, out),
        Format::Csv => csv::write(facts, rows, out),
        Format::Json => json::write(facts, judgements, out),
        Format::Jsonl => json::write_trials(facts, rows, out),
        Format::Parquet => parquet::write(facts, rows, out),
    }
}
