//! Reads the keyboard on a thread of its own, so that no key waits for drawing, and can stand aside for another program.

use std::collections::VecDeque;
use std::io;

use tokio::sync::mpsc;

use super::input::Input;

/// Inputs that may wait for the loop; a paste is one.
const WAITING: usize = 1024;

#[cfg(unix)]
pub use unix::InputReader;
#[cfg(windows)]
pub use windows::InputReader;

/// Takes what is queued so that a full queue cannot hold the reading thread while it is asked to pause.
fn drain(receiver: &mut mpsc::Receiver<Input>, backlog: &mut VecDeque<Input>) {
    while let Ok(input) = receiver.try_recv() {
        backlog.push_back(input);
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{PipeReader, PipeWriter, Read, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::sync::mpsc as blocking;
    use std::thread;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::termios::{QueueSelector, tcflush};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::super::decode::Decoder;
    use super::super::screen::Screen;
    use super::{Input, VecDeque, WAITING, drain, io, mpsc};

    /// Bytes of one read; what a terminal holds at most.
    const READ: usize = 64 * 1024;
    /// How often a pausing reader looks whether the thread is held by a full queue.
    const PAUSE_STEP: Duration = Duration::from_millis(5);

    /// The stream of inputs.
    #[derive(Debug)]
    pub struct InputReader {
        inputs: mpsc::Receiver<Input>,
        backlog: VecDeque<Input>,
        commands: blocking::Sender<Command>,
        paused: blocking::Receiver<()>,
        wake: PipeWriter,
        resized: Signal,
        /// The terminal itself, to drop what was typed for another program.
        terminal: OwnedFd,
    }

    #[derive(Debug)]
    enum Command {
        Pause,
        Resume,
    }

    impl InputReader {
        /// Starts reading standard input. Raw mode is the guard's business.
        pub fn start() -> io::Result<Self> {
            Self::over(io::stdin().as_fd().try_clone_to_owned()?)
        }

        /// Starts reading `source`.
        pub(in crate::terminal) fn over(source: OwnedFd) -> io::Result<Self> {
            let (sender, inputs) = mpsc::channel(WAITING);
            let (commands, orders) = blocking::channel();
            let (acknowledge, paused) = blocking::channel();
            let (wake_reader, wake) = io::pipe()?;
            let resized = signal(SignalKind::window_change())?;
            let terminal = source.try_clone()?;
            let thread = Reading { source: File::from(source), wake: wake_reader, sender, orders, acknowledge };
            thread::Builder::new().name("keyboard".into()).spawn(move || thread.run())?;
            Ok(Self { inputs, backlog: VecDeque::new(), commands, paused, wake, resized, terminal })
        }

        /// The next input; nothing once the terminal is gone. Dropping the future loses no input.
        pub async fn next(&mut self) -> Option<Input> {
            if let Some(input) = self.backlog.pop_front() {
                return Some(input);
            }
            loop {
                tokio::select! {
                    biased;
                    input = self.inputs.recv() => return input,
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
            self.backlog.pop_front().or_else(|| self.inputs.try_recv().ok())
        }

        /// Stops reading; returns once the thread no longer touches the terminal.
        pub fn pause(&mut self) -> io::Result<()> {
            self.commands.send(Command::Pause).map_err(|_| gone())?;
            self.wake.write_all(&[0])?;
            loop {
                match self.paused.recv_timeout(PAUSE_STEP) {
                    Ok(()) => return Ok(()),
                    Err(blocking::RecvTimeoutError::Timeout) => drain(&mut self.inputs, &mut self.backlog),
                    Err(blocking::RecvTimeoutError::Disconnected) => return Err(gone()),
                }
            }
        }

        /// Drops what was typed and not read, for another program's sake. To be called before the screen is entered again:
        /// what is typed after that is this program's.
        pub fn discard_typed(&self) {
            // Not every source has a queue to flush; a pipe in a test has none.
            let _ = tcflush(&self.terminal, QueueSelector::IFlush);
        }

        /// Reads again after [`InputReader::pause`].
        pub fn resume(&mut self) -> io::Result<()> {
            // The paused thread waits for this command itself and needs no waking.
            self.commands.send(Command::Resume).map_err(|_| gone())
        }
    }

    fn gone() -> io::Error {
        io::Error::new(io::ErrorKind::BrokenPipe, "the terminal is gone")
    }

    /// The thread's side.
    struct Reading {
        source: File,
        wake: PipeReader,
        sender: mpsc::Sender<Input>,
        orders: blocking::Receiver<Command>,
        acknowledge: blocking::Sender<()>,
    }

    /// Whether the thread goes on.
    enum Next {
        Continue,
        End,
    }

    impl Reading {
        fn run(mut self) {
            let mut decoder = Decoder::default();
            let mut buffer = vec![0; READ];
            while let Next::Continue = self.turn(&mut decoder, &mut buffer) {}
        }

        fn turn(&mut self, decoder: &mut Decoder, buffer: &mut [u8]) -> Next {
            let (readable, ordered) = {
                let mut waited = [PollFd::new(&self.source, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
                let patience = decoder.patience().and_then(|patience| Timespec::try_from(patience).ok());
                match poll(&mut waited, patience.as_ref()) {
                    Ok(0) => return self.send(decoder.expire()),
                    Ok(_) => {}
                    Err(Errno::INTR) => return Next::Continue,
                    Err(_) => return Next::End,
                }
                let [source, wake] = waited;
                (!source.revents().is_empty(), !wake.revents().is_empty())
            };
            if ordered {
                return self.obey(decoder);
            }
            if !readable {
                return Next::Continue;
            }
            match self.source.read(buffer) {
                Ok(0) => {
                    self.send(decoder.expire());
                    Next::End
                }
                Ok(count) => self.send(decoder.feed(buffer.get(..count).unwrap_or_default())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Next::Continue,
                Err(_) => Next::End,
            }
        }

        fn send(&self, inputs: Vec<Input>) -> Next {
            for input in inputs {
                if self.sender.blocking_send(input).is_err() {
                    return Next::End;
                }
            }
            Next::Continue
        }

        fn obey(&mut self, decoder: &mut Decoder) -> Next {
            if self.wake.read(&mut [0]).ok() != Some(1) {
                return Next::End;
            }
            // A resume that came without a pause is skipped.
            while let Command::Resume = match self.orders.recv() {
                Ok(command) => command,
                Err(_) => return Next::End,
            } {}
            let last = self.send(decoder.expire());
            if self.acknowledge.send(()).is_err() {
                return Next::End;
            }
            loop {
                match self.orders.recv() {
                    Ok(Command::Resume) => break,
                    // A second pause brought its own wake-up byte.
                    Ok(Command::Pause) if self.wake.read(&mut [0]).is_ok() && self.acknowledge.send(()).is_ok() => {}
                    _ => return Next::End,
                }
            }
            *decoder = Decoder::default();
            last
        }
    }

    #[cfg(test)]
    mod tests {
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
            drop(terminal);
            assert_eq!(reader.next().await, None);
        }

        #[tokio::test]
        async fn while_paused_the_bytes_are_left_to_another_program() {
            let (source, mut terminal) = io::pipe().unwrap();
            let mut other = source.try_clone().unwrap();
            let mut reader = InputReader::over(OwnedFd::from(source)).unwrap();
            terminal.write_all(b"a").unwrap();
            assert_eq!(reader.next().await.unwrap(), key("a"));
            reader.pause().unwrap();
            reader.pause().unwrap();
            terminal.write_all(b"for the editor").unwrap();
            let mut taken = [0; 14];
            other.read_exact(&mut taken).unwrap();
            assert_eq!(&taken, b"for the editor");
            reader.resume().unwrap();
            terminal.write_all(b"b").unwrap();
            assert_eq!(reader.next().await.unwrap(), key("b"));
        }

        #[tokio::test]
        async fn a_full_queue_does_not_hold_a_pause_and_loses_nothing() {
            let (mut terminal, mut reader) = reader();
            let typed = WAITING * 3;
            let writer = thread::spawn(move || {
                for _ in 0..typed {
                    terminal.write_all(b"x").unwrap();
                }
                terminal
            });
            // Wait until the queue is full: the thread is then held in it.
            while reader.inputs.len() < WAITING {
                tokio::task::yield_now().await;
            }
            reader.pause().unwrap();
            let held = reader.backlog.len() + reader.inputs.len();
            assert!(held >= WAITING, "{held}");
            reader.resume().unwrap();
            let mut count = 0;
            drop(writer.join().unwrap());
            while let Some(input) = reader.next().await {
                assert_eq!(input, key("x"));
                count += 1;
            }
            assert_eq!(count, typed);
        }
    }
}

#[cfg(windows)]
mod windows {
    use crossterm::event::{Event, EventStream, MouseEventKind};
    use futures_util::StreamExt;

    use crate::keys::{Modifiers, chord_of};

    use super::super::input::{Direction, Focus, Mouse, MouseAction, MouseButton};
    use super::{Input, VecDeque, WAITING, drain, io, mpsc};

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
        pub fn pause(&mut self) -> io::Result<()> {
            drain(&mut self.inputs, &mut self.backlog);
            if let Some(reading) = self.reading.take() {
                reading.abort();
            }
            Ok(())
        }

        /// Nothing to drop: the console hands its events to whoever reads, and the editor has read its own.
        pub fn discard_typed(&self) {}

        /// Reads again.
        pub fn resume(&mut self) -> io::Result<()> {
            let (inputs, reading) = spawn();
            self.inputs = inputs;
            self.reading = Some(reading);
            Ok(())
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
            Event::Paste(text) => Input::Paste(text.replace("\r\n", "\n").replace('\r', "\n")),
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
                Input::Mouse(Mouse { action, column: mouse.column, row: mouse.row, modifiers: Modifiers::NONE })
            }
        })
    }
}
