//! What a run shows: its own cells, compared. They are read through once, row by row; of a comparison only its pairs of
//! scores are kept.

use super::begin::stored;
use super::plan::Plan;
use super::recall::unread;
use crate::run::NotAsked;
use crate::run::compare::{Against, Comparisons, Table};
use crate::run::fourfold::CellCosts;
use crate::stats::{
    ByCase, Figure, Finding, FourfoldVerdict, LeftOut, Paired, Sensitivity, Settings, Unfit, headline_sensitivity,
    judge,
};
use crate::store::{Cell, Store};

/// A share of missing trials from which on a verdict has to say so.
pub const MUCH_MISSING: f64 = 0.05;

/// What is said where many trials are missing; nothing where few are.
pub fn much_missing(missing: u64, of: u64) -> Option<String> {
    let share = missing as f64 / of.max(1) as f64;
    (share > MUCH_MISSING).then(|| {
        format!(
            "{:.0} % of the trials are missing ({missing} of {of}): what they would have shown is not known, and the verdict \
             stands on the others.",
            share * 100.0
        )
    })
}

/// The trials of one arm on one case.
#[derive(Clone, Copy, Debug, Default)]
struct Trials {
    sum: f64,
    scored: usize,
    missing: usize,
    not_scores: usize,
    /// Dollars, of those whose price is known.
    cost: f64,
    priced: usize,
}

impl Trials {
    fn add(&mut self, score: Option<f64>, cost: Option<f64>) {
        if let (Some(cost), Some(_)) = (cost, score) {
            self.cost += cost;
            self.priced += 1;
        }
        match score {
            Some(score) if (0.0..=1.0).contains(&score) => {
                self.sum += score;
                self.scored += 1;
            }
            Some(_) => {
                self.not_scores += 1;
                self.missing += 1;
            }
            None => self.missing += 1,
        }
    }

    const fn is_asked(self) -> bool {
        self.scored + self.missing > 0
    }

    fn mean(self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / self.scored as f64)
    }

    /// Dollars for a trial; `None` where no price is known.
    fn price(self) -> Option<f64> {
        (self.priced > 0).then(|| self.cost / self.priced as f64)
    }

    /// The mean with each missing trial counted as this score.
    fn filled(self, score: f64) -> f64 {
        (self.sum + score * self.missing as f64) / (self.scored + self.missing).max(1) as f64
    }
}

/// Shows the trials of every row of a run, by column.
fn each_row(store: &Store, run: i64, arms: usize, mut see: impl FnMut(u64, &[Trials])) -> Result<(), NotAsked> {
    let mut now: Option<u64> = None;
    let mut trials = vec![Trials::default(); arms];
    let mut take = |cell: Option<Cell>| {
        let row = cell.map(|cell| cell.place.row);
        if row != now {
            if let Some(before) = now {
                see(before, &trials);
            }
            trials.fill(Trials::default());
            now = row;
        }
        if let Some((trials, cell)) = cell.and_then(|cell| Some((trials.get_mut(cell.place.arm as usize)?, cell))) {
            trials.add(cell.score, cell.cost);
        }
    };
    store.each_cell(run, |cell| take(Some(cell))).map_err(|error| unread(&error))?;
    take(None);
    Ok(())
}

/// The pairs of an arm with the baseline.
#[derive(Default)]
struct Pairs {
    rows: Vec<[f64; 2]>,
    left_out: LeftOut,
    missing: usize,
    /// Every row with missing trials counted for the arm, and against it; kept once there is one.
    filled: Option<[Vec<[f64; 2]>; 2]>,
}

impl Pairs {
    fn add(&mut self, arm: Trials, other: Trials) {
        if !arm.is_asked() && !other.is_asked() {
            return;
        }
        if !(arm.is_asked() && other.is_asked()) {
            self.left_out.elsewhere += 1;
            return;
        }
        self.left_out.not_scores += arm.not_scores + other.not_scores;
        let missing = arm.missing + other.missing;
        if missing > 0 {
            self.missing += missing;
            let rows = &self.rows;
            self.filled.get_or_insert_with(|| [rows.clone(), rows.clone()]);
        }
        if let Some([counted_for, counted_against]) = &mut self.filled {
            counted_for.push([arm.filled(1.0), other.filled(0.0)]);
            counted_against.push([arm.filled(0.0), other.filled(1.0)]);
        }
        match (arm.mean(), other.mean()) {
            (Some(arm), Some(other)) => self.rows.push([arm, other]),
            _ => self.left_out.missing += 1,
        }
    }

    fn sensitivity(&self, settings: &Settings) -> Result<Option<Sensitivity>, Unfit> {
        let Some([counted_for, counted_against]) = &self.filled else { return Ok(None) };
        Sensitivity::of_rows(self.missing, [counted_for, counted_against], settings).map(Some)
    }
}

fn unfit(error: &Unfit) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint().to_owned() }
}

/// How verdicts of a plan are made, unless somebody says otherwise.
pub fn settings_of(plan: &Plan) -> Settings {
    Settings { margin: plan.margin, ..Settings::default() }
}

