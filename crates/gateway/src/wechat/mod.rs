//! The only way out to WeChat Pay.
//!
//! A [`line::Line`] is one merchant id's way. It signs what it is given, sends it over a kept connection, verifies what comes
//! back before anything of it is read, and says what that means in the words of [`refunds::outcome`]. It decides nothing
//! and keeps no state but the platform's keys and which certificate was refused a moment ago: a caller always hears a
//! [`Fact`](refunds::owner::Fact), if only that nothing came back.
//!
//! Read in this order: [`connection`] (what a line needs), [`signer`] (who signs), `certificates` (which one is used),
//! `exchange` (one request, one answer), [`mod@line`] (one way, whatever the wire), `v3` (the way over V3), `judgement`
//! (what an answer proves: the one place), `evidence` (what a person sees later).

pub mod connection;
pub mod line;
pub mod signer;

mod certificates;
mod evidence;
mod exchange;
pub(crate) mod judgement;
mod v3;
