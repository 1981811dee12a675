//! Two stored runs side by side: each arm with itself, on the cases both runs have. What was asked, not the row, says which
//! case is which, so a data set may have grown or changed its order in between.

use std::collections::BTreeMap;

use super::{NotAsked, Rows, metric_of, settings_of, unread};
use crate::run::Session;
use crate::run::compare::{Against, Looking, judged};
use crate::stats::{Beside, ByCase, Finding, align, wording};
use crate::store::{Store, StoredRun};

/// What changed from one run to another.
#[derive(Clone, Debug)]
pub struct Between {
    /// The metric both are read by.
    pub metric: String,
    /// What stands in the way of a plain comparison: other cases, other metrics.
    pub remarks: Vec<String>,
    /// The arms that both runs have, by name.
    pub arms: Vec<ArmBetween>,
    /// Arms that only the earlier one has.
    pub only_before: Vec<String>,
    /// Arms that only the later one has.
    pub only_after: Vec<String>,
}

/// One arm in both runs.
#[derive(Clone, Debug)]
pub struct ArmBetween {
    /// Its name.
    pub arm: String,
    /// What is different about it: prompt, strategy, model. Empty where it asks the same.
    pub changed: Vec<&'static str>,
    /// Whether the later is better than the earlier.
    pub finding: Finding,
    /// Before and after, over the same cases.
    pub means: [f64; 2],
    /// Cases compared.
    pub n: usize,
    /// Cases with a higher score after, by their ids.
    pub up: Vec<String>,
    /// Cases with a lower one.
    pub down: Vec<String>,
    /// What is shown.
    pub sentence: String,
    /// By what.
    pub why: String,
    /// Whether it survives what is missing.
    pub missing: Option<String>,
}

/// Scores by what was asked, and the row and the id of each such case.
struct Asked {
    arms: Vec<ByCase>,
    ids: BTreeMap<String, (u64, String)>,
}

fn asked(store: &Store, run: &StoredRun) -> Result<Asked, NotAsked> {
    let mut keys: BTreeMap<u64, (String, String)> = BTreeMap::new();
    store
        .each_case(run.id, |row, id, key| {
            keys.insert(row, (id, key));
        })
        .map_err(|error| unread(&error))?;
    let mut arms = vec![ByCase::new(); run.record.arms.len()];
    store
        .each_cell(run.id, |cell| {
            if let (Some(arm), Some((_, key))) = (arms.get_mut(cell.place.arm as usize), keys.get(&cell.place.row)) {
                arm.entry(key.clone()).or_default().push(cell.score);
            }
        })
        .map_err(|error| unread(&error))?;
    Ok(Asked { arms, ids: keys.into_iter().map(|(row, (id, key))| (key, (row, id))).collect() })
}

