//! The way over V3: signed calls, whose answers are verified before anything of them is read.
//!
//! Read in this order: [`line`] (a signed call), `platform_keys` and `keeping` (whose answers are believed, and how those
//! keys stay fresh), `submit`, `ask` with `refund_question`, `order_question`, `list_question` and
//! `probe`, `statement` (a day's books), `said` (what a person reads of an answer).

pub(crate) mod line;

mod ask;
mod keeping;
mod list_question;
mod order_question;
mod platform_keys;
mod probe;
mod refund_question;
mod said;
mod statement;
mod submit;
