//! Running a command of the person's own: without a shell, for a limited time, and no more read of what it prints than is of use.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// More than a key, or a score with its reason.
const MOST_BYTES: u64 = 64 * 1024;
/// How often an ending process is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long what it complained of may arrive behind its end.
const COMPLAINT: Duration = Duration::from_millis(100);

/// A command that came to its own end.
#[derive(Debug)]
pub struct Ran {
    /// How.
    pub status: ExitStatus,
    /// The beginning of what it printed.
    pub printed: Vec<u8>,
    /// The beginning of its standard error, where that was asked for.
    pub complained: Vec<u8>,
}

impl Ran {
    /// How it failed, in words; `None` where it ended well.
    pub fn failure(&self) -> Option<String> {
        match self.status.code() {
            Some(0) => None,
            Some(code) => Some(format!("ended with {code}")),
            None => Some("was stopped by a signal".to_owned()),
        }
    }
}

/// Why a command did not come to its own end.
#[derive(Debug)]
pub enum Stopped {
    /// It could not be started.
    NotStarted(io::Error),
    /// What it prints could not be read.
    Unreadable(io::Error),
    /// Its time was over.
    TooSlow,
}

/// Runs a command, which reads `input`, for at most `patience`; then it is stopped. What it prints is kept, its standard error only
/// where `command` pipes that.
pub fn run(command: &mut Command, input: Option<String>, patience: Duration) -> Result<Ran, Stopped> {
    watched(command, input, patience, |child| {
        // Killing what has just ended by itself fails, and that is all right.
        let _ = child.kill();
    })
}

/// As [`run`], in a process group of its own, so that what the command has started is stopped with it. Not for one that may ask
/// something at the terminal: only the group in front can.
pub fn run_apart(command: &mut Command, input: Option<String>, patience: Duration) -> Result<Ran, Stopped> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    watched(command, input, patience, |child| {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = child.kill();
    })
}

fn watched(
    command: &mut Command,
    input: Option<String>,
    patience: Duration,
    stop: impl FnOnce(&mut Child),
) -> Result<Ran, Stopped> {
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command.stdin(stdin).stdout(Stdio::piped()).spawn().map_err(Stopped::NotStarted)?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        // A command may print before it has read everything, or read nothing at all.
        std::thread::spawn(move || {
            let _ = pipe.write_all(input.as_bytes());
        });
    }
    let printed = child.stdout.take().map(listen);
    let complained = child.stderr.take().map(listen);
    let child = Arc::new(Mutex::new(child));
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::clone(&child);
    // One time for both: what it prints, and its end.
    std::thread::spawn(move || {
        let printed = printed.and_then(|printed| printed.recv().ok()).unwrap_or_else(|| Ok(Vec::new()));
        let _ = sender.send(printed.and_then(|printed| Ok((ended(&waiting)?, printed))));
    });
    let ran = match receiver.recv_timeout(patience) {
        Ok(ran) => ran.map_err(Stopped::Unreadable),
        Err(_) => Err(Stopped::TooSlow),
    };
    if ran.is_err() {
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        stop(&mut child);
        let _ = child.wait();
    }
    let (status, printed) = ran?;
    let complained = complained.and_then(|said| said.recv_timeout(COMPLAINT).ok()?.ok()).unwrap_or_default();
    Ok(Ran { status, printed, complained })
}

/// Reads a pipe in a thread of its own, because reading has no time limit; the thread ends when the pipe does.
fn listen(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.by_ref().take(MOST_BYTES).read_to_end(&mut bytes).map(|_| bytes);
        let _ = sender.send(read);
        // What is too much is read and dropped, so that the command is not held up.
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    receiver
}

/// How it ended, as soon as it has.
fn ended(child: &Mutex<Child>) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn sh(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).stderr(Stdio::piped());
        command
    }

    #[test]
    fn what_it_says_and_how_it_ends_are_told() {
        let ran = run(&mut sh("cat; echo no >&2; exit 3"), Some("yes".to_owned()), LONG).unwrap();
        assert_eq!((&*ran.printed, &*ran.complained), (&b"yes"[..], &b"no\n"[..]));
        assert_eq!(ran.failure().unwrap(), "ended with 3");
        assert_eq!(run(&mut sh("kill -9 $$"), None, LONG).unwrap().failure().unwrap(), "was stopped by a signal");
        assert_eq!(run(&mut sh("exit 0"), None, LONG).unwrap().failure(), None);
        assert!(matches!(run(&mut Command::new("no-such-program-here"), None, LONG), Err(Stopped::NotStarted(_))));
    }

    #[test]
    fn much_on_either_side_blocks_nobody() {
        let much = "head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2; cat >/dev/null";
        let ran = run(&mut sh(much), Some("long ".repeat(200_000)), LONG).unwrap();
        assert_eq!((ran.printed.len(), ran.complained.len()), (MOST_BYTES as usize, MOST_BYTES as usize));
    }

    #[test]
    fn one_that_hangs_is_stopped() {
        for slow in ["exec sleep 1000", "exec >&-; exec sleep 1000"] {
            let ran = run(&mut sh(slow), None, Duration::from_millis(50));
            assert!(matches!(ran, Err(Stopped::TooSlow)), "{slow}: {ran:?}");
        }
    }

    #[test]
    fn what_it_has_started_is_stopped_with_it() {
        let home = tempfile::tempdir().unwrap();
        // The child holds the writing end of a pipe open as long as it lives: reading to its end waits for that.
        let pipe = home.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        let mut command = sh("(echo lives; exec sleep 1000) > pipe & wait");
        let ran = run_apart(command.current_dir(home.path()), None, Duration::from_millis(500));
        assert!(matches!(ran, Err(Stopped::TooSlow)), "{ran:?}");
        assert_eq!(reader.join().unwrap(), "lives\n");
    }

    #[test]
    fn printing_and_ending_have_one_time_together() {
        let ran = run(&mut sh("sleep 0.3; exec >&-; sleep 0.3"), None, Duration::from_millis(500));
        assert!(matches!(ran, Err(Stopped::TooSlow)), "{ran:?}");
    }
}
