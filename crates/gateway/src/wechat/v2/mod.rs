//! The way over V2: requests signed with a shared key, a certificate shown in the handshake where money moves, and answers
//! that are verified before anything of them is read.
//!
//! Read in this order: [`line`] (a signed call, with and without a certificate), `submit`, `ask` with `refund_question`,
//! `order_question` and `list_question`, `probe`, `notices` (what is posted to us), `said` (what a person reads of an answer).

pub(crate) mod line;

mod ask;
mod list_question;
mod notices;
mod order_question;
mod probe;
mod refund_question;
mod said;
mod submit;
