//! The order of rows by a column, in bounded memory: sixteen bytes a row, and the rest of long texts as far as there is room.
//!
//! Numbers come before texts, texts are compared without capitals, rows without a value come last whichever way. Rows that are
//! alike stay as in the file.

use serde_json::Value;

/// Bytes of texts that are kept beyond their first eight.
const ROOM: usize = 64 << 20;
/// Bytes of one text that are kept beyond its first eight.
const LONGEST: usize = 120;
/// Stands for a text of which only the first eight bytes are kept.
const CUT: u32 = u32::MAX;

/// Rows to be ordered.
#[derive(Debug, Default)]
pub struct Sorter {
    downwards: bool,
    numbers: Vec<(u64, u32)>,
    texts: Vec<Text>,
    without: Vec<u32>,
    /// Rests of texts, each with its length before it.
    rests: Vec<u8>,
    coarse: bool,
}

#[derive(Clone, Copy, Debug)]
struct Text {
    start: u64,
    row: u32,
    rest: u32,
}

impl Sorter {
    /// Upwards, or downwards.
    pub fn new(downwards: bool) -> Self {
        Self { downwards, ..Self::default() }
    }

    /// Adds a row by its value. A text that is a number counts as one.
    pub fn push(&mut self, row: u32, value: Option<&Value>) {
        let text = match value {
            None | Some(Value::Null) => return self.without.push(row),
            Some(Value::Number(number)) => return self.number(row, number.as_f64().unwrap_or(f64::NAN)),
            Some(Value::String(text)) => text.as_str().into(),
            Some(other) => std::borrow::Cow::from(other.to_string()),
        };
        let text = text.trim();
        if text.is_empty() {
            return self.without.push(row);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => self.number(row, number),
            _ => self.text(row, text),
        }
    }

    fn number(&mut self, row: u32, number: f64) {
        // The bits of a float in an order of their own: the sign bit turned, negative ones turned around.
        let bits = number.to_bits();
        let key = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        self.numbers.push((key, row));
    }

    fn text(&mut self, row: u32, text: &str) {
        // No more of a long text than counts.
        let head: String = text.chars().take(8 + LONGEST).flat_map(char::to_lowercase).collect();
        let bytes = head.as_bytes();
        let start = (0..8).fold(0, |sum, at| sum << 8 | u64::from(bytes.get(at).copied().unwrap_or(0)));
        let rest = bytes.get(8..bytes.len().min(8 + LONGEST)).unwrap_or_default();
        let place = if self.rests.len() + rest.len() < ROOM { self.rests.len() as u32 } else { CUT };
        if place == CUT {
            self.coarse = true;
        } else {
            self.rests.push(rest.len() as u8);
            self.rests.extend_from_slice(rest);
        }
        self.texts.push(Text { start, row, rest: place });
    }

    /// Whether there was no room for the rests of all texts, so that some are ordered by their first eight bytes alone.
    pub const fn is_coarse(&self) -> bool {
        self.coarse
    }

    /// The rows so far in their order.
    pub fn order(&mut self) -> Vec<u32> {
        let (rests, downwards) = (&self.rests, self.downwards);
        let rest = |text: &Text| {
            let length = rests.get(text.rest as usize).copied().unwrap_or(0) as usize;
            rests.get(text.rest as usize + 1..).and_then(|rest| rest.get(..length)).unwrap_or_default()
        };
        let turned = |order: std::cmp::Ordering| if downwards { order.reverse() } else { order };
        self.numbers.sort_unstable_by(|(a, x), (b, y)| turned(a.cmp(b)).then(x.cmp(y)));
        self.texts.sort_unstable_by(|a, b| {
            let order = a.start.cmp(&b.start).then_with(|| rest(a).cmp(rest(b)));
            turned(order).then(a.row.cmp(&b.row))
        });
        let numbers = self.numbers.iter().map(|(_, row)| *row);
        let texts = self.texts.iter().map(|text| text.row);
        let mut order = Vec::with_capacity(self.numbers.len() + self.texts.len() + self.without.len());
        if downwards {
            order.extend(texts.chain(numbers));
        } else {
            order.extend(numbers.chain(texts));
        }
        order.extend(&self.without);
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ordered(values: &[Value], downwards: bool) -> Vec<u32> {
        let mut sorter = Sorter::new(downwards);
        for (row, value) in values.iter().enumerate() {
            sorter.push(row as u32, Some(value).filter(|value| !value.is_null()));
        }
        sorter.order()
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_texts_without_capitals() {
        let values = [
            json!("10"),
            json!(9),
            json!("pear"),
            json!(""),
            json!("Apple"),
            json!(-2.5),
            json!("apple pie"),
            Value::Null,
            json!("9"),
        ];
        assert_eq!(ordered(&values, false), [5, 1, 8, 0, 4, 6, 2, 3, 7]);
        assert_eq!(ordered(&values, true), [2, 6, 4, 0, 1, 8, 5, 3, 7], "alike ones stay as they are, empty ones last");
    }

    proptest! {
        #[test]
        fn any_numbers_come_in_their_order(numbers in prop::collection::vec(-1e12_f64..1e12, 0..60)) {
            let values: Vec<Value> = numbers.iter().map(|number| json!(number)).collect();
            let mut expected: Vec<u32> = (0..numbers.len() as u32).collect();
            expected.sort_by(|a, b| numbers[*a as usize].total_cmp(&numbers[*b as usize]));
            prop_assert_eq!(ordered(&values, false), expected);
        }

        #[test]
        fn long_texts_are_told_apart_behind_their_first_bytes(tails in prop::collection::vec("[a-z]{0,12}", 0..40)) {
            let values: Vec<Value> = tails.iter().map(|tail| json!(format!("the same beginning {tail}"))).collect();
            let mut expected: Vec<u32> = (0..tails.len() as u32).collect();
            expected.sort_by(|a, b| tails[*a as usize].cmp(&tails[*b as usize]).then(a.cmp(b)));
            prop_assert_eq!(ordered(&values, false), expected);
        }
    }
}
