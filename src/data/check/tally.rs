//! What is counted over all rows of a split: tokens, and how evenly the answers are spread.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Answers with more different values than this are no labels.
const MOST_VALUES: usize = 24;
/// Fields of a JSON answer that are looked at.
const MOST_FIELDS: usize = 16;
/// A value is no longer than this many bytes to count as a label.
const LONGEST_LABEL: usize = 64;
/// Fewer rows than this say nothing about balance.
const FEWEST_ROWS: usize = 20;
/// From this share of the rows on, one value is most of the data.
const MOST_SHARE: f64 = 0.9;

/// Tokens over the rows of a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenSpread {
    /// The shortest row.
    pub least: u32,
    /// Half of the rows have no more.
    pub median: u32,
    /// Nineteen of twenty rows have no more.
    pub most_of_19_in_20: u32,
    /// The longest row.
    pub most: u32,
    /// All rows together.
    pub total: u64,
}

impl TokenSpread {
    /// The spread of these counts.
    pub(crate) fn of(mut counts: Vec<u32>) -> Self {
        counts.sort_unstable();
        let at = |part: usize| counts.get((counts.len() * part).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
        Self {
            least: at(0),
            median: at(50),
            most_of_19_in_20: at(95),
            most: at(100),
            total: counts.iter().map(|count| u64::from(*count)).sum(),
        }
    }
}

/// How often each value of a field stands in the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// The field of a JSON answer; `None` for answers as a whole.
    pub field: Option<String>,
    /// Values with the number of rows that have them, the most frequent first.
    pub counts: Vec<(String, u64)>,
    /// Rows with an answer.
    pub rows: u64,
}

impl Labels {
    /// The value that is on almost every row, if one is.
    pub fn dominant(&self) -> Option<(&str, f64)> {
        let (value, count) = self.counts.first()?;
        let share = *count as f64 / self.rows.max(1) as f64;
        (self.rows as usize >= FEWEST_ROWS && share >= MOST_SHARE).then_some((value.as_str(), share))
    }
}

/// Values of one field; `None` once there are too many.
type Values = Option<BTreeMap<String, u64>>;

/// Counts answers, within bounds.
#[derive(Debug, Default)]
pub(crate) struct LabelTally {
    whole: Option<Values>,
    fields: BTreeMap<String, Values>,
    rows: u64,
}

impl LabelTally {
    pub(crate) fn add(&mut self, answer: &str) {
        self.rows += 1;
        count(self.whole.get_or_insert_with(|| Some(BTreeMap::new())), answer.trim());
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(answer) else { return };
        for (name, value) in fields {
            if self.fields.len() >= MOST_FIELDS && !self.fields.contains_key(&name) {
                continue;
            }
            let values = self.fields.entry(name).or_insert_with(|| Some(BTreeMap::new()));
            match value {
                Value::String(text) => count(values, &text),
                Value::Array(_) | Value::Object(_) => *values = None,
                other => count(values, &other.to_string()),
            }
        }
    }

    /// What turned out to be labels: few values, each of them on several rows on average.
    pub(crate) fn finish(self) -> Vec<Labels> {
        let rows = self.rows;
        let labels = |field: Option<String>, values: BTreeMap<String, u64>| {
            let mut counts: Vec<(String, u64)> = values.into_iter().collect();
            counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
            Labels { field, counts, rows }
        };
        let whole = self.whole.flatten().map(|values| labels(None, values));
        let fields =
            self.fields.into_iter().filter_map(|(field, values)| values.map(|values| labels(Some(field), values)));
        whole.into_iter().chain(fields).filter(|labels| labels.counts.len() as u64 * 2 <= rows).collect()
    }
}

fn count(values: &mut Values, value: &str) {
    let Some(known) = values else { return };
    if let Some(number) = known.get_mut(value) {
        *number += 1;
    } else if known.len() < MOST_VALUES && value.len() <= LONGEST_LABEL {
        known.insert(value.to_owned(), 1);
    } else {
        *values = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_tokens() {
        assert_eq!(TokenSpread::of(Vec::new()), TokenSpread::default());
        let spread = TokenSpread::of((1..=100).rev().collect());
        assert_eq!(spread, TokenSpread { least: 1, median: 50, most_of_19_in_20: 95, most: 100, total: 5050 });
        assert_eq!(TokenSpread::of(vec![7]).median, 7);
    }

    #[test]
    fn few_values_are_labels_and_many_are_none() {
        let mut tally = LabelTally::default();
        for row in 0..40 {
            let day = if row % 4 == 0 { "mon" } else { "tue" };
            tally.add(&format!("{{\"day\":\"{day}\",\"n\":{row},\"ok\":true,\"list\":[1]}}"));
        }
        let labels = tally.finish();
        let fields: Vec<&str> = labels.iter().filter_map(|labels| labels.field.as_deref()).collect();
        assert_eq!(fields, ["day", "ok"]);
        assert_eq!(labels[0].counts, [("tue".to_owned(), 30), ("mon".to_owned(), 10)]);
        assert_eq!(labels[0].dominant(), None);
        assert_eq!(labels[1].dominant(), Some(("true", 1.0)));
    }

    #[test]
    fn plain_answers_are_labels_as_a_whole() {
        let mut tally = LabelTally::default();
        for row in 0..30 {
            tally.add(if row == 0 { "no" } else { "yes" });
        }
        let labels = tally.finish();
        assert_eq!(labels.len(), 1);
        assert_eq!(labels[0].field, None);
        assert_eq!(labels[0].dominant().unwrap().0, "yes");
        let mut tally = LabelTally::default();
        for row in 0..30 {
            tally.add(&format!("free text {row}"));
        }
        assert!(tally.finish().is_empty());
    }
}
