//! A key from a command such as `pass show openai`: run without a shell, for a limited time, its first line taken.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::source::fault;
use crate::command::{self, Stopped};
use crate::model::ModelError;

/// How long a command may take; long enough to unlock an agent by hand.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What `line` prints, without the white space around it. Its standard error is dropped: it may hold what must not be shown.
pub(super) fn output(line: &str, patience: Duration) -> Result<String, ModelError> {
    let words = shlex::split(line).filter(|words| !words.is_empty()).ok_or_else(|| {
        fault(
            format!("the key's command `{line}` cannot be read: a quote is open or it is empty"),
            "Write it as in a shell, for example `pass show openai`; no shell is started.",
        )
    })?;
    let (program, arguments) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let ran = command::run(Command::new(program).args(arguments).stderr(Stdio::null()), None, patience);
    let ran = ran.map_err(|stopped| match stopped {
        Stopped::NotStarted(error) => fault(
            format!("the key's command `{line}` cannot be started: {error}"),
            format!("Install `{program}`, or correct the command; pipes and variables need `sh -c '...'`."),
        ),
        Stopped::Unreadable(error) => {
            fault(format!("the output of the key's command `{line}` cannot be read: {error}"), "Run it by hand.")
        }
        Stopped::TooSlow => fault(
            format!("the key's command `{line}` did not end within {} s", patience.as_secs_f64()),
            "Unlock what it asks, for example the agent of your password store, and try again.",
        ),
    })?;
    if let Some(how) = ran.failure() {
        return Err(fault(
            format!("the key's command `{line}` {how}"),
            "Run it by hand to see what it says; its error output is not shown here.",
        ));
    }
    let text = String::from_utf8(ran.printed)
        .map_err(|_| fault(format!("the key's command `{line}` printed no text"), "Run it by hand."))?;
    // Password stores keep notes below the first line.
    Ok(text.trim().lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(20);

    #[test]
    fn the_first_line_is_taken_and_no_shell_reads_the_command() {
        assert_eq!(output("printf ' sk-1 \\n note\\n'", SHORT).unwrap(), "sk-1");
        assert_eq!(output("echo $HOME;id", SHORT).unwrap(), "$HOME;id");
        assert_eq!(output("sh -c 'echo a b'", SHORT).unwrap(), "a b");
    }

    #[test]
    fn what_goes_wrong_is_said_without_what_was_printed() {
        for (line, expected) in [
            ("sh -c 'echo canary; echo canary >&2; exit 3'", "ended with 3"),
            ("no-such-program-here x", "cannot be started"),
            ("pass 'show", "a quote is open"),
            ("", "it is empty"),
        ] {
            let error = output(line, SHORT).unwrap_err();
            let said = error.to_string().replace(line, "");
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!said.contains("canary") && !error.hint().contains("canary"), "{said}");
        }
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let error = output("sleep 1000", Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("did not end within 0.05 s"), "{error}");
    }
}
