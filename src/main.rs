//! Arguments to mode, exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A trial of a run allocates some hundred times, on one thread what another frees: this takes a third off its processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    fourfold::cli::main()
}
