//! A file of results, line by line: what cannot be read is told and passed over.

use std::io::{BufRead, Read};

use crate::model::batch::BatchResult;

/// The longest line that is read.
const LINE_LIMIT: u64 = 64 * 1024 * 1024;

/// A line of a file of results.
pub(super) struct ResultLine {
    /// The text, or why there is none.
    text: Result<String, String>,
    /// In bytes, with its end: the next one is looked for behind it.
    pub(super) length: u64,
}

impl ResultLine {
    pub(super) fn is_blank(&self) -> bool {
        self.text.as_ref().is_ok_and(|text| text.trim().is_empty())
    }

    pub(super) fn result(&self) -> Result<BatchResult, String> {
        self.text.as_ref().map_err(Clone::clone).and_then(|text| BatchResult::parse(text))
    }
}

/// The next line. One that is too long or no UTF-8 is passed over whole and says so.
pub(super) fn read_line(file: &mut impl BufRead) -> std::io::Result<Option<ResultLine>> {
    let mut bytes = Vec::new();
    let read = file.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut bytes)? as u64;
    if read == 0 {
        return Ok(None);
    }
    let cut = read == LINE_LIMIT && bytes.last() != Some(&b'\n');
    let rest = if cut { file.skip_until(b'\n')? as u64 } else { 0 };
    let text = match String::from_utf8(bytes) {
        _ if rest > 0 => Err("it is longer than 64 MB".to_owned()),
        Ok(text) => Ok(text),
        Err(error) => Err(format!("it is not UTF-8: byte {} of the line", error.utf8_error().valid_up_to() + 1)),
    };
    Ok(Some(ResultLine { text, length: read + rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_cannot_be_read_is_passed_over_by_its_whole_length() {
        let mut bytes = b"one\n\xff\xfe broken \xe9\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', LINE_LIMIT as usize + 3));
        bytes.extend(b"\nlast");
        let mut file = bytes.as_slice();
        let mut lines = Vec::new();
        while let Some(line) = read_line(&mut file).unwrap() {
            lines.push((line.text, line.length));
        }
        let told = |why: &str| Err(why.to_owned());
        let expected = [
            (Ok("one\n".to_owned()), 4),
            (told("it is not UTF-8: byte 1 of the line"), 12),
            (told("it is longer than 64 MB"), LINE_LIMIT + 4),
            (Ok("last".to_owned()), 4),
        ];
        assert_eq!(lines, expected);
    }
}
