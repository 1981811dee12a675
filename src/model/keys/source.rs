//! Where one key lives, as a settings file names it. The key itself is never here.

use std::path::PathBuf;

use super::{command, file, keyring};
use crate::model::{Key, ModelError};

/// A place that holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The environment variable of this name.
    Env(String),
    /// What this command prints; it is run without a shell.
    Command(String),
    /// The entry of this name in the system's keyring.
    Keyring(String),
    /// A file that only its owner can read: a path, or the bare name of one that `fourfold keys set` wrote.
    File(PathBuf),
}

impl KeySource {
    /// The source in words. Names and commands are no secrets; what they lead to is.
    pub fn in_words(&self) -> String {
        match self {
            Self::Env(name) => format!("the environment variable {name}"),
            Self::Command(line) => format!("the command `{line}`"),
            Self::Keyring(name) => format!("the keyring entry `{name}`"),
            Self::File(path) => format!("the key file {}", path.display()),
        }
    }

    /// Reads the key. `folder` is where bare names of key files are looked for.
    pub(super) fn read(&self, folder: Option<&std::path::Path>) -> Result<Key, ModelError> {
        match self {
            Self::Env(name) => Key::from_environment(name),
            Self::Command(line) => Key::new(&command::output(line, command::PATIENCE)?, self.in_words()),
            Self::Keyring(name) => Key::new(&keyring::read(name)?, self.in_words()),
            Self::File(path) => {
                let path = file::locate(path, folder)?;
                Key::new(&file::read(&path)?, format!("the key file {}", path.display()))
            }
        }
    }
}

/// A fault of a key's source: nothing has been sent.
pub(super) fn fault(reason: impl Into<String>, hint: impl Into<String>) -> ModelError {
    ModelError::Invalid { reason: reason.into(), hint: hint.into() }
}
