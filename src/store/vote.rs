//! Judgements by hand: which of two answers was preferred, seen without names on sides drawn at random.

/// Where an answer stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// On the left.
    Left,
    /// On the right.
    Right,
}

impl Side {
    /// The stable name used in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// What was preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The first trial's answer.
    First,
    /// The second trial's answer.
    Second,
    /// Neither.
    Tie,
}

impl Choice {
    /// The stable name used in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "a",
            Self::Second => "b",
            Self::Tie => "tie",
        }
    }

    /// The choice of someone who pressed the key for `pressed`, when the first answer stood on `side_of_first`.
    pub fn of_side(pressed: Side, side_of_first: Side) -> Self {
        if pressed == side_of_first { Self::First } else { Self::Second }
    }
}

/// One judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// When, in milliseconds since 1970, UTC.
    pub time: i64,
    /// The first trial.
    pub first: i64,
    /// The second trial.
    pub second: i64,
    /// Where the first trial's answer stood.
    pub side_of_first: Side,
    /// What was preferred.
    pub choice: Choice,
}

/// A pair of answers with the latest judgement about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voted {
    /// The arms' names, the first trial's first.
    pub arms: [String; 2],
    /// Their keys; see [`super::arm_key`].
    pub arm_keys: [String; 2],
    /// The case's key; see [`super::case_key`].
    pub case_key: String,
    /// What was preferred.
    pub choice: Choice,
}

/// The judgements about two arms, each pair of trials counted once, by its latest vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times the first arm was preferred.
    pub first: u64,
    /// Times the second arm was preferred.
    pub second: u64,
    /// Times neither was.
    pub ties: u64,
    /// Of the preferences (ties left out), those for what stood on the left: a check on habit.
    pub left: u64,
}

impl Tally {
    /// All judgements.
    pub const fn total(&self) -> u64 {
        self.first + self.second + self.ties
    }
}
