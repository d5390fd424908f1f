//! A refund in every state, for tests.

use jiff::{SignedDuration, Timestamp};
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::need::{Need, NeedSource};
use refunds::outcome::Refusal;
use refunds::refund::{Acceptance, Attempts, Refund, RequestBytes, State, Toward, Why, Withdrawal};
use wechatpay::ids::{Mchid, OutRefundNo, RefundId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

/// When every story takes place.
pub(super) fn now() -> Timestamp {
    "2026-05-08T02:00:00Z".parse().unwrap()
}

/// A refund that stands so after `attempts`.
pub(super) fn refund(state: State, attempts: u32) -> Refund {
    let mchid = Mchid::parse("1900000002").unwrap();
    let number = OutRefundNo::parse("R1").unwrap();
    Refund {
        key: RefundKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap(),
        identity: Identity { mchid: mchid.clone(), sub_mchid: None, out_refund_no: number.clone() },
        upstream_no: UpstreamNo::adopted(number),
        order: OrderKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap(),
        amount: Money::fen(100),
        pool: Currency::CNY,
        need: Need { low: 100, best: 100, high: 100, source: NeedSource::Exact },
        deadline: None,
        created_at: now(),
        request: RequestBytes::new(Wire::V3, b"{}"),
        attempts: Attempts { count: attempts, ..Attempts::default() },
        state,
        ask_at: None,
        asked_in_vain: 0,
        attention: None,
        result_at: None,
        promise: None,
        version: 1,
    }
}

/// One of every state: those that go on by themselves first, those after acceptance or the end last.
pub(super) fn states() -> [State; 11] {
    let withdrawing = |toward| State::Withdrawing { toward, since: now() };
    [
        State::Queued,
        waiting(Why::Funds, Some(now() + SignedDuration::from_hours(1))),
        State::Submitting { unclear_since: None, resent: 0 },
        State::Unclear { since: now(), resent: 0, resend_at: None },
        withdrawing(Toward::Cancelled(Withdrawal::Tenant)),
        withdrawing(Toward::Rejected(refusal())),
        State::Abnormal(acceptance()),
        State::Succeeded { acceptance: acceptance(), at: Some(now()), received_in: None },
        State::Closed(acceptance()),
        State::Rejected(refusal()),
        State::Cancelled(Withdrawal::Tenant),
    ]
}

/// Waiting, not before a time.
pub(super) fn waiting(why: Why, not_before: Option<Timestamp>) -> State {
    State::Waiting { why, since: now(), not_before }
}

/// Taken now.
pub(super) fn acceptance() -> Acceptance {
    Acceptance { refund_id: RefundId::parse("50").unwrap(), at: now(), payer_refund: None }
}

/// Refused for good.
pub(super) fn refusal() -> Refusal {
    Refusal { code: "order_not_found".into(), message: String::new() }
}
