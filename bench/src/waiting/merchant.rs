//! The merchant: an institution whose sub-merchants refund more than their days bring.

use jiff::{SignedDuration, Timestamp};
use refunds::batch::PoolDay;
use refunds::intake::{Admission, Found, NewRefund, Request, admit};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Known, Order, OrderNames, Source};
use refunds::pool::estimate::Pool;
use refunds::pool::exchange::Night;
use refunds::pool::past::{Curve, PastDay, Promises, SLOTS};
use refunds::pool::price::Spent;
use refunds::refund::{Attempts, Refund, RequestBytes, State, Why};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::error::{BenchError, not_a_name};
use crate::planner::chance::Chance;

/// How many past days are known.
const PAST_DAYS: i32 = 28;
/// What a day brings on average, in fen.
const BROUGHT: f64 = 30_000_000.0;
/// What a refund needs on average, in fen, and how much that varies in the logarithm.
const NEED: (f64, f64) = (16_000.0, 1.2);
/// No refund needs less, in fen: so that a payment below it is one that nobody fits.
pub const LEAST_NEED: i64 = 1_000;
/// No refund needs more, in fen.
const MOST_NEED: f64 = 10_000_000.0;
/// How many sub-merchants share the pool.
const SUB_MERCHANTS: u32 = 20;
/// About as long as a request to refund.
const REQUEST: &[u8] = br#"{"sub_mchid":"1900000000","out_trade_no":"T0000000000","out_refund_no":"R0000000000","reason":"Returned within fourteen days","notify_url":"https://refunds.example.com/wechatpay/v3/notices","amount":{"refund":1000,"total":10000,"currency":"CNY"}}"#;

/// The merchant.
#[derive(Debug)]
pub struct Merchant {
    /// Its id.
    pub mchid: Mchid,
    /// Whether the gateway is told of its payments.
    pub sees_payments: bool,
    /// The day on which it begins.
    pub first_day: ChinaDay,
    chance: Chance,
    sub_mchids: Vec<SubMchid>,
}

impl Merchant {
    /// The merchant, of whose payments all or none are seen.
    pub fn new(sees_payments: bool) -> Result<Merchant, BenchError> {
        let sub_mchid = |n: u32| SubMchid::parse(&(1_900_100_000 + n).to_string()).map_err(not_a_name);
        Ok(Merchant {
            mchid: Mchid::parse("1900000001").map_err(not_a_name)?,
            sees_payments,
            first_day: ChinaDay::of(Timestamp::from_second(1_772_424_000).unwrap_or_default()),
            chance: Chance::new(1, "waiting"),
            sub_mchids: (0..SUB_MERCHANTS).map(sub_mchid).collect::<Result<_, _>>()?,
        })
    }

    /// Of the `n`-th refund, what decides where it lies in the store: its sub-merchant's number and what it needs, in fen.
    pub fn lies(&self, n: u32) -> (u32, i64) {
        let mut draws = self.chance.draws("refund", i32::try_from(n).unwrap_or(i32::MAX));
        let sub_merchant = u32::try_from(whole(draws.share() * f64::from(SUB_MERCHANTS))).unwrap_or(0);
        let need = (NEED.0 * draws.log_normal(NEED.1)).clamp(LEAST_NEED as f64, MOST_NEED);
        (sub_merchant, whole(need))
    }

    /// The `n`-th refund as it comes in at `at`, and its order.
    pub fn refund(&self, n: u32, at: Timestamp) -> Result<(Refund, Order), BenchError> {
        let (sub_merchant, need) = self.lies(n);
        let identity = Identity {
            mchid: self.mchid.clone(),
            sub_mchid: self.sub_mchids.get(sub_merchant as usize).cloned(),
            out_refund_no: OutRefundNo::parse(&format!("R{n}")).map_err(not_a_name)?,
        };
        let row = row(n);
        let new = NewRefund {
            key: RefundKey::new(&self.mchid, &row).map_err(not_a_name)?,
            order_key: OrderKey::new(&self.mchid, &row).map_err(not_a_name)?,
            upstream_no: UpstreamNo::of(&identity, NumberForm::Prefixed).map_err(not_a_name)?,
            request: Request {
                identity,
                order: OrderNames {
                    out_trade_no: Some(OutTradeNo::parse(&format!("T{n}")).map_err(not_a_name)?),
                    transaction_id: None,
                },
                amount: Money::fen(need),
                total: Money::fen(need),
                reason: None,
                deadline: None,
                notify_url: None,
                metadata: None,
                adopt: None,
                found: false,
            },
            bytes: RequestBytes::new(Wire::V3, REQUEST),
            at,
        };
        match admit(&new, Found::default()) {
            Admission::Admitted { refund, order, .. } => Ok((*refund, *order)),
            other => Err(BenchError::Name(format!("refund {n} is not admitted: {other:?}"))),
        }
    }

