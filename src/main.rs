//! Arguments to mode, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    fourfold::cli::main()
}
