//! The names of a replay's rows: formed from counters, so that every one of them is well-formed by construction.

use std::fmt::Display;

use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid};

/// The 26 characters of the `n`-th key of a kind.
fn ulid(n: usize) -> String {
    format!("01JZ{n:022}")
}

fn sure<T, E: Display>(parsed: Result<T, E>) -> T {
    parsed.unwrap_or_else(|error| unreachable!("a replay forms its names of letters and digits: {error}"))
}

pub(crate) fn mchid() -> Mchid {
    sure(Mchid::parse("1900000001"))
}

pub(crate) fn appid() -> Appid {
    sure(Appid::parse("wx1900000001"))
}

pub(crate) fn sub_mchid(n: usize) -> SubMchid {
    sure(SubMchid::parse(&format!("{}", 1_900_000_101 + n)))
}

pub(crate) fn refund_key(mchid: &Mchid, n: usize) -> RefundKey {
    sure(RefundKey::new(mchid, &ulid(n)))
}

/// The place of the refund with this key.
pub(crate) fn place(key: &RefundKey) -> usize {
    let digits = key.as_str().rsplit_once("01JZ").map(|(_, digits)| digits);
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX)
}

pub(crate) fn out_refund_no(n: usize) -> OutRefundNo {
    sure(OutRefundNo::parse(&format!("R{n}")))
}

pub(crate) fn upstream_no(identity: &Identity) -> UpstreamNo {
    sure(UpstreamNo::of(identity, NumberForm::AsGiven))
}

pub(crate) fn refund_id(n: usize) -> RefundId {
    sure(RefundId::parse(&format!("5{n:027}")))
}

/// The order that was paid with the `n`-th payment.
pub(crate) fn paid_order(mchid: &Mchid, n: usize) -> (OrderKey, OutTradeNo) {
    (sure(OrderKey::new(mchid, &ulid(2 * n))), sure(OutTradeNo::parse(&format!("P{n}"))))
}

/// The order, paid long ago, that the `n`-th refund draws on.
pub(crate) fn refunded_order(mchid: &Mchid, n: usize) -> (OrderKey, OutTradeNo) {
    (sure(OrderKey::new(mchid, &ulid(2 * n + 1))), sure(OutTradeNo::parse(&format!("O{n}"))))
}
