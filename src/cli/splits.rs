//! `fourfold data splits`: how many rows each split has, how they came about, what holds them so, and what has leaked.

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::place::Place;
use super::rows::{fault, shown};
use super::{Exit, Fault, Output};
use crate::config::{Known, MANIFEST, Workbench, short_pin, with_pin};
use crate::data::{Cases, Leaks, Split};
use crate::prompt::{Overwrite, PromptFile};
use crate::run::Session;

/// Leaked pairs that are shown.
const PAIRS: usize = 5;

/// Arguments of `fourfold data splits`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct SplitsArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// One object of JSON
    #[arg(long)]
    pub json: bool,
    /// Write the pin of the splits as they are now into fourfold.toml: other rows, or rows split otherwise, are refused from then on
    #[arg(long)]
    pub pin: bool,
}

/// Prints how many rows each split has, how they came about, the pin, and what has leaked.
pub(super) fn splits<W: Write>(
    arguments: &SplitsArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    out.go_on_alone();
    let mut session = super::session_at(arguments.place.named(), current)?;
    if arguments.pin {
        session = pinned(&session)?;
    }
    let faults = &session.splits.faults;
    // Rows that cannot be read are no rows of train, as far as anybody knows.
    let leaks = match session.leaks() {
        Ok(leaks) => Some(leaks),
        Err(_) if !faults.is_empty() => None,
        Err(error) => return Err(fault(&error)),
    };
    let leaked = leaks.is_some_and(|leaks| leaks.count > 0 && !session.workbench.data.leaks.allow);
    let refused = leaked || !faults.is_empty();
    let there = [Split::Train, Split::Dev, Split::Test]
        .into_iter()
        .filter_map(|split| Some((split, session.splits.get(split)?)));
    if arguments.json {
        let splits: serde_json::Map<String, serde_json::Value> = there
            .map(|(split, rows)| {
                let file = shown(&session.workbench.root, rows.set().path());
                let hash = rows.set().hash().to_hex().to_string();
                (split.as_str().to_owned(), json!({ "rows": rows.count(), "file": file, "content": hash }))
            })
            .collect();
        let faults: Vec<serde_json::Value> = faults
            .iter()
            .map(|fault| {
                let of: Vec<&str> = fault.of.iter().map(|split| split.as_str()).collect();
                let file = shown(&session.workbench.root, &fault.path);
                json!({ "splits": of, "file": file, "error": fault.error.to_string(), "hint": fault.error.hint() })
            })
            .collect();
        let allowed = session.workbench.data.leaks.allow;
        out.json(&json!({
            "splits": splits, "drawn": session.splits.statement, "pin": session.splits.pin, "faults": faults,
            "leaks": leaks.map(|leaks| json!({
                "count": leaks.count, "of": leaks.of, "threshold": leaks.threshold, "allowed": allowed,
            })),
        }))?;
    } else {
        for (split, rows) in there {
            let file = shown(&session.workbench.root, rows.set().path());
            let hash: String = rows.set().hash().to_hex().chars().take(16).collect();
            out.line(&format!("{:<5} {:>9} rows  {file} ({hash}…)", split.as_str(), rows.count()))?;
            if !rows.set().left_out().is_empty() {
                let names = rows.set().left_out().join(", ");
                out.line(&format!("  left out of every row, for they hold bytes and no text: {names}"))?;
            }
            if rows.set().ids_are_unsure() {
                out.line("  so many rows that not every id was compared: two rows of one id may have gone unnoticed")?;
            }
        }
        for fault in faults {
            let file = shown(&session.workbench.root, &fault.path);
            out.line(&format!("{:<5} cannot be used  {file}", fault.splits()))?;
            out.line(&format!("  {}", fault.error))?;
            out.line(&format!("  {}", fault.error.hint()))?;
        }
        if let Some(statement) = &session.splits.statement {
            out.line(statement)?;
        }
        pin_told(&session, out)?;
        match leaks {
            Some(leaks) => tell(leaks, out)?,
            None => out.line("Whether test rows are train rows cannot be said before that is mended.")?,
        }
    }
    Ok(if refused { Exit::Failure } else { Exit::Success })
}

/// What holds the splits as they are.
fn pin_told<W: Write>(session: &Session, out: &mut Output<W>) -> Result<(), Fault> {
    let Some(pin) = session.splits.pin.as_deref() else { return Ok(()) };
    let pin = short_pin(pin);
    let holds = session.workbench.data.split.as_ref().is_some_and(|plan| plan.pin.is_some());
    out.line(&if holds {
        format!("Pinned ({pin}): other rows, or rows split otherwise, are refused.")
    } else {
        format!("To hold them so: `fourfold data splits --pin` writes `pin = \"{pin}\"` into fourfold.toml.")
    })
}

