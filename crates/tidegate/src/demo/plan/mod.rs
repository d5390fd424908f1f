//! What happens in the demo, decided before it begins: a pure function of the seed, the days and the first instant.
//!
//! [`shops`] trade by the [`shape`] of their days; [`payments`] come from that, [`refunds`] from the payments, and the
//! [`schedule`] puts both in order of time, with a key rotation and a kill among them. [`chance`] is a hash, so one more
//! payment changes no other draw.

mod chance;
mod payments;
mod refunds;
mod schedule;
mod shape;
mod shops;

pub(crate) use payments::Payment;
pub(crate) use refunds::{Accident, Refund};
pub(crate) use schedule::{Act, Moment, Plan};
pub(crate) use shops::{INSTITUTION, SHOPS};
