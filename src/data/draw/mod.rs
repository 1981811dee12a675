//! Splits out of one file: by a column that names them, or drawn. A draw is the same on every machine for the same rows
//! and seed, keeps equal rows together, and can be pinned.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::Cases;
use super::case::Split;
use super::digest::short;
use super::error::{DataError, RowFault};
use super::set::DataSet;
use super::splits::{SplitRows, drawn_dev};
use crate::prompt::nearest;

/// How many row faults are spelled out.
const FAULTS_LISTED: usize = 8;

/// How splits are made of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitPlan {
    /// By what.
    pub by: SplitBy,
    /// The pin the result must have, or the beginning of it.
    pub pin: Option<String>,
}

/// By what rows are split.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitBy {
    /// The value of a column: `train`, `dev` (or `validation`, `val`, `valid`, `eval`), `test`.
    Column(String),
    /// A draw.
    Draw(Draw),
}

/// A draw of dev and test rows; the rest is train.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// How much goes to dev.
    pub dev: Part,
    /// How much goes to test.
    pub test: Part,
    /// Another seed, another draw.
    pub seed: u64,
    /// What the draw keeps to.
    pub keep: Keep,
}

/// What a draw keeps to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: every row has the same chance.
    #[default]
    Nothing,
    /// The shares of this column's values, in every split.
    Shares(String),
    /// Rows with the same value of this column stay together.
    Groups(String),
    /// The order of this column: the last rows are test, those before dev.
    Time(String),
}

/// A part of the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A share between 0 and 1.
    Share(f64),
    /// So many rows.
    Rows(usize),
}

impl Part {
    fn of(self, rows: usize) -> usize {
        match self {
            Self::Share(share) => (rows as f64 * share).round() as usize,
            Self::Rows(count) => count.min(rows),
        }
    }
}

