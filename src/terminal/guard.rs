//! The one owner of the terminal's modes: what was entered is left in reverse, once, whichever way the program ends.
//!
//! Quitting, an error, a panic in any thread, a signal, suspending and an external editor all go through [`Guard::leave`].

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::mode::{END_FRAME, Mode};

/// Raw mode is a setting of the system's terminal driver; a test puts a recorder in its place.
pub trait RawMode: Send {
    /// Keys one by one, unechoed.
    fn enable(&mut self) -> io::Result<()>;
    /// As the shell had it.
    fn disable(&mut self) -> io::Result<()>;
}

/// The real driver.
#[derive(Debug, Default)]
pub struct SystemRawMode;

impl RawMode for SystemRawMode {
    fn enable(&mut self) -> io::Result<()> {
        // A console of Windows reads escape sequences only once it was asked to.
        #[cfg(windows)]
        if !crossterm::ansi_support::supports_ansi() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "this console cannot read escape sequences"));
        }
        crossterm::terminal::enable_raw_mode()
    }

    fn disable(&mut self) -> io::Result<()> {
        crossterm::terminal::disable_raw_mode()
    }
}

/// How often a panic hook tries for the guard before it writes the bytes itself.
const PANIC_PATIENCE: u32 = 10_000;

/// Whether a mode that can be switched while running is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Switch it on.
    On,
    /// Switch it off.
    Off,
}

/// Enters and leaves the modes. Shared: the loop, the panic hook and the signal task hold the same one.
pub struct Guard {
    inner: Mutex<Inner>,
    entered: AtomicBool,
}

struct Inner {
    writer: Box<dyn Write + Send>,
    raw: Box<dyn RawMode>,
    /// What to enter, in this order.
    wanted: Vec<Mode>,
    /// What has been entered, in this order.
    entered: Vec<Mode>,
}

impl Guard {
    /// A guard over the real terminal. Nothing is entered yet.
    pub fn of_terminal() -> Arc<Self> {
        // NO_COLOR is honoured by the theme, which then has no colour to send. Left to itself the drawing library would
        // answer it with empty colour commands, which terminals read as "reset", and reverse and bold would be lost.
        crossterm::style::force_color_output(true);
        Self::new(io::stdout(), SystemRawMode)
    }

    /// A guard that writes to `writer` and toggles `raw`.
    pub fn new(writer: impl Write + Send + 'static, raw: impl RawMode + 'static) -> Arc<Self> {
        let inner =
            Inner { writer: Box::new(writer), raw: Box::new(raw), wanted: Mode::BASE.to_vec(), entered: Vec::new() };
        Arc::new(Self { inner: Mutex::new(inner), entered: AtomicBool::new(false) })
    }

    /// Enters every wanted mode that is not entered. A failure leaves those already entered and is returned.
    pub fn enter(&self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        self.entered.store(true, Ordering::SeqCst);
        let outcome = inner.enter();
        if outcome.is_err() {
            // The first error is the one to tell.
            let _ = inner.leave();
            self.entered.store(false, Ordering::SeqCst);
        }
        outcome
    }

    /// Leaves every entered mode, the last one first; does nothing when none is entered.
    ///
    /// Every mode is tried even when one fails; the first error is returned.
    pub fn leave(&self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        self.entered.store(false, Ordering::SeqCst);
        inner.leave()
    }

