//! The gateway's HTTP interface, seen from outside.
//!
//! In the order of a command: [`connection`] finds the gateway's address and the [`api_key`], from arguments, environment,
//! the [`config_file`] or a sandbox's [`gateway_file`]; [`requests`] is what is sent (with [`amount`]s as people type
//! them), [`gateway`] sends it, [`problem`] is a refusal and [`answers`] everything else.

pub(crate) mod amount;
pub(crate) mod answers;
mod api_key;
mod config_file;
pub(crate) mod connection;
pub(crate) mod gateway;
mod gateway_file;
pub(crate) mod problem;
pub(crate) mod requests;
