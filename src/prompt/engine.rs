//! The template engine with its limits: strict about undefined names, no escaping, bounded in steps, depth and output.
//!
//! White space is Prompty's: nothing is trimmed but where `{%-` or `-%}` says so, and a last line end is kept.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};

use super::jail::{self, Denied, FileAccess, Reach};

/// How much one rendering may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of the engine; data costs about a step per 64 bytes.
    pub steps: u64,
    /// Bytes of all messages together.
    pub output: usize,
    /// Nesting of calls and includes.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 500_000, output: 8 * 1024 * 1024, depth: 100 }
    }
}

/// The last file an include was refused, with the reason: the engine's own error would lose the path.
pub(crate) type Refusal = Arc<Mutex<Option<(String, String)>>>;

/// An engine for one rendering. `None` for a prompt without a folder.
pub(crate) fn environment<'source>(
    limits: Limits,
    reach: Option<Reach>,
    files: FileAccess,
) -> (Environment<'source>, Refusal) {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_debug(true);
    // The builder only fails on delimiters, which stay as they are.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(limits.steps));
    environment.set_recursion_limit(limits.depth);
    environment.set_formatter(|out, state, value| match (value.kind(), value.is_true()) {
        // Prompty renders null as nothing, and truth values in lower case.
        (ValueKind::None, _) => Ok(()),
        (ValueKind::Bool, true) => out.write_str("true").map_err(Error::from),
        (ValueKind::Bool, false) => out.write_str("false").map_err(Error::from),
        _ => escape_formatter(out, state, value),
    });
    let refusal = Refusal::default();
    let refused = Arc::clone(&refusal);
    environment.set_loader(move |name| match jail::read(reach.as_ref(), files, name) {
        Ok(text) => Ok(Some(text)),
        Err(denied) => {
            *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((name.to_owned(), denied.to_string()));
            match denied {
                // `ignore missing` may go on.
                Denied::Missing => Ok(None),
                Denied::Refused(reason) => Err(Error::new(ErrorKind::BadInclude, reason)),
            }
        }
    });
    (environment, refusal)
}

/// A writer that keeps at most so many bytes and fails beyond them.
pub(crate) struct Bounded {
    pub(crate) bytes: Vec<u8>,
    left: usize,
    /// Whether more was asked for than fits.
    pub(crate) overflowed: bool,
}

impl Bounded {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), left: limit, overflowed: false }
    }
}

impl io::Write for Bounded {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(buffer.len()) else {
            self.overflowed = true;
            return Err(io::Error::other("the output limit is reached"));
        };
        self.left = left;
        self.bytes.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
