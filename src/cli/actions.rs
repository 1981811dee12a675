//! `fourfold actions`: the table of actions as Markdown, from which the README's table is made.

use std::io::Write;

use super::{Exit, Fault, Output};
use crate::app::{Scope, TABLE};

/// Prints a row for each action that has a key.
pub(super) fn actions<W: Write>(out: &mut Output<W>) -> Result<Exit, Fault> {
    out.line("| where | keys | does |")?;
    out.line("|---|---|---|")?;
    for scope in Scope::ALL {
        for row in TABLE.iter().filter(|row| row.scope == scope && !row.keys.is_empty()) {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            out.line(&format!("| {} | {} | {} |", scope.title(), keys.join(" "), row.help))?;
        }
    }
    Ok(Exit::Success)
}
