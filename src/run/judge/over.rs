//! Judging many recorded answers, several at a time.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::{Graded, Judge, PairJudged, Pairs, Subject};
use crate::run::{NotAsked, Session};
use crate::store::Store;

/// Cases under way at a time.
const AT_ONCE: usize = 4;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Every case is through.
    Whole,
    /// Whoever listens has had enough.
    Stopped,
}

/// Judges every pair in both orders; `told` hears of each, and ends it with `false`. Every word of the judge is recorded before it
/// is told; dropping the future aborts what is under way.
pub async fn judge_pairs(
    session: &Arc<Session>,
    store: &Arc<Store>,
    judge: &Arc<Judge>,
    pairs: Pairs,
    mut told: impl FnMut(PairJudged) -> bool,
) -> Result<Asked, NotAsked> {
    let asks = pairs.into_iter().map(|(index, pair)| {
        let (session, store, judge) = (Arc::clone(session), Arc::clone(store), Arc::clone(judge));
        async move { judge.pair(&session, &store, index, &pair).await }
    });
    let mut asks = stream::iter(asks).buffer_unordered(AT_ONCE);
    while let Some(judged) = asks.next().await {
        if !told(judged?) {
            return Ok(Asked::Stopped);
        }
    }
    Ok(Asked::Whole)
}

/// As [`judge_pairs`], for the grades of one arm's answers.
pub async fn judge_grades(
    session: &Arc<Session>,
    store: &Arc<Store>,
    judge: &Arc<Judge>,
    subjects: Vec<(usize, Subject)>,
    mut told: impl FnMut(Graded) -> bool,
) -> Result<Asked, NotAsked> {
    let asks = subjects.into_iter().map(|(index, subject)| {
        let (session, store, judge) = (Arc::clone(session), Arc::clone(store), Arc::clone(judge));
        async move { judge.grade(&session, &store, index, &subject).await }
    });
    let mut asks = stream::iter(asks).buffer_unordered(AT_ONCE);
    while let Some(graded) = asks.next().await {
        if !told(graded?) {
            return Ok(Asked::Stopped);
        }
    }
    Ok(Asked::Whole)
}
