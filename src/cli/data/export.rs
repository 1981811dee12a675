//! `fourfold data export`: a split as training examples, in the form that a hosted service takes.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::counted;
use crate::cli::place::Place;
use crate::cli::{Exit, Fault, Output, SplitChoice};
use crate::files::WholeFile;
use crate::tune::{ChatFormat, TuneError, TuneRows, chat_line, each_example};

/// Arguments of `fourfold data export`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ExportArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// The arm whose prompt and strategy ask; give it again to write every row as each of them asks
    #[arg(long = "arm", value_name = "ARM", required = true)]
    pub arms: Vec<String>,
    /// Which rows
    #[arg(long, value_enum, default_value_t = SplitChoice::Train)]
    pub split: SplitChoice,
    /// The form of a line: chat (OpenAI, Azure, Together, Fireworks), mistral, vertex or bedrock
    #[arg(long, value_enum, default_value_t = FormatChoice::Chat)]
    pub format: FormatChoice,
    /// Write a new file instead of to the screen; never overwrites
    #[arg(long, short = 'o', visible_alias = "output", value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A form of training file by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatChoice {
    /// {"messages": [...]}: OpenAI, Azure, Together, Fireworks and most trainers
    Chat,
    /// The same with strictly alternating turns
    Mistral,
    /// {"systemInstruction", "contents"}: Vertex AI
    Vertex,
    /// {"system", "messages"}, strictly alternating: Bedrock
    Bedrock,
}

impl From<FormatChoice> for ChatFormat {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Chat => Self::Chat,
            FormatChoice::Mistral => Self::Mistral,
            FormatChoice::Vertex => Self::Vertex,
            FormatChoice::Bedrock => Self::Bedrock,
        }
    }
}

/// Writes lines to a file or to the screen. A row that the service would refuse ends it, named.
pub(super) fn export<W: Write>(
    arguments: &ExportArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let session = crate::cli::session_at(arguments.place.named(), current)?;
    let arms: Vec<&str> = arguments.arms.iter().map(String::as_str).collect();
    let format = ChatFormat::from(arguments.format);
    let mut file = match &arguments.out {
        None => None,
        Some(path) => Some(NewFile::create(current.join(path))?),
    };
    let mut lines = 0_u64;
    let mut broken = None;
    let rows = TuneRows::of_split(&session, arguments.split.into())
        .map_err(|error| crate::cli::adapters::tune_fault(&error))?;
    let made = each_example(&session, &arms, &rows, |index, example| {
        let line = chat_line(format, &example.messages, &example.answer).map_err(|reason| {
            let what = format!("row {} (`{}`): {reason}", index + 1, example.row);
            TuneError::asked(
                what,
                format!("The form {} does not take that; mend the row or the prompt.", format.as_str()),
            )
        })?;
        let written = match &mut file {
            Some(file) => file.line(&line),
            None => out.json(&line),
        };
        lines += 1;
        written.map_err(|fault| {
            let error = TuneError::failed(fault.to_string(), fault.hint());
            broken = Some(fault);
            error
        })
    });
    if let Some(fault) = broken {
        return Err(fault);
    }
    let (_, without_answer) = made.map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
    if let Some(file) = file {
        let path = file.finish()?;
        let left = if without_answer > 0 {
            format!("; {without_answer} rows without an answer left out")
        } else {
            String::new()
        };
        out.line(&format!("Wrote {} to {}{left}.", counted(lines, "example"), path.display()))?;
    }
    Ok(Exit::Success)
}

/// A file that appears under its name only when it is whole.
struct NewFile {
    file: WholeFile,
    path: PathBuf,
}

impl NewFile {
    fn create(path: PathBuf) -> Result<Self, Fault> {
        if path.symlink_metadata().is_ok() {
            let hint = "Name another file; nothing was written.".to_owned();
            return Err(Fault::Asked { what: format!("{} is there already", path.display()), hint });
        }
        let file = WholeFile::create(&path).map_err(|error| unwritable(&path, &error))?;
        Ok(Self { file, path })
    }

    fn line(&mut self, value: &serde_json::Value) -> Result<(), Fault> {
        let written = serde_json::to_writer(&mut self.file, value).map_err(std::io::Error::from);
        written.and_then(|()| self.file.write_all(b"\n")).map_err(|error| unwritable(&self.path, &error))
    }

    fn finish(self) -> Result<PathBuf, Fault> {
        self.file.place().map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.path)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    let hint = "Check that the folder may be written to and that the disk has room.".to_owned();
    Fault::Failed { what: format!("cannot write {}: {error}", path.display()), hint }
}
