//! Copying out of the program: by the system's clipboard where that is this person's, else by asking the terminal (OSC 52).
//!
//! What is reported is the route that was taken, never more: a terminal does not say whether it obeyed.

use std::fmt;
use std::io;

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use super::environment::Environment;
use super::guard::Guard;

/// The most that is sent through the terminal, before encoding. Many terminals drop longer requests without a word.
pub const LARGEST_BY_TERMINAL: usize = 100 * 1024;

/// The way a copy went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Into the system's clipboard.
    System,
    /// To the terminal.
    Terminal,
    /// To the terminal behind tmux.
    TerminalThroughTmux,
}

/// What was copied, how much of it, which way. Displayed as the words of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The way it went.
    pub route: Route,
    /// Its length in bytes.
    pub bytes: usize,
}

impl fmt::Display for Copied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.bytes {
            bytes @ 0..10_000 => format!("{bytes} bytes"),
            bytes => format!("{} KB", bytes / 1000),
        };
        match self.route {
            Route::System => write!(formatter, "copied {size} to the clipboard"),
            Route::Terminal => write!(formatter, "sent {size} to the terminal's clipboard"),
            Route::TerminalThroughTmux => write!(formatter, "sent {size} through tmux to the terminal's clipboard"),
        }
    }
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum ClipboardError {
    /// There is nothing to copy.
    #[error("there is nothing to copy")]
    Empty,
    /// Too long for the terminal, and there is no system clipboard.
    #[error("{} KB are too much to send through the terminal (at most {} KB)", bytes / 1000, LARGEST_BY_TERMINAL / 1024)]
    TooLarge {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Writing to the terminal failed.
    #[error("the terminal cannot be written to: {0}")]
    Terminal(#[from] io::Error),
}

impl ClipboardError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "select text, or focus what you want to copy".into(),
            Self::TooLarge { .. } => "copy a part, or save it to a file".into(),
            Self::Terminal(_) => "select with the mouse; Shift and drag where the program has the mouse".into(),
        }
    }
}

/// The system's own clipboard, as far as this program writes to it.
pub trait SystemClipboard: Send {
    /// Puts `text` there.
    fn set(&mut self, text: &str) -> Result<(), String>;
}

/// The real one. It stays open while the program runs: on X11 the copier must live to be asked for the text.
#[derive(Default)]
struct NativeClipboard {
    lease: Option<arboard::Clipboard>,
}

impl SystemClipboard for NativeClipboard {
    fn set(&mut self, text: &str) -> Result<(), String> {
        let lease = match &mut self.lease {
            Some(lease) => lease,
            None => self.lease.insert(arboard::Clipboard::new().map_err(|error| error.to_string())?),
        };
        let outcome = lease.set_text(text).map_err(|error| error.to_string());
        if outcome.is_err() {
            // The display may have gone and come back: open it anew next time.
            self.lease = None;
        }
        outcome
    }
}

/// Copies, by the best route there is.
pub struct Clipboard {
    system: Option<Box<dyn SystemClipboard>>,
    route: Route,
}

impl Clipboard {
    /// The clipboard for this environment. Over SSH the system's clipboard would be another machine's and is left alone.
    pub fn new(environment: &Environment) -> Self {
        let here = !environment.over_ssh && has_display();
        let system = here.then(|| Box::<NativeClipboard>::default() as Box<dyn SystemClipboard>);
        Self::with(environment, system)
    }

    fn with(environment: &Environment, system: Option<Box<dyn SystemClipboard>>) -> Self {
        let route = if environment.in_tmux { Route::TerminalThroughTmux } else { Route::Terminal };
        Self { system: system.filter(|_| !environment.over_ssh), route }
    }

