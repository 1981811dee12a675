//! YAML with the bytes of every key and value, so that problems and edits can point at them.

use std::ops::Range;

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use serde_json::{Map, Value};

use super::lines::Lines;

/// The longest front matter that is read, in bytes.
const LONGEST: usize = 256 * 1024;
/// The deepest nesting on one line (`- - - x`) that is read.
const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Bytes of the whole file.
    pub(crate) range: Range<usize>,
    pub(crate) data: Data,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_range: Range<usize>,
    pub(crate) value: Node,
}

/// Why YAML could not be read, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlFault {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text of a string scalar; other scalars as they would be written.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.data {
            Data::Scalar(Value::String(text)) => Some(text.clone()),
            Data::Scalar(Value::Null) | Data::List(_) | Data::Map(_) => None,
            Data::Scalar(other) => Some(other.to_string()),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Data::Scalar(value) => value.clone(),
            Data::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// Reads `text[within]` as one YAML document. `None` for an empty one.
pub(crate) fn read(text: &str, within: Range<usize>) -> Result<Option<Node>, YamlFault> {
    let source = text.get(within.clone()).unwrap_or_default();
    let fault = |offset: usize, message: String| YamlFault { offset: within.start + offset, message };
    if source.len() > LONGEST {
        return Err(fault(0, format!("the front matter is longer than {} KB", LONGEST / 1024)));
    }
    if let Some(offset) = too_deep(source) {
        return Err(fault(offset, format!("nested deeper than {DEEPEST} levels on one line")));
    }
    let lines = Lines::new(source);
    let documents = MarkedYaml::load_from_str(source).map_err(|error| {
        let marker = error.marker();
        fault(lines.offset(source, marker.line(), marker.col()), error.info().to_owned())
    })?;
    let bytes = source.char_indices().map(|(at, _)| at).collect();
    let place = Placing { source, bytes, base: within.start };
    match documents.first() {
        Some(document) if !is_null(document) => Ok(Some(place.node(document))),
        _ => Ok(None),
    }
}

fn is_null(node: &MarkedYaml<'_>) -> bool {
    matches!(&node.data, YamlData::Value(Scalar::Null))
}

/// Where a line opens more compact collections than any person writes: each level costs stack in the reader.
fn too_deep(source: &str) -> Option<usize> {
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let mut levels = 0;
        let mut bytes = line.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'-' | b'?' | b':' if matches!(bytes.peek(), Some(b' ' | b'\t')) => levels += 1,
                b'[' | b'{' => levels += 1,
                b' ' | b'\t' => {}
                _ => levels = 0,
            }
            if levels > DEEPEST {
                return Some(offset);
            }
        }
        offset += line.len();
    }
    None
}

struct Placing<'a> {
    source: &'a str,
    /// The byte of each character: the parser counts characters, and a whole front matter may be one line.
    bytes: Vec<usize>,
    base: usize,
}

impl Placing<'_> {
    fn offset(&self, marker: Marker) -> usize {
        self.base + self.bytes.get(marker.index()).copied().unwrap_or(self.source.len())
    }

    fn node(&self, node: &MarkedYaml<'_>) -> Node {
        let (start, end) = (self.offset(node.span.start), self.offset(node.span.end));
        let data = self.data(&node.data);
        let end = match &data {
            Data::Scalar(_) => {
                let within = start - self.base..end.max(start) - self.base;
                start + scalar_length(self.source.get(within).unwrap_or_default())
            }
            Data::List(_) | Data::Map(_) => end.max(start),
        };
        Node { range: start..end, data }
    }

    fn data<'a>(&self, data: &YamlData<'a, MarkedYaml<'a>>) -> Data {
        match data {
            YamlData::Value(scalar) => Data::Scalar(json(scalar)),
            YamlData::Sequence(items) => Data::List(items.iter().map(|item| self.node(item)).collect()),
            YamlData::Mapping(map) => Data::Map(
                map.iter()
                    .map(|(key, value)| {
                        let key = self.node(key);
                        Entry {
                            key: key.text().unwrap_or_else(|| key.to_json().to_string()),
                            key_range: key.range,
                            value: self.node(value),
                        }
                    })
                    .collect(),
            ),
            YamlData::Tagged(_, inner) => self.data(&inner.data),
            YamlData::Representation(text, ..) => Data::Scalar(Value::String(text.to_string())),
            YamlData::BadValue | YamlData::Alias(_) => Data::Scalar(Value::Null),
        }
    }
}

