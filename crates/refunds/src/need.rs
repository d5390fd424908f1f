//! How much CNY a refund takes out of the pool.
//!
//! The amount asked for is in the order's price currency; the pool holds what payers paid. Both meet here.

use wechatpay::money::{Currency, Money, share_half_up};

use crate::order::Order;

/// What a refund takes out of its pool, in minor units of the payer's currency (fen for CNY).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Certainly no less.
    pub low: i64,
    /// Most likely.
    pub best: i64,
    /// Certainly no more; the planner plans with it.
    pub high: i64,
    /// Where the figure comes from.
    pub source: NeedSource,
}

/// Where a need comes from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedSource {
    /// Priced in the payer's currency, or the payer's amount is known.
    Exact,
    /// By the rate of another order paid on the same day: within 2 %.
    ObservedRate,
    /// Nothing is known but the amount in a foreign currency.
    Unknown,
}

/// What one unit of a price currency cost payers today, as seen on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedRate {
    /// The order's total in its price currency.
    pub priced: Money,
    /// What its payer paid.
    pub paid: Money,
}

/// How far the rate of another order of the day may be off, in per cent. Source: \[inferred\].
const OBSERVED_RATE_MARGIN: i64 = 2;

/// The largest need: what an unknown one counts as, so that it never passes for covered.
pub const UNKNOWN_HIGH: i64 = i64::MAX / 4;

/// The need of a refund of `amount` on `order`.
///
/// With the payer's amount known it is the share of it by cumulative rounding, so that the last refund clears the
/// order exactly: `round(paid * refunded_price / total) - refunded_so_far`, where the sum includes this refund.
/// Source: [operations 1.2].
pub fn of(amount: Money, order: &Order, rate: Option<&ObservedRate>) -> Need {
    let exact = |best: i64| Need { low: best, best, high: best, source: NeedSource::Exact };
    if let Some(payer_total) = &order.payer_total {
        let cumulative = order.accepted.saturating_add(amount.minor());
        let share = share_half_up(payer_total.value.minor(), cumulative, order.total.value.minor());
        if let Ok(share) = share {
            return exact((share - order.accepted_payer).max(0));
        }
    }
    if amount.currency() == Currency::CNY {
        return exact(amount.minor());
    }
    match rate {
        Some(rate) if rate.priced.currency() == amount.currency() => {
            match share_half_up(rate.paid.minor(), amount.minor(), rate.priced.minor()) {
                Ok(best) => {
                    let margin = best / 100 * OBSERVED_RATE_MARGIN + OBSERVED_RATE_MARGIN;
                    let (low, high) = ((best - margin).max(0), best.saturating_add(margin));
                    Need { low, best, high, source: NeedSource::ObservedRate }
                }
                Err(_) => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn unknown() -> Need {
    Need { low: 0, best: UNKNOWN_HIGH, high: UNKNOWN_HIGH, source: NeedSource::Unknown }
}

impl Need {
    /// The power of two at or below the need's upper bound: refunds are kept and counted by it, so that small ones are
    /// found behind large ones without reading them all.
    pub fn bucket(&self) -> u8 {
        // 63 - leading zeros of a value above zero lies in 0..=62.
        u8::try_from(63 - self.high.max(1).leading_zeros()).unwrap_or(62)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::OrderKey;
    use crate::order::{Known, OrderFacts, OrderNames, Source};
    use wechatpay::ids::{Mchid, OutTradeNo};

    fn order(total: Money, payer_total: Option<Money>) -> Order {
        let key = OrderKey::new(&Mchid::parse("19").unwrap(), "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        let names = OrderNames { out_trade_no: Some(OutTradeNo::parse("T").unwrap()), transaction_id: None };
        let facts = OrderFacts { total, payer_total, paid_at: None, bank_type: None };
        Order::new(key, None, &names, &facts, Source::Platform)
    }

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn a_cny_order_needs_what_is_asked() {
        let need = of(Money::fen(1234), &order(Money::fen(5000), None), None);
        assert_eq!((need.low, need.high, need.source), (1234, 1234, NeedSource::Exact));
    }

    #[test]
    fn partial_refunds_of_a_foreign_order_clear_it_exactly() {
        let mut order = order(usd(300), Some(Money::fen(2_000)));
        let mut sum = 0;
        for _ in 0..3 {
            let need = of(usd(100), &order, None);
            order.accepted += 100;
            order.accepted_payer += need.best;
            sum += need.best;
        }
        assert_eq!(sum, 2_000);
    }

    #[test]
    fn another_orders_rate_gives_a_range_and_no_rate_gives_none() {
        let order = order(usd(300), None);
        let rate = ObservedRate { priced: usd(1_000), paid: Money::fen(7_000) };
        let need = of(usd(100), &order, Some(&rate));
        assert_eq!((need.low, need.best, need.high), (684, 700, 716));
        assert_eq!(of(usd(100), &order, None).source, NeedSource::Unknown);
        let known = Order {
            payer_total: Some(Known { value: Money::fen(2_100), source: Source::Reported }),
            ..order
        };
        assert_eq!(of(usd(100), &known, Some(&rate)).best, 700);
    }

    #[test]
    fn buckets_are_powers_of_two() {
        let bucket = |high| Need { low: 0, best: high, high, source: NeedSource::Exact }.bucket();
        assert_eq!(
            [bucket(0), bucket(1), bucket(2), bucket(3), bucket(1024), bucket(UNKNOWN_HIGH)],
            [0, 0, 1, 1, 10, 60]
        );
    }
}
