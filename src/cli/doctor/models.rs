//! The files that embedded models run from: whether they are here, and whether they hold the bytes they should.

use super::finding::{Area, Finding};
use crate::config::Provider;
use crate::model::catalog::{self, CatalogEntry};
use crate::model::weights::{check_gguf, hash, installed, locate, model_directory};
use crate::run::Session;
use crate::tune::{adapters, other_weights};

const AREA: Area = Area::Models;

pub(super) fn look(session: Option<&Session>, findings: &mut Vec<Finding>) {
    let directory = match model_directory() {
        Ok(directory) => directory,
        Err(error) => {
            findings.push(Finding::fault(AREA, "folder", error.to_string(), error.hint()));
            return;
        }
    };
    for entry in catalog::CATALOG {
        if let Some(path) = installed(entry, &directory) {
            findings.push(fetched(entry, &path));
        } else if directory.join(entry.file).exists() {
            let what = format!("{} has the wrong size", directory.join(entry.file).display());
            findings.push(Finding::fault(
                AREA,
                entry.name,
                what,
                format!("`fourfold models pull {}` again.", entry.name),
            ));
        }
    }
    let Some(session) = session else { return };
    let mut seen: Vec<String> = Vec::new();
    for spec in session.models().iter().filter(|spec| spec.provider == Provider::Embedded) {
        if seen.contains(&spec.model) {
            continue;
        }
        seen.push(spec.model.clone());
        match locate(&spec.model) {
            // Files of the catalog have been looked at above.
            Ok((_, Some(_))) => {}
            Ok((path, None)) => findings.push(match check_gguf(&path) {
                Ok(bytes) => {
                    let what = format!("{} MB at {}; its hash is not known here", bytes / 1_000_000, path.display());
                    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                    Finding::fine(AREA, spec.model.clone(), what).short(name)
                }
                Err(error) => Finding::fault(AREA, spec.model.clone(), error.to_string(), error.hint()),
            }),
            Err(error) if catalog::find(&spec.model).is_some() => {
                findings.push(Finding::note(AREA, spec.model.clone(), error.to_string()).hint(error.hint()));
            }
            Err(error) => findings.push(Finding::fault(AREA, spec.model.clone(), error.to_string(), error.hint())),
        }
    }
    adapter_files(session, findings);
}

fn fetched(entry: &CatalogEntry, path: &std::path::Path) -> Finding {
    let again = format!("Delete {} and fetch it again: `fourfold models pull {}`.", path.display(), entry.name);
    if let Err(error) = check_gguf(path) {
        return Finding::fault(AREA, entry.name, error.to_string(), again);
    }
    match (hash(path), entry.sha256) {
        (Err(error), _) => {
            Finding::fault(AREA, entry.name, format!("{} cannot be read: {error}", path.display()), again)
        }
        (Ok(found), Some(expected)) if found != expected => Finding::fault(
            AREA,
            entry.name,
            format!("{} has the SHA-256 {found}, not {expected}", path.display()),
            again,
        ),
        (Ok(found), Some(_)) => {
            Finding::fine(AREA, entry.name, format!("{}, SHA-256 {found} as it should be", path.display()))
                .short(format!("{} as it should be", entry.name))
        }
        (Ok(found), None) => Finding::fine(
            AREA,
            entry.name,
            format!("{}, SHA-256 {found}; not known here what it should be", path.display()),
        )
        .short(entry.name),
    }
}

/// Adapters that fourfold.toml names, and cards that cannot be read.
fn adapter_files(session: &Session, findings: &mut Vec<Finding>) {
    for entry in adapters(&session.workbench) {
        findings.push(match entry.card {
            Ok(card) => {
                let base = card.map_or_else(|| "no card".to_owned(), |card| format!("trained on {}", card.base.name));
                let short = format!("adapter {}", entry.name);
                let what = format!("{} KB, {base}", entry.bytes / 1_000);
                Finding::fine(AREA, short.clone(), what).short(short)
            }
            Err(reason) => {
                let hint = "Bring it in again with `fourfold adapters import`, or train it again.";
                Finding::fault(AREA, format!("adapter {}", entry.name), reason, hint)
            }
        });
    }
    for spec in session.models() {
        let Some(folder) = spec.adapter.as_ref().map(|adapter| session.workbench.adapter_folder(adapter)) else {
            continue;
        };
        if let Some((trained_on, here)) = other_weights(&spec.model, &folder) {
            let what = format!("its adapter was trained on the weights {trained_on}, and its base here has {here}");
            let hint = "Name the model it was trained on as its `base`, or train it again on this one.";
            findings.push(Finding::fault(AREA, spec.id, what, hint));
        } else if !folder.is_dir() {
            let what = format!("its adapter is not here: {}", folder.display());
            findings.push(
                Finding::note(AREA, spec.id, what)
                    .hint("`fourfold tune` trains it; `fourfold adapters import` brings one in."),
            );
        }
    }
}
