//! What a person does at the terminal, in the program's own words.

use crate::editor::sanitize;
use crate::keys::{Chord, Modifiers};

/// One thing that came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed (or is held and repeats).
    Key(Chord),
    /// Text was pasted, made by [`Input::pasted`]: lines end in `\n`, escape sequences and control characters other than tab
    /// are gone.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal has a new size, in cells.
    Resize {
        /// Cells across.
        columns: u16,
        /// Cells down.
        rows: u16,
    },
    /// The window gained or lost the focus.
    Focus(Focus),
    /// The terminal answered that it speaks the kitty keyboard protocol.
    KittyKeyboard,
}

impl Input {
    /// Pasted text as input, made safe to keep; nothing if nothing of it is left.
    pub fn pasted(text: &str) -> Option<Self> {
        let clean = sanitize(text);
        (!clean.is_empty()).then_some(Self::Paste(clean))
    }
}

/// Whether the terminal's window has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It has it now.
    Gained,
    /// It lost it.
    Lost,
}

/// A movement of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub action: MouseAction,
    /// The cell, from 0 at the left.
    pub column: u16,
    /// The cell, from 0 at the top.
    pub row: u16,
    /// What was held on the keyboard.
    pub modifiers: Modifiers,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAction {
    /// A button went down.
    Press(MouseButton),
    /// A button came up.
    Release(MouseButton),
    /// The mouse moved with a button down.
    Drag(MouseButton),
    /// The mouse moved with no button down.
    Move,
    /// The wheel.
    Scroll(Direction),
}

/// A button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseButton {
    /// The first.
    Left,
    /// The wheel, pressed.
    Middle,
    /// The second.
    Right,
}

/// The way the wheel turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the start of the text.
    Up,
    /// Towards its end.
    Down,
    /// Towards the start of the line.
    Left,
    /// Towards its end.
    Right,
}
