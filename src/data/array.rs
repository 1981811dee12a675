//! The elements of a JSON list, one at a time: found by their brackets and quotes, without holding more than one. The list is
//! the file, or a member of the one object that is the file, as in BIG-bench's tasks: `{"name": …, "examples": [ {…}, … ]}`.

use std::io::{self, BufRead};

use super::source::LONGEST_ROW;

/// Goes through `[ {…}, {…} ]`.
pub(crate) struct Elements<R> {
    reader: R,
    /// 1-based line and byte of what is read next.
    line: u64,
    offset: u64,
    after_comma: bool,
    opened: bool,
    /// The list stands in an object.
    within: bool,
}

/// The members whose list of objects is taken for the rows.
pub(crate) const MEMBERS: [&str; 6] = ["examples", "data", "rows", "instances", "questions", "items"];
/// The longest name of a member that is read.
const LONGEST_NAME: usize = 64;

/// Where an element begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) line: u64,
    pub(crate) offset: u64,
}

/// What [`Elements::next`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// An element, in the buffer.
    Whole(Start),
    /// An element longer than [`LONGEST_ROW`]; it was passed over.
    TooLong(Start),
    /// The file is no list, or not whole; nothing behind this place can be told apart.
    Broken(Start, &'static str),
    /// The list is over.
    End,
}

