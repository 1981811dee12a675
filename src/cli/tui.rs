//! Arguments of the terminal screen, which is what starts without a subcommand.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Fault, Output, TapeArguments};
use crate::app::{self, Left};
use crate::config::settings::{Location, Settings};
use crate::config::{self, Opened, SAMPLES};
use crate::model::cassette::Pace;

/// Arguments of `fourfold` alone.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct TuiArguments {
    /// A workbench folder, or a prompt inside one; else the workbench around the current folder, else a sample
    pub path: Option<PathBuf>,
    /// The cassette
    #[command(flatten)]
    pub tape: TapeArguments,
}

/// The workbench to open, and how it was come by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// Found at or above the path.
    Found(PathBuf),
    /// A copy of the default sample, because there is none.
    Sample(Opened),
}

impl Located {
    /// The workbench's folder.
    pub fn root(&self) -> &Path {
        match self {
            Self::Found(root) => root,
            Self::Sample(opened) => opened.root(),
        }
    }
}

impl TuiArguments {
    /// Finds the workbench from `current`. A folder without a fourfold.toml is one too where it is named or holds
    /// Prompty files; without any and without a path, a sample is copied under `home`.
    pub fn locate(&self, current: &Path, home: Option<&Path>) -> Result<Located, Fault> {
        let start = self.path.as_ref().map_or_else(|| current.to_owned(), |path| current.join(path));
        if !start.exists() {
            let what = format!("there is no {}", start.display());
            return Err(Fault::Asked { what, hint: "Name a workbench folder or a prompt in one.".to_owned() });
        }
        if let Some(root) = config::find(&start) {
            return Ok(Located::Found(root));
        }
        let folder = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
        let bare = match &self.path {
            // A prompt beside a file of rows does not make a prompt of it.
            Some(_) if start.is_file() && crate::data::is_data(&start) => false,
            Some(_) => !app::prompts(folder).is_empty(),
            // Any folder may hold notes; only a Prompty file says that it is about prompts.
            None => app::prompts(folder).iter().any(|name| name.ends_with(".prompty")),
        };
        if bare {
            return Ok(Located::Found(std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())));
        }
        let (None, Some(home)) = (&self.path, home) else {
            let what = format!("there is neither a workbench at or above {} nor a prompt in it", start.display());
            let hint = if start.is_file() {
                format!(
                    "If it holds rows of yours, `fourfold init FOLDER --data {}` makes a workbench of them.",
                    start.display()
                )
            } else {
                "Make one with `fourfold init`, or put a .prompty, .md, .txt or .j2 file there.".to_owned()
            };
            return Err(Fault::Asked { what, hint });
        };
        Ok(Located::Sample(config::open_sample(&SAMPLES[0], home)?))
    }
}

/// Opens the screen and stays until the person quits.
pub(super) fn open<W: Write>(arguments: &TuiArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let home = config::sample_home();
    let located = arguments.locate(current, home.as_deref())?;
    let location = Location::of_user();
    let settings = match &location {
        Some(location) => {
            Settings::load(location).map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })?
        }
        None => Settings::default(),
    };
    let file = location.map_or_else(PathBuf::new, |location| location.file);
    let root = located.root().to_path_buf();
    let sample = matches!(located, Located::Sample(_));
    let named = arguments.path.as_ref().map(|path| current.join(path)).filter(|path| path.is_file());
    let tape = arguments.tape.choice(current, Pace::AsItWas);
    match app::start(&root, named.as_deref(), sample, settings, (&file, &tape)) {
        Ok(Left { signal: Some(signal), .. }) => Ok(Exit::Signalled(signal.exit_code())),
        Ok(Left { signal: None, goes_on, run }) => {
            if let Some(run) = run {
                out.line(&format!(
                    "Run {run} is not done. `fourfold run {} --resume {run}` goes on with it, and so does g in the matrix.",
                    root.display()
                ))?;
            }
            if let Some(name) = goes_on {
                out.line(&format!(
                    "The training of {name} goes on by itself. `fourfold tune {} --name {name} --resume` looks on; \
                     --pause or --cancel instead of --resume pauses it or gives it up.",
                    root.display()
                ))?;
            }
            if let Located::Sample(Opened::Copied(_)) = located {
                out.line(&format!("The sample workbench is in {}; your answers are kept there.", root.display()))?;
            }
            Ok(Exit::Success)
        }
        Err(error) if error.usage => Err(Fault::Asked { what: error.what, hint: error.hint }),
        Err(error) => Err(Fault::Failed { what: error.what, hint: error.hint }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_above_else_the_sample_else_a_refusal() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("bench");
        config::copy_sample(&SAMPLES[1], &root).unwrap();
        let home = place.path().join("home");
        let alone = TuiArguments::default();
        let found = Located::Found(root.clone());
        assert_eq!(alone.locate(&root.join("data"), Some(&home)).unwrap(), found);
        let named = TuiArguments { path: Some(PathBuf::from("bench/triage.prompty")), ..TuiArguments::default() };
        assert_eq!(named.locate(place.path(), Some(&home)).unwrap(), found);

        let sample = alone.locate(place.path(), Some(&home)).unwrap();
        assert_eq!(sample, Located::Sample(Opened::Copied(home.join("orders"))));
        assert!(sample.root().join("fourfold.toml").is_file());

        let wrong = TuiArguments { path: Some(PathBuf::from("bnech")), ..TuiArguments::default() };
        let fault = wrong.locate(place.path(), Some(&home)).unwrap_err();
        assert!(fault.to_string().contains("bnech"), "{fault}");
        let bare = place.path().join("bare");
        std::fs::create_dir(&bare).unwrap();
        std::fs::write(bare.join("ask.md"), "Say {{ word }}.").unwrap();
        let named = TuiArguments { path: Some(PathBuf::from("bare/ask.md")), ..TuiArguments::default() };
        assert_eq!(named.locate(place.path(), Some(&home)).unwrap(), Located::Found(bare.clone()));
        assert!(matches!(alone.locate(&bare, Some(&home)).unwrap(), Located::Sample(_)), "notes are no workbench");
        std::fs::write(bare.join("ask.prompty"), "user:\nSay {{ word }}.").unwrap();
        assert_eq!(alone.locate(&bare, Some(&home)).unwrap(), Located::Found(bare));
        let outside = TuiArguments { path: Some(PathBuf::from("home")), ..TuiArguments::default() };
        let fault = outside.locate(place.path(), Some(&home)).unwrap_err();
        assert!(fault.hint().contains("fourfold init"), "{fault}");
        std::fs::write(place.path().join("rows.csv"), "text,answer\na,b\n").unwrap();
        std::fs::write(place.path().join("notes.md"), "no prompt of these rows").unwrap();
        let rows = TuiArguments { path: Some(PathBuf::from("rows.csv")), ..TuiArguments::default() };
        let hint = rows.locate(place.path(), Some(&home)).unwrap_err().hint();
        assert!(hint.contains("init FOLDER --data ") && hint.contains("rows.csv"), "{hint}");
    }
}
