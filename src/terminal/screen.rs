//! Drawing: one frame is one write, shown at once by the terminal, with the real cursor at the caret when it ends.
//!
//! Never clears outside a resize or an asked-for redraw, and draws nothing while the terminal is not the program's.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::guard::Guard;
use super::mode::{BEGIN_FRAME, END_FRAME};

/// Hides the cursor while the cells of a frame are written.
const HIDE_CURSOR: &str = "\x1b[?25l";
/// A title beyond this many characters helps nobody.
const LONGEST_TITLE: usize = 120;

/// The bytes of a frame while it is being made; the drawing library writes here and flushes into nothing.
#[derive(Debug, Clone, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Pending {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The screen.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    guard: Arc<Guard>,
    title: String,
}

impl Screen {
    /// A screen of `size` cells, written through `guard`.
    pub fn new(guard: Arc<Guard>, size: Size) -> io::Result<Self> {
        let pending = Pending::default();
        let viewport = Viewport::Fixed(Rect::from((ratatui::layout::Position::ORIGIN, size)));
        let terminal = Terminal::with_options(CrosstermBackend::new(pending.clone()), TerminalOptions { viewport })?;
        Ok(Self { terminal, pending, guard, title: String::new() })
    }

    /// The terminal's size in cells, asked anew.
    pub fn current_size() -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    /// Draws a frame. Where it sets a cursor position, the real cursor stands there when the frame ends, else it is hidden.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        if !self.guard.is_entered() {
            return Ok(());
        }
        self.terminal.draw(render)?;
        let cells = self.pending.take();
        let mut bytes = Vec::with_capacity(cells.len() + 32);
        bytes.extend_from_slice(BEGIN_FRAME.as_bytes());
        bytes.extend_from_slice(HIDE_CURSOR.as_bytes());
        bytes.extend_from_slice(&cells);
        bytes.extend_from_slice(END_FRAME.as_bytes());
        self.guard.write(&bytes)
    }

    /// Takes a new size; the next frame is drawn whole.
    pub fn resize(&mut self, size: Size) -> io::Result<()> {
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
    }

    /// Makes the next frame draw every cell again: after a suspend, an editor, or when something else wrote on the screen.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: that asks the terminal where its cursor is and waits for the answer.
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area)?;
        self.title.clear();
        Ok(())
    }

    /// Sets the window's title, if it changed. Control characters are left out.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        let title: String = title.chars().filter(|character| !character.is_control()).take(LONGEST_TITLE).collect();
        if title == self.title {
            return Ok(());
        }
        self.guard.write(format!("\x1b]2;{title}\x1b\\").as_bytes())?;
        self.title = title;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Recorder;
    use super::*;
    use ratatui::style::Stylize;
    use ratatui::text::Line;

    fn screen(width: u16, height: u16) -> (Recorder, Arc<Guard>, Screen) {
        let (sink, guard) = Recorder::with_guard();
        guard.enter().unwrap();
        let screen = Screen::new(Arc::clone(&guard), Size { width, height }).unwrap();
        (sink, guard, screen)
    }

    /// Half a screen of text in a colour, reversed and wide, with the caret behind it.
    fn picture(frame: &mut Frame) {
        let area = frame.area();
        frame.render_widget(Line::from(vec!["plain ".into(), "marked".reversed(), " 日本".bold()]), area);
        frame.set_cursor_position((17, 0));
    }

    #[test]
    fn a_terminal_shows_what_was_drawn_with_the_cursor_at_the_caret() {
        let (sink, _guard, mut screen) = screen(40, 4);
        screen.draw(picture).unwrap();
        let mut terminal = vt100::Parser::new(4.try_into().unwrap(), 40.try_into().unwrap(), 0);
        terminal.process(sink.take().as_bytes());
        let shown = terminal.screen();
        assert_eq!(shown.contents().trim_end(), "plain marked 日本");
        assert!(shown.cell(0, 6).unwrap().inverse(), "reverse survives");
        assert!(!shown.cell(0, 5).unwrap().inverse());
        assert!(shown.cell(0, 13).unwrap().is_wide());
        assert_eq!((shown.cursor_position(), shown.hide_cursor()), ((0, 17), false));
    }

    #[test]
    fn a_frame_is_one_synchronized_write_and_never_clears() {
        let (sink, _guard, mut screen) = screen(40, 4);
        screen.draw(picture).unwrap();
        sink.take();
        screen.draw(|frame| frame.render_widget("plain again", frame.area())).unwrap();
        let bytes = sink.take();
        assert!(bytes.starts_with("\x1b[?2026h\x1b[?25l") && bytes.ends_with("\x1b[?2026l"), "{bytes:?}");
        assert_eq!(bytes.matches("\x1b[?2026").count(), 2);
        assert!(!bytes.contains("\x1b[2J") && !bytes.contains("\x1b[J"), "{bytes:?}");
        assert!(!bytes.contains("\x1b[?25h"), "no caret, no cursor");
    }

    #[test]
    fn an_unchanged_frame_writes_no_cells() {
        let (sink, _guard, mut screen) = screen(200, 60);
        screen.draw(picture).unwrap();
        sink.take();
        screen.draw(picture).unwrap();
        let bytes = sink.take();
        assert!(bytes.len() < 80, "{} bytes", bytes.len());
    }

    #[test]
    fn a_resize_draws_everything_again_at_the_new_size() {
        let (sink, _guard, mut screen) = screen(40, 4);
        screen.draw(picture).unwrap();
        sink.take();
        for (width, height) in [(20, 2), (0, 0), (1, 1), (60, 10)] {
            screen.resize(Size { width, height }).unwrap();
            screen.draw(|frame| frame.render_widget("whole", frame.area())).unwrap();
        }
        let mut terminal = vt100::Parser::new(10.try_into().unwrap(), 60.try_into().unwrap(), 0);
        terminal.process(b"leftover");
        terminal.process(sink.take().as_bytes());
        assert_eq!(terminal.screen().contents().trim_end(), "whole");
    }

    #[test]
    fn after_a_suspend_every_cell_is_drawn_again() {
        let (sink, guard, mut screen) = screen(40, 4);
        screen.draw(picture).unwrap();
        guard.leave().unwrap();
        sink.take();
        screen.draw(picture).unwrap();
        assert!(sink.take().is_empty(), "nothing is drawn on the shell's screen");
        guard.enter().unwrap();
        screen.redraw().unwrap();
        screen.draw(picture).unwrap();
        let mut terminal = vt100::Parser::new(4.try_into().unwrap(), 40.try_into().unwrap(), 0);
        terminal.process(sink.take().as_bytes());
        assert_eq!(terminal.screen().contents().trim_end(), "plain marked 日本");
    }

    #[test]
    fn a_title_cannot_carry_control_characters_and_is_sent_once() {
        let (sink, _guard, mut screen) = screen(10, 2);
        sink.take();
        screen.set_title("orders\x07\x1b]52;c;x\x1b\\ running").unwrap();
        assert_eq!(sink.take(), "\x1b]2;orders]52;c;x\\ running\x1b\\");
        screen.set_title("orders\x07\x1b]52;c;x\x1b\\ running").unwrap();
        assert!(sink.take().is_empty());
    }
}
