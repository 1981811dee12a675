//! Reads the keyboard: the thread that draws is woken by the terminal itself, with nobody in between. Can stand aside for
//! another program.

use std::collections::VecDeque;
use std::io;

use super::input::Input;

#[cfg(unix)]
pub use unix::InputReader;
#[cfg(windows)]
pub use windows::InputReader;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::{AsFd, OwnedFd};
    use std::pin::Pin;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{QueueSelector, tcflush};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::time::{Sleep, sleep};

    use super::super::decode::Decoder;
    use super::super::screen::Screen;
    use super::{Input, VecDeque, io};

    /// Bytes of one read; what a terminal holds at most.
    const READ: usize = 64 * 1024;

    /// The stream of inputs.
    #[derive(Debug)]
    pub struct InputReader {
        /// The terminal itself. It stays in blocking mode, which it shares with the shell: it is read only when it has bytes.
        source: AsyncFd<File>,
        decoder: Decoder,
        buffer: Vec<u8>,
        /// Decoded and not yet taken.
        ready: VecDeque<Input>,
        /// Until when a begun sequence may go on; kept here, so that whoever gives up on [`InputReader::next`] does not begin
        /// the wait anew.
        patience: Option<Pin<Box<Sleep>>>,
        paused: bool,
        ended: bool,
        resized: Signal,
    }

    impl InputReader {
        /// Starts reading standard input. Raw mode is the guard's business.
        pub fn start() -> io::Result<Self> {
            Self::over(io::stdin().as_fd().try_clone_to_owned()?)
        }

        /// Starts reading `source`.
        pub(in crate::terminal) fn over(source: OwnedFd) -> io::Result<Self> {
            #[expect(
                deprecated,
                reason = "its successor is unsafe and asks that the file stays open, as a `File` does"
            )]
            let source = AsyncFd::with_interest(File::from(source), Interest::READABLE)?;
            Ok(Self {
                source,
                decoder: Decoder::default(),
                buffer: vec![0; READ],
                ready: VecDeque::new(),
                patience: None,
                paused: false,
                ended: false,
                resized: signal(SignalKind::window_change())?,
            })
        }

        /// The next input; nothing once the terminal is gone. Dropping the future loses no input.
        pub async fn next(&mut self) -> Option<Input> {
            loop {
                if let Some(input) = self.try_next() {
                    return Some(input);
                }
                if self.ended {
                    return None;
                }
                let (source, patience, paused) = (&mut self.source, &mut self.patience, self.paused);
                let waited = async {
                    match patience {
                        Some(patience) => patience.as_mut().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    readable = source.readable_mut(), if !paused => match readable {
                        // Whether there is anything to read is asked again before reading: another program may have been here.
                        Ok(mut readable) => if !has_bytes(readable.get_inner()) { readable.clear_ready() },
                        Err(_) => self.ended = true,
                    },
                    () = waited => self.expire(),
                    Some(()) = self.resized.recv() => {
                        // A terminal that is going away has no size; its end follows.
                        if let Ok(size) = Screen::current_size() {
                            return Some(Input::Resize { columns: size.width, rows: size.height });
                        }
                    }
                }
            }
        }

        /// An input that is there already.
        pub fn try_next(&mut self) -> Option<Input> {
            while self.ready.is_empty() && !self.paused && !self.ended && has_bytes(self.source.get_ref()) {
                self.read();
            }
            self.ready.pop_front()
        }

        fn read(&mut self) {
            match self.source.get_mut().read(&mut self.buffer) {
                Ok(0) => {
                    self.expire();
                    self.ended = true;
                }
                Ok(count) => {
                    self.ready.extend(self.decoder.feed(self.buffer.get(..count).unwrap_or_default()));
                    self.patience = self.decoder.patience().map(|patience| Box::pin(sleep(patience)));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.ended = true,
            }
        }

        fn expire(&mut self) {
            self.patience = None;
            self.ready.extend(self.decoder.expire());
        }

        /// Stops reading: what is typed from now on is another program's.
        pub fn pause(&mut self) {
            self.expire();
            self.paused = true;
        }

        /// Drops what was typed and not read, for another program's sake. To be called before the screen is entered again:
        /// what is typed after that is this program's.
        pub fn discard_typed(&self) {
            // Not every source has a queue to flush; a pipe in a test has none.
            let _ = tcflush(self.source.get_ref(), QueueSelector::IFlush);
        }

        /// Reads again after [`InputReader::pause`].
        pub fn resume(&mut self) {
            self.decoder = Decoder::default();
            self.paused = false;
        }
    }

    /// Whether a read would return at once: there are bytes, or the end.
    fn has_bytes(source: &File) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(source, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
    }

    #[cfg(test)]
    mod tests {
        use std::io::{PipeWriter, Write};
        use std::thread;

        use super::*;

        /// A reader over a pipe, and the pipe's other end.
        fn reader() -> (PipeWriter, InputReader) {
            let (source, terminal) = io::pipe().unwrap();
            (terminal, InputReader::over(OwnedFd::from(source)).unwrap())
        }

        fn key(spelling: &str) -> Input {
            Input::Key(spelling.parse().unwrap())
        }

        #[tokio::test]
        async fn bytes_become_inputs_and_the_end_ends_them() {
            let (mut terminal, mut reader) = reader();
            terminal.write_all(b"a\x1b[A\x12").unwrap();
            for spelling in ["a", "up", "ctrl+r"] {
                assert_eq!(reader.next().await.unwrap(), key(spelling));
            }
            terminal.write_all(b"\x1b").unwrap();
            assert_eq!(reader.next().await.unwrap(), key("esc"), "a lone Escape is known when nothing follows");
            terminal.write_all(b"\x1b").unwrap();
            drop(terminal);
            assert_eq!(reader.next().await, Some(key("esc")), "what was begun is told before the end");
            assert_eq!(reader.next().await, None);
        }

        #[tokio::test]
        async fn a_lone_escape_is_known_however_often_the_wait_is_given_up() {
            let (mut terminal, mut reader) = reader();
            terminal.write_all(b"\x1b").unwrap();
            let mut given_up = 0_u64;
            let input = loop {
                tokio::select! {
                    biased;
                    input = reader.next() => break input,
                    () = tokio::task::yield_now() => given_up += 1,
                }
            };
            assert_eq!(input, Some(key("esc")));
            assert!(given_up > 1, "{given_up}");
        }

        #[tokio::test]
        async fn while_paused_the_bytes_are_left_to_another_program() {
            let (source, mut terminal) = io::pipe().unwrap();
            let mut other = source.try_clone().unwrap();
            let mut reader = InputReader::over(OwnedFd::from(source)).unwrap();
            terminal.write_all(b"a").unwrap();
            assert_eq!(reader.next().await.unwrap(), key("a"));
            reader.pause();
            reader.pause();
            terminal.write_all(b"for the editor").unwrap();
            assert_eq!(reader.try_next(), None);
            let mut taken = [0; 14];
            other.read_exact(&mut taken).unwrap();
            assert_eq!(&taken, b"for the editor");
            reader.resume();
            assert_eq!(reader.try_next(), None, "the other has read it all, and asking does not block");
            terminal.write_all(b"b").unwrap();
            assert_eq!(reader.next().await.unwrap(), key("b"));
        }

        #[tokio::test]
        async fn a_burst_is_read_in_parts_and_loses_nothing() {
            let (mut terminal, mut reader) = reader();
            let typed = READ * 3 + 1;
            let writer = thread::spawn(move || terminal.write_all(&vec![b'x'; typed]).unwrap());
            let mut count = 0;
            while let Some(input) = reader.next().await {
                assert_eq!(input, key("x"));
                count += 1;
            }
            writer.join().unwrap();
            assert_eq!(count, typed);
        }
    }
}

