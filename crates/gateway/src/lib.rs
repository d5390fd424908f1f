//! The running service: takes refunds over HTTP, drives owners, is the only way out to WeChat Pay.
//!
//! Read in this order:
//!
//! - [`gateway`]: what all parts share; [`clock`] and [`activity`]: what time it is, and whether anything is under way;
//!   [`fresh`]: ids that nobody has.
//! - [`merchants`] and [`secrets`]: who is served, and with which keys.
//! - [`certificate_dir`]: new certificates from a folder; [`certificate_folder`]: where one is asked for and kept.
//! - [`worker`]: drives the owners; [`wechat`]: the way out; [`past_days`]: brings in what pools were like, for forecasts.
//! - [`watch`]: tells people in time that a certificate ends.
//! - [`api`]: what tenants call; [`callbacks`]: what WeChat Pay calls; [`admin`]: what the operator does.
//! - [`restoring`]: what a store that was put back from a backup is told.
//! - [`serve`]: puts it together, from [`config`] or from a sandbox on this machine ([`sandbox_link`], [`sandbox_clock`]).
//! - [`wizard`]: the certificate tool as pages in the browser.
//! - [`health`] and [`metrics`]: for whoever watches over it.

pub mod activity;
pub mod admin;
pub mod api;
pub mod callbacks;
pub mod certificate_dir;
pub mod certificate_folder;
pub mod clock;
pub mod config;
pub mod fresh;
pub mod gateway;
pub mod health;
mod listener;
pub mod merchants;
pub mod metrics;
pub mod past_days;
pub mod restoring;
pub mod sandbox_clock;
pub mod sandbox_link;
pub mod secrets;
pub mod serve;
pub mod watch;
pub mod wechat;
pub mod wizard;
pub mod worker;
