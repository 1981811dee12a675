//! Keeping calls: a model that answers as the one inside it, and writes down what was asked and what came.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::call::Call;
use crate::model::{AnswerStream, Key, Model, ModelError, Queue, Request, TokenCount};
use crate::prompt::Message;

/// How every line begins.
const CALL_BEGINS: &[u8] = b"{\"version\":";

/// A longer first line is no call.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

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
    /// Opens the cassette at `path`, or makes it, for its owner only: it holds prompts and answers. A file of something else is
    /// left alone; a last line that its writer did not come to the end of is ended. `clock` starts a clock for each call.
    pub fn open(path: &Path, clock: impl Fn() -> Clock + Send + Sync + 'static) -> Result<Self, ModelError> {
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let cannot = |error: std::io::Error| ModelError::Invalid {
            reason: format!("the cassette {} cannot be written: {error}", path.display()),
            hint: "Name a file in a folder that may be written.".to_owned(),
        };
        let mut file = options.open(path).map_err(cannot)?;
        if !holds_calls(&mut file).map_err(cannot)? {
            return Err(ModelError::Invalid {
                reason: format!("{} is no cassette, and nothing is added to it", path.display()),
                hint: "Name a new file, or one that an earlier --cassette wrote.".to_owned(),
            });
        }
        end_last_line(&mut file).map_err(cannot)?;
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

/// Whether what stands in `file` is calls, or nothing yet. Its first line tells.
fn holds_calls(file: &mut File) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    let mut lines = BufReader::new(file).take(LONGEST_LINE);
    while first.trim_ascii().is_empty() {
        first.clear();
        if lines.read_until(b'\n', &mut first)? == 0 {
            return Ok(true);
        }
    }
    // One that is cut off, the only line of its file, is known by how it begins.
    Ok(std::str::from_utf8(&first).is_ok_and(|line| Call::read(line).is_ok()) || first.starts_with(CALL_BEGINS))
}

/// Ends the last line of `file` where that breaks off: a call is written in one piece, and its program was killed in the middle.
fn end_last_line(file: &mut File) -> std::io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
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
