//! What was asked for by V2, so that its result is told in V2 as well.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid};

/// The refunds and orders that V2 requests made. The first request under a number counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedByV2 {
    refunds: BTreeSet<String>,
    orders: BTreeSet<String>,
}

impl AskedByV2 {
    /// Whether the refund with this number was asked for by V2.
    pub fn has_refund(&self, mchid: &Mchid, out_refund_no: &OutRefundNo) -> bool {
        self.refunds.contains(&refund(mchid, out_refund_no))
    }

    /// Whether the order with this number was placed by V2.
    pub fn has_order(&self, mchid: &Mchid, sub: Option<&SubMchid>, out_trade_no: &OutTradeNo) -> bool {
        self.orders.contains(&order(mchid, sub, out_trade_no))
    }

    pub(crate) fn note_refund(&mut self, mchid: &Mchid, out_refund_no: &OutRefundNo) {
        self.refunds.insert(refund(mchid, out_refund_no));
    }

    pub(crate) fn note_order(&mut self, mchid: &Mchid, sub: Option<&SubMchid>, out_trade_no: &OutTradeNo) {
        self.orders.insert(order(mchid, sub, out_trade_no));
    }
}

// Neither merchant ids nor numbers hold a slash.

fn refund(mchid: &Mchid, out_refund_no: &OutRefundNo) -> String {
    format!("{mchid}/{out_refund_no}")
}

fn order(mchid: &Mchid, sub_mchid: Option<&SubMchid>, out_trade_no: &OutTradeNo) -> String {
    format!("{mchid}/{}/{out_trade_no}", sub_mchid.map_or("", SubMchid::as_str))
}
