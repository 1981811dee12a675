//! Python without comments and docstrings, put together again from its tokens as codebleu 0.7.0 does it: gaps between tokens
//! become blanks, joined lines stay joined. Tokens are those of Python 3.11's `tokenize` module (an f-string is one token).

/// What the code's tokens are put together to; `None` where `tokenize` raises an error: a string or a bracket left open, or a
/// dedent to no level.
pub(super) fn bare(code: &str) -> Option<String> {
    let mut writer = Writer { out: String::with_capacity(code.len()), before: Kind::Indent, gap_from: 0 };
    let mut reader = Reader { code, indents: vec![0], depth: 0, joined: false };
    let mut at = 0;
    while at < code.len() {
        at = reader.line(at, &mut writer)?;
    }
    // A bracket left open, or one closed too often, or a backslash at the very end.
    (reader.depth == 0 && !reader.joined).then_some(writer.out)
}

/// As far as it matters for what is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Indent,
    Newline,
    Comment,
    String,
    Other,
}

struct Writer {
    out: String,
    before: Kind,
    /// Where the last token of this line ended.
    gap_from: usize,
}

impl Writer {
    fn token(&mut self, kind: Kind, code: &str, start: usize, end: usize, line_start: usize) {
        // A token that began on an earlier line leaves its gap behind it.
        let from = self.gap_from.max(line_start);
        self.out.extend(std::iter::repeat_n(' ', start.saturating_sub(from)));
        let is_docstring =
            kind == Kind::String && (matches!(self.before, Kind::Indent | Kind::Newline) || start == line_start);
        if kind != Kind::Comment && !is_docstring {
            self.out.push_str(code.get(start..end).unwrap_or_default());
        }
        self.before = kind;
        self.gap_from = end;
    }
}

