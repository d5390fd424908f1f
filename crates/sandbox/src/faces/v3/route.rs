//! Which call a request is, and what it asks for.

use wechatpay::ids::{Mchid, OutRefundNo};
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::json::MessageError;
use wechatpay::v3::order::call::{Branch, OrderCall, parse_merchant};
use wechatpay::v3::order::place::OrderRequest;
use wechatpay::v3::refund::call::{OrderName, RefundQuery};
use wechatpay::v3::refund::submit::SubmitRequest;
use wechatpay::v3::settlement::SettlementQuery;
use wechatpay::v3::statement::call::StatementRequest;
use wechatpay::v3::target::Target;

use crate::scene::Arrived;

/// A call that is served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Certificates(Region),
    SubmitRefund(Region),
    QueryRefund,
    ListRefunds,
    PlaceNative,
    QuickPay,
    QueryOrder,
    CloseOrder,
    RevokeOrder,
    Statement,
    Settlements,
}

/// The names of all calls, for rules of faults: what [`Call::name`] gives, what V2 has beside them, and the notifications
/// that the platform sends.
pub(crate) const CALLS: [&str; 16] = [
    "certificates",
    "refund_submit",
    "refund_query",
    "refund_list",
    "order_native",
    "order_quick_pay",
    "order_query",
    "order_close",
    "order_revoke",
    "statement",
    "settlements",
    "red_packet",
    "red_packet_query",
    "transfer",
    "transfer_query",
    "callback",
];

impl Call {
    /// The call that `target` names when it is sent by `method`.
    pub(crate) fn of(method: &str, target: &Target) -> Option<Call> {
        let path = target.path();
        match (method, path.as_slice()) {
            ("GET", ["v3", "global", "certificates"]) => Some(Call::Certificates(Region::Global)),
            ("GET", ["v3", "certificates"]) => Some(Call::Certificates(Region::Mainland)),
            ("POST", ["v3", "global", "refunds"]) => Some(Call::SubmitRefund(Region::Global)),
            ("POST", ["v3", "refund", "domestic", "refunds"]) => Some(Call::SubmitRefund(Region::Mainland)),
            ("GET", ["v3", "global", "refunds"]) => Some(Call::ListRefunds),
            ("GET", ["v3", "global", "refunds", "id" | "out-refund-no", _])
            | ("GET", ["v3", "refund", "domestic", "refunds", _]) => Some(Call::QueryRefund),
            ("GET", ["v3", "global", "statements"]) => Some(Call::Statement),
            ("GET", ["v3", "global", "settle", "settlements"]) => Some(Call::Settlements),
            (_, ["v3", "global", rest @ ..]) => Call::of_orders(method, rest),
            (_, ["v3", "pay", "partner", rest @ ..] | ["v3", "pay", rest @ ..]) => {
                Call::of_orders(method, rest)
            }
            _ => None,
        }
    }

    fn of_orders(method: &str, rest: &[&str]) -> Option<Call> {
        match (method, rest) {
            ("POST", ["transactions", "native"]) => Some(Call::PlaceNative),
            ("POST", ["micropay", "transactions", "pay"] | ["transactions", "codepay"]) => {
                Some(Call::QuickPay)
            }
            ("GET", ["transactions", "id" | "out-trade-no", _]) => Some(Call::QueryOrder),
            ("POST", ["transactions", "id" | "out-trade-no", _, "close"]) => Some(Call::CloseOrder),
            (
                "POST",
                ["micropay", "transactions", "id" | "out-trade-no", _, "reverse"]
                | ["transactions", "id" | "out-trade-no", _, "reverse"],
            ) => Some(Call::RevokeOrder),
            _ => None,
        }
    }

    /// Where in a request of this call the fault is that `error` names. Source: [global-rules].
    pub(crate) fn location_of(self, error: &MessageError) -> &'static str {
        const IN_PATHS: [&str; 4] = ["out_refund_no", "refund_id", "out_trade_no", "transaction_id"];
        let in_path = error.field().is_some_and(|field| IN_PATHS.contains(&field));
        match self {
            Call::SubmitRefund(_) | Call::PlaceNative | Call::QuickPay => "body",
            Call::Certificates(_) | Call::ListRefunds | Call::Statement | Call::Settlements => "query",
            Call::QueryRefund | Call::QueryOrder => {
                if in_path {
                    "path"
                } else {
                    "query"
                }
            }
            Call::CloseOrder | Call::RevokeOrder => {
                if in_path {
                    "path"
                } else {
                    "body"
                }
            }
        }
    }

    /// The name by which the record and rules of faults know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Call::Certificates(_) => "certificates",
            Call::SubmitRefund(_) => "refund_submit",
            Call::QueryRefund => "refund_query",
            Call::ListRefunds => "refund_list",
            Call::PlaceNative => "order_native",
            Call::QuickPay => "order_quick_pay",
            Call::QueryOrder => "order_query",
            Call::CloseOrder => "order_close",
            Call::RevokeOrder => "order_revoke",
            Call::Statement => "statement",
            Call::Settlements => "settlements",
        }
    }
}

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Certificates { region: Region },
    SubmitRefund(SubmitRequest),
    QueryRefunds(RefundQuery),
    PlaceOrder(OrderRequest),
    QueryOrder(NamedOrder),
    CloseOrder(NamedOrder),
    RevokeOrder(NamedOrder),
    Statement(StatementRequest),
    Settlements(SettlementQuery),
}

