//! The whole program in a pseudo-terminal, as a person feels it: how soon it is there, how soon a key is seen while answers
//! stream, what it costs while nothing happens. Prints each figure beside what it must be; run it on a quiet machine.
//!
//! `cargo bench --bench whole`; a part by its name: `cargo bench --bench whole -- keys`. `FOURFOLD_BINARY` measures another
//! build. Milliseconds are those of the wall; CPU time stands beside them, because machines are seldom quiet.
#![allow(missing_docs, unreachable_pub, reason = "a benchmark has no outside")]
#![allow(clippy::expect_used, clippy::print_stdout, reason = "it talks to whoever runs it, and stops where it must")]
#![cfg_attr(not(unix), allow(unused, reason = "it needs a pseudo-terminal"))]

#[cfg(unix)]
mod frames;
#[cfg(unix)]
mod process;
#[cfg(unix)]
#[path = "../../tests/support/pty.rs"]
mod pty;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod session;

#[cfg(unix)]
fn main() {
    session::main();
}

#[cfg(not(unix))]
fn main() {}
