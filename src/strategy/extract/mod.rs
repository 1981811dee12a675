//! Reading an answer out of a model's text: one stated way, whose result says how it was found. What cannot be read is
//! unparsed, never guessed.

mod choice;
mod code;
mod json;
mod marker;
mod pattern;

use std::ops::Range;

pub(crate) use choice::plain_word;
pub(crate) use json::find as find_json;

use super::choices::Choices;
use super::common;
use super::error::StrategyError;
use super::settings::Settings;
use super::task::Extraction;

/// A way to read an answer.
#[derive(Clone, Debug)]
pub(crate) enum Extractor {
    /// All of the text.
    Whole,
    /// What follows the last line that begins with the marker.
    Marker(String),
    /// The last match of a pattern: its first group, or all of it.
    Regex(Box<regex::Regex>),
    /// The last line with something on it.
    LastLine,
    /// A place in the JSON of the text.
    JsonPath(json::Path),
    /// The letter of one of the case's choices, after the marker where there is one.
    Choice(String),
    /// The last fenced code block, of this language where one is named.
    CodeBlock(String),
}

impl Extractor {
    /// The way that the settings `read`, `marker` and `pattern` describe.
    pub(crate) fn of(settings: &Settings) -> Result<Self, StrategyError> {
        let (marker, pattern) = (settings.text(common::MARKER.name), settings.text(common::PATTERN.name));
        let cannot = |reason: String, hint: &str| StrategyError::BadWay { reason, hint: hint.to_owned() };
        Ok(match settings.text(common::READ.name).as_str() {
            "marker" if marker.trim().is_empty() => {
                return Err(cannot("the answer marker is empty".to_owned(), "Write a marker such as \"Answer:\"."));
            }
            "marker" => Self::Marker(marker.trim().to_owned()),
            "regex" if pattern.is_empty() => {
                return Err(cannot("the pattern is empty".to_owned(), "Write a regular expression under `pattern`."));
            }
            "regex" => {
                let regex = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build().map_err(|error| {
                    let what = error.to_string();
                    let last = what.lines().last().unwrap_or_default().trim();
                    cannot(format!("the pattern cannot be read: {last}"), "Correct the regular expression.")
                })?;
                Self::Regex(Box::new(regex))
            }
            "last-line" => Self::LastLine,
            "json-path" => Self::JsonPath(json::Path::parse(&pattern).map_err(|reason| {
                cannot(reason, "Write a path such as `$.answer` or `$.items[0].name` under `pattern`.")
            })?),
            "choice" => Self::Choice(marker.trim().to_owned()),
            "code-block" => Self::CodeBlock(pattern.trim().to_owned()),
            _ => Self::Whole,
        })
    }

    /// Whether it needs the case's choices.
    pub(crate) const fn needs_choices(&self) -> bool {
        matches!(self, Self::Choice(_))
    }

    /// Reads `text`. `choices` are those of the case, in the order in which they were shown.
    pub(crate) fn read(&self, text: &str, choices: Option<&Choices>) -> Extraction {
        match self {
            Self::Whole => Extraction::Whole(text.to_owned()),
            Self::Marker(marker) => marker::read(text, marker),
            Self::Regex(regex) => pattern::read(text, regex),
            Self::LastLine => last_line(text),
            Self::JsonPath(path) => json::read(text, path),
            Self::Choice(marker) => match choices {
                Some(choices) => choice::read(text, marker, choices),
                None => Extraction::Unparsed { why: "the case has no choices to read a letter of".to_owned() },
            },
            Self::CodeBlock(language) => code::read(text, language),
        }
    }
}

/// A part of the text as an extraction; an empty one is none.
fn part(text: &str, range: Range<usize>, how: impl Into<String>, empty: &str) -> Extraction {
    let range = trimmed(text, range);
    let answer = text.get(range.clone()).unwrap_or_default();
    if answer.is_empty() {
        return Extraction::Unparsed { why: empty.to_owned() };
    }
    Extraction::Part { text: answer.to_owned(), range, how: how.into() }
}

fn last_line(text: &str) -> Extraction {
    let end = text.trim_end().len();
    let start = text.get(..end).unwrap_or_default().rfind('\n').map_or(0, |at| at + 1);
    part(text, start..end, "the last line", "there is no line with something on it")
}

