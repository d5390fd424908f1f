//! A street with one institution on it: few words for long stories.

use jiff::Timestamp;
use jiff::civil::DateTime;
use platform::order::{NewOrder, OrderIndex, OrderRef, Payer, TradeType, Wallet};
use platform::platform::Platform;
use platform::pool::Pool;
use platform::refund::{FundSource, Refund, RefundIndex, RefundRefusal, RefundRequest, RefundStatus};
use platform::settings::Settings;
use platform::world::World;
use wechatpay::china;
use wechatpay::ids::{BankType, Mchid, OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::money::{Currency, Money};

/// A platform, and the merchant of the default world that the story is about.
pub(crate) struct Stage {
    pub(crate) platform: Platform,
    pub(crate) now: Timestamp,
    pub(crate) mchid: Mchid,
    pub(crate) sub: Option<SubMchid>,
}

/// An instant by China's clocks, `2026-11-20 09:00`.
pub(crate) fn at(china: &str) -> Timestamp {
    let civil: DateTime = china.parse().unwrap();
    china::instant(civil)
}

pub(crate) fn order_no(number: &str) -> OrderRef {
    OrderRef::OutTradeNo(OutTradeNo::parse(number).unwrap())
}

pub(crate) fn usd(cents: i64) -> Money {
    Money::new(cents, Currency::USD)
}

impl Stage {
    /// The institution and its first sub-merchant, from `start`.
    pub(crate) fn new(start: &str) -> Stage {
        Stage::with(start, |_| {})
    }

    pub(crate) fn with(start: &str, change: impl FnOnce(&mut Settings)) -> Stage {
        let mut world = World::default();
        change(&mut world.settings);
        let institution = world.merchants.iter().next().unwrap().clone();
        Stage {
            platform: Platform::new(world, 1, at(start)),
            now: at(start),
            mchid: institution.mchid,
            sub: institution.sub_mchids.first().cloned(),
        }
    }

    /// The direct merchant (`1900000002`) or the mainland one (`1900000003`).
    pub(crate) fn at_merchant(mut self, mchid: &str) -> Stage {
        self.mchid = Mchid::parse(mchid).unwrap();
        self.sub = None;
        self
    }

    pub(crate) fn at(&mut self, china: &str) -> &mut Stage {
        self.now = at(china);
        self
    }

    pub(crate) fn after_s(&mut self, seconds: i64) -> &mut Stage {
        self.now += jiff::SignedDuration::from_secs(seconds);
        self
    }

    pub(crate) fn new_order(&self, number: &str, price: Money) -> NewOrder {
        NewOrder {
            mchid: self.mchid.clone(),
            sub_mchid: self.sub.clone(),
            out_trade_no: Some(OutTradeNo::parse(number).unwrap()),
            trade_type: TradeType::Native,
            price,
            notify_url: Some("https://merchant.example/paid".to_owned()),
            attach: None,
        }
    }

    /// A payer pays by a balance (`CFT`).
    pub(crate) fn pays(&mut self, number: &str, price: Money) -> OrderIndex {
        self.pays_by(number, price, Wallet::Mainland, "CFT")
    }

    pub(crate) fn pays_by(&mut self, number: &str, price: Money, wallet: Wallet, bank: &str) -> OrderIndex {
        let new = self.new_order(number, price);
        let order = self.platform.place_order(self.now, new).unwrap();
        let payer = Payer { wallet, bank_type: Some(BankType::parse(bank).unwrap()) };
        self.platform.pay(self.now, order, payer).unwrap();
        order
    }

    pub(crate) fn request(&self, number: &str, order: &str, refund: i64, total: Money) -> RefundRequest {
        RefundRequest {
            mchid: self.mchid.clone(),
            sub_mchid: self.sub.clone(),
            order: order_no(order),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            refund_minor: refund,
            total_minor: total.minor(),
            currency: total.currency(),
            source: FundSource::Unsettled,
            reason: None,
            notify_url: Some("https://merchant.example/refunded".to_owned()),
        }
    }

    pub(crate) fn refunds(
        &mut self,
        number: &str,
        order: &str,
        refund: i64,
        total: Money,
    ) -> Result<Refund, RefundRefusal> {
        let request = self.request(number, order, refund, total);
        self.submits(&request)
    }

    pub(crate) fn submits(&mut self, request: &RefundRequest) -> Result<Refund, RefundRefusal> {
        self.platform.submit_refund(self.now, request).cloned()
    }

    pub(crate) fn status(&mut self, number: &str) -> RefundStatus {
        let number = OutRefundNo::parse(number).unwrap();
        self.platform.refund_by_number(self.now, &self.mchid, self.sub.as_ref(), &number).unwrap().status()
    }

    pub(crate) fn index(&self, number: &str) -> RefundIndex {
        self.platform.refunds().find(&self.mchid, &OutRefundNo::parse(number).unwrap()).unwrap()
    }

    /// Refundable CNY in fen.
    pub(crate) fn refundable(&mut self) -> i64 {
        self.platform.refundable(self.now, &self.mchid, self.sub.as_ref(), Currency::CNY).minor()
    }

    pub(crate) fn pool(&mut self) -> &Pool {
        self.platform.advance(self.now);
        self.platform.pool(&self.mchid, self.sub.as_ref()).unwrap()
    }

    /// Nothing was ever wrong.
    pub(crate) fn is_sound(&self) {
        assert_eq!(self.platform.audit().violations, []);
    }
}

/// Whether a refusal is the one with this name.
#[macro_export]
macro_rules! refused {
    ($result:expr, $refusal:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($refusal)), "{result:?}");
    }};
}