    /// Copies `text`.
    pub fn copy(&mut self, text: &str, guard: &Guard) -> Result<Copied, ClipboardError> {
        let bytes = text.len();
        if text.is_empty() {
            return Err(ClipboardError::Empty);
        }
        if let Some(system) = &mut self.system
            && system.set(text).is_ok()
        {
            return Ok(Copied { route: Route::System, bytes });
        }
        if bytes > LARGEST_BY_TERMINAL {
            return Err(ClipboardError::TooLarge { bytes });
        }
        guard.write(request(text, self.route)?.as_bytes())?;
        Ok(Copied { route: self.route, bytes })
    }
}

/// On Linux and its relatives a clipboard needs a display; asking without one only costs time.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// The request to the terminal.
fn request(text: &str, route: Route) -> io::Result<String> {
    let mut plain = String::new();
    CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain).map_err(io::Error::other)?;
    Ok(match route {
        Route::System | Route::Terminal => plain,
        // tmux takes the plain request itself where `set-clipboard on`, and hands the wrapped one through where
        // `allow-passthrough on`. Which of the two its user set cannot be known; doing both does no harm.
        Route::TerminalThroughTmux => format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Recorder;
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A system clipboard that works, or not.
    struct Fake(Arc<Mutex<Option<String>>>, bool);

    impl SystemClipboard for Fake {
        fn set(&mut self, text: &str) -> Result<(), String> {
            if !self.1 {
                return Err("no display".into());
            }
            *self.0.lock().unwrap() = Some(text.to_owned());
            Ok(())
        }
    }

    struct Outcome {
        result: Result<Copied, ClipboardError>,
        system: Option<String>,
        terminal: String,
    }

    fn copy(environment: &Environment, system_works: bool, text: &str) -> Outcome {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        log.take();
        let content = Arc::default();
        let system: Box<dyn SystemClipboard> = Box::new(Fake(Arc::clone(&content), system_works));
        let result = Clipboard::with(environment, Some(system)).copy(text, &guard);
        let terminal = log.take();
        let system = content.lock().unwrap().clone();
        Outcome { result, system, terminal }
    }

    #[test]
    fn here_the_system_else_the_terminal() {
        let local = Environment::default();
        let taken = copy(&local, true, "hi");
        assert_eq!((taken.system.as_deref(), taken.terminal.as_str()), (Some("hi"), ""));
        assert_eq!(taken.result.unwrap().to_string(), "copied 2 bytes to the clipboard");
        let sent = copy(&local, false, "hi");
        assert_eq!((sent.system, sent.terminal.as_str()), (None, "\x1b]52;c;aGk=\x1b\\"));
        assert_eq!(sent.result.unwrap().to_string(), "sent 2 bytes to the terminal's clipboard");
    }

    #[test]
    fn over_ssh_never_the_other_machines_clipboard() {
        let remote = Environment { over_ssh: true, ..Environment::default() };
        let sent = copy(&remote, true, "hi");
        assert_eq!((sent.system, sent.result.unwrap().route), (None, Route::Terminal));
    }

    #[test]
    fn through_tmux_plain_and_wrapped() {
        let tmux = Environment { in_tmux: true, over_ssh: true, ..Environment::default() };
        let sent = copy(&tmux, true, "hi");
        assert_eq!(sent.terminal, "\x1b]52;c;aGk=\x1b\\\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\");
        assert_eq!(sent.result.unwrap().to_string(), "sent 2 bytes through tmux to the terminal's clipboard");
    }

    #[test]
    fn what_is_too_long_is_refused_rather_than_dropped() {
        let long = "x".repeat(LARGEST_BY_TERMINAL + 1);
        let refused = copy(&Environment::default(), false, &long);
        assert_eq!(
            refused.result.unwrap_err().to_string(),
            "102 KB are too much to send through the terminal (at most 100 KB)"
        );
        assert_eq!(refused.terminal, "");
        assert_eq!(
            copy(&Environment::default(), true, &long).result.unwrap().to_string(),
            "copied 102 KB to the clipboard"
        );
        assert!(matches!(copy(&Environment::default(), true, "").result, Err(ClipboardError::Empty)));
    }
}
