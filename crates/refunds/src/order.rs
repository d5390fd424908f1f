//! One paid transaction that refunds draw on: what is known of it and from whom, and how much of it is spoken for.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{BankType, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};

use crate::key::{OrderKey, UpstreamNo};
use crate::outcome::OrderReport;

/// How many refunds one order takes. Source: [global-refund 2.1].
pub const MAX_REFUNDS_OF_AN_ORDER: u32 = 50;
/// How long after the payment an order can be refunded. Source: [global-refund 2.1].
pub const REFUNDABLE_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// From which age on an order has a limit of calls of its own. Source: [global-refund 2.1].
const OLD_AFTER: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who said it. A later one is believed over an earlier one, and an earlier one never replaces a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A refund request claimed it.
    Claimed,
    /// The tenant's system reported the payment.
    Reported,
    /// WeChat Pay said so: a query, a verified notice, a statement.
    Platform,
}

/// A fact and who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<T> {
    /// What was said.
    pub value: T,
    /// Who said it.
    pub source: Source,
}

/// The names by which a caller means an order; at least one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderNames {
    /// The merchant's number.
    pub out_trade_no: Option<OutTradeNo>,
    /// WeChat Pay's number.
    pub transaction_id: Option<TransactionId>,
}

impl OrderNames {
    /// Whether `other` may name the same order: no number that both give differs.
    pub fn may_be(&self, other: &OrderNames) -> bool {
        fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        agree(self.out_trade_no.as_ref(), other.out_trade_no.as_ref())
            && agree(self.transaction_id.as_ref(), other.transaction_id.as_ref())
    }
}

/// What somebody says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// Amount in the price currency.
    pub total: Money,
    /// What the payer paid, in the payer's currency.
    pub payer_total: Option<Money>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// The payer's instrument.
    pub bank_type: Option<BankType>,
}

/// The payment of an order, as posted to a pool. Posted once, whoever brings the news first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// The China day of the payment.
    pub day: ChinaDay,
    /// What the payer paid, in the payer's currency.
    pub amount: Money,
    /// On whose word.
    pub source: Source,
    /// What of `amount` counts in the pool's estimate, in the same minor units: on a tenant's word alone it may be less. A
    /// correction takes exactly this away again.
    pub counted: i64,
}

/// The last refund request of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRequest {
    /// When it went out or, if that is known, when its answer came.
    pub at: Timestamp,
    /// For which refund.
    pub upstream_no: UpstreamNo,
}

impl LastRequest {
    /// The later of two.
    pub fn later(one: Option<LastRequest>, other: Option<LastRequest>) -> Option<LastRequest> {
        match (one, other) {
            (Some(one), Some(other)) if other.at < one.at => Some(one),
            (one, other) => other.or(one),
        }
    }
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Our key.
    pub key: OrderKey,
    /// The sub-merchant it belongs to; none for a directly connected merchant.
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number, if known.
    pub out_trade_no: Option<OutTradeNo>,
    /// WeChat Pay's number, if known.
    pub transaction_id: Option<TransactionId>,
    /// Who said that the two numbers belong together, if both are known.
    pub paired_by: Option<Source>,
    /// Whether WeChat Pay was asked about it and answered.
    pub looked_up: bool,
    /// Amount in the price currency.
    pub total: Known<Money>,
    /// What the payer paid, in the payer's currency.
    pub payer_total: Option<Known<Money>>,
    /// When it was paid.
    pub paid_at: Option<Known<Timestamp>>,
    /// The payer's instrument.
    pub bank_type: Option<Known<BankType>>,
    /// Minor units of the price currency that refunds claim: all that are not rejected, cancelled or closed.
    pub reserved: i64,
    /// How many refunds those are.
    pub reserved_count: u32,
    /// Minor units of the price currency that WeChat Pay accepted for refund and has not closed.
    pub accepted: i64,
    /// What of `accepted` is known to have gone to the payer, in minor units of the payer's currency.
    pub accepted_payer: i64,
    /// The last refund request of this order.
    pub last_request: Option<LastRequest>,
    /// The pool the payment was posted to.
    pub posted: Option<Posted>,
    /// The row that took over this one, once WeChat Pay said that both name one order.
    pub merged_into: Option<OrderKey>,
    /// Grows with every change.
    pub version: u64,
}

/// Why an order does not take a refund or a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRefusal {
    /// What is claimed differs from what WeChat Pay or the tenant's own report says.
    Mismatch {
        /// The field, in the caller's spelling.
        field: &'static str,
        /// What is known.
        known: String,
        /// What was claimed.
        claimed: String,
    },
    /// What is claimed differs from what an earlier request claimed.
    ClaimsDiffer {
        /// The field, in the caller's spelling.
        field: &'static str,
        /// What the earlier request said.
        earlier: String,
        /// What was claimed now.
        claimed: String,
    },
    /// More than what is left of the order.
    Exceeds {
        /// What is left.
        refundable: Money,
    },
    /// The order has as many refunds as WeChat Pay takes.
    TooMany,
    /// Paid more than a year ago.
    TooOld {
        /// The last instant at which it could be refunded.
        until: Timestamp,
    },
}

