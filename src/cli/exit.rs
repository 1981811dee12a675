//! How the program ends, as the shell and continuous integration see it: `docs/ci.md` has the table.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success,
    /// The answer is no: a threshold holds, a check has found faults; or the machine has let the program down.
    Failure,
    /// The arguments, the workbench or what surrounds it do not fit: nothing was asked.
    Usage,
    /// Not everything that was to be asked has an answer of the model.
    Incomplete,
    /// The person stopped it.
    Interrupted,
    /// A signal ended it, in order; with the code shells expect of that signal.
    Signalled(u8),
}

impl Exit {
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
            Self::Signalled(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
