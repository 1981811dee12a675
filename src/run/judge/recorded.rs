//! The recorded answers that a judge looks at: each arm's newest whole one to each case of a split.

use super::Subject;
use crate::config::Arm;
use crate::data::{Case, Cases, Split};
use crate::run::{NotAsked, Question, Session, question_of};
use crate::store::{Store, case_key};

/// The newest recorded answer of an arm to each of the first `limit` cases of a split, with the case's place. Blocks.
pub fn recorded_answers(
    session: &Session,
    store: &Store,
    arm: &Arm,
    split: Split,
    limit: Option<usize>,
) -> Result<Vec<(usize, Subject)>, NotAsked> {
    let Some((rows, count)) = rows(session, split, limit)? else { return Ok(Vec::new()) };
    let question = question_of(session, arm, split)?;
    let key = session.arm_key(&question)?;
    let mut found = Vec::new();
    for index in 0..count {
        let case = rows.case(index).map_err(|error| NotAsked::new(&error, error.hint()))?;
        if let Some(subject) = newest(store, &key, &question, case)? {
            found.push((index, subject));
        }
    }
    Ok(found)
}

/// Pairs of answers to the same case, each with the case's place in its split.
pub type Pairs = Vec<(usize, [Subject; 2])>;

/// The pairs of answers of two arms to the same cases, and how many cases of those looked at have no such pair. Blocks.
pub fn recorded_pairs(
    session: &Session,
    store: &Store,
    [a, b]: [&Arm; 2],
    split: Split,
    limit: Option<usize>,
) -> Result<(Pairs, usize), NotAsked> {
    let Some((rows, count)) = rows(session, split, limit)? else { return Ok((Vec::new(), 0)) };
    let questions = [question_of(session, a, split)?, question_of(session, b, split)?];
    let keys = [session.arm_key(&questions[0])?, session.arm_key(&questions[1])?];
    let mut found = Vec::new();
    for index in 0..count {
        let case = rows.case(index).map_err(|error| NotAsked::new(&error, error.hint()))?;
        let [one, other] = [0, 1].map(|side| newest(store, &keys[side], &questions[side], case.clone()));
        if let (Some(one), Some(other)) = (one?, other?) {
            found.push((index, [one, other]));
        }
    }
    let without = count - found.len();
    Ok((found, without))
}

type Rows<'s> = Option<(&'s dyn Cases, usize)>;

fn rows(session: &Session, split: Split, limit: Option<usize>) -> Result<Rows<'_>, NotAsked> {
    let rows = session.splits.look(split)?.ok_or_else(|| {
        NotAsked::new(
            &format!("the workbench has no {} split", split.as_str()),
            "Name its file under [data] in fourfold.toml.",
        )
    })?;
    let count = limit.unwrap_or(usize::MAX).min(rows.count());
    Ok((count > 0).then_some((rows as &dyn Cases, count)))
}

fn newest(store: &Store, arm_key: &str, question: &Question, case: Case) -> Result<Option<Subject>, NotAsked> {
    let found = store
        .answered(arm_key, &case_key(&case), None)
        .map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
    Ok(found.map(|found| Subject {
        question: Question { case: case.into(), ..question.clone() },
        outcome: found.record.outcome,
        text: found.record.extracted.unwrap_or(found.record.answer),
    }))
}
