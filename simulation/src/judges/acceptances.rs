//! What the platform takes: a stored refund that is not over, and never more than its order.

use platform::refund::RefundRequest;
use refunds::refund::{Refund, State};

use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    /// The platform took a number for the first time.
    pub(crate) fn judge_acceptance(&mut self, merchant: MerchantNo, request: &RefundRequest) {
        let number = &request.out_refund_no;
        let Some((order, refund)) = self.asked_under(merchant, request) else {
            if self.is_awaited_again(merchant, request) {
                return;
            }
            return self.judge(Kind::PaidTwice, || {
                format!("the platform accepted {number}, which no stored refund stands for")
            });
        };
        if refund.amount.minor() != request.refund_minor {
            let amount = refund.amount;
            self.judge(Kind::PaidTwice, || {
                format!("the platform accepted {} for {number}, asked were {amount}", request.refund_minor)
            });
        }
        if matches!(refund.state, State::Rejected(_) | State::Cancelled(_)) {
            let state = refund.state.name();
            self.judge(Kind::PaidTwice, || {
                format!("the platform accepted {number}, which is {state} and may have been replaced")
            });
        }
        self.judge_sum(order);
    }

    /// Whether a request is one for a refund that was lost with the store and is asked for again, or will be.
    fn is_awaited_again(&self, merchant: MerchantNo, request: &RefundRequest) -> bool {
        let ask = self.forgotten_under(merchant, &request.out_refund_no);
        let asked = ask.and_then(|ask| self.traffic.asks.get(ask)?.request.as_ref());
        asked.is_some_and(|asked| asked.amount.minor() == request.refund_minor)
    }

    /// The order and the stored refund that a number stands for.
    fn asked_under(&self, merchant: MerchantNo, request: &RefundRequest) -> Option<(usize, Refund)> {
        let orders = self.traffic.orders.iter().enumerate();
        orders.filter(|(_, order)| order.merchant == merchant).find_map(|(n, order)| {
            let stored = order.asks.iter().filter_map(|&ask| self.traffic.asks.get(ask)?.stored.as_ref());
            let refunds = stored.filter_map(|key| self.disk.model.refund(key).ok().flatten());
            refunds
                .into_iter()
                .find(|refund| *refund.upstream_no.number() == request.out_refund_no)
                .map(|refund| (n, refund))
        })
    }

    /// What attempts may take of an order, and what was taken, is no more than was paid.
    pub(crate) fn judge_sum(&mut self, order: usize) {
        let Some(purchase) = self.traffic.orders.get(order).filter(|order| order.is_known) else { return };
        let stored = purchase.asks.iter().filter_map(|&ask| self.traffic.asks.get(ask)?.stored.as_ref());
        let refunds = stored.filter_map(|key| self.disk.model.refund(key).ok().flatten());
        // A store that was put back does not know what was taken of the order: an attempt may be made in vain, and what was taken
        // counts alone.
        let is_known = self.put_back.is_none();
        let claims = |refund: &Refund| {
            let is_taken = self.is_taken(purchase.merchant, refund.upstream_no.number());
            is_taken || (is_known && refund.is_counted() && refund.attempts.count > 0)
        };
        let claimed: i64 = refunds.filter(claims).map(|refund| refund.amount.minor()).sum();
        let price = purchase.price.minor();
        if claimed > price {
            self.judge(Kind::OrderSumPassed, || {
                format!("{claimed} of {price} are claimed of order T{order}")
            });
        }
    }
}
