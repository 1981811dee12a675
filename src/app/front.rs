//! The terminal as the loop uses it: one frame, the next input, the clipboard, the person's editor, suspension.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream, MouseButton as Button, MouseEventKind};
use futures_util::StreamExt;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::keys::{Modifiers, chord_of};
use crate::terminal::guard::{Guard, Wanted};
use crate::terminal::screen::Screen;
use crate::terminal::{Direction, Focus, Input, Mouse, MouseAction, MouseButton};

/// More than this does not go through a terminal's clipboard request.
const CLIPBOARD_BYTES: usize = 100_000;

/// The terminal, entered.
pub(super) struct Front {
    guard: Arc<Guard>,
    screen: Screen,
    events: EventStream,
    over_ssh: bool,
    in_tmux: bool,
    editor: Option<String>,
}

impl Front {
    /// Takes the terminal over.
    pub(super) fn enter(guard: Arc<Guard>, mouse: bool, editor: Option<String>) -> io::Result<Self> {
        let screen = Screen::new(Arc::clone(&guard), Screen::current_size()?)?;
        guard.set_mouse(if mouse { Wanted::On } else { Wanted::Off })?;
        guard.enter()?;
        let environment = crate::terminal::environment::Environment::of_process();
        Ok(Self {
            guard,
            screen,
            events: EventStream::new(),
            over_ssh: environment.over_ssh,
            in_tmux: environment.in_tmux,
            editor,
        })
    }

    /// What the person does next; `None` when the terminal has gone.
    pub(super) async fn next(&mut self) -> Option<Input> {
        loop {
            let event = self.events.next().await?.ok()?;
            if let Some(input) = translated(&event) {
                return Some(input);
            }
        }
    }

    /// Draws one frame; `render` gives back where the caret is.
    pub(super) fn draw(&mut self, render: impl FnOnce(Rect, &mut Buffer) -> Option<Position>) -> io::Result<()> {
        self.screen.draw(|frame| {
            let area = frame.area();
            if let Some(caret) = render(area, frame.buffer_mut()) {
                frame.set_cursor_position(caret);
            }
        })
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.screen.resize(ratatui::layout::Size { width: columns, height: rows })
    }

    /// Draws everything again at the next frame.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        self.screen.redraw()
    }

    /// The window's title.
    pub(super) fn title(&mut self, title: &str) -> io::Result<()> {
        self.screen.set_title(title)
    }

    /// Takes or releases the mouse.
    pub(super) fn mouse(&self, on: bool) -> io::Result<()> {
        self.guard.set_mouse(if on { Wanted::On } else { Wanted::Off })
    }

    /// Puts `text` on the clipboard by the route that can work, and says which it was.
    pub(super) fn copy(&self, text: &str) -> String {
        if !self.over_ssh
            && let Ok(()) = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.set_text(text))
        {
            return "on the clipboard".to_owned();
        }
        if text.len() > CLIPBOARD_BYTES {
            return format!(
                "{} KB are too much for the terminal's clipboard; kept for Ctrl+V here",
                text.len() / 1_000
            );
        }
        let mut request = String::new();
        let copy = crossterm::clipboard::CopyToClipboard::to_clipboard_from(text);
        if crossterm::Command::write_ansi(&copy, &mut request).is_err() {
            return "not copied; kept for Ctrl+V here".to_owned();
        }
        if self.in_tmux {
            request = format!("\x1bPtmux;{}\x1b\\", request.replace('\x1b', "\x1b\x1b"));
        }
        match self.guard.write(request.as_bytes()) {
            Ok(()) if self.in_tmux => "sent to the terminal through tmux (it needs allow-passthrough)".to_owned(),
            Ok(()) => "sent to the terminal's clipboard".to_owned(),
            Err(error) => format!("not copied ({error}); kept for Ctrl+V here"),
        }
    }

    /// Leaves the screen to the person's editor and brings the text back.
    pub(super) fn edit(&mut self, text: &str, extension: &str) -> Result<String, String> {
        let command = ["VISUAL", "EDITOR"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
            .or_else(|| self.editor.clone())
            .ok_or("set $VISUAL or $EDITOR, or `editor` in the settings")?;
        let words =
            shlex::split(&command).filter(|words| !words.is_empty()).ok_or(format!("cannot read `{command}`"))?;
        let folder = std::env::temp_dir().join(format!("fourfold-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let file = folder.join(format!("prompt.{extension}"));
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        self.guard.leave().map_err(|error| error.to_string())?;
        let (program, arguments) = words.split_first().ok_or("no editor")?;
        let status = std::process::Command::new(program).args(arguments).arg(&file).status();
        self.guard.enter().map_err(|error| error.to_string())?;
        self.redraw().map_err(|error| error.to_string())?;
        // Keys typed ahead into the editor's shell are not keys of ours.
        while crossterm::event::poll(Duration::ZERO).unwrap_or(false) {
            if crossterm::event::read().is_err() {
                break;
            }
        }
        let result = match status {
            Err(error) => Err(format!("`{program}` did not start: {error}")),
            Ok(status) if !status.success() => Err(format!("`{program}` ended with {status}")),
            Ok(_) => std::fs::read_to_string(&file).map_err(|error| error.to_string()),
        };
        // A text that could not be taken over stays where the person can find it.
        if result.is_ok() {
            let _ = std::fs::remove_dir_all(&folder);
        }
        result.map_err(|reason| format!("{reason}; the text is in {}", file.display()))
    }

    /// Stops the process as the shell's Ctrl+Z would, and comes back clean.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            self.guard.leave()?;
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
            self.guard.enter()?;
            let size = Screen::current_size()?;
            self.resize(size.width, size.height)?;
            self.redraw()?;
        }
        Ok(())
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // Nothing is left to do when even this fails.
        let _ = self.guard.leave();
    }
}

/// The program's own word for an event of the terminal.
fn translated(event: &Event) -> Option<Input> {
    Some(match event {
        Event::Key(key) => Input::Key(chord_of(key)?),
        Event::Paste(text) => Input::Paste(crate::editor::sanitize(text)),
        Event::Resize(columns, rows) => Input::Resize { columns: *columns, rows: *rows },
        Event::FocusGained => Input::Focus(Focus::Gained),
        Event::FocusLost => Input::Focus(Focus::Lost),
        Event::Mouse(mouse) => {
            let button = |button| match button {
                Button::Left => MouseButton::Left,
                Button::Middle => MouseButton::Middle,
                Button::Right => MouseButton::Right,
            };
            let action = match mouse.kind {
                MouseEventKind::Down(which) => MouseAction::Press(button(which)),
                MouseEventKind::Up(which) => MouseAction::Release(button(which)),
                MouseEventKind::Drag(which) => MouseAction::Drag(button(which)),
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
