//! A session at a real terminal: whichever way it ends, the shell finds it as it was.
//!
//! The test starts itself again inside a pseudo-terminal; there [`child`] takes the terminal and does what is asked.

#![cfg(unix)]
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of a test stop it by panicking")]

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use fourfold::config::settings::Settings;
use fourfold::terminal::crash;
use fourfold::terminal::input::Input;
use fourfold::terminal::session::{Session, Wake};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const CHILD: &str = "FOURFOLD_TERMINAL_TEST_CHILD";
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";
/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What runs inside the pseudo-terminal. On its own it is no test and does nothing.
#[tokio::test]
async fn child() {
    let Ok(folder) = env::var(CHILD) else { return };
    let mut session = Session::start(&Settings::default()).expect("a terminal");
    crash::install(Arc::clone(&session.guard), folder.into(), crash::end_program);
    let mut last = String::from("nothing yet");
    loop {
        session.screen.draw(|frame| frame.render_widget(last.as_str(), frame.area())).expect("drawn");
        // A frame writes only what changed; the title is written whole, so the test waits for that.
        session.screen.set_title(&format!("[{last}]")).expect("titled");
        match session.next().await {
            Some(Wake::Input(Input::Key(chord))) => match chord.to_string().as_str() {
                "ctrl+q" => return,
                "ctrl+x" => panic!("asked to"),
                "ctrl+y" => {
                    drop(thread::Builder::new().name("behind".into()).spawn(|| panic!("asked to")).expect("begun"));
                }
                "ctrl+z" => {
                    session.suspend().await.expect("suspended");
                    last = "again".into();
                }
                "f4" => {
                    let edited = session.edit(None, "before".into(), "md".into()).await;
                    last = edited.unwrap_or_else(|error| error.to_string());
                }
                other => last = other.into(),
            },
            Some(Wake::Input(Input::Resize { columns, rows })) => {
                session.screen.resize((columns, rows).into()).expect("resized");
                last = format!("{columns}x{rows}");
            }
            Some(Wake::Input(other)) => last = format!("{other:?}"),
            Some(Wake::End(signal)) => {
                drop(session);
                std::process::exit(signal.exit_code().into());
            }
            None => return,
        }
    }
}

/// A pseudo-terminal with a program in it.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    chunks: Receiver<Vec<u8>>,
    output: String,
    modes_before: String,
}

/// The driver's settings as text.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("the driver's settings"))
}

impl Terminal {
    /// Runs `script` in a shell, with `$CHILD_COMMAND` for the program under test.
    fn run(script: &str, folder: &std::path::Path) -> Self {
        let size = PtySize { rows: 10, cols: 60, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let modes_before = modes(&*pair.master);
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script]);
        let program = env::current_exe().expect("this test");
        command.env("CHILD_COMMAND", format!("{} --exact child --nocapture --test-threads=1", program.display()));
        command.env(CHILD, folder);
        command.env("TERM", "xterm-256color");
        for name in ["VISUAL", "NO_COLOR", "TMUX", "WAYLAND_DISPLAY", "DISPLAY"] {
            command.env_remove(name);
        }
        command.env(
            "EDITOR",
            "sh -c 'echo editing > /dev/tty; read line < /dev/tty; printf \"after %s\" \"$line\" > \"$0\"'",
        );
        let child = pair.slave.spawn_command(command).expect("a shell");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let writer = pair.master.take_writer().expect("its keyboard");
        let (sender, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { master: pair.master, writer, child, chunks, output: String::new(), modes_before }
    }

    /// Waits until the output since the last call has `text`.
    fn expect(&mut self, text: &str) {
        while !self.output.contains(text) {
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => self.output.push_str(&String::from_utf8_lossy(&chunk)),
                Err(error) => panic!("{text:?} never came after {:?}: {error}", self.output),
            }
        }
        let end = self.output.find(text).expect("just found") + text.len();
        self.output.drain(..end);
    }

    fn press(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).expect("typed");
        self.writer.flush().expect("typed");
    }

    /// Waits for the marker the script prints behind the program, then compares the driver's settings.
    fn expect_clean_shell(&mut self) {
        self.expect(LEAVE);
        self.expect("exit=");
        assert_eq!(modes(&*self.master), self.modes_before, "raw mode is left");
        assert!(!self.output.contains(ENTER));
    }

    fn end(mut self) {
        self.child.wait().expect("the shell ends");
    }
}

