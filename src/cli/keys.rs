//! `fourfold keys`: where each provider's key comes from, keeping one for its owner only, and what a workbench may do with
//! keys. A key is read from standard input or typed unseen; never from an argument, which every process could see.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Fault, Output};
use crate::app::keys_of_user;
use crate::model::{KEY_OWNERS, Key, Keys, ModelError};
use crate::terminal::unseen::{Typed, type_unseen};

/// Arguments of `fourfold keys`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct KeysArguments {
    /// What to do; `list` unless said
    #[command(subcommand)]
    pub command: Option<KeysCommand>,
}

/// What `fourfold keys` can do.
#[derive(Clone, Debug, Subcommand, PartialEq, Eq)]
pub enum KeysCommand {
    /// Show which providers have a key, and where it comes from; never the key
    List {
        /// One line of JSON for each provider
        #[arg(long)]
        json: bool,
    },
    /// Keep a key, read from standard input or typed unseen, in a file that only you can read
    Set {
        /// The provider, such as openai, or a name for `api_key = { file = "NAME" }`
        name: String,
        /// Keep it in the system's keyring instead
        #[arg(long)]
        keyring: bool,
    },
    /// Remove a kept key
    Remove {
        /// The name it was kept under
        name: String,
    },
    /// Let a workbench run the commands and use the keys that its fourfold.toml names
    Allow {
        /// A workbench folder, or one inside it; the current folder unless said
        #[arg(long, value_name = "FOLDER")]
        workbench: Option<PathBuf>,
    },
}

fn failed(error: &ModelError) -> Fault {
    Fault::Failed { what: error.to_string(), hint: error.hint() }
}

/// Lists, keeps, removes or allows.
pub(super) fn keys<W: Write>(arguments: KeysArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let own = || keys_of_user().map_err(|error| Fault::Asked { what: error.what, hint: error.hint });
    match arguments.command.unwrap_or(KeysCommand::List { json: false }) {
        KeysCommand::List { json } => list(&own()?, json, out),
        KeysCommand::Set { name, keyring } => {
            let Some(key) = read_key(&name)? else { return Ok(Exit::Interrupted) };
            set(&own()?, &name, &key, keyring, out)
        }
        KeysCommand::Remove { name } => {
            let gone = own()?.forget(&name).map_err(|error| failed(&error))?;
            out.line(&if gone { format!("The key {name} is gone.") } else { format!("No key was kept as {name}.") })?;
            Ok(if gone { Exit::Success } else { Exit::Failure })
        }
        KeysCommand::Allow { workbench } => {
            let session = super::session_at(workbench.as_deref(), current)?;
            let allowed = session.allow_keys().map_err(|error| failed(&error))?;
            if allowed.is_empty() {
                out.line("This workbench wants nothing that needs leave.")?;
            }
            for wish in allowed {
                out.line(&format!("Allowed in this folder: {wish}."))?;
            }
            Ok(Exit::Success)
        }
    }
}

fn list<W: Write>(keys: &Keys, json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    let kept = keys.kept();
    let width = kept.iter().map(|name| name.len() + 2).chain([12]).max().unwrap_or(0);
    for owner in KEY_OWNERS {
        let source = keys.source_of(owner).map(|source| source.in_words());
        if json {
            out.json(&json!({ "name": owner.name, "host": owner.host, "source": source }))?;
        } else {
            let source = source.unwrap_or_else(|| format!("none; looked for in {}", owner.variables.join(", ")));
            out.line(&format!("{:<width$}{source}", owner.name))?;
        }
    }
    for name in kept.iter().filter(|name| KEY_OWNERS.iter().all(|owner| owner.name != name.as_str())) {
        if json {
            out.json(&json!({ "name": name, "source": format!("the key file {name}") }))?;
        } else {
            out.line(&format!("{name:<width$}the key file {name}; used where a model says {{ file = \"{name}\" }}"))?;
        }
    }
    Ok(Exit::Success)
}

fn set<W: Write>(keys: &Keys, name: &str, key: &Key, keyring: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    if keyring {
        keys.keep_in_keyring(name, key).map_err(|error| failed(&error))?;
        out.line(&format!("The key is in the keyring as {name}."))?;
    } else {
        let path = keys.keep(name, key).map_err(|error| failed(&error))?;
        out.line(&format!("The key is in {}, for you alone.", path.display()))?;
    }
    Ok(Exit::Success)
}

/// The key from standard input, or typed unseen; `None` where the person gave up.
fn read_key(name: &str) -> Result<Option<Key>, Fault> {
    let text = if io::stdin().is_terminal() {
        match type_unseen(&format!("The key for {name} (it is not shown): "))? {
            Typed::Text(text) => text,
            Typed::GivenUp => return Ok(None),
        }
    } else {
        let mut text = String::new();
        io::stdin().take(64 * 1024).read_to_string(&mut text)?;
        text
    };
    Key::new(&text, "standard input")
        .map(Some)
        .map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        keys: KeysArguments,
    }

    #[test]
    fn arguments_as_documented_and_no_place_for_a_key_among_them() {
        let parse = |arguments: &[&str]| {
            Alone::try_parse_from(std::iter::once(&"keys").chain(arguments)).map(|alone| alone.keys.command)
        };
        assert_eq!(parse(&[]).unwrap(), None);
        assert_eq!(parse(&["set", "x"]).unwrap(), Some(KeysCommand::Set { name: "x".to_owned(), keyring: false }));
        assert!(parse(&["set", "x", "sk-canary"]).is_err());
    }

    #[test]
    fn a_kept_key_is_listed_by_its_place_only() {
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::new(Some(home.path().join("keys")), BTreeMap::new());
        let mut bytes = Vec::new();
        let mut out = Output::new(&mut bytes);
        set(&keys, "gateway", &Key::new("sk-canary", "standard input").unwrap(), false, &mut out).unwrap();
        list(&keys, false, &mut out).unwrap();
        list(&keys, true, &mut out).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("for you alone") && text.contains("{ file = \"gateway\" }"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}
