//! What is asked about, whatever the wire.

use refunds::order::OrderNames;
use wechatpay::v3::refund::call::OrderName;

/// The name to ask for an order by: WeChat Pay's number first, for it is one order's, while another system may use the
/// merchant's number too. One name at least is given; without any nothing could be asked.
pub(super) fn order_name(names: &OrderNames) -> Option<OrderName> {
    let by_id = names.transaction_id.clone().map(OrderName::TransactionId);
    by_id.or(names.out_trade_no.clone().map(OrderName::OutTradeNo))
}

/// Whether an order has more refunds than those in front of `offset` and `listed` from there on; it has `all`.
pub(super) fn is_more_behind(offset: u32, listed: usize, all: i64) -> bool {
    i64::try_from(listed).is_ok_and(|listed| i64::from(offset).saturating_add(listed) < all)
}
