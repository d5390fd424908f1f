//! The running service: takes refunds over HTTP, drives owners, is the only way out to WeChat Pay.
//!
//! Read in this order: [`gateway`] (what all parts share), [`clock`] and [`activity`], [`merchants`], [`worker`]
//! (drives the owners), [`wechat`] (the way out).

pub mod activity;
pub mod clock;
pub mod gateway;
pub mod health;
pub mod merchants;
pub mod metrics;
pub mod sandbox_clock;
pub mod wechat;
pub mod worker;
