//! Settlement batches: which days' money each payout paid, and what waits for the next one.
//!
//! A payout takes the whole settlement pool, so its batch covers every day that was exchanged since the payout before,
//! weekends and holidays among them. Source: [operations 1.1], F18 and F19; [operations 6.3].

use jiff::Timestamp;
use wechatpay::china::ChinaDay;

use crate::pool::{DayBook, Exchange, Pool};

/// The money of one day or several. Amounts are smallest units of the settlement currency.
///
/// Money of Hong Kong wallets is in none: it is kept as a balance, and no night exchanges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// When it was paid out; none while it waits.
    pub settled_at: Option<Timestamp>,
    /// The first day of its trade.
    pub first_day: ChinaDay,
    /// The last day of its trade.
    pub last_day: ChinaDay,
    /// Payments.
    pub payments: i64,
    /// Refunds and revokes, less what refunds closed on these days brought back.
    pub refunds: i64,
    /// The fee, however it was taken.
    pub fee: i64,
}

impl Batch {
    /// What the payments leave after the refunds; may be negative.
    pub fn net(&self) -> i64 {
        self.payments - self.refunds
    }

    /// What was paid out of it, or will be.
    pub fn proceeds(&self) -> i64 {
        self.net() - self.fee
    }

    fn of_day(day: ChinaDay, book: &DayBook, exchange: &Exchange) -> Batch {
        Batch {
            settled_at: None,
            first_day: day,
            last_day: day,
            payments: book.payments_settle,
            refunds: book.refunds_settle - book.returned_settle,
            fee: exchange.worth.withheld + exchange.worth.fee,
        }
    }

    fn add(&mut self, later: &Batch) {
        self.last_day = later.last_day;
        self.payments += later.payments;
        self.refunds += later.refunds;
        self.fee += later.fee;
    }
}

/// The batches of a pool in order, the one that waits last. Days that were not exchanged yet are in none.
pub fn batches(pool: &Pool) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for (day, book) in pool.days() {
        let Some(exchange) = &book.exchange else { continue };
        let payout = pool.payouts().iter().find(|payout| payout.at >= exchange.at);
        let settled_at = payout.map(|payout| payout.at);
        let of_day = Batch { settled_at, ..Batch::of_day(day, book, exchange) };
        match batches.last_mut().filter(|batch| batch.settled_at == settled_at) {
            Some(batch) => batch.add(&of_day),
            None => batches.push(of_day),
        }
    }
    batches
}
