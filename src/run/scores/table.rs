//! The table: each arm's figure in each column, how its values lie, and what it is against the baseline.

use super::column::{Aim, Column, ColumnKind};
use super::source::{ArmAnswers, Source};
use crate::run::NotAsked;
use crate::run::compare::{self, Comparisons, Looking, Repeats, judged};
use crate::stats::{
    Beside, EveryLook, Figure, Finding, Interval, Looks, Mean, Paired, Settings, benjamini_hochberg, sign_flip, wording,
};

/// Bars of a small distribution.
const BARS: usize = 8;

/// How values lie: counts in equal steps from the lowest to the highest of the column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many in each step.
    pub counts: [usize; BARS],
    /// Where the first begins.
    pub low: f64,
    /// Where the last ends.
    pub high: f64,
}

impl Spread {
    fn of(values: &[f64], (low, high): (f64, f64)) -> Self {
        let mut counts = [0; BARS];
        for value in values {
            let place = if high > low { (value - low) / (high - low) * BARS as f64 } else { 0.0 };
            counts[(place.max(0.0) as usize).min(BARS - 1)] += 1;
        }
        Self { counts, low, high }
    }
}

/// What an arm shows in a column by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Over how many cases.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// Its interval; none of a single value off the scale of scores.
    pub interval: Option<Interval>,
    /// How that was made.
    pub method: &'static str,
}

/// What an arm is against the baseline in a column.
#[derive(Clone, Debug)]
pub enum Against {
    /// On the primary metric: a verdict, within the family of all arms.
    Verdict(Box<compare::Against>),
    /// On any other: exploratory.
    Exploratory {
        /// Cases compared.
        n: usize,
        /// The arm's mean less the baseline's.
        difference: f64,
        /// Its interval.
        interval: Option<Interval>,
        /// The p-value among all exploratory ones of the table, by Benjamini and Hochberg.
        q: f64,
        /// How many those are.
        tests: usize,
        /// Cases that one of the two has nothing to say of.
        left_out: usize,
    },
    /// The arm is the baseline.
    Baseline,
    /// They share no case.
    Nothing,
}

/// One arm in one column.
#[derive(Clone, Debug)]
pub struct Cell {
    /// By itself; `None` where there is no value.
    pub figures: Option<Figures>,
    /// How its values lie.
    pub spread: Spread,
    /// Against the baseline.
    pub against: Against,
}

impl Cell {
    /// Whether a verdict calls the arm better than the baseline, or worse.
    pub fn finding(&self) -> Option<Finding> {
        match &self.against {
            Against::Verdict(against) => Some(against.verdict.finding),
            _ => None,
        }
    }
}

/// Arms x columns.
#[derive(Clone, Debug)]
pub struct ScoreTable {
    /// The columns, the primary metric first.
    pub columns: Vec<Column>,
    /// The arms' names, the baseline first.
    pub arms: Vec<String>,
    /// Row by row: an arm's cells in the order of the columns.
    pub rows: Vec<Vec<Cell>>,
    /// Cases with an answer, by arm.
    pub answered: Vec<usize>,
    /// Cases of the split.
    pub planned: usize,
    /// How the figures were made.
    pub settings: Settings,
    /// How often they may be looked at.
    pub looks: Looks,
}

impl ScoreTable {
    /// Makes every figure of the table.
    pub fn of(source: &Source, settings: &Settings) -> Result<Self, NotAsked> {
        let columns = Column::of(source);
        let Some((baseline, others)) = source.arms.split_first() else {
            return Err(NotAsked {
                what: "the workbench has no arms".to_owned(),
                hint: "Add [[arm]] tables to fourfold.toml.".to_owned(),
            });
        };
        let verdicts = verdicts(source, baseline, others, settings)?;
        let ranges: Vec<(f64, f64)> = columns.iter().map(|column| range(column, source)).collect();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for (place, arm) in source.arms.iter().enumerate() {
            let cells = columns.iter().zip(&ranges).map(|(column, range)| {
                let values = in_order(source, column, arm);
                let against = match (place, column.is_primary) {
                    (0, _) => Against::Baseline,
                    (_, true) => verdicts
                        .arms
                        .iter()
                        .find(|against| against.arm == arm.arm)
                        .map_or(Against::Nothing, |against| Against::Verdict(Box::new(against.clone()))),
                    (_, false) => exploratory(source, column, (arm, baseline), settings),
                };
                Cell {
                    figures: figures(column, &values, source.looking(), settings),
                    spread: Spread::of(&values, *range),
                    against,
                }
            });
            rows.push(cells.collect());
        }
        adjust(&mut rows);
        Ok(Self {
            columns,
            arms: source.arms.iter().map(|arm| arm.arm.clone()).collect(),
            rows,
            answered: source
                .arms
                .iter()
                .map(|arm| arm.cases.values().filter(|samples| !samples.is_empty()).count())
                .collect(),
            planned: source.cases.len(),
            settings: *settings,
            looks: if source.looking() == Looking::Once { Looks::Once } else { Looks::Every },
        })
    }

