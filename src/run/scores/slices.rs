//! The primary metric by the values of a data column. Always exploratory: the more one slices, the more differs by chance.

use std::collections::BTreeMap;

use super::column::{Column, ColumnKind};
use super::source::{ArmAnswers, Source};
use super::table::{Figures, difference};
use crate::config::did_you_mean;
use crate::run::NotAsked;
use crate::run::compare::Looking;
use crate::stats::{Interval, Settings, benjamini_hochberg, wording};

/// Values that get a slice of their own; the rest is put together.
const MOST: usize = 12;
/// Parts of a column of many numbers, with equally many cases.
const PARTS: usize = 4;
/// The rest.
const OTHERS: &str = "(all others)";

/// One arm in one slice.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceCell {
    /// By itself; `None` without a case.
    pub figures: Option<Figures>,
    /// Against the baseline; `None` for the baseline itself, and where they share no case.
    pub against: Option<SliceAgainst>,
}

/// One arm against the baseline in one slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceAgainst {
    /// The difference.
    pub difference: f64,
    /// Its interval: of this slice alone.
    pub interval: Option<Interval>,
    /// The p-value, adjusted over all slices and arms.
    pub q: f64,
    /// Over how many cases.
    pub n: usize,
    /// Cases that only one of the two has a score on.
    pub left_out: usize,
}

/// The cases with one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The value, or the part of the numbers.
    pub value: String,
    /// Places of its cases in the split, from 0, in order.
    pub places: Vec<usize>,
    /// The arms in the source's order.
    pub cells: Vec<SliceCell>,
}

/// A column sliced.
#[derive(Clone, Debug, PartialEq)]
pub struct Sliced {
    /// The tests its p-values come from, each once.
    pub tested_by: Vec<&'static str>,
    /// Whether the cases were looked at after every one.
    pub at_every_look: bool,
    /// Which.
    pub column: String,
    /// Its slices: numbers in their order, other values the most frequent first.
    pub slices: Vec<Slice>,
    /// Comparisons that were adjusted together.
    pub tests: usize,
    /// Cases without a value of this column, or with a long one.
    pub without: usize,
}

/// The columns with which something can be sliced: more than one value, and not one for each case.
pub fn sliceable(source: &Source) -> Vec<String> {
    let mut names: Vec<String> = source.cases.iter().flat_map(|case| case.columns.keys().cloned()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| parts(source, name).is_ok());
    names
}

/// The values of the slices in order, and under which of them each case stands.
type Parts = (Vec<String>, BTreeMap<String, String>);

/// The value under which each case of a column stands, in the order of the slices.
fn parts(source: &Source, column: &str) -> Result<Parts, NotAsked> {
    let values: Vec<(&str, &str)> =
        source.cases.iter().filter_map(|case| Some((case.id.as_str(), case.columns.get(column)?.as_str()))).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, value) in &values {
        *counts.entry(value).or_default() += 1;
    }
    let refuse = |what: String| NotAsked { what, hint: "Choose a column whose values several cases share.".to_owned() };
    if counts.is_empty() {
        let mut known: Vec<&str> =
            source.cases.iter().flat_map(|case| case.columns.keys().map(String::as_str)).collect();
        known.sort_unstable();
        known.dedup();
        return Err(NotAsked {
            what: format!("no case has a short value called `{column}`"),
            hint: did_you_mean(column, &known, "column"),
        });
    }
    if counts.len() == 1 {
        return Err(refuse(format!("all cases have the same value of `{column}`")));
    }
    let numbers: Option<Vec<f64>> =
        values.iter().map(|(_, value)| value.parse::<f64>().ok().filter(|it| it.is_finite())).collect();
    if let Some(numbers) = numbers.filter(|_| counts.len() > MOST) {
        return Ok(numeric(&values, &numbers));
    }
    if counts.len() == values.len() {
        return Err(refuse(format!("every case has a value of `{column}` of its own")));
    }
    let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
    order.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    let own: Vec<String> = order.iter().take(MOST).map(|(value, _)| (*value).to_owned()).collect();
    let of = |value: &str| if own.iter().any(|own| own == value) { value.to_owned() } else { OTHERS.to_owned() };
    let placed = values.iter().map(|(id, value)| ((*id).to_owned(), of(value))).collect();
    let rest = order.len() > MOST;
    Ok((own.into_iter().chain(rest.then(|| OTHERS.to_owned())).collect(), placed))
}

/// Numbers in parts with equally many cases; equal numbers stay together.
fn numeric(values: &[(&str, &str)], numbers: &[f64]) -> Parts {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut ends: Vec<f64> = (1..=PARTS)
        .filter_map(|part| sorted.get((sorted.len() * part).div_ceil(PARTS).saturating_sub(1)).copied())
        .collect();
    ends.dedup();
    let mut low = sorted.first().copied().unwrap_or_default();
    let mut names = Vec::new();
    for end in &ends {
        names.push(if low < *end { format!("{low} to {end}") } else { format!("{end}") });
        low = sorted.iter().copied().find(|value| value > end).unwrap_or(*end);
    }
    let of = |number: f64| {
        let place = ends.iter().position(|end| number <= *end).unwrap_or(ends.len().saturating_sub(1));
        names.get(place).cloned().unwrap_or_default()
    };
    let placed = values.iter().zip(numbers).map(|((id, _), number)| ((*id).to_owned(), of(*number))).collect();
    (names.clone(), placed)
}

