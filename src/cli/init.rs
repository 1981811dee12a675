//! `fourfold init`: makes a workbench from a sample.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Fault, Output};
use crate::config::{copy_sample, sample};

/// Arguments of `fourfold init`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct InitArguments {
    /// The folder to make it in; made if it is not there
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub directory: PathBuf,
    /// Which sample to start from: orders, triage, review, questions or tone
    #[arg(long, value_name = "NAME", default_value = "orders")]
    pub sample: String,
}

/// Copies the sample and says where it went. Never overwrites a file.
pub fn init<W: Write>(arguments: &InitArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let sample = sample(&arguments.sample)?;
    let folder = current.join(&arguments.directory);
    copy_sample(sample, &folder)?;
    let shown = folder.components().collect::<PathBuf>();
    out.line(&format!("Made the workbench `{}` ({}) in {}:", sample.name, sample.summary, shown.display()))?;
    for (path, _) in sample.files {
        out.line(&format!("  {path}"))?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, find};

    #[test]
    fn what_init_makes_is_found_and_opens() {
        for sample in &SAMPLES {
            let home = tempfile::tempdir().unwrap();
            let mut bytes = Vec::new();
            let arguments = InitArguments { directory: PathBuf::from("new/place"), sample: sample.name.to_owned() };
            init(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap();
            let root = home.path().join("new/place");
            assert_eq!(find(&root.join("data")), Some(root.clone()));
            Workbench::open(&root, Known::default()).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("fourfold.toml") && text.contains("data/test.jsonl"), "{text}");
        }
    }
}