    /// [`Guard::leave`] for a panic hook, which may run in the very thread that holds the guard: never waits for long.
    pub fn leave_in_panic(&self) {
        for _ in 0..PANIC_PATIENCE {
            let inner = match self.inner.try_lock() {
                Ok(inner) => Some(inner),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(mut inner) = inner {
                self.entered.store(false, Ordering::SeqCst);
                // A panic is already being told; there is no room for this error.
                let _ = inner.leave();
                return;
            }
            std::thread::yield_now();
        }
        if self.entered.swap(false, Ordering::SeqCst) {
            let all = [Mode::Kitty, Mode::Mouse].into_iter().chain(Mode::BASE.into_iter().rev());
            let bytes: String = [END_FRAME, "\x1b[0m"].into_iter().chain(all.map(Mode::leave)).collect();
            let mut output = io::stdout();
            let _ = output.write_all(bytes.as_bytes()).and(output.flush());
            let _ = crossterm::terminal::disable_raw_mode();
        }
    }

    /// Whether the terminal is the program's to draw on.
    pub fn is_entered(&self) -> bool {
        self.entered.load(Ordering::SeqCst)
    }

    /// Switches the mouse, now if entered, else from the next time on.
    pub fn set_mouse(&self, wanted: Wanted) -> io::Result<()> {
        self.set(Mode::Mouse, wanted)
    }

    /// Switches the kitty keyboard protocol, now if entered, else from the next time on.
    pub fn set_kitty(&self, wanted: Wanted) -> io::Result<()> {
        self.set(Mode::Kitty, wanted)
    }

    /// Writes bytes that are neither frame nor mode (a title, a clipboard request), if the terminal is entered.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_entered() {
            return Ok(());
        }
        inner.writer.write_all(bytes)?;
        inner.writer.flush()
    }

    fn set(&self, mode: Mode, wanted: Wanted) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.wanted.retain(|known| *known != mode);
        match wanted {
            Wanted::On => {
                inner.wanted.push(mode);
                if self.is_entered() { inner.enter() } else { Ok(()) }
            }
            Wanted::Off if inner.entered.contains(&mode) => {
                inner.entered.retain(|known| *known != mode);
                inner.writer.write_all(mode.leave().as_bytes())?;
                inner.writer.flush()
            }
            Wanted::Off => Ok(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The last owner is gone; there is nobody left to tell of an error.
        let _ = self.leave();
    }
}

impl Inner {
    fn enter(&mut self) -> io::Result<()> {
        for mode in self.wanted.clone() {
            if self.entered.contains(&mode) {
                continue;
            }
            if mode == Mode::Raw {
                self.raw.enable()?;
            }
            // Noted before it is written: half of the bytes may have gone out when writing fails.
            self.entered.push(mode);
            self.writer.write_all(mode.enter().as_bytes())?;
        }
        self.writer.flush()
    }

