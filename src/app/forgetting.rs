//! What tuning made a model forget, measured on a worker; the next check, or the person, stops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::event::{EventKind, ForgettingNews};
use crate::config::Provider;
use crate::run::Session;
use crate::state::{Fault, ForgetOf};
use crate::tune::{self, ItemResult, TuneError};

/// Begins the check `generation`, which goes on while it is the `current` one.
pub(super) fn begin(
    session: Arc<Session>,
    generation: u64,
    of: ForgetOf,
    current: Arc<AtomicU64>,
    events: mpsc::Sender<EventKind>,
) {
    tokio::task::spawn_blocking(move || {
        let tell = |news| events.blocking_send(EventKind::Forgetting { generation, news }).is_ok();
        let wanted = || current.load(Ordering::Relaxed) == generation;
        let measured = measure(&session, &of, |done, of| wanted() && tell(ForgettingNews::Item { done, of }));
        let result = match measured {
            Ok(Some(items)) => Ok(items),
            // Stopped: nobody waits for an end.
            Ok(None) => return,
            Err(error) => Err(Fault { what: error.to_string(), hint: error.hint() }),
        };
        tell(ForgettingNews::Over(result));
    });
}

fn measure(
    session: &Session,
    of: &ForgetOf,
    told: impl FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<ItemResult>>, TuneError> {
    // A model that was tuned since the start is known to the session, not to the workbench as it was read.
    let mut workbench = session.workbench.clone();
    workbench.models = session.models();
    let (entry, scale) = match of {
        ForgetOf::Adapter(name) => (tune::adapter(&workbench, name)?, 1.0),
        ForgetOf::Model(id) => {
            let model = session
                .spec(id)
                .ok_or_else(|| TuneError::asked(format!("no model is called `{id}`"), "Pick another with m."))?;
            if model.provider != Provider::Embedded {
                // This thread may wait: it is not one of those that drive the streams.
                return Handle::current().block_on(tune::forgetting_served(session, id, told));
            }
            tune::adapter_of(&workbench, &model)?
        }
    };
    tune::check_forgetting(&workbench, &entry, scale as f32, told)
}