    /// The cell of an arm in a column.
    pub fn cell(&self, arm: usize, column: usize) -> Option<&Cell> {
        self.rows.get(arm)?.get(column)
    }

    /// Everything behind a figure: test, n, seed, what was left out and how many.
    pub fn why(&self, arm: usize, column: usize) -> Vec<String> {
        let (Some(cell), Some(column), Some(name)) =
            (self.cell(arm, column), self.columns.get(column), self.arms.get(arm))
        else {
            return Vec::new();
        };
        let baseline = self.arms.first().map_or("", String::as_str);
        let mut lines = Vec::new();
        let aim = if column.aim() == Aim::Lower { "; lower is better" } else { "" };
        lines.push(cell.figures.map_or_else(
            || format!("{name} has no {} yet; speaks of {}{aim}.", column.name, column.speaks_of()),
            |figures| {
                let interval = figures.interval.map_or_else(
                    || "no interval of one value".to_owned(),
                    |interval| {
                        format!(
                            "{} interval {} to {}, {}",
                            wording::percent(self.settings.confidence),
                            column.in_words(interval.low),
                            column.in_words(interval.high),
                            figures.method
                        )
                    },
                );
                format!(
                    "{name}, {}: {} over n = {} of {}, {interval}; speaks of {}{aim}.",
                    column.name,
                    column.in_words(figures.mean),
                    wording::grouped(figures.n as u64),
                    wording::cases(self.planned as u64),
                    column.speaks_of()
                )
            },
        ));
        match &cell.against {
            Against::Baseline => lines.push("The baseline: the others are compared with it.".to_owned()),
            Against::Nothing => lines.push(format!("No case in common with {baseline}.")),
            Against::Verdict(against) => {
                let compare::Against { paired, verdict, left_out, sensitivity, .. } = &**against;
                lines.push(wording::comparison(name, baseline, paired, verdict, &self.settings));
                lines.push(wording::why(paired, verdict, &self.settings, *left_out));
                lines.extend(wording::missing(sensitivity.as_ref(), verdict.finding));
                lines.extend(wording::provisional(paired.n, self.planned, verdict.looks));
            }
            Against::Exploratory { n, difference, interval, q, tests, left_out } => {
                let interval = interval.map_or_else(String::new, |interval| {
                    format!(
                        ", {} interval {} to {}",
                        wording::percent(self.settings.confidence),
                        difference_in_words(column, interval.low),
                        difference_in_words(column, interval.high)
                    )
                });
                let scored = matches!(column.kind, ColumnKind::Score | ColumnKind::Consistency);
                let test = if scored && self.looks == Looks::Every { "sequential test" } else { "sign-flip test" };
                let left_out = if *left_out == 0 {
                    "no case left out".to_owned()
                } else {
                    format!("left out: {}", wording::grouped(*left_out as u64))
                };
                lines.push(format!(
                    "Exploratory, no verdict: {} against {baseline}{interval}; {test}, {} after Benjamini-Hochberg over {tests}; n = {}; \
                     seed {}; {left_out}.",
                    difference_in_words(column, *difference),
                    wording::p_value(*q),
                    wording::grouped(*n as u64),
                    self.settings.seed
                ));
            }
        }
        lines
    }
}

/// A difference of a column's values, with its sign.
fn difference_in_words(column: &Column, difference: f64) -> String {
    match column.kind {
        ColumnKind::Score | ColumnKind::Consistency => wording::signed(difference),
        ColumnKind::Cost | ColumnKind::Latency => {
            let sign = if difference < 0.0 { "-" } else { "+" };
            format!("{sign}{}", column.in_words(difference.abs()))
        }
    }
}

impl Source {
    /// All arms against the baseline, the first, on the primary metric.
    pub fn compared(&self, settings: &Settings) -> Result<Comparisons, NotAsked> {
        let Some((baseline, others)) = self.arms.split_first() else {
            return Err(NotAsked {
                what: "the workbench has no arms".to_owned(),
                hint: "Add [[arm]] tables to fourfold.toml.".to_owned(),
            });
        };
        let scores = |arm: &ArmAnswers| arm.by_case(&self.primary, |id| self.key(id));
        let repeats = self.arms.iter().filter_map(|arm| Repeats::of(&arm.arm, &scores(arm))).collect();
        Ok(Comparisons { repeats, ..verdicts(self, baseline, others, settings)? })
    }
}

/// All arms against the baseline on the primary metric.
fn verdicts(
    source: &Source,
    baseline: &ArmAnswers,
    others: &[ArmAnswers],
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let scores = |arm: &ArmAnswers| arm.by_case(&source.primary, |id| source.key(id));
    let base = scores(baseline);
    let beside = |arm: &ArmAnswers| match source.looking() {
        Looking::Once => Beside::pair(&scores(arm), &base),
        Looking::Every { .. } => Beside::pair_in_order(&scores(arm), &base),
    };
    let arms = others.iter().map(|arm| (arm.arm.clone(), beside(arm))).collect();
    judged(&baseline.arm, arms, (&source.primary, source.cases.len()), source.looking(), settings)
}

