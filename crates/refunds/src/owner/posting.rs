//! Payments: what each fills its pool with, on whose word, and whether that word holds.
//!
//! A payment is posted once, whoever brings the news first; what is known better later posts a correction. A report counts for as
//! much as its sub-merchant's word is worth, and that much is kept with the order, so that WeChat Pay's word takes exactly it away
//! again. Some reports are asked about; see [`contribution`](crate::pool::contribution).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::ids::SubMchid;
use wechatpay::money::{Currency, Money};

use super::Owner;
use crate::batch::OrderChange;
use crate::key::OrderKey;
use crate::need::ObservedRate;
use crate::order::{Order, Posted, Source};
use crate::pool::contribution::{Contribution, Contributor};
use crate::pool::estimate::Payment;
use crate::pool::ledger;
use crate::weight::Weight;

/// A report that WeChat Pay is asked about.
#[derive(Debug, Clone)]
pub(super) struct Check {
    sub_mchid: Option<SubMchid>,
    posted: Posted,
}

impl Owner {
    /// Posts an order's payment to its pool, once; better knowledge posts a correction.
    pub(super) fn post(&mut self, key: &OrderKey, now: Timestamp) {
        let Some(order) = self.hand.order(key) else { return };
        let today = ChinaDay::of(now);
        if let Some(payer_total) = &order.payer_total
            && order.total.source > Source::Claimed
            && order.paid_at.as_ref().is_some_and(|paid_at| ChinaDay::of(paid_at.value) == today)
        {
            let rate = ObservedRate { priced: order.total.value, paid: payer_total.value };
            self.rates.insert(rate.priced.currency(), (today, rate));
        }
        let (sub_mchid, before, posting) = (order.sub_mchid.clone(), order.posted, posting(order));
        let rate = self.rates.get(&order.currency()).map(|(_, rate)| *rate);
        self.hand.weigh(key, rate.as_ref());
        let Some(mut posted) = posting else { return };
        if let Some(before) = before {
            self.judge(key, &sub_mchid, &before, &posted, now);
        }
        // What is told of another day fills no pool of today's, and says nothing of how far today's reports hold.
        let is_report = posted.source == Source::Reported && posted.day == today;
        if is_report {
            let amount = posted.amount.minor();
            let contribution = self.contribution((posted.amount.currency(), sub_mchid.clone()), today);
            contribution.reported(amount);
            let counted = contribution.counts(amount);
            // What is asked about counts once the answer is there: that is soon, and its money may not be.
            posted.counted = if self.check(key, &sub_mchid, posted, now) { 0 } else { counted };
        }
        self.correct(key, &sub_mchid, before, posted, now);
    }

    /// A check brought no answer: the report counts like those nobody asked about.
    pub(super) fn count_unchecked(&mut self, key: &OrderKey, check: Check, now: Timestamp) {
        let Check { sub_mchid, posted: before } = check;
        let contributor = (before.amount.currency(), sub_mchid.clone());
        let counted = self.contribution(contributor, ChinaDay::of(now)).counts(before.amount.minor());
        self.correct(key, &sub_mchid, Some(before), Posted { counted, ..before }, now);
    }

    /// WeChat Pay knows of no payment of an order: what was reported of it counts no more.
    pub(super) fn not_paid(&mut self, key: &OrderKey, now: Timestamp) {
        let (sub_mchid, before) = match (self.hand.order(key), self.checks.get(key)) {
            (Some(order), _) => (order.sub_mchid.clone(), order.posted),
            (None, Some(check)) => (check.sub_mchid.clone(), Some(check.posted)),
            (None, None) => return,
        };
        let Some(before) = before.filter(|posted| posted.source == Source::Reported) else { return };
        let nothing = Money::new(0, before.amount.currency());
        let posted = Posted { amount: nothing, source: Source::Platform, counted: 0, ..before };
        self.judge(key, &sub_mchid, &before, &posted, now);
        self.correct(key, &sub_mchid, Some(before), posted, now);
    }

    /// The payment of a row that another one takes over: it counts once.
    pub(super) fn take_back(&mut self, row: &Order, now: Timestamp) {
        self.fill(&row.sub_mchid, row.posted, None, now);
    }

    fn correct(
        &mut self,
        key: &OrderKey,
        sub_mchid: &Option<SubMchid>,
        before: Option<Posted>,
        after: Posted,
        now: Timestamp,
    ) {
        self.change_order(OrderChange { posted: Some(after), ..OrderChange::of(key.clone()) });
        self.fill(sub_mchid, before, Some(after), now);
    }

