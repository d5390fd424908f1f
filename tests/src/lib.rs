//! What crosses crates: a gateway and a sandbox with their sockets between them, as their users meet them.
//!
//! [`control`] speaks to a sandbox, [`tenant`] to a gateway. [`recount`] counts again what WeChat Pay did, from its records
//! alone. [`kills`] is the run in which a gateway is killed again and again.
//!
//! This is a harness: where nothing sensible can follow, it panics and says what was expected.

pub mod control;
pub mod kills;
pub mod recount;
pub mod tenant;
