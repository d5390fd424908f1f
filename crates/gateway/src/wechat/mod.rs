//! The only way out to WeChat Pay.
//!
//! A [`line::Line`] is one merchant id's way. It signs what it is given, sends it over a kept connection, verifies what comes
//! back before anything of it is read, and says what that means in the words of [`refunds::outcome`]. It decides nothing
//! and keeps no state but the platform's keys and which certificate was refused a moment ago: a caller always hears a
//! [`Fact`](refunds::owner::Fact), if only that nothing came back.
//!
//! Read in this order: [`connection`] (what a line needs), [`signer`] and `nonce` (who signs), [`sandbox_ca`] (whom a line
//! believes to be a sandbox), `certificates` (which certificate is used), `exchange` (one request, one answer), [`mod@line`]
//! (one way, whatever the wire), `v3` and `v2` (the way over each), `questions` (what both ask), `no_way` (when there is none),
//! [`submission`] (what asks for a refund, rendered when it comes in), [`statement`] (a day's statement, or why there is none),
//! `judgement` (what an answer means: the one place), `evidence` (what a person sees later).

pub mod connection;
pub mod line;
pub mod sandbox_ca;
pub mod signer;
pub mod statement;
pub mod submission;

mod certificates;
mod evidence;
mod exchange;
pub(crate) mod judgement;
mod no_way;
mod nonce;
mod questions;
mod v2;
mod v3;
