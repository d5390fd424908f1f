//! Refunds: the calls, what is sent, what is answered.
//!
//! Read [`call`] (which calls there are, and their targets), [`submit`] (the request and its answer), [`record`] (a
//! refund as queries tell it). The calls' error answers are in [`super::error`], notifications in
//! [`super::notification`].

pub mod call;
pub mod record;
pub mod submit;