/// What a draw knows of a row.
struct Row {
    /// Rows of one unit stay together: equal rows, or a group.
    unit: u64,
    /// The stratum, or nothing.
    stratum: u64,
    /// The place in time, where that counts.
    time: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Time {
    /// A number, and how it was written where that is otherwise than numbers are.
    Number(f64, Option<Box<str>>),
    Text(String),
}

/// The rows of each split, and what is said of them.
pub(super) struct Drawn {
    pub(super) splits: [Vec<u32>; 3],
    pub(super) statement: String,
    pub(super) pin: String,
}

/// Whether the column that a plan names is there, and as many rows as it asks for.
fn fits(set: &DataSet, plan: &SplitPlan) -> Result<(), DataError> {
    let column = match &plan.by {
        SplitBy::Column(column) => Some(column),
        SplitBy::Draw(Draw { keep: Keep::Shares(column) | Keep::Groups(column) | Keep::Time(column), .. }) => {
            Some(column)
        }
        SplitBy::Draw(_) => None,
    };
    let columns = set.columns();
    if let Some(column) = column.filter(|column| !columns.is_empty() && !columns.contains(column)) {
        return Err(DataError::Column {
            path: set.path().to_owned(),
            column: column.clone(),
            role: "split",
            nearest: nearest(column, columns.iter().map(String::as_str)).map(str::to_owned),
            columns: columns.to_vec(),
        });
    }
    if let SplitBy::Draw(Draw { dev, test, .. }) = &plan.by {
        let asked = |part: &Part| if let Part::Rows(rows) = part { *rows } else { 0 };
        let (dev, test, rows) = (asked(dev), asked(test), set.count());
        if dev.saturating_add(test) > rows {
            return Err(DataError::TooFew { path: set.path().to_owned(), rows, dev, test });
        }
    }
    Ok(())
}

/// Splits the rows of `set` as `plan` says.
pub(super) fn draw(set: &DataSet, plan: &SplitPlan) -> Result<Drawn, DataError> {
    fits(set, plan)?;
    let mut contents = Vec::with_capacity(set.count());
    let mut faults = Faults::default();
    let mut assigned: Vec<Split> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for index in 0..set.count() {
        let row = set.row(index)?;
        let content = content(&row);
        contents.push(content);
        match &plan.by {
            SplitBy::Column(column) => match named(&row, column) {
                Ok(split) => assigned.push(split),
                Err(message) => faults.add(index, message),
            },
            SplitBy::Draw(draw) => match known(&row, draw, content) {
                Ok(known) => rows.push(known),
                Err(message) => faults.add(index, message),
            },
        }
    }
    faults.none(set)?;
    if let SplitBy::Draw(draw) = &plan.by {
        assigned = assign(&rows, draw);
    }
    let mut splits = splits_of(&assigned);
    let pin = pin(&contents, &splits);
    if let Some(wanted) = plan.pin.as_deref().filter(|wanted| !pin.starts_with(*wanted)) {
        return Err(DataError::Pinned { path: set.path().to_owned(), wanted: wanted.to_owned(), found: pin });
    }
    let mut statement = statement(set, &plan.by, &splits);
    if let (SplitBy::Draw(draw), [train, dev, _]) = (&plan.by, &splits)
        && dev.is_empty()
        && draw.keep != Keep::Nothing
    {
        // Dev is drawn from train where nobody says how much: rows that are to stay together do so there as well. The pin is
        // of what was asked for.
        let wanted = drawn_dev(train.len());
        let with_dev = Draw { dev: Part::Rows(wanted), ..draw.clone() };
        let drawn = splits_of(&assign(&rows, &with_dev));
        if !drawn[1].is_empty() {
            statement = format!("{statement}; dev: {} of {} train rows, drawn likewise", drawn[1].len(), train.len());
            splits = drawn;
        } else if let Keep::Groups(column) = &draw.keep {
            statement = format!("{statement}; no `{column}` is small enough to be dev as a whole");
        }
    }
    Ok(Drawn { splits, statement, pin })
}

fn assign(rows: &[Row], draw: &Draw) -> Vec<Split> {
    match draw.keep {
        Keep::Time(_) => by_time(rows, draw),
        Keep::Nothing | Keep::Shares(_) | Keep::Groups(_) => by_chance(rows, draw),
    }
}

/// The rows of each split, in order.
fn splits_of(assigned: &[Split]) -> [Vec<u32>; 3] {
    let mut splits = [Vec::new(), Vec::new(), Vec::new()];
    for (index, split) in assigned.iter().enumerate() {
        let [train, dev, test] = &mut splits;
        let into = match split {
            Split::Train => train,
            Split::Dev => dev,
            Split::Test => test,
        };
        into.push(index as u32);
    }
    splits
}

#[derive(Default)]
struct Faults {
    listed: Vec<RowFault>,
    more: u64,
}

impl Faults {
    fn add(&mut self, index: usize, message: String) {
        if self.listed.len() < FAULTS_LISTED {
            self.listed.push(RowFault { row: index as u64 + 1, line: 0, message });
        } else {
            self.more += 1;
        }
    }

