//! Lists and dictionaries as Python and numpy print them: what `to_csv` leaves of a column that held them. No program is run.

use serde_json::{Map, Number, Value};

/// How deep lists may lie in one another.
const DEEPEST: usize = 64;

/// Why a text is no value that Python prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is written in another way.
    Other,
    /// numpy has left values out of it.
    Shortened,
}

/// Reads a whole text: `['a', 'b']`, `['a' 'b']` (numpy's, without commas), `{'text': array(['a'], dtype=object)}`.
pub(crate) fn read(text: &str) -> Result<Value, Unread> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(DEEPEST)?;
    reader.space();
    if reader.rest.is_empty() { Ok(value) } else { Err(Unread::Other) }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn space(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start();
        self.rest.len() < before
    }

    fn take(&mut self, sign: &str) -> bool {
        self.rest.strip_prefix(sign).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    fn expect(&mut self, sign: &str) -> Result<(), Unread> {
        self.space();
        if self.take(sign) { Ok(()) } else { Err(Unread::Other) }
    }

    fn value(&mut self, deep: usize) -> Result<Value, Unread> {
        let deeper = deep.checked_sub(1).ok_or(Unread::Other)?;
        self.space();
        if self.rest.starts_with("...") {
            return Err(Unread::Shortened);
        }
        match self.rest.chars().next() {
            Some('[') => self.items('[', ']', deeper),
            Some('(') => self.items('(', ')', deeper),
            Some('{') => self.dictionary(deeper),
            Some('\'' | '"') => self.text().map(Value::String),
            Some(sign) if sign.is_ascii_digit() || matches!(sign, '-' | '+' | '.') => self.number(),
            Some(sign) if sign.is_alphabetic() => self.name(deeper),
            _ => Err(Unread::Other),
        }
    }

    /// Items between commas, or between white space as numpy prints them; never both.
    fn items(&mut self, open: char, close: char, deep: usize) -> Result<Value, Unread> {
        self.rest = self.rest.strip_prefix(open).ok_or(Unread::Other)?;
        let (mut items, mut commas, mut gaps) = (Vec::new(), 0_usize, 0_usize);
        loop {
            self.space();
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                break;
            }
            items.push(self.value(deep)?);
            let gap = self.space();
            if self.take(",") {
                commas += 1;
            } else if !self.rest.starts_with(close) {
                if !gap {
                    return Err(Unread::Other);
                }
                gaps += 1;
            }
        }
        // Two texts side by side are one text in Python's own lists.
        if commas > 0 && gaps > 0 { Err(Unread::Other) } else { Ok(Value::Array(items)) }
    }

    fn dictionary(&mut self, deep: usize) -> Result<Value, Unread> {
        self.expect("{")?;
        let mut entries = Map::new();
        loop {
            self.space();
            if self.take("}") {
                return Ok(Value::Object(entries));
            }
            let key = match self.value(deep)? {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                _ => return Err(Unread::Other),
            };
            self.expect(":")?;
            let value = self.value(deep)?;
            entries.insert(key, value);
            self.space();
            if !self.take(",") && !self.rest.starts_with('}') {
                return Err(Unread::Other);
            }
        }
    }

    fn text(&mut self) -> Result<String, Unread> {
        let mut signs = self.rest.chars();
        let quote = signs.next().ok_or(Unread::Other)?;
        let mut text = String::new();
        loop {
            match signs.next().ok_or(Unread::Other)? {
                sign if sign == quote => break,
                '\\' => {
                    let escaped = signs.next().ok_or(Unread::Other)?;
                    text.push(match escaped {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'x' => hexadecimal(&mut signs, 2)?,
                        'u' => hexadecimal(&mut signs, 4)?,
                        'U' => hexadecimal(&mut signs, 8)?,
                        '\\' | '\'' | '"' => escaped,
                        _ => return Err(Unread::Other),
                    });
                }
                sign => text.push(sign),
            }
        }
        self.rest = signs.as_str();
        Ok(text)
    }

    fn number(&mut self) -> Result<Value, Unread> {
        let end = self.rest.find(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '-' | '+' | '.' | '_')));
        let (said, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if let Ok(whole) = said.parse::<i64>() {
            return Ok(whole.into());
        }
        let number: f64 = said.parse().map_err(|_| Unread::Other)?;
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    /// A name, or what a call of one holds: `array([...], dtype=object)`, `np.float64(0.5)`.
    fn name(&mut self, deep: usize) -> Result<Value, Unread> {
        let end = self.rest.find(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '_' | '.')));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let name = name.to_owned();
        self.rest = rest;
        match name.as_str() {
            "None" | "nan" | "NaN" => return Ok(Value::Null),
            "True" => return Ok(Value::Bool(true)),
            "False" => return Ok(Value::Bool(false)),
            _ => {}
        }
        let is_numpy = ["array", "np.array"].contains(&name.as_str())
            || ["np.str_", "np.float", "np.int", "np.uint", "np.bool"].iter().any(|kind| name.starts_with(kind));
        if !is_numpy || !self.take("(") {
            return Err(Unread::Other);
        }
        let value = self.value(deep)?;
        self.space();
        // What kind of values they are says nothing that is needed here.
        if self.take(",") {
            self.space();
            let end =
                self.rest.find(')').filter(|_| self.rest.starts_with("dtype=") || self.rest.starts_with("shape="));
            self.rest = self.rest.get(end.ok_or(Unread::Other)?..).unwrap_or_default();
        }
        self.expect(")")?;
        Ok(value)
    }
}

