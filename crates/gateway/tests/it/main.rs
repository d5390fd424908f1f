//! The gateway against a sandbox in the same process, and its interfaces against callers of all kinds.
//!
//! - [`worker`]: owners driven for real, with a virtual clock that waits for them.
//! - [`wechat_sending`], [`wechat_questions`], [`wechat_answers`], [`wechat_keys`]: the way out, and what comes back
//!   ([`wechat_statements`]: the day's books; [`wechat_v2`]: the same over V2; [`wechat_sandbox`] and [`wechat_desk`] set
//!   the scene); [`callbacks`] and [`callbacks_v2`]: what WeChat Pay posts.
//! - [`past_days`]: what pools were like is brought in, after a start and day by day.
//! - [`api`]: what tenants call, a file a route.
//! - [`secrets`], [`setup`], [`setup_link`], [`admin`]: keys, merchant ids and what the operator does ([`setup_stage`] sets
//!   the scene).
//! - [`watch_rounds`], [`watch_channels`], [`watch_service`], [`watch_folders`]: notices about certificates ([`watch_stage`] sets
//!   the scene).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod admin;
mod api;
mod callbacks;
mod callbacks_v2;
mod certificate_dir;
mod past_days;
mod secrets;
mod setup;
mod setup_link;
mod setup_stage;
mod watch_channels;
mod watch_folders;
mod watch_rounds;
mod watch_service;
mod watch_stage;
mod wechat_answers;
mod wechat_desk;
mod wechat_keys;
mod wechat_questions;
mod wechat_sandbox;
mod wechat_sending;
mod wechat_statements;
mod wechat_v2;
mod worker;