impl Order {
    /// An order of which nothing is known but what a caller claims or reports.
    pub fn new(
        key: OrderKey,
        sub_mchid: Option<SubMchid>,
        names: &OrderNames,
        facts: &OrderFacts,
        source: Source,
    ) -> Order {
        let both = names.out_trade_no.is_some() && names.transaction_id.is_some();
        Order {
            key,
            sub_mchid,
            out_trade_no: names.out_trade_no.clone(),
            transaction_id: names.transaction_id.clone(),
            paired_by: both.then_some(source),
            looked_up: false,
            total: Known { value: facts.total, source },
            payer_total: facts.payer_total.map(|value| Known { value, source }),
            paid_at: facts.paid_at.map(|value| Known { value, source }),
            bank_type: facts.bank_type.clone().map(|value| Known { value, source }),
            reserved: 0,
            reserved_count: 0,
            accepted: 0,
            accepted_payer: 0,
            last_request: None,
            posted: None,
            merged_into: None,
            version: 0,
        }
    }

    /// The order's price currency.
    pub fn currency(&self) -> Currency {
        self.total.value.currency()
    }

    /// Its names, as far as they are known.
    pub fn names(&self) -> OrderNames {
        OrderNames { out_trade_no: self.out_trade_no.clone(), transaction_id: self.transaction_id.clone() }
    }

    /// The currency the payer paid in, which names the pool: CNY unless it is known to be another.
    pub fn payer_currency(&self) -> Currency {
        self.payer_total.as_ref().map_or(Currency::CNY, |payer_total| payer_total.value.currency())
    }

    /// What is left to refund, in the price currency; never negative.
    pub fn refundable(&self) -> Money {
        Money::new((self.total.value.minor() - self.reserved).max(0), self.currency())
    }

    /// Takes in what `source` says.
    ///
    /// A better source replaces a worse one; the same source must not contradict itself, and a claim must not
    /// contradict anything. News of equal content changes nothing.
    pub fn learn(
        &mut self,
        names: &OrderNames,
        facts: &OrderFacts,
        source: Source,
    ) -> Result<(), OrderRefusal> {
        self.check_name("out_trade_no", self.out_trade_no.as_ref(), names.out_trade_no.as_ref(), source)?;
        self.check_name(
            "transaction_id",
            self.transaction_id.as_ref(),
            names.transaction_id.as_ref(),
            source,
        )?;
        check_fact("amount.total", Some(&self.total), Some(&facts.total), source)?;
        check_fact("payer.total", self.payer_total.as_ref(), facts.payer_total.as_ref(), source)?;
        check_fact("success_time", self.paid_at.as_ref(), facts.paid_at.as_ref(), source)?;

        let both = names.out_trade_no.is_some() && names.transaction_id.is_some();
        if both && self.paired_by.is_none_or(|by| by < source) {
            self.paired_by = Some(source);
        }
        take(&mut self.out_trade_no, names.out_trade_no.clone());
        take(&mut self.transaction_id, names.transaction_id.clone());
        if self.total.source < source {
            self.total = Known { value: facts.total, source };
        }
        better(&mut self.payer_total, facts.payer_total, source);
        better(&mut self.paid_at, facts.paid_at, source);
        better(&mut self.bank_type, facts.bank_type.clone(), source);
        Ok(())
    }

    /// Takes in what `row`, the same order read again, knows on at least as good a word. What is decided about the order is
    /// never older here than there.
    pub(crate) fn catch_up(&mut self, row: Order) {
        take(&mut self.out_trade_no, row.out_trade_no);
        take(&mut self.transaction_id, row.transaction_id);
        self.paired_by = self.paired_by.max(row.paired_by);
        self.looked_up |= row.looked_up;
        if row.total.source >= self.total.source {
            self.total = row.total;
        }
        catch_up(&mut self.payer_total, row.payer_total);
        catch_up(&mut self.paid_at, row.paid_at);
        catch_up(&mut self.bank_type, row.bank_type);
    }

    /// Takes in WeChat Pay's own word, which is believed over everything said before.
    pub fn learn_from_platform(&mut self, report: &OrderReport) {
        self.out_trade_no = Some(report.out_trade_no.clone());
        self.transaction_id = Some(report.transaction_id.clone());
        self.paired_by = Some(Source::Platform);
        self.looked_up = true;
        let source = Source::Platform;
        self.total = Known { value: report.total, source };
        better(&mut self.payer_total, report.payer_total, source);
        better(&mut self.paid_at, report.paid_at, source);
    }