/// Compares two runs of one workbench.
pub fn between(session: &Session, store: &Store, before: &StoredRun, after: &StoredRun) -> Result<Between, NotAsked> {
    let settings = settings_of(session, after);
    let metric = metric_of(session, after);
    let earlier = metric_of(session, before);
    if metric != earlier {
        return Err(NotAsked {
            what: format!("run {} was scored by `{earlier}`, run {} by `{metric}`", before.id, after.id),
            hint: "Only runs of one primary metric can be compared.".to_owned(),
        });
    }
    let (old, new) = (asked(store, before)?, asked(store, after)?);
    let mut remarks = Vec::new();
    let common = old.ids.keys().filter(|key| new.ids.contains_key(*key)).count();
    let (left, gained) = (old.ids.len() - common, new.ids.len() - common);
    if left + gained > 0 {
        let alone = [(left, before.id), (gained, after.id)].into_iter().filter(|(cases, _)| *cases > 0);
        let alone = alone.map(|(cases, run)| format!("{} in run {run} alone", wording::grouped(cases as u64)));
        let is = if common == 1 { "is" } else { "are" };
        let (common, alone) = (wording::cases(common as u64), alone.collect::<Vec<_>>().join(", "));
        remarks.push(format!("Compared {is} the {common} that both runs have; {alone}."));
    }
    if [before, after].iter().any(|run| Rows::of(run).looking() != Looking::Once) {
        remarks.push(
            "One of them stopped its arms once their verdicts were clear: what is compared here was chosen by its results, and the \
             intervals take it as planned. Exploratory."
                .to_owned(),
        );
    }
    if common == 0 {
        return Err(NotAsked {
            what: format!("runs {} and {} have no case in common", before.id, after.id),
            hint: "Compare runs of one data set.".to_owned(),
        });
    }
    let names = |run: &StoredRun| run.record.arms.iter().map(|arm| arm.name.clone()).collect::<Vec<_>>();
    let (old_names, new_names) = (names(before), names(after));
    let mut pairs = Vec::new();
    for (place, name) in new_names.iter().enumerate() {
        let Some(earlier) = old_names.iter().position(|other| other == name) else { continue };
        if let (Some(own), Some(base)) = (new.arms.get(place), old.arms.get(earlier)) {
            let aligned = align([own, base]);
            if !aligned.rows.is_empty() {
                pairs.push((name, place, earlier, aligned, Beside::pair(own, base)));
            }
        }
    }
    let beside = pairs.iter().map(|(name, .., beside)| ((*name).clone(), beside.clone())).collect();
    let found = judged("", beside, (&metric, common), Looking::Once, &settings)?;
    let mut arms = Vec::new();
    for ((name, place, earlier, aligned, _), against) in pairs.iter().zip(found.arms) {
        let Against { paired, verdict, sensitivity, .. } = against;
        let moved = |sign: f64| {
            let rows = aligned.rows.iter().zip(&aligned.ids);
            let mut moved: Vec<&(u64, String)> = rows
                .filter(|([own, base], _)| sign * (own - base) > 1e-9)
                .filter_map(|(_, key)| new.ids.get(key))
                .collect();
            moved.sort();
            moved.into_iter().map(|(_, id)| id.clone()).collect::<Vec<_>>()
        };
        arms.push(ArmBetween {
            arm: (*name).clone(),
            changed: changed(before, *earlier, after, *place),
            finding: verdict.finding,
            means: [paired.other, paired.arm],
            n: paired.n,
            up: moved(1.0),
            down: moved(-1.0),
            sentence: wording::comparison(
                &format!("{name} in run {}", after.id),
                &format!("{name} in run {}", before.id),
                &paired,
                &verdict,
                &settings,
            ),
            why: wording::why(&paired, &verdict, &settings, aligned.left_out),
            missing: wording::missing(sensitivity.as_ref(), verdict.finding),
        });
    }
    let only = |own: &[String], other: &[String]| own.iter().filter(|name| !other.contains(name)).cloned().collect();
    Ok(Between {
        metric,
        remarks,
        arms,
        only_before: only(&old_names, &new_names),
        only_after: only(&new_names, &old_names),
    })
}

/// What is different about an arm that has kept its name.
fn changed(before: &StoredRun, earlier: usize, after: &StoredRun, later: usize) -> Vec<&'static str> {
    let (Some(old), Some(new)) = (before.record.arms.get(earlier), after.record.arms.get(later)) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if old.prompt_hash != new.prompt_hash {
        all.push("prompt");
    }
    let part = |run: &StoredRun, arm: usize, key: &str| {
        run.record.plan.get("arms").and_then(|arms| arms.get(arm)?.get(key).cloned())
    };
    for (key, word) in
        [("strategy", "strategy"), ("model", "model"), ("fingerprint", "model file"), ("parameters", "parameters")]
    {
        if part(before, earlier, key) != part(after, later, key) {
            all.push(word);
        }
    }
    if all.is_empty() && old.arm_key != new.arm_key {
        all.push("something besides the prompt");
    }
    all
}
