//! Writing the pin of splits into the text of a `fourfold.toml`; all else stays as a person wrote it. What comes out is read back
//! before it counts.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Problems};
use super::workbench::{Known, Workbench};
use super::{MANIFEST, quoted};

/// Letters of a pin that are written; more tell nothing more apart.
const LENGTH: usize = 16;

/// A pin as it is written into the file: the beginning of the whole.
pub fn short_pin(pin: &str) -> &str {
    pin.get(..LENGTH).unwrap_or(pin)
}

/// `text` with this pin in the `split` of `[data]`. What is written in a way that cannot be changed in its place is an error with its
/// line.
pub fn with_pin(text: &str, root: &Path, pin: &str) -> Result<String, ConfigError> {
    let pin = short_pin(pin);
    let before = Workbench::parse(text, root, Known::default())?;
    let refused = |span: Range<usize>, what: &str| {
        let mut problems = Problems::new(text);
        problems.add(span, what, format!("Write by hand into `split`: pin = {}", quoted(pin)));
        ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() }
    };
    let changed = edited(text, &quoted(pin)).map_err(|span| refused(span, "`split` cannot be changed in its place"))?;
    let after = Workbench::parse(&changed, root, Known::default())?;
    let mut wanted = before;
    match &mut wanted.data.split {
        Some(plan) => plan.pin = Some(pin.to_owned()),
        None => return Err(refused(0..0, "there is no `split` to pin")),
    }
    if wanted == after { Ok(changed) } else { Err(refused(0..0, "`split` could not be changed in its place")) }
}

/// The text with the pin in its place; where that cannot be, the span that stands in the way.
fn edited(text: &str, pin: &str) -> Result<String, Range<usize>> {
    let parsed = DeTable::parse(text).map_err(|_| 0..0)?;
    let root = parsed.get_ref();
    let data = root.iter().find(|(key, _)| key.get_ref() == "data").map(|(_, value)| value.get_ref());
    let split = data.and_then(DeValue::as_table).and_then(|data| data.iter().find(|(key, _)| key.get_ref() == "split"));
    let Some((name, split)) = split else { return Err(0..0) };
    let Some(table) = split.get_ref().as_table() else { return Err(split.span()) };
    let (place, new) = if let Some((_, old)) = table.iter().find(|(key, _)| key.get_ref() == "pin") {
        (old.span(), pin.to_owned())
    } else {
        let span = split.span();
        let written = text.get(span.clone()).unwrap_or_default();
        let last = table.iter().map(|(_, value)| value.span().end).max();
        match (written.as_bytes().first(), last) {
            (Some(b'{'), Some(last)) => (last..last, format!(", pin = {pin}")),
            (Some(b'['), _) => (span.end..span.end, format!("\npin = {pin}")),
            _ => return Err(name.span()),
        }
    };
    let mut changed = text.to_owned();
    changed.replace_range(place, &new);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(split: &str) -> Result<String, ConfigError> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("all.csv"), "q,a\n1,2\n").unwrap();
        let text = format!("version = 1\n\n[data]\nfile = \"all.csv\" # ours\n{split}");
        with_pin(&text, home.path(), "0123456789abcdef0123")
            .map(|text| text.split_once("# ours\n").unwrap().1.to_owned())
    }

    #[test]
    fn a_pin_is_written_however_the_split_is_and_the_rest_stays() {
        for (split, pinned) in [
            (
                "split = { test = 0.2, seed = 7 } # drawn\n",
                "split = { test = 0.2, seed = 7, pin = \"0123456789abcdef\" } # drawn\n",
            ),
            (
                "split = { pin = \"00\", column = \"part\" }\n",
                "split = { pin = \"0123456789abcdef\", column = \"part\" }\n",
            ),
            ("[data.split] # drawn\ntest = 0.2\n", "[data.split]\npin = \"0123456789abcdef\" # drawn\ntest = 0.2\n"),
        ] {
            assert_eq!(with(split).unwrap(), pinned);
        }
    }

    #[test]
    fn where_there_is_no_place_for_it_the_line_is_named_and_what_to_write() {
        let error = with("split.test = 0.2\n").unwrap_err();
        assert!(error.to_string().contains("fourfold.toml:5: "), "{error}");
        assert!(error.hint().contains("pin = \"0123456789abcdef\""), "{}", error.hint());
        assert!(with("").is_err());
    }
}
