//! What a run shows: its own cells, compared. They are read through once, row by row; of a comparison only its pairs of
//! scores are kept.

use super::begin::stored;
use super::order::Order;
use super::plan::Plan;
use super::recall::unread;
use crate::run::NotAsked;
use crate::run::compare::{Comparisons, Looking, Table, judged, unfit};
use crate::run::missing::unscored;
use crate::stats::wording::grouped;
use crate::stats::{Beside, Settings, Trials};
use crate::store::{Cell, Store, StoreError};

/// A share of missing trials from which on a verdict has to say so.
pub const MUCH_MISSING: f64 = 0.05;

/// What is said where many trials are missing; nothing where few are.
pub fn much_missing(missing: u64, of: u64) -> Option<String> {
    if missing > 0 && missing >= of {
        return Some(if of == 1 {
            "The only trial is missing: it shows nothing.".to_owned()
        } else {
            format!("All {} trials are missing: they show nothing.", grouped(of))
        });
    }
    let share = missing as f64 / of.max(1) as f64;
    (share > MUCH_MISSING).then(|| {
        format!(
            "{:.0} % of the trials are missing ({} of {}): what they would have shown is not known, and the verdict \
             stands on the others.",
            share * 100.0,
            grouped(missing),
            grouped(of)
        )
    })
}

/// Shows the trials of every row of a run, by column, until `see` wants no more; `false` where it did not want all.
pub fn each_row(
    store: &Store,
    run: i64,
    arms: usize,
    mut see: impl FnMut(u64, &[Trials]) -> bool,
) -> Result<bool, StoreError> {
    let mut now: Option<u64> = None;
    let mut trials = vec![Trials::default(); arms];
    let mut goes_on = true;
    let mut take = |cell: Option<Cell>| {
        if !goes_on {
            return false;
        }
        let row = cell.map(|cell| cell.place.row);
        if row != now {
            if let Some(before) = now {
                goes_on = see(before, &trials);
            }
            trials.fill(Trials::default());
            now = row;
        }
        if let Some((trials, cell)) = cell.and_then(|cell| Some((trials.get_mut(cell.place.arm as usize)?, cell))) {
            trials.add(cell.score, cell.cost);
        }
        goes_on
    };
    store.each_cell_while(run, |cell| take(Some(cell)))?;
    Ok(take(None))
}

/// How verdicts of a plan are made, unless somebody says otherwise.
pub fn settings_of(plan: &Plan) -> Settings {
    Settings { margin: plan.margin, ..Settings::default() }
}

/// How a plan's verdicts are looked at.
pub(in crate::run) const fn looking_of(sequential: bool, repeats: u32) -> Looking {
    if sequential { Looking::Every { once_each: repeats == 1 } } else { Looking::Once }
}

/// Every arm of a run against its baseline, on the primary metric; of a run declared sequential as it holds at every look.
pub fn verdict(store: &Store, run: i64, settings: &Settings) -> Result<Comparisons, NotAsked> {
    let plan = Plan::stored(&stored(store, run)?)?;
    let base = plan.baseline as usize;
    let others: Vec<usize> = (0..plan.arms.len()).filter(|arm| *arm != base).collect();
    let mut pairs: Vec<Beside<2>> = others.iter().map(|_| Beside::new(0)).collect();
    let mut add = |trials: &[Trials], in_order: bool| {
        for (arm, pairs) in others.iter().zip(&mut pairs) {
            if let (Some(own), Some(other)) = (trials.get(*arm), trials.get(base)) {
                if in_order { pairs.add_in_order([*own, *other]) } else { pairs.add([*own, *other]) }
            }
        }
    };
    if plan.sequential {
        for trials in in_order(store, run, plan.arms.len(), &plan.order()).map_err(|error| unread(&error))? {
            add(&trials, true);
        }
    } else {
        let see = |_, trials: &[Trials]| {
            add(trials, false);
            true
        };
        each_row(store, run, plan.arms.len(), see).map_err(|error| unread(&error))?;
    }
    let name = |arm: usize| plan.arms.get(arm).map(|arm| arm.name.clone()).unwrap_or_default();
    let arms = others.iter().map(|arm| name(*arm)).zip(pairs).collect();
    let about = (plan.primary.as_str(), plan.case_count() as usize);
    let found = judged(&name(base), arms, about, looking_of(plan.sequential, plan.repeats), settings)?;
    let unscored = unscored(store, run, &plan.primary).map_err(|error| unread(&error))?;
    Ok(Comparisons { unscored, ..found })
}

/// The trials of every row, by column, in the order that cases are asked in.
fn in_order(store: &Store, run: i64, arms: usize, order: &Order) -> Result<Vec<Vec<Trials>>, StoreError> {
    let places: std::collections::HashMap<u64, usize> =
        order.rows().enumerate().map(|(place, row)| (row, place)).collect();
    let mut rows = vec![vec![Trials::default(); arms]; places.len()];
    each_row(store, run, arms, |row, trials| {
        if let Some(kept) = places.get(&row).and_then(|place| rows.get_mut(*place)) {
            kept.copy_from_slice(trials);
        }
        true
    })?;
    Ok(rows)
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
    let cells =
        four(store, (run, 4), [0, 1, 2, 3], |_| true).map_err(|error| unread(&error))?.unwrap_or(Beside::table());
    Table::of(&cells, (&plan.primary, plan.case_count() as usize), settings).map_err(|error| unfit(&error))
}

/// Four columns of a run, which has so many arms, beside each other; nothing where `goes_on`, asked at every row, said no.
pub fn four(
    store: &Store,
    (run, arms): (i64, usize),
    columns: [usize; 4],
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<Option<Beside<4>>, StoreError> {
    let mut cells = Beside::table();
    let all = each_row(store, run, arms, |row, trials| {
        cells.add(columns.map(|column| trials.get(column).copied().unwrap_or_default()));
        goes_on(row)
    })?;
    Ok(all.then_some(cells))
}