/// The values a column's distributions are drawn between.
fn range(column: &Column, source: &Source) -> (f64, f64) {
    match column.kind {
        ColumnKind::Score | ColumnKind::Consistency => (0.0, 1.0),
        ColumnKind::Cost | ColumnKind::Latency => {
            let values = source.arms.iter().flat_map(|arm| column.of_arm(arm).map(|(_, value)| value));
            (0.0, values.fold(0.0, f64::max))
        }
    }
}

/// What a column says of an arm's cases, in the order in which they are compared.
pub(super) fn in_order(source: &Source, column: &Column, arm: &ArmAnswers) -> Vec<f64> {
    let mut values: Vec<(String, f64)> = column.of_arm(arm).map(|(id, value)| (source.key(id), value)).collect();
    values.sort_by(|one, other| one.0.cmp(&other.0));
    values.into_iter().map(|(_, value)| value).collect()
}

pub(super) fn figures(column: &Column, values: &[f64], looking: Looking, settings: &Settings) -> Option<Figures> {
    match column.kind {
        ColumnKind::Score | ColumnKind::Consistency => {
            let figure = match looking {
                Looking::Once => Figure::of(values, settings.confidence, settings.seed),
                Looking::Every { .. } => Figure::at_every_look(values, settings.confidence),
            };
            let Figure { n, mean, interval, method } = figure.ok()?;
            Some(Figures { n, mean, interval: Some(interval), method: method.as_str() })
        }
        ColumnKind::Cost | ColumnKind::Latency => {
            let mean = Mean::of(values)?;
            let interval = mean.interval(settings.confidence).map(|it| Interval { low: it.low.max(0.0), ..it });
            Some(Figures { n: mean.n, mean: mean.value, interval, method: "Student's t" })
        }
    }
}

/// The pairs of values of the cases that both have something to say of, in the order in which they are compared, and how many cases
/// are left out.
pub(super) fn pairs(
    source: &Source,
    column: &Column,
    arm: &ArmAnswers,
    baseline: &ArmAnswers,
) -> (Vec<[f64; 2]>, usize) {
    let mut own: Vec<(String, f64)> = column.of_arm(arm).map(|(id, value)| (source.key(id), value)).collect();
    own.sort_by(|one, other| one.0.cmp(&other.0));
    let known = own.len();
    let other: std::collections::BTreeMap<String, f64> =
        column.of_arm(baseline).map(|(id, value)| (source.key(id), value)).collect();
    let rows: Vec<[f64; 2]> = own.into_iter().filter_map(|(id, value)| Some([value, *other.get(&id)?])).collect();
    let left_out = known + other.len() - 2 * rows.len();
    (rows, left_out)
}

fn exploratory(
    source: &Source,
    column: &Column,
    (arm, baseline): (&ArmAnswers, &ArmAnswers),
    settings: &Settings,
) -> Against {
    let (rows, left_out) = pairs(source, column, arm, baseline);
    let Some((difference, interval, p, _)) = difference(column, &rows, source.looking(), settings) else {
        return Against::Nothing;
    };
    Against::Exploratory { n: rows.len(), difference, interval, q: p, tests: 1, left_out }
}

/// A paired difference with its interval and its p-value alone.
pub(super) fn difference(
    column: &Column,
    rows: &[[f64; 2]],
    looking: Looking,
    settings: &Settings,
) -> Option<(f64, Option<Interval>, f64, &'static str)> {
    match (&column.kind, looking) {
        (ColumnKind::Score | ColumnKind::Consistency, Looking::Once) => {
            let paired = Paired::of(rows, settings).ok()?;
            Some((paired.difference, Some(paired.interval(settings.confidence)), paired.p, paired.test.as_str()))
        }
        (ColumnKind::Score | ColumnKind::Consistency, Looking::Every { once_each }) => {
            let mean = Mean::of(&rows.iter().map(|[one, other]| one - other).collect::<Vec<_>>())?;
            let mut seen = EveryLook::new(1, once_each, settings);
            for [one, other] in rows {
                seen.add(*one, *other);
            }
            let verdict = seen.verdict(settings.margin);
            Some((mean.value, Some(verdict.interval), verdict.p, "sequential test"))
        }
        (ColumnKind::Cost | ColumnKind::Latency, _) => {
            let differences: Vec<f64> = rows.iter().map(|[one, other]| one - other).collect();
            let mean = Mean::of(&differences)?;
            Some((
                mean.value,
                mean.interval(settings.confidence),
                sign_flip(&differences, settings.seed).p,
                "sign-flip test",
            ))
        }
    }
}

/// Adjusts the p-values of everything exploratory together.
fn adjust(rows: &mut [Vec<Cell>]) {
    let p: Vec<f64> = rows
        .iter()
        .flatten()
        .filter_map(|cell| match &cell.against {
            Against::Exploratory { q, .. } => Some(*q),
            _ => None,
        })
        .collect();
    let mut adjusted = benjamini_hochberg(&p).into_iter();
    for cell in rows.iter_mut().flatten() {
        if let Against::Exploratory { q, tests, .. } = &mut cell.against
            && let Some(value) = adjusted.next()
        {
            *q = value;
            *tests = p.len();
        }
    }
}
