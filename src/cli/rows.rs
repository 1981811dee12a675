//! `fourfold data show`: what is in the files.

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::place::Place;
use super::{Exit, Fault, Output, SplitChoice};
use crate::data::{Case, Cases, DataError, RowFilter, RowSeen, Sorter, Split, SplitRows, Splits};
use crate::run::Session;
use crate::state::LeakMarks;

/// Characters of a value that are shown on a page; `--json` gives all.
const SHOWN: usize = 200;

/// Arguments of `fourfold data show`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ShowArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// Which rows
    #[arg(long, value_enum, default_value_t = SplitChoice::Dev)]
    pub split: SplitChoice,
    /// How many rows
    #[arg(long, default_value_t = 3, value_name = "NUMBER")]
    pub rows: usize,
    /// The first of them, from 1
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub from: u64,
    /// Only rows in which this text stands, whatever its letter case
    #[arg(long, value_name = "TEXT")]
    pub find: Option<String>,
    /// Only rows that pass: a text, `column = value` (also != < <= > >= and ~ for "holds"), several with ` & ` between
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Order them by this column, numbers as numbers
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// The other way round
    #[arg(long, requires = "sort")]
    pub down: bool,
    /// One line of JSON for each row
    #[arg(long)]
    pub json: bool,
}

pub(super) fn fault(error: &DataError) -> Fault {
    Fault::Failed { what: error.to_string(), hint: error.hint() }
}

pub(super) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn split_of(splits: &Splits, split: Split) -> Result<&SplitRows, Fault> {
    splits.look(split).map_err(|error| fault(&error))?.ok_or_else(|| {
        let hint = "Name the files under [data] in fourfold.toml, or draw splits from one with `split`.".to_owned();
        Fault::Asked { what: format!("the workbench has no {} rows", split.as_str()), hint }
    })
}

/// Prints what a split's file is, and some of its rows as prompts get them.
pub(super) fn show<W: Write>(arguments: &ShowArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.place.named(), current)?;
    let split = Split::from(arguments.split);
    let rows = split_of(&session.splits, split)?;
    if !arguments.json {
        head(&session, split, rows, out)?;
    }
    let wanted = arguments.find.as_ref().map(|text| text.to_lowercase());
    let (mut left, first) = (arguments.rows, usize::try_from(arguments.from).unwrap_or(usize::MAX) - 1);
    let order = arranged(arguments, &session, split)?;
    let count = order.as_ref().map_or_else(|| rows.count(), Vec::len);
    for place in first..count {
        if left == 0 {
            break;
        }
        let index = order.as_ref().and_then(|order| order.get(place)).map_or(place, |row| *row as usize);
        let case = rows.case(index).map_err(|error| fault(&error))?;
        if wanted.as_ref().is_some_and(|text| !holds(&case, text)) {
            continue;
        }
        left -= 1;
        if arguments.json {
            let case = serde_json::to_value(&case).map_err(std::io::Error::from)?;
            out.json(&json!({ "split": split, "row": index + 1, "case": case }))?;
        } else {
            page(index, &case, out)?;
        }
    }
    if left == arguments.rows && (wanted.is_some() || arguments.filter.is_some()) {
        out.line(if wanted.is_some() { "No row holds that text." } else { "No row passes the filter." })?;
        return Ok(Exit::Failure);
    }
    Ok(Exit::Success)
}