    fn none(self, set: &DataSet) -> Result<(), DataError> {
        if self.listed.is_empty() {
            return Ok(());
        }
        Err(DataError::Rows { path: set.path().to_owned(), faults: self.listed, more: self.more })
    }
}

/// A hash of what the row says, its own id apart: the same row under another id is the same row.
fn content(row: &Map<String, Value>) -> u64 {
    let mut fields: Vec<(&String, &Value)> = row.iter().filter(|(name, _)| name.as_str() != "id").collect();
    fields.sort_by_key(|(name, _)| *name);
    let mut hasher = blake3::Hasher::new();
    for (name, value) in fields {
        let value = value.to_string();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        hasher.update(&(value.len() as u64).to_le_bytes()).update(value.as_bytes());
    }
    short(&hasher.finalize())
}

fn said(row: &Map<String, Value>, column: &str) -> Result<String, String> {
    match row.get(column) {
        None => Err(format!("it has no `{column}`")),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(Value::Null) => Ok(String::new()),
        Some(other) => Ok(other.to_string()),
    }
}

fn named(row: &Map<String, Value>, column: &str) -> Result<Split, String> {
    let value = said(row, column)?;
    match value.to_ascii_lowercase().as_str() {
        "train" | "training" => Ok(Split::Train),
        "dev" | "validation" | "val" | "valid" | "eval" | "development" => Ok(Split::Dev),
        "test" | "testing" => Ok(Split::Test),
        "" => Err(format!("`{column}` is empty, not train, dev or test")),
        _ => Err(format!("`{column}` is `{value}`, not train, dev or test")),
    }
}

fn known(row: &Map<String, Value>, draw: &Draw, content: u64) -> Result<Row, String> {
    let hashed = |text: &str| short(&blake3::hash(text.as_bytes()));
    let mut known = Row { unit: content, stratum: 0, time: None };
    match &draw.keep {
        Keep::Nothing => {}
        Keep::Shares(column) => known.stratum = hashed(&said(row, column)?),
        Keep::Groups(column) => known.unit = hashed(&said(row, column)?),
        Keep::Time(column) => {
            let text = said(row, column)?;
            if text.is_empty() {
                return Err(format!("`{column}` is empty"));
            }
            if is_year_last(&text) {
                return Err(format!(
                    "`{column}` is `{text}`: times are put in order as they are written, so a date begins with its year, as in 2024-12-31"
                ));
            }
            known.time = Some(match text.parse::<f64>() {
                Ok(number) => Time::Number(number, (number.to_string() != text).then(|| text.into())),
                Err(_) => Time::Text(text),
            });
        }
    }
    Ok(known)
}

/// Whether a text is a date whose year comes last, such as `3/14/2024` or `14.3.2024`: sorted as texts they are in no order of time.
fn is_year_last(text: &str) -> bool {
    let date = text.split_whitespace().next().unwrap_or_default();
    ['/', '.', '-'].into_iter().any(|sign| {
        let parts: Vec<&str> = date.split(sign).collect();
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        // Of two digits only where a version or a year at the beginning is not written so.
        let is_year = |part: &str| digits(part, 4) && (part.len() == 4 || (sign == '/' && part.len() == 2));
        matches!(parts.as_slice(), [first, second, third] if digits(first, 2) && digits(second, 2) && is_year(third))
    })
}

/// The latest rows are test, those before them dev. Rows of one time stay together as far as the order does.
fn by_time(rows: &[Row], draw: &Draw) -> Vec<Split> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let time = |row: &usize| rows.get(*row).and_then(|row| row.time.clone());
    let as_text = rows.iter().any(|row| matches!(row.time, Some(Time::Text(_))));
    order.sort_by(|left, right| {
        let (left_time, right_time) = (time(left), time(right));
        let order = match (&left_time, &right_time) {
            (Some(Time::Number(a, _)), Some(Time::Number(b, _))) if !as_text => a.total_cmp(b),
            (a, b) => written(a.as_ref()).cmp(&written(b.as_ref())),
        };
        order.then(left.cmp(right))
    });
    let test = draw.test.of(rows.len());
    let dev = draw.dev.of(rows.len()).min(rows.len() - test);
    let mut assigned = vec![Split::Train; rows.len()];
    for (place, row) in order.iter().rev().enumerate() {
        let split = if place < test {
            Split::Test
        } else if place < test + dev {
            Split::Dev
        } else {
            break;
        };
        if let Some(slot) = assigned.get_mut(*row) {
            *slot = split;
        }
    }
    assigned
}

fn written(time: Option<&Time>) -> String {
    match time {
        Some(Time::Number(_, Some(text))) => text.to_string(),
        Some(Time::Number(number, None)) => number.to_string(),
        Some(Time::Text(text)) => text.clone(),
        None => String::new(),
    }
}

