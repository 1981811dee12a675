//! Where a workbench's questions have been sent before: remembered in `.fourfold/`, so that the first time is told.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use reqwest::Url;

use crate::config::{prepare_program_folder, program_folder};
use crate::model::{Key, is_loopback};

/// The file in the program's folder: one address a line.
const FILE: &str = "sent-to";

/// The addresses that were told of, in this process or before.
#[derive(Debug, Default)]
pub(super) struct FirstUses {
    told: Mutex<BTreeSet<String>>,
}

impl FirstUses {
    /// Whether this process has not asked there yet.
    pub(super) fn is_new(&self, base_url: &str) -> bool {
        !self.told.lock().unwrap_or_else(PoisonError::into_inner).contains(base_url)
    }

    /// One line about what goes where (`what`: "each question's messages"), the first time that the workbench at `root`
    /// asks `base_url`.
    pub(super) fn tell(&self, root: &Path, base_url: &str, key: Option<&Key>, what: &str) -> Option<String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.insert(base_url.to_owned()) {
            return None;
        }
        let file = program_folder(root).join(FILE);
        let known = fs::read_to_string(&file).unwrap_or_default();
        if known.lines().any(|line| line == base_url) {
            return None;
        }
        // Where nothing can be written the next start tells it again, which is no harm.
        if prepare_program_folder(root).is_ok()
            && let Ok(mut file) = OpenOptions::new().create(true).append(true).open(&file)
        {
            let _ = writeln!(file, "{base_url}");
        }
        Some(in_words(base_url, key, what))
    }
}

fn in_words(base_url: &str, key: Option<&Key>, what: &str) -> String {
    let here = Url::parse(base_url).is_ok_and(|url| is_loopback(&url));
    let place = if here { "on this machine" } else { "outside of this machine" };
    let key = key.map_or_else(|| "no key".to_owned(), |key| format!("the key from {}", key.source()));
    format!("First use in this folder: {what} go to {base_url}, {place}, with {key}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "each question's messages";

    #[test]
    fn an_address_is_told_once_in_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let uses = FirstUses::default();
        let key = Key::new("sk-canary", "the environment variable K").unwrap();
        let told = uses.tell(root.path(), "https://api.openai.com/v1", Some(&key), WHAT).unwrap();
        assert_eq!(
            told,
            "First use in this folder: each question's messages go to https://api.openai.com/v1, outside of this machine, \
             with the key from the environment variable K."
        );
        assert_eq!(uses.tell(root.path(), "https://api.openai.com/v1", Some(&key), WHAT), None);
        let again = FirstUses::default();
        assert_eq!(
            again.tell(root.path(), "https://api.openai.com/v1", None, WHAT),
            None,
            "it is remembered in the folder"
        );
        let told = again.tell(root.path(), "http://127.0.0.1:8080/v1", None, WHAT).unwrap();
        assert!(told.contains("on this machine, with no key"), "{told}");
        assert!(
            FirstUses::default()
                .tell(tempfile::tempdir().unwrap().path(), "http://127.0.0.1:8080/v1", None, WHAT)
                .is_some()
        );
    }
}
