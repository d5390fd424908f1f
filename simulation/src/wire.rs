//! Between the platform's values and the words of `refunds::outcome`: what the gateway's wire does with HTTP and JSON.
//!
//! The bytes of a request are rendered once, at intake, and parsed where they arrive, so that what the platform judges is
//! what was sent.

use std::collections::BTreeMap;

use platform::order::{Order, OrderRef, OrderRefusal};
use platform::refund::{
    Channel, FundSource, QueryRefusal, Refund, RefundRefusal, RefundRequest, RefundState, RefundStatus,
};
use refunds::intake::Request;
use refunds::key::UpstreamNo;
use refunds::order::OrderNames;
use refunds::outcome::{
    Fault, ListOutcome, Listed, OrderOutcome, OrderReport, QueryOutcome, Receipt, Refusal, Report, Standing,
    SubmitOutcome,
};
use refunds::refund::RequestBytes;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

/// The bytes that ask for `request` under `number` over `wire`.
pub(crate) fn render(request: &Request, number: &UpstreamNo, wire: Wire) -> RequestBytes {
    let mut lines = vec![
        format!("out_refund_no={number}"),
        format!("refund={}", request.amount.minor()),
        format!("total={}", request.total.minor()),
        format!("currency={}", request.amount.currency()),
    ];
    lines.extend(request.identity.sub_mchid.as_ref().map(|sub| format!("sub_mchid={sub}")));
    lines.extend(request.notify_url.as_ref().map(|url| format!("notify_url={url}")));
    match (&request.order.transaction_id, &request.order.out_trade_no) {
        (Some(id), _) => lines.push(format!("transaction_id={id}")),
        (None, Some(number)) => lines.push(format!("out_trade_no={number}")),
        (None, None) => {}
    }
    RequestBytes::new(wire, lines.join("\n").as_bytes())
}

/// What `bytes` ask `mchid`'s platform for; none if they are no request.
pub(crate) fn parse(mchid: &Mchid, bytes: &RequestBytes) -> Option<RefundRequest> {
    let text = std::str::from_utf8(bytes.as_bytes()).ok()?;
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let field = |name: &str| fields.get(name).copied();
    let order = match (field("transaction_id"), field("out_trade_no")) {
        (Some(id), _) => OrderRef::TransactionId(TransactionId::parse(id).ok()?),
        (None, number) => OrderRef::OutTradeNo(OutTradeNo::parse(number?).ok()?),
    };
    Some(RefundRequest {
        mchid: mchid.clone(),
        sub_mchid: field("sub_mchid").and_then(|sub| SubMchid::parse(sub).ok()),
        order,
        out_refund_no: OutRefundNo::parse(field("out_refund_no")?).ok()?,
        refund_minor: field("refund")?.parse().ok()?,
        total_minor: field("total")?.parse().ok()?,
        currency: Currency::parse(field("currency")?).ok()?,
        source: FundSource::Unsettled,
        reason: None,
        notify_url: field("notify_url").map(str::to_owned),
    })
}

/// What the answer to a submission means.
pub(crate) fn submit_outcome(answer: Result<&Refund, RefundRefusal>) -> SubmitOutcome {
    let refusal = match answer {
        Ok(refund) => {
            return SubmitOutcome::Accepted(Receipt {
                refund_id: refund.refund_id.clone(),
                accepted_at: Some(refund.accepted_at),
                payer_refund: Some(refund.part.payer),
            });
        }
        Err(refusal) => refusal,
    };
    let code = match &refusal {
        RefundRefusal::NotEnough { .. } => return SubmitOutcome::NotEnough,
        // The page names one code for all of these, and says that the call may be repeated. Source: [global-refund].
        RefundRefusal::FrequencyLimited { .. } | RefundRefusal::TooSoonAfterAnother { .. } => {
            return SubmitOutcome::SlowDown;
        }
        RefundRefusal::NotAMember(_) => return SubmitOutcome::Misconfigured(Fault::Merchant),
        RefundRefusal::SourceNotEnabled => return SubmitOutcome::Misconfigured(Fault::Permission),
        RefundRefusal::NumberUsedWithOtherParameters { .. } => return SubmitOutcome::NumberTaken,
        RefundRefusal::OrderNotFound => "order_not_found",
        RefundRefusal::OrderNotPaid { .. } => "order_not_paid",
        RefundRefusal::TotalDiffers { .. } => "order_total_differs",
        RefundRefusal::CurrencyDiffers { .. } => "order_currency_differs",
        RefundRefusal::AmountNotPositive => "amount_not_positive",
        RefundRefusal::AmountOverRest { .. } => "order_amount_exceeded",
        RefundRefusal::TooManyPartialRefunds { .. } => "too_many_refunds",
        RefundRefusal::TooOld { .. } => "order_too_old",
        RefundRefusal::PayerAccountAbnormal => "payer_account_abnormal",
    };
    SubmitOutcome::Refused(Refusal { code: code.into(), message: refusal.to_string() })
}

