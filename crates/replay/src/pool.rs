//! The pool as it really is.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;

use crate::history::Payment;
use crate::sight::Share;

/// What one China day has brought and what was taken from it, in fen. Nothing is carried over midnight: yesterday's money
/// is exchanged. Source: [refund-logic].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    day: ChinaDay,
    paid: i64,
    accepted: i64,
    leak: Share,
}

impl Pool {
    /// The empty pool of `day`, from which `leak` of what comes in leaves at once.
    pub fn new(day: ChinaDay, leak: Share) -> Pool {
        Pool { day, paid: 0, accepted: 0, leak }
    }

    /// A payment comes in.
    pub fn pay(&mut self, payment: Payment) {
        self.roll(payment.at);
        self.paid = self.paid.saturating_add(payment.amount_fen);
    }

    /// What is left at `now`.
    pub fn left(&mut self, now: Timestamp) -> i64 {
        self.roll(now);
        self.paid - self.leak.of(self.paid) - self.accepted
    }

    /// Takes `amount` out at `now`, whole or not at all. Whether it was there.
    pub fn take(&mut self, amount: i64, now: Timestamp) -> bool {
        let is_enough = amount <= self.left(now);
        if is_enough {
            self.accepted += amount;
        }
        is_enough
    }

    fn roll(&mut self, now: Timestamp) {
        let today = ChinaDay::of(now);
        if self.day < today {
            *self = Pool::new(today, self.leak);
        }
    }
}
