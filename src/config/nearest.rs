//! "Did you mean": the known name most like a mistyped one.

use crate::prompt::nearest;

/// A hint for an unknown name: the nearest known one, else all of them.
pub fn did_you_mean(name: &str, known: &[&str], noun: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if known.is_empty() => format!("There is no {noun} here yet."),
        None => format!("Known here: {}.", known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")),
    }
}
