//! The diff pane: which two texts, compared how, and where its window stands.

use std::sync::Arc;

use super::ArmSlot;
use crate::score::diff::{Arrangement, Diff, DiffRows, Granularity};
use crate::view::pane::diff::{Anchor, LongLines, arrangement_for};

/// Which answer or text a side of the diff shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// An arm's answer.
    Arm(ArmSlot),
    /// The case's reference.
    Reference,
    /// One of several answers of an arm: which of the distinct ones, from 1, and its text.
    Sample(ArmSlot, usize, Arc<str>),
    /// A recorded answer from the history: its number and text.
    Earlier(i64, Arc<str>),
    /// A text of another kind: its name and the text itself.
    Text(String, Arc<str>),
}

impl Side {
    /// What a side is called on the screen.
    pub fn name(&self) -> String {
        match self {
            Self::Arm(slot) => slot.letter().to_owned(),
            Self::Reference => "reference".to_owned(),
            Self::Sample(slot, number, _) => format!("{}'s answer {number}", slot.letter()),
            Self::Earlier(number, _) => format!("answer {number}"),
            Self::Text(name, _) => name.clone(),
        }
    }
}

/// The diff pane.
#[derive(Debug)]
pub struct DiffState {
    /// What stands on the left.
    pub left: Side,
    /// What stands on the right.
    pub right: Side,
    /// The sides that gave way to two texts of another kind.
    pub lent: Option<(Side, Side)>,
    /// By line, word or letter.
    pub granularity: Granularity,
    /// Side by side or inline, where the person has chosen; else by width.
    pub arrangement: Option<Arrangement>,
    /// Counts questions put to the worker.
    pub generation: u64,
    /// The last answer and its rows.
    pub shown: Option<(Arc<Diff>, DiffRows)>,
    /// The long lines of it that were drawn.
    pub long: LongLines,
    /// What is at the top of the window.
    pub anchor: Anchor,
    /// The current change.
    pub current: Option<usize>,
    /// Rows still to be scrolled: only drawing knows how high rows are.
    pub scroll_by: isize,
    /// The current change is still to be brought into sight.
    pub reveal: bool,
    /// Columns it has, as last drawn.
    pub width: u16,
}

/// Two columns need so many, or lines are words.
pub const NARROWEST: u16 = 60;

impl Default for DiffState {
    fn default() -> Self {
        Self {
            left: Side::Arm(ArmSlot::A),
            right: Side::Arm(ArmSlot::B),
            lent: None,
            granularity: Granularity::Word,
            arrangement: None,
            generation: 0,
            shown: None,
            long: LongLines::default(),
            anchor: Anchor::default(),
            current: None,
            scroll_by: 0,
            reveal: false,
            width: 0,
        }
    }
}

impl DiffState {
    /// Shows a new diff from its top.
    pub fn show(&mut self, diff: Arc<Diff>) {
        let rows = DiffRows::new(&diff, self.arrangement.unwrap_or(Arrangement::SideBySide));
        self.shown = Some((diff, rows));
        self.long = LongLines::default();
        self.anchor = Anchor::default();
        self.current = None;
        self.scroll_by = 0;
        self.reveal = false;
    }

    /// Shows two other texts until [`DiffState::take_back`].
    pub fn lend(&mut self, left: Side, right: Side) {
        let before = (std::mem::replace(&mut self.left, left), std::mem::replace(&mut self.right, right));
        self.lent.get_or_insert(before);
    }

    /// Brings the sides back that gave way to two texts; a side chosen meanwhile stays. `false` if none had.
    pub fn take_back(&mut self) -> bool {
        let Some((left, right)) = self.lent.take() else { return false };
        for (side, before) in [(&mut self.left, left), (&mut self.right, right)] {
            if matches!(side, Side::Text(..)) {
                *side = before;
            }
        }
        true
    }

    /// Goes `step` changes on, around the ends.
    pub fn step(&mut self, step: isize) {
        let Some((diff, _)) = &self.shown else { return };
        let count = diff.change_count() as isize;
        if count == 0 {
            return;
        }
        let next = match (self.current, step > 0) {
            (Some(current), _) => (current as isize + step).rem_euclid(count),
            (None, true) => 0,
            (None, false) => count - 1,
        };
        self.current = Some(next as usize);
        self.reveal = true;
    }

    /// How the diff stands in `width` columns: as chosen, where there is room for it.
    pub fn arrangement_in(&self, width: u16) -> Arrangement {
        match self.arrangement {
            Some(Arrangement::SideBySide) if width < NARROWEST => Arrangement::Inline,
            Some(chosen) => chosen,
            None => arrangement_for(width),
        }
    }

    /// The other arrangement than the one that is shown; `false` where it has no room.
    pub fn turn(&mut self) -> bool {
        let other = match self.arrangement_in(self.width) {
            Arrangement::Inline => Arrangement::SideBySide,
            Arrangement::SideBySide => Arrangement::Inline,
        };
        if other == Arrangement::SideBySide && self.width < NARROWEST {
            return false;
        }
        self.arrangement = Some(other);
        true
    }

    /// Opens all folds, or closes them.
    pub fn toggle_folds(&mut self) {
        if let Some((diff, rows)) = &mut self.shown {
            rows.toggle_all_folds(diff);
        }
    }

    /// After an arm has gone: a side that showed it shows the reference.
    pub fn forget_missing(&mut self, arms: usize) {
        for side in [&mut self.left, &mut self.right] {
            if matches!(side, Side::Arm(slot) if slot.index() >= arms) {
                *side = Side::Reference;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_arrangement_is_the_one_that_is_not_shown_and_needs_its_room() {
        let mut diff = DiffState { width: 120, ..DiffState::default() };
        assert_eq!(diff.arrangement_in(120), Arrangement::SideBySide);
        assert!(diff.turn());
        assert_eq!(diff.arrangement_in(120), Arrangement::Inline);
        assert!(diff.turn());
        assert_eq!(diff.arrangement_in(120), Arrangement::SideBySide);
        assert_eq!(diff.arrangement_in(NARROWEST - 1), Arrangement::Inline, "a pane that has become narrow");
        let mut narrow = DiffState { width: NARROWEST - 1, ..DiffState::default() };
        assert!(!narrow.turn());
        narrow.width = NARROWEST;
        assert!(narrow.turn());
        assert_eq!(narrow.arrangement_in(NARROWEST), Arrangement::SideBySide);
    }
}
