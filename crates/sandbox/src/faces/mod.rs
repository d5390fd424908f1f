//! The interfaces at which merchants meet the platform, without sockets: bytes of a request in, an answer out.
//!
//! [`v3`] is the signed JSON interface, [`v2`] the older one of XML. A face is thin: it reads at the edge, calls
//! `platform`, and writes. Both serve the same platform.

pub mod v2;
pub mod v3;
