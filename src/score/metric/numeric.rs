//! Numeric match: the last number of the answer against the reference's, within a tolerance.

use std::sync::LazyLock;

use regex::Regex;

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::score) struct NumericMatch {
    /// How far off the number may be, in its own unit.
    pub(in crate::score) absolute: f64,
    /// How far off it may be, as a share of the reference's size.
    pub(in crate::score) relative: f64,
}

impl NumericMatch {
    /// The same number: two ways of writing one differ by rounding alone.
    pub(in crate::score) const EXACT: Self = Self { absolute: 0.0, relative: 1e-9 };
}

/// The last number of a text: sign, digits (with commas or narrow spaces between thousands), fraction, exponent. A sign of percent
/// or currency beside it is not read.
pub(in crate::score) fn last_number(text: &str) -> Option<f64> {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"[-+\u{2212}]?(?:(?:\d{1,3}(?:[,\u{a0}\u{202f}]\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?").ok()
    });
    let number = NUMBER.as_ref()?.find_iter(text).last()?;
    let mut written: String = number
        .as_str()
        .chars()
        .filter(|one| !matches!(one, ',' | '\u{a0}' | '\u{202f}'))
        .map(|one| if one == '\u{2212}' { '-' } else { one })
        .collect();
    // In "3-4" and "x-4" the hyphen is none of the number's.
    let before = text.get(..number.start()).and_then(|before| before.chars().next_back());
    if written.starts_with(['-', '+']) && before.is_some_and(char::is_alphanumeric) {
        written.remove(0);
    }
    written.parse().ok().filter(|value: &f64| value.is_finite())
}

impl Metric for NumericMatch {
    fn id(&self) -> MetricId {
        MetricId("numeric-match")
    }

    fn title(&self) -> &'static str {
        "Numeric match"
    }

    fn description(&self) -> &'static str {
        "1 when the last number of the answer is the last number of the reference, within a tolerance: `tolerance` in the number's \
         own unit, `relative` as a share of the reference (1e-9 unless set). Commas between thousands are read, units are not."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let Some(right) = last_number(reference) else {
            return Score::not_applicable("the reference has no number");
        };
        let Some(said) = last_number(answer.text) else {
            return Score::explained(0.0, "no number could be read from it");
        };
        let off = (said - right).abs();
        if off <= self.absolute.max(self.relative * right.abs()) {
            Score::value(1.0)
        } else {
            Score::explained(0.0, format!("{said} instead of {right}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, number) in [
            ("42", Some(42.0)),
            ("so 3 + 4 = 7.", Some(7.0)),
            ("#### 1,234.50", Some(1234.5)),
            ("$1,000", Some(1000.0)),
            ("−5 %", Some(-5.0)),
            ("x-4", Some(4.0)),
            ("it is -4", Some(-4.0)),
            ("1e3", Some(1000.0)),
            ("1.5E-2 kg", Some(0.015)),
            (".5", Some(0.5)),
            ("2024-11-03", Some(3.0)),
            ("1e999", None),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(last_number(text), number, "{text:?}");
        }
    }

    #[test]
    fn tolerance_is_absolute_or_relative() {
        let score = |metric: NumericMatch, answer| metric.score(&Answer { text: answer }, "200").number();
        assert_eq!(score(NumericMatch::EXACT, "= 200.0"), Some(1.0));
        assert_eq!(score(NumericMatch::EXACT, "201"), Some(0.0));
        assert_eq!(score(NumericMatch { absolute: 1.0, relative: 0.0 }, "201"), Some(1.0));
        assert_eq!(score(NumericMatch { absolute: 0.0, relative: 0.01 }, "198"), Some(1.0));
        assert_eq!(score(NumericMatch { absolute: 0.0, relative: 0.01 }, "197.9"), Some(0.0));
        assert_eq!(NumericMatch::EXACT.score(&Answer { text: "1" }, "one").number(), None);
    }
}