    /// Whether WeChat Pay must be asked about the order before any refund on it is submitted: it is known by
    /// WeChat Pay's number alone, or by a pair that nobody confirmed. Two rows may then name one order, and its amount
    /// would be counted twice.
    pub fn needs_look_up(&self) -> bool {
        if self.looked_up {
            return false;
        }
        match (&self.out_trade_no, &self.transaction_id) {
            // Paired by a claim whose other name lies in another row.
            (Some(_), None) => self.paired_by == Some(Source::Claimed),
            (Some(_), Some(_)) => self.paired_by.is_none_or(|by| by < Source::Reported),
            (None, _) => true,
        }
    }

    /// Whether it counts as older than a month for WeChat Pay's limit on calls. Source: [global-refund 2.1].
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.paid_at.as_ref().is_some_and(|paid_at| now.duration_since(paid_at.value) > OLD_AFTER)
    }

    /// Sets `amount` aside for one more refund, or says why not.
    ///
    /// The sum counts every refund that is not proven refused, cancelled or closed, so it holds under concurrency and
    /// whatever is unclear. Source: [refund-logic], [global-refund 2.1].
    pub fn reserve(&mut self, amount: Money, now: Timestamp) -> Result<(), OrderRefusal> {
        if let Some(paid_at) = &self.paid_at
            && now.duration_since(paid_at.value) > REFUNDABLE_FOR
        {
            // What lies in the past and was paid before that is no end of the calendar.
            let until = paid_at.value.checked_add(REFUNDABLE_FOR).unwrap_or(Timestamp::MAX);
            return Err(OrderRefusal::TooOld { until });
        }
        if self.reserved_count >= MAX_REFUNDS_OF_AN_ORDER {
            return Err(OrderRefusal::TooMany);
        }
        let refundable = self.refundable();
        if amount.currency() != refundable.currency() || amount.minor() > refundable.minor() {
            return Err(OrderRefusal::Exceeds { refundable });
        }
        self.reserved += amount.minor();
        self.reserved_count += 1;
        Ok(())
    }

    /// Sets `amount` aside for a refund that WeChat Pay has taken already. What else is set aside may then exceed the order; that is
    /// WeChat Pay's to refuse. Not in another currency: then the order is not what is known of it.
    pub fn reserve_taken(&mut self, amount: Money) -> Result<(), OrderRefusal> {
        let (known, taken) = (self.currency(), amount.currency());
        if known != taken {
            let (known, claimed) = (known.to_string(), taken.to_string());
            return Err(OrderRefusal::Mismatch { field: "amount.currency", known, claimed });
        }
        self.reserved += amount.minor();
        self.reserved_count += 1;
        Ok(())
    }

    fn check_name<T: PartialEq + ToString + Clone>(
        &self,
        field: &'static str,
        known: Option<&T>,
        claimed: Option<&T>,
        source: Source,
    ) -> Result<(), OrderRefusal> {
        let (Some(known), Some(claimed)) = (known, claimed) else { return Ok(()) };
        let said_by = self.paired_by.unwrap_or(Source::Claimed);
        check_fact(field, Some(&Known { value: known.clone(), source: said_by }), Some(claimed), source)
    }
}

fn check_fact<T: PartialEq + ToString>(
    field: &'static str,
    known: Option<&Known<T>>,
    claimed: Option<&T>,
    source: Source,
) -> Result<(), OrderRefusal> {
    let (Some(known), Some(claimed)) = (known, claimed) else { return Ok(()) };
    if known.value == *claimed || known.source < source {
        return Ok(());
    }
    if known.source == Source::Claimed {
        let (earlier, claimed) = (known.value.to_string(), claimed.to_string());
        return Err(OrderRefusal::ClaimsDiffer { field, earlier, claimed });
    }
    Err(OrderRefusal::Mismatch { field, known: known.value.to_string(), claimed: claimed.to_string() })
}

fn take<T>(slot: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *slot = said;
    }
}

fn catch_up<T>(known: &mut Option<Known<T>>, row: Option<Known<T>>) {
    if let Some(row) = row
        && known.as_ref().is_none_or(|known| row.source >= known.source)
    {
        *known = Some(row);
    }
}

