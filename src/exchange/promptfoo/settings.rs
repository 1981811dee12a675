//! How the other tool evaluates: what `[run]` of a workbench says as well.

use super::{Reader, Source};
use crate::prompt::YamlNode;

/// The most that `[run]` takes of either.
const MOST: u64 = 1_000;

/// What goes under `[run]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunSettings {
    /// Trials of each arm on each case.
    pub(super) repeats: Option<u64>,
    /// Trials under way at a time.
    pub(super) concurrency: Option<u64>,
}

impl RunSettings {
    /// Takes `evaluateOptions` or `commandLineOptions` in; what is said later stands.
    pub(super) fn take(&mut self, reader: &mut Reader, source: &Source, name: &str, options: &YamlNode) {
        for entry in options.entries() {
            let what = format!("`{}` of `{name}`", entry.key);
            let place = match entry.key.as_str() {
                "repeat" => &mut self.repeats,
                "maxConcurrency" => &mut self.concurrency,
                _ => {
                    reader.leave(source, entry.key_range.start, &what, "it is a setting of the other tool");
                    continue;
                }
            };
            match entry.value.to_json().as_u64().filter(|count| (1..=MOST).contains(count)) {
                Some(count) => *place = Some(count),
                None => reader.leave(source, entry.key_range.start, &what, "a number from 1 to 1000 is taken here"),
            }
        }
    }
}
