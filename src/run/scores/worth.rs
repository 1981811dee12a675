//! What answers cost and what that buys: price for a case, gain for the money, and from how many cases on a tuning pays.

use super::column::ColumnKind;
use super::table::{Against, Figures, ScoreTable};
use crate::model::amount;
use crate::stats::{Finding, wording};

/// An arm's price and what it buys over the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// The arm.
    pub arm: String,
    /// Dollars for a case; `None` where no price is known.
    pub cost: Option<Figures>,
    /// Cases whose price is not known.
    pub unpriced: usize,
    /// Cases with an answer.
    pub answered: usize,
    /// Seconds for a case, over those whose time was measured.
    pub seconds: Option<f64>,
    /// The primary metric.
    pub score: Option<f64>,
    /// The primary metric's gain over the baseline, and what the verdict says of it.
    pub gain: Option<(f64, Finding)>,
    /// Dollars more for a case than the baseline, over the cases of both.
    pub extra: Option<f64>,
}

impl Worth {
    /// Points of the primary metric, of a hundred, for each dollar more on a thousand cases. `None` where it costs no more.
    pub fn points_for_a_dollar(&self) -> Option<f64> {
        let (gain, _) = self.gain?;
        let extra = self.extra.filter(|extra| *extra > 0.0)?;
        Some(100.0 * gain / (1_000.0 * extra))
    }

    /// In one line.
    pub fn in_words(&self) -> String {
        let price = match self.cost {
            None if self.answered == 0 => return format!("{}: no answer of this machine", self.arm),
            None => "price unknown".to_owned(),
            Some(cost) if cost.mean == 0.0 => format!("free, n = {}", wording::grouped(cost.n as u64)),
            Some(cost) => {
                let interval = cost
                    .interval
                    .filter(|it| it.high > it.low)
                    .map_or_else(String::new, |it| format!(" ({} to {})", amount(it.low), amount(it.high)));
                format!("${}{interval} a case, n = {}", amount(cost.mean), wording::grouped(cost.n as u64))
            }
        };
        let unpriced = match self.unpriced {
            0 => String::new(),
            unpriced if self.cost.is_some() => {
                format!(", {} at an unknown price not counted", wording::grouped(unpriced as u64))
            }
            _ => String::new(),
        };
        let seconds = self.seconds.map_or_else(String::new, |seconds| format!(", {seconds:.2} s"));
        let gain = match (self.gain, self.extra) {
            (None, _) => String::new(),
            (Some((gain, finding)), extra) => {
                let sure = match finding {
                    Finding::Better | Finding::Worse => "",
                    Finding::Equivalent => ", equivalent",
                    Finding::TooFew => " (too few cases to say)",
                };
                let paid = match (extra, self.points_for_a_dollar()) {
                    (Some(extra), Some(points)) if gain > 0.0 => format!(
                        " for ${} more a case: {points:.2} points for each dollar more on 1,000 cases",
                        amount(extra)
                    ),
                    (Some(extra), _) if extra > 0.0 => format!(" and ${} more a case", amount(extra)),
                    (Some(extra), _) if extra < 0.0 => format!(" and ${} less a case", amount(-extra)),
                    (Some(_), _) => ", at the same price".to_owned(),
                    (None, _) => String::new(),
                };
                format!("; {} over the baseline{sure}{paid}", wording::signed(gain))
            }
        };
        format!("{}: {price}{unpriced}{seconds}{gain}", self.arm)
    }
}

