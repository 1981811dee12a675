//! What `fourfold data check` found, as lines for people and as JSON.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::counted;
use crate::cli::{Fault, Output};
use crate::data::check::{Finding, Fixed, Kind, NEAR, Report, RowPlace, Severity, SplitReport};
use crate::data::{Split, row_named};

/// Findings of one kind that are shown on a page; `--json` gives them all.
const SHOWN: usize = 10;
/// Values of one label that are shown.
const VALUES_SHOWN: usize = 8;

/// A report on its way out.
pub(super) struct Page<'a> {
    pub(super) root: &'a Path,
    pub(super) report: &'a Report,
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

    pub(super) fn plain<W: Write>(&self, out: &mut Output<W>) -> Result<(), Fault> {
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
        if self.report.findings.iter().any(|one| matches!(one.kind, Kind::NearOverlap | Kind::Leaked)) {
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
        if split.rows == 0 {
            out.line(&format!("{}: 0 rows", self.split_shown(split)))?;
            return Ok(());
        }
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

    pub(super) fn fixed<W: Write>(&self, fixed: &[Fixed], asked: bool, out: &mut Output<W>) -> Result<(), Fault> {
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

    pub(super) fn json<W: Write>(&self, fixed: &[Fixed], out: &mut Output<W>) -> Result<(), Fault> {
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
