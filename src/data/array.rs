//! The elements of a JSON list, one at a time: found by their brackets and quotes, without holding more than one.

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
}

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
        Self { reader, line: 1, offset: 0, after_comma: false, opened: false }
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
        let is_list = self.after_spaces()? == Some(b'[');
        if is_list {
            self.pass(b'[');
        }
        Ok(is_list)
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
