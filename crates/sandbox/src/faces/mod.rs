//! The interfaces at which merchants meet the platform, without sockets: bytes of a request in, an answer out.
//!
//! [`v3`] is the signed JSON interface. A face is thin: it reads at the edge, calls `platform`, and writes.

pub mod v3;
