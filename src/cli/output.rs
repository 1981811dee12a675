//! Plain output: one place through which everything printed goes, so that no control byte of a model, a file name or a
//! data row reaches the terminal, and a reader that went away ends the program quietly.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use super::Exit;
use crate::characters::is_unsafe;
use crate::config::{ConfigError, SampleError};
use crate::run::NotAsked;
use crate::store::StoreError;
use crate::view::text::{Tabs, sanitise_for_terminal};

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// The workbench has a mistake in it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A sample was not copied.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// Something that was asked for failed.
    #[error("{what}")]
    Failed {
        /// What happened.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// The arguments ask for what is not there.
    #[error("{what}")]
    Asked {
        /// What is wrong.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// Not everything that was to be asked has an answer.
    #[error("{what}")]
    Incomplete {
        /// What stood in the way.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// The person stopped it.
    #[error("{what}")]
    Interrupted {
        /// What was under way.
        what: String,
        /// How to go on.
        hint: String,
    },
}

/// Nothing was sent, because the arguments, the workbench or what surrounds it do not fit.
impl From<NotAsked> for Fault {
    fn from(NotAsked { what, hint }: NotAsked) -> Self {
        Self::Asked { what, hint }
    }
}

/// The database stands in the way.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Failed { what: error.to_string(), hint: error.hint() }
    }
}

impl Fault {
    /// What the person can do next; may be empty.
    pub fn hint(&self) -> String {
        match self {
            // Each problem of a workbench is listed with its own hint.
            Self::Output(_) | Self::Config(ConfigError::Wrong { .. }) => String::new(),
            Self::Config(error) => error.hint(),
            Self::Sample(error) => error.hint(),
            Self::Asked { hint, .. }
            | Self::Failed { hint, .. }
            | Self::Incomplete { hint, .. }
            | Self::Interrupted { hint, .. } => hint.clone(),
        }
    }

    /// Whether the reader of our output went away.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == ErrorKind::BrokenPipe)
    }

    /// The exit code this ends with.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Output(_)
            | Self::Failed { .. }
            | Self::Sample(SampleError::InTheWay { .. } | SampleError::Unwritable { .. }) => Exit::Failure,
            Self::Config(_) | Self::Sample(SampleError::Unknown { .. }) | Self::Asked { .. } => Exit::Usage,
            Self::Incomplete { .. } => Exit::Incomplete,
            Self::Interrupted { .. } => Exit::Interrupted,
        }
    }
}

/// Where a command prints.
#[derive(Debug)]
pub struct Output<W> {
    writer: W,
    /// Whether it goes on where its reader has gone.
    alone: bool,
}

impl<W: Write> Output<W> {
    /// Prints to `writer`.
    pub const fn new(writer: W) -> Self {
        Self { writer, alone: false }
    }

    /// From here on a reader that has gone ends nothing: what it would have read is left out. For what ends with an exit code that
    /// says something, which `| head` must not change.
    pub const fn go_on_alone(&mut self) {
        self.alone = true;
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self.writer.write_all(bytes).and_then(|()| self.writer.flush()) {
            Err(error) if self.alone && error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Prints text and a line end; control characters become visible.
    pub fn line(&mut self, text: &str) -> Result<(), Fault> {
        let mut line = sanitise_for_terminal(text, Tabs::Keep).into_owned();
        line.push('\n');
        self.put(line.as_bytes())
    }

    /// Prints a document whose lines stay lines; every control character becomes visible.
    pub fn document(&mut self, text: &[u8]) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(text);
        self.put(sanitise_for_terminal(&text, Tabs::Keep).as_bytes())
    }

    /// Prints one value as one line of JSON. Characters that a terminal would act on are escaped, so it parses back the same.
    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        let mut escaped = String::with_capacity(text.len());
        for one in text.chars() {
            if is_unsafe(one) {
                let mut units = [0; 2];
                escaped.extend(one.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            } else {
                escaped.push(one);
            }
        }
        escaped.push('\n');
        self.put(escaped.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::characters::all_invisible;

    fn printed(print: impl FnOnce(&mut Output<&mut Vec<u8>>)) -> String {
        let mut bytes = Vec::new();
        print(&mut Output::new(&mut bytes));
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn no_acting_character_gets_out(text in any::<String>()) {
            let line = printed(|out| out.line(&text).unwrap());
            // Joiners and selectors stay where emoji and scripts are spelled with them.
            let spells = |one| matches!(one, '\n' | '\t' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
            prop_assert!(!line.chars().any(|one| is_unsafe(one) && !spells(one)));
            let line = printed(|out| out.json(&text).unwrap());
            prop_assert!(!line.trim_end_matches('\n').chars().any(is_unsafe));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }

    #[test]
    fn escapes_are_shown_in_lines_and_kept_in_json() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{e0041}";
        assert_eq!(printed(|out| out.line(hostile).unwrap()), "a␛[2J‹U+009B›31m‹U+202E›b‹U+E0041›\n");
        let line = printed(|out| out.json(&json!({ "text": hostile })).unwrap());
        assert!(line.contains("\\u009b") && line.contains("\\udb40\\udc41"), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["text"], hostile);
    }

    #[test]
    fn nothing_invisible_gets_out_in_json_and_all_of_it_comes_back() {
        let text: String = all_invisible().collect();
        let line = printed(|out| out.json(&text).unwrap());
        assert!(line.is_ascii() && serde_json::from_str::<String>(&line).unwrap() == text);
    }

    #[test]
    fn a_reader_that_went_away_is_told_apart() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut out = Output::new(Closed);
        let fault = out.line("x").unwrap_err();
        assert!(fault.is_broken_pipe());
        out.go_on_alone();
        assert!(out.line("x").is_ok() && out.json(&1).is_ok() && out.document(b"x").is_ok());
        assert!(!Fault::Asked { what: String::new(), hint: String::new() }.is_broken_pipe());
    }
}
