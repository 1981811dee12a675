//! A program in a pseudo-terminal, watched through a terminal emulator. Waits for what the screen shows, never for time.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::expect_used, clippy::panic, reason = "a helper of tests stops them by panicking")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

/// Who waits longer than this has failed. Generous, because machines that run tests are busy.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Takes the alternate screen.
pub const ENTER: &str = "\x1b[?1049h";
/// Gives every mode back, in this order: mouse, focus, paste, cursor, screen, title.
pub const LEAVE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// Variables of the machine that would change what the program does.
const FOREIGN: [&str; 12] = [
    "NO_COLOR",
    "COLORTERM",
    "TERM_PROGRAM",
    "TMUX",
    "VISUAL",
    "EDITOR",
    "WAYLAND_DISPLAY",
    "DISPLAY",
    "SSH_TTY",
    "SSH_CONNECTION",
    "FOURFOLD_CONFIG",
    "XDG_CACHE_HOME",
];

/// A command in `folder` with a home of its own, so that nothing of the person who runs the tests is read or written.
pub fn command(program: &str, folder: &Path, home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.cwd(folder);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.env("HOME", home);
    command.env("XDG_CONFIG_HOME", home.join("config"));
    command.env("XDG_DATA_HOME", home.join("data"));
    command.env("XDG_CACHE_HOME", home.join("cache"));
    command.env("TERM", "xterm-256color");
    command
}

/// The program and the terminal it runs in.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    parser: Parser,
    /// Everything it has written so far.
    pub bytes: Vec<u8>,
    /// When the last of it came.
    pub last: Instant,
    /// The driver's settings before it began.
    pub modes_before: String,
}

impl Terminal {
    /// Starts `command` in a terminal of `columns` x `rows`.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let keyboard = pair.master.take_writer().expect("its keyboard");
        let (sender, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let chunk = buffer.get(..count).unwrap_or_default().to_vec();
                if sender.send((Instant::now(), chunk)).is_err() {
                    return;
                }
            }
        });
        Self {
            master: pair.master,
            keyboard,
            child,
            chunks,
            parser: Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
            last: Instant::now(),
            modes_before,
        }
    }

    /// The driver's settings now.
    pub fn modes(&self) -> String {
        modes(&*self.master)
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process")
    }

    /// What the terminal shows.
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// What the terminal shows, as text.
    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// Takes what comes next, within `patience`; nothing when nothing came or the program has closed the terminal.
    pub fn take(&mut self, patience: Duration) -> Option<usize> {
        let (at, chunk) = self.chunks.recv_timeout(patience).ok()?;
        Some(self.see(at, &chunk))
    }

    /// Takes all that is there already.
    pub fn drain(&mut self) {
        while let Ok((at, chunk)) = self.chunks.try_recv() {
            self.see(at, &chunk);
        }
    }

    fn see(&mut self, at: Instant, chunk: &[u8]) -> usize {
        self.parser.process(chunk);
        self.bytes.extend_from_slice(chunk);
        self.last = at;
        chunk.len()
    }

    /// Waits until the screen fulfils `test`.
    pub fn wait_until(&mut self, what: &str, test: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !test(self.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok((at, chunk)) => _ = self.see(at, &chunk),
                Err(error) => panic!("{what} never came ({error}):\n{}", self.text()),
            }
        }
    }

    /// Waits until `text` is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until `text` has left the screen.
    pub fn wait_gone(&mut self, text: &str) {
        self.wait_until(&format!("the end of {text}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the bytes from `from` on hold `wanted`, and gives back where it ends.
    pub fn wait_for_bytes(&mut self, from: usize, wanted: &str) -> usize {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.bytes.get(from..).unwrap_or_default();
            if let Some(at) = text.windows(wanted.len()).position(|window| window == wanted.as_bytes()) {
                return from + at + wanted.len();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok((at, chunk)) => _ = self.see(at, &chunk),
                Err(error) => panic!("{wanted:?} never came ({error}) after {:?}", String::from_utf8_lossy(text)),
            }
        }
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
    }

    /// The window takes another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).expect("resized");
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success(), "kill -{name}");
    }

    /// Waits until the program has closed the terminal, and gives back its exit code.
    pub fn end(mut self) -> (u32, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok((at, chunk)) => _ = self.see(at, &chunk),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.text()),
            }
        }
        let code = self.child.wait().expect("it has ended").exit_code();
        (code, String::from_utf8_lossy(&self.bytes).into_owned())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
    }
}

/// A number of rows or columns, as the emulator counts them.
fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}

/// The driver's settings as text.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("the driver's settings"))
}
