//! Before a judge is trusted: does it tell the right answer from a wrong one? Train rows, the reference against the reference of
//! another row, in both orders.

use std::sync::Arc;

use super::{Judge, Subject};
use crate::data::{Case, Cases, Split};
use crate::run::{NotAsked, Question, Session};
use crate::score::Outcome;
use crate::score::judge::Settled;
use crate::store::Store;

/// Train rows that are tried.
pub const SELF_TEST_ROWS: usize = 6;

/// What a judge makes of answers that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelfTest {
    /// Pairs of a right and a wrong answer.
    pub pairs: usize,
    /// Those where it preferred the right one, in both orders.
    pub right: usize,
    /// Those where it preferred the wrong one, in both orders.
    pub wrong: usize,
    /// Those where the order decided.
    pub flipped: usize,
    /// Those where it saw a tie.
    pub ties: usize,
    /// Those of which an order was not read or did not come through.
    pub unread: usize,
}

impl SelfTest {
    /// Whether it may be trusted: four pairs in five right.
    pub const fn passed(&self) -> bool {
        self.pairs > 0 && self.right * 5 >= self.pairs * 4
    }

    /// In words.
    pub fn in_words(&self) -> String {
        if self.pairs == 0 {
            return "Self-test: not possible, the train split has no two rows with different references.".to_owned();
        }
        let others: Vec<String> = [
            (self.wrong, "the wrong one"),
            (self.flipped, "whichever stood in one place"),
            (self.ties, "neither"),
            (self.unread, "not read"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        let word = if self.passed() { "passed" } else { "NOT passed" };
        format!(
            "Self-test {word}: of {} pairs of a right and a wrong answer from train it preferred the right one in both orders in \
             {}{others}.",
            self.pairs, self.right
        )
    }

    /// What has to stand beside every figure of a judge that did not pass.
    pub fn warning(&self) -> Option<String> {
        (!self.passed()).then(|| format!("not trusted: self-test {} of {} right", self.right, self.pairs))
    }
}

/// The pairs: each of the first train rows with its own reference and with that of the next row whose is another.
fn pairs(session: &Session, question: &Question) -> Result<Vec<[Subject; 2]>, NotAsked> {
    let Some(train) = session.splits.look(Split::Train)? else { return Ok(Vec::new()) };
    let mut rows: Vec<Case> = Vec::new();
    for index in 0..train.count().min(SELF_TEST_ROWS * 4) {
        let case = train.case(index).map_err(|error| NotAsked::new(&error, error.hint()))?;
        if case.reference.as_deref().is_some_and(|text| !text.trim().is_empty()) {
            rows.push(case);
        }
    }
    let subject = |case: &Case, arm: &str, text: Option<String>| Subject {
        question: Question { arm: arm.to_owned(), case: case.clone().into(), split: None, ..question.clone() },
        outcome: Outcome::Answer,
        text: text.unwrap_or_default(),
    };
    let wrong_of = |place: usize, case: &Case| {
        let after = rows.iter().cycle().skip(place + 1).take(rows.len());
        after.filter_map(|other| other.reference.clone()).find(|text| Some(text) != case.reference.as_ref())
    };
    let made = rows.iter().enumerate().take(SELF_TEST_ROWS).filter_map(|(place, case)| {
        let wrong = wrong_of(place, case)?;
        Some([subject(case, "right", case.reference.clone()), subject(case, "wrong", Some(wrong))])
    });
    Ok(made.collect())
}

/// Tries the judge, on tasks that are asked as `question` asks; what was tried before is not asked again. `told` hears how many
/// pairs are through, of how many.
pub async fn self_test(
    session: &Arc<Session>,
    store: &Arc<Store>,
    judge: &Judge,
    question: &Question,
    mut told: impl FnMut(usize, usize),
) -> Result<SelfTest, NotAsked> {
    let pairs = pairs(session, question)?;
    let mut test = SelfTest { pairs: pairs.len(), ..SelfTest::default() };
    for (index, pair) in pairs.iter().enumerate() {
        let judged = judge.pair(session, store, index, pair).await?;
        *match judged.settled {
            Some(Settled::A) => &mut test.right,
            Some(Settled::B) => &mut test.wrong,
            Some(Settled::Tie) => &mut test.ties,
            Some(Settled::Flipped) => &mut test.flipped,
            None => &mut test.unread,
        } += 1;
        told(index + 1, test.pairs);
    }
    Ok(test)
}
