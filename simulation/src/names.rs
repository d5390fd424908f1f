//! The ids of a world: formed from counters, so that every one of them is well-formed by construction.

use std::fmt::Display;

use refunds::key::{OrderKey, RefundKey};
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid};

/// The 26 characters of the `n`-th key of a kind.
fn ulid(n: u64) -> String {
    format!("01JZ{n:022}")
}

fn sure<T, E: Display>(parsed: Result<T, E>) -> T {
    parsed.unwrap_or_else(|error| unreachable!("the world forms its ids of letters and digits: {error}"))
}

pub(crate) fn mchid(text: &str) -> Mchid {
    sure(Mchid::parse(text))
}

/// The merchant id of the first one's `n`-th neighbour.
pub(crate) fn neighbour(n: usize) -> Mchid {
    mchid(&format!("19000000{:02}", 10 + n))
}

pub(crate) fn appid() -> Appid {
    sure(Appid::parse("wx1900000001"))
}

pub(crate) fn sub_mchid(n: i64) -> SubMchid {
    sure(SubMchid::parse(&format!("19000001{n:02}")))
}

pub(crate) fn refund_key(mchid: &Mchid, n: u64) -> RefundKey {
    sure(RefundKey::new(mchid, &ulid(n)))
}

pub(crate) fn order_key(mchid: &Mchid, n: u64) -> OrderKey {
    sure(OrderKey::new(mchid, &ulid(n)))
}

pub(crate) fn out_trade_no(n: usize) -> OutTradeNo {
    sure(OutTradeNo::parse(&format!("T{n}")))
}

pub(crate) fn out_refund_no(n: usize) -> OutRefundNo {
    sure(OutRefundNo::parse(&format!("R{n}")))
}

/// Another number than `number`, which only a planted mistake makes.
pub(crate) fn another_out_refund_no(number: &OutRefundNo, attempt: u32) -> OutRefundNo {
    sure(OutRefundNo::parse(&format!("{number}-{attempt}")))
}

/// A number WeChat Pay never gave, which only a planted mistake believes.
pub(crate) fn made_up_refund_id() -> RefundId {
    sure(RefundId::parse("5000000000000000000000000000"))
}
