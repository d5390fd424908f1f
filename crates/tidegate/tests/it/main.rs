//! The program as its users meet it.

mod help;
#[cfg(unix)]
mod sandbox;

use std::process::Command;

/// The program under test.
fn tidegate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
}
