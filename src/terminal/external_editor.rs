//! The person's own editor on a prompt: VISUAL, then EDITOR, then the setting.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};

use super::guard::Guard;
use super::reader::InputReader;

/// Why the editor's result could not be taken. The text being edited is untouched.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// No editor is named anywhere.
    #[error("no editor is set")]
    NotSet,
    /// The command cannot be split into words.
    #[error("the editor command `{command}` has an unclosed quote")]
    Unsplittable {
        /// As it was set.
        command: String,
    },
    /// The program cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program says it failed.
    #[error("`{program}` ended with {status}; the text is unchanged")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: ExitStatus,
    },
    /// The file for the editor cannot be made or read back.
    #[error("{}: {source}", path.display())]
    File {
        /// The temporary file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The terminal could not be given away or taken back.
    #[error("the terminal could not be handed over: {0}")]
    Terminal(#[from] io::Error),
}

impl EditorError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotSet => "set VISUAL or EDITOR, or `editor` in the settings file".into(),
            Self::Unsplittable { .. } => "quote it as for a shell: editor = \"'my editor' --wait\"".into(),
            Self::NotStarted { .. } => "check VISUAL, EDITOR or `editor` in the settings file".into(),
            Self::Failed { .. } => "leave the editor without an error to keep the edit".into(),
            Self::File { .. } => "if the file is still there, your edit is in it".into(),
            Self::Terminal(_) => "start the program again; drafts are kept".into(),
        }
    }
}

/// The words of the editor command: VISUAL, then EDITOR, then `setting`.
pub fn command(setting: Option<&str>) -> Result<Vec<String>, EditorError> {
    choose([env::var("VISUAL").ok(), env::var("EDITOR").ok(), setting.map(str::to_owned)])
}

fn choose(candidates: [Option<String>; 3]) -> Result<Vec<String>, EditorError> {
    let command = candidates.into_iter().flatten().find(|text| !text.trim().is_empty()).ok_or(EditorError::NotSet)?;
    match shlex::split(&command) {
        Some(words) if !words.is_empty() => Ok(words),
        _ => Err(EditorError::Unsplittable { command }),
    }
}

/// Hands the terminal to the editor with `text` in a file ending in `extension`, and takes both back.
///
/// Afterwards the whole screen must be drawn again. The result is meant to be one undo step.
pub async fn edit(
    guard: &Guard,
    reader: &mut InputReader,
    command: Vec<String>,
    text: String,
    extension: String,
) -> Result<String, EditorError> {
    reader.pause();
    let left = guard.leave();
    let edited = match left {
        Ok(()) => tokio::task::spawn_blocking(move || run(&command, &text, &extension))
            .await
            .map_err(|error| EditorError::Terminal(io::Error::other(error)))
            .flatten(),
        Err(error) => Err(error.into()),
    };
    // Whatever came of it, the screen is the program's again; keys meant for the editor are dropped.
    reader.discard_typed();
    let entered = guard.enter();
    reader.resume();
    entered?;
    edited
}

/// Runs the editor and reads the result.
fn run(command: &[String], text: &str, extension: &str) -> Result<String, EditorError> {
    let (program, arguments) = command.split_first().ok_or(EditorError::NotSet)?;
    let folder = private_folder()?;
    let outcome = run_in(&folder, program, arguments, text, extension);
    if !matches!(outcome, Err(EditorError::File { .. })) {
        // Left behind it would be a stray file of the person's own text, readable by them alone.
        let _ = fs::remove_dir_all(&folder);
    }
    outcome
}

fn run_in(
    folder: &Path,
    program: &str,
    arguments: &[String],
    text: &str,
    extension: &str,
) -> Result<String, EditorError> {
    let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
    let path = folder.join("prompt").with_extension(extension);
    let file_error = |source| EditorError::File { path: path.clone(), source };
    fs::write(&path, text).map_err(file_error)?;
    let status = Command::new(program)
        .args(arguments)
        .arg(&path)
        .status()
        .map_err(|source| EditorError::NotStarted { program: program.into(), source })?;
    if !status.success() {
        return Err(EditorError::Failed { program: program.into(), status });
    }
    let edited = fs::read_to_string(&path).map_err(file_error)?;
    let edited = edited.replace("\r\n", "\n");
    // Most editors end a file with a line end; where there was none before, it is not the person's.
    Ok(match edited.strip_suffix('\n') {
        Some(without) if !text.ends_with('\n') => without.to_owned(),
        _ => edited,
    })
}

/// A new folder that only this user can read.
fn private_folder() -> Result<PathBuf, EditorError> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    #[cfg_attr(not(unix), allow(unused_mut, reason = "there are no modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = env::temp_dir().join(format!("fourfold-edit-{}-{number}", std::process::id()));
        match builder.create(&path) {
            Ok(()) => return Ok(path),
            // Someone else's folder of that name is never used.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(EditorError::File { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        shlex::split(text).unwrap()
    }

    #[test]
    fn the_first_editor_that_is_set_is_taken_and_split_as_a_shell_would() {
        let set = |text: &str| Some(text.to_owned());
        assert_eq!(choose([set("vim -f"), set("nano"), None]).unwrap(), ["vim", "-f"]);
        assert_eq!(choose([set(" "), set("'my editor' --wait"), None]).unwrap(), ["my editor", "--wait"]);
        assert_eq!(choose([None, None, set("hx")]).unwrap(), ["hx"]);
        assert!(matches!(choose([None, None, None]), Err(EditorError::NotSet)));
        assert!(matches!(choose([set("'vim"), None, None]), Err(EditorError::Unsplittable { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn what_the_editor_writes_is_what_comes_back() {
        // The appended line end is the editor's, not the person's.
        assert_eq!(run(&words("sh -c 'echo more >> \"$0\"'"), "text ", "prompty").unwrap(), "text more");
        assert_eq!(run(&words("sh -c 'echo more >> \"$0\"'"), "text\n", "md").unwrap(), "text\nmore\n");
        assert_eq!(run(&words("true"), "é日\n", "md").unwrap(), "é日\n");
        let name = run(&words("sh -c 'echo \"$0\" > \"$0\"'"), "", "pro/../mpty").unwrap();
        assert!(name.ends_with("/prompt.prompty"), "{name}");
        assert!(!Path::new(&name).exists(), "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_editor_changes_nothing_and_says_why() {
        let failed = run(&words("sh -c 'echo lost > \"$0\"; exit 3'"), "text", "md").unwrap_err();
        assert_eq!(failed.to_string(), "`sh` ended with exit status: 3; the text is unchanged");
        let missing = run(&words("no-such-editor-anywhere"), "text", "md").unwrap_err();
        assert!(matches!(missing, EditorError::NotStarted { .. }), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    fn text_that_cannot_be_read_back_is_kept_in_its_file() {
        let error = run(&words("sh -c 'printf \"\\377\" > \"$0\"'"), "text", "md").unwrap_err();
        let EditorError::File { path, .. } = &error else { panic!("{error}") };
        assert_eq!(fs::read(path).unwrap(), [0xFF]);
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
