//! The JSON of a text, and a place in it.

use std::ops::Range;

use serde_json::Value;

use super::code;
use crate::strategy::task::Extraction;

/// A place in a JSON value: names and indexes, as in `$.items[0].name` (the part of RFC 9535 without wildcards).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    written: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Path {
    /// Reads a path; the reason where it is none.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let written = written.trim();
        let mut rest = written.strip_prefix('$').unwrap_or(written);
        if rest.is_empty() {
            return Err("the path is empty".to_owned());
        }
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let end = inside.find(']').ok_or("the path ends inside a bracket")?;
                let (step, after) = (inside.get(..end).unwrap_or_default(), inside.get(end + 1..).unwrap_or_default());
                let quoted = step.strip_prefix(['"', '\'']).and_then(|step| step.strip_suffix(['"', '\'']));
                steps.push(match (quoted, step.parse()) {
                    (Some(name), _) => Step::Name(name.to_owned()),
                    (None, Ok(index)) => Step::Index(index),
                    (None, Err(_)) => return Err(format!("`[{step}]` in the path is no index and no quoted name")),
                });
                rest = after;
            } else {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, after) = name.split_at(end);
                if name.is_empty() {
                    return Err("a name in the path is empty".to_owned());
                }
                steps.push(Step::Name(name.to_owned()));
                rest = after;
            }
        }
        Ok(Self { written: written.to_owned(), steps })
    }

    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

pub(super) fn read(text: &str, path: &Path) -> Extraction {
    let Some((value, _)) = find(text) else {
        return Extraction::Unparsed { why: "the text holds no JSON".to_owned() };
    };
    match path.of(&value) {
        None | Some(Value::Null) => Extraction::Unparsed { why: format!("the JSON has nothing at {}", path.written) },
        Some(Value::String(found)) => made(found.clone(), path),
        Some(other) => made(other.to_string(), path),
    }
}

fn made(text: String, path: &Path) -> Extraction {
    Extraction::Made { text, how: format!("the JSON's {}", path.written) }
}

/// The JSON of a text and where it stands: all of it, or the last code block that is JSON, or the last object or list.
pub(crate) fn find(text: &str) -> Option<(Value, Range<usize>)> {
    let whole = super::trimmed(text, 0..text.len());
    let parse = |range: Range<usize>| {
        let range = super::trimmed(text, range);
        serde_json::from_str::<Value>(text.get(range.clone())?).ok().map(|value| (value, range))
    };
    parse(whole)
        .or_else(|| code::blocks(text).into_iter().rev().find_map(|(_, range)| parse(range)))
        .or_else(|| outermost(text).into_iter().rev().find_map(parse))
}

/// Balanced `{…}` and `[…]` at the outermost level, strings looked through.
fn outermost(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if depth > 0 => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' | b']' if !quoted && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(start..at + 1);
                }
            }
            _ => {}
        }
    }
    found
}
