//! From a text to the terms that retrieval counts.

/// How a text is cut into terms. Terms are lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tokenisation {
    /// Runs of letters and digits. A character of a script that writes no spaces (Han, Kana) is a term of its own.
    #[default]
    Words,
    /// As words, with underscores inside them; a name made of several words (`parseHttpRequest`, `max_line_length`) also
    /// counts as each of its words, and runs of operator characters (`!=`, `->`) are terms.
    Code,
}

impl Tokenisation {
    /// The name in files and on screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Code => "code",
        }
    }
}

/// Hands out the terms of `text` one by one, in order.
pub(super) fn each_term(text: &str, how: Tokenisation, mut term: impl FnMut(&str)) {
    let mut lower = String::new();
    match how {
        Tokenisation::Words => each_word(text, &mut lower, &mut term),
        Tokenisation::Code => each_name(text, &mut lower, &mut term),
    }
}

fn each_word(text: &str, lower: &mut String, term: &mut impl FnMut(&str)) {
    for piece in text.split(|letter: char| !is_word(letter)) {
        if piece.is_ascii() {
            say(piece, lower, term);
        } else {
            each_foreign(piece, lower, term);
        }
    }
}

/// A piece with letters beyond ASCII: characters of scripts without spaces stand alone.
fn each_foreign(piece: &str, lower: &mut String, term: &mut impl FnMut(&str)) {
    let mut rest = piece;
    while let Some(at) = rest.find(stands_alone) {
        let (before, from) = rest.split_at(at);
        say(before, lower, term);
        let width = from.chars().next().map_or(0, char::len_utf8);
        let (alone, after) = from.split_at(width);
        say(alone, lower, term);
        rest = after;
    }
    say(rest, lower, term);
}

fn say(piece: &str, lower: &mut String, term: &mut impl FnMut(&str)) {
    if piece.is_empty() {
        return;
    }
    if piece.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        term(piece);
        return;
    }
    lower.clear();
    if piece.is_ascii() {
        lower.push_str(piece);
        lower.make_ascii_lowercase();
    } else {
        lower.extend(piece.chars().flat_map(char::to_lowercase));
    }
    term(lower);
}

/// What a character is to code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Operator,
    Between,
}

fn sort(letter: char) -> Sort {
    if letter == '_' || is_word(letter) {
        Sort::Name
    } else if "+-*/%=<>!&|^~?:@".contains(letter) {
        Sort::Operator
    } else {
        Sort::Between
    }
}

fn each_name(text: &str, lower: &mut String, term: &mut impl FnMut(&str)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = sort(first);
        let end = rest.find(|letter| sort(letter) != kind).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        match kind {
            Sort::Between => {}
            Sort::Operator => term(run),
            Sort::Name if run.is_ascii() => {
                say(run.trim_matches('_'), lower, term);
                each_part(run, lower, term);
            }
            Sort::Name => each_foreign(run, lower, term),
        }
    }
}

/// The words of a name made of several; nothing for a name that is one word.
fn each_part(name: &str, lower: &mut String, term: &mut impl FnMut(&str)) {
    let whole = name.trim_matches('_');
    let bytes = whole.as_bytes();
    let mut start = 0;
    for end in 1..=bytes.len() {
        if end < bytes.len() && !is_border(bytes, end) {
            continue;
        }
        let part = whole.get(start..end).unwrap_or_default().trim_matches('_');
        if part.len() < whole.len() {
            say(part, lower, term);
        }
        start = end;
    }
}

/// Whether a new word of a name begins at `at`: `parse|Http`, `HTTP|Request`, `max|_line`, `utf|8`.
fn is_border(bytes: &[u8], at: usize) -> bool {
    let byte = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let (before, here, next) = (byte(at - 1), byte(at), byte(at + 1));
    let upper = |byte: u8| byte.is_ascii_uppercase();
    here == b'_'
        || before == b'_'
        || (upper(here) && !upper(before))
        || (upper(before) && upper(here) && next.is_ascii_lowercase())
        || (here.is_ascii_digit() != before.is_ascii_digit())
}

/// Letters, digits, and the marks that combine with them.
fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '\u{300}'..='\u{36f}')
}

fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, how: Tokenisation) -> Vec<String> {
        let mut terms = Vec::new();
        each_term(text, how, |term| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn words_are_lower_case_runs_of_letters_and_digits() {
        for (text, wanted) in [
            ("The 2nd Ärger, it's FINE.", vec!["the", "2nd", "ärger", "it", "s", "fine"]),
            ("東京に行く x2", vec!["東", "京", "に", "行", "く", "x2"]),
            ("", vec![]),
            (" -- ", vec![]),
        ] {
            assert_eq!(terms(text, Tokenisation::Words), wanted, "{text}");
        }
    }

    #[test]
    fn names_count_whole_and_in_parts() {
        for (text, wanted) in [
            ("parseHTTPRequest(x)", vec!["parsehttprequest", "parse", "http", "request", "x"]),
            ("max_line != utf8", vec!["max_line", "max", "line", "!=", "utf8", "utf", "8"]),
            ("if (a->b) { return; }", vec!["if", "a", "->", "b", "return"]),
            ("__init__", vec!["init"]),
            ("Größe_x", vec!["größe_x"]),
        ] {
            assert_eq!(terms(text, Tokenisation::Code), wanted, "{text}");
        }
    }
}
