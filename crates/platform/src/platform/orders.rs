//! Orders: placing, paying, closing, revoking, asking.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};

use super::{Platform, TOO_MUCH_MINOR};
use crate::agenda::Due;
use crate::bank::drawn_instrument;
use crate::notify::News;
use crate::order::{
    NewOrder, Order, OrderIndex, OrderRef, OrderRefusal, OrderState, Payer, Payment, Refunded, TradeType,
    Wallet,
};
use crate::pool::PoolOwner;
use crate::rates::ExchangeRate;
use crate::settings::{FeeMode, RevokeWindow};

impl Platform {
    /// Places an order to be paid later. The same order again is the same order while it is unpaid.
    pub fn place_order(&mut self, now: Timestamp, new: NewOrder) -> Result<OrderIndex, OrderRefusal> {
        self.advance(now);
        self.world.member(&new.mchid, new.sub_mchid.as_ref())?;
        if let Some(number) = &new.out_trade_no {
            let by_number = OrderRef::OutTradeNo(number.clone());
            if let Some(index) = self.orders.find(&new.mchid, new.sub_mchid.as_ref(), &by_number) {
                return same_order(self.orders.at(index), &new).map(|()| index);
            }
        }
        // Priced once here so that what cannot be paid cannot be ordered.
        self.value(&new.mchid, new.price, Wallet::Mainland)?;
        let order = Order {
            out_trade_no: match new.out_trade_no {
                Some(number) => number,
                None => self.fresh_out_trade_no(&new.mchid, new.sub_mchid.as_ref()),
            },
            mchid: new.mchid,
            sub_mchid: new.sub_mchid,
            trade_type: new.trade_type,
            price: new.price,
            created_at: self.now,
            notify_url: new.notify_url,
            attach: new.attach,
            state: OrderState::NotPaid,
            refunds: Vec::new(),
            last_refund_request: None,
        };
        let quick_pay = order.trade_type == TradeType::Micropay;
        let index = self.orders.add(order);
        if quick_pay {
            let lapse = SignedDuration::from_secs(i64::from(self.world.settings.quick_pay_lapse_s));
            self.agenda.enter(self.now + lapse, Due::QuickPayLapse { order: index });
        }
        Ok(index)
    }

    /// Quick Pay: the payer pays at once, or, for large amounts, is asked for the password and pays by
    /// [`pay`](Platform::pay) or not at all. Asked again for the same order it answers how the order stands.
    pub fn quick_pay(
        &mut self,
        now: Timestamp,
        new: NewOrder,
        payer: Payer,
    ) -> Result<OrderIndex, OrderRefusal> {
        let new = NewOrder { trade_type: TradeType::Micropay, ..new };
        let index = self.place_order(now, new)?;
        let order = self.orders.at(index);
        if order.state == OrderState::NotPaid {
            let value = self.value(&order.mchid, order.price, payer.wallet)?;
            if value.cny.minor() >= self.world.settings.password_from_fen {
                self.orders.at_mut(index).state = OrderState::AwaitingPassword;
            } else {
                self.pay(now, index, payer)?;
            }
        }
        Ok(index)
    }

    /// The payer pays an order. The day on which this happens is the day whose pool it enters.
    pub fn pay(&mut self, now: Timestamp, index: OrderIndex, payer: Payer) -> Result<(), OrderRefusal> {
        self.advance(now);
        let order = self.orders.at(index);
        match order.state {
            OrderState::NotPaid | OrderState::AwaitingPassword => {}
            OrderState::Paid(_) => return Err(OrderRefusal::OrderPaid),
            OrderState::Closed { .. } => return Err(OrderRefusal::OrderClosed),
            OrderState::Revoked { .. } => return Err(OrderRefusal::OrderRevoked),
        }
        let value = self.value(&order.mchid, order.price, payer.wallet)?;
        let name = name_of(order);
        let bank_type = payer.bank_type.unwrap_or_else(|| drawn_instrument(&self.chance, &name));
        let payment = Payment {
            transaction_id: self.fresh_transaction_id(&name),
            payer: value.payer,
            rate: value.rate,
            settle: value.settle,
            success_time: self.now,
            bank_type,
            refunded: Refunded::default(),
        };
        let owner = self.owner_of(order);
        let (paid, settle) = (payment.payer, payment.settle.minor());
        self.orders.at_mut(index).state = OrderState::Paid(payment);
        self.orders.know_transaction(index);
        let (at, withheld_ppm) = (self.now, self.withheld_ppm());
        self.moving(&owner, Some(index), |pool| pool.take_payment(at, index, paid, settle, withheld_ppm));
        let order = self.orders.at(index);
        // Quick Pay is answered in place and notified to nobody. Source: [operations 5.1].
        if order.trade_type != TradeType::Micropay
            && let Some(url) = order.notify_url.clone()
        {
            self.outbox.raise(self.now, order.mchid.clone(), url, News::Paid { order: index });
        }
        Ok(())
    }

