//! What made a score: the metric with its settings, the files its command names, and the reference it was held against. Its mark
//! stands beside every recorded score, so that one is taken as it stands only where it would be made alike today.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::metrics::OWN;
use super::similarity::SIMILARITY;
use crate::config::MetricSpec;

/// The field of a recorded score that holds its maker's mark.
pub(super) const MARK: &str = "by";
/// Larger files are data rather than the program that scores: their path stands for them.
const LARGEST: u64 = 4 << 20;
/// Characters of a mark; enough to tell the makers of one workbench apart.
const LENGTH: usize = 16;

/// See the file's head.
#[derive(Default)]
pub(super) struct Maker {
    settings: blake3::Hasher,
    files: Vec<PathBuf>,
    /// Whether a score costs time or money to make again.
    is_dear: bool,
}

impl Maker {
    /// Of the metric that `spec` describes in the workbench's `folder`; `embedder` is what its texts are embedded by.
    pub(super) fn new(spec: &MetricSpec, folder: &Path, embedder: Option<&str>) -> Self {
        let mut settings = blake3::Hasher::new();
        for part in [&spec.name, &Value::Object(spec.settings.clone()).to_string()] {
            add(&mut settings, part.as_bytes());
        }
        if spec.name == SIMILARITY {
            add(&mut settings, embedder.unwrap_or_default().as_bytes());
        }
        if spec.name == OWN {
            let line = spec.settings.get("command").and_then(Value::as_str).unwrap_or_default();
            let files = files_of(&shlex::split(line).unwrap_or_default(), folder);
            return Self { settings, files, is_dear: true };
        }
        // A metric of the program's own may be put right by the next version of it.
        add(&mut settings, env!("CARGO_PKG_VERSION").as_bytes());
        Self { settings, files: Vec::new(), is_dear: spec.name == SIMILARITY }
    }

    /// The number in a recorded score, where this made it with this reference. A score of before marks were kept stands where to make
    /// it again would cost something.
    pub(super) fn number_in(&self, recorded: &Value, reference: Option<&str>) -> Option<f64> {
        let stands = match recorded.get(MARK).and_then(Value::as_str) {
            Some(mark) => mark == self.mark(reference),
            None => self.is_dear,
        };
        stands.then(|| recorded.get("value")?.as_f64()).flatten()
    }

    /// Its mark on a score that was made with this reference.
    pub(super) fn mark(&self, reference: Option<&str>) -> String {
        let mut hasher = self.settings.clone();
        add(&mut hasher, stamp(&self.files).as_bytes());
        add(&mut hasher, reference.map_or_else(|| b"-".to_vec(), |text| format!("+{text}").into_bytes()).as_slice());
        hasher.finalize().to_hex().chars().take(LENGTH).collect()
    }
}

/// Every part with its length before it, so that no two lists of parts look alike.
fn add(hasher: &mut blake3::Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes());
    hasher.update(part);
}

/// The files inside or outside of `folder` that the words of a command name: its script, most of the time.
pub(super) fn files_of(words: &[String], folder: &Path) -> Vec<PathBuf> {
    words.iter().map(|word| folder.join(word)).filter(|path| path.is_file()).collect()
}

/// What is in these files now.
pub(super) fn stamp(files: &[PathBuf]) -> String {
    let mut hasher = blake3::Hasher::new();
    for path in files {
        add(&mut hasher, path.as_os_str().as_encoded_bytes());
        let is_small = std::fs::metadata(path).is_ok_and(|about| about.len() <= LARGEST);
        add(&mut hasher, &is_small.then(|| std::fs::read(path).ok()).flatten().unwrap_or_default());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, settings: &serde_json::Value) -> MetricSpec {
        MetricSpec {
            name: name.to_owned(),
            id: Some("mine".to_owned()),
            settings: settings.as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn another_setting_another_reference_and_another_script_leave_another_mark() {
        let folder = tempfile::tempdir().unwrap();
        let mark = |spec: &MetricSpec, reference: Option<&str>| Maker::new(spec, folder.path(), None).mark(reference);
        let contains = |text: &str| spec("contains", &serde_json::json!({ "text": text }));
        let first = mark(&contains("alpha"), Some("x"));
        assert_eq!(first, mark(&contains("alpha"), Some("x")));
        assert_ne!(first, mark(&contains("beta"), Some("x")));
        assert_ne!(first, mark(&contains("alpha"), Some("y")));
        assert_ne!(mark(&contains("alpha"), Some("-")), mark(&contains("alpha"), None));

        let script = folder.path().join("m.py");
        std::fs::write(&script, "print(1)").unwrap();
        let own = spec(OWN, &serde_json::json!({ "command": "python3 m.py" }));
        let before = mark(&own, None);
        assert_eq!(before, mark(&own, None));
        std::fs::write(&script, "print(0)").unwrap();
        assert_ne!(before, mark(&own, None));
    }

    #[test]
    fn only_similarity_hangs_on_the_embedder() {
        let mark =
            |name: &str, embedder| Maker::new(&spec(name, &serde_json::json!({})), Path::new(""), embedder).mark(None);
        assert_ne!(mark(SIMILARITY, Some("hashed")), mark(SIMILARITY, Some("other")));
        assert_eq!(mark("bleu", Some("hashed")), mark("bleu", Some("other")));
    }
}
