//! The JSON wire of WeChat Pay's APIv3, both directions: what a merchant sends is also read here, and what the
//! platform answers is also written.
//!
//! Read in this order: [`json`] (how bodies are read and written), [`target`] and [`caller`] (who asks, and where),
//! [`sign`] and [`verify`] (what makes a message genuine), [`resource`] and [`certificates`] (what is sealed), then the
//! messages: [`words`], [`refund`], [`order`], [`notification`], [`error`], and [`outcome`] (what an answer proves); at
//! last the day's books: [`statement`] and [`settlement`].

pub mod caller;
pub mod certificates;
pub mod error;
pub mod json;
pub mod notification;
pub mod order;
pub mod outcome;
pub mod refund;
pub mod resource;
pub mod settlement;
pub mod sign;
pub mod statement;
pub mod target;
#[cfg(test)]
pub(crate) mod testdata;
pub mod verify;
pub mod words;
