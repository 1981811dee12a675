//! A key from a command such as `pass show openai`: run without a shell, for a limited time, its first line taken.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::source::fault;
use crate::model::ModelError;

/// How long a command may take; long enough to unlock an agent by hand.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// More than any key; a command that prints more is another command.
const MOST_BYTES: u64 = 64 * 1024;

/// How often an ending process is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What `line` prints, without the white space around it. Its standard error is dropped: it may hold what must not be shown.
pub(super) fn output(line: &str, patience: Duration) -> Result<String, ModelError> {
    let words = shlex::split(line).filter(|words| !words.is_empty()).ok_or_else(|| {
        fault(
            format!("the key's command `{line}` cannot be read: a quote is open or it is empty"),
            "Write it as in a shell, for example `pass show openai`; no shell is started.",
        )
    })?;
    let (program, arguments) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            fault(
                format!("the key's command `{line}` cannot be started: {error}"),
                format!("Install `{program}`, or correct the command; pipes and variables need `sh -c '...'`."),
            )
        })?;
    let result = listen(&mut child, line, patience);
    if result.is_err() {
        // Killing what has just ended by itself fails, and that is all right.
        let _ = child.kill();
        let _ = child.wait();
    }
    result
}

fn listen(child: &mut Child, line: &str, patience: Duration) -> Result<String, ModelError> {
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        // A thread of its own, because reading has no time limit; it ends when the pipe does.
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = pipe.take(MOST_BYTES).read_to_end(&mut bytes).map(|_| bytes);
            let _ = sender.send(read);
        });
    }
    let too_slow = || {
        fault(
            format!("the key's command `{line}` did not end within {} s", patience.as_secs_f64()),
            "Unlock what it asks, for example the agent of your password store, and try again.",
        )
    };
    let bytes = match receiver.recv_timeout(patience) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            return Err(fault(
                format!("the output of the key's command `{line}` cannot be read: {error}"),
                "Run it by hand.",
            ));
        }
        Err(_) => return Err(too_slow()),
    };
    let status = ended(child, patience).ok_or_else(too_slow)?;
    if !status.success() {
        let how =
            status.code().map_or_else(|| "was stopped by a signal".to_owned(), |code| format!("ended with {code}"));
        return Err(fault(
            format!("the key's command `{line}` {how}"),
            "Run it by hand to see what it says; its error output is not shown here.",
        ));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| fault(format!("the key's command `{line}` printed no text"), "Run it by hand."))?;
    // Password stores keep notes below the first line.
    Ok(text.trim().lines().next().unwrap_or_default().trim().to_owned())
}

/// How it ended, as soon as it has.
fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let looks = patience.as_millis() / LOOK.as_millis() + 1;
    for _ in 0..looks {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(LOOK);
    }
    None
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
