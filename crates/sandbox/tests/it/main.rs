//! The sandbox from outside: its V3 faces, driven without sockets.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be built stops there")]

mod faces_callbacks;
mod faces_faults;
mod faces_gate;
mod faces_orders;
mod faces_properties;
mod faces_refunds;
mod faces_stage;