    /// How an order stands.
    pub fn order(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        order: &OrderRef,
    ) -> Result<&Order, OrderRefusal> {
        let index = self.find_order(now, mchid, sub_mchid, order)?;
        Ok(self.orders.at(index))
    }

    /// Closes an unpaid order, so that it cannot be paid any more. Closing twice is closing once.
    /// Source: [global-close].
    pub fn close_order(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        order: &OrderRef,
    ) -> Result<(), OrderRefusal> {
        let index = self.find_order(now, mchid, sub_mchid, order)?;
        let order = self.orders.at(index);
        match order.state {
            OrderState::NotPaid | OrderState::AwaitingPassword => {}
            OrderState::Paid(_) => return Err(OrderRefusal::OrderPaid),
            OrderState::Revoked { .. } => return Err(OrderRefusal::OrderRevoked),
            OrderState::Closed { .. } => return Ok(()),
        }
        let min_age = SignedDuration::from_secs(i64::from(self.world.settings.close_min_age_s));
        let from = order.created_at + min_age;
        if self.now < from {
            return Err(OrderRefusal::TooEarly { from });
        }
        self.orders.at_mut(index).state = OrderState::Closed { at: self.now };
        Ok(())
    }

    /// Revokes a Quick Pay order: unpaid it is closed, paid the money goes straight back out of today's pool.
    /// Revoking twice is revoking once. Source: [global-revoke].
    pub fn revoke_order(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        order: &OrderRef,
    ) -> Result<(), OrderRefusal> {
        let index = self.find_order(now, mchid, sub_mchid, order)?;
        let order = self.orders.at(index);
        if order.trade_type != TradeType::Micropay {
            return Err(OrderRefusal::NotQuickPay);
        }
        let payment = match &order.state {
            OrderState::NotPaid | OrderState::AwaitingPassword => {
                self.orders.at_mut(index).state = OrderState::Revoked { at: self.now, payment: None };
                return Ok(());
            }
            OrderState::Closed { .. } => return Err(OrderRefusal::OrderClosed),
            OrderState::Revoked { .. } => return Ok(()),
            OrderState::Paid(payment) => payment,
        };
        self.revocable(order, payment)?;
        let owner = self.owner_of(order);
        let covered = self.pools.get(&owner).is_some_and(|pool| pool.covers(payment.payer, self.now).is_ok());
        if !covered {
            return Err(OrderRefusal::NotEnough);
        }
        let (payer, settle, at) = (payment.payer, payment.settle.minor(), self.now);
        let payment = Some(payment.clone());
        self.orders.at_mut(index).state = OrderState::Revoked { at, payment };
        self.moving(&owner, Some(index), |pool| pool.revoke(at, index, payer, settle));
        Ok(())
    }

    fn revocable(&self, order: &Order, payment: &Payment) -> Result<(), OrderRefusal> {
        if !order.refunds.is_empty() {
            return Err(OrderRefusal::HasRefunds);
        }
        let settings = &self.world.settings;
        let from = payment.success_time + SignedDuration::from_secs(i64::from(settings.revoke_min_age_s));
        if self.now < from {
            return Err(OrderRefusal::TooEarly { from });
        }
        let in_time = match settings.revoke_window {
            RevokeWindow::SameDay => ChinaDay::of(self.now) == ChinaDay::of(payment.success_time),
            RevokeWindow::Days(days) => {
                self.now <= payment.success_time + SignedDuration::from_hours(24 * i64::from(days))
            }
        };
        if in_time { Ok(()) } else { Err(OrderRefusal::TooLateToRevoke) }
    }

    /// The platform revokes a Quick Pay order that nobody paid in time.
    pub(super) fn lapse(&mut self, index: OrderIndex) {
        let order = self.orders.at_mut(index);
        if matches!(order.state, OrderState::NotPaid | OrderState::AwaitingPassword) {
            order.state = OrderState::Revoked { at: self.now, payment: None };
        }
    }

    fn find_order(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        order: &OrderRef,
    ) -> Result<OrderIndex, OrderRefusal> {
        self.advance(now);
        self.world.member(mchid, sub_mchid)?;
        self.orders.find(mchid, sub_mchid, order).ok_or(OrderRefusal::OrderNotFound)
    }

    pub(super) fn owner_of(&self, order: &Order) -> PoolOwner {
        self.world.pool_owner(&order.mchid, order.sub_mchid.as_ref())
    }

    /// The share of each payment that is withheld as a fee, in parts in a million.
    pub(super) fn withheld_ppm(&self) -> u32 {
        match self.world.settings.fee_mode {
            FeeMode::NetAtSettlement => 0,
            FeeMode::WithheldAtPayment => self.world.settings.fee_rate_ppm,
        }
    }

