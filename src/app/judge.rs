//! The judge asked about two answers on the screen: a task of its own, which dies when it is dropped.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::event::{EventKind, JudgeNews};
use crate::run::judge::{Judge, PairJudged, Subject, self_test};
use crate::run::{NotAsked, Session};
use crate::state::Fault;
use crate::store::Store;

/// Begins; `generation` tells its news from those of one before. Aborting the handle drops the streams.
pub(super) fn begin(
    session: Arc<Session>,
    store: Arc<Store>,
    (generation, pair, force): (u64, Box<[Subject; 2]>, bool),
    events: mpsc::Sender<EventKind>,
) -> AbortHandle {
    let task = tokio::spawn(async move {
        let result = ask(&session, &store, (generation, &pair, force), &events).await;
        let result = result.map_err(|error| Fault { what: error.what, hint: error.hint });
        let _ = events.send(EventKind::Judge { generation, news: JudgeNews::Over(Box::new(result)) }).await;
    });
    task.abort_handle()
}

async fn ask(
    session: &Arc<Session>,
    store: &Arc<Store>,
    (generation, pair, force): (u64, &[Subject; 2], bool),
    events: &mpsc::Sender<EventKind>,
) -> Result<PairJudged, NotAsked> {
    let tell = async |news| {
        // Nobody listens any more only when the program is ending.
        let _ = events.send(EventKind::Judge { generation, news }).await;
    };
    let opening = Arc::clone(session);
    let opened = tokio::task::spawn_blocking(move || {
        let judge = Judge::of(&opening)?;
        let first_use = judge.first_use(&opening)?;
        Ok::<_, NotAsked>((judge, first_use))
    });
    let (judge, first_use) = opened.await.map_err(|error| NotAsked {
        what: format!("preparing the judge failed: {error}"),
        hint: "Try again.".to_owned(),
    })??;
    let models = pair.iter().map(|one| one.question.model.as_str());
    let notices = match judge.admit(session, models, force) {
        Ok(notices) => notices,
        Err(error) => {
            tell(JudgeNews::Refused).await;
            return Err(error);
        }
    };
    let words = judge.in_words(session);
    tell(JudgeNews::Begun { judge: words, notices: first_use.into_iter().chain(notices).collect() }).await;
    let said = mpsc::channel(1);
    let (sender, mut receiver) = said;
    let forward = async {
        while let Some((done, of)) = receiver.recv().await {
            tell(JudgeNews::Tried { done, of }).await;
        }
    };
    let trying = async {
        let sender = sender;
        // Only the newest count is of interest: one that finds the channel full may be left out.
        let told = |done, of| {
            let _ = sender.try_send((done, of));
        };
        self_test(session, store, &judge, &pair[0].question, told).await
    };
    let (tried, ()) = tokio::join!(trying, forward);
    tell(JudgeNews::SelfTest(tried?)).await;
    judge.pair(session, store, 0, pair).await
}