fn hexadecimal(signs: &mut std::str::Chars<'_>, digits: usize) -> Result<char, Unread> {
    let hex: String = signs.by_ref().take(digits).collect();
    let number = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.chars().count() == digits);
    number.and_then(char::from_u32).ok_or(Unread::Other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Texts that Python 3.11 with numpy 2.3 and pandas 2.3 prints.
    #[test]
    fn what_python_and_numpy_print_is_read() {
        for (text, value) in [
            ("['red', 'blue']", json!(["red", "blue"])),
            ("['red' 'blue']", json!(["red", "blue"])),
            ("['a long choice' \"it's another\"\n 'a third']", json!(["a long choice", "it's another", "a third"])),
            ("('one',)", json!(["one"])),
            ("[1 2 3]", json!([1, 2, 3])),
            ("[0.  0.5 1. ]", json!([0.0, 0.5, 1.0])),
            ("[[1 2]\n [3 4]]", json!([[1, 2], [3, 4]])),
            ("[True, None, nan]", json!([true, null, null])),
            (r"['caf\xe9', '\u200b', 'a\\b\n', '\U0001f600']", json!(["café", "\u{200b}", "a\\b\n", "😀"])),
            (
                "{'text': array(['w', 'x'],\n      dtype=object), 'label': array(['A', 'B'], dtype=object)}",
                json!({"text": ["w", "x"], "label": ["A", "B"]}),
            ),
            (
                "{'answer_start': array([3], dtype=int32), 'text': ['first']}",
                json!({"answer_start": [3], "text": ["first"]}),
            ),
            (
                "[{'key': 'A', 'value': 'red'}\n {'key': 'B', 'value': 'blue'}]",
                json!([{"key": "A", "value": "red"}, {"key": "B", "value": "blue"}]),
            ),
            ("[np.float64(0.5), np.str_('a')]", json!([0.5, "a"])),
            ("[]", json!([])),
        ] {
            assert_eq!(read(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_left_out_or_means_something_else_is_not_guessed_at() {
        assert_eq!(read("['a' 'b' ... 'y' 'z']"), Err(Unread::Shortened));
        assert_eq!(read("array([0, 1, 2, ..., 997, 998, 999])"), Err(Unread::Shortened));
        for text in [
            "",
            "[",
            "['a'",
            "['a' 'b', 'c']",
            "['a''b']",
            "red, blue",
            "[red, blue]",
            "['a'] ['b']",
            "b'bytes'",
            "['\\q']",
            "['\\x4']",
            "{'a'}",
            "{'a': 1 'b': 2}",
            "open('x')",
            "[<object at 0x7f>]",
            "['a',, 'b']",
        ] {
            assert_eq!(read(text), Err(Unread::Other), "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)), Err(Unread::Other), "depth has an end");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[\\[\\](){}'\",:.a-z0-9\\\\ \u{e9}-]{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn texts_come_back_however_they_are_quoted(texts in proptest::collection::vec("[^\\\\'\n\r\t]{0,8}", 0..5), commas: bool) {
            let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
            let printed = format!("[{}]", quoted.join(if commas { ", " } else { " " }));
            prop_assert_eq!(read(&printed), Ok(json!(texts)));
        }
    }
}