/// An order that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedOrder {
    pub(crate) region: Region,
    pub(crate) merchant: Merchant,
    pub(crate) order: OrderName,
}

impl Request {
    /// What `call` asks for by `target` and the body of `arrived`, signed by `signer`; `None` if nothing is served there
    /// after all, as the branches differ a little in their paths.
    pub(crate) fn read(
        call: Call,
        target: &Target,
        arrived: &Arrived,
        signer: &Mchid,
    ) -> Result<Option<Request>, MessageError> {
        match call {
            Call::Certificates(region) => Ok(Some(Request::Certificates { region })),
            Call::SubmitRefund(region) => {
                SubmitRequest::parse(region, signer, &arrived.body).map(Request::SubmitRefund).map(Some)
            }
            Call::QueryRefund | Call::ListRefunds => {
                Ok(RefundQuery::parse(target, signer)?.map(Request::QueryRefunds))
            }
            Call::Statement => Ok(StatementRequest::parse(target)?.map(Request::Statement)),
            Call::Settlements => Ok(SettlementQuery::parse(target)?.map(Request::Settlements)),
            Call::PlaceNative | Call::QuickPay | Call::QueryOrder | Call::CloseOrder | Call::RevokeOrder => {
                OrderCall::parse(&arrived.method, target)?
                    .map(|(branch, call)| Request::of_orders(branch, call, &arrived.body))
                    .transpose()
            }
        }
    }

    fn of_orders(branch: Branch, call: OrderCall, body: &[u8]) -> Result<Request, MessageError> {
        let region = branch.region();
        Ok(match call {
            OrderCall::Native => Request::PlaceOrder(OrderRequest::parse(region, false, body)?),
            OrderCall::QuickPay => Request::PlaceOrder(OrderRequest::parse(region, true, body)?),
            OrderCall::Query { merchant, order } => {
                Request::QueryOrder(NamedOrder { region, merchant, order })
            }
            OrderCall::Close { order } => {
                Request::CloseOrder(NamedOrder { region, merchant: parse_merchant(body)?, order })
            }
            OrderCall::Revoke { order } => {
                Request::RevokeOrder(NamedOrder { region, merchant: parse_merchant(body)?, order })
            }
        })
    }

    /// The number of the refund it is about.
    pub(crate) fn out_refund_no(&self) -> Option<&OutRefundNo> {
        match self {
            Request::SubmitRefund(request) => Some(&request.out_refund_no),
            Request::QueryRefunds(RefundQuery::ByNumber { out_refund_no, .. }) => Some(out_refund_no),
            _ => None,
        }
    }

    /// The amount it is about, in smallest units.
    pub(crate) fn amount_minor(&self) -> Option<i64> {
        match self {
            Request::SubmitRefund(request) => Some(request.amount.refund().minor()),
            Request::PlaceOrder(request) => Some(request.total.minor()),
            _ => None,
        }
    }

    /// The branch it came to, and the merchant id it names.
    pub(crate) fn addressed(&self) -> (Region, Option<Mchid>) {
        let of = |region, merchant: &Merchant| (region, Some(merchant.mchid().clone()));
        match self {
            Request::Certificates { region } => (*region, None),
            Request::SubmitRefund(request) => of(request.caller.region(), &request.caller.merchant()),
            Request::QueryRefunds(RefundQuery::ByNumber { region, merchant, .. }) => of(*region, merchant),
            Request::QueryRefunds(
                RefundQuery::ById { merchant, .. } | RefundQuery::OfOrder { merchant, .. },
            ) => of(Region::Global, merchant),
            Request::PlaceOrder(request) => of(request.caller.region(), &request.caller.merchant()),
            Request::QueryOrder(named) | Request::CloseOrder(named) | Request::RevokeOrder(named) => {
                of(named.region, &named.merchant)
            }
            Request::Statement(request) => (Region::Global, Some(request.whose.mchid().clone())),
            Request::Settlements(_) => (Region::Global, None),
        }
    }
}
