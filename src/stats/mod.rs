//! Intervals and exact tests. Pure: counts and values in, numbers out; every formula names where it comes from.

mod binomial;
mod bought;
mod fourfold;
mod interval;
mod mcnemar;
mod mean;
mod proportion;
mod special;
mod tally;

pub use binomial::two_sided_half;
pub use bought::bought;
pub use fourfold::{Fourfold, Margins, Together};
pub use interval::{Confidence, Interval};
pub use mcnemar::McNemar;
pub use mean::Mean;
pub use proportion::Proportion;
pub use tally::{Tally, Vote};
