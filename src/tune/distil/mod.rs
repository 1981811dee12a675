//! Distilling: a bigger model's arm answers the train inputs, a person reviews each answer, and what passes is what a small
//! model is tuned on. Everything stands in a journal, so that nothing is asked or decided twice.

mod ask;
mod journal;
mod reviewed;

pub use ask::{DistilPlan, DistilStep, distil};
pub use journal::{DistilEvent, append, read_journal};
pub use reviewed::{ReviewedFile, accept_all, reviewed_files, write_reviewed};

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::TuneError;
use super::place::{check_name, named_folders};
use crate::config::program_folder;
use crate::data::{Case, Cases, Split};
use crate::run::Session;
use crate::score::Outcome;
use crate::store::case_key;

/// Where the answers of one arm are collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistilPlace {
    /// Its name: the arm's, made fit for a folder.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

impl DistilPlace {
    /// The place called `name`, which is checked.
    pub fn new(root: &Path, name: &str) -> Result<Self, TuneError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), folder: folder(root).join(name) })
    }

    /// The place of an arm's answers, whatever its id holds.
    pub fn of_arm(root: &Path, arm: &str) -> Result<Self, TuneError> {
        let letter = |one: char| if one.is_ascii_alphanumeric() || matches!(one, '-' | '_') { one } else { '-' };
        let name: String = arm.chars().map(letter).collect();
        let name = name.trim_matches('-');
        Self::new(root, if name.is_empty() { "arm" } else { name })
    }

    /// What was answered and decided.
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// The rows that passed, as training data.
    pub fn reviewed(&self) -> PathBuf {
        self.folder.join("reviewed.jsonl")
    }
}

fn folder(root: &Path) -> PathBuf {
    program_folder(root).join("distil")
}

/// The places there are, by name.
pub fn distillations(root: &Path) -> Vec<String> {
    named_folders(&folder(root), "journal.jsonl")
}

/// What a person thinks of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Review {
    /// Nothing yet.
    #[default]
    Undecided,
    /// It is to be learned as it is.
    Accept,
    /// Something else is to be learned.
    Edit {
        /// What.
        answer: String,
    },
    /// This row is not to be learned.
    Drop,
}

impl Review {
    /// One word for lists.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Accept => "accepted",
            Self::Edit { .. } => "edited",
            Self::Drop => "dropped",
        }
    }
}

/// A train row with its answer and what was decided about it.
#[derive(Clone, Debug, PartialEq)]
pub struct DistilRow {
    /// The row.
    pub case: Case,
    /// The answer and what became of it, once it was asked.
    pub answer: Option<(Outcome, String)>,
    /// What was decided.
    pub review: Review,
}

impl DistilRow {
    /// What is learned from this row; nothing where it is undecided or dropped.
    pub fn learned(&self) -> Option<&str> {
        match &self.review {
            Review::Accept => self.answer.as_ref().map(|(_, text)| text.as_str()),
            Review::Edit { answer } => Some(answer),
            Review::Undecided | Review::Drop => None,
        }
    }

    /// Whether its answer can be learned as it is.
    pub fn is_usable(&self) -> bool {
        self.answer.as_ref().is_some_and(|(outcome, text)| *outcome == Outcome::Answer && !text.trim().is_empty())
    }
}

/// How far a review is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DistilCounts {
    /// Train rows.
    pub rows: usize,
    /// Those with an answer.
    pub answered: usize,
    /// Answers taken as they are.
    pub accepted: usize,
    /// Answers that were changed.
    pub edited: usize,
    /// Rows left out.
    pub dropped: usize,
}

impl DistilCounts {
    /// Counts rows.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r DistilRow>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.rows += 1;
            counts.answered += usize::from(row.answer.is_some());
            match row.review {
                Review::Accept => counts.accepted += 1,
                Review::Edit { .. } => counts.edited += 1,
                Review::Drop => counts.dropped += 1,
                Review::Undecided => {}
            }
        }
        counts
    }

    /// Answers about which nothing was decided.
    pub const fn undecided(&self) -> usize {
        self.answered.saturating_sub(self.accepted + self.edited + self.dropped)
    }

    /// Rows that can be learned from.
    pub const fn learned(&self) -> usize {
        self.accepted + self.edited
    }

    /// In one line.
    pub fn in_words(&self) -> String {
        format!(
            "{} of {} train rows answered: {} accepted, {} edited, {} dropped, {} undecided",
            self.answered,
            self.rows,
            self.accepted,
            self.edited,
            self.dropped,
            self.undecided()
        )
    }
}