    /// What a price is worth now.
    fn value(&self, mchid: &Mchid, price: Money, wallet: Wallet) -> Result<Value, OrderRefusal> {
        let not_allowed = || OrderRefusal::CurrencyNotAllowed { currency: price.currency() };
        let merchant = self.world.merchants.get(mchid).ok_or_else(not_allowed)?;
        if price.minor() <= 0 {
            return Err(OrderRefusal::AmountNotPositive);
        }
        if price.minor() >= TOO_MUCH_MINOR {
            return Err(OrderRefusal::AmountTooLarge);
        }
        if !merchant.may_price_in(price.currency()) {
            return Err(not_allowed());
        }
        let rate = |currency| {
            let rate = self.world.rates.at(&self.chance, currency, self.now);
            rate.ok_or(OrderRefusal::CurrencyNotAllowed { currency })
        };
        let too_large = || OrderRefusal::AmountTooLarge;
        let price_rate = rate(price.currency())?;
        let cny = price_rate.to_cny(price).ok_or_else(too_large)?;
        let in_currency = |currency: Currency| -> Result<Money, OrderRefusal> {
            if currency == price.currency() {
                Ok(price)
            } else {
                rate(currency)?.from_cny(cny, currency).ok_or_else(too_large)
            }
        };
        let payer_currency = match wallet {
            Wallet::Mainland => Currency::CNY,
            Wallet::HongKong => Currency::HKD,
        };
        let cross = i128::from(price_rate.scaled()) * i128::from(ExchangeRate::PAR.scaled())
            / i128::from(rate(payer_currency)?.scaled());
        let value = Value {
            cny,
            payer: in_currency(payer_currency)?,
            settle: in_currency(merchant.settlement_currency)?,
            rate: i64::try_from(cross).ok().and_then(ExchangeRate::from_scaled).ok_or_else(too_large)?,
        };
        let fits = [value.cny, value.payer, value.settle].iter().all(|m| m.minor() < TOO_MUCH_MINOR);
        if fits { Ok(value) } else { Err(OrderRefusal::AmountTooLarge) }
    }

    /// A 28-digit number by the pattern of real ones, drawn from the order's own name.
    fn fresh_transaction_id(&self, name: &str) -> TransactionId {
        let date = self.date_digits();
        (0..)
            .filter_map(|n| {
                let (batch, serial) = (
                    self.chance.digits(3, "transaction batch", name, n),
                    self.chance.digits(10, "transaction", name, n),
                );
                TransactionId::parse(&format!("4200000{batch}{date}{serial}")).ok()
            })
            .find(|id| !self.orders.has_transaction(id))
            .unwrap_or_else(|| {
                unreachable!("28 digits are a transaction id, and 10^13 of a day are not all taken")
            })
    }

    /// The China date as eight digits.
    pub(super) fn date_digits(&self) -> String {
        ChinaDay::of(self.now).to_string().replace('-', "")
    }

    /// A number for an order whose merchant gave none.
    fn fresh_out_trade_no(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> OutTradeNo {
        (self.orders.count()..)
            .filter_map(|n| OutTradeNo::parse(&format!("ORDER{n:08}")).ok())
            .find(|number| {
                self.orders.find(mchid, sub_mchid, &OrderRef::OutTradeNo(number.clone())).is_none()
            })
            .unwrap_or_else(|| unreachable!("one number more than there are orders is free"))
    }
}

/// What a price is worth.
struct Value {
    cny: Money,
    payer: Money,
    settle: Money,
    /// From the price to the payer's currency.
    rate: ExchangeRate,
}

/// The name by which chance knows an order.
fn name_of(order: &Order) -> String {
    let sub_mchid = order.sub_mchid.as_ref().map_or("", SubMchid::as_str);
    format!("{}/{sub_mchid}/{}", order.mchid, order.out_trade_no)
}

/// Whether `new` is `order` again.
fn same_order(order: &Order, new: &NewOrder) -> Result<(), OrderRefusal> {
    let same = order.price == new.price && order.trade_type == new.trade_type;
    match &order.state {
        OrderState::NotPaid | OrderState::AwaitingPassword if same => Ok(()),
        OrderState::Paid(_) if same => {
            if order.trade_type == TradeType::Micropay {
                Ok(())
            } else {
                Err(OrderRefusal::OrderPaid)
            }
        }
        OrderState::Closed { .. } if same => Err(OrderRefusal::OrderClosed),
        OrderState::Revoked { .. } if same => Err(OrderRefusal::OrderRevoked),
        _ => Err(OrderRefusal::NumberUsed { out_trade_no: order.out_trade_no.clone() }),
    }
}
