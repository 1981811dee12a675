//! How a table begins: which sign separates its fields, and whether its first line names the columns or is a row already. Both
//! are told by the first two records alone, so that every reading of a file finds the same.

use std::io::Read;
use std::path::Path;

use csv::ByteRecord;

use super::choice;
use super::error::DataError;
use super::rows::Separated;
use super::source;

/// How much of a file is looked at: two records hardly ever take more.
const LOOKED_AT: u64 = 256 * 1024;
/// Signs that are tried where the usual one separates nothing. Spreadsheets of half of the world write `;` into .csv.
const OTHERS: [u8; 4] = [b';', b'\t', b'|', b','];
/// A byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    /// What separates fields.
    pub(super) delimiter: u8,
    /// Whether the first line names the columns.
    pub(super) names: bool,
    /// Bytes before the first line.
    pub(super) mark: u64,
}

/// Looks at the beginning of a table whose fields its name says are separated by `usual`.
pub(super) fn of(path: &Path, usual: u8) -> Result<Beginning, DataError> {
    let mut bytes = Vec::new();
    let read = source::open(path)?.take(LOOKED_AT).read_to_end(&mut bytes);
    read.map_err(|error| DataError::Read { path: path.to_owned(), reason: error.to_string() })?;
    Ok(of_bytes(&bytes, usual))
}

fn of_bytes(bytes: &[u8], usual: u8) -> Beginning {
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let delimiter = OTHERS.into_iter().find(|other| {
        let [first, second] = records(text, *other);
        let alike = second.is_empty() || second.len() == first.len();
        let begins = Separated::new(*other, &first).is_ok() || is_question(&first);
        *other != usual && first.len() > 1 && alike && begins
    });
    let one_column = records(text, usual)[0].len() < 2;
    let delimiter = delimiter.filter(|_| one_column).unwrap_or(usual);
    let [first, second] = records(text, delimiter);
    let names = !(is_question(&first) && (second.is_empty() || is_question(&second)));
    Beginning { delimiter, names, mark: (bytes.len() - text.len()) as u64 }
}

/// The first two records; an empty one where there is none.
fn records(text: &[u8], delimiter: u8) -> [ByteRecord; 2] {
    let mut reader = Separated::reader(delimiter, text);
    let mut records = [ByteRecord::new(), ByteRecord::new()];
    for record in &mut records {
        // What cannot be read is told by whoever reads it through.
        if !matches!(reader.read_byte_record(record), Ok(true)) {
            record.clear();
        }
    }
    records
}

/// Whether a record is a question, two or more choices, and the letter of the one that is right, as in the files of MMLU.
fn is_question(record: &ByteRecord) -> bool {
    let choices = record.len().saturating_sub(2);
    let letter = |field: Option<&[u8]>| match field.map(<[u8]>::trim_ascii) {
        Some([letter]) if letter.is_ascii_uppercase() => Some(usize::from(letter - b'A')),
        _ => None,
    };
    let answer = letter(record.get(choices + 1));
    // `A,B,C,D` at the end are the names of columns.
    let before = letter(record.get(choices));
    let is_name = before.is_some() && before.map(|letter| letter + 1) == answer;
    (2..=choice::MOST).contains(&choices)
        && answer.is_some_and(|answer| answer < choices)
        && !is_name
        && record.iter().all(|field| !field.trim_ascii().is_empty())
}

/// The columns of such a record.
pub(super) fn question_columns(fields: usize) -> Vec<String> {
    let choices = (0..fields.saturating_sub(2)).map(choice::letter);
    std::iter::once("question".to_owned()).chain(choices).chain(std::iter::once("answer".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_and_what_names_is_seen_in_two_records() {
        let mmlu = "What is 1+1?,2,3,1,3,A\n\"Which, of these?\",w,x,y,z,D\n";
        for (text, usual, delimiter, names) in [
            (mmlu, b',', b',', false),
            (&mmlu.replace(',', "\t"), b'\t', b'\t', false),
            ("q,yes,no,B\n", b',', b',', false),
            ("q;7;7;B\n", b',', b';', false),
            ("question,A,B,C,D,answer\nq,1,2,3,4,A\n", b',', b',', true),
            ("question,A,B,C,D\nq,1,2,3,A\n", b',', b',', true),
            ("id,question,A,B,C,D\n1,q,1,2,3,D\n", b',', b',', true),
            ("text,kind,grade\nx,y,A\n", b',', b',', true),
            ("text,kind,other,A\nx,y,z,some\n", b',', b',', true),
            ("q,1,2,3,4,E\n", b',', b',', true),
            ("question;answer\na, b;c\n", b',', b';', true),
            ("question\tanswer\na, b\tc\n", b',', b'\t', true),
            ("question,answer\na,c\n", b'\t', b',', true),
            ("question;answer;answer\n1;2;3\n", b',', b',', true),
            ("a remark; and more\nnothing of the kind\n", b',', b',', true),
            ("text\nhello; there\n", b',', b',', true),
            ("a;b,c\n1;2,3\n", b',', b',', true),
            ("", b',', b',', true),
        ] {
            let found = Beginning { delimiter, names, mark: 0 };
            assert_eq!(of_bytes(text.as_bytes(), usual), found, "{text}");
            let marked = [MARK, text.as_bytes()].concat();
            assert_eq!(of_bytes(&marked, usual), Beginning { mark: 3, ..found }, "{text}");
        }
        assert_eq!(question_columns(6), ["question", "A", "B", "C", "D", "answer"]);
    }
}
