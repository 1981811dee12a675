//! How the column that tells the right choice tells it: by letter, number, text or label. Where a file's rows leave that open they are
//! looked at together, and what no row settles is a fault of the rows it makes a difference for, never a guess.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::choice::{self, Choices};
use super::error::DataError;
use super::mapping::Mapping;
use super::walk::{At, Visitor, walk};

/// Rows that are looked at.
const LOOKED_AT: u64 = 10_000;

/// How an answer names one of the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerAs {
    /// By the label that the row gives it.
    Label,
    /// By its letter: A is the first.
    Letter,
    /// By its number: 0 is the first.
    Index,
    /// By its number: 1 is the first.
    Number,
    /// By its text.
    Text,
}

/// A way in which an answer names a choice, and the place of that choice.
pub(crate) type Reading = (AnswerAs, usize);

impl AnswerAs {
    /// Every way.
    pub const ALL: [Self; 5] = [Self::Label, Self::Letter, Self::Index, Self::Number, Self::Text];
    /// The ways that are taken without being told, where the row labels its choices otherwise or not at all.
    pub(crate) const GUESSED: [Self; 3] = [Self::Text, Self::Letter, Self::Index];

    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Letter => "letter",
            Self::Index => "index",
            Self::Number => "number",
            Self::Text => "text",
        }
    }

    /// The way of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == name)
    }

    /// In words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Label => "by its label",
            Self::Letter => "by its letter",
            Self::Index => "by its number from 0",
            Self::Number => "by its number from 1",
            Self::Text => "by its text",
        }
    }
}

impl Mapping {
    /// The place of the choice that an answer names: as `answer_as` says, else in the one way that fits, else in the one that the
    /// file's rows have settled.
    pub(super) fn place(&self, choices: &Choices, answer: &Value) -> Result<usize, String> {
        let count = choices.texts.len();
        if let Some(way) = self.answer_as {
            let named = format!("its answer {answer} names none of its {count} choices {}", way.in_words());
            return choices.place_as(answer, way).ok_or(named);
        }
        let readings = choices.readings(answer);
        let Some((_, first)) = readings.first() else {
            return Err(format!("its answer {answer} is none of its {count} choices"));
        };
        if readings.iter().all(|(_, place)| place == first) {
            return Ok(*first);
        }
        let settled = readings.iter().find(|(way, _)| Some(*way) == self.settled);
        settled.map(|(_, place)| *place).ok_or_else(|| {
            let each: Vec<String> =
                readings.iter().map(|(way, place)| format!("{} {}", choice::letter(*place), way.in_words())).collect();
            let names: Vec<String> = readings.iter().map(|(way, _)| format!("\"{}\"", way.as_str())).collect();
            format!(
                "its answer {answer} can be choice {}: say in `map` of [data] which is meant, answer_as = {}",
                each.join(" or "),
                names.join(" or ")
            )
        })
    }

    /// What stands in the column for the choice of this letter, as a row that is written says it.
    pub(super) fn answer_of(&self, letter: &str, texts: &[&str]) -> Value {
        let place = letter.bytes().next().map(|one| usize::from(one.to_ascii_uppercase().saturating_sub(b'A')));
        match (self.answer_as.or(self.settled), place.filter(|place| *place < texts.len() && letter.len() == 1)) {
            (Some(AnswerAs::Index), Some(place)) => Value::from(place),
            (Some(AnswerAs::Number), Some(place)) => Value::from(place + 1),
            (Some(AnswerAs::Text), Some(place)) => Value::from(texts.get(place).copied().unwrap_or_default()),
            _ => Value::from(letter),
        }
    }

    /// This mapping with what the rows of a file settle about its answers, where `map` does not say it.
    pub(super) fn settled_by(self, path: &Path) -> Result<Self, DataError> {
        let Some(column) = self.answer.clone().filter(|_| self.answer_as.is_none()) else { return Ok(self) };
        let mut look = Look { mapping: &self, column, open: AnswerAs::GUESSED.to_vec(), differ: false, rows: 0 };
        match walk(path, &mut look) {
            // What is wrong with it is told by whoever reads it through.
            Ok(_) | Err(DataError::Header { .. } | DataError::Empty { .. }) => {}
            Err(error) => return Err(error),
        }
        let settled = match look.open.as_slice() {
            [only] if look.differ => Some(*only),
            _ => None,
        };
        Ok(Self { settled, ..self })
    }
}

/// Looks at the first rows of a file.
struct Look<'a> {
    mapping: &'a Mapping,
    column: String,
    /// The ways that fit every row so far.
    open: Vec<AnswerAs>,
    /// Whether a row can be read in two ways that come to different choices.
    differ: bool,
    rows: u64,
}