/// The rows that are asked for in their order, where these are not all as they stand.
fn arranged(arguments: &ShowArguments, session: &Session, split: Split) -> Result<Option<Vec<u32>>, Fault> {
    let rows = split_of(&session.splits, split)?;
    let columns = rows.set().columns();
    let asked = |what: String, hint: &str| Fault::Asked { what, hint: hint.to_owned() };
    let typed = arguments.filter.as_deref().unwrap_or_default();
    let filter = RowFilter::parse(typed, columns)
        .map_err(|what| asked(format!("--filter: {what}"), "See `fourfold data show --help`."))?;
    if let Some(column) = arguments.sort.as_ref().filter(|column| !columns.contains(column)) {
        let columns = columns.join(", ");
        return Err(asked(format!("there is no column `{column}`"), &format!("Its columns: {columns}.")));
    }
    if filter.is_none() && arguments.sort.is_none() {
        return Ok(None);
    }
    if filter.as_ref().is_some_and(RowFilter::asks_for_marks) {
        let hint = "Rows are marked with x in the data pane, and only as long as that is open.";
        return Err(asked("--filter: no row is marked here".to_owned(), hint));
    }
    let leaks = match &filter {
        Some(filter) if filter.asks_for_leaks() => {
            LeakMarks::new(&session.leaks().map_err(|error| fault(&error))?.places)
        }
        _ => LeakMarks::default(),
    };
    let mut reader = rows.set().reader();
    let mut sorter = Sorter::new(arguments.down);
    let mut kept = Vec::new();
    for place in 0..rows.count() {
        let Some(row) = rows.row_in_file(place) else { break };
        let row = reader.read(row).map_err(|error| fault(&error))?;
        let values = row.values.as_ref().map_err(String::as_str);
        let seen =
            RowSeen { values, marked: false, faulty: row.fault.is_some(), leaked: leaks.of((split, place)).is_some() };
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        match &arguments.sort {
            _ if filter.as_ref().is_some_and(|filter| !filter.holds(seen)) => {}
            Some(column) => sorter.push(place, values.ok().and_then(|values| values.get(column))),
            None => kept.push(place),
        }
    }
    Ok(Some(if arguments.sort.is_some() { sorter.order() } else { kept }))
}

fn head<W: Write>(session: &Session, split: Split, rows: &SplitRows, out: &mut Output<W>) -> Result<(), Fault> {
    let set = rows.set();
    let file = shown(&session.workbench.root, set.path());
    out.line(&format!("{file}: {}, {} {} rows of {}", set.format(), rows.count(), split.as_str(), set.count()))?;
    let references = match set.references() {
        1 => "1 row has a reference".to_owned(),
        count => format!("{count} rows have a reference"),
    };
    out.line(&format!("layout {}; {references}", set.layout().as_str()))?;
    let mapping = set.mapping();
    let role = |column: &str| {
        let named = [
            ("reference", &mapping.reference),
            ("id", &mapping.id),
            ("turns", &mapping.turns),
            ("answer", &mapping.answer),
        ];
        let found = named.iter().find(|(_, name)| name.as_deref() == Some(column)).map(|(role, _)| *role);
        match found {
            Some(role) => format!("{column} ({role})"),
            None if mapping.choices.iter().any(|name| name == column) => format!("{column} (choices)"),
            None if mapping.hide.iter().any(|name| name == column) => format!("{column} (hidden)"),
            None => column.to_owned(),
        }
    };
    let columns: Vec<String> = set.columns().iter().map(|column| role(column)).collect();
    out.line(&format!("columns: {}", columns.join(", ")))?;
    if !set.left_out().is_empty() {
        out.line(&format!("left out, for they hold bytes and no text: {}", set.left_out().join(", ")))?;
    }
    out.line(&format!("content {}", set.hash().to_hex()))
}

fn page<W: Write>(index: usize, case: &Case, out: &mut Output<W>) -> Result<(), Fault> {
    out.line("")?;
    out.line(&format!("row {} · {}", index + 1, one_line(&case.id)))?;
    for turn in &case.turns {
        out.line(&format!("  {}: {}", turn.role.as_str(), one_line(&turn.content)))?;
    }
    for (name, value) in &case.variables {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.line(&format!("  {name}: {}", one_line(&text)))?;
    }
    match &case.reference {
        Some(reference) => out.line(&format!("  → {}", one_line(reference))),
        None => out.line("  → (no reference)"),
    }
}

/// A value on one line, cut where a page would be full of it; control characters are shown, not sent.
fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|one| if one.is_control() { one.escape_default().collect() } else { vec![one] })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        line.push('…');
    }
    line
}

