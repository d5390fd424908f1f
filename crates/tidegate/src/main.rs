//! The `tidegate` program: one file a command, in [`commands`].

mod commands;

use std::process::ExitCode;

use clap::Parser;
use commands::Command;

/// Pays WeChat Pay refunds back reliably.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tidegate: {error}");
            ExitCode::FAILURE
        }
    }
}
