//! The terminal as the loop uses it: frames, input, clipboard; the rest is the terminal room's session itself.

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use crate::terminal::guard::Wanted;
use crate::terminal::session::{Session, Wake};

/// The terminal, entered.
pub(super) struct Front {
    /// The session underneath.
    pub(super) terminal: Session,
    editor: Option<String>,
}

impl Front {
    pub(super) const fn new(terminal: Session, editor: Option<String>) -> Self {
        Self { terminal, editor }
    }

    /// What comes next; `None` when the terminal has gone.
    pub(super) async fn next(&mut self) -> Option<Wake> {
        self.terminal.next().await
    }

    /// Draws one frame; `render` gives back where the caret is.
    pub(super) fn draw(&mut self, render: impl FnOnce(Rect, &mut Buffer) -> Option<Position>) -> io::Result<()> {
        self.terminal.screen.draw(|frame| {
            let area = frame.area();
            if let Some(caret) = render(area, frame.buffer_mut()) {
                frame.set_cursor_position(caret);
            }
        })
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.terminal.screen.resize(Size { width: columns, height: rows })
    }

    /// Takes or releases the mouse.
    pub(super) fn mouse(&self, on: bool) -> io::Result<()> {
        self.terminal.guard.set_mouse(if on { Wanted::On } else { Wanted::Off })
    }

    /// Puts `text` on the clipboard by the route that can work, and says which it was.
    pub(super) fn copy(&mut self, text: &str) -> Result<String, String> {
        match self.terminal.copy(text) {
            Ok(copied) => Ok(copied.to_string()),
            Err(error) => Err(format!("{error}; kept for Ctrl+V here")),
        }
    }

    /// Leaves the screen to the person's editor and brings the text back.
    pub(super) async fn edit(&mut self, text: String, extension: String) -> Result<String, String> {
        let setting = self.editor.clone();
        let edited = self.terminal.edit(setting.as_deref(), text, extension).await;
        edited.map_err(|error| format!("{error}. {}", error.hint()))
    }
}
