//! The `tidegate` program: one file a command, in [`commands`]. Those that ask a running gateway do so through [`client`];
//! [`import`] takes in whole files, and [`screen`] is what people read. [`demo`] is a week of trade, played and counted.

mod client;
mod commands;
mod demo;
mod import;
mod screen;

use std::io::{self, Write as _};
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
    let Cli { command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody may be reading.
            let _ = error.print();
            // Not 2, as is usual: that says that a file's lines were refused.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match command.run() {
        Ok(code) => code,
        Err(error) => {
            // The terminal may be what has ended it.
            let _ = writeln!(io::stderr(), "tidegate: {error}");
            ExitCode::FAILURE
        }
    }
}
