//! The text editing core: a rope with a grapheme-true caret, grouped undo, soft wrap, overlays and search. It knows no
//! terminal: `view::widget::text_area` draws it, a key layer turns chords into [`Command`]s.

mod buffer;
mod command;

mod display;
mod editing;
mod find;
mod finding;
mod history;
mod lines;
mod motion;
mod moving;
mod sanitize;
mod scroll;
mod selection;
mod spans;
mod state;
mod wrap;
mod wrap_cache;

pub use buffer::{Buffer, ByteOrderMark, LineEnd};
pub use command::{Change, Command, Motion, Notice};
pub use display::{display_grapheme, is_stand_in, tab_columns};
pub use find::{Case, FindStatus, MatchCount, PatternKind, Query};
pub use sanitize::sanitize;
pub use selection::{Affinity, Place, Selection};
pub use spans::{Edited, Layer, Span, SpanKind, SyntaxKind};
pub use state::{Editor, EditorOptions, Mode};
pub use wrap::{Glyph, Row, RowShape, Wrapping};
