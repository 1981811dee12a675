//! Set-up calls: what a strategy asks once about train rows, before the first case. Only train rows and their own answers are
//! looked at.

use std::collections::BTreeMap;

use super::task::{Call, Extraction};

/// One set-up call.
#[derive(Clone, Debug, PartialEq)]
pub struct SetUpCall {
    /// The train row it is about, from 0.
    pub row: usize,
    /// The row's id.
    pub id: String,
    /// What is sent.
    pub call: Call,
}

/// What became of a train row's set-up call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rationale {
    /// Its answer is the row's own: it may be shown.
    Kept(String),
    /// It was answered otherwise than the row says, or not readably: never shown.
    Dropped(String),
}

/// What all set-up calls of a strategy brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetUp {
    rationales: BTreeMap<usize, Rationale>,
}

impl SetUp {
    /// Takes in what was answered about a row. `read` is what the strategy reads out of the text, `right` what the row says.
    pub fn take(&mut self, row: usize, text: &str, read: &Extraction, right: &str) {
        let rationale = match read.text() {
            Some(answer) if super::vote::same_answer(answer, right) => Rationale::Kept(text.trim().to_owned()),
            Some(answer) => Rationale::Dropped(format!("it answers {answer:?}")),
            None => Rationale::Dropped(read.in_words().unwrap_or("no answer").to_owned()),
        };
        self.rationales.insert(row, rationale);
    }

    /// A set-up that nobody has made yet, with a text in place of every chain of thought: for a forecast.
    pub(crate) fn supposed(rows: impl Iterator<Item = usize>, text: &str) -> Self {
        Self { rationales: rows.map(|row| (row, Rationale::Kept(text.to_owned()))).collect() }
    }

    /// Notes that nothing usable came about a row.
    pub fn drop_row(&mut self, row: usize, why: impl Into<String>) {
        self.rationales.insert(row, Rationale::Dropped(why.into()));
    }

    /// The chain of thought that may be shown for a row.
    pub fn kept(&self, row: usize) -> Option<&str> {
        match self.rationales.get(&row) {
            Some(Rationale::Kept(text)) => Some(text),
            Some(Rationale::Dropped(_)) | None => None,
        }
    }

    /// Rows whose chain of thought may be shown, in order.
    pub fn kept_rows(&self) -> impl Iterator<Item = usize> {
        self.rationales.iter().filter(|(_, one)| matches!(one, Rationale::Kept(_))).map(|(row, _)| *row)
    }

    /// How many rows were asked about.
    pub fn asked(&self) -> usize {
        self.rationales.len()
    }

    /// In words: `61 of 100 chains of thought end in their row's answer; 39 are never shown`.
    pub fn in_words(&self) -> String {
        let (kept, asked) = (self.kept_rows().count(), self.asked());
        format!("{kept} of {asked} chains of thought end in their row's answer; {} are never shown", asked - kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_right_answer_keeps_its_reasoning() {
        let mut set_up = SetUp::default();
        let read = |text: &str| Extraction::Made { text: text.to_owned(), how: String::new() };
        set_up.take(0, " because\nAnswer: B ", &read("b"), "B");
        set_up.take(1, "because\nAnswer: A", &read("A"), "B");
        set_up.take(2, "because", &Extraction::Unparsed { why: "no letter".to_owned() }, "B");
        set_up.take(3, "json", &read("{\"a\": 1}"), "{\"a\":1}");
        assert_eq!(set_up.kept(0), Some("because\nAnswer: B"));
        assert_eq!(set_up.kept_rows().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(set_up.in_words(), "2 of 4 chains of thought end in their row's answer; 2 are never shown");
    }
}
