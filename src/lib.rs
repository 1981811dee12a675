//! fourfold: a terminal workbench that answers, for your own task and examples: prompt the model, fine-tune it, or both?
//!
//! The map, one line per room; `ARCHITECTURE.md` draws who may know whom and `tests/architecture.rs` holds it.

pub mod app; // the loop: event, action, effect, pure update, runtime
pub mod characters; // which characters cannot be seen, and where they belong all the same
pub mod cli; // one file per subcommand; the terminal screen is the default
pub mod command; // running a command of the person's own, for a limited time
pub mod config; // fourfold.toml and the user's settings, with line-true errors
pub mod data; // cases and splits, read from files
pub mod editor; // the text editing core: buffer, cursor, history, wrap
pub mod exchange; // other tools' files: promptfoo
pub mod files; // files that are there whole or not at all, and locks
pub mod keys; // chords, key maps, conflicts
pub mod model; // providers: one file per dialect, stream decoding, the Model trait
pub mod prompt; // prompt files: parse, variables, render
pub mod report; // reports and exports of a run: one file per format, pure
pub mod run; // one trial or many: execute and record
pub mod score; // metrics, outcomes, diffs
pub mod state; // what is: plain data
pub mod stats; // intervals and tests
pub mod store; // SQLite, alone
pub mod strategy; // how a prompt becomes model calls
pub mod terminal; // guard, input, capability, clipboard, external editor, panic
pub mod theme; // colours by meaning
pub mod tune; // training sets, training, adapters
pub mod view; // what is seen: pure functions of state and theme