/// A range without the white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::setting::{Setting, SettingValue};
    use super::*;
    use crate::data::Case;

    static KNOWN: [Setting; 3] = [common::READ, common::MARKER, common::PATTERN];

    fn way(read: &str, pattern: &str) -> Result<Extractor, StrategyError> {
        let mut settings = Settings::new("test", &KNOWN);
        settings.set("read", SettingValue::Text(read.to_owned())).unwrap();
        settings.set("pattern", SettingValue::Text(pattern.to_owned())).unwrap();
        Extractor::of(&settings)
    }

    fn read(way_name: &str, pattern: &str, text: &str) -> String {
        match way(way_name, pattern).unwrap().read(text, None) {
            Extraction::Part { text: found, range, .. } => {
                assert_eq!(text.get(range), Some(found.as_str()), "{text}");
                found
            }
            Extraction::Whole(text) => format!("whole {text}"),
            Extraction::Made { text, .. } => text,
            Extraction::Unparsed { why } | Extraction::Invalid { why } => format!("! {why}"),
        }
    }

    #[test]
    fn each_way_finds_its_part_and_says_when_there_is_none() {
        for (way, pattern, text, expected) in [
            ("whole", "", " x ", "whole  x "),
            ("last-line", "", "a\nb \n\n", "b"),
            ("last-line", "", " \n ", "! there is no line with something on it"),
            ("regex", r"total (\d+)", "total 3, no: total 14", "14"),
            ("regex", r"\d+", "3 then 14", "14"),
            ("regex", r"x(y)?", "x", "x"),
            ("regex", r"\d+", "none", "! the pattern matches nowhere"),
            ("code-block", "", "a\n```rust\nfn a() {}\n```\nb\n```\nlast\n```", "last"),
            ("code-block", "rust", "a\n```rust\nfn a() {}\n```\nb\n```\nlast\n```", "fn a() {}"),
            ("code-block", "", "```py\nopen", "open"),
            ("code-block", "java", "```\nx\n```", "! there is no code block in java"),
            ("json-path", "$.items[0].name", "x {\"items\": [{\"name\": \"é\"}]} y", "é"),
            ("json-path", "answer", "```json\n{\"answer\": {\"a\": 1}}\n```", "{\"a\":1}"),
            ("json-path", "$.answer", "{\"other\": 1}", "! the JSON has nothing at $.answer"),
            ("json-path", "$.answer", "no json", "! the text holds no JSON"),
            ("marker", "", "Answer: 3\nAnswer: 4", "4"),
            ("choice", "", "B", "! the case has no choices to read a letter of"),
        ] {
            assert_eq!(read(way, pattern, text), expected, "{way} {pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_way_that_cannot_be_read_is_refused() {
        for (read, pattern, expected) in [
            ("regex", "", "the pattern is empty"),
            ("regex", "(", "the pattern cannot be read: error: unclosed group"),
            ("json-path", "$.a[", "the path ends inside a bracket"),
            ("json-path", "", "the path is empty"),
        ] {
            assert_eq!(way(read, pattern).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn letters_are_read_of_the_choices_that_were_shown() {
        let case = Case {
            variables: json!({ "choices": ["a red fox", "Blue", "42", "none"] }).as_object().unwrap().clone(),
            ..Case::default()
        };
        let choices = Choices::of(&case, &[]).unwrap();
        let way = way("choice", "").unwrap();
        for (text, expected) in [
            ("B", Some("B")),
            ("b.", Some("B")),
            ("(C)", Some("C")),
            ("**D**", Some("D")),
            ("Answer: [B]", Some("B")),
            ("A is wrong, B as well.\nAnswer: C", Some("C")),
            ("The answer is C because A was excluded.", Some("C")),
            ("I weigh [A] and [B].", None),
            ("Reasons for [A].\nAnswer: [B] or [C]", None),
            ("C) 42", Some("C")),
            ("Blue", Some("B")),
            ("a red fox.", Some("A")),
            ("Answer: Blue", Some("B")),
            ("E", None),
            ("", None),
            ("A dog barked.", None),
            ("Answer:", None),
        ] {
            assert_eq!(way.read(text, Some(&choices)).text(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_extraction_is_always_a_part_of_the_text(
            text in "(Answer:|answer|\\*\\*|```|```json|\n| |ü|:|a|\\{|\\}|\"a\"|1|\\[B\\]){0,24}",
            name in proptest::prop_oneof![
                proptest::prelude::Just("marker"), proptest::prelude::Just("regex"), proptest::prelude::Just("last-line"),
                proptest::prelude::Just("code-block"), proptest::prelude::Just("json-path"),
            ],
        ) {
            let pattern = match name { "regex" => "ü.?", "json-path" => "a", _ => "" };
            if let Extraction::Part { text: found, range, .. } = way(name, pattern).unwrap().read(&text, None) {
                proptest::prop_assert_eq!(text.get(range), Some(found.as_str()));
            }
        }
    }
}