/// Every arm of a run against its baseline, on the primary metric.
pub fn verdict(store: &Store, run: i64, settings: &Settings) -> Result<Comparisons, NotAsked> {
    let plan = Plan::stored(&stored(store, run)?)?;
    let base = plan.baseline as usize;
    let mut pairs: Vec<Pairs> = plan.arms.iter().map(|_| Pairs::default()).collect();
    each_row(store, run, plan.arms.len(), |_, trials| {
        for (arm, pairs) in pairs.iter_mut().enumerate().filter(|(arm, _)| *arm != base) {
            if let (Some(own), Some(other)) = (trials.get(arm), trials.get(base)) {
                pairs.add(*own, *other);
            }
        }
    })?;
    let mut compared = Vec::new();
    let mut without = Vec::new();
    for ((number, arm), pairs) in plan.arms.iter().enumerate().zip(pairs) {
        if number == base {
            continue;
        }
        if pairs.rows.is_empty() {
            without.push(arm.name.clone());
        } else {
            let paired = Paired::of(&pairs.rows, settings).map_err(|error| unfit(&error))?;
            compared.push((arm.name.clone(), pairs, paired));
        }
    }
    let family: Vec<&Paired> = compared.iter().map(|(_, _, paired)| paired).collect();
    let verdicts = judge(&family, settings);
    let arms = compared.into_iter().zip(verdicts).map(|((arm, pairs, paired), verdict)| {
        let column = |index: usize| {
            let column: Vec<f64> = pairs.rows.iter().filter_map(|row| row.get(index)).copied().collect();
            Figure::of(&column, settings.confidence, settings.seed)
        };
        // A winner is held to the level it had in its family.
        let confidence = match verdict.finding {
            Finding::Better | Finding::Worse => verdict.confidence,
            Finding::Equivalent | Finding::TooFew => settings.confidence,
        };
        let sensitivity = pairs.sensitivity(&Settings { confidence, ..*settings })?;
        let (figure, baseline) = (column(0)?, column(1)?);
        Ok(Against { arm, figure, baseline, paired, verdict, left_out: pairs.left_out, sensitivity })
    });
    Ok(Comparisons {
        baseline: plan.arms.get(base).map(|arm| arm.name.clone()).unwrap_or_default(),
        metric: plan.primary.clone(),
        planned: plan.case_count() as usize,
        arms: arms.collect::<Result<_, Unfit>>().map_err(|error| unfit(&error))?,
        without,
    })
}

/// The verdict of the four cells of a run that asked them.
pub fn table(store: &Store, run: i64, settings: &Settings) -> Result<Table, NotAsked> {
    let plan = Plan::stored(&stored(store, run)?)?;
    if !plan.fourfold {
        return Err(NotAsked {
            what: format!("run {run} has no fourfold table: it asked arms"),
            hint: "`fourfold run --fourfold` asks the four cells.".to_owned(),
        });
    }
    let mut rows: Vec<[f64; 4]> = Vec::new();
    let mut prices: Vec<[Option<f64>; 4]> = Vec::new();
    let mut asked = [0; 4];
    let (mut left_out, mut missing) = (LeftOut::default(), 0);
    each_row(store, run, 4, |_, trials| {
        let cells: [Trials; 4] = std::array::from_fn(|cell| trials.get(cell).copied().unwrap_or_default());
        for (asked, cell) in asked.iter_mut().zip(cells) {
            *asked += usize::from(cell.is_asked());
        }
        left_out.not_scores += cells.iter().map(|cell| cell.not_scores).sum::<usize>();
        let means = cells.map(Trials::mean);
        if !cells.iter().all(|cell| cell.is_asked()) {
            left_out.elsewhere += usize::from(cells.iter().any(|cell| cell.is_asked()));
        } else if means.iter().all(Option::is_some) {
            rows.push(means.map(Option::unwrap_or_default));
            prices.push(cells.map(Trials::price));
        } else {
            left_out.missing += 1;
        }
        missing += cells.iter().map(|cell| cell.missing).sum::<usize>();
    })?;
    let verdict = FourfoldVerdict::of(&rows, settings).map_err(|error| unfit(&error))?;
    let again = if missing > 0 {
        let cells = by_case(store, run)?;
        headline_sensitivity(cells.each_ref(), settings).map_err(|error| unfit(&error))?
    } else {
        None
    };
    Ok(Table {
        metric: plan.primary.clone(),
        planned: plan.case_count() as usize,
        asked,
        left_out,
        verdict,
        costs: CellCosts::of(&prices, settings),
        again,
    })
}

/// The four cells' scores by case: for the few verdicts that need every single one.
fn by_case(store: &Store, run: i64) -> Result<[ByCase; 4], NotAsked> {
    let mut cells: [ByCase; 4] = std::array::from_fn(|_| ByCase::new());
    let take = |cell: Cell| {
        if let Some(scores) = cells.get_mut(cell.place.arm as usize) {
            scores.entry(format!("{:08}", cell.place.row)).or_default().push(cell.score);
        }
    };
    store.each_cell(run, take).map_err(|error| unread(&error))?;
    Ok(cells)
}
