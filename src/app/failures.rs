//! Where an arm fails, looked into behind the screen: a task of its own, which tells of every case and dies when it is dropped.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::event::{EventKind, FailureNews};
use crate::run::failures::{Plan, Step, ask_all, choose};
use crate::run::{NotAsked, Session, ahead_in_words};
use crate::state::Fault;
use crate::store::Store;

/// Begins; `generation` tells its news from those of one before. Aborting the handle drops the streams.
pub(super) fn begin(
    session: Arc<Session>,
    store: Arc<Store>,
    generation: u64,
    arm: Option<String>,
    events: mpsc::Sender<EventKind>,
) -> AbortHandle {
    let task = tokio::spawn(async move {
        let result = ask(session, store, generation, arm, &events).await;
        let result = result.map_err(|error| Fault { what: error.what, hint: error.hint });
        let _ = events.send(EventKind::Failures { generation, news: FailureNews::Over(result) }).await;
    });
    task.abort_handle()
}

async fn ask(
    session: Arc<Session>,
    store: Arc<Store>,
    generation: u64,
    arm: Option<String>,
    events: &mpsc::Sender<EventKind>,
) -> Result<(), NotAsked> {
    let (choosing, known) = (Arc::clone(&session), Arc::clone(&store));
    let planned = tokio::task::spawn_blocking(move || {
        let chosen = choose(&choosing, &known, arm.as_deref())?;
        let plan = Plan::new(&choosing, &chosen.arm, None, None, None)?;
        let forecast = plan.forecast(&choosing, &known)?;
        let mut ahead = ahead_in_words(&choosing, &forecast, plan.model());
        if forecast.cases > 0 {
            ahead.extend(choosing.first_use(plan.model()));
        }
        Ok::<_, NotAsked>((chosen, plan, ahead))
    });
    let (chosen, plan, ahead) = planned.await.map_err(|error| NotAsked {
        what: format!("choosing the arm failed: {error}"),
        hint: "Run it again.".to_owned(),
    })??;
    let news = FailureNews::Begun {
        arm: chosen.arm.id,
        why: chosen.why,
        cases: plan.cases,
        repeats: plan.repeats,
        equal: plan.equal,
        ahead,
    };
    let _ = events.send(EventKind::Failures { generation, news }).await;
    // Cases end a few at a time: what the loop has not taken yet waits here.
    let (sender, mut receiver) = mpsc::unbounded_channel::<Step>();
    let forward = async {
        while let Some(step) = receiver.recv().await {
            let news = FailureNews::Step(Box::new(step));
            if events.send(EventKind::Failures { generation, news }).await.is_err() {
                break;
            }
        }
    };
    let asking = async {
        let sender = sender;
        ask_all(session, store, plan, |step| sender.send(step).is_ok()).await
    };
    let (asked, ()) = tokio::join!(asking, forward);
    asked.map(|_| ())
}
