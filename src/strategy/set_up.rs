//! Set-up calls: what a strategy asks once about train rows, before the first case. Only train rows and their own answers are
//! looked at.

use std::collections::BTreeMap;

use super::select::NONE_KEPT;
use super::task::{Call, Extraction};
use crate::score::{NonAnswer, Outcome};

/// What stands between the figures of a remark that an arm shows fewer exemplars than it asks for.
const SHORT: &str = ": only ";

/// Whether a remark of a trial says that its arm shows fewer exemplars than it asks for, because its set-up brought no more.
pub fn says_short(note: &str) -> bool {
    let counted = |text: &str| text.split_once(" of ").is_some_and(|(few, of)| is_number(few) && is_number(of));
    note.split_once(SHORT).is_some_and(|(shown, _)| shown.strip_suffix(" exemplars").is_some_and(counted))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

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
    /// It was answered otherwise than the row says: never shown.
    Wrong(String),
    /// No answer could be read out of it, or none came: never shown.
    Unread(String),
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
            Some(answer) => Rationale::Wrong(format!("it answers {answer:?}")),
            None => Rationale::Unread(read.in_words().unwrap_or("no answer").to_owned()),
        };
        self.rationales.insert(row, rationale);
    }

    /// A set-up that nobody has made yet, with a text in place of every chain of thought: for a forecast.
    pub(crate) fn supposed(rows: impl Iterator<Item = usize>, text: &str) -> Self {
        Self { rationales: rows.map(|row| (row, Rationale::Kept(text.to_owned()))).collect() }
    }

    /// Notes that nothing usable came about a row.
    pub fn drop_row(&mut self, row: usize, why: impl Into<String>) {
        self.rationales.insert(row, Rationale::Unread(why.into()));
    }

    /// The chain of thought that may be shown for a row.
    pub fn kept(&self, row: usize) -> Option<&str> {
        match self.rationales.get(&row) {
            Some(Rationale::Kept(text)) => Some(text),
            Some(Rationale::Wrong(_) | Rationale::Unread(_)) | None => None,
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

    /// Why an arm that asks for `wanted` exemplars shows fewer, for beside each of its trials; `None` where enough were kept.
    pub(crate) fn short(&self, shown: usize, wanted: usize) -> Option<String> {
        let kept = self.kept_rows().count();
        (kept < wanted).then(|| {
            let asked = self.asked();
            format!(
                "{shown} of {wanted} exemplars{SHORT}{kept} of {asked} chains of thought ended in their row's answer"
            )
        })
    }

    /// Why none can be shown: `none of 100 chains of thought ends in its train row's answer (61 answer otherwise, 39 cannot be
    /// read)`. Which of the two it is says what would help.
    pub(crate) fn none_kept(&self) -> String {
        let wrong = self.rationales.values().filter(|one| matches!(one, Rationale::Wrong(_))).count();
        let asked = self.asked();
        let why = match asked - wrong {
            0 => "all answer otherwise".to_owned(),
            unread if wrong == 0 => format!("no answer could be read in any of the {unread}"),
            unread => format!("{wrong} answer otherwise, in {unread} no answer could be read"),
        };
        let cut = self.cut().map_or_else(String::new, |cut| format!("; {cut}"));
        format!("none of {asked} chains of thought ends in its train row's answer ({why}{cut})")
    }

    /// Why no row can be shown with its reasoning, and what helps; nothing where some can.
    pub fn unusable(&self) -> Option<(String, &'static str)> {
        self.kept_rows().next().is_none().then(|| (self.none_kept(), NONE_KEPT))
    }

    /// How many had no room to come to an answer, in words.
    fn cut(&self) -> Option<String> {
        let length = Outcome::NonAnswer(NonAnswer::Length);
        let is_cut = |one: &&Rationale| matches!(one, Rationale::Unread(why) if why == length.as_str());
        let cut = self.rationales.values().filter(is_cut).count();
        (cut > 0).then(|| format!("{cut} stopped at the token limit, `max_tokens`"))
    }

    /// In words: `61 of 100 chains of thought end in their row's answer; 39 are never shown`.
    pub fn in_words(&self) -> String {
        let (kept, asked) = (self.kept_rows().count(), self.asked());
        let cut = self.cut().map_or_else(String::new, |cut| format!(" ({cut})"));
        format!("{kept} of {asked} chains of thought end in their row's answer; {} are never shown{cut}", asked - kept)
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
        assert_eq!(set_up.short(2, 2), None);
        let short = set_up.short(1, 5).unwrap();
        assert_eq!(short, "1 of 5 exemplars: only 2 of 4 chains of thought ended in their row's answer");
        assert!(says_short(&short) && !says_short(&set_up.in_words()) && !says_short("a of b exemplars: only 2"));
    }

    #[test]
    fn what_kept_none_says_what_went_wrong() {
        let read = |text: &str| Extraction::Made { text: text.to_owned(), how: String::new() };
        let mut set_up = SetUp::default();
        let says = |set_up: &SetUp, why: &str| {
            let words = set_up.none_kept();
            assert!(words.ends_with(&format!("train row's answer ({why})")), "{words}");
        };
        set_up.take(0, "Answer: A", &read("A"), "B");
        says(&set_up, "all answer otherwise");
        set_up.drop_row(1, "empty");
        says(&set_up, "1 answer otherwise, in 1 no answer could be read");
        set_up.drop_row(0, "empty");
        says(&set_up, "no answer could be read in any of the 2");
        set_up.drop_row(1, Outcome::NonAnswer(NonAnswer::Length).as_str());
        says(&set_up, "no answer could be read in any of the 2; 1 stopped at the token limit, `max_tokens`");
        let words = "0 of 2 chains of thought end in their row's answer; 2 are never shown (1 stopped at the token limit, `max_tokens`)";
        assert_eq!(set_up.in_words(), words);
    }
}
