//! What the doctor found as a page: in short, faults first and then a line for each area, or all of it.

use std::io::Write;

use super::finding::{Area, Finding, Verdict};
use crate::cli::{Fault, Output};

/// Faults, then notes, each with what to do; then, unless that is all that is wanted, a line for each area that has no fault.
pub(super) fn in_short<W: Write>(findings: &[Finding], quiet: bool, out: &mut Output<W>) -> Result<(), Fault> {
    for (verdict, mark) in [(Verdict::Fault, "FAULT"), (Verdict::Note, "note ")] {
        for finding in findings.iter().filter(|finding| finding.verdict == verdict) {
            let (area, subject, what) = (finding.area.title(), &finding.subject, &finding.what);
            out.line(&format!("{mark} {area}, {subject}: {what}{}", origin(finding)))?;
            hint(finding, out)?;
        }
    }
    if quiet {
        return Ok(());
    }
    for area in Area::ALL {
        let of_area = || findings.iter().filter(|finding| finding.area == area);
        let has_fault = of_area().any(|finding| finding.verdict == Verdict::Fault);
        if has_fault || of_area().next().is_none() {
            continue;
        }
        let shorts: Vec<&str> = of_area().filter_map(|finding| finding.short.as_deref()).collect();
        let words = if shorts.is_empty() { format!("{} looked at", of_area().count()) } else { shorts.join(" · ") };
        out.line(&format!("ok    {:<10} {words}", area.title()))?;
    }
    Ok(())
}

/// Everything, area by area.
pub(super) fn in_full<W: Write>(findings: &[Finding], quiet: bool, out: &mut Output<W>) -> Result<(), Fault> {
    let mut area = None;
    for finding in findings.iter().filter(|finding| !quiet || finding.verdict != Verdict::Fine) {
        if area.replace(finding.area) != Some(finding.area) {
            out.line(finding.area.title())?;
        }
        let mark = match finding.verdict {
            Verdict::Fine => "  ok   ",
            Verdict::Note => "  note ",
            Verdict::Fault => "  FAULT",
        };
        out.line(&format!("{mark} {}: {}{}", finding.subject, finding.what, origin(finding)))?;
        hint(finding, out)?;
    }
    Ok(())
}

/// Who set it, in brackets.
fn origin(finding: &Finding) -> String {
    finding.origin.as_ref().map_or_else(String::new, |origin| format!("  ({origin})"))
}

fn hint<W: Write>(finding: &Finding, out: &mut Output<W>) -> Result<(), Fault> {
    if finding.hint.is_empty() { Ok(()) } else { out.line(&format!("        {}", finding.hint)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(findings: &[Finding], quiet: bool) -> String {
        let mut bytes = Vec::new();
        in_short(findings, quiet, &mut Output::new(&mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn faults_come_first_and_an_area_without_one_is_a_line() {
        let findings = [
            Finding::fine(Area::Terminal, "TERM", "xterm").short("xterm"),
            Finding::fine(Area::Terminal, "colours", "256").short("256 colours"),
            Finding::fine(Area::Settings, "theme", "terminal").origin("default"),
            Finding::note(Area::Workbench, "arms", "fourfold.toml names none").hint("Add an [[arm]]."),
            Finding::fine(Area::Workbench, "folder", "/w").short("/w"),
            Finding::fault(Area::Models, "tuned", "its adapter is gone", "Train it again.").origin("fourfold.toml:3"),
            Finding::fine(Area::Models, "small", "here").short("small"),
        ];
        assert_eq!(
            shown(&findings, false),
            "FAULT models, tuned: its adapter is gone  (fourfold.toml:3)\n        Train it again.\n\
             note  workbench, arms: fourfold.toml names none\n        Add an [[arm]].\n\
             ok    terminal   xterm · 256 colours\n\
             ok    settings   1 looked at\n\
             ok    workbench  /w\n"
        );
        assert!(!shown(&findings, true).contains("ok "));
    }
}