    /// The `n`-th of `all` refunds that have waited since one to three days before `now`.
    pub fn waiting(&self, n: u32, all: u32, now: Timestamp) -> Result<(Refund, Order), BenchError> {
        let waited_s = 259_200 - i64::from(n) * 172_800 / i64::from(all.max(1));
        let since = now - SignedDuration::from_secs(waited_s);
        let (mut refund, order) = self.refund(n, since)?;
        let not_before = Some(ChinaDay::of(now).start());
        refund.version += 1;
        // Where nothing is seen, it was tried once and refused; where all is, nobody had to.
        let why = if self.sees_payments { Why::Plan } else { Why::Funds };
        if !self.sees_payments {
            refund.attempts = Attempts { count: 1, last_signed_at: Some(since), ..Attempts::default() };
        }
        refund.state = State::Waiting { why, since, not_before };
        Ok((refund, order))
    }

    /// An order that was paid `fen` at `at`, as WeChat Pay tells; `n` numbers the orders that nobody refunds.
    pub fn paid(&self, n: u32, fen: i64, at: Timestamp) -> Result<Order, BenchError> {
        let (_, mut order) = self.refund(n, at)?;
        (order.reserved, order.reserved_count) = (0, 0);
        order.total = Known { value: Money::fen(fen), source: Source::Platform };
        order.paid_at = Some(Known { value: at, source: Source::Platform });
        Ok(order)
    }

    /// What the days before `day` have shown.
    pub fn past_days(&self, day: ChinaDay) -> Vec<PastDay> {
        (1..=PAST_DAYS).rev().map(|back| self.past_day(day.plus_days(-back))).collect()
    }

    /// One past day: trade from nine in the morning to midnight, all of it drawn by refunds.
    fn past_day(&self, day: ChinaDay) -> PastDay {
        let mut draws = self.chance.draws("day", i32::try_from(self.first_day.days_until(day)).unwrap_or(0));
        let slots = (0..SLOTS).map(|slot| if slot < 108 { 0.0 } else { draws.log_normal(0.8) / 180.0 });
        let slots: Vec<f64> = slots.collect();
        let level = BROUGHT * draws.log_normal(0.25);
        let amounts: Vec<i64> = slots.iter().map(|share| whole(level * share)).collect();
        let paid = Curve::from_amounts(&amounts);
        let (refunded, promises) = (paid.total(), Promises { kept: 9, broken: 1 });
        let seen = if self.sees_payments { refunded } else { 0 };
        PastDay {
            pool: Currency::CNY,
            day,
            paid,
            refunded,
            seen,
            accepted: refunded,
            promises,
            night: Night::default(),
            spent: Spent::default(),
        }
    }

    /// What the pool of `day` has brought by `at`, where nothing of it is seen.
    pub fn brought_unseen(&self, at: Timestamp) -> i64 {
        let day = ChinaDay::of(at);
        whole(self.past_day(day).paid.paid_at(at.duration_since(day.start()).as_secs_f64()))
    }

    /// The pool of `day` when nothing of it is left: what was seen was drawn.
    pub fn empty_pool(&self, day: ChinaDay, at: Timestamp) -> PoolDay {
        let brought = self.brought_unseen(at);
        let confirmed = if self.sees_payments { brought } else { 0 };
        PoolDay { confirmed, accepted: brought, ..Pool::empty(Currency::CNY, day).today }
    }
}

/// The name of the `n`-th row: sorts by age.
fn row(n: u32) -> String {
    format!("01JZ{n:022}")
}

/// The number of the row under which a refund or an order is kept.
pub fn number(key: &str) -> Option<u32> {
    key.get(key.len().checked_sub(10)?..)?.parse().ok()
}

#[expect(clippy::cast_possible_truncation, reason = "amounts and counts fit")]
fn whole(number: f64) -> i64 {
    number as i64
}
