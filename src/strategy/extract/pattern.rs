//! The answer as the last match of a regular expression.

use regex::Regex;

use crate::strategy::task::Extraction;

pub(super) fn read(text: &str, regex: &Regex) -> Extraction {
    let Some(captures) = regex.captures_iter(text).last() else {
        return Extraction::Unparsed { why: "the pattern matches nowhere".to_owned() };
    };
    let group = captures.iter().skip(1).flatten().next();
    let Some(found) = group.or_else(|| captures.get(0)) else {
        return Extraction::Unparsed { why: "the pattern matches nowhere".to_owned() };
    };
    let how = if group.is_some() { "the last match's first group" } else { "the last match of the pattern" };
    super::part(text, found.range(), how, "the pattern's last match is empty")
}
