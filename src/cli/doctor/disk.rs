//! Room on the disks that are written to.

use std::path::Path;

use super::finding::{Area, Finding};
use crate::model::weights::model_directory;

/// Less than this is soon used up by answers and adapters.
const LITTLE: u64 = 200_000_000;

pub(super) fn look(workbench: &Path, findings: &mut Vec<Finding>) {
    findings.extend(room("workbench", workbench));
    if let Ok(models) = model_directory() {
        findings.extend(room("model weights", &models));
    }
}

/// What is free where `folder` is, or will be made.
fn room(subject: &str, folder: &Path) -> Option<Finding> {
    let there = folder.ancestors().find(|ancestor| ancestor.is_dir())?;
    let free = free(there)?;
    let what = format!("{} MB free at {}", free / 1_000_000, there.display());
    Some(if free < LITTLE {
        Finding::fault(Area::Disk, subject, what, "Free some space: answers that do not fit are not kept.")
    } else {
        let short = format!("{} GB free for the {subject}", free / 1_000_000_000);
        Finding::fine(Area::Disk, subject, what).short(short)
    })
}

#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Elsewhere it is not looked at.
#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
