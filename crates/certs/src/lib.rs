//! Merchant API certificates: request, bundle, chain, inspection and lifecycle, bytes in and bytes out.
//!
//! No I/O and no clock. Keys are made by the caller; only the writer of a bundle draws something itself, its salts.
//!
//! Read in this order:
//! - What bytes hold: [`material`] (any file), and what comes out of it: [`certificate`] with [`name`], [`serial`] and
//!   [`extension`]; [`private_key`], [`sealed_key`] (one under a passphrase), [`public_key`], [`csr`], [`signature`];
//!   [`bundle`] (key and certificate in one file), [`certificate_bag`] (certificates alone) and [`pem`] (how texts are
//!   written).
//! - What it is: [`classification`] (which kind, by what evidence), [`sandbox`] (how a sandbox's certificates are told from
//!   real ones), [`digests`] (fingerprints and the published chain files).
//! - Whether it is right: [`anchors`] (whom to trust), [`verification`] (five questions), [`pair`] (which files belong
//!   together).
//! - All of that about one file: [`inspection`].
//! - How one is asked for, and whether what came back is it: [`request`].
//! - How long a certificate lives, and what can be done with it: [`lifecycle`].

pub mod anchors;
mod asn1;
pub mod bundle;
pub mod certificate;
pub mod certificate_bag;
pub mod classification;
pub mod csr;
pub mod digests;
pub mod extension;
pub mod inspection;
pub mod lifecycle;
pub mod material;
pub mod name;
pub mod pair;
pub mod pem;
pub mod private_key;
pub mod public_key;
pub mod request;
pub mod sandbox;
pub mod sealed_key;
pub mod serial;
pub mod signature;
pub mod verification;