    /// Lets a payment stand in ledger and pool as `after` says, where it stood as `before` says.
    fn fill(
        &mut self,
        sub_mchid: &Option<SubMchid>,
        before: Option<Posted>,
        after: Option<Posted>,
        now: Timestamp,
    ) {
        let posting = |posted: Option<Posted>| posted.map(ledger::of_posted);
        self.post_to_ledger(ledger::difference(posting(before), posting(after)));
        // A payment of another day fills no pool of today's. Source: [refund-logic].
        let today = ChinaDay::of(now);
        let (before, after) =
            (before.filter(|posted| posted.day == today), after.filter(|posted| posted.day == today));
        let pools: BTreeSet<Currency> =
            before.iter().chain(&after).map(|posted| posted.amount.currency()).collect();
        for pool in pools {
            let payment = |posted: Option<Posted>| {
                let of_pool = posted.filter(|posted| posted.amount.currency() == pool)?;
                Some(Payment { amount: of_pool.counted, is_confirmed: of_pool.source == Source::Platform })
            };
            let (before, after) = (payment(before), payment(after));
            let amount = |payment: Option<Payment>| payment.map_or(0, |payment| payment.amount);
            self.pool(pool, now).paid(before, after);
            let difference = amount(after).saturating_sub(amount(before));
            let contribution = self.contribution((pool, sub_mchid.clone()), today);
            contribution.brings(difference, today);
            let measure = contribution.measure_on(today);
            if let Some(shares) = self.hand.queue.shares() {
                shares.measure((pool, sub_mchid.clone()), measure);
            }
            self.pool_changed(pool);
        }
    }

    /// What WeChat Pay says of a payment that was reported as `before` says how far its sub-merchant's word holds.
    fn judge(
        &mut self,
        key: &OrderKey,
        sub_mchid: &Option<SubMchid>,
        before: &Posted,
        after: &Posted,
        now: Timestamp,
    ) {
        if before.source != Source::Reported || after.source != Source::Platform {
            return;
        }
        let is_check = self.checks.remove(key).is_some();
        let pool = before.amount.currency();
        let is_as_told = after.day == before.day && after.amount.currency() == pool;
        let paid = if is_as_told { after.amount.minor() } else { 0 };
        let contribution = self.contribution((pool, sub_mchid.clone()), ChinaDay::of(now));
        contribution.judge(before.amount.minor(), paid, is_check);
    }

    /// Asks WeChat Pay about a report, if its sub-merchant has reported enough since one was last asked about; whether it does.
    /// There is another chance with the next report, so it never takes what refunds need.
    fn check(
        &mut self,
        key: &OrderKey,
        sub_mchid: &Option<SubMchid>,
        posted: Posted,
        now: Timestamp,
    ) -> bool {
        let pool = posted.amount.currency();
        let is_wanted = self.contribution((pool, sub_mchid.clone()), ChinaDay::of(now)).wants_a_check();
        let is_asked =
            |check: &Check| check.sub_mchid == *sub_mchid && check.posted.amount.currency() == pool;
        let may_ask = !self.asks_in_vain()
            && !self.look_ups.contains_key(key)
            && !self.look_up_after.contains_key(key)
            && self.questions_under_way() < self.policy.queries_in_flight / 2;
        let asks = is_wanted && may_ask && !self.checks.values().any(is_asked) && self.questions.take(now);
        if asks {
            self.ask_about_order(key);
            let posted = Posted { counted: 0, ..posted };
            self.checks.insert(key.clone(), Check { sub_mchid: sub_mchid.clone(), posted });
        }
        asks
    }

    /// Measures the shares of all sub-merchants by what they have brought, as `today` counts it.
    pub(super) fn measure_shares(&mut self, today: ChinaDay) {
        let Some(shares) = self.hand.queue.shares() else { return };
        for (contributor, contribution) in &self.contributions {
            shares.measure(contributor.clone(), contribution.measure_on(today));
        }
    }

    /// Lets the shares of sub-merchants count for `weights`.
    pub(super) fn weigh(&mut self, weights: BTreeMap<SubMchid, Weight>) {
        if self.weights == weights {
            return;
        }
        self.weights = weights;
        self.hand.deal_turns(&self.weights);
        // Nobody stands any more where a look that is under way left off.
        self.refilled.values_mut().for_each(|behind| *behind = None);
    }

    fn contribution(&mut self, contributor: Contributor, today: ChinaDay) -> &mut Contribution {
        self.pending.contributions.insert(contributor.clone());
        let none = || Contribution::none(contributor.clone(), today);
        self.contributions.entry(contributor.clone()).or_insert_with(none)
    }
}

/// What is to be posted of `order`'s payment, counted in full; none if nothing is new or too little is known.
///
/// WeChat Pay's word replaces a report, and its later word its earlier one; a report replaces nothing.
fn posting(order: &Order) -> Option<Posted> {
    let paid_at = order.paid_at.as_ref()?;
    let total = order.total;
    let amount: Money = match &order.payer_total {
        Some(payer_total) => payer_total.value,
        None if total.value.currency() == Currency::CNY => total.value,
        None => return None,
    };
    let source = paid_at.source.min(total.source);
    let posted = Posted { day: ChinaDay::of(paid_at.value), amount, source, counted: amount.minor() };
    let is_news = match (order.posted, source) {
        (_, Source::Claimed) => false,
        (None, Source::Reported | Source::Platform) => true,
        (Some(_), Source::Reported) => false,
        (Some(before), Source::Platform) => before != posted,
    };
    is_news.then_some(posted)
}
