//! Who is told when: the platform's notices and those of our own watch.
//!
//! A certificate has *occasions*, instants at which something is to be said. [`due()`] answers with the newest occasion that
//! has come, unless it was told already; whoever sends keeps the keys of what was sent, one set a channel, and so tells each
//! once, however often it is restarted. After a pause in which several came, only the newest is told, and the others are
//! marked as passed: five letters at once about one certificate help nobody.
//!
//! Read in this order: [`schedule`] (which occasions there are), [`due`](mod@due) (which is told now), [`text`] (what is said).

pub mod due;
pub mod schedule;
pub mod text;

pub use due::{Notice, due};
pub use schedule::{Occasion, Schedule};
pub use text::{Language, Recipient, Text};
