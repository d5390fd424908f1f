//! The commands, one file each. Those that ask a running gateway share [`asking`].

mod admin;
mod asking;
mod cert;
mod configuration;
mod demo;
pub(crate) mod interruption;
mod merchant;
mod nodes;
mod payment;
mod plan;
mod pool;
mod refund;
mod sandbox;
mod serve;
mod store;

use std::error::Error;
use std::process::ExitCode;

use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway: take refunds, pay them back, tell what becomes of them.
    Serve(serve::Options),
    /// Run a local WeChat Pay platform for tests: no real money, no real keys.
    Sandbox(sandbox::Options),
    /// Play a week of trade against a sandbox in about a minute, with a crash in it, and count everything again.
    Demo(demo::Options),
    /// Set up a store.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Copy a store, bring it up to date, or divide it among servers.
    #[command(subcommand)]
    Store(store::Command),
    /// Ask for merchant API certificates, install and inspect them, and keep them safe.
    Cert(Box<cert::Options>),
    /// Ask for refunds and follow them, at a running gateway.
    Refund(Box<refund::Options>),
    /// Tell a running gateway of payments.
    Payment(Box<payment::Options>),
    /// See and renew merchant ids, with the operator's key, at a running gateway.
    Merchant(Box<merchant::Options>),
    /// See which gateways share a store and who owns what, with the operator's key, at a running gateway.
    Nodes(nodes::Options),
    /// See what the day's pool holds, at a running gateway.
    Pool(pool::Options),
    /// See what the planner makes of a history of payments and refunds.
    Plan(Box<plan::Options>),
}

impl Command {
    /// Does it, and comes back when it is done, with what the program ends with.
    pub(crate) fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self {
            Command::Serve(options) => serve::run(options).map(|()| ExitCode::SUCCESS),
            Command::Sandbox(options) => sandbox::run(options).map(|()| ExitCode::SUCCESS),
            Command::Demo(options) => demo::run(options),
            Command::Admin(command) => command.run().map(|()| ExitCode::SUCCESS),
            Command::Store(command) => command.run().map(|()| ExitCode::SUCCESS),
            Command::Cert(options) => cert::run(*options),
            Command::Refund(options) => refund::run(*options),
            Command::Payment(options) => payment::run(*options),
            Command::Merchant(options) => merchant::run(*options),
            Command::Nodes(options) => nodes::run(options),
            Command::Pool(options) => pool::run(options),
            Command::Plan(options) => plan::run(*options),
        }
    }
}
