//! The control interface: what the people around the platform do and see, on a port of its own, for this machine alone.
//!
//! One file a resource: [`payments`] (a user pays), [`clock`], [`pools`], [`ledger`], [`audit`], [`faults`], [`keys`],
//! [`snapshots`], [`requests`], [`refunds`], [`health`], [`certificates`] (acting as a merchant at the Merchant Platform) and
//! [`messages`] (what people got). [`mod@guard`] says who may ask, [`router`] has all paths, [`problem`] all refusals.

mod audit;
mod certificates;
mod clock;
mod faults;
mod guard;
mod health;
mod keys;
mod ledger;
mod messages;
mod named;
mod payments;
mod pools;
mod problem;
mod refunds;
mod requests;
pub(crate) mod router;
mod snapshots;
