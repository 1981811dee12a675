//! Where the window on an answer stands. Following and pinned are told apart by name, never guessed from offsets.

/// Whether the window moves with the end of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Follow {
    /// The last row is the bottom row.
    #[default]
    Following,
    /// The row that shows this source position is the top row, whatever arrives below and however wide the window is.
    Pinned {
        /// Where the top row begins in the source.
        anchor: usize,
    },
}

/// A way to move the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scroll {
    /// Rows down, or up if negative.
    Rows(isize),
    /// Windows down, or up if negative; one row stays in sight.
    Pages(isize),
    /// To the first row.
    Home,
    /// To the last row, and follow it.
    End,
}

/// Where the window stands among the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrollPosition {
    /// The first visible row.
    pub top: usize,
    /// The rows of the window.
    pub height: usize,
    /// All rows.
    pub total: usize,
}

/// What scrolling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// The window now follows.
    Follows,
    /// The window now stands at its top row.
    Pinned,
}

/// The window's place.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub(super) follow: Follow,
    pub(super) top: usize,
    /// The first row drawn: the top row, or one above it where too little is below.
    pub(super) shown_top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Up to where the source was ever shown.
    pub(super) seen: usize,
    pub(super) unseen: usize,
}

impl View {
    /// Whether a row is in the window.
    pub(super) fn shows(&self, row: usize) -> bool {
        (self.shown_top..self.shown_top + self.height).contains(&row)
    }

    /// How many rows a scroll goes down, or up if negative; the extremes stand for all of them.
    pub(super) fn rows(&self, scroll: Scroll) -> isize {
        match scroll {
            Scroll::Rows(rows) => rows.clamp(isize::MIN + 1, isize::MAX - 1),
            Scroll::Pages(pages) => pages.saturating_mul(self.height.saturating_sub(1).max(1) as isize),
            Scroll::Home => isize::MIN,
            Scroll::End => isize::MAX,
        }
    }

    pub(super) fn scroll(&mut self, scroll: Scroll, total: usize) -> Moved {
        let bottom = total.saturating_sub(self.height);
        let rows = self.rows(scroll);
        let target = self.top.saturating_add_signed(rows).min(bottom);
        self.top = target;
        if rows >= 0 && target == bottom && (rows > 0 || self.follow == Follow::Following) {
            self.follow = Follow::Following;
            return Moved::Follows;
        }
        if rows == 0 && self.follow == Follow::Following { Moved::Follows } else { Moved::Pinned }
    }

    /// Remembers up to where the source was shown.
    pub(super) fn notice(&mut self, shown_to: Option<usize>, length: usize) {
        let shown_to = if self.follow == Follow::Following { length } else { shown_to.unwrap_or(0) };
        self.seen = self.seen.max(shown_to).min(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(top: usize, follow: Follow) -> View {
        View { follow, top, height: 10, ..View::default() }
    }

    #[test]
    fn any_way_up_pins_and_the_bottom_follows() {
        let pinned = Follow::Pinned { anchor: 0 };
        let cases = [
            (90, Follow::Following, Scroll::Rows(-1), 89, Moved::Pinned),
            (90, Follow::Following, Scroll::Rows(1), 90, Moved::Follows),
            (90, Follow::Following, Scroll::Pages(-1), 81, Moved::Pinned),
            (90, Follow::Following, Scroll::Home, 0, Moved::Pinned),
            (50, pinned, Scroll::Rows(3), 53, Moved::Pinned),
            (50, pinned, Scroll::Pages(2), 68, Moved::Pinned),
            (85, pinned, Scroll::Pages(1), 90, Moved::Follows),
            (89, pinned, Scroll::Rows(1), 90, Moved::Follows),
            (50, pinned, Scroll::End, 90, Moved::Follows),
            (0, pinned, Scroll::Rows(-5), 0, Moved::Pinned),
            (90, pinned, Scroll::Rows(0), 90, Moved::Pinned),
        ];
        for (top, follow, scroll, expected, moved) in cases {
            let mut view = view(top, follow);
            assert_eq!((view.scroll(scroll, 100), view.top), (moved, expected), "{scroll:?} from {top}");
        }
    }

    #[test]
    fn going_up_pins_even_where_everything_is_in_sight() {
        let mut view = view(0, Follow::Following);
        assert_eq!(view.scroll(Scroll::Rows(-1), 3), Moved::Pinned);
        assert_eq!(view.scroll(Scroll::Rows(1), 3), Moved::Follows);
    }
}