/// Ranks units by a hash of their content and the seed and takes whole units, stratum by stratum.
fn by_chance(rows: &[Row], draw: &Draw) -> Vec<Split> {
    let mut sizes: HashMap<u64, (u64, usize)> = HashMap::new();
    for row in rows {
        sizes.entry(row.unit).or_insert((row.stratum, 0)).1 += 1;
    }
    let mut strata: BTreeMap<u64, Vec<(u64, u64, usize)>> = BTreeMap::new();
    for (unit, (stratum, size)) in sizes {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&draw.seed.to_le_bytes()).update(&unit.to_le_bytes());
        strata.entry(stratum).or_default().push((short(&hasher.finalize()), unit, size));
    }
    let mut strata: Vec<Vec<(u64, u64, usize)>> = strata.into_values().collect();
    let totals: Vec<usize> = strata.iter().map(|units| units.iter().map(|unit| unit.2).sum()).collect();
    let test = shared_out(draw.test.of(rows.len()), &totals);
    let rest: Vec<usize> = totals.iter().zip(&test).map(|(total, test)| total - test).collect();
    let dev = shared_out(draw.dev.of(rows.len()).min(rest.iter().sum()), &rest);
    let mut chosen: HashMap<u64, Split> = HashMap::new();
    for ((units, test), dev) in strata.iter_mut().zip(test).zip(dev) {
        units.sort_unstable();
        let (mut test_left, mut dev_left) = (test, dev);
        for (_, unit, size) in units.iter() {
            // A unit larger than what is missing would make the split larger than asked.
            if *size <= test_left {
                test_left -= size;
                chosen.insert(*unit, Split::Test);
            } else if *size <= dev_left {
                dev_left -= size;
                chosen.insert(*unit, Split::Dev);
            }
        }
    }
    rows.iter().map(|row| chosen.get(&row.unit).copied().unwrap_or(Split::Train)).collect()
}

/// Shares `wanted` out in proportion to `totals`, what is left over to the largest remainders.
fn shared_out(wanted: usize, totals: &[usize]) -> Vec<usize> {
    let all: usize = totals.iter().sum();
    if all == 0 {
        return vec![0; totals.len()];
    }
    let exact = |total: &usize| wanted as f64 * *total as f64 / all as f64;
    let mut parts: Vec<usize> = totals.iter().map(|total| exact(total) as usize).collect();
    let mut order: Vec<usize> = (0..totals.len()).collect();
    let remainder = |index: &usize| totals.get(*index).map_or(0.0, |total| exact(total).fract());
    order.sort_by(|left, right| remainder(right).total_cmp(&remainder(left)).then(left.cmp(right)));
    let mut left = wanted.saturating_sub(parts.iter().sum());
    for index in order {
        if left == 0 {
            break;
        }
        if let (Some(part), Some(total)) = (parts.get_mut(index), totals.get(index))
            && *part < *total
        {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

/// A hash of which row, by what it says, is in which split.
fn pin(contents: &[u64], splits: &[Vec<u32>; 3]) -> String {
    let mut hasher = blake3::Hasher::new();
    for rows in splits {
        hasher.update(&(rows.len() as u64).to_le_bytes());
        for row in rows {
            hasher.update(&contents.get(*row as usize).copied().unwrap_or_default().to_le_bytes());
        }
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn statement(set: &DataSet, by: &SplitBy, splits: &[Vec<u32>; 3]) -> String {
    let [train, dev, test] = splits.each_ref().map(Vec::len);
    let how = match by {
        SplitBy::Column(column) => format!("as its column `{column}` says"),
        SplitBy::Draw(draw) => match &draw.keep {
            Keep::Nothing => format!("drawn with seed {}", draw.seed),
            Keep::Shares(column) => format!("drawn with seed {}, stratified by `{column}`", draw.seed),
            Keep::Groups(column) => format!("drawn with seed {}, rows of one `{column}` together", draw.seed),
            Keep::Time(column) => format!("the latest by `{column}`"),
        },
    };
    let name = set.path().file_name().unwrap_or_default().to_string_lossy();
    format!("{name}: {train} train, {dev} dev, {test} test rows, {how}")
}

/// The rows of a split, where it has any.
pub(super) fn rows_of(set: &std::sync::Arc<DataSet>, rows: Vec<u32>) -> Option<SplitRows> {
    (!rows.is_empty()).then(|| SplitRows::part(set, rows))
}

#[cfg(test)]
mod tests;
