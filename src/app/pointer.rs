//! From a mouse event to what it is about: looked up in the places the last frame left behind.

use ratatui::layout::Position;

use super::event::Pointer;
use crate::terminal::{Direction, Input, Mouse, MouseAction, MouseButton};
use crate::view::screen::Drawn;

/// Rows of one step of the wheel.
const WHEEL: isize = 3;

/// What the mouse did, to what; `None` for everything that is not the mouse's, or touches nothing.
pub(super) fn meaning(drawn: &Drawn, input: &Input) -> Option<Pointer> {
    let Input::Mouse(Mouse { action, column, row, .. }) = input else { return None };
    let (area, target) = drawn.at(Position::new(*column, *row))?;
    match action {
        MouseAction::Press(MouseButton::Left) => {
            Some(Pointer::Press { target, column: column.saturating_sub(area.x), row: row.saturating_sub(area.y) })
        }
        MouseAction::Scroll(Direction::Up) => Some(Pointer::Wheel { target, rows: -WHEEL }),
        MouseAction::Scroll(Direction::Down) => Some(Pointer::Wheel { target, rows: WHEEL }),
        _ => None,
    }
}
