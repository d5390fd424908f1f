//! Merchant API certificates: request, bundle, chain, inspection and lifecycle, bytes in and bytes out.
//!
//! No I/O and no clock. Keys are made by the caller; only the writer of a bundle draws something itself, its salts.
//!
//! Read in this order: [`bundle`] (key and certificate in one file), [`sandbox`] (how a sandbox's certificates are
//! told from real ones).

pub mod bundle;
pub mod sandbox;