fn holds(case: &Case, text: &str) -> bool {
    let said = |value: &str| value.to_lowercase().contains(text);
    case.variables.values().any(|value| value.as_str().map_or_else(|| said(&value.to_string()), said))
        || case.turns.iter().any(|turn| said(&turn.content))
        || case.reference.as_deref().is_some_and(said)
        || said(&case.id)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{SAMPLES, copy_sample};

    fn printed(run: impl FnOnce(&mut Output<&mut Vec<u8>>) -> Result<Exit, Fault>) -> (Exit, String) {
        let mut bytes = Vec::new();
        let exit = run(&mut Output::new(&mut bytes)).unwrap();
        (exit, String::from_utf8(bytes).unwrap())
    }

    fn show_arguments() -> ShowArguments {
        ShowArguments {
            place: Place::default(),
            split: SplitChoice::Test,
            rows: 2,
            from: 2,
            find: None,
            filter: None,
            sort: None,
            down: false,
            json: false,
        }
    }

    #[test]
    fn rows_are_shown_as_prompts_get_them() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let (exit, text) = printed(|out| show(&show_arguments(), home.path(), out));
        assert_eq!(exit, Exit::Success);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].replace('\\', "/"), "data/test.jsonl: JSON lines, 200 test rows of 200");
        assert_eq!(lines[1], "layout plain; 200 rows have a reference");
        assert_eq!(lines[2], "columns: id, text, answer (reference)");
        assert!(text.contains("row 2 · test-002\n  text: Voicemail 9:15, Nina") && text.contains("row 3 · test-003"));
        assert!(!text.contains("test-004"));

        let find =
            ShowArguments { find: Some("nina, WARSAW".into()), from: 1, rows: 1, json: true, ..show_arguments() };
        let (_, text) = printed(|out| show(&find, home.path(), out));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((line["row"].as_u64(), line["case"]["id"].as_str()), (Some(2), Some("test-002")));
        let find = ShowArguments { find: Some("nowhere in it".into()), ..show_arguments() };
        assert_eq!(printed(|out| show(&find, home.path(), out)).0, Exit::Failure);
        let sorted = ShowArguments {
            filter: Some("text ~ kettle & id > test-100".into()),
            sort: Some("id".into()),
            down: true,
            rows: 500,
            from: 1,
            json: true,
            ..show_arguments()
        };
        let (_, text) = printed(|out| show(&sorted, home.path(), out));
        let ids: Vec<String> = text
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["case"]["id"].as_str().unwrap().to_owned()
            })
            .collect();
        assert!(
            !ids.is_empty() && ids.is_sorted_by(|a, b| a > b) && ids.iter().all(|id| id.as_str() > "test-100"),
            "{ids:?}"
        );
        let marked = ShowArguments { filter: Some("marked".into()), ..show_arguments() };
        let refused = show(&marked, home.path(), &mut Output::new(Vec::new()));
        assert!(matches!(refused, Err(Fault::Asked { what, .. }) if what.contains("no row is marked here")));
        // A train row that is a test row as well.
        let (train, test) = (home.path().join("data/train.jsonl"), home.path().join("data/test.jsonl"));
        let fifth = fs::read_to_string(test).unwrap().lines().nth(4).unwrap().replace("test-005", "train-x");
        fs::write(&train, format!("{}{fifth}\n", fs::read_to_string(&train).unwrap())).unwrap();
        let leaked = ShowArguments { filter: Some("leaked".into()), rows: 9, from: 1, json: true, ..show_arguments() };
        let (_, text) = printed(|out| show(&leaked, home.path(), out));
        assert!(text.lines().count() == 1 && text.contains("\"row\":5"), "{text}");
        let wrong = ShowArguments { sort: Some("txt".into()), ..show_arguments() };
        let refused = show(&wrong, home.path(), &mut Output::new(Vec::new()));
        assert!(matches!(refused, Err(Fault::Asked { what, .. }) if what.contains("`txt`")));
    }
}
