//! Recording a model's answers from the screen, in a worker; what it does is told in notices.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::event::{EventKind, Timer};
use super::workers::keep_recorded;
use crate::run::golden::{Golden, GoldenStep, record as gild};
use crate::run::{Session, trial_alone};
use crate::state::{Toast, Tone};
use crate::store::Store;

/// How many dev cases.
const CASES: usize = 10;

/// Records the answers of `model`, and shows them: in the history, and in an arm that asks just that and was not run.
/// The program's end stops it, and then nothing is written.
pub(super) fn record(session: Arc<Session>, store: Arc<Store>, model: String, events: mpsc::Sender<EventKind>) {
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let say = |tone, text| {
            // Nobody listens any more only when the program is ending.
            let _ = events.blocking_send(EventKind::Toast(Toast { tone, text }));
        };
        let golden = Golden { model: Some(model.clone()), cases: CASES };
        let ask = |call| handle.block_on(trial_alone(call));
        let tell = |step| {
            match step {
                GoldenStep::FirstUse(told) => say(Tone::Note, told),
                GoldenStep::Case { done, total, .. } => {
                    say(Tone::Note, format!("{model}: {done} of {total} cases recorded."));
                }
            }
            Ok(())
        };
        match gild(&session, &golden, ask, tell) {
            Ok(Some(gilded)) => {
                if let Some(fault) = keep_recorded(&session, &store) {
                    let _ = events.blocking_send(fault);
                }
                // The arms are looked at anew, and with them what is recorded for what they ask.
                let _ = events.blocking_send(EventKind::Timer(Timer::Analyse));
                let path = gilded.path.display();
                say(Tone::Done, format!("{path} keeps {} answers of {model}; the history shows them.", gilded.answers));
            }
            Ok(None) => say(Tone::Bad, format!("Recording {model} was stopped; nothing was written.")),
            Err(error) => say(Tone::Bad, format!("{model} was not recorded: {}. {}", error.what, error.hint)),
        }
    });
}
