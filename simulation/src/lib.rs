//! Seeded worlds of owners and platform, and their judges.
//!
//! # Theory of operation
//!
//! A [`Setup`] names a seed; [`run`] makes a whole world of it and lets some virtual days go by in one thread, without a
//! clock, sleep or socket. In the world are the real [`refunds::owner::Owner`], the real model of the store
//! ([`store::memory::Model`], which stands for what is on disk: an operation applied is flushed) and the real
//! [`platform::platform::Platform`]. Between them lie a network and a disk that misbehave by the seed, as far as the fault
//! model goes: requests and answers are lost, late, doubled, reordered, garbled; the platform answers 5xx and 429 before or
//! after it acted, changes its keys, or is away for a day; its query is seconds behind; nodes die between any two steps and again
//! while they recover, stand still, lose the store, are taken for dead, race and come back with an old epoch; clocks are set wrong
//! by a day; the fate of a commit is unknown; the disk is full or slow; pages are old when they are delivered; hints are lost;
//! the power fails; and once the whole store is lost, and an older backup of it is put back.
//!
//! A history has one merchant id, or in a quarter of them two to four. Those share the store, the platform and the nodes, so that a
//! disk that is full is full for all of them, and nothing else: each has an owner, a pool, budgets, sub-merchants and refunds of its
//! own, nodes own different ones and lose them one by one or all together, and two of them use the same number now and then, for
//! different refunds and for different orders. One may be paused, or refused by the platform, until the others are done: what holds
//! up one merchant id must not hold up another.
//!
//! Everything that happens is an event on an agenda, in order of time and of entry. All chance is a hash of the seed, a
//! purpose, a name and a count, so a history replays exactly and one event more changes no other's luck. So a failing history
//! can be made smaller by leaving out what it does not need; see [`shrinking`].
//!
//! Tenants pay, report, ask, repeat themselves, contradict themselves and cancel, look at what became of it, and remember what
//! they were acknowledged. After some days, or weeks, the faults end, enough is paid each day for whatever waits, and time goes on
//! until every refund has ended; what has not after forty days is stuck.
//!
//! Judges look at each request and question that leaves, each acceptance, each batch on disk, at what tenants see, at what of one
//! merchant id comes to another, and at everything once more at the end. They believe the platform's own record and audit, what
//! callers were acknowledged, and their own sums, not the owner. The first finding ends the history.
//!
//! Whether the judges can find anything is a question of its own: every [`Mutation`] is a mistake that such a program could
//! have, planted around an owner or in the driver, never in product code, and each must be found.
//!
//! What is not so: the store keeps what it flushed or is said to be a backup, WeChat Pay keeps its own rules, and a V2 request
//! that has left its sender arrives within minutes or never, because nothing in it says how old it is. Which node takes a merchant
//! id over is drawn, not worked out by [`refunds::assignment`].
//!
//! # Where to read
//!
//! 1. `world` (begin, events, end) and `agenda`; `chance`, [`faults`] (by name), `weather` (how often), `names`.
//! 2. `merchants` and `held_up` (one of them waits for the others), `traffic` (everybody outside), `driver` (of an owner), `node`
//!    (has drivers) with its `clocks` and its `heartbeat`, `disk`, `network`, `restoring`, `keys` (the platform's), `wire` (the
//!    platform's values in the words of `refunds::outcome`).
//! 3. `judges`, then [`mutations`].
//! 4. [`history`] (what comes out), [`campaign`] (many seeds on all cores), [`shrinking`] and [`every_step`] (a crash after
//!    every single thing). The binary prints what was found.

mod agenda;
pub mod campaign;
mod chance;
mod clocks;
mod disk;
mod driver;
pub mod every_step;
pub mod faults;
mod heartbeat;
mod held_up;
pub mod history;
mod judges;
mod keys;
mod merchants;
pub mod mutations;
mod names;
mod network;
mod node;
mod restoring;
pub mod shrinking;
mod traffic;
mod weather;
mod wire;
pub mod world;

pub use faults::{Fault, Without};
pub use history::{History, Kind, Setup, Tally, Violation};
pub use mutations::Mutation;
pub use world::run;
