//! The form that begins a run: what is asked, and what that will take.

use crate::state::{Fault, FormField};

/// See the file's head.
#[derive(Debug)]
pub struct RunForm {
    /// Arms, split, cases, repeats, trials at once, the most dollars, calls and time, whether it is sequential.
    pub fields: Vec<FormField>,
    /// Which has the caret.
    pub focused: usize,
    /// Counts estimates; late ones are dropped.
    pub generation: u64,
    /// What stands on the screen and is not asked, for no file has it.
    pub unwritten: Vec<String>,
    /// Whether that was said when Enter was pressed.
    pub warned: bool,
    /// What it will take, in lines, or why it cannot be; `None` while that is reckoned.
    pub estimate: Option<Result<Vec<String>, Fault>>,
}

/// What is asked before a run goes on that has reached its limit: the next one.
#[derive(Debug)]
pub struct RaiseLimit {
    /// The run's number.
    pub run: i64,
    /// Whether it is one of calls; of dollars otherwise.
    pub calls: bool,
    /// The new limit, the only field.
    pub fields: Vec<FormField>,
}
