//! From a mouse event to what it is about: looked up in the places the last frame left behind.

use ratatui::layout::Position;

use super::event::Pointer;
use crate::terminal::{Direction, Input, Mouse, MouseAction, MouseButton};
use crate::view::screen::{Drawn, Target};

/// Rows of one step of the wheel.
const WHEEL: isize = 3;

/// What the mouse did, to what; `None` for everything that is not the mouse's, or touches nothing. `held` is what the button
/// went down on: dragging is about that, wherever the mouse has come to.
pub(super) fn meaning(drawn: &Drawn, held: &mut Option<Target>, input: &Input) -> Option<Pointer> {
    let Input::Mouse(Mouse { action, column, row, .. }) = input else { return None };
    let under = drawn.at(Position::new(*column, *row));
    match action {
        MouseAction::Press(MouseButton::Left) => {
            *held = under.map(|(_, target)| target);
            let (area, target) = under?;
            Some(Pointer::Press { target, column: column.saturating_sub(area.x), row: row.saturating_sub(area.y) })
        }
        MouseAction::Drag(MouseButton::Left) => {
            let target = (*held)?;
            // The press may have moved the panes: where it is now counts.
            let (area, _) = drawn.targets.iter().rev().find(|(_, there)| *there == target)?;
            let relative = |at: u16, start: u16| i32::from(at) - i32::from(start);
            Some(Pointer::Drag { target, column: relative(*column, area.x), row: relative(*row, area.y) })
        }
        MouseAction::Release(MouseButton::Left) => {
            *held = None;
            None
        }
        MouseAction::Scroll(Direction::Up) => under.map(|(_, target)| Pointer::Wheel { target, rows: -WHEEL }),
        MouseAction::Scroll(Direction::Down) => under.map(|(_, target)| Pointer::Wheel { target, rows: WHEEL }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;
    use crate::keys::Modifiers;
    use crate::state::{ArmSlot, Pane};

    #[test]
    fn a_drag_belongs_to_what_the_button_went_down_on() {
        let answer = Target::Answer(ArmSlot::A);
        let drawn = Drawn {
            targets: vec![(Rect::new(0, 0, 40, 20), Target::Pane(Pane::Prompt)), (Rect::new(10, 5, 20, 10), answer)],
            ..Drawn::default()
        };
        let mut held = None;
        let mut mouse = |action, column, row| {
            let mouse = Mouse { action, column, row, modifiers: Modifiers::NONE };
            meaning(&drawn, &mut held, &Input::Mouse(mouse))
        };
        let left = MouseButton::Left;
        assert_eq!(mouse(MouseAction::Drag(left), 12, 6), None, "nothing is held");
        assert_eq!(mouse(MouseAction::Press(left), 12, 6), Some(Pointer::Press { target: answer, column: 2, row: 1 }));
        assert_eq!(mouse(MouseAction::Drag(left), 2, 19), Some(Pointer::Drag { target: answer, column: -8, row: 14 }));
        assert_eq!(mouse(MouseAction::Release(left), 2, 19), None);
        assert_eq!(mouse(MouseAction::Drag(left), 12, 6), None);
    }
}
