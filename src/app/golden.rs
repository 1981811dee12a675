//! Recording a model's answers from the screen, in a worker: what it would take, then how far it is, then what came of it.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::event::{EventKind, RecordingNews, Timer};
use super::workers::keep_recorded;
use crate::run::golden::{Golden, GoldenPlan, GoldenStep, record as gild};
use crate::run::{NotAsked, RECORDED, Session, trial_alone};
use crate::state::{Fault, Toast, Tone};
use crate::stats::wording::counted;
use crate::store::Store;

/// How many dev cases.
const CASES: usize = 10;

fn golden(model: &str) -> Golden {
    Golden { model: Some(model.to_owned()), cases: CASES }
}

/// What recording `model` would take, in the lines that the person says yes to.
pub(super) fn plan(session: &Session, model: String) -> EventKind {
    let result = golden(&model)
        .plan(session)
        .map(|plan| lines(session, &model, &plan))
        .map_err(|NotAsked { what, hint }| Fault { what, hint });
    EventKind::Recording(RecordingNews::Planned { model, result })
}

fn lines(session: &Session, model: &str, plan: &GoldenPlan) -> Vec<String> {
    let GoldenPlan { arms, cases, cost, replaced } = *plan;
    let paid = match cost {
        Some(cost) if cost.dollars > 0.0 => format!("{}, answers as long as those of the train rows", cost.in_words()),
        Some(_) => "free".to_owned(),
        None => "price unknown".to_owned(),
    };
    let path = session.workbench.root.join(RECORDED);
    let place = match replaced {
        0 => format!("Written to {}.", path.display()),
        _ => format!("Written to {}, in place of {} there.", path.display(), counted(replaced as u64, "answer")),
    };
    vec![
        format!("Ask {model} now, so that its answers are there when the model is gone?"),
        String::new(),
        format!(
            "{}: the first {} to {}",
            counted((arms * cases) as u64, "call"),
            counted(cases as u64, "dev case"),
            counted(arms as u64, "arm")
        ),
        paid,
        place,
    ]
}

/// Records the answers of `model`, and shows them: in the history, and in an arm that asks just that and was not run.
/// Dropping the handle stops it, as the program's end does; what was answered by then is written.
pub(super) fn record(
    session: Arc<Session>,
    store: Arc<Store>,
    model: String,
    events: mpsc::Sender<EventKind>,
) -> watch::Sender<()> {
    let (keep, kept) = watch::channel(());
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        // Nobody listens any more only when the program is ending.
        let tell = |kind| drop(events.blocking_send(kind));
        let ask = |call| {
            let mut kept = kept.clone();
            handle.block_on(async move {
                tokio::select! {
                    biased;
                    _ = kept.changed() => None,
                    done = trial_alone(call) => done,
                }
            })
        };
        let step = |step| {
            tell(match step {
                GoldenStep::FirstUse(text) => EventKind::Toast(Toast { tone: Tone::Note, text }),
                GoldenStep::Case { done, total, .. } => EventKind::Recording(RecordingNews::Step { done, total }),
            });
            Ok(())
        };
        let (tone, words) = match gild(&session, &golden(&model), ask, step) {
            Ok(Some(gilded)) => {
                if let Some(fault) = keep_recorded(&session, &store) {
                    tell(fault);
                }
                // The arms are looked at anew, and with them what is recorded for what they ask.
                tell(EventKind::Timer(Timer::Analyse));
                let (path, answers) = (gilded.path.display(), counted(gilded.answers as u64, "answer"));
                let stopped = if gilded.stopped { "Stopped: " } else { "" };
                (Tone::Done, format!("{stopped}{path} keeps {answers} of {model}; the history shows them."))
            }
            Ok(None) => (Tone::Note, format!("Recording {model} was stopped before its first answer.")),
            Err(error) => (Tone::Bad, format!("{model} was not recorded: {}. {}", error.what, error.hint)),
        };
        tell(EventKind::Recording(RecordingNews::Over { tone, words }));
    });
    keep
}
