//! Stories of a whole sandbox, told over real sockets.

#![expect(clippy::unwrap_used, reason = "a story whose plumbing fails is a failed test")]

mod callbacks;
mod clock;
mod control;
mod faces_callbacks;
mod faces_faults;
mod faces_gate;
mod faces_orders;
mod faces_properties;
mod faces_refunds;
mod faces_stage;
mod faults;
mod sandbox;
mod snapshots;