/// The session with its splits pinned as they are, and fourfold.toml saying so.
fn pinned(session: &Session) -> Result<Session, Fault> {
    let Some(pin) = session.splits.pin_now() else {
        let hint =
            "A pin holds splits that are made of one file by `split`; a run keeps to its files by their content."
                .to_owned();
        return Err(Fault::Asked { what: "the workbench draws no splits to pin".to_owned(), hint });
    };
    let root = &session.workbench.root;
    let path = root.join(MANIFEST);
    let text = std::fs::read_to_string(&path)?;
    let changed =
        with_pin(&text, root, pin).map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })?;
    if changed != text {
        let saved = PromptFile::new(&path, &text).save(&changed, Overwrite::IfUnchanged);
        saved.map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
    }
    let workbench = Workbench::open(root, Known::default());
    let workbench = workbench.map_err(|error| Fault::Asked { what: error.to_string(), hint: error.hint() })?;
    Ok(session.reopened(workbench))
}

fn tell<W: Write>(leaks: &Leaks, out: &mut Output<W>) -> Result<(), Fault> {
    let Some(statement) = leaks.statement() else {
        if leaks.of == 0 {
            return Ok(());
        }
        let share = leaks.threshold * 100.0;
        return out.line(&format!(
            "No test row is a train row, or shares {share:.0} % of its three-word sequences with one."
        ));
    };
    out.line(&format!("Leaked: {statement}."))?;
    for leak in leaks.pairs.iter().take(PAIRS) {
        out.line(&format!("  {leak}"))?;
    }
    let more = leaks.count.saturating_sub(PAIRS);
    if more > 0 { out.line(&format!("  and {more} more")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn printed(run: impl FnOnce(&mut Output<&mut Vec<u8>>) -> Result<Exit, Fault>) -> (Exit, String) {
        let mut bytes = Vec::new();
        let exit = run(&mut Output::new(&mut bytes)).unwrap();
        (exit, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn splits_of_one_file_are_told_with_their_pin_and_their_leaks() {
        let home = tempfile::tempdir().unwrap();
        let mut rows: Vec<String> = (0..50)
            .map(|n| format!("what is the {n}th thing of {} kinds that somebody asked for,{n}", n * 7))
            .collect();
        rows[49] = rows[3].replace("somebody", "someone");
        fs::write(home.path().join("all.csv"), format!("question,answer\n{}\n", rows.join("\n"))).unwrap();
        let write = |more: &str| {
            let text =
                format!("version = 1\n[data]\nfile = \"all.csv\"\nsplit = {{ test = 10, dev = 5, seed = 1{more} }}\n");
            fs::write(home.path().join("fourfold.toml"), text).unwrap();
        };
        write("");
        let arguments = SplitsArguments { place: Place::default(), json: false, pin: false };
        let (_, text) = printed(|out| splits(&arguments, home.path(), out));
        for part in
            ["train        35 rows  all.csv", "all.csv: 35 train, 5 dev, 10 test rows, drawn with seed 1", "pin = \""]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let json = SplitsArguments { place: Place::default(), json: true, pin: false };
        let (_, text) = printed(|out| splits(&json, home.path(), out));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let pin = value["pin"].as_str().unwrap().to_owned();
        write(&format!(", pin = \"{pin}\""));
        printed(|out| splits(&arguments, home.path(), out));
        write(", pin = \"0000\"");
        let (exit, text) = printed(|out| splits(&arguments, home.path(), out));
        assert_eq!(exit, Exit::Failure);
        assert!(text.contains("train, dev and test cannot be used  all.csv"), "{text}");
        assert!(text.contains("`fourfold data splits --pin` holds to these instead"), "{text}");

        let hold = SplitsArguments { pin: true, ..arguments.clone() };
        let (_, text) = printed(|out| splits(&hold, home.path(), out));
        assert!(text.contains(&format!("Pinned ({}): other rows", &pin[..16])), "{text}");
        let manifest = fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        assert!(manifest.contains(&format!("seed = 1, pin = \"{}\" }}", &pin[..16])), "{manifest}");
        printed(|out| splits(&hold, home.path(), out));
        assert_eq!(fs::read_to_string(home.path().join("fourfold.toml")).unwrap(), manifest, "done once");

        // Every row of train, all but the last word, in a test file of its own.
        let almost = rows.join("\n").replace("asked for,", "asked about,");
        fs::write(home.path().join("test.csv"), format!("question,answer\n{almost}\n")).unwrap();
        let files = "version = 1\n[data]\nfile = { train = \"all.csv\", test = \"test.csv\" }\n";
        fs::write(home.path().join("fourfold.toml"), files).unwrap();
        let (exit, text) = printed(|out| splits(&arguments, home.path(), out));
        assert_eq!(exit, Exit::Failure);
        assert!(text.contains(" of 50 test rows are train rows, or share 80 % with one."), "{text}");
        assert!(text.contains("is to 82 % train row"), "{text}");
        let refused = splits(&hold, home.path(), &mut Output::new(Vec::new()));
        assert!(matches!(refused, Err(Fault::Asked { what, .. }) if what.contains("draws no splits to pin")));
    }
}
