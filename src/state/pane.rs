//! The panes of Compose and the order in which the focus visits them.

/// One of up to four arms on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArmSlot {
    /// The first arm.
    A,
    /// The second arm.
    B,
    /// The third arm, when wanted.
    C,
    /// The fourth arm, when wanted.
    D,
    /// No arm: the answers at several strengths, which stand in an overlay of their own.
    Strip,
}

impl ArmSlot {
    /// All slots in screen order.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// 0 for A to 3 for D; 4 is no arm's.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The letter shown in titles.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::Strip => "strip",
        }
    }

    /// The slot at `index`, if there is one.
    pub fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }
}

/// What can have the focus in Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The prompt's text.
    Prompt,
    /// The case: variables and reference.
    Case,
    /// An arm's answer.
    Arm(ArmSlot),
    /// The diff of two answers.
    Diff,
    /// The scores of all arms.
    Scores,
}

impl Pane {
    /// The panes of a screen with `arms` arms, in the order the focus visits them.
    pub fn order(arms: usize) -> Vec<Self> {
        let mut order = vec![Self::Prompt, Self::Case];
        order.extend(ArmSlot::ALL.into_iter().take(arms).map(Self::Arm));
        order.extend([Self::Diff, Self::Scores]);
        order
    }

    /// The pane `step` places on in that order, around the ends.
    #[must_use]
    pub fn step(self, arms: usize, step: isize) -> Self {
        let order = Self::order(arms);
        let here = order.iter().position(|pane| *pane == self).unwrap_or(0) as isize;
        let next = (here + step).rem_euclid(order.len() as isize) as usize;
        order.get(next).copied().unwrap_or(Self::Prompt)
    }

    /// Whether letters typed here are text.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Case)
    }

    /// One word for tabs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prompt => "Prompt",
            Self::Case => "Case",
            Self::Arm(slot) => slot.letter(),
            Self::Diff => "Diff",
            Self::Scores => "Scores",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_visits_every_pane_and_comes_back() {
        let mut pane = Pane::Prompt;
        let mut seen = Vec::new();
        for _ in 0..Pane::order(2).len() {
            seen.push(pane);
            pane = pane.step(2, 1);
        }
        assert_eq!(seen, Pane::order(2));
        assert_eq!(pane, Pane::Prompt);
        assert_eq!(Pane::Prompt.step(2, -1), Pane::Scores);
        assert_eq!(Pane::Arm(ArmSlot::D).step(2, 1), Pane::Case, "an arm that has gone counts as the first place");
    }
}
