//! Signals that end the program or put it to sleep. The terminal is given back before anything else is done about them.

use std::io;
use std::sync::Arc;

use super::guard::Guard;
use super::reader::InputReader;

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSignal {
    /// SIGTERM: end now, in order.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGINT from outside: in raw mode Ctrl+C is a key. While another program has the terminal it may be meant for that one.
    Interrupt,
}

impl EndSignal {
    /// The exit code by the shell's convention: 128 and the signal's number.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Terminate => 143,
            Self::HangUp => 129,
            Self::Interrupt => 130,
        }
    }
}

#[cfg(not(unix))]
pub use elsewhere::{Signals, suspend};
#[cfg(unix)]
pub use unix::{Signals, suspend};

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::process::{Signal as RawSignal, kill_current_process_group};
    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::time::timeout;

    use super::{Arc, EndSignal, Guard, InputReader, io};

    /// How long to wait for being stopped where the shell has no job control and nothing stops.
    const STOP_PATIENCE: Duration = Duration::from_millis(500);

    /// The stream of end signals.
    pub struct Signals {
        guard: Arc<Guard>,
        terminate: Signal,
        hang_up: Signal,
        interrupt: Signal,
    }

    impl Signals {
        /// Listens. From here on these signals no longer end the process by themselves.
        pub fn listen(guard: Arc<Guard>) -> io::Result<Self> {
            Ok(Self {
                guard,
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }

        /// The next signal. For SIGTERM and SIGHUP the terminal has been given back when this returns.
        pub async fn next(&mut self) -> EndSignal {
            let signal = tokio::select! {
                Some(()) = self.terminate.recv() => EndSignal::Terminate,
                Some(()) = self.hang_up.recv() => EndSignal::HangUp,
                Some(()) = self.interrupt.recv() => EndSignal::Interrupt,
                else => std::future::pending().await,
            };
            if signal != EndSignal::Interrupt {
                // The terminal may be gone already; there is nothing to do about it.
                let _ = self.guard.leave();
            }
            signal
        }
    }

    /// Gives the terminal to the shell, stops until `fg`, and takes it back. Afterwards the whole screen must be drawn again.
    pub async fn suspend(guard: &Guard, reader: &mut InputReader) -> io::Result<()> {
        reader.pause();
        let stopped = stop(guard).await;
        let entered = guard.enter();
        reader.resume();
        stopped.and(entered)
    }

    async fn stop(guard: &Guard) -> io::Result<()> {
        guard.leave()?;
        // Listening before stopping, so that the wake-up cannot be missed.
        let mut continued = signal(SignalKind::from_raw(RawSignal::CONT.as_raw()))?;
        kill_current_process_group(RawSignal::TSTP)?;
        // Another thread may take the stop a moment later: wait for the wake-up rather than go on drawing.
        let _ = timeout(STOP_PATIENCE, continued.recv()).await;
        Ok(())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Arc, EndSignal, Guard, InputReader, io};

    /// The stream of end signals.
    pub struct Signals {
        guard: Arc<Guard>,
    }

    impl Signals {
        /// Listens.
        pub fn listen(guard: Arc<Guard>) -> io::Result<Self> {
            Ok(Self { guard })
        }

        /// The next signal.
        pub async fn next(&mut self) -> EndSignal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => {
                    let _ = self.guard.leave();
                    EndSignal::Interrupt
                }
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// There is no job control here.
    pub async fn suspend(_guard: &Guard, _reader: &mut InputReader) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no job control"))
    }
}
