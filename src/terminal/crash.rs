//! What happens on a panic: the terminal is given back first, then a crash file is written, then its path is printed.
//!
//! A panic inside contained work (one trial, one worker) fails that work only: the file is written and the report handed
//! over, and the screen stays as it is.

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::guard::Guard;
use crate::data::is_guarded;

/// A panic, as told to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashReport {
    /// The panic's own message.
    pub message: String,
    /// File, line and column in the source.
    pub place: String,
    /// The name of the thread.
    pub thread: String,
    /// The crash file; nothing if it could not be written.
    pub file: Option<PathBuf>,
    /// Whether the program goes on.
    pub severity: Severity,
}

/// Whether a panic ends the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It happened in contained work: that work failed, the program goes on.
    Contained,
    /// The program cannot go on; the terminal has been given back.
    Fatal,
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one whose panics are caught by whoever waits for its work, as those of an async runtime's workers.
pub fn contain_this_thread() {
    CONTAINED.set(true);
}

/// Has the hook that is there, the one of Rust itself, say nothing of panics that are awaited (those of damaged files).
pub fn pass_over_awaited() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !is_guarded() {
            before(info);
        }
    }));
}

/// Installs the panic hook, which says nothing of panics that are awaited (those of damaged files). `tell` is called with each report after the terminal was given back, if it was.
pub fn install(guard: Arc<Guard>, folder: PathBuf, tell: impl Fn(&CrashReport) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |info| {
        if is_guarded() {
            return;
        }
        let severity = if CONTAINED.get() { Severity::Contained } else { Severity::Fatal };
        let was_entered = guard.is_entered();
        if severity == Severity::Fatal {
            guard.leave_in_panic();
        }
        let report = report(info, severity, &folder);
        if severity == Severity::Fatal || !was_entered {
            // Nothing is left to do should standard error be closed.
            let _ = io::stderr().write_all(told(&report).as_bytes());
        }
        tell(&report);
    }));
}

/// Ends the program after a fatal panic that was told. On the main thread unwinding does so; a panic of any other thread
/// would otherwise leave a program behind that has given its terminal back and still takes keys.
pub fn end_program(report: &CrashReport) {
    if report.severity == Severity::Fatal && report.thread != "main" {
        std::process::exit(101);
    }
}

fn report(info: &PanicHookInfo, severity: Severity, folder: &Path) -> CrashReport {
    let message = info.payload_as_str().unwrap_or("(no message)").to_owned();
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let thread = thread::current().name().unwrap_or("unnamed").to_owned();
    let mut report = CrashReport { message, place, thread, file: None, severity };
    report.file = write_file(&report, &Backtrace::force_capture(), folder).ok();
    report
}

/// The message printed on the restored terminal.
fn told(report: &CrashReport) -> String {
    let mut text = format!("fourfold stopped: {} ({}, thread {})\n", report.message, report.place, report.thread);
    // Writing to a string cannot fail.
    let _ = match &report.file {
        Some(file) => writeln!(text, "The details are in {}; please send it with what you did last.", file.display()),
        None => writeln!(text, "The details could not be written to a file."),
    };
    text
}

/// Writes the crash file. It holds no environment, no text of the person and no keys.
fn write_file(report: &CrashReport, backtrace: &Backtrace, folder: &Path) -> io::Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    fs::create_dir_all(folder)?;
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let path = folder.join(format!("crash-{}-{number}.txt", std::process::id()));
    let text = format!(
        "fourfold {version} on {system} {machine}\npanic in thread {thread} at {place}\n{message}\n\n{backtrace}\n",
        version = env!("CARGO_PKG_VERSION"),
        system = std::env::consts::OS,
        machine = std::env::consts::ARCH,
        thread = report.thread,
        place = report.place,
        message = report.message,
    );
    fs::write(&path, text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Recorder;
    use super::*;
    use std::sync::Mutex;

    /// One test: the hook belongs to the whole process.
    /// The hook is the whole process's: a test that panics beside this one would be heard as well.
    #[test]
    fn a_fatal_panic_gives_the_terminal_back_first() {
        let test = "terminal::crash::tests::a_fatal_panic_gives_the_terminal_back_first_and_a_contained_one_leaves_it";
        let alone = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", test])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&alone.stdout).into_owned() + &String::from_utf8_lossy(&alone.stderr);
        assert!(alone.status.success() && said.contains("1 passed"), "{said}");
    }

    #[test]
    #[ignore = "needs a process of its own: run by the test above"]
    fn a_fatal_panic_gives_the_terminal_back_first_and_a_contained_one_leaves_it() {
        let (log, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        log.take();
        let folder = tempfile::tempdir().unwrap();
        let reports: Arc<Mutex<Vec<(CrashReport, bool)>>> = Arc::default();
        let (told_to, entered) = (Arc::clone(&reports), Arc::clone(&guard));
        install(Arc::clone(&guard), folder.path().join("crashes"), move |report| {
            told_to.lock().unwrap().push((report.clone(), entered.is_entered()));
        });
        let worker = thread::Builder::new().name("trial 7".into()).spawn(|| {
            contain_this_thread();
            panic!("one trial broke");
        });
        worker.unwrap().join().unwrap_err();
        assert!(log.take().is_empty(), "the screen stays");
        let damaged = thread::spawn(|| crate::data::guarded(|| panic!("a page is cut"))).join().unwrap();
        assert_eq!((damaged, guard.is_entered(), log.take().is_empty()), (None::<()>, true, true), "no crash at all");
        thread::Builder::new().name("drawing".into()).spawn(|| panic!("all is lost")).unwrap().join().unwrap_err();
        let _ = panic::take_hook();

        let reports = reports.lock().unwrap();
        let [(contained, still_entered), (fatal, entered_after)] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!((contained.severity, *still_entered), (Severity::Contained, true));
        assert_eq!((fatal.severity, *entered_after), (Severity::Fatal, false));
        assert!(log.take().ends_with("\x1b[?1049l\x1b[23;2t</raw>"));
        assert_ne!(contained.file, fatal.file);
        let text = fs::read_to_string(fatal.file.as_ref().unwrap()).unwrap();
        assert!(
            text.contains("panic in thread drawing at src/terminal/crash.rs:") && text.contains("all is lost"),
            "{text}"
        );
        assert!(told(fatal).contains(&fatal.file.as_ref().unwrap().display().to_string()));
    }
}
