//! What is secret in the store is sealed under a key that is not in it.
//!
//! Read in this order: [`keyset`] (the keys, in a file of their own), [`sealer`] (sealing and opening), [`canary`] (a
//! wrong keyset is found out at the start, not at the first signature).

pub mod canary;
pub mod keyset;
pub mod sealer;
