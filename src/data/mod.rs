//! Cases and splits, read from files. No network, no terminal.

mod case;
mod cases;
pub mod check;
mod error;
mod leak;
mod mapping;
mod paste;
pub mod retrieval;
mod rows;
mod set;
mod source;
mod splits;
mod walk;

pub use case::{Case, Split};
pub use cases::Cases;
pub use error::{DataError, RowFault};
pub use leak::{key, same_case};
pub use mapping::{MESSAGE, Mapping};
pub use paste::{PASTED, PasteError, parse_case};
pub use set::DataSet;
pub use splits::{SplitFiles, SplitRows, Splits};