impl Visitor for Look<'_> {
    fn row(&mut self, _at: At, row: Result<Map<String, Value>, String>) {
        self.rows += 1;
        let Ok(row) = row else { return };
        let Some((choices, answer)) = self.mapping.choices_in(&row).zip(row.get(&self.column)) else { return };
        let readings = choices.readings(answer);
        let Some((first, place)) = readings.first() else { return };
        if *first == AnswerAs::Label {
            return;
        }
        self.differ |= readings.iter().any(|(_, other)| other != place);
        self.open.retain(|way| readings.iter().any(|(fits, _)| fits == way));
    }

    fn has_enough(&self) -> bool {
        // Where every way has failed one row, no other row settles anything.
        self.open.is_empty() || self.rows >= LOOKED_AT
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::{Cases, DataSet};

    /// The references of the rows of a table of choices and answers, or what is wrong with the first.
    fn letters(rows: &[(&str, &str)], mapping: &Mapping) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let lines = rows.iter().map(|(choices, answer)| format!("q,{},{answer}\n", quoted(choices)));
        std::fs::write(&path, format!("question,choices,answer\n{}", lines.collect::<String>())).unwrap();
        let set = DataSet::open(&path, mapping).map_err(|error| error.to_string())?;
        Ok((0..set.count()).map(|row| set.case(row).unwrap().reference.unwrap()).collect())
    }

    #[test]
    fn a_number_that_is_also_a_choice_is_read_as_the_other_rows_have_it() {
        let untold = Mapping::default();
        let index = [("[\"10\", \"2\", \"1\"]", "2"), ("[\"red\", \"blue\"]", "0")];
        assert_eq!(letters(&index, &untold).unwrap(), ["C", "A"], "the second row has no choice 0");
        let text = [("[\"10\", \"2\", \"1\"]", "2"), ("[\"10\", \"7\"]", "10")];
        assert_eq!(letters(&text, &untold).unwrap(), ["B", "A"], "the second row has no eleventh choice");
        let blood = [("['B', 'A', 'O', 'AB']", "B"), ("['B', 'A', 'O', 'AB']", "O")];
        assert_eq!(letters(&blood, &untold).unwrap(), ["A", "C"], "there is no fifteenth choice");
        let alike = [("[\"0\", \"1\", \"2\"]", "2")];
        assert_eq!(letters(&alike, &untold).unwrap(), ["C"], "both come to the same");
    }

    #[test]
    fn what_no_row_settles_is_a_fault_with_its_line_until_it_is_told() {
        let rows = [("[\"red\", \"blue\"]", "blue"), ("[\"10\", \"2\", \"1\"]", "2"), ("[\"x\", \"y\"]", "1")];
        let told = |way| Mapping { answer_as: Some(way), ..Mapping::default() };
        let fault = letters(&rows, &Mapping::default()).unwrap_err();
        assert!(
            fault.contains("row 2 (line 3): its answer \"2\" can be choice B by its text or C by its number from 0"),
            "{fault}"
        );
        assert!(fault.contains("answer_as = \"text\" or \"index\""), "{fault}");
        let rows = &rows[1..2];
        for (way, letter) in [(AnswerAs::Index, "C"), (AnswerAs::Text, "B"), (AnswerAs::Number, "B")] {
            assert_eq!(letters(rows, &told(way)).unwrap(), [letter], "{way:?}");
        }
        let fault = letters(rows, &told(AnswerAs::Letter)).unwrap_err();
        assert!(fault.contains("its answer \"2\" names none of its 3 choices by its letter"), "{fault}");
    }

    #[test]
    fn a_row_is_written_as_its_answers_are_told() {
        let mapping = |way| Mapping { answer_as: way, ..Mapping::default() };
        for (way, written) in [
            (None, json!("B")),
            (Some(AnswerAs::Index), json!(1)),
            (Some(AnswerAs::Number), json!(2)),
            (Some(AnswerAs::Text), json!("y")),
            (Some(AnswerAs::Letter), json!("B")),
        ] {
            assert_eq!(mapping(way).answer_of("B", &["x", "y"]), written, "{way:?}");
        }
        assert_eq!(mapping(Some(AnswerAs::Index)).answer_of("no letter", &["x"]), json!("no letter"));
    }

    #[test]
    fn every_way_has_its_name() {
        for way in AnswerAs::ALL {
            assert_eq!(AnswerAs::named(way.as_str()), Some(way));
        }
        assert_eq!(AnswerAs::named("row"), None);
    }
}