const SCRIPT: &str = "$CHILD_COMMAND; echo exit=$?";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn quitting_leaves_the_shell_as_it_was() {
    let folder = folder();
    let mut terminal = Terminal::run(SCRIPT, folder.path());
    terminal.expect(ENTER);
    terminal.expect("[nothing yet]");
    assert_ne!(modes(&*terminal.master), terminal.modes_before, "raw mode is on");
    terminal.press(b"\x1b[200~two\rlines\x1b[201~");
    terminal.expect("Paste(\"two\\nlines\")");
    terminal.press(b"\x11");
    terminal.expect_clean_shell();
    terminal.end();
}

#[test]
fn a_panic_in_any_thread_leaves_the_shell_clean_before_it_is_told() {
    for key in [b"\x18", b"\x19"] {
        let folder = folder();
        let mut terminal = Terminal::run(SCRIPT, folder.path());
        terminal.expect("[nothing yet]");
        terminal.press(key);
        terminal.expect(LEAVE);
        terminal.expect("fourfold stopped: asked to (tests/terminal.rs:");
        terminal.expect("The details are in ");
        terminal.expect("exit=101");
        assert_eq!(modes(&*terminal.master), terminal.modes_before);
        assert_eq!(fs::read_dir(folder.path()).expect("the crash folder").count(), 1);
        terminal.end();
    }
}

#[test]
fn a_termination_leaves_the_shell_clean() {
    for (signal, code) in [("TERM", "exit=143"), ("HUP", "exit=129")] {
        let folder = folder();
        let script = "$CHILD_COMMAND & child=$!; echo pid=$child.; fg >/dev/null; echo exit=$?";
        let mut terminal = Terminal::run(&format!("set -m; {script}"), folder.path());
        terminal.expect("pid=");
        while !terminal.output.contains('.') {
            terminal
                .output
                .push_str(&String::from_utf8_lossy(&terminal.chunks.recv_timeout(PATIENCE).expect("a number")));
        }
        let pid = terminal.output.split('.').next().expect("a number").to_owned();
        terminal.expect("[nothing yet]");
        let killed = std::process::Command::new("kill").args([format!("-{signal}"), pid]).status().expect("kill");
        assert!(killed.success());
        terminal.expect(LEAVE);
        terminal.expect(code);
        assert_eq!(modes(&*terminal.master), terminal.modes_before);
        terminal.end();
    }
}

#[test]
fn suspended_the_shell_has_the_terminal_and_fg_brings_the_program_back() {
    let folder = folder();
    let mut terminal =
        Terminal::run("set -m; $CHILD_COMMAND; echo stopped=$?; read word; fg; echo exit=$?", folder.path());
    terminal.expect("[nothing yet]");
    terminal.press(b"\x1a");
    terminal.expect(LEAVE);
    terminal.expect("stopped=");
    assert_eq!(modes(&*terminal.master), terminal.modes_before, "the shell has its own settings while it is stopped");
    // This line is the shell's, not the program's.
    terminal.press(b"word\r");
    terminal.expect(ENTER);
    terminal.expect("[again]");
    terminal.press(b"x");
    terminal.expect("[x]");
    terminal.press(b"\x11");
    terminal.expect_clean_shell();
    terminal.end();
}

#[test]
fn an_editor_has_the_terminal_to_itself() {
    let folder = folder();
    let mut terminal = Terminal::run(SCRIPT, folder.path());
    terminal.expect("[nothing yet]");
    terminal.press(b"\x1bOS");
    terminal.expect(LEAVE);
    // The editor of this test says that it is there and reads one line from the terminal.
    terminal.expect("editing");
    terminal.press(b"all keys\r");
    terminal.expect(ENTER);
    terminal.expect("[after all keys]");
    terminal.press(b"\x11");
    terminal.expect_clean_shell();
    terminal.end();
}

#[test]
fn a_resize_and_the_kitty_answer_are_taken_up() {
    let folder = folder();
    let mut terminal = Terminal::run(SCRIPT, folder.path());
    terminal.expect("\x1b[?u");
    terminal.press(b"\x1b[?0u");
    terminal.expect("\x1b[>5u");
    terminal.master.resize(PtySize { rows: 20, cols: 90, pixel_width: 0, pixel_height: 0 }).expect("resized");
    terminal.expect("[90x20]");
    terminal.press(b"\x1b[113;5u");
    terminal.expect("\x1b[<1u");
    terminal.expect_clean_shell();
    terminal.end();
}