impl<R: BufRead> Elements<R> {
    /// Reads a file from its beginning.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, line: 1, offset: 0, after_comma: false, opened: false, within: false }
    }

    /// Reads a file whose list stands in an object, from its beginning.
    pub(crate) fn within(reader: R) -> Self {
        Self { within: true, ..Self::new(reader) }
    }

    /// Reads on from an element's first byte.
    pub(crate) fn resumed(reader: R) -> Self {
        Self { opened: true, ..Self::new(reader) }
    }

    /// The reader underneath.
    pub(crate) const fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    pub(crate) const fn reader(&self) -> &R {
        &self.reader
    }

    fn here(&self) -> Start {
        Start { line: self.line, offset: self.offset }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    fn pass(&mut self, byte: u8) {
        self.reader.consume(1);
        self.offset += 1;
        self.line += u64::from(byte == b'\n');
    }

    /// The next byte that is no space, not taken.
    fn after_spaces(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.pass(byte);
        }
        Ok(None)
    }

    /// Whether the file begins with a list.
    fn open(&mut self) -> io::Result<bool> {
        self.opened = true;
        for mark in *b"\xef\xbb\xbf" {
            if self.peek()? != Some(mark) {
                break;
            }
            self.pass(mark);
        }
        match self.after_spaces()? {
            Some(b'[') if !self.within => {
                self.pass(b'[');
                Ok(true)
            }
            Some(b'{') if self.within => {
                self.pass(b'{');
                self.go_to_list()
            }
            _ => Ok(false),
        }
    }

    /// Whether the file is one object with such a list, and nothing follows it: with more objects they are the rows.
    pub(crate) fn lies_within(mut self) -> io::Result<bool> {
        if !self.open()? {
            return Ok(false);
        }
        self.line = 1;
        // The list is a member like any other here; what is wrong with its rows is told by whoever reads them.
        Ok(self.left_open(2)?.is_some())
    }

    /// Goes through an object's members to the first of [`MEMBERS`] that is a list of objects; `false` where there is none.
    fn go_to_list(&mut self) -> io::Result<bool> {
        let mut name = Vec::new();
        loop {
            match self.after_spaces()? {
                Some(b',') => self.pass(b','),
                Some(b'"') => {
                    self.string(Some(&mut name))?;
                    if self.after_spaces()? != Some(b':') {
                        return Ok(false);
                    }
                    self.pass(b':');
                    let is_list = self.after_spaces()? == Some(b'[');
                    if is_list && MEMBERS.iter().any(|member| member.as_bytes() == name) {
                        self.pass(b'[');
                        if self.after_spaces()? == Some(b'{') {
                            return Ok(true);
                        }
                        self.value(1)?;
                        continue;
                    }
                    self.value(0)?;
                }
                _ => return Ok(false),
            }
        }
    }

    /// Goes behind a string, which is kept where that is asked for.
    fn string(&mut self, mut kept: Option<&mut Vec<u8>>) -> io::Result<()> {
        self.pass(b'"');
        let mut escaped = false;
        if let Some(kept) = &mut kept {
            kept.clear();
        }
        while let Some(byte) = self.peek()? {
            self.pass(byte);
            if byte == b'"' && !escaped {
                break;
            }
            escaped = byte == b'\\' && !escaped;
            if let Some(kept) = kept.as_mut().filter(|kept| kept.len() < LONGEST_NAME) {
                kept.push(byte);
            }
        }
        Ok(())
    }

    /// Goes behind a member's value, so many brackets deep in it, up to the comma or the brace that ends it.
    fn value(&mut self, mut depth: u32) -> io::Result<()> {
        while let Some(byte) = self.peek()? {
            match byte {
                b'"' => {
                    self.string(None)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b',' | b'}' | b']' if depth == 0 => return Ok(()),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.pass(byte);
        }
        Ok(())
    }

    /// Whether the object around the list ends with the file: reads what is left of it.
    fn object_ends(&mut self) -> io::Result<bool> {
        Ok(self.left_open(1)? == Some(0))
    }

    /// Reads the rest, of which so many brackets are open, and gives back how many still are at its end; `None` where something
    /// follows the last.
    fn left_open(&mut self, mut depth: u32) -> io::Result<Option<u32>> {
        while let Some(byte) = self.after_spaces()? {
            match byte {
                _ if depth == 0 => return Ok(None),
                b'"' => {
                    self.string(None)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.pass(byte);
        }
        Ok(Some(depth))
    }

    /// Puts the next element into `buffer`.
    pub(crate) fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<Element> {
        buffer.clear();
        if !self.opened && !self.open()? {
            return Ok(Element::Broken(self.here(), "the file is not a list: it does not begin with `[`"));
        }
        match self.after_spaces()? {
            None => return Ok(Element::Broken(self.here(), "the file ends inside the list")),
            Some(b']') if self.after_comma => {
                return Ok(Element::Broken(self.here(), "a comma is followed by no row"));
            }
            Some(b']') => {
                self.pass(b']');
                if self.within {
                    let start = self.here();
                    let ends = self.object_ends()?;
                    return Ok(if ends {
                        Element::End
                    } else {
                        Element::Broken(start, "the object around the list does not end with the file")
                    });
                }
                return Ok(match self.after_spaces()? {
                    None => Element::End,
                    Some(_) => Element::Broken(self.here(), "something follows the end of the list"),
                });
            }
            Some(_) => {}
        }
        let start = self.here();
        let (ended, too_long) = self.element(buffer)?;
        if !ended {
            return Ok(Element::Broken(start, "the file ends inside this row"));
        }
        Ok(if too_long { Element::TooLong(start) } else { Element::Whole(start) })
    }

    /// Reads up to the comma behind the element, which is taken, or the bracket that closes the list, which is not.
    fn element(&mut self, buffer: &mut Vec<u8>) -> io::Result<(bool, bool)> {
        let (mut depth, mut quoted, mut escaped, mut too_long) = (0_u32, false, false, false);
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Ok((false, too_long));
            }
            let mut end = None;
            let mut lines = 0;
            for (index, byte) in available.iter().enumerate() {
                lines += u64::from(*byte == b'\n');
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    _ if quoted => {}
                    b'{' | b'[' => depth += 1,
                    b']' if depth == 0 => {
                        end = Some((index, false));
                        break;
                    }
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    b',' if depth == 0 => {
                        end = Some((index, true));
                        break;
                    }
                    _ => {}
                }
            }
            let (taken, comma) = end.unwrap_or((available.len(), false));
            if buffer.len() + taken > LONGEST_ROW {
                too_long = true;
                buffer.clear();
            }
            if !too_long {
                buffer.extend_from_slice(available.get(..taken).unwrap_or_default());
            }
            let passed = taken + usize::from(comma);
            self.reader.consume(passed);
            self.offset += passed as u64;
            self.line += lines;
            if end.is_some() {
                self.after_comma = comma;
                return Ok((true, too_long));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The elements, and how it ended; read a few bytes at a time.
    fn all(text: &[u8], at_once: usize) -> (Vec<(Start, String)>, Element) {
        let mut elements = Elements::new(BufReader::with_capacity(at_once, text));
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        loop {
            match elements.next(&mut buffer).unwrap() {
                Element::Whole(start) => found.push((start, String::from_utf8(buffer.clone()).unwrap())),
                other => return (found, other),
            }
        }
    }

    #[test]
    fn elements_are_found_with_their_places() {
        let text = "\u{feff} [\n  {\"a\": \"x],{\\\"\"},\n {\"b\": [1, {\"c\": 2}]} , 3]\n";
        for at_once in [1, 2, 3, 7, 4096] {
            let (found, end) = all(text.as_bytes(), at_once);
            assert_eq!(end, Element::End);
            let texts: Vec<&str> = found.iter().map(|one| one.1.trim_end()).collect();
            assert_eq!(texts, ["{\"a\": \"x],{\\\"\"}", "{\"b\": [1, {\"c\": 2}]}", "3"]);
            assert_eq!(found.iter().map(|one| one.0.line).collect::<Vec<_>>(), [2, 3, 3]);
            for (start, element) in &found {
                assert!(text[start.offset as usize..].starts_with(element), "{start:?}");
            }
        }
    }

    #[test]
    fn what_is_no_whole_list_says_so() {
        for (text, rows, reason) in [
            ("", 0, "does not begin"),
            ("{\"a\": 1}", 0, "does not begin"),
            ("[", 0, "inside the list"),
            ("[1, 2", 1, "inside this row"),
            ("[1,", 1, "inside the list"),
            ("[1, ]", 1, "no row"),
            ("[1] x", 1, "follows the end"),
            ("[{\"a\": \"]", 0, "inside this row"),
        ] {
            let (found, end) = all(text.as_bytes(), 16);
            assert_eq!(found.len(), rows, "{text}");
            assert!(matches!(end, Element::Broken(_, said) if said.contains(reason)), "{text}: {end:?}");
        }
        assert_eq!(all(b"[]", 16), (vec![], Element::End));
    }

    #[test]
    fn a_list_within_an_object_is_found() {
        let rows = |text: &str, at_once: usize| {
            let mut elements = Elements::within(BufReader::with_capacity(at_once, text.as_bytes()));
            let (mut buffer, mut found) = (Vec::new(), Vec::new());
            loop {
                match elements.next(&mut buffer).unwrap() {
                    Element::Whole(start) => {
                        let row = String::from_utf8(buffer.clone()).unwrap();
                        assert!(text[start.offset as usize..].starts_with(&row), "{start:?}");
                        found.push(row.trim_end().to_owned());
                    }
                    other => return (found, other),
                }
            }
        };
        let task = "\u{feff}{\"name\": \"a \\\"b\\\" {[\", \"keywords\": [\"x\"], \"data\": [1],\n \"more\": {\"examples\": [{}]}, \
                    \"examples\": [\n{\"a\": 1},\n {\"b\": [2]} ], \"after\": \"}\"}\n";
        for at_once in [1, 3, 4096] {
            assert_eq!(rows(task, at_once), (vec!["{\"a\": 1}".to_owned(), "{\"b\": [2]}".to_owned()], Element::End));
        }
        for none in ["{}", "{\"examples\": []}", "{\"turns\": [{}]}", "[{}]", "{\"examples\"", ""] {
            assert!(matches!(rows(none, 16), (found, Element::Broken(..)) if found.is_empty()), "{none}");
        }
        for cut in ["{\"examples\": [{}]", "{\"examples\": [{}]}{", "{\"examples\": [{}], \"b\": {}"] {
            assert!(matches!(rows(cut, 16).1, Element::Broken(..)), "{cut}");
        }
    }

    #[test]
    fn an_endless_element_is_not_held() {
        let text = format!("[\"{}\", 1]", "x".repeat(LONGEST_ROW + 10));
        let mut elements = Elements::new(text.as_bytes());
        let mut buffer = Vec::new();
        assert!(matches!(elements.next(&mut buffer).unwrap(), Element::TooLong(Start { line: 1, offset: 1 })));
        assert!(matches!(elements.next(&mut buffer).unwrap(), Element::Whole(_)));
        assert_eq!(buffer, b"1");
    }

    proptest! {
        #[test]
        fn any_list_comes_apart_as_it_was_put_together(
            texts in proptest::collection::vec((".{0,9}", 0_i32..9), 0..9),
            pretty in any::<bool>(),
            at_once in 1_usize..40,
        ) {
            let rows: Vec<Value> = texts.iter().map(|(text, number)| json!({"a": text, "b": [number, {"c": text}]})).collect();
            let list = Value::Array(rows.clone());
            let text = if pretty { format!("{list:#}") } else { list.to_string() };
            let (found, end) = all(text.as_bytes(), at_once);
            prop_assert_eq!(end, Element::End);
            let read: Vec<Value> = found.iter().map(|one| serde_json::from_str(&one.1).unwrap()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
