//! Keeping calls: a model that answers as the one inside it, and writes down what was asked and what came.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::call::Call;
use crate::model::{AnswerStream, Key, Model, ModelError, Queue, Request, TokenCount};
use crate::prompt::Message;

/// A clock that starts at zero when it is made.
pub type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// A cassette that calls are added to. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    file: Mutex<File>,
    fault: Mutex<Option<String>>,
    clock: Box<dyn Fn() -> Clock + Send + Sync>,
}

impl Recorder {
    /// Opens the cassette at `path`, or makes it, for its owner only: it holds prompts and answers. `clock` starts a clock
    /// for each call.
    pub fn open(path: &Path, clock: impl Fn() -> Clock + Send + Sync + 'static) -> Result<Self, ModelError> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| ModelError::Invalid {
            reason: format!("the cassette {} cannot be written: {error}", path.display()),
            hint: "Name a file in a folder that may be written.".to_owned(),
        })?;
        let shared =
            Shared { path: path.to_owned(), file: Mutex::new(file), fault: Mutex::default(), clock: Box::new(clock) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// `model`, whose id in the workbench is `id`, with every call kept; `key` is taken out of whatever is written.
    pub fn around(&self, id: &str, model: Arc<dyn Model>, key: Option<Key>) -> Arc<dyn Model> {
        Arc::new(Recorded { id: id.to_owned(), model, key, tape: self.clone() })
    }

    /// Why the last call was not kept, if it was not.
    pub fn fault(&self) -> Option<String> {
        self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn keep(&self, call: &Call, key: Option<&Key>) {
        let written = call.line(key).map_err(std::io::Error::from).and_then(|line| {
            // One write a line: other programs may add to the same file.
            self.shared.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
        });
        if let Err(error) = written {
            let fault = format!("a call was not kept in {}: {error}", self.shared.path.display());
            *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
    }
}

struct Recorded {
    id: String,
    model: Arc<dyn Model>,
    key: Option<Key>,
    tape: Recorder,
}

/// A call in progress. It is written when it ends, also when somebody cancels it.
struct Keeping {
    call: Call,
    key: Option<Key>,
    tape: Recorder,
    clock: Clock,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.tape.keep(&self.call, self.key.as_ref());
    }
}

impl Model for Recorded {
    fn fingerprint(&self) -> String {
        self.model.fingerprint()
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let call = Call::new(&self.id, self.fingerprint(), request.clone());
        let (key, tape, clock) = (self.key.clone(), self.tape.clone(), (self.tape.shared.clock)());
        let keeping = Keeping { call, key, tape, clock };
        Box::pin(stream::unfold((self.model.stream(request), keeping), |(mut inner, mut keeping)| async move {
            let event = inner.next().await?;
            keeping.call.push((keeping.clock)(), &event);
            Some((event, (inner, keeping)))
        }))
    }

    fn queue(&self) -> Queue {
        self.model.queue()
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        self.model.count_tokens(messages)
    }
}
