//! Keys: what a chord is, how it is written, and which action it means where.
//!
//! The table of actions itself belongs to the app; this room only knows how to build a map from its rows, apply the user's
//! `[keys]` table to it and answer "what does this key do here" and "which keys do this".

mod chord;
mod decode;
mod map;
mod overrides;
#[cfg(test)]
mod portable;
mod sequence;
mod spelling;

pub use chord::{Chord, Key, Modifiers};
pub use decode::{chord_of, modifiers_of};
pub use map::{Binding, KeyMap, KeyTableError, Resolved, Row, Scope};
pub use overrides::{ConflictOutcome, KeyOverride, KeyProblem, Spelling};
#[cfg(test)]
pub(crate) use portable::{legacy_bytes, unportable};
pub use sequence::Sequence;
pub use spelling::ChordError;
