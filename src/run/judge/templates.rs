//! The prompts a judge is asked with: built in, or files of the workbench that can be opened and changed like any other prompt.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::question::NotAsked;
use super::super::session::Session;
use crate::prompt::{Prompt, PromptKind};
use crate::score::judge::{PAIRWISE, RUBRIC};

/// What a prompt asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Two answers.
    Pairwise,
    /// One answer.
    Grade,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "judge-pairwise",
            Self::Grade => "judge-grade",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Grade => "grade",
        }
    }

    const fn built_in(self) -> &'static str {
        match self {
            Self::Pairwise => PAIRWISE,
            Self::Grade => RUBRIC,
        }
    }

    /// Without these it would ask about nothing.
    const fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Pairwise => &["first", "second"],
            Self::Grade => &["answer"],
        }
    }

    const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Pairwise => &["task", "reference", "rubric", "first", "second"],
            Self::Grade => &["task", "reference", "rubric", "best", "answer"],
        }
    }
}

/// A prompt's text, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Template {
    /// The workbench's own file, or the built-in text.
    pub(super) fn read(session: &Session, kind: Kind, file: Option<&str>) -> Result<Self, NotAsked> {
        let root = &session.workbench.root;
        let Some(file) = file else {
            return Ok(Self {
                path: root.join(format!("{} (built in)", kind.name())),
                text: kind.built_in().to_owned(),
            });
        };
        let path = root.join(file);
        let text = Session::prompt_text(&path)?;
        let prompt = Prompt::parse(&text, PromptKind::of(&path));
        let names = prompt.variables();
        if let Some(lacking) = kind.needed().iter().find(|needed| !names.contains(needed)) {
            return Err(NotAsked::new(
                &format!("{file} does not use {{{{ {lacking} }}}}: a judge asked with it would see nothing to judge"),
                format!("Put {{{{ {lacking} }}}} where the answer belongs."),
            ));
        }
        if let Some(strange) = names.iter().find(|name| !kind.known().contains(name)) {
            return Err(NotAsked::new(
                &format!("{file} uses {{{{ {strange} }}}}, which a judge is not given"),
                format!("It is given {}.", kind.known().join(", ")),
            ));
        }
        Ok(Self { path, text })
    }
}

/// Writes the built-in prompts into the workbench at `root`, for changing; the lines that name them in `[judge]`. What is there
/// already stays.
pub fn write_templates(root: &Path) -> Result<Vec<String>, NotAsked> {
    [Kind::Pairwise, Kind::Grade]
        .into_iter()
        .map(|kind| {
            let file = format!("{}.prompty", kind.name());
            let path = root.join(&file);
            let text = format!(
                "---\nname: {}\ndescription: What the judge is asked.\ntemplate:\n  format:\n    kind: jinja2\n  parser:\n    \
                 kind: prompty\n---\nuser:\n{}\n",
                kind.name(),
                kind.built_in()
            );
            let written = OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut made| made.write_all(text.as_bytes()));
            match written {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    Err(NotAsked::new(&format!("cannot write {}: {error}", path.display()), "Check the folder's permissions."))
                }
                _ => Ok(format!("{} = \"{file}\"", kind.key())),
            }
        })
        .collect()
}