/// What the answer to a query means.
pub(crate) fn query_outcome(answer: Result<&Refund, QueryRefusal>) -> QueryOutcome {
    match answer {
        Ok(refund) => QueryOutcome::Found(report(refund)),
        Err(QueryRefusal::NotFound) => QueryOutcome::Absent,
        Err(QueryRefusal::FrequencyLimited) => QueryOutcome::SlowDown,
        Err(QueryRefusal::NotAMember(_)) => QueryOutcome::Misconfigured(Fault::Merchant),
    }
}

/// What the platform says of a refund.
pub(crate) fn report(refund: &Refund) -> Report {
    let (succeeded_at, received_in) = match &refund.state {
        RefundState::Success { at, channel } => (Some(*at), Some(place(*channel))),
        RefundState::Processing | RefundState::Abnormal { .. } | RefundState::Closed { .. } => (None, None),
    };
    Report {
        standing: standing(refund.status()),
        refund_id: refund.refund_id.clone(),
        amount: refund.part.price,
        accepted_at: Some(refund.accepted_at),
        payer_refund: Some(refund.part.payer),
        succeeded_at,
        received_in,
    }
}

/// The words for a status.
pub(crate) fn standing(status: RefundStatus) -> Standing {
    match status {
        RefundStatus::Processing => Standing::Processing,
        RefundStatus::Success => Standing::Succeeded,
        RefundStatus::Abnormal => Standing::Abnormal,
        RefundStatus::Closed => Standing::Closed,
    }
}

fn place(channel: Channel) -> String {
    match channel {
        Channel::Original => "the way it came",
        Channel::OtherBalance => "another balance",
        Channel::OtherBankcard => "another card",
        // The gateway knows the merchant's own account by WeChat Pay's words for it.
        Channel::MerchantsBank => "商户结算银行账户",
    }
    .to_owned()
}

/// What the answer to a question about an order means.
pub(crate) fn order_outcome(answer: Result<&Order, OrderRefusal>) -> OrderOutcome {
    let Ok(order) = answer else { return OrderOutcome::Absent };
    let Some(payment) = order.payment() else { return OrderOutcome::Absent };
    OrderOutcome::Found(OrderReport {
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        total: order.price,
        payer_total: Some(payment.payer),
        paid_at: Some(payment.success_time),
    })
}

/// The order by the name that the gateway asks for it by.
pub(crate) fn order_ref(names: &OrderNames) -> Option<OrderRef> {
    let by_id = names.transaction_id.clone().map(OrderRef::TransactionId);
    by_id.or(names.out_trade_no.clone().map(OrderRef::OutTradeNo))
}

/// What the answer to a question about an order's refunds means: a page of them, `begin` of which were left out, and how many there are.
pub(crate) fn list_outcome(
    answer: Result<(Vec<&Refund>, usize), QueryRefusal>,
    (order, total): (OrderNames, Option<Money>),
    begin: usize,
) -> ListOutcome {
    let (page, all) = match answer {
        Ok(listed) => listed,
        Err(QueryRefusal::NotFound) => return ListOutcome::Absent,
        Err(QueryRefusal::FrequencyLimited) => return ListOutcome::SlowDown,
        Err(QueryRefusal::NotAMember(_)) => return ListOutcome::Misconfigured(Fault::Merchant),
    };
    let more = begin.saturating_add(page.len()) < all;
    let listed = |refund: &&Refund| Listed {
        upstream_no: UpstreamNo::adopted(refund.out_refund_no.clone()),
        amount: refund.part.price,
    };
    ListOutcome::Listed { order, total, refunds: page.iter().map(listed).collect(), more }
}
