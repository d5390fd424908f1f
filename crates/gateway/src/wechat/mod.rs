//! The only way out to WeChat Pay.
//!
//! A [`line::Line`] is one merchant id's way. It signs what it is given, sends it over a kept connection, verifies what comes
//! back before anything of it is read, and says what that means in the words of [`refunds::outcome`]. It decides nothing,
//! repeats nothing and keeps no state but the platform's keys: a caller always hears a [`Fact`](refunds::owner::Fact), if
//! only that nothing came back.
//!
//! Read in this order: [`connection`] (what a line needs), [`signer`] (who signs), `exchange` (one request, one answer),
//! [`mod@line`] (a signed call), `platform_keys` and `keeping` (whose answers are believed, and how those keys stay fresh),
//! `judgement` (what an answer proves: the one place), `submit`, `ask` with `refund_question`, `order_question` and
//! `probe`, `evidence` (what a person sees later).

pub mod connection;
pub mod line;
pub mod signer;

mod ask;
mod evidence;
mod exchange;
pub(crate) mod judgement;
mod keeping;
mod order_question;
mod platform_keys;
mod probe;
mod refund_question;
mod submit;
