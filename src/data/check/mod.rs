//! Looks through the files of a data set, row by row, for what spoils a measurement or a training. Reads every file once;
//! what is kept of a row is small and of bounded size, so that a hundred thousand rows need time in proportion and no more.

mod finding;
mod fix;
pub(super) mod near;
mod tally;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use finding::{Finding, Kind, RowPlace, Severity};
pub use fix::{Fixed, fix};
pub use near::NEAR;
pub use tally::{Labels, TokenSpread};

use super::case::{Case, Split};
use super::digest;
use super::error::{DataError, row_named};
use super::leak::key;
use super::mapping::{Mapping, is_about_turns};
use super::source;
use super::walk::{At, Visitor, walk};
use crate::prompt::Role;
use near::{Index, Sketch};
use tally::LabelTally;

/// Findings of one kind that are kept; the rest is counted.
const KEPT: u64 = 1_000;

/// How to check.
pub struct CheckOptions<'a> {
    /// Which columns mean what.
    pub mapping: &'a Mapping,
    /// Counts the tokens of a text.
    pub tokens: &'a dyn Fn(&str) -> usize,
    /// Whether `tokens` counts as the model does, rather than estimating.
    pub exact: bool,
    /// Tokens the model's context holds, where known.
    pub context: Option<usize>,
    /// From which resemblance on a test row that is like a train row is not asked; `None` where it is asked all the same.
    pub guard: Option<f64>,
    /// Whether a row of a file, counted from 1, is of a split: where one file holds several. `None` where each file is one.
    pub has: Option<&'a dyn Fn(Split, u64) -> bool>,
}

/// What was found in one split's file.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitReport {
    /// The split.
    pub split: Split,
    /// Its file.
    pub path: PathBuf,
    /// Rows, faulty ones included.
    pub rows: u64,
    /// Tokens of the rows that could be read.
    pub tokens: TokenSpread,
    /// How the answers are spread.
    pub labels: Vec<Labels>,
    /// Rows that [`fix`] leaves out, with the reason, in order.
    pub dropped: Vec<(u64, Kind)>,
}

/// What was found in a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Split by split.
    pub splits: Vec<SplitReport>,
    /// The findings, the first thousand of each kind, in the order of the files.
    pub findings: Vec<Finding>,
    /// How many there are of each kind.
    pub counts: HashMap<Kind, u64>,
    /// Whether tokens were counted as the model does.
    pub exact: bool,
}

impl Report {
    /// Whether something is wrong rather than just worth a look.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// How many findings of a severity were made, those that are not kept included.
    pub fn count(&self, severity: Severity) -> u64 {
        let is = |kind: &Kind| self.findings.iter().any(|one| one.kind == *kind && one.severity == severity);
        self.counts.iter().filter(|(kind, _)| is(kind)).map(|(_, count)| count).sum()
    }
}

/// Checks the files of a data set, in the order train, dev, test. Only a file that cannot be opened at all is an error.
pub fn check(files: &[(Split, PathBuf)], options: &CheckOptions<'_>) -> Result<Report, DataError> {
    let mut check = Check::new(options);
    for (split, path) in files {
        check.file(*split, path)?;
    }
    Ok(check.finish())
}

/// An input that was met before.
struct Met {
    at: RowPlace,
    answer: u64,
}

struct Check<'a> {
    options: &'a CheckOptions<'a>,
    report: Report,
    inputs: HashMap<u128, Met>,
    near: Vec<(Split, Index, Vec<RowPlace>)>,
    file: File,
}

/// What is known of the file being read.
struct File {
    split: Split,
    mapping: Mapping,
    rows: u64,
    ids: HashMap<u64, u32>,
    tokens: Vec<u32>,
    labels: LabelTally,
    index: Index,
    places: Vec<RowPlace>,
    dropped: Vec<(u64, Kind)>,
}