struct Reader<'a> {
    code: &'a str,
    indents: Vec<usize>,
    depth: i64,
    /// Whether the line before ended in a backslash.
    joined: bool,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.code.as_bytes().get(at).copied()
    }

    fn line_end(&self, at: usize) -> usize {
        self.code.get(at..).and_then(|rest| rest.find('\n')).map_or(self.code.len(), |end| at + end + 1)
    }

    /// Reads one line, or several where a string goes on; gives where the next begins.
    fn line(&mut self, line_start: usize, writer: &mut Writer) -> Option<usize> {
        let mut at = line_start;
        let mut end = self.line_end(at);
        let mut start_of_line = line_start;
        if self.depth == 0 && !self.joined {
            let mut column = 0;
            while at < end {
                match self.byte(at) {
                    Some(b' ') => column += 1,
                    Some(b'\t') => column = (column / 8 + 1) * 8,
                    Some(b'\x0c') => column = 0,
                    _ => break,
                }
                at += 1;
            }
            if at == end {
                return Some(self.code.len());
            }
            if matches!(self.byte(at), Some(b'#' | b'\r' | b'\n')) {
                let text = self.code.get(at..end)?.trim_end_matches(['\r', '\n']);
                let comment_end = if text.starts_with('#') { at + text.len() } else { at };
                if comment_end > at {
                    writer.token(Kind::Comment, self.code, at, comment_end, line_start);
                }
                writer.token(Kind::Other, self.code, comment_end, end, line_start);
                return Some(end);
            }
            if self.indents.last().is_some_and(|last| column > *last) {
                self.indents.push(column);
                writer.token(Kind::Indent, self.code, line_start, at, line_start);
            }
            while self.indents.last().is_some_and(|last| column < *last) {
                if !self.indents.contains(&column) {
                    return None;
                }
                self.indents.pop();
                writer.token(Kind::Other, self.code, at, at, line_start);
            }
        }
        self.joined = false;
        while at < end {
            let space = at;
            while at < end && matches!(self.byte(at), Some(b' ' | b'\t' | b'\x0c')) {
                at += 1;
            }
            if at == end {
                break;
            }
            let rest = self.code.get(at..end)?;
            if let Some(token) = string_start(rest) {
                match self.string(at, token, end) {
                    StringEnd::At { end: string_end, kind } => {
                        writer.token(kind, self.code, at, string_end, start_of_line);
                        if string_end > end {
                            // What comes after it is on the line where it ends.
                            start_of_line = self.code.get(..string_end)?.rfind('\n').map_or(0, |newline| newline + 1);
                            if start_of_line == string_end {
                                return Some(string_end);
                            }
                            end = self.line_end(string_end);
                        }
                        at = string_end;
                        continue;
                    }
                    StringEnd::None => {}
                    StringEnd::Open => return None,
                }
            }
            let (length, kind) = self.plain(rest);
            match length {
                // No token begins here: the first character, blank or not, is one of its own.
                0 => {
                    at = space + self.code.get(space..)?.chars().next().map_or(1, char::len_utf8);
                    writer.token(Kind::Other, self.code, space, at, start_of_line);
                }
                _ if self.joined => at += length,
                _ => {
                    writer.token(kind, self.code, at, at + length, start_of_line);
                    at += length;
                }
            }
        }
        Some(end)
    }

    /// The length and kind of a token that is no string; 0 where none begins here.
    fn plain(&mut self, rest: &str) -> (usize, Kind) {
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return (0, Kind::Other) };
        let second = characters.next();
        let word = |rest: &str| rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
        match first {
            '\\' => {
                let length = if rest.starts_with("\\\n") {
                    2
                } else if rest.starts_with("\\\r\n") {
                    3
                } else {
                    return (0, Kind::Other);
                };
                self.joined = true;
                (length, Kind::Other)
            }
            '#' => (rest.find(['\r', '\n']).unwrap_or(rest.len()), Kind::Comment),
            '\r' if second != Some('\n') => (0, Kind::Other),
            '\r' | '\n' => {
                let kind = if self.depth > 0 { Kind::Other } else { Kind::Newline };
                (if first == '\r' { 2 } else { 1 }, kind)
            }
            '0'..='9' => (number(rest), Kind::Other),
            '.' if second.is_some_and(|second| second.is_ascii_digit()) => (number(rest), Kind::Other),
            '(' | '[' | '{' => {
                self.depth += 1;
                (1, Kind::Other)
            }
            ')' | ']' | '}' => {
                self.depth -= 1;
                (1, Kind::Other)
            }
            '%' | '&' | '*' | '+' | ',' | '-' | '.' | '/' | ':' | ';' | '<' | '=' | '>' | '@' | '^' | '|' | '~' => {
                (1, Kind::Other)
            }
            '!' if second == Some('=') => (2, Kind::Other),
            _ => (word(rest), Kind::Other),
        }
    }

    /// Where a string ends that begins at `at` with this prefix and these quotes.
    fn string(&self, at: usize, token: StringToken, line_end: usize) -> StringEnd {
        let body = at + token.length;
        if token.is_triple {
            let mut from = body;
            let mut to = line_end;
            loop {
                if let Some(end) = self.closing(from, to, token.quote, true) {
                    return StringEnd::At { end, kind: Kind::String };
                }
                if to >= self.code.len() {
                    return StringEnd::Open;
                }
                from = to;
                to = self.line_end(from);
            }
        }
        if let Some(end) = self.closing(body, line_end, token.quote, false) {
            return StringEnd::At { end, kind: Kind::String };
        }
        if !self.ends_joined(body, line_end) {
            return StringEnd::None;
        }
        let mut from = line_end;
        loop {
            if from >= self.code.len() {
                return StringEnd::Open;
            }
            let to = self.line_end(from);
            // On a line it goes on to, a quote may come after a line feed: only its own end counts.
            if let Some(end) = self.closing(from, to, token.quote, false) {
                return StringEnd::At { end, kind: Kind::String };
            }
            if !self.ends_joined(from, to) {
                return StringEnd::At { end: to, kind: Kind::Other };
            }
            from = to;
        }
    }

    /// Whether the line from `from` to `to` ends in a backslash that joins the next to it.
    fn ends_joined(&self, from: usize, to: usize) -> bool {
        let line = self.code.get(from..to).unwrap_or_default();
        let Some(before) = line.strip_suffix('\n') else { return false };
        let before = before.strip_suffix('\r').unwrap_or(before);
        before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
    }

    fn closing(&self, from: usize, to: usize, quote: u8, is_triple: bool) -> Option<usize> {
        let mut at = from;
        while at < to {
            match self.byte(at)? {
                b'\\' if matches!(self.byte(at + 1), None | Some(b'\n')) => return None,
                b'\\' => {
                    let skipped = self.code.get(at + 1..)?.chars().next()?;
                    at += 1 + skipped.len_utf8();
                }
                b'\n' => return None,
                byte if byte == quote => {
                    if !is_triple {
                        return Some(at + 1);
                    }
                    if self.byte(at + 1) == Some(quote) && self.byte(at + 2) == Some(quote) {
                        return Some(at + 3);
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        None
    }
}

enum StringEnd {
    /// It ends there; of another kind where it breaks off at a line's end.
    At { end: usize, kind: Kind },
    /// No string begins here: its line ends first.
    None,
    /// The code ends first.
    Open,
}

#[derive(Clone, Copy)]
struct StringToken {
    /// Bytes of prefix and opening quotes.
    length: usize,
    quote: u8,
    is_triple: bool,
}

/// The prefix and quotes that a string begins with.
fn string_start(rest: &str) -> Option<StringToken> {
    let bytes = rest.as_bytes();
    let prefix = bytes.iter().take(3).position(|byte| matches!(byte, b'\'' | b'"'))?;
    let letters = rest.get(..prefix)?.to_ascii_lowercase();
    if !matches!(letters.as_str(), "" | "b" | "r" | "u" | "f" | "br" | "rb" | "fr" | "rf") {
        return None;
    }
    let quote = *bytes.get(prefix)?;
    let is_triple = bytes.get(prefix + 1) == Some(&quote) && bytes.get(prefix + 2) == Some(&quote);
    Some(StringToken { length: prefix + if is_triple { 3 } else { 1 }, quote, is_triple })
}

/// The length of a number. Only where it ends matters, and only before a string's prefix.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize, is: fn(&u8) -> bool| {
        from + bytes.get(from..).unwrap_or_default().iter().take_while(|byte| is(byte) || **byte == b'_').count()
    };
    if let [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..] = bytes {
        let end = digits(
            2,
            if matches!(bytes.get(1), Some(b'x' | b'X')) { u8::is_ascii_hexdigit } else { u8::is_ascii_digit },
        );
        return if end > 2 { end } else { 1 };
    }
    let mut end = digits(0, u8::is_ascii_digit);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1, u8::is_ascii_digit);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign, u8::is_ascii_digit);
        }
    }
    if let Some(b'j' | b'J') = bytes.get(end) { end + 1 } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What codebleu 0.7.0 gives under Python 3.11, before it drops empty lines.
    #[test]
    fn code_is_put_together_from_its_tokens() {
        for (code, expected) in [
            ("x = 1  # one\n", "x = 1  \n"),
            ("def f():\n    \"\"\"Doc.\"\"\"\n    return 'x'", "def f():\n    \n    return 'x'"),
            ("def f():\n\t'doc'\n\tx = \"\"\"a\n  b\"\"\" + c", "def f():\n\t\n x = \"\"\"a\n  b\"\"\" + c"),
            ("a = 1 + \\\n    2", "a = 1 +    2"),
            ("f(a,  # one\n  b)", "f(a,  \n  b)"),
            ("'module'\nx", "\nx"),
            ("s = 'a\\\nb'\nt = \"it's\"", "s = 'a\\\nb'\nt = \"it's\""),
            ("x = 'open\ny", "x = 'open\ny"),
            ("if a:\n  if b:\n    c\nd", "if a:\n  if b:\n    c\nd"),
            ("é = \"ü\" # ñ", "é = \"ü\" "),
            ("x = $y ? z!", "x = $y ? z!"),
        ] {
            assert_eq!(bare(code).as_deref(), Some(expected), "{code:?}");
        }
    }

    #[test]
    fn what_cannot_be_tokenised_is_left() {
        for code in ["f(", "x = \"\"\"open", "if a:\n    b\n  c", ")", "x = 1 \\\n"] {
            assert_eq!(bare(code), None, "{code:?}");
        }
    }
}
