//! What is made of a whole run for a chart: read a part after the other, given up when another is wanted.

use crate::run::compare::{self, Table};
use crate::run::fourfold::CellCosts;
use crate::run::{Session, fourfold};
use crate::state::matrix::{FigureKind, Figures, Rung};
use crate::stats::wording::Tuned;
use crate::stats::{ByCase, Figure, FourfoldVerdict, Paired, Settings, Unfit, align, headline_sensitivity};
use crate::store::{Store, StoreError, StoredRun};

/// Parts of the scale that a histogram counts.
pub(super) const BINS: usize = 10;
/// Trials that are read in one go.
const AT_ONCE: u64 = 16_384;

/// Makes it; `None` where it is not wanted any more. `tell` hears how far the reading is.
pub(super) fn make(
    session: &Session,
    store: &Store,
    (run, kind): (i64, FigureKind),
    still: impl Fn() -> bool,
    tell: &mut impl FnMut(Figures) -> bool,
) -> Result<Option<Figures>, StoreError> {
    let Some(run) = store.run(run)? else { return Ok(Some(Figures::Nothing("This run is gone.".to_owned()))) };
    if kind == FigureKind::Histogram {
        return histogram(store, &run, still, tell);
    }
    let Some(read) = scores(store, &run, still, tell)? else { return Ok(None) };
    let settings = compare::settings(session);
    let made = match kind {
        FigureKind::Ladder => ladder(&run, &read.scores, &settings),
        _ => table(&run, &read, &settings, session.primary()),
    };
    Ok(Some(made.unwrap_or_else(|error| Figures::Nothing(format!("{error}. {}", error.hint())))))
}

/// Parts of the run's rows, each with how much was read before it.
fn parts(run: &StoredRun) -> impl Iterator<Item = (std::ops::Range<u64>, f64)> {
    let record = &run.record;
    let trials = (record.arms.len() as u64 * u64::from(record.repeats)).max(1);
    let (rows, step) = (record.rows, (AT_ONCE / trials).max(16));
    (0..rows.div_ceil(step))
        .map(move |part| (part * step..rows.min((part + 1) * step), (part * step) as f64 / rows.max(1) as f64))
}

/// Whether this share of a reading is worth telling: eight times in all.
fn is_mark(share: f64, told: &mut f64) -> bool {
    let mark = share - *told > 0.12;
    if mark {
        *told = share;
    }
    mark
}

fn histogram(
    store: &Store,
    run: &StoredRun,
    still: impl Fn() -> bool,
    tell: &mut impl FnMut(Figures) -> bool,
) -> Result<Option<Figures>, StoreError> {
    let arms = run.record.arms.len();
    let mut counts = vec![vec![0; BINS]; arms];
    let mut told = 0.0;
    for (part, share) in parts(run) {
        if !still() || is_mark(share, &mut told) && !tell(Figures::Reading(share)) {
            return Ok(None);
        }
        let part = u32::try_from(part.start).unwrap_or(u32::MAX)..u32::try_from(part.end).unwrap_or(u32::MAX);
        for (all, more) in counts.iter_mut().zip(store.score_counts(run.id, part, (arms, BINS))?) {
            for (all, more) in all.iter_mut().zip(more) {
                *all += more;
            }
        }
    }
    Ok(Some(Figures::Histogram(counts)))
}

/// What is read of every arm, by case.
struct Read {
    scores: Vec<ByCase>,
    /// What each trial cost, in dollars.
    costs: Vec<ByCase>,
}

/// The scores and the prices of every arm.
fn scores(
    store: &Store,
    run: &StoredRun,
    still: impl Fn() -> bool,
    tell: &mut impl FnMut(Figures) -> bool,
) -> Result<Option<Read>, StoreError> {
    let mut scores = vec![ByCase::new(); run.record.arms.len()];
    let mut costs = scores.clone();
    let mut told = 0.0;
    for (part, share) in parts(run) {
        if !still() || is_mark(share, &mut told) && !tell(Figures::Reading(share)) {
            return Ok(None);
        }
        for cell in store.cells(run.id, part)? {
            let (arm, case) = (cell.place.arm as usize, format!("{:09}", cell.place.row));
            if let (Some(scores), Some(costs)) = (scores.get_mut(arm), costs.get_mut(arm)) {
                costs.entry(case.clone()).or_default().push(cell.cost);
                scores.entry(case).or_default().push(cell.score);
            }
        }
    }
    Ok(Some(Read { scores, costs }))
}

/// Each arm against the one before it, on the cases that both answered.
fn ladder(run: &StoredRun, scores: &[ByCase], settings: &Settings) -> Result<Figures, Unfit> {
    let names = run.record.arms.iter().map(|arm| arm.name.clone());
    let mut rungs = Vec::new();
    let mut before: Option<&ByCase> = None;
    for (arm, own) in names.zip(scores) {
        let rung = match before {
            None => {
                let rows: Vec<f64> = align([own]).rows.into_iter().map(|[score]| score).collect();
                let figure = Figure::of(&rows, settings.confidence, settings.seed)?;
                Rung { arm, mean: figure.mean, added: None, n: figure.n }
            }
            Some(before) => {
                let paired = Paired::of(&align([own, before]).rows, settings)?;
                let interval = paired.interval(settings.confidence);
                let added = Some((paired.difference, interval.low, interval.high));
                Rung { arm, mean: paired.arm, added, n: paired.n }
            }
        };
        rungs.push(rung);
        before = Some(own);
    }
    Ok(Figures::Ladder(rungs))
}

/// The verdict of the four cells, where the run's arms are those.
fn table(run: &StoredRun, Read { scores, costs }: &Read, settings: &Settings, metric: &str) -> Result<Figures, Unfit> {
    let names: Vec<&str> = run.record.arms.iter().map(|arm| arm.name.as_str()).collect();
    let place = |cell: fourfold::Cell| names.iter().position(|name| *name == cell.as_str());
    let [Some(plain_base), Some(plain_tuned), Some(prompted_base), Some(prompted_tuned)] =
        fourfold::Cell::ALL.map(place)
    else {
        return Ok(Figures::Nothing(
            "The arms of this run are not the four cells. Begin a run of the fourfold table: n, then `fourfold` for the arms."
                .to_owned(),
        ));
    };
    let nothing = ByCase::new();
    let places = [plain_base, plain_tuned, prompted_base, prompted_tuned];
    let cells = places.map(|place| scores.get(place).unwrap_or(&nothing));
    let aligned = align(cells);
    let table = Table {
        metric: metric.to_owned(),
        planned: run.record.arms.first().map_or(0, |arm| arm.planned as usize) / run.record.repeats.max(1) as usize,
        asked: cells.map(ByCase::len),
        left_out: aligned.left_out,
        verdict: FourfoldVerdict::of(&aligned.rows, settings)?,
        costs: CellCosts::of_cases(&aligned.ids, places.map(|place| costs.get(place).unwrap_or(&nothing)), settings),
        again: headline_sensitivity(cells, settings)?,
    };
    Ok(Figures::Words(table.in_words(settings, Tuned { seeds: 1 })))
}
