//! Chain of thought: the model is asked to reason first and to mark its answer; only the marked answer is scored.

use std::ops::Range;

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::registry::Strategy;
use super::setting::{Setting, SettingDefault, SettingKind};
use super::task::{Call, Extraction, Task};

/// See the module's first line.
pub(crate) struct ChainOfThought;

static SETTINGS: [Setting; 2] = [
    Setting {
        name: "wording",
        title: "Wording",
        help: "Ends the last user message.",
        kind: SettingKind::Text,
        default: SettingDefault::Text(
            "Think step by step first. Then finish with the answer alone, on a new line that begins with \"Answer:\".",
        ),
    },
    Setting {
        name: "marker",
        title: "Answer marker",
        help: "What the answer follows; everything after its last appearance at a line's beginning is the answer.",
        kind: SettingKind::Text,
        default: SettingDefault::Text("Answer:"),
    },
];

impl Strategy for ChainOfThought {
    fn id(&self) -> &'static str {
        "chain-of-thought"
    }

    fn title(&self) -> &'static str {
        "Chain of thought"
    }

    fn summary(&self) -> &'static str {
        "Asks for reasoning first, then reads the answer after its marker."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn first(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError> {
        let cannot = |reason: &str, hint: &str| StrategyError::CannotApply {
            strategy: self.id(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        };
        if config.text("marker").trim().is_empty() {
            return Err(cannot("the answer marker is empty", "Write a marker such as \"Answer:\"."));
        }
        let rendered = task.prompt.render(&task.case.variables, &task.options())?;
        let mut messages = rendered.messages;
        let last = rendered.last_user.and_then(|index| messages.get_mut(index)).ok_or_else(|| {
            cannot("the prompt has no user message to end with it", "Put a line `user:` above what the person asks.")
        })?;
        last.content = format!("{}\n\n{}", last.content, config.text("wording"));
        Ok(Call { messages, ..Call::default() })
    }

    fn extract(&self, config: &StrategyConfig, text: &str) -> Extraction {
        let marker = config.text("marker");
        let marker = marker.trim();
        let Some(start) = after_last_marker(text, marker) else {
            return Extraction::Unparsed { why: format!("no line begins with \"{marker}\"") };
        };
        let range = trimmed(text, start..text.len());
        let (range, fenced) = inside_fence(text, range);
        let answer = text.get(range.clone()).unwrap_or_default();
        if answer.is_empty() {
            return Extraction::Unparsed { why: format!("nothing follows the last \"{marker}\"") };
        }
        let how = if fenced {
            format!("in the code block after the last \"{marker}\"")
        } else {
            format!("after the last \"{marker}\"")
        };
        Extraction::Part { text: answer.to_owned(), range, how }
    }
}

/// Where the text after the last marker begins. A line may put list, heading, quote or emphasis signs before the marker,
/// and emphasis signs around its colon.
fn after_last_marker(text: &str, marker: &str) -> Option<usize> {
    let mut end = text.len();
    for line in text.split_inclusive('\n').rev() {
        end -= line.len();
        let bare = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '#' | '>' | '-'));
        let lead = line.len() - bare.len();
        if let Some(length) = marker_length(bare, marker) {
            return Some(end + lead + length);
        }
    }
    None
}

/// The length of the marker at the beginning of `text`, letter case aside; `Answer**:` counts for `Answer:`.
fn marker_length(text: &str, marker: &str) -> Option<usize> {
    let plain = text.get(..marker.len()).filter(|start| start.eq_ignore_ascii_case(marker)).map(|_| marker.len());
    let length = plain.or_else(|| {
        let word = marker.strip_suffix(':')?.trim_end();
        let rest =
            text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).and(text.get(word.len()..))?;
        let after = rest.trim_start_matches(['*', '_', ' ']).strip_prefix(':')?;
        Some(text.len() - after.len())
    })?;
    // `**Answer:** 4`: the closing emphasis belongs to the marker, but `**` with text right behind opens a new one.
    let rest = text.get(length..)?;
    let closing = rest.len() - rest.trim_start_matches(['*', '_']).len();
    let closes = rest.get(closing..).is_none_or(|after| after.starts_with(char::is_whitespace) || after.is_empty());
    Some(if closes { length + closing } else { length })
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// If all of the range is one fenced code block, what is inside it.
fn inside_fence(text: &str, range: Range<usize>) -> (Range<usize>, bool) {
    let part = text.get(range.clone()).unwrap_or_default();
    let inside = part.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")).and_then(|rest| {
        let first = rest.find('\n')?;
        let body = rest.get(first + 1..)?;
        (!body.contains("```")).then_some(range.start + 3 + first + 1..range.end - 3)
    });
    match inside {
        Some(inside) => (trimmed(text, inside), true),
        None => (range, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(text: &str) -> Extraction {
        ChainOfThought.extract(&StrategyConfig::named("chain-of-thought").unwrap(), text)
    }

    #[test]
    fn answers_are_found_where_models_put_them() {
        for (text, expected) in [
            ("Two and two.\nAnswer: 4", "4"),
            ("Answer: 3\nNo, wait.\nAnswer: 4\n", "4"),
            ("x\n\n**Answer:** 4", "4"),
            ("x\n**Answer**: 4", "4"),
            ("x\n## answer: 4", "4"),
            ("x\nAnswer:\n{\n  \"a\": 1\n}\n", "{\n  \"a\": 1\n}"),
            ("x\nAnswer:\n```json\n{\"a\": 1}\n```\n", "{\"a\": 1}"),
            ("x\n- Answer: **bold** word", "**bold** word"),
            ("x\nAnswer: -5", "-5"),
            ("Answer: ünï\r\n", "ünï"),
        ] {
            let Extraction::Part { text: found, range, .. } = extract(text) else { panic!("{text}") };
            assert_eq!((found.as_str(), &text[range]), (expected, expected), "{text}");
        }
    }

    #[test]
    fn no_marker_is_no_answer() {
        for text in ["", "4", "The answer: 4", "Answer:", "x\nAnswer:  \n"] {
            assert!(matches!(extract(text), Extraction::Unparsed { .. }), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_extraction_is_always_a_part_of_the_text(text in "(Answer:|answer|\\*\\*|```|\n| |ü|:|a){0,24}") {
            if let Extraction::Part { text: found, range, .. } = extract(&text) {
                proptest::prop_assert_eq!(text.get(range), Some(found.as_str()));
            }
        }
    }
}
