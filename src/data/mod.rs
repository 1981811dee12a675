//! Cases and splits, read from files. No network, no terminal.

mod array;
mod case;
mod cases;
pub mod check;
mod choice;
mod columnar;
mod cursor;
mod draw;
mod error;
mod guard;
mod ids;
mod layout;
mod leak;
mod mapping;
mod offsets;
mod paste;
pub mod retrieval;
mod rows;
mod set;
mod source;
mod splits;
mod walk;

pub use case::{Case, Split};
pub use cases::Cases;
pub use draw::{Draw, Keep, Part, SplitBy, SplitPlan};
pub use error::{DataError, RowFault, row_named};
pub use guard::{GUARD, Leak, LeakPlace, LeakRow, Leaks, leaks};
pub use layout::Layout;
pub use leak::{Likened, key, same_case};
pub use mapping::{CHOICES, MESSAGE, Mapping, looks_like_turns};
pub use paste::{PASTED, PasteError, parse_case};
pub use set::DataSet;
pub use splits::{SplitFiles, SplitRows, Splits};