/// How much of `written` is the scalar itself: the parser's span runs on over blanks and comments behind it.
fn scalar_length(written: &str) -> usize {
    let mut characters = written.char_indices().peekable();
    match characters.next().map(|(_, first)| first) {
        Some('"') => {
            let mut escaped = false;
            let end = characters.find(|(_, character)| {
                let closes = *character == '"' && !escaped;
                escaped = *character == '\\' && !escaped;
                closes
            });
            end.map_or(written.len(), |(at, _)| at + 1)
        }
        Some('\'') => {
            while let Some((at, character)) = characters.next() {
                // A quote inside is written as two.
                if character == '\'' && characters.next_if(|(_, next)| *next == '\'').is_none() {
                    return at + 1;
                }
            }
            written.len()
        }
        Some('|' | '>') => written.len(),
        _ => {
            let comment = written
                .char_indices()
                .zip(written.chars().skip(1))
                .find(|((_, before), character)| before.is_whitespace() && *character == '#');
            written.get(..comment.map_or(written.len(), |((at, _), _)| at)).unwrap_or_default().trim_end().len()
        }
    }
}

fn json(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn keys_and_values_keep_their_bytes() {
        let text = "---\nname: ä b # c\ninputs:\n  - {name: x, default: 3}\n---\n";
        let node = read(text, 4..text.len() - 4).unwrap().unwrap();
        let name = node.entry("name").unwrap();
        assert_eq!(&text[name.key_range.clone()], "name");
        assert_eq!(&text[name.value.range.clone()], "ä b");
        let input = &node.get("inputs").unwrap().items()[0];
        assert_eq!(input.get("default").unwrap().data, Data::Scalar(Value::from(3)));
        assert_eq!(&text[input.get("default").unwrap().range.clone()], "3");
    }

    #[test]
    fn a_scalar_ends_where_its_text_does() {
        for scalar in ["a b", "'a # b'", "'it''s'", "''''", "''", "\"a \\\" # b\"", "3", "a#b"] {
            for behind in ["", "  ", "   # comment", " # it's \"one\"", "\n\n  # next\nz: 1"] {
                let text = format!("k:  {scalar}{behind}\n");
                let node = read(&text, 0..text.len()).unwrap().unwrap();
                assert_eq!(&text[node.get("k").unwrap().range.clone()], scalar, "{text}");
            }
            let text = format!("k: {{x: {scalar} , y: [{scalar}]}}\n");
            let node = read(&text, 0..text.len()).unwrap().unwrap();
            let map = node.get("k").unwrap();
            assert_eq!(&text[map.get("x").unwrap().range.clone()], scalar, "{text}");
            assert_eq!(&text[map.get("y").unwrap().items()[0].range.clone()], scalar, "{text}");
        }
    }

    #[test]
    fn faults_point_at_their_line() {
        let text = "a: 1\nb: [1, 2\nc: 3\n";
        let fault = read(text, 0..text.len()).unwrap_err();
        assert!(fault.offset > 4, "{fault:?}");
        assert!(read("a: 1\na: 2\n", 0..10).is_err(), "a key given twice");
    }

    #[test]
    fn bombs_are_refused() {
        let deep = "- ".repeat(100_000);
        assert!(read(&deep, 0..deep.len()).is_err());
        let flow = "[".repeat(100_000);
        assert!(read(&flow, 0..flow.len()).is_err());
        let keys = "? ".repeat(100_000);
        assert!(read(&keys, 0..keys.len()).is_err());
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{},", level - 1).repeat(10);
            writeln!(laughs, "a{level}: &a{level} [{before}]").unwrap();
        }
        assert!(read(&laughs, 0..laughs.len()).is_err());
    }
}