#[cfg(windows)]
mod windows {
    use crossterm::event::{Event, EventStream, MouseEventKind};
    use futures_util::StreamExt;
    use tokio::sync::mpsc;

    use crate::keys::{chord_of, modifiers_of};

    use super::super::input::{Direction, Focus, Mouse, MouseAction, MouseButton};
    use super::{Input, VecDeque, io};

    /// Inputs that may wait for the loop; a paste is one.
    const WAITING: usize = 1024;

    /// The stream of inputs. Compiled for Windows, where the console already delivers keys rather than bytes.
    #[derive(Debug)]
    pub struct InputReader {
        inputs: mpsc::Receiver<Input>,
        backlog: VecDeque<Input>,
        reading: Option<tokio::task::JoinHandle<()>>,
    }

    impl InputReader {
        /// Starts reading the console.
        pub fn start() -> io::Result<Self> {
            let (inputs, reading) = spawn();
            Ok(Self { inputs, backlog: VecDeque::new(), reading: Some(reading) })
        }

        /// The next input; nothing once the console is gone.
        pub async fn next(&mut self) -> Option<Input> {
            match self.backlog.pop_front() {
                Some(input) => Some(input),
                None => self.inputs.recv().await,
            }
        }

        /// An input that is there already.
        pub fn try_next(&mut self) -> Option<Input> {
            self.backlog.pop_front().or_else(|| self.inputs.try_recv().ok())
        }