/// The train rows of a workbench, with what a place's journal says of each. An answer given to another prompt, strategy or
/// model than `arm` asks now does not count.
pub fn distil_rows(session: &Session, place: &DistilPlace, arm: &str) -> Result<Vec<DistilRow>, TuneError> {
    let rows = session.splits.look(Split::Train)?.filter(|rows| rows.count() > 0).ok_or_else(|| {
        TuneError::asked("the workbench has no train rows", "Name the file under [data] in fourfold.toml.")
    })?;
    let mut known = fold(&read_journal(&place.journal())?, arm);
    (0..rows.count())
        .map(|index| {
            let case = rows.case(index)?;
            let (answer, review) = known.remove(&case_key(&case)).unwrap_or_default();
            Ok(DistilRow { case, answer, review })
        })
        .collect()
}

type Known = (Option<(Outcome, String)>, Review);

/// The journal's last word on each case. A new answer takes the review of the old one away, unless it says the same.
fn fold(events: &[DistilEvent], arm: &str) -> HashMap<String, Known> {
    let mut known: HashMap<String, Known> = HashMap::new();
    for event in events {
        match event {
            DistilEvent::Answered { case, asked, outcome, answer, .. } if asked == arm => {
                let Some(outcome) = Outcome::parse(outcome) else { continue };
                let entry = known.entry(case.clone()).or_default();
                if entry.0.as_ref().is_none_or(|(_, text)| text != answer) {
                    entry.1 = Review::Undecided;
                }
                entry.0 = Some((outcome, answer.clone()));
            }
            DistilEvent::Reviewed { case, review, .. } => {
                if let Some(entry) = known.get_mut(case) {
                    entry.1 = review.clone();
                }
            }
            DistilEvent::Answered { .. } => {}
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(case: &str, asked: &str, answer: &str) -> DistilEvent {
        DistilEvent::Answered {
            row: case.to_owned(),
            case: case.to_owned(),
            asked: asked.to_owned(),
            outcome: "answer".to_owned(),
            answer: answer.to_owned(),
        }
    }

    fn reviewed(case: &str, review: Review) -> DistilEvent {
        DistilEvent::Reviewed { row: case.to_owned(), case: case.to_owned(), review }
    }

    #[test]
    fn the_last_word_counts_and_another_answer_is_to_be_reviewed_again() {
        let mut events = vec![
            answered("a", "arm", "one"),
            answered("b", "arm", "two"),
            answered("c", "other arm", "three"),
            reviewed("a", Review::Accept),
            reviewed("b", Review::Drop),
            reviewed("b", Review::Edit { answer: "zwei".to_owned() }),
            reviewed("c", Review::Accept),
            answered("a", "arm", "one"),
        ];
        let known = fold(&events, "arm");
        assert_eq!(known["a"].1, Review::Accept, "the same answer again changes nothing");
        assert_eq!(known["b"].1.as_str(), "edited");
        assert!(!known.contains_key("c"), "answers of an arm that asks otherwise do not count");
        events.push(answered("a", "arm", "uno"));
        assert_eq!(fold(&events, "arm")["a"].1, Review::Undecided);
    }

    #[test]
    fn counts_and_what_is_learned() {
        let row = |answer: Option<&str>, review| DistilRow {
            case: Case::default(),
            answer: answer.map(|text| (Outcome::Answer, text.to_owned())),
            review,
        };
        let rows = [
            row(Some("a"), Review::Accept),
            row(Some("b"), Review::Edit { answer: "B".to_owned() }),
            row(Some("c"), Review::Drop),
            row(Some(" "), Review::Undecided),
            row(None, Review::Undecided),
        ];
        assert_eq!(rows.iter().filter_map(DistilRow::learned).collect::<Vec<_>>(), ["a", "B"]);
        assert!(rows[0].is_usable() && !rows[3].is_usable() && !rows[4].is_usable());
        let counts = DistilCounts::of(&rows);
        assert_eq!((counts.learned(), counts.undecided()), (2, 1));
        assert_eq!(counts.in_words(), "4 of 5 train rows answered: 1 accepted, 1 edited, 1 dropped, 1 undecided");
    }

    #[test]
    fn an_arm_of_any_name_has_a_folder() {
        let root = Path::new("/bench");
        for (arm, name) in [("big", "big"), ("gpt 4.1 / plain", "gpt-4-1---plain"), ("…", "arm")] {
            assert_eq!(DistilPlace::of_arm(root, arm).unwrap().name, name);
        }
        assert!(DistilPlace::new(root, "../x").is_err());
    }
}
