//! `fourfold doctor`: looks over all that the program stands on, and says of each fault what to do.

mod database;
mod disk;
mod finding;
mod models;
mod page;
mod providers;
mod settings;
mod terminal;
mod workbench;

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use self::finding::{Area, Finding, Verdict};
use super::{Exit, Fault, Output};
use crate::cli::place::Place;
use crate::config::{self, MANIFEST};

/// Arguments of `fourfold doctor`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct DoctorArguments {
    /// Everything that was looked at; without it faults and notes, then a line for each area
    #[arg(long, conflicts_with = "json")]
    pub all: bool,
    /// One line of JSON for each finding, of everything that was looked at
    #[arg(long)]
    pub json: bool,
    /// Ask each provider for its list of models, which costs nothing
    #[arg(long)]
    pub online: bool,
    /// Only notes and faults
    #[arg(long, short)]
    pub quiet: bool,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

/// Looks everything over; fails where a fault was found.
pub(super) fn doctor<W: Write>(
    arguments: &DoctorArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let named = arguments.place.named().map(|named| current.join(named));
    let start = named.clone().unwrap_or_else(|| current.to_owned());
    // What lies above a folder that is not there is not what was meant.
    let root = if start.exists() { config::find(&start) } else { None };
    let mut findings = Vec::new();
    let user = settings::look(&mut findings);
    terminal::look(&user, &mut findings);
    let session = root.as_deref().and_then(|root| workbench::look(root, &mut findings));
    if root.is_none() {
        let what = format!("none at or above {}", start.display());
        findings.push(match named {
            Some(folder) if !folder.exists() => {
                let what = format!("{} is not there", folder.display());
                Finding::fault(Area::Workbench, "folder", what, "Name the folder of a workbench.")
            }
            Some(_) => {
                Finding::fault(Area::Workbench, MANIFEST, what, "`fourfold init` makes one, or name another folder.")
            }
            None => Finding::note(Area::Workbench, MANIFEST, what)
                .hint("`fourfold init` makes one; without one the sample is opened."),
        });
    }
    providers::look(session.as_ref(), arguments.online, &mut findings)?;
    models::look(session.as_ref(), &mut findings);
    if let Some(root) = &root {
        database::look(root, &mut findings);
    }
    disk::look(root.as_deref().unwrap_or(&start), &mut findings);
    print(arguments, &findings, out)
}

fn print<W: Write>(arguments: &DoctorArguments, findings: &[Finding], out: &mut Output<W>) -> Result<Exit, Fault> {
    out.go_on_alone();
    let faults = findings.iter().filter(|finding| finding.verdict == Verdict::Fault).count();
    if arguments.json {
        for finding in findings.iter().filter(|finding| !arguments.quiet || finding.verdict != Verdict::Fine) {
            out.json(finding)?;
        }
        out.json(&json!({ "faults": faults, "looked_at": findings.len() }))?;
    } else {
        let all = if arguments.all {
            page::in_full(findings, arguments.quiet, out)?;
            String::new()
        } else {
            page::in_short(findings, arguments.quiet, out)?;
            format!(" --all shows all {} things that were looked at.", findings.len())
        };
        let online = if arguments.online { "" } else { " No provider was asked; --online does." };
        out.line(&match faults {
            0 => format!("No fault found.{online}{all}"),
            1 => format!("1 fault found.{online}{all}"),
            _ => format!("{faults} faults found.{online}{all}"),
        })?;
    }
    Ok(if faults == 0 { Exit::Success } else { Exit::Failure })
}
