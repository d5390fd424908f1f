//! Refunds: submitting, the bank's answer, asking, and the remedies for abnormal ones.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, RefundId, SubMchid};
use wechatpay::money::Money;

use super::Platform;
use crate::agenda::Due;
use crate::bank::{self, Outcome};
use crate::notify::News;
use crate::order::{Order, OrderIndex, OrderRef, OrderState, Payment, RefundPart, RefundRequested};
use crate::pool::Shortfall;
use crate::refund::{
    Channel, FundSource, QueryRefusal, Refund, RefundIndex, RefundRefusal, RefundRequest, RefundState,
    RefundStatus, Remedy,
};
use crate::settings::FateRule;

/// What the platform will do with a request.
enum Decision {
    /// The number is accepted already: the same answer again.
    Repeat(RefundIndex),
    /// Accept it.
    Accept(Acceptance),
}

/// What an acceptance applies.
struct Acceptance {
    order: OrderIndex,
    part: RefundPart,
    ends_at: Timestamp,
    outcome: Outcome,
}

/// A month in the limits of old orders.
const OLD: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Platform {
    /// A merchant asks for a refund. An answer means acceptance, not success; the same number with the same
    /// parameters gets the same refund however often it is asked for. Source: [global-refund].
    pub fn submit_refund(
        &mut self,
        now: Timestamp,
        request: &RefundRequest,
    ) -> Result<&Refund, RefundRefusal> {
        self.advance(now);
        self.world.member(&request.mchid, request.sub_mchid.as_ref())?;
        self.requests.arrived(request);
        let decision = self.admit(request).and_then(|()| self.decide(request));
        match decision {
            Ok(Decision::Repeat(index)) => Ok(self.refunds.at(index)),
            Ok(Decision::Accept(acceptance)) => {
                let index = self.accept(request, acceptance);
                Ok(self.refunds.at(index))
            }
            Err(refusal) => {
                self.note_refusal(request, &refusal);
                Err(refusal)
            }
        }
    }

    /// The limits of calls.
    fn admit(&mut self, request: &RefundRequest) -> Result<(), RefundRefusal> {
        let limits = &self.world.settings.limits;
        let calls = self.limits.entry(request.mchid.clone()).or_default();
        calls.admit_submit(self.now, limits).map_err(|limit| RefundRefusal::FrequencyLimited { limit })?;
        let order = self.orders.find(&request.mchid, request.sub_mchid.as_ref(), &request.order);
        let paid = order.and_then(|index| self.orders.at(index).payment());
        if paid.is_some_and(|payment| self.now.duration_since(payment.success_time) > OLD) {
            calls
                .admit_old_order(self.now, limits)
                .map_err(|limit| RefundRefusal::FrequencyLimited { limit })?;
        }
        Ok(())
    }

    fn note_refusal(&mut self, request: &RefundRequest, refusal: &RefundRefusal) {
        self.requests.refused(request);
        if !matches!(refusal, RefundRefusal::FrequencyLimited { .. }) {
            self.limits.entry(request.mchid.clone()).or_default().note_refused(self.now);
        }
        let counts = self.world.settings.limits.spacing_counts_not_enough;
        if counts
            && matches!(refusal, RefundRefusal::NotEnough { .. })
            && let Some(index) = self.orders.find(&request.mchid, request.sub_mchid.as_ref(), &request.order)
        {
            self.start_spacing(index, &request.out_refund_no);
        }
    }

    fn start_spacing(&mut self, order: OrderIndex, out_refund_no: &OutRefundNo) {
        let requested = RefundRequested { out_refund_no: out_refund_no.clone(), at: self.now };
        self.orders.at_mut(order).last_refund_request = Some(requested);
    }

    /// What to do with a request; changes nothing.
    fn decide(&self, request: &RefundRequest) -> Result<Decision, RefundRefusal> {
        if let Some(index) = self.refunds.find(&request.mchid, &request.out_refund_no) {
            return match self.difference(self.refunds.at(index), request) {
                None => Ok(Decision::Repeat(index)),
                Some(field) => {
                    let out_refund_no = request.out_refund_no.clone();
                    Err(RefundRefusal::NumberUsedWithOtherParameters { out_refund_no, field })
                }
            };
        }
        let order_index = self
            .orders
            .find(&request.mchid, request.sub_mchid.as_ref(), &request.order)
            .ok_or(RefundRefusal::OrderNotFound)?;
        let order = self.orders.at(order_index);
        let OrderState::Paid(payment) = &order.state else {
            return Err(RefundRefusal::OrderNotPaid { state: order.trade_state() });
        };
        self.fits_order(request, order, payment)?;
        self.spaced(request, order)?;
        let (ends_at, outcome) = self.fate(request, payment)?;
        let part = payment
            .part(order.price, request.refund_minor)
            .map_err(|_| RefundRefusal::AmountOverRest { rest: rest(order, payment) })?;
        let held = match self.pools.get(&self.owner_of(order)) {
            Some(pool) => pool.covers(part.payer, self.now),
            None => Err(Shortfall { needed: part.payer, available: Money::new(0, part.payer.currency()) }),
        };
        held.map_err(|Shortfall { needed, available }| RefundRefusal::NotEnough { needed, available })?;
        Ok(Decision::Accept(Acceptance { order: order_index, part, ends_at, outcome }))
    }

    /// The parameter in which a request under an accepted number differs from what was accepted. What the payer
    /// reads and where the result goes may change; what moves money may not.
    fn difference(&self, refund: &Refund, request: &RefundRequest) -> Option<&'static str> {
        let order = self.orders.find(&request.mchid, request.sub_mchid.as_ref(), &request.order);
        let price = self.orders.at(refund.order).price;
        [
            ("sub_mchid", refund.sub_mchid == request.sub_mchid),
            ("order", order == Some(refund.order)),
            ("amount.refund", refund.part.price.minor() == request.refund_minor),
            ("amount.currency", price.currency() == request.currency),
            ("amount.total", price.minor() == request.total_minor),
            ("source", refund.source == request.source),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }

    /// Amounts, currency, source, age and count.
    fn fits_order(
        &self,
        request: &RefundRequest,
        order: &Order,
        payment: &Payment,
    ) -> Result<(), RefundRefusal> {
        let limits = &self.world.settings.limits;
        if request.refund_minor <= 0 {
            return Err(RefundRefusal::AmountNotPositive);
        }
        if request.currency != order.price.currency() {
            return Err(RefundRefusal::CurrencyDiffers { currency: order.price.currency() });
        }
        if request.total_minor != order.price.minor() {
            return Err(RefundRefusal::TotalDiffers { total: order.price });
        }
        if request.source == FundSource::Recharge {
            return Err(RefundRefusal::SourceNotEnabled);
        }
        let age_limit = SignedDuration::from_hours(24 * i64::from(limits.age_days));
        if self.now.duration_since(payment.success_time) > age_limit {
            return Err(RefundRefusal::TooOld { limit_days: limits.age_days });
        }
        if payment.refunded.count >= limits.partial_refunds {
            return Err(RefundRefusal::TooManyPartialRefunds { limit: limits.partial_refunds });
        }
        let rest = rest(order, payment);
        if request.refund_minor > rest.minor() {
            return Err(RefundRefusal::AmountOverRest { rest });
        }
        Ok(())
    }

    /// A minute between requests for different refunds of one order; a repeat of one number is exempt.
    fn spaced(&self, request: &RefundRequest, order: &Order) -> Result<(), RefundRefusal> {
        let Some(last) = &order.last_refund_request else { return Ok(()) };
        let spacing = SignedDuration::from_secs(i64::from(self.world.settings.limits.spacing_s));
        let from = last.at + spacing;
        if last.out_refund_no != request.out_refund_no && self.now < from {
            return Err(RefundRefusal::TooSoonAfterAnother { other: last.out_refund_no.clone(), from });
        }
        Ok(())
    }

    /// When and how the refund will end, drawn from its number.
    fn fate(
        &self,
        request: &RefundRequest,
        payment: &Payment,
    ) -> Result<(Timestamp, Outcome), RefundRefusal> {
        let (settings, chance) = (&self.world.settings, &self.chance);
        let id = format!("{}/{}", request.mchid, request.out_refund_no);
        let speed = bank::speed(&payment.bank_type, settings, chance, &id);
        let rule = settings.fates.iter().zip(0..).find(|(rule, n)| {
            rule_fits(rule, request, payment) && chance.happens(rule.share_ppm, "fate", &id, *n)
        });
        let outcome = match rule {
            None => bank::outcome(speed, settings, chance, &id),
            Some((rule, _)) => bank::forced(rule.fate).ok_or(RefundRefusal::PayerAccountAbnormal)?,
        };
        let ends_at = match rule.and_then(|(rule, _)| rule.after_s) {
            Some(after_s) => self.now + SignedDuration::from_secs(i64::from(after_s)),
            None => bank::arrival(speed, self.now, settings, chance, &id),
        };
        let today = ChinaDay::of(self.now);
        let earlier_day = ChinaDay::of(payment.success_time) < today;
        let noon = today.start() + SignedDuration::from_hours(12);
        let held_to_noon = settings.noon_batch && earlier_day && self.now < noon;
        Ok((if held_to_noon { ends_at.max(noon) } else { ends_at }, outcome))
    }

    fn accept(&mut self, request: &RefundRequest, acceptance: Acceptance) -> RefundIndex {
        let Acceptance { order, part, ends_at, outcome } = acceptance;
        self.requests.accepted(request);
        let index = self.refunds.add(Refund {
            mchid: request.mchid.clone(),
            sub_mchid: request.sub_mchid.clone(),
            out_refund_no: request.out_refund_no.clone(),
            refund_id: self.fresh_refund_id(request),
            order,
            part,
            source: request.source,
            reason: request.reason.clone(),
            notify_url: request.notify_url.clone(),
            accepted_at: self.now,
            state: RefundState::Processing,
            abnormal_since: None,
        });
        self.start_spacing(order, &request.out_refund_no);
        let refunded = self.orders.at_mut(order);
        refunded.refunds.push(index);
        if let OrderState::Paid(payment) = &mut refunded.state {
            payment.take(&part);
        }
        let (owner, at) = (self.owner_of(self.orders.at(order)), self.now);
        self.moving(&owner, Some(order), |pool| {
            pool.accept_refund(at, index, part.payer, part.settle.minor())
        });
        self.agenda.enter(ends_at, Due::BankAnswer { refund: index, outcome });
        index
    }

    /// A 29-digit number by the pattern of real ones, drawn from the refund's own number.
    fn fresh_refund_id(&self, request: &RefundRequest) -> RefundId {
        let name = format!("{}/{}", request.mchid, request.out_refund_no);
        let date = self.date_digits();
        let drawn = |n| {
            let batch = self.chance.digits(8, "refund batch", &name, n);
            let serial = self.chance.digits(11, "refund", &name, n);
            RefundId::parse(&format!("50{batch}{date}{serial}"))
        };
        (0..)
            .filter_map(|n| drawn(n).ok())
            .find(|id| self.refunds.find_by_id(id).is_none())
            .unwrap_or_else(|| unreachable!("29 digits are a refund id, and 10^19 of them are not all taken"))
    }

    /// The bank or the platform decides an open refund.
    pub(super) fn bank_answers(&mut self, index: RefundIndex, outcome: Outcome) {
        if self.refunds.at(index).state != RefundState::Processing {
            return;
        }
        match outcome {
            Outcome::Arrives(channel) => self.credit(index, channel),
            Outcome::ComesBack => {
                let refund = self.refunds.at_mut(index);
                refund.state = RefundState::Abnormal { since: self.now };
                refund.abnormal_since = Some(self.now);
                self.notify(index);
            }
            Outcome::IsClosed => self.close_refund(index),
        }
    }

    fn credit(&mut self, index: RefundIndex, channel: Channel) {
        let (at, withheld_ppm) = (self.now, self.withheld_ppm());
        self.refunds.at_mut(index).state = RefundState::Success { at, channel };
        let (order, part) = self.order_and_part(index);
        let owner = self.owner_of(self.orders.at(order));
        self.moving(&owner, Some(order), |pool| pool.credit_payer(at, index, part.payer, withheld_ppm));
        self.notify(index);
    }

    fn close_refund(&mut self, index: RefundIndex) {
        let at = self.now;
        self.refunds.at_mut(index).state = RefundState::Closed { at };
        let (order, part) = self.order_and_part(index);
        if let OrderState::Paid(payment) = &mut self.orders.at_mut(order).state {
            payment.give_back(&part);
        }
        let owner = self.owner_of(self.orders.at(order));
        self.moving(&owner, Some(order), |pool| {
            pool.return_closed(at, index, part.payer, part.settle.minor())
        });
        self.notify(index);
    }

    fn order_and_part(&self, index: RefundIndex) -> (OrderIndex, RefundPart) {
        let refund = self.refunds.at(index);
        (refund.order, refund.part)
    }

    /// Tells the merchant the result, if it named an address. Source: [global-refund-notification].
    fn notify(&mut self, index: RefundIndex) {
        let refund = self.refunds.at(index);
        if let Some(url) = refund.notify_url.clone() {
            let news = News::Refund { refund: index, status: refund.status() };
            self.outbox.raise(self.now, refund.mchid.clone(), url, news);
        }
    }

    /// The refund of a merchant's number.
    pub fn refund_by_number(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        out_refund_no: &OutRefundNo,
    ) -> Result<&Refund, QueryRefusal> {
        self.admit_query(now, mchid, sub_mchid)?;
        let index = self.refunds.find(mchid, out_refund_no);
        self.visible(index, mchid, sub_mchid)
    }

    /// The refund of WeChat Pay's number.
    pub fn refund_by_id(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        refund_id: &RefundId,
    ) -> Result<&Refund, QueryRefusal> {
        self.admit_query(now, mchid, sub_mchid)?;
        let index = self.refunds.find_by_id(refund_id);
        self.visible(index, mchid, sub_mchid)
    }

    /// A page of an order's refunds in order of acceptance, and how many there are in all. Empty for an order
    /// without refunds; refused for an order that does not exist.
    pub fn refunds_of_order(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        order: &OrderRef,
        offset: usize,
        count: usize,
    ) -> Result<(Vec<&Refund>, usize), QueryRefusal> {
        self.admit_query(now, mchid, sub_mchid)?;
        let index = self.orders.find(mchid, sub_mchid, order).ok_or(QueryRefusal::NotFound)?;
        let refunds = &self.orders.at(index).refunds;
        let page = refunds.iter().skip(offset).take(count).map(|&index| self.refunds.at(index)).collect();
        Ok((page, refunds.len()))
    }

    fn admit_query(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
    ) -> Result<(), QueryRefusal> {
        self.advance(now);
        self.world.member(mchid, sub_mchid)?;
        let calls = self.limits.entry(mchid.clone()).or_default();
        calls.admit_query(self.now, &self.world.settings.limits).map_err(|_| QueryRefusal::FrequencyLimited)
    }

    fn visible(
        &self,
        index: Option<RefundIndex>,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
    ) -> Result<&Refund, QueryRefusal> {
        index
            .map(|index| self.refunds.at(index))
            .filter(|refund| &refund.mchid == mchid && refund.sub_mchid.as_ref() == sub_mchid)
            .ok_or(QueryRefusal::NotFound)
    }

    /// Decides an abnormal refund by hand. A refund that is not abnormal stays as it is, and `false` is answered.
    /// Source: [operations 3.4].
    pub fn remedy(&mut self, now: Timestamp, index: RefundIndex, remedy: Remedy) -> bool {
        self.advance(now);
        if self.refunds.at(index).status() != RefundStatus::Abnormal {
            return false;
        }
        match remedy {
            Remedy::PayersCard => self.credit(index, Channel::OtherBankcard),
            Remedy::Close => self.close_refund(index),
            Remedy::MerchantsBank => {
                let at = self.now;
                self.refunds.at_mut(index).state =
                    RefundState::Success { at, channel: Channel::MerchantsBank };
                let (order, part) = self.order_and_part(index);
                let owner = self.owner_of(self.orders.at(order));
                self.moving(&owner, Some(order), |pool| pool.pay_to_merchant(at, index, part.payer));
                self.notify(index);
            }
        }
        true
    }
}

/// What is left of an order, in its price currency.
fn rest(order: &Order, payment: &Payment) -> Money {
    Money::new(order.price.minor() - payment.refunded.price, order.price.currency())
}

fn rule_fits(rule: &FateRule, request: &RefundRequest, payment: &Payment) -> bool {
    rule.mchid.as_ref().is_none_or(|mchid| *mchid == request.mchid)
        && rule.bank_type.as_ref().is_none_or(|bank_type| *bank_type == payment.bank_type)
        && rule.amount_minor.is_none_or(|minor| minor == request.refund_minor)
}
