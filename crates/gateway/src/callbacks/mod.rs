//! Notifications of WeChat Pay: taken in, kept, answered.
//!
//! Each step is the only entrance to the next: bytes as they came, verified, opened, about this very merchant id, on disk.
//! Only then WeChat Pay is told that it need not send them again. What they say is news and not the result: the owner asks.
//! Source: [global-refund-notification], [mainland-notification], [operations 5.1].
//!
//! Read in this order: `route` (what is posted where, and how it is answered), `opening` (from bytes to a notification),
//! `refund_news` and `payment_news` (what is kept of it), `v2_news` (the same over V2, in XML), `not_taken` (why it comes
//! again).

mod not_taken;
mod opening;
mod payment_news;
mod refund_news;
mod route;
mod v2_news;

pub use route::router;
