//! Which rows of a run pass a filter, and by what they are ordered. Asked a part of the rows at a time, so that a screen hears
//! of the first ones at once, no question holds the reader for long, and whoever asks may stop between two parts.

use std::ops::Range;

use rusqlite::{ToSql, params_from_iter};

use crate::store::read::pattern;
use crate::store::time::MEASURED;
use crate::store::{Store, StoreError};

/// A score below this is a failure.
const HALF: f64 = 0.5;

/// What must hold of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowCondition {
    /// A trial with a score below one half, or a non-answer; of one arm where it is given.
    Failed(Option<u32>),
    /// A non-answer of any kind.
    NonAnswer(Option<u32>),
    /// An answer that could not be read.
    Unparsed(Option<u32>),
    /// A trial that is missing.
    Missing(Option<u32>),
    /// Two arms have other mean scores.
    Differ(u32, u32),
    /// A mean score was on the other side of one half in an earlier run.
    Flipped {
        /// That run.
        earlier: i64,
        /// Arms of this run with the same arms of that one.
        arms: Vec<(u32, u32)>,
    },
    /// Text somewhere in the case or in an answer; ASCII case does not matter.
    Text(String),
}

/// By what rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// The mean score of an arm.
    Score(u32),
    /// The longest time of a trial that was measured; of one arm where it is given.
    Time(Option<u32>),
}

type Values = Vec<Box<dyn ToSql>>;

impl Store {
    /// The rows of `part` of a run for which `condition` holds, ascending.
    pub fn rows_where(&self, run: i64, part: Range<u32>, condition: &RowCondition) -> Result<Vec<u32>, StoreError> {
        let mut values: Values = vec![Box::new(run), Box::new(part.start), Box::new(part.end)];
        let sql = match condition {
            RowCondition::Failed(arm) => of_arm(*arm, &format!("score < {HALF}")),
            RowCondition::NonAnswer(arm) => of_arm(*arm, "outcome LIKE 'non-answer:%'"),
            RowCondition::Unparsed(arm) => of_arm(*arm, "outcome = 'non-answer:unparsed'"),
            RowCondition::Missing(arm) => of_arm(*arm, "outcome LIKE 'missing:%'"),
            RowCondition::Differ(left, right) => format!(
                "SELECT row FROM cells WHERE run = ? AND row >= ? AND row < ? AND arm IN ({left}, {right}) GROUP BY row
                 HAVING abs(avg(CASE arm WHEN {left} THEN score END) - avg(CASE arm WHEN {right} THEN score END)) > 1e-9"
            ),
            RowCondition::Flipped { earlier, arms } => {
                values.push(Box::new(*earlier));
                flipped(arms)
            }
            RowCondition::Text(text) => {
                let pattern = pattern(text);
                values.extend([Box::new(pattern.clone()) as Box<dyn ToSql>, Box::new(pattern)]);
                "SELECT DISTINCT row FROM cells JOIN trials ON trials.id = cells.trial
                 WHERE run = ? AND row >= ? AND row < ? AND (case_json LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')
                 ORDER BY row"
                    .to_owned()
            }
        };
        self.read(|connection| {
            connection.prepare_cached(&sql)?.query_map(params_from_iter(values), |row| row.get(0))?.collect()
        })
    }

    /// The keys of those rows of `part` of a run that have one, by row.
    pub fn row_keys(&self, run: i64, part: Range<u32>, key: RowKey) -> Result<Vec<(u32, f64)>, StoreError> {
        let longest = format!("CAST(max({MEASURED}) AS REAL)");
        let (value, arm) = match key {
            RowKey::Score(arm) => ("avg(score)", Some(arm)),
            RowKey::Time(arm) => (longest.as_str(), arm),
        };
        let arm = arm.map_or_else(String::new, |arm| format!("AND arm = {arm}"));
        let sql = format!(
            "SELECT row, {value} AS key FROM cells WHERE run = ? AND row >= ? AND row < ? {arm} GROUP BY row
             HAVING key IS NOT NULL"
        );
        self.read(|connection| {
            connection
                .prepare_cached(&sql)?
                .query_map((run, part.start, part.end), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// How many trials of each arm have a score in each of `bins` equal parts of 0 to 1, among these rows of a run.
    pub fn score_counts(
        &self,
        run: i64,
        part: Range<u32>,
        (arms, bins): (usize, usize),
    ) -> Result<Vec<Vec<u64>>, StoreError> {
        let mut counts = vec![vec![0; bins]; arms];
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT arm, min(CAST(score * ?4 AS INTEGER), ?4 - 1) AS bin, count(*) FROM cells
                 WHERE run = ?1 AND row >= ?2 AND row < ?3 AND score IS NOT NULL GROUP BY arm, bin",
            )?;
            let mut rows = statement.query((run, part.start, part.end, bins as i64))?;
            while let Some(row) = rows.next()? {
                let (arm, bin): (usize, i64) = (row.get::<_, u32>(0)? as usize, row.get(1)?);
                let place = counts.get_mut(arm).and_then(|arm| arm.get_mut(usize::try_from(bin).unwrap_or(0)));
                if let Some(count) = place {
                    *count += row.get::<_, i64>(2)?.cast_unsigned();
                }
            }
            Ok(())
        })?;
        Ok(counts)
    }
}

fn of_arm(arm: Option<u32>, holds: &str) -> String {
    let arm = arm.map_or_else(String::new, |arm| format!("AND arm = {arm}"));
    format!("SELECT DISTINCT row FROM cells WHERE run = ? AND row >= ? AND row < ? {arm} AND {holds} ORDER BY row")
}

fn flipped(arms: &[(u32, u32)]) -> String {
    // No arm in common: nothing has flipped.
    let pairs: Vec<String> = arms.iter().map(|(now, before)| format!("({now}, {before})")).collect();
    let pairs = if pairs.is_empty() { "SELECT -1, -1".to_owned() } else { format!("VALUES {}", pairs.join(", ")) };
    format!(
        "WITH pairs (now, before) AS ({pairs}),
         means AS (
             SELECT row AS place, arm AS own, avg(score) AS mean FROM cells
             WHERE run = ?1 AND row >= ?2 AND row < ?3 GROUP BY row, arm
         )
         SELECT DISTINCT place FROM means JOIN pairs ON now = own
         WHERE (mean >= {HALF}) <> (
             SELECT avg(score) >= {HALF} FROM cells WHERE run = ?4 AND row = place AND arm = before
         ) ORDER BY place"
    )
}