/// Every arm's price and what it buys, from the figures of the table.
pub fn worths(table: &ScoreTable) -> Vec<Worth> {
    let place = |kind: ColumnKind| table.columns.iter().position(|column| column.kind == kind);
    let primary = table.columns.iter().position(|column| column.is_primary);
    let figures = |arm: usize, column: Option<usize>| column.and_then(|column| table.cell(arm, column)?.figures);
    let (cost, latency) = (place(ColumnKind::Cost), place(ColumnKind::Latency));
    let of = |(arm, name): (usize, &String)| {
        let priced = figures(arm, cost);
        let timed = figures(arm, latency);
        let answered = table.answered.get(arm).copied().unwrap_or(0);
        let gain = primary.and_then(|column| match &table.cell(arm, column)?.against {
            Against::Verdict(against) => Some((against.paired.difference, against.verdict.finding)),
            _ => None,
        });
        let extra = cost.and_then(|column| match &table.cell(arm, column)?.against {
            Against::Exploratory { difference, .. } => Some(*difference),
            _ => None,
        });
        Worth {
            arm: name.clone(),
            cost: priced,
            unpriced: answered.saturating_sub(priced.map_or(0, |priced| priced.n)),
            answered,
            seconds: timed.map(|timed| timed.mean),
            score: figures(arm, primary).map(|figures| figures.mean),
            gain,
            extra,
        }
    };
    table.arms.iter().enumerate().map(of).collect()
}

/// What a tuning costs, in all that it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TuningCost {
    /// Dollars for the training itself.
    pub training: f64,
    /// Rows that have to be written or labelled.
    pub rows: f64,
    /// Dollars for one.
    pub row: f64,
    /// Hours of somebody's work.
    pub hours: f64,
    /// Dollars for one.
    pub hour: f64,
}

fn unit(number: f64) -> &'static str {
    if (number - 1.0).abs() < f64::EPSILON { "hour" } else { "hours" }
}

impl TuningCost {
    /// All of it, in dollars.
    pub fn total(&self) -> f64 {
        self.training + self.rows * self.row + self.hours * self.hour
    }

    /// In words, with its parts.
    pub fn in_words(&self) -> String {
        let parts: Vec<String> = [
            (self.training > 0.0, format!("${} training", amount(self.training))),
            (self.rows > 0.0, format!("{} rows at ${}", self.rows, amount(self.row))),
            (self.hours > 0.0, format!("{} {} at ${}", self.hours, unit(self.hours), amount(self.hour))),
        ]
        .into_iter()
        .filter_map(|(is_there, words)| is_there.then_some(words))
        .collect();
        format!(
            "${} ({})",
            amount(self.total()),
            if parts.is_empty() { "nothing named".to_owned() } else { parts.join(", ") }
        )
    }
}

/// From how many cases on a tuning pays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakEven {
    /// What it cost.
    pub total: f64,
    /// Dollars that it saves on a case; not above 0 where it saves nothing.
    pub saving: f64,
    /// So many cases; `None` where it never pays.
    pub cases: Option<u64>,
}

/// From how many cases on a tuning that costs `total` pays, when a case costs `to` instead of `from`. `None` where an amount is no
/// amount of money.
pub fn break_even(total: f64, from: f64, to: f64) -> Option<BreakEven> {
    if ![total, from, to].into_iter().all(|amount| amount.is_finite() && amount >= 0.0) {
        return None;
    }
    let saving = from - to;
    let cases = (saving > 0.0).then(|| up(total / saving)).filter(|cases| *cases < 1e18);
    Some(BreakEven { total, saving, cases: cases.map(|cases| cases as u64) })
}

/// The next whole number up; one that is missed by rounding alone is that one.
fn up(number: f64) -> f64 {
    let nearest = number.round();
    if (number - nearest).abs() <= 1e-9 * number.abs() { nearest } else { number.ceil() }
}

impl BreakEven {
    /// In words, `to` being the tuned arm.
    pub fn in_words(&self, from: &str, to: &str) -> String {
        match self.cases {
            Some(cases) => format!(
                "{to} saves ${} a case against {from}: a tuning of ${} pays from {} on.",
                amount(self.saving),
                amount(self.total),
                wording::cases(cases)
            ),
            None => format!("{to} costs no less a case than {from}: a tuning never pays by its price alone."),
        }
    }
}

/// A break-even in words, and what the tuned arm's score is where it is the lower one: a price is not all.
pub fn pays_in_words(even: &BreakEven, from: &Worth, to: &Worth) -> String {
    let said = even.in_words(&from.arm, &to.arm);
    match (from.score, to.score) {
        (Some(before), Some(after)) if after < before => {
            format!("{said} It scores {after:.3}, {} {before:.3}.", from.arm)
        }
        _ => said,
    }
}
