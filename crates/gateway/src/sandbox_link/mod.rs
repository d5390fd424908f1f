//! What `serve --sandbox DIR` does: a gateway for everything that a sandbox on this machine plays, without a line of
//! configuration.
//!
//! Read in this order: [`world_file`] (what the sandbox tells of itself), [`link`] (finding it, running), [`keyset`] (the
//! keys of such a gateway's store), [`taking_in`] (its merchants set up here), [`gateway_file`] (what is told to whoever
//! uses both: where we are and with which keys).

pub mod gateway_file;
pub mod keyset;
pub mod link;
pub mod taking_in;
pub mod world_file;
