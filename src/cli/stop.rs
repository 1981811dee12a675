//! What stops a command without a screen: Ctrl+C, and what a supervisor sends (SIGTERM) or a terminal that goes (SIGHUP). All of them
//! stop it in the same way: what was answered is kept, and how to go on is said.

use std::io;
use std::sync::OnceLock;

use super::Exit;
use crate::terminal::signals::EndSignal;

/// The first signal that stopped this process.
static FIRST: OnceLock<EndSignal> = OnceLock::new();

/// Waits for the first signal that stops.
pub(super) async fn asked() -> io::Result<()> {
    Stop::listen()?.next().await;
    Ok(())
}

/// An interrupted command ends with the code of the signal that stopped it.
pub(super) fn by_signal(exit: Exit) -> Exit {
    match (exit, FIRST.get()) {
        (Exit::Interrupted, Some(signal)) if *signal != EndSignal::Interrupt => Exit::Signalled(signal.exit_code()),
        (exit, _) => exit,
    }
}

/// The signals that stop.
pub(super) struct Stop {
    signals: signals::Signals,
}

impl Stop {
    /// Listens. From here on these signals no longer end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { signals: signals::Signals::listen()? })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> EndSignal {
        let signal = self.signals.next().await;
        // The first one names the exit code.
        let _ = FIRST.set(signal);
        signal
    }
}

#[cfg(unix)]
mod signals {
    use std::io::{self, IsTerminal};

    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::EndSignal;

    pub(super) struct Signals {
        interrupt: Signal,
        terminate: Signal,
        hang_up: Option<Signal>,
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            let hang_up = (!outlives_its_terminal()).then(|| signal(SignalKind::hangup())).transpose()?;
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up,
            })
        }

        pub(super) async fn next(&mut self) -> EndSignal {
            let hang_up = async {
                match &mut self.hang_up {
                    Some(signal) => signal.recv().await,
                    None => None,
                }
            };
            tokio::select! {
                Some(()) = self.interrupt.recv() => EndSignal::Interrupt,
                Some(()) = self.terminate.recv() => EndSignal::Terminate,
                Some(()) = hang_up => EndSignal::HangUp,
                else => std::future::pending().await,
            }
        }
    }

    /// Whether a hang-up is to pass it by, as under `nohup`: the signal is ignored as it starts. Where the system does not say, a
    /// process that has no terminal is taken for one.
    fn outlives_its_terminal() -> bool {
        let ignored = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| ignores_hang_up(&status));
        ignored
            .unwrap_or_else(|| !(io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()))
    }

    /// What a process's status on Linux says of the first signal.
    pub(super) fn ignores_hang_up(status: &str) -> Option<bool> {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        Some(u64::from_str_radix(mask.trim(), 16).ok()? & 1 == 1)
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    use super::EndSignal;

    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn next(&mut self) -> EndSignal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => EndSignal::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::signals::ignores_hang_up;

    #[test]
    fn a_status_says_whether_a_hang_up_is_ignored() {
        let status = |mask: &str| format!("Name:\tfourfold\nSigBlk:\t0000000000000000\nSigIgn:\t{mask}\nSigCgt:\t1\n");
        assert_eq!(ignores_hang_up(&status("0000000000001001")), Some(true));
        assert_eq!(ignores_hang_up(&status("0000000000001000")), Some(false));
        assert_eq!(ignores_hang_up("Name:\tfourfold\n"), None);
    }
}
