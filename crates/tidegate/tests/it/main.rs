//! The program as its users meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[cfg(unix)]
mod browser;
#[cfg(unix)]
mod cert;
mod connection;
#[cfg(unix)]
mod demo;
mod help;
mod import;
#[cfg(unix)]
mod kills;
mod merchant;
#[cfg(unix)]
mod nodes;
mod payment;
mod plan;
mod plan_export;
mod pool;
mod refund;
#[cfg(unix)]
mod restored;
#[cfg(unix)]
mod sandbox;
mod serve;
mod store;
mod stub;

use std::process::Command;

/// The program under test.
fn tidegate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
}
