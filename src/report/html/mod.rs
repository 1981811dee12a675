//! One page that holds everything and loads nothing: tables, charts, every case, its own style and its own script. The page's
//! content security policy names the two by their hashes, so that no text of a model can run or fetch anything.

mod cases;
mod charts;
mod escape;
mod labels;
mod sections;
mod words;

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Facts, Judgement, ReportError, Rows};
use crate::stats::Finding;
use escape::{escape, inside_script};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page. Cases are written as they come.
pub(super) fn write(
    facts: &Facts,
    judgements: &[Judgement],
    rows: Rows<'_>,
    out: &mut (dyn Write + Send),
) -> Result<(), ReportError> {
    let title = format!("{} · run {}", facts.workbench, facts.run);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        hash(STYLE),
        hash(SCRIPT),
        escape(&title)
    )?;
    out.write_all(sections::above(facts, judgements).as_bytes())?;
    out.write_all(sections::CASES.as_bytes())?;
    let left_out = cases::write(facts, rows, out)?;
    let arms: Vec<&str> = facts.arms.iter().map(|arm| arm.name.as_str()).collect();
    let about = json!({
        "arms": arms, "baseline": facts.baseline, "metric": facts.metric, "repeats": facts.repeats, "leftOut": left_out,
        "rows": facts.rows,
    });
    writeln!(out, "<script type=\"application/json\" id=\"about\">{}</script>", inside_script(&about.to_string()))?;
    out.write_all(sections::below(facts).as_bytes())?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")?;
    Ok(out.flush()?)
}

/// The hash by which a policy names a text inside the page.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The class of a finding.
const fn finding_class(finding: Finding) -> &'static str {
    match finding {
        Finding::Better => "better",
        Finding::Worse => "worse",
        Finding::Equivalent => "equivalent",
        Finding::TooFew => "few",
    }
}
