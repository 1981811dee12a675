//! The columns of a table: the primary metric, the others, how far repeats agree, price, time.

use super::source::{ArmAnswers, JUDGED, Sampled, Source};
use crate::score::{Agreement, Aspect, Outcome};

/// What a column counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A score from 0 to 1, by the metric's name.
    Score,
    /// The chance that two answers of the arm to one case are the same.
    Consistency,
    /// Dollars for a case.
    Cost,
    /// Seconds to the end of the answer, where they were measured.
    Latency,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it counts.
    pub kind: ColumnKind,
    /// Whether it speaks of form or of content; of neither without.
    pub aspect: Option<Aspect>,
    /// Whether it is the one a verdict is about; all others are exploratory.
    pub is_primary: bool,
}

impl Column {
    /// The columns of a source: the primary metric first, then the others in the workbench's order, then those that are no metrics,
    /// where there is something to show in them.
    pub fn of(source: &Source) -> Vec<Self> {
        let metric = |(name, aspect): &(String, Aspect)| Self {
            name: name.clone(),
            kind: ColumnKind::Score,
            aspect: Some(*aspect),
            is_primary: *name == source.primary,
        };
        let mut columns: Vec<Self> = source.metrics.iter().map(metric).collect();
        columns.sort_by_key(|column| !column.is_primary);
        let any = |is: &dyn Fn(&Vec<Sampled>) -> bool| source.arms.iter().any(|arm| arm.cases.values().any(is));
        let other = |name: &str, kind, aspect| Self { name: name.to_owned(), kind, aspect, is_primary: false };
        if any(&|samples| samples.iter().any(|one| one.scores.contains_key(JUDGED))) {
            columns.push(other(JUDGED, ColumnKind::Score, Some(Aspect::Content)));
        }
        if any(&|samples| samples.len() > 1) {
            columns.push(other("consistency", ColumnKind::Consistency, None));
        }
        columns.push(other("cost", ColumnKind::Cost, None));
        columns.push(other("latency", ColumnKind::Latency, None));
        columns
    }

    /// Which way is good.
    pub const fn aim(&self) -> Aim {
        match self.kind {
            ColumnKind::Score | ColumnKind::Consistency => Aim::Higher,
            ColumnKind::Cost | ColumnKind::Latency => Aim::Lower,
        }
    }

    /// What it speaks of, in a word.
    pub const fn speaks_of(&self) -> &'static str {
        match self.aspect {
            Some(aspect) => aspect.as_str(),
            None => "neither form nor content",
        }
    }

    /// What the column says of one case: the mean over its answers, `None` where there is nothing to say.
    pub(super) fn of_case(&self, samples: &[Sampled]) -> Option<f64> {
        let mean = |value: &dyn Fn(&Sampled) -> Option<f64>| {
            let values: Vec<f64> = samples.iter().filter_map(value).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        match self.kind {
            ColumnKind::Score => mean(&|one| one.scores.get(&self.name).copied()),
            ColumnKind::Consistency => {
                let said: Vec<(Outcome, &str)> = samples.iter().map(|one| (one.outcome, one.text.as_str())).collect();
                Agreement::of(&said, None).consistency()
            }
            ColumnKind::Cost => mean(&|one| one.cost),
            ColumnKind::Latency => mean(&|one| one.total_ms.map(|ms| ms as f64 / 1_000.0)),
        }
    }

    /// What it says of every case of an arm that it says something of, by the case's id.
    pub(super) fn of_arm<'a>(&'a self, arm: &'a ArmAnswers) -> impl Iterator<Item = (&'a str, f64)> {
        arm.cases.iter().filter_map(|(id, samples)| Some((id.as_str(), self.of_case(samples)?)))
    }

    /// A value of this column for people.
    pub fn in_words(&self, value: f64) -> String {
        match self.kind {
            ColumnKind::Score | ColumnKind::Consistency => format!("{value:.3}"),
            ColumnKind::Cost if value == 0.0 => "free".to_owned(),
            ColumnKind::Cost => format!("${}", crate::model::amount(value)),
            ColumnKind::Latency => format!("{value:.2} s"),
        }
    }
}