/// The primary metric of every arm by the values of `column`, against the baseline within each.
pub fn slices(source: &Source, column: &str, settings: &Settings) -> Result<Sliced, NotAsked> {
    let (order, placed) = parts(source, column)?;
    let columns = Column::of(source);
    let primary =
        columns.first().filter(|column| column.is_primary && column.kind == ColumnKind::Score).ok_or_else(|| {
            NotAsked {
                what: "there is no primary metric to slice".to_owned(),
                hint: "Name one under [score] in fourfold.toml.".to_owned(),
            }
        })?;
    let mut slices = Vec::new();
    let mut tested_by: Vec<&'static str> = Vec::new();
    for value in order {
        let within = |arm: &ArmAnswers| ArmAnswers {
            arm: arm.arm.clone(),
            prompt_hash: arm.prompt_hash.clone(),
            cases: arm
                .cases
                .iter()
                .filter(|(id, _)| placed.get(*id) == Some(&value))
                .map(|(id, samples)| (id.clone(), samples.clone()))
                .collect(),
            missing: arm.missing.clone(),
        };
        let arms: Vec<ArmAnswers> = source.arms.iter().map(within).collect();
        let cells = arms.iter().enumerate().map(|(place, arm)| {
            let values = super::table::in_order(source, primary, arm);
            let figures = super::table::figures(primary, &values, source.looking(), settings);
            let against = arms.first().filter(|_| place > 0).and_then(|baseline| {
                let (rows, left_out) = super::table::pairs(source, primary, arm, baseline);
                let (change, interval, p, test) = difference(primary, &rows, source.looking(), settings)?;
                if !tested_by.contains(&test) {
                    tested_by.push(test);
                }
                Some(SliceAgainst { difference: change, interval, q: p, n: rows.len(), left_out })
            });
            SliceCell { figures, against }
        });
        let of_it = source.cases.iter().filter(|case| placed.get(&case.id) == Some(&value));
        let mut places: Vec<usize> = of_it.map(|case| case.index).collect();
        places.sort_unstable();
        slices.push(Slice { value: value.clone(), places, cells: cells.collect() });
    }
    slices.retain(|slice| slice.cells.iter().any(|cell| cell.figures.is_some()));
    let p: Vec<f64> = slices.iter().flat_map(|slice| &slice.cells).filter_map(|cell| Some(cell.against?.q)).collect();
    let mut adjusted = benjamini_hochberg(&p).into_iter();
    for cell in slices.iter_mut().flat_map(|slice| &mut slice.cells) {
        if let (Some(against), true) = (&mut cell.against, adjusted.len() > 0) {
            against.q = adjusted.next().unwrap_or(1.0);
        }
    }
    Ok(Sliced {
        tested_by,
        at_every_look: source.looking() != Looking::Once,
        column: column.to_owned(),
        slices,
        tests: p.len(),
        without: source.cases.len() - placed.len(),
    })
}

impl Sliced {
    /// What stands above it everywhere.
    pub fn label(&self, settings: &Settings) -> String {
        let without = match self.without {
            0 => String::new(),
            1 => "; 1 case has no short value of it".to_owned(),
            many => format!("; {many} cases have no short value of it"),
        };
        format!(
            "By {}: exploratory, no verdict; {} intervals, p after Benjamini-Hochberg over {} comparisons{without}.",
            self.column,
            wording::percent(settings.confidence),
            self.tests
        )
    }

    /// How the differences were made: test, n, what was left out, and why a p-value need not agree with an interval.
    pub fn why(&self) -> String {
        let against = || self.slices.iter().flat_map(|slice| &slice.cells).filter_map(|cell| cell.against);
        let (Some(least), Some(most)) = (against().map(|it| it.n).min(), against().map(|it| it.n).max()) else {
            return "why: nothing is compared.".to_owned();
        };
        let n = if least == most { format!("n = {least}") } else { format!("n = {least} to {most}") };
        let left_out = match against().map(|it| it.left_out).max() {
            None | Some(0) => "no case left out".to_owned(),
            Some(1) => "at most 1 case of a slice left out, scored of one arm only".to_owned(),
            Some(many) => format!("at most {many} cases of a slice left out, scored of one arm only"),
        };
        let looks = if self.at_every_look { " at every look" } else { "" };
        format!(
            "why: {}{looks}, over the cases of a slice that both arms have a score on, {n}; {left_out}. An interval speaks of its slice \
             alone, p is adjusted over all of them and by a test of its own: the one may leave out 0 where the other says nothing.",
            self.tested_by.join(", ")
        )
    }

    /// Each slice with its arms, a line each.
    pub fn in_words(&self, arms: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        for slice in &self.slices {
            lines.push(format!("{} = {}", self.column, slice.value));
            for (arm, cell) in arms.iter().zip(&slice.cells) {
                lines.push(format!("  {arm}: {}", cell.in_words()));
            }
        }
        lines
    }
}

impl SliceCell {
    /// In words: mean, interval, n, and what it is against the baseline.
    pub fn in_words(&self) -> String {
        let Some(figures) = self.figures else { return "no answer of this machine".to_owned() };
        let interval = figures.interval.map_or_else(String::new, |it| format!(" ({:.3} to {:.3})", it.low, it.high));
        let against = self.against.map_or_else(String::new, |against| {
            let SliceAgainst { difference, interval, q, n, .. } = against;
            let interval = interval.map_or_else(String::new, |it| {
                format!(" ({} to {})", wording::signed(it.low), wording::signed(it.high))
            });
            let n = if n == figures.n { String::new() } else { format!(", n = {n}") };
            format!("; {}{interval}, {}{n}", wording::signed(difference), wording::p_value(q))
        });
        format!("{:.3}{interval}, n = {}{against}", figures.mean, wording::grouped(figures.n as u64))
    }
}
