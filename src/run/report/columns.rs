//! The figures of each arm: sums from the store, means and intervals over its cases.

use std::collections::{BTreeMap, BTreeSet};

use super::{NotAsked, Rows, scores, unfit, unread};
use crate::report::{Column, MetricFigure};
use crate::run::compare::Looking;
use crate::score::Score;
use crate::stats::{ByCase, Figure, Settings};
use crate::store::{Store, StoredRun};

/// All of it.
pub(super) struct Gathered {
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The primary scores by case, arm by arm.
    pub(super) scores: Vec<ByCase>,
    /// Cases of the plan.
    pub(super) cases: usize,
}

/// What cells add up to besides what the store adds up itself.
#[derive(Default)]
struct Sums {
    cost: f64,
    priced: u64,
    milliseconds: u64,
    timed: u64,
}

pub(super) fn columns(
    store: &Store,
    run: &StoredRun,
    rows: &Rows,
    primary: &str,
    settings: &Settings,
) -> Result<Gathered, NotAsked> {
    let arms = run.record.arms.len();
    let mut sums: Vec<Sums> = (0..arms).map(|_| Sums::default()).collect();
    store
        .each_cell(run.id, |cell| {
            let Some(sum) = sums.get_mut(cell.place.arm as usize) else { return };
            if let Some(cost) = cell.cost {
                sum.cost += cost;
                sum.priced += 1;
            }
            if !matches!(cell.outcome, crate::score::Outcome::Missing(_))
                && let Some(ms) = cell.total_ms
            {
                sum.milliseconds += ms;
                sum.timed += 1;
            }
        })
        .map_err(|error| unread(&error))?;
    let scores = scores(store, run, rows)?;
    let others = other_metrics(store, run, rows, primary)?;
    let kept = store.columns(run.id).map_err(|error| unread(&error))?;
    let mut columns = Vec::new();
    for (arm, ((kept, sum), by_case)) in kept.iter().zip(&sums).zip(&scores).enumerate() {
        let figure = figure(by_case, rows.looking, settings)?;
        let mut metrics: Vec<MetricFigure> =
            figure.iter().map(|figure| MetricFigure { metric: primary.to_owned(), figure: *figure }).collect();
        for (metric, by_case) in others.get(arm).into_iter().flatten() {
            if let Some(figure) = self::figure(by_case, rows.looking, settings)? {
                metrics.push(MetricFigure { metric: metric.clone(), figure });
            }
        }
        let planned = run.record.arms.get(arm).map_or(0, |arm| arm.planned);
        columns.push(Column {
            figure,
            metrics,
            planned,
            done: kept.done,
            answers: kept.answers,
            non_answers: kept.non_answers,
            missing: kept.missing,
            known: kept.known,
            cost: kept.cost,
            unpriced: kept.unpriced,
            cost_each: (sum.priced > 0).then(|| sum.cost / sum.priced as f64),
            seconds_each: (sum.timed > 0).then(|| sum.milliseconds as f64 / 1_000.0 / sum.timed as f64),
            tokens_per_second: kept.tokens_per_second(),
            histogram: histogram(by_case),
        });
    }
    let seen: BTreeSet<&String> = scores.iter().flat_map(ByCase::keys).collect();
    let planned = run.record.arms.iter().map(|arm| arm.planned / u64::from(run.record.repeats.max(1))).max();
    let cases = seen.len().max(planned.unwrap_or(0) as usize);
    Ok(Gathered { columns, scores, cases })
}

/// The mean of each case's trials; what has no score has none.
fn means(by_case: &ByCase) -> Vec<f64> {
    by_case
        .values()
        .filter_map(|trials| {
            let known: Vec<f64> =
                trials.iter().flatten().copied().filter(|score| (0.0..=1.0).contains(score)).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        })
        .collect()
}

fn figure(by_case: &ByCase, looking: Looking, settings: &Settings) -> Result<Option<Figure>, NotAsked> {
    let means = means(by_case);
    if means.is_empty() {
        return Ok(None);
    }
    let figure = match looking {
        Looking::Once => Figure::of(&means, settings.confidence, settings.seed),
        Looking::Every { .. } => Figure::at_every_look(&means, settings.confidence),
    };
    figure.map(Some).map_err(|error| unfit(&error))
}

fn histogram(by_case: &ByCase) -> [u64; 10] {
    let mut tenths = [0; 10];
    for mean in means(by_case) {
        // A mean of thirds may be a hair below the tenth it is.
        let tenth = ((mean * 10.0 + 1e-9).floor() as usize).min(9);
        if let Some(count) = tenths.get_mut(tenth) {
            *count += 1;
        }
    }
    tenths
}

/// The scores of every metric but the primary one, by arm, metric and case; metrics in the order they were written.
fn other_metrics(
    store: &Store,
    run: &StoredRun,
    rows: &Rows,
    primary: &str,
) -> Result<Vec<Vec<(String, ByCase)>>, NotAsked> {
    let mut arms: Vec<(Vec<String>, BTreeMap<String, ByCase>)> = vec![Default::default(); run.record.arms.len()];
    store
        .each_scores(run.id, |place, scores| {
            let (Some((order, metrics)), Some(scores)) = (arms.get_mut(place.arm as usize), scores.as_object()) else {
                return;
            };
            for (metric, score) in scores.iter().filter(|(metric, _)| *metric != primary) {
                let number = serde_json::from_value::<Score>(score.clone()).ok().and_then(|score| score.number());
                let Some(number) = number else { continue };
                if !metrics.contains_key(metric) {
                    order.push(metric.clone());
                }
                metrics.entry(metric.clone()).or_default().entry(rows.key(place.row)).or_default().push(Some(number));
            }
        })
        .map_err(|error| unread(&error))?;
    Ok(arms
        .into_iter()
        .map(|(order, mut metrics)| {
            order.into_iter().filter_map(|metric| metrics.remove(&metric).map(|by_case| (metric, by_case))).collect()
        })
        .collect())
}
