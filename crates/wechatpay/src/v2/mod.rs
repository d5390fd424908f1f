//! The XML wire of WeChat Pay's APIv2, both directions: what a merchant sends is also read here, and what the platform
//! answers is also written.
//!
//! Words, names of orders and records of refunds and orders are those of [`crate::v3`]: they are the same things, told
//! on another wire.
//!
//! Read in this order: [`xml`] and [`message`] (how bodies are read and written), [`key`] and [`sign`] (what makes a
//! message genuine, and how stored bytes become a request), [`caller`] (who asks), then the messages: [`refund`],
//! [`order`], [`notification`], [`answer`] and [`front`] (refusals), and at last [`outcome`] (what an answer proves).

pub mod answer;
pub mod caller;
pub mod front;
pub mod key;
pub mod message;
pub mod notification;
pub mod order;
pub mod outcome;
pub mod refund;
pub mod sign;
pub mod time;
pub mod xml;
