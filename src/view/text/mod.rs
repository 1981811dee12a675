//! Text from outside, made fit to show: sanitised, wrapped, read as markdown, coloured as code, and followed while it streams.
//!
//! Everything here is a pure function or plain data; styles come in through [`draw::TextStyles`], time not at all.

mod apart;
pub mod draw;
mod fold;
pub mod highlight;
pub mod markdown;
mod put;
pub mod rows;
pub mod sanitise;
pub mod span;
pub mod stream;
pub mod width;
pub mod wrap;

pub use apart::apart;
pub use draw::{Badge, TextStyles, draw};
pub use fold::fold;
pub(super) use put::put;
pub use rows::word_rows;
pub use sanitise::{Tabs, sanitise_for_terminal, sanitise_line};
pub use span::{Marks, Role, Row, Span, SpanKind};
pub use stream::{Direction, Follow, Reading, Scroll, ScrollPosition, StreamText};
pub use width::{BETWEEN, display_width, fit_parts, truncate_to_width};
