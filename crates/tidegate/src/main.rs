//! The `tidegate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("tidegate: no command is there yet; see README.md for what stands.");
    ExitCode::from(2)
}
