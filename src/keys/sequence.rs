//! One chord, or two pressed one after the other: what an action is bound to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::chord::Chord;
use super::spelling::ChordError;

/// One or two chords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence {
    /// The first chord; alone, or the prefix of a second.
    pub first: Chord,
    /// The chord that must follow, if any.
    pub second: Option<Chord>,
}

impl Sequence {
    /// The spelling for footers: `^R`, `g g`.
    pub fn short(self) -> String {
        self.join(Chord::short)
    }

    /// The spelling for help pages: `Ctrl+R`, `g g`.
    pub fn title(self) -> String {
        self.join(Chord::title)
    }

    /// The chords in the order they are pressed.
    pub fn chords(self) -> impl Iterator<Item = Chord> {
        std::iter::once(self.first).chain(self.second)
    }

    fn join(self, spell: impl Fn(Chord) -> String) -> String {
        match self.second {
            Some(second) => format!("{} {}", spell(self.first), spell(second)),
            None => spell(self.first),
        }
    }
}

impl From<Chord> for Sequence {
    fn from(first: Chord) -> Self {
        Self { first, second: None }
    }
}

impl FromStr for Sequence {
    type Err = ChordError;

    fn from_str(written: &str) -> Result<Self, ChordError> {
        let mut parts = written.split_whitespace();
        let first = parts.next().ok_or(ChordError::Empty)?.parse()?;
        let second = parts.next().map(str::parse).transpose()?;
        if parts.next().is_some() {
            return Err(ChordError::TooLong(written.into()));
        }
        Ok(Self { first, second })
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.join(|chord| chord.to_string()))
    }
}

impl Serialize for Sequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sequence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_chords_never_three() {
        for (written, normal) in
            [("g g", "g g"), ("ctrl+x  Ctrl+S", "ctrl+x ctrl+s"), ("f5", "f5"), ("space w", "space w")]
        {
            assert_eq!(written.parse::<Sequence>().unwrap().to_string(), normal);
        }
        assert_eq!("a b c".parse::<Sequence>(), Err(ChordError::TooLong("a b c".into())));
        assert_eq!("  ".parse::<Sequence>(), Err(ChordError::Empty));
    }
}