        /// Stops reading.
        pub fn pause(&mut self) {
            while let Ok(input) = self.inputs.try_recv() {
                self.backlog.push_back(input);
            }
            if let Some(reading) = self.reading.take() {
                reading.abort();
            }
        }

        /// Nothing to drop: the console hands its events to whoever reads, and the editor has read its own.
        pub fn discard_typed(&self) {}

        /// Reads again.
        pub fn resume(&mut self) {
            let (inputs, reading) = spawn();
            self.inputs = inputs;
            self.reading = Some(reading);
        }
    }

    fn spawn() -> (mpsc::Receiver<Input>, tokio::task::JoinHandle<()>) {
        let (sender, inputs) = mpsc::channel(WAITING);
        let reading = tokio::spawn(async move {
            let mut events = EventStream::new();
            while let Some(Ok(event)) = events.next().await {
                if let Some(input) = input_of(event)
                    && sender.send(input).await.is_err()
                {
                    return;
                }
            }
        });
        (inputs, reading)
    }

    fn input_of(event: Event) -> Option<Input> {
        Some(match event {
            Event::Key(key) => Input::Key(chord_of(&key)?),
            Event::Paste(text) => return Input::pasted(&text),
            Event::Resize(columns, rows) => Input::Resize { columns, rows },
            Event::FocusGained => Input::Focus(Focus::Gained),
            Event::FocusLost => Input::Focus(Focus::Lost),
            Event::Mouse(mouse) => {
                let button = |button| match button {
                    crossterm::event::MouseButton::Left => MouseButton::Left,
                    crossterm::event::MouseButton::Middle => MouseButton::Middle,
                    crossterm::event::MouseButton::Right => MouseButton::Right,
                };
                let action = match mouse.kind {
                    MouseEventKind::Down(pressed) => MouseAction::Press(button(pressed)),
                    MouseEventKind::Up(released) => MouseAction::Release(button(released)),
                    MouseEventKind::Drag(held) => MouseAction::Drag(button(held)),
                    MouseEventKind::Moved => MouseAction::Move,
                    MouseEventKind::ScrollUp => MouseAction::Scroll(Direction::Up),
                    MouseEventKind::ScrollDown => MouseAction::Scroll(Direction::Down),
                    MouseEventKind::ScrollLeft => MouseAction::Scroll(Direction::Left),
                    MouseEventKind::ScrollRight => MouseAction::Scroll(Direction::Right),
                };
                let modifiers = modifiers_of(mouse.modifiers);
                Input::Mouse(Mouse { action, column: mouse.column, row: mouse.row, modifiers })
            }
        })
    }
}
