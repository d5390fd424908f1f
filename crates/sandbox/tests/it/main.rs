//! Stories of a whole sandbox, told over real sockets.

#![expect(clippy::unwrap_used, reason = "a story whose plumbing fails is a failed test")]

mod authority;
mod browser;
mod callbacks;
mod certificates;
mod clock;
mod control;
mod faces_callbacks;
mod faces_faults;
mod faces_gate;
mod faces_orders;
mod faces_properties;
mod faces_refunds;
mod faces_stage;
mod faces_statements;
mod faces_v2;
mod faces_v2_stage;
mod faults;
mod merchant;
mod merchant_platform;
mod mtls;
mod sandbox;
mod snapshots;
