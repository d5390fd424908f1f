//! WeChat Pay's words and wire.
//!
//! Everything both sides of a conversation with WeChat Pay must agree on, and nothing about what
//! either side does with it. No I/O, no clock, no randomness: instants, nonces and keys are arguments.
//!
//! Read in this order: [`ids`] and [`money`] (the words), [`china`] and [`calendar`] (its days), [`codes`] (what an
//! error says about a refund), [`keys`] (who signs), [`wire`] (the two generations of the interface), [`v3`] (the JSON
//! wire), [`v2`] (the XML wire).
//! Facts come from the pages listed in `docs/sources.md`.

pub mod calendar;
pub mod china;
pub mod codes;
pub mod ids;
pub mod keys;
pub mod money;
pub mod v2;
pub mod v3;
pub mod wire;