impl File {
    fn new(split: Split) -> Self {
        Self {
            split,
            mapping: Mapping::default(),
            rows: 0,
            ids: HashMap::new(),
            tokens: Vec::new(),
            labels: LabelTally::default(),
            index: Index::default(),
            places: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

/// Everything a case asks with, as one text.
pub(super) fn text_of(case: &Case) -> String {
    let mut text = String::new();
    for value in case.variables.values() {
        match value {
            Value::String(value) => text.push_str(value),
            other => text.push_str(&other.to_string()),
        }
        text.push('\n');
    }
    let said = case.turns.iter().map(|turn| turn.content.as_str());
    text.extend(said.flat_map(|turn| [turn, "\n"]));
    text
}

fn short(bytes: &[u8]) -> u128 {
    digest::long(&blake3::hash(bytes))
}

impl<'a> Check<'a> {
    fn new(options: &'a CheckOptions<'a>) -> Self {
        Self {
            options,
            report: Report { exact: options.exact, ..Report::default() },
            inputs: HashMap::new(),
            near: Vec::new(),
            file: File::new(Split::Train),
        }
    }

    fn file(&mut self, split: Split, path: &Path) -> Result<(), DataError> {
        source::stamp(path)?;
        self.file = File::new(split);
        self.file.mapping = self.options.mapping.for_file(path)?.0;
        match walk(path, self) {
            // Nothing in it is a finding of its own.
            Ok(_) | Err(DataError::Empty { .. }) => {}
            Err(DataError::Header { reason, .. }) => {
                self.whole(Severity::Error, Kind::Unreadable, format!("the header: {reason}"));
            }
            Err(error) => return Err(error),
        }
        let file = std::mem::replace(&mut self.file, File::new(split));
        // A split that nothing was drawn for is none that was forgotten.
        if file.rows == 0 && self.options.has.is_none() {
            self.file = File::new(split);
            self.whole(Severity::Error, Kind::Empty, "the file has no rows".to_owned());
        }
        let labels = file.labels.finish();
        self.file.split = split;
        for one in &labels {
            if let Some((value, share)) = one.dominant() {
                let field = one.field.as_ref().map_or_else(String::new, |field| format!("`{field}` is "));
                let message = format!(
                    "{field}`{value}` on {:.0} % of the rows: a model that always says so looks good",
                    share * 100.0
                );
                self.whole(Severity::Warning, Kind::Imbalance, message);
            }
        }
        self.near.push((split, file.index, file.places));
        self.report.splits.push(SplitReport {
            split,
            path: path.to_owned(),
            rows: file.rows,
            tokens: TokenSpread::of(file.tokens),
            labels,
            dropped: file.dropped,
        });
        Ok(())
    }

    fn finish(mut self) -> Report {
        for split in &mut self.report.splits {
            split.dropped.sort_unstable();
            split.dropped.dedup_by_key(|(row, _)| *row);
        }
        self.report
    }

    fn whole(&mut self, severity: Severity, kind: Kind, message: String) {
        let split = self.file.split;
        self.add(Finding { severity, kind, at: None, split, other: None, message });
    }

    fn found(&mut self, severity: Severity, kind: Kind, at: RowPlace, other: Option<RowPlace>, message: String) {
        self.add(Finding { severity, kind, at: Some(at), split: at.split, other, message });
    }

    fn add(&mut self, finding: Finding) {
        let count = self.report.counts.entry(finding.kind).or_default();
        *count += 1;
        if *count <= KEPT {
            self.report.findings.push(finding);
        }
    }

    /// Marks a row of any split, read before or being read, to be left out.
    fn drop_row(&mut self, at: RowPlace, kind: Kind) {
        let earlier = self.report.splits.iter_mut().find(|split| split.split == at.split);
        match earlier {
            Some(split) => split.dropped.push((at.row, kind)),
            None => self.file.dropped.push((at.row, kind)),
        }
    }

    fn case(&mut self, at: RowPlace, case: &Case) {
        let text = text_of(case);
        let reference = case.reference.as_deref().unwrap_or_default();
        self.roles(at, case);
        self.length(at, &text, reference);
        if text.trim().is_empty() {
            self.found(Severity::Error, Kind::Empty, at, None, "it has no input: every value is empty".to_owned());
            self.drop_row(at, Kind::Empty);
            return;
        }
        if reference.trim().is_empty() {
            let message = "it has no answer: it can be neither learned from nor scored".to_owned();
            self.found(Severity::Warning, Kind::NoReference, at, None, message);
            if at.split == Split::Train {
                self.drop_row(at, Kind::NoReference);
            }
        } else {
            self.file.labels.add(reference);
        }
        if self.same(at, case, reference) {
            return;
        }
        if let Some(sketch) = Sketch::new(&text) {
            self.near(at, &sketch);
            self.file.index.add(sketch);
            self.file.places.push(at);
        }
    }

    fn length(&mut self, at: RowPlace, text: &str, reference: &str) {
        let tokens = (self.options.tokens)(text) + (self.options.tokens)(reference);
        self.file.tokens.push(u32::try_from(tokens).unwrap_or(u32::MAX));
        let Some(context) = self.options.context.filter(|context| tokens > *context) else { return };
        let (severity, about) = if self.options.exact { (Severity::Error, "") } else { (Severity::Warning, "about ") };
        let message = format!("it has {about}{tokens} tokens, the model's context {context}");
        self.found(severity, Kind::TooLong, at, None, message);
        if self.options.exact {
            self.drop_row(at, Kind::TooLong);
        }
    }

    fn roles(&mut self, at: RowPlace, case: &Case) {
        let mut before: Option<Role> = None;
        for (index, turn) in case.turns.iter().enumerate() {
            let wrong = match (before, turn.role) {
                (Some(_), Role::System) => Some("a system message after the first turn"),
                (Some(before), role) if before == role => Some("the same role twice running"),
                _ => None,
            };
            if let Some(wrong) = wrong {
                let message = format!("turn {}: {wrong}; many models and services refuse that", index + 1);
                self.found(Severity::Warning, Kind::Roles, at, None, message);
                return;
            }
            before = Some(turn.role);
        }
    }

    /// Whether the same input was met before; notes what that means.
    fn same(&mut self, at: RowPlace, case: &Case, reference: &str) -> bool {
        let input = short(key(case).as_bytes());
        let answer = short(reference.trim().as_bytes()) as u64;
        let Some(Met { at: first, answer: known }) = self.inputs.get(&input) else {
            self.inputs.insert(input, Met { at, answer });
            return false;
        };
        let (first, same_answer) = (*first, *known == answer);
        if !same_answer {
            let message = format!("the same input as {}, and another answer", self.named(first, at));
            self.found(Severity::Error, Kind::Contradiction, at, Some(first), message);
        }
        if first.split != at.split {
            let message = format!("the same input as {}", self.named(first, at));
            self.found(Severity::Error, Kind::Overlap, at, Some(first), message);
            // What is measured on stays whole; what is learned from gives way.
            self.drop_row(first, Kind::Overlap);
        } else if same_answer {
            let message = format!("the same input and answer as {}", self.named(first, at));
            self.found(Severity::Warning, Kind::Duplicate, at, Some(first), message);
            self.drop_row(at, Kind::Duplicate);
        }
        true
    }

    fn near(&mut self, at: RowPlace, sketch: &Sketch) {
        let found = self.near.iter().find_map(|(_, index, places)| {
            let (place, alike) = index.nearest(sketch)?;
            Some((*places.get(place)?, alike))
        });
        if let Some((other, alike)) = found {
            let message =
                format!("{:.0} % of the three-word sequences shared with {}", alike * 100.0, self.named(other, at));
            let is_refused = self.options.guard.is_some_and(|guard| alike >= guard);
            if is_refused && (other.split, at.split) == (Split::Train, Split::Test) {
                let message = format!("{message}: a run refuses the test split");
                self.found(Severity::Error, Kind::Leaked, at, Some(other), message);
                self.drop_row(other, Kind::Leaked);
                return;
            }
            self.found(Severity::Warning, Kind::NearOverlap, at, Some(other), message);
        }
    }

    fn named(&self, other: RowPlace, here: RowPlace) -> String {
        let row = row_named(other.row, other.line);
        let path = self.report.splits.iter().find(|split| split.split == other.split).map(|split| &split.path);
        match path {
            Some(path) if other.split != here.split => format!("{row} of {}", path.display()),
            _ => row,
        }
    }
}

impl Visitor for Check<'_> {
    fn columns(&mut self, columns: &[String]) -> Result<(), DataError> {
        let missing: Vec<(&str, String)> = self
            .file
            .mapping
            .named()
            .filter(|(_, column)| !columns.iter().any(|known| known == column))
            .map(|(role, column)| (role, column.to_owned()))
            .collect();
        for (role, column) in missing {
            self.whole(Severity::Error, Kind::Unreadable, format!("there is no column `{column}` for the {role}"));
        }
        Ok(())
    }

    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        if self.options.has.is_some_and(|has| !has(self.file.split, at.number)) {
            return;
        }
        self.file.rows += 1;
        let place = RowPlace { split: self.file.split, row: at.number, line: at.line };
        match row.and_then(|row| self.file.mapping.case(row, at.number)) {
            Err(message) => {
                let kind = if is_about_turns(&message) { Kind::Roles } else { Kind::Unreadable };
                self.found(Severity::Error, kind, place, None, message);
                self.drop_row(place, kind);
            }
            Ok(case) => {
                let number = u32::try_from(at.number).unwrap_or(u32::MAX);
                if let Some(earlier) = self.file.ids.insert(short(case.id.as_bytes()) as u64, number) {
                    let message = format!("the id `{}` is that of row {earlier} already", case.id);
                    self.found(Severity::Error, Kind::Unreadable, place, None, message);
                    self.drop_row(place, Kind::Unreadable);
                }
                self.case(place, &case);
            }
        }
    }

    fn fault(&mut self, at: At, message: String) {
        let place = RowPlace { split: self.file.split, row: at.number, line: at.line };
        self.found(Severity::Error, Kind::Unreadable, place, None, message);
        self.drop_row(place, Kind::Unreadable);
    }
}

#[cfg(test)]
mod tests;
