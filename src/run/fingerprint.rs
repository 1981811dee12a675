//! What decides a model's answers, told without loading its weights where they have not changed since it was told last.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::question::NotAsked;
use super::session::Session;
use crate::config::{ModelSpec, Provider};
use crate::files::write_whole;
use crate::model::weights::locate;

/// The file in a workbench's `.fourfold`.
const FILE: &str = "fingerprints.json";

/// Fingerprints by what the files of a model look like from outside.
type Known = BTreeMap<String, String>;

impl Session {
    /// The fingerprint of the model with this id. A model inside the program is loaded only where its files, or the program, are
    /// not those of the last time.
    pub fn fingerprint(&self, id: &str) -> Result<String, NotAsked> {
        let spec = self.spec(id).filter(|_| !self.is_made(id) && !self.is_taped());
        // One on a server has its name without its key, so that a forecast needs none.
        if let Some(spec) = &spec
            && let Provider::Server(dialect) = spec.provider
        {
            return self.server_fingerprint(spec, dialect);
        }
        let seen = spec.and_then(|spec| self.seen(&spec));
        let path = self.workbench.root.join(".fourfold").join(FILE);
        let Some(seen) = seen else { return Ok(self.model(id)?.fingerprint()) };
        let mut known = read(&path);
        if let Some(fingerprint) = known.get(&seen) {
            return Ok(fingerprint.clone());
        }
        let fingerprint = self.model(id)?.fingerprint();
        known.insert(seen, fingerprint.clone());
        write(&path, &known);
        Ok(fingerprint)
    }

    /// What the files of an embedded model look like; nothing for another one, or where they are not here.
    fn seen(&self, spec: &ModelSpec) -> Option<String> {
        if spec.provider != Provider::Embedded {
            return None;
        }
        let (weights, hash) = locate(&spec.model).ok()?;
        let mut parts =
            vec![env!("CARGO_PKG_VERSION").to_owned(), hash.unwrap_or_default().to_owned(), file(&weights)?];
        if let Some(used) = self.adapter_use(spec) {
            parts.push(used.scale.to_string());
            let mut files: Vec<PathBuf> =
                fs::read_dir(&used.folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.sort();
            parts.extend(files.iter().filter_map(|path| file(path)));
        }
        Some(blake3::hash(parts.join("\n").as_bytes()).to_hex().to_string())
    }
}

/// A file by its path, length and the time it was written.
fn file(path: &Path) -> Option<String> {
    let about = path.metadata().ok().filter(Metadata::is_file)?;
    let written = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", path.display(), about.len(), written.as_nanos()))
}

fn read(path: &Path) -> Known {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Keeps them for the next time; where that cannot be, the model is loaded then.
fn write(path: &Path, known: &Known) {
    if let Ok(text) = serde_json::to_vec(known) {
        let _ = write_whole(path, &text);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::config::{Known as KnownNames, Workbench};
    use crate::model::{AdapterUse, Model, ScriptedModel};

    #[test]
    fn weights_are_loaded_once_for_files_that_stay_as_they_are() {
        let home = tempfile::tempdir().unwrap();
        let weights = home.path().join("small.gguf");
        fs::write(&weights, "weights").unwrap();
        fs::create_dir(home.path().join(".fourfold")).unwrap();
        let text =
            format!("version = 1\n[[model]]\nid = \"m\"\nprovider = \"embedded\"\nmodel = \"{}\"\n", weights.display());
        fs::write(home.path().join("fourfold.toml"), text).unwrap();
        let loads = Arc::new(AtomicUsize::new(0));
        let open = || {
            let loads = Arc::clone(&loads);
            let factory = move |_: &str, _: Option<&AdapterUse>| {
                loads.fetch_add(1, Ordering::Relaxed);
                Ok(Arc::new(ScriptedModel::new("m", Vec::new())) as Arc<dyn Model>)
            };
            let workbench = Workbench::open(home.path(), KnownNames::default()).unwrap();
            Session::open(workbench, Arc::new(factory))
        };
        let first = open().fingerprint("m").unwrap();
        let again = open().fingerprint("m").unwrap();
        assert_eq!((again, loads.load(Ordering::Relaxed)), (first, 1));
        fs::write(&weights, "other weights").unwrap();
        open().fingerprint("m").unwrap();
        assert_eq!(loads.load(Ordering::Relaxed), 2, "other files are another model");
        assert!(open().fingerprint("nobody").is_err());
    }
}
