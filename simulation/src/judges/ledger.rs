//! The books of the CNY pool: they add up after every batch, nothing but proof moves money, estimates go by them, and in the
//! end they are what orders and refunds say, and what the platform holds.

use refunds::batch::{Batch, PoolDay};
use refunds::pool::ledger::{Account, Counted, Ledger, LedgerDay, Movement};
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    /// A batch reached the disk: what it posts is entered into books that live through the history.
    pub(crate) fn judge_postings(&mut self, merchant: MerchantNo, batch: &Batch) {
        let today = ChinaDay::of(self.now);
        let ledger = &mut self.merchant_mut(merchant).record.ledger;
        let ledger = ledger.get_or_insert_with(|| Ledger::begin(today));
        ledger.turn_to(today);
        let of_pool = batch.postings.iter().filter(|posting| posting.pool == Currency::CNY);
        of_pool.for_each(|posting| ledger.post(posting));
        if let Err(violation) = ledger.check_days() {
            self.judge(Kind::Books, || format!("the ledger: {violation}"));
        }
        self.judge_estimates(merchant, batch);
        // Source: [operations 1.2], I7.
        let is_taken = batch.changes.iter().any(|change| change.refund.acceptance().is_some());
        let moves = |movement| batch.postings.iter().any(|posting| posting.movement == movement);
        if !is_taken && [Movement::Accepted, Movement::Succeeded, Movement::Returned].into_iter().any(moves) {
            self.judge(Kind::Books, || format!("nothing was taken, and {:?} is posted", batch.postings));
        }
    }

    /// As long as its day lasts, an owner estimates the pool by what the ledger says of it; but a report counts for no more than
    /// its sub-merchant's word is worth, which the ledger does not ask.
    fn judge_estimates(&mut self, merchant: MerchantNo, batch: &Batch) {
        // Whose clock is on another day estimates another day, and what it noted of that stays.
        if self.tally.clock_jumps > 0 {
            return;
        }
        for estimated in batch.pools.iter().filter(|estimated| estimated.pool == Currency::CNY) {
            let PoolDay { pool, day, confirmed, reported, accepted, returned, .. } = estimated;
            let ledger = self.merchant(merchant).record.ledger.as_ref();
            let posted = ledger.and_then(|ledger| ledger.day(*day)).copied();
            let posted = posted.unwrap_or(LedgerDay::empty(*pool, *day));
            let is_drawn = accepted - returned == posted.accepted - posted.returned;
            if !is_drawn || confirmed + reported > posted.paid {
                self.judge(Kind::Books, || format!("{estimated:?} is estimated, posted is {posted:?}"));
            }
        }
    }

    /// Kept, counted anew and lived through, the books are the same; and they agree with refunds and platform.
    pub(crate) fn judge_ledger(&mut self, merchant: MerchantNo, refunds: &[Refund]) {
        let mchid = self.merchant(merchant).mchid.clone();
        let kept = self.disk.model.ledger(&mchid, Currency::CNY).unwrap_or_default();
        let counted: Vec<LedgerDay> = self.disk.model.recount_ledger(&mchid).unwrap_or_default();
        let counted: Vec<LedgerDay> = counted.into_iter().filter(|day| day.pool == Currency::CNY).collect();
        if kept != counted {
            self.judge(Kind::Books, || {
                format!("the books hold {kept:?}, orders and refunds say {counted:?}")
            });
        }
        let today = ChinaDay::of(self.now);
        let ledger = Ledger::of(kept, today);
        if let Err(violation) = ledger.check(Counted::of(refunds, Currency::CNY)) {
            self.judge(Kind::Books, || format!("the ledger: {violation}"));
        }
        let lived =
            self.merchant(merchant).record.ledger.as_ref().map_or(0, |lived| lived.balance(Account::Transit));
        let held = ledger.balance(Account::Transit);
        let pool = self.platform.pool(&mchid, None);
        let on_the_way = pool.map_or(0, |pool| pool.on_the_way(Currency::CNY).minor());
        if lived != held || on_the_way != held {
            self.judge(Kind::Books, || {
                format!("{held} are on their way by the books, {lived} by all postings, {on_the_way} by the platform")
            });
        }
    }
}
