//! A refund to try things on.

use jiff::{SignedDuration, Timestamp};
use refunds::intake::Request;
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::need::{Need, NeedSource};
use refunds::order::OrderNames;
use refunds::outcome::{Receipt, Report, Standing};
use refunds::policy::Policy;
use refunds::refund::{Attempts, Refund, RequestBytes, State};
use refunds::step::{Event, Rules, Step, step};
use refunds::weight::Weight;
use store::merchant::{Merchant, Mode};
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, RefundId, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

/// A Monday noon in China.
pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00+08:00".parse().unwrap()
}

pub(crate) fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// A global merchant id.
pub(crate) fn merchant(
    mchid: Mchid,
    mode: Mode,
    number_form: NumberForm,
    sub_mchids: impl IntoIterator<Item = SubMchid>,
) -> Merchant {
    Merchant {
        mchid,
        mode,
        number_form,
        settlement_currency: Currency::USD,
        wire: Wire::V3,
        region: Region::Global,
        appid: Appid::parse("wx0000000000000001").unwrap(),
        api_hosts: vec![],
        is_sandbox: true,
        sub_merchants: sub_mchids.into_iter().map(|sub_mchid| (sub_mchid, Weight::USUAL)).collect(),
    }
}

/// What somebody asks for who asks for no more than a refund of so many fen, of an order of so many.
pub(crate) fn request(identity: Identity, order: OrderNames, amount: i64, total: i64) -> Request {
    Request {
        identity,
        order,
        amount: Money::fen(amount),
        total: Money::fen(total),
        reason: None,
        deadline: None,
        notify_url: None,
        metadata: None,
        adopt: None,
        found: false,
    }
}

pub(crate) fn queued() -> Refund {
    let mchid = Mchid::parse("1900000001").unwrap();
    let out_refund_no = OutRefundNo::parse("R1").unwrap();
    let ulid = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
    Refund {
        key: RefundKey::new(&mchid, ulid).unwrap(),
        identity: Identity { mchid: mchid.clone(), sub_mchid: None, out_refund_no: out_refund_no.clone() },
        upstream_no: UpstreamNo::adopted(out_refund_no),
        order: OrderKey::new(&mchid, ulid).unwrap(),
        amount: Money::fen(100),
        pool: Currency::CNY,
        need: Need { low: 100, best: 100, high: 100, source: NeedSource::Exact },
        deadline: None,
        created_at: noon(),
        request: RequestBytes::new(Wire::V3, b"{}"),
        attempts: Attempts::default(),
        state: State::Queued,
        ask_at: None,
        asked_in_vain: 0,
        attention: None,
        result_at: None,
        promise: None,
        version: 1,
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt { refund_id: RefundId::parse("5030").unwrap(), accepted_at: None, payer_refund: None }
}

pub(crate) fn report(standing: Standing) -> Report {
    Report {
        standing,
        refund_id: RefundId::parse("5030").unwrap(),
        amount: Money::fen(100),
        accepted_at: None,
        payer_refund: None,
        succeeded_at: None,
        received_in: None,
    }
}

/// Policy and calendar, for `step`.
pub(crate) struct House {
    policy: Policy,
    calendar: Calendar,
}

impl House {
    pub(crate) fn new() -> House {
        House {
            policy: Policy { jitter: SignedDuration::ZERO, ..Policy::default() },
            calendar: Calendar::bundled(),
        }
    }

    /// The step that `event` makes, if it changes anything.
    pub(crate) fn step(&self, refund: &Refund, event: Event, now: Timestamp) -> Option<Step> {
        step(refund, event, now, Rules { policy: &self.policy, calendar: &self.calendar })
    }

    /// The refund after `event`, or as it was if nothing changed.
    pub(crate) fn after(&self, refund: &Refund, event: Event, now: Timestamp) -> Refund {
        self.step(refund, event, now).map_or_else(|| refund.clone(), |step| step.refund)
    }

    /// The refund after all `events`, a second apart from noon.
    pub(crate) fn after_all(&self, events: Vec<Event>) -> Refund {
        let mut now = noon();
        let mut refund = queued();
        for event in events {
            refund = self.after(&refund, event, now);
            now += seconds(1);
        }
        refund
    }
}
