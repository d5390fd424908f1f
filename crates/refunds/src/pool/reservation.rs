//! How much of a pool's money is kept together for one large refund, so that whoever decides and whoever explains say the same.
//! Source: [operations 2.5].

use crate::key::RefundKey;
use crate::refund::Refund;

/// One part in so many of what is still to come today is counted on: the fewer, the earlier the others begin to wait.
const COUNTED_ON: i64 = 2;
/// One part in so many is kept beyond the need: what is thought of a pool may be wrong.
const SPARE: i64 = 8;

/// What is kept, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The refund.
    pub refund: RefundKey,
    /// The size of its need; see [`Need::bucket`](crate::need::Need::bucket).
    pub bucket: u8,
    /// So much of what the day has brought is not for the others, in minor units; nothing while enough is still to come.
    pub amount: i64,
}

impl Reservation {
    /// What a pool keeps for `refund` to which `to_come` is thought to come today.
    pub fn of(refund: &Refund, to_come: i64) -> Reservation {
        let need = refund.need.high;
        // While it is under way its attempt is what holds the money.
        let wanted = if refund.is_waiting() { need.saturating_add(need / SPARE) } else { 0 };
        let amount = wanted.saturating_sub(to_come / COUNTED_ON).max(0);
        Reservation { refund: refund.key.clone(), bucket: refund.need.bucket(), amount }
    }
}
