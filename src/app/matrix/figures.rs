//! What is made of a whole run for a chart: read a part after the other, given up when another is wanted.

use crate::app::ablation::chart;
use crate::run::ablation::{Part, steps};
use crate::run::compare::{Looking, Table, unfit};
use crate::run::report::{Rows, metric_of, settings_of};
use crate::run::runner::Plan;
use crate::run::{NotAsked, Session, fourfold, runner};
use crate::state::matrix::{FigureKind, Figures};
use crate::stats::ByCase;
use crate::stats::wording::Tuned;
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
    let goes_on = watching(&run, still, tell);
    let made = match kind {
        FigureKind::Ladder => ladder(session, store, &run, goes_on),
        FigureKind::Fourfold | FigureKind::Histogram => table(session, store, &run, goes_on),
    };
    match made {
        Ok(made) => Ok(made),
        Err(Wrong::Unread(error)) => Err(error),
        Err(Wrong::Unfit(error)) => Ok(Some(Figures::Nothing(format!("{}. {}", error.what, error.hint)))),
    }
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

/// Tells how far a reading of the run's rows is; whether it is wanted still.
fn watching<'w>(
    run: &'w StoredRun,
    still: impl Fn() -> bool + 'w,
    tell: &'w mut impl FnMut(Figures) -> bool,
) -> impl FnMut(u64) -> bool + 'w {
    let mut told = 0.0;
    move |row| {
        let share = row as f64 / run.record.rows.max(1) as f64;
        still() && (!is_mark(share, &mut told) || tell(Figures::Reading(share)))
    }
}

/// Each arm against the one before it, on the cases that both answered.
fn ladder(
    session: &Session,
    store: &Store,
    run: &StoredRun,
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<Option<Figures>, Wrong> {
    let rows = Rows::of(run);
    let mut scores = vec![ByCase::new(); run.record.arms.len()];
    let mut wanted = true;
    store.each_cell_while(run.id, |cell| {
        if let Some(arm) = scores.get_mut(cell.place.arm as usize) {
            arm.entry(rows.key(cell.place.row)).or_default().push(cell.score);
        }
        wanted = goes_on(cell.place.row);
        wanted
    })?;
    if !wanted {
        return Ok(None);
    }
    let parts = run.record.arms.iter().enumerate().zip(scores).map(|((place, arm), scores)| {
        let planned = run.record.plan.get("arms").and_then(|arms| arms.get(place));
        let word = |of: &str| planned.and_then(|arm| arm.pointer(of)?.as_str());
        let how: Vec<&str> = [word("/strategy/name"), word("/model")].into_iter().flatten().collect();
        Part { arm: arm.name.clone(), how: how.join(" · "), scores, fault: None }
    });
    let (metric, settings) = (metric_of(session, run), settings_of(session, run));
    let steps = steps(parts.collect(), (&metric, planned(run)), rows.looking(), &settings)?;
    Ok(Some(Figures::Ladder(chart(&metric, planned(run), &steps, &settings))))
}

/// Cases of the plan.
fn planned(run: &StoredRun) -> usize {
    run.record.arms.first().map_or(0, |arm| arm.planned as usize) / run.record.repeats.max(1) as usize
}

/// The verdict of the four cells, where the run's arms are those.
fn table(
    session: &Session,
    store: &Store,
    run: &StoredRun,
    goes_on: impl FnMut(u64) -> bool,
) -> Result<Option<Figures>, Wrong> {
    let names: Vec<&str> = run.record.arms.iter().map(|arm| arm.name.as_str()).collect();
    let places = fourfold::Cell::ALL.map(|cell| names.iter().position(|name| *name == cell.as_str()));
    let [Some(plain_base), Some(plain_tuned), Some(prompted_base), Some(prompted_tuned)] = places else {
        return Ok(Some(Figures::Nothing(
            "The arms of this run are not the four cells. Begin a run of the fourfold table: n, then `fourfold` for the arms."
                .to_owned(),
        )));
    };
    if Rows::of(run).looking() != Looking::Once {
        let why = "This run stopped its arms one by one, as their verdicts became clear: it has no table of one look.";
        return Ok(Some(Figures::Nothing(why.to_owned())));
    }
    let columns = [plain_base, plain_tuned, prompted_base, prompted_tuned];
    let Some(cells) = runner::four(store, (run.id, names.len()), columns, goes_on)? else { return Ok(None) };
    let settings = settings_of(session, run);
    let table =
        Table::of(&cells, (&metric_of(session, run), planned(run)), &settings).map_err(|error| unfit(&error))?;
    let mut words = table.on_a_page(&settings, Tuned::one(fourfold::column(&session.workbench)));
    words.extend(models_in_words(run, [plain_base, plain_tuned]));
    words.push(format!(
        "For others to read: w writes this run as one page; so does `fourfold report {} -o report.html`.",
        run.id
    ));
    Ok(Some(Figures::Words(words)))
}

/// The models of the two columns, by their names in fourfold.toml; nothing where another version wrote the plan.
fn models_in_words(run: &StoredRun, [base, tuned]: [usize; 2]) -> Option<String> {
    let plan = Plan::stored(run).ok()?;
    let named = |arm: usize| plan.arms.get(arm).map(|arm| arm.model.as_str());
    Some(format!("base is `{}`, tuned is `{}` of fourfold.toml.", named(base)?, named(tuned)?))
}

/// Why nothing can be made.
enum Wrong {
    Unread(StoreError),
    Unfit(NotAsked),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Unread(error)
    }
}

impl From<NotAsked> for Wrong {
    fn from(error: NotAsked) -> Self {
        Self::Unfit(error)
    }
}