fn better<T>(slot: &mut Option<Known<T>>, said: Option<T>, source: Source) {
    if let Some(value) = said
        && slot.as_ref().is_none_or(|known| known.source < source)
    {
        *slot = Some(Known { value, source });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechatpay::ids::Mchid;

    fn names(out_trade_no: Option<&str>, transaction_id: Option<&str>) -> OrderNames {
        OrderNames {
            out_trade_no: out_trade_no.map(|text| OutTradeNo::parse(text).unwrap()),
            transaction_id: transaction_id.map(|text| TransactionId::parse(text).unwrap()),
        }
    }

    fn facts(total: i64) -> OrderFacts {
        OrderFacts { total: Money::fen(total), payer_total: None, paid_at: None, bank_type: None }
    }

    fn order(names: &OrderNames, source: Source) -> Order {
        let key = OrderKey::new(&Mchid::parse("1900000001").unwrap(), "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        Order::new(key, None, names, &facts(10_000), source)
    }

    fn now() -> Timestamp {
        "2026-03-02T12:00:00+08:00".parse().unwrap()
    }

    #[test]
    fn what_was_taken_is_set_aside_whatever_is_left_but_not_in_another_currency() {
        let mut order = order(&names(Some("T1"), None), Source::Platform);
        for sum in [7_000, 14_000] {
            assert_eq!(order.reserve_taken(Money::fen(7_000)), Ok(()));
            assert_eq!(order.reserved, sum);
        }
        let refused = order.reserve_taken(Money::new(1, Currency::USD));
        assert!(
            matches!(refused, Err(OrderRefusal::Mismatch { field: "amount.currency", .. })),
            "{refused:?}"
        );
        assert_eq!((order.reserved, order.reserved_count), (14_000, 2));
    }

    #[test]
    fn the_sum_of_refunds_never_passes_the_order() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        for _ in 0..33 {
            order.reserve(Money::fen(300), now()).unwrap();
        }
        let refused = order.reserve(Money::fen(300), now());
        assert_eq!(refused, Err(OrderRefusal::Exceeds { refundable: Money::fen(100) }));
        assert_eq!(order.reserve(Money::fen(100), now()), Ok(()));
    }

    #[test]
    fn the_fifty_first_refund_of_an_order_is_refused() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        for _ in 0..50 {
            order.reserve(Money::fen(1), now()).unwrap();
        }
        assert_eq!(order.reserve(Money::fen(1), now()), Err(OrderRefusal::TooMany));
    }

    #[test]
    fn an_order_can_be_refunded_for_365_days_to_the_second() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        let paid_at = now() - REFUNDABLE_FOR;
        order.paid_at = Some(Known { value: paid_at, source: Source::Platform });
        assert_eq!(order.reserve(Money::fen(1), now()), Ok(()));
        let late = now() + SignedDuration::from_secs(1);
        assert_eq!(order.reserve(Money::fen(1), late), Err(OrderRefusal::TooOld { until: now() }));
    }

    #[test]
    fn a_payment_at_the_end_of_the_calendar_is_no_reason_to_panic() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        order.paid_at = Some(Known { value: Timestamp::MAX, source: Source::Reported });
        assert_eq!(order.reserve(Money::fen(1), now()), Ok(()));
        assert!(!order.is_old(now()));
    }

    #[test]
    fn a_claim_that_differs_from_a_report_names_both_figures() {
        let mut order = order(&names(Some("T1"), None), Source::Reported);
        let error = order.learn(&names(Some("T1"), None), &facts(9_000), Source::Claimed).unwrap_err();
        let expected = OrderRefusal::Mismatch {
            field: "amount.total",
            known: "100.00 CNY".into(),
            claimed: "90.00 CNY".into(),
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn a_claim_that_differs_from_another_claim_is_told_apart() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        let error = order.learn(&names(Some("T1"), None), &facts(9_000), Source::Claimed).unwrap_err();
        assert!(matches!(error, OrderRefusal::ClaimsDiffer { field: "amount.total", .. }));
    }

    #[test]
    fn a_better_source_replaces_a_claim_and_a_claim_replaces_nothing() {
        let mut order = order(&names(Some("T1"), None), Source::Claimed);
        order.learn(&names(Some("T1"), Some("4200")), &facts(9_000), Source::Reported).unwrap();
        assert_eq!(order.total, Known { value: Money::fen(9_000), source: Source::Reported });
        assert_eq!(order.paired_by, Some(Source::Reported));
        order.learn(&names(Some("T1"), None), &facts(9_000), Source::Claimed).unwrap();
        assert_eq!(order.total.source, Source::Reported);
    }

    #[test]
    fn only_orders_whose_second_name_is_in_doubt_are_looked_up() {
        assert!(!order(&names(Some("T1"), None), Source::Claimed).needs_look_up());
        assert!(order(&names(None, Some("4200")), Source::Claimed).needs_look_up());
        assert!(order(&names(Some("T1"), Some("4200")), Source::Claimed).needs_look_up());
        assert!(!order(&names(Some("T1"), Some("4200")), Source::Reported).needs_look_up());
    }
}
