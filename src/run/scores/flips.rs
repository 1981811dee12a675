//! What changed case by case between the baseline and an arm, on the primary metric.

use super::column::Column;
use super::source::Source;

/// A case on which the two differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The case's place in the split, from 0.
    pub index: usize,
    /// Its id.
    pub case: String,
    /// The baseline's score, the mean over its answers.
    pub from: f64,
    /// The arm's.
    pub to: f64,
    /// An answer of the baseline: the newest.
    pub before: String,
    /// An answer of the arm.
    pub after: String,
}

impl Flip {
    /// What happened, in words.
    pub fn in_words(&self) -> &'static str {
        let full = |score: f64| score >= 1.0 - 1e-9;
        match (full(self.from), full(self.to)) {
            (true, false) => "right to wrong",
            (false, true) => "wrong to right",
            _ if self.to < self.from => "worse",
            _ => "better",
        }
    }

    /// Whether the arm lost it.
    pub fn is_loss(&self) -> bool {
        self.to < self.from
    }
}

/// The cases on which `arm` (its place among the source's) differs from the baseline: what it lost first, the largest changes first.
pub fn flips(source: &Source, arm: usize) -> Vec<Flip> {
    let columns = Column::of(source);
    let (Some(primary), Some(baseline), Some(arm)) =
        (columns.first().filter(|column| column.is_primary), source.arms.first(), source.arms.get(arm))
    else {
        return Vec::new();
    };
    let text = |arm: &super::ArmAnswers, case: &str| {
        arm.cases.get(case).and_then(|samples| samples.first()).map(|one| one.text.clone()).unwrap_or_default()
    };
    let other: std::collections::BTreeMap<&str, f64> = primary.of_arm(baseline).collect();
    let mut found: Vec<Flip> = primary
        .of_arm(arm)
        .filter_map(|(id, to)| {
            let from = *other.get(id)?;
            let index = source.index_of(id)?;
            ((to - from).abs() > 1e-12).then(|| Flip {
                index,
                case: id.to_owned(),
                from,
                to,
                before: text(baseline, id),
                after: text(arm, id),
            })
        })
        .collect();
    found.sort_by(|one, other| {
        let size = |flip: &Flip| (flip.to - flip.from).abs();
        (!one.is_loss())
            .cmp(&!other.is_loss())
            .then(size(other).total_cmp(&size(one)))
            .then(one.index.cmp(&other.index))
    });
    found
}
