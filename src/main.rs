//! Arguments to mode, exit code.

use std::process::ExitCode;

/// A trial of a run allocates some hundred times, on one thread what another frees: this takes a fifth off its processor time.
/// On Windows it would need a C++ compiler.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    fourfold::cli::main()
}
