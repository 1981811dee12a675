//! `fourfold init`: makes a workbench from a sample, or of rows of one's own.

mod own;
mod texts;

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
    /// Rows of your own in place of a sample: CSV, TSV, JSON lines, JSON or Parquet. It is copied into the workbench
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    pub data: Option<PathBuf>,
    /// The column that holds what is asked, where its name does not say so
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub input: Option<String>,
    /// The column that holds the right answer, where its name does not say so
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub answer: Option<String>,
}

/// Makes the workbench and says where it is and what comes next. Never overwrites a file.
pub fn init<W: Write>(arguments: &InitArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    if let Some(file) = &arguments.data {
        return own::make(arguments, file, current, out);
    }
    let sample = sample(&arguments.sample)?;
    let folder = current.join(&arguments.directory);
    copy_sample(sample, &folder)?;
    let shown = folder.components().collect::<PathBuf>();
    out.line(&format!("Made the workbench `{}` ({}) in {}:", sample.name, sample.summary, shown.display()))?;
    for (path, _) in sample.files {
        out.line(&format!("  {path}"))?;
    }
    let steps = [
        (format!("fourfold{}", arguments.folder()), "opens it"),
        (
            "fourfold init FOLDER --data FILE".to_owned(),
            "makes one of your own rows: what is asked in one column, the right answer in another",
        ),
    ];
    next(&steps, out)
}

impl InitArguments {
    /// The folder as an argument after a command, with a blank before it; nothing where it is the current one.
    fn folder(&self) -> String {
        let folder = self.directory.display().to_string();
        if folder == "." {
            return String::new();
        }
        format!(" {}", shlex::try_quote(&folder).unwrap_or(std::borrow::Cow::Borrowed(&folder)))
    }
}

/// Says what can be done next: commands, each with what it is for.
fn next<W: Write>(steps: &[(String, &str)], out: &mut Output<W>) -> Result<Exit, Fault> {
    let width = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    out.line("Next:")?;
    for (command, what) in steps {
        out.line(&format!("  {command:width$}  {what}"))?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, find};

    pub(super) fn arguments(folder: &str) -> InitArguments {
        let sample = SAMPLES[0].name.to_owned();
        InitArguments { directory: PathBuf::from(folder), sample, data: None, input: None, answer: None }
    }

    #[test]
    fn what_init_makes_is_found_and_opens() {
        for sample in &SAMPLES {
            let home = tempfile::tempdir().unwrap();
            let mut bytes = Vec::new();
            let arguments = InitArguments { sample: sample.name.to_owned(), ..arguments("new/place") };
            init(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap();
            let root = home.path().join("new/place");
            assert_eq!(find(&root.join("data")), Some(root.clone()));
            Workbench::open(&root, Known::default()).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("fourfold.toml") && text.contains("data/test.jsonl"), "{text}");
            assert!(
                text.contains("Next:\n  fourfold new/place ") && text.contains("init FOLDER --data FILE"),
                "{text}"
            );
        }
    }
}