    fn leave(&mut self) -> io::Result<()> {
        if self.entered.is_empty() {
            return Ok(());
        }
        // A panic may have come in the middle of a frame: end it, and the colours with it.
        let mut outcome = self.writer.write_all(format!("{END_FRAME}\x1b[0m").as_bytes());
        while let Some(mode) = self.entered.pop() {
            let mut result = self.writer.write_all(mode.leave().as_bytes());
            if mode == Mode::Raw {
                // The bytes must be out before the driver may echo again.
                result = result.and(self.writer.flush()).and(self.raw.disable());
            }
            outcome = outcome.and(result);
        }
        outcome.and(self.writer.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Recorder;
    use super::*;

    /// The single steps of a recorded text, each known by the mode it enters or leaves.
    fn steps(mut text: &str) -> Vec<(char, Mode)> {
        let all: Vec<Mode> = Mode::BASE.into_iter().chain([Mode::Mouse, Mode::Kitty]).collect();
        let mut found = Vec::new();
        while !text.is_empty() {
            let step = all.iter().find_map(|mode| {
                let (enter, leave) =
                    if *mode == Mode::Raw { ("<raw>", "</raw>") } else { (mode.enter(), mode.leave()) };
                text.strip_prefix(enter)
                    .map(|rest| (('+', *mode), rest))
                    .or_else(|| text.strip_prefix(leave).map(|rest| (('-', *mode), rest)))
            });
            let (step, rest) = step.unwrap_or_else(|| panic!("unknown bytes {text:?}"));
            found.push(step);
            text = rest;
        }
        found
    }

    #[test]
    fn leaving_is_the_exact_inverse_of_entering() {
        let (log, guard) = Recorder::with_guard();
        guard.set_mouse(Wanted::On).unwrap();
        guard.set_kitty(Wanted::On).unwrap();
        assert_eq!(log.take(), "", "nothing is written before entering");
        guard.enter().unwrap();
        let entered = steps(&log.take());
        assert_eq!(entered.len(), 9);
        guard.leave().unwrap();
        let left = log.take();
        let left = steps(left.strip_prefix("\x1b[?2026l\x1b[0m").expect("frame and colours end first"));
        let inverse: Vec<(char, Mode)> = entered.iter().rev().map(|(_, mode)| ('-', *mode)).collect();
        assert_eq!(left, inverse);
    }

    #[test]
    fn the_bytes_of_a_session() {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        guard.leave().unwrap();
        assert_eq!(
            log.take(),
            "<raw>\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[6 q\x1b[?2004h\x1b[?1004h\
             \x1b[?2026l\x1b[0m\
             \x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t</raw>"
        );
    }

    #[test]
    fn entering_and_leaving_twice_does_nothing() {
        let (log, guard) = Recorder::with_guard();
        guard.leave().unwrap();
        assert_eq!(log.take(), "");
        guard.enter().unwrap();
        log.take();
        guard.enter().unwrap();
        assert_eq!(log.take(), "");
        guard.leave().unwrap();
        assert!(!log.take().is_empty());
        guard.leave().unwrap();
        drop(guard);
        assert_eq!(log.take(), "");
    }

    #[test]
    fn modes_switched_while_running_are_left_and_come_back() {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        log.take();
        guard.set_mouse(Wanted::On).unwrap();
        guard.set_kitty(Wanted::On).unwrap();
        assert_eq!(log.take(), format!("{}{}", Mode::Mouse.enter(), Mode::Kitty.enter()));
        guard.set_mouse(Wanted::Off).unwrap();
        assert_eq!(log.take(), Mode::Mouse.leave());
        guard.leave().unwrap();
        assert!(!log.take().contains(Mode::Mouse.leave()));
        guard.enter().unwrap();
        assert!(log.take().ends_with(Mode::Kitty.enter()), "what was switched on comes back after a suspend");
    }

    #[test]
    fn dropping_the_last_owner_leaves() {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        log.take();
        drop(guard);
        assert!(log.take().ends_with("</raw>"));
    }

    #[test]
    fn a_panic_while_the_guard_is_held_still_leaves() {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        log.take();
        let held = Arc::clone(&guard);
        std::thread::spawn(move || {
            let _inner = held.inner.lock().unwrap();
            panic!("on purpose");
        })
        .join()
        .unwrap_err();
        guard.leave().unwrap();
        assert!(log.take().ends_with("</raw>"));
    }

    #[test]
    fn an_error_while_entering_undoes_what_was_entered() {
        struct NoRaw;
        impl RawMode for NoRaw {
            fn enable(&mut self) -> io::Result<()> {
                Err(io::Error::other("no driver"))
            }

            fn disable(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        /// Takes `room` bytes, then fails.
        struct Full(Recorder, usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if self.1 == 0 {
                    return Err(io::Error::other("gone"));
                }
                self.1 = self.1.saturating_sub(bytes.len());
                self.0.write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = Recorder::default();
        let guard = Guard::new(log.clone(), NoRaw);
        assert_eq!(guard.enter().unwrap_err().to_string(), "no driver");
        assert_eq!((log.take(), guard.is_entered()), (String::new(), false));

        let guard = Guard::new(Full(log.clone(), 10), log.clone());
        assert_eq!(guard.enter().unwrap_err().to_string(), "gone");
        assert!(log.take().ends_with("</raw>"), "raw mode is undone though nothing can be written");
        assert!(!guard.is_entered());
    }
}
