//! Which call a request is.

use wechatpay::v2::order::call::{CLOSE_PATH, QUERY_PATH, REVERSE_PATH};
use wechatpay::v2::order::place::{QUICK_PAY_PATH, UNIFIED_PATH};
use wechatpay::v2::refund::{query, submit};

/// A call that is served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    SubmitRefund,
    QueryRefunds,
    QuickPay,
    PlaceOrder,
    QueryOrder,
    CloseOrder,
    ReverseOrder,
    RedPacket,
    QueryRedPacket,
    Transfer,
    QueryTransfer,
}

/// What a path asks of the client's certificate, and how it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// None needed.
    Open,
    /// `/secapi/…`: refused by pages and by `certificate not match`.
    Guarded,
    /// `/mmpaymkttransfers/…`: refused by `CA_ERROR`, and never signed.
    Accounts,
}

impl Call {
    /// The call at `target`, path and perhaps a query. The method is looked at later: all are sent by POST.
    pub(crate) fn of(target: &str) -> Option<Call> {
        Some(match path(target) {
            submit::PATH | submit::PATH_OF_ITEMS => Call::SubmitRefund,
            query::PATH => Call::QueryRefunds,
            QUICK_PAY_PATH => Call::QuickPay,
            UNIFIED_PATH => Call::PlaceOrder,
            QUERY_PATH => Call::QueryOrder,
            CLOSE_PATH => Call::CloseOrder,
            REVERSE_PATH => Call::ReverseOrder,
            "/mmpaymkttransfers/sendredpack" => Call::RedPacket,
            "/mmpaymkttransfers/gethbinfo" => Call::QueryRedPacket,
            "/mmpaymkttransfers/promotion/transfers" => Call::Transfer,
            "/mmpaymkttransfers/gettransferinfo" => Call::QueryTransfer,
            _ => return None,
        })
    }

    /// The name by which the record and rules of faults know it; V3's where it is the same call.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Call::SubmitRefund => "refund_submit",
            Call::QueryRefunds => "refund_query",
            Call::QuickPay => "order_quick_pay",
            Call::PlaceOrder => "order_native",
            Call::QueryOrder => "order_query",
            Call::CloseOrder => "order_close",
            Call::ReverseOrder => "order_revoke",
            Call::RedPacket => "red_packet",
            Call::QueryRedPacket => "red_packet_query",
            Call::Transfer => "transfer",
            Call::QueryTransfer => "transfer_query",
        }
    }
}

impl Family {
    /// The family of `target`; `None` if it is none of V2's.
    pub(crate) fn of(target: &str) -> Option<Family> {
        let families = [
            ("/secapi/", Family::Guarded),
            ("/mmpaymkttransfers/", Family::Accounts),
            ("/pay/", Family::Open),
        ];
        let path = path(target);
        families.into_iter().find(|(beginning, _)| path.starts_with(beginning)).map(|(_, family)| family)
    }
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}
