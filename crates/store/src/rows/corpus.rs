//! Every form of a document that was ever written is read for good, and means what it meant.
//!
//! A file of `testdata` holds one document a line and is named for its kind and form. Its lines are never changed; a member
//! that may be missing gets a new line, a new form a new file.

use jiff::Timestamp;
use refunds::intake::{Arrival, Command, Request};
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::need::{Need, NeedSource};
use refunds::order::{Known, Order, OrderNames, Posted, Source};
use refunds::outcome::{Refusal, Report, Standing};
use refunds::pool::past::{Curve, SLOTS};
use refunds::pool::told::Told;
use refunds::refund::{
    Acceptance, Attempts, Attention, Promise, Reason, Refund, RequestBytes, State, Toward, Why, Withdrawal,
};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{BankType, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use super::Document;
use super::arrival::ArrivalRow;
use super::asked::Asked;
use super::facts::{self, Facts};
use super::life::{self, Life};
use super::looks::Looks;
use super::paid::Paid;
use super::text::state_name;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_424_000 + seconds).unwrap()
}

fn acceptance(payer_refund: Option<Money>) -> Acceptance {
    Acceptance { refund_id: RefundId::parse("50300000012026").unwrap(), at: at(1), payer_refund }
}

fn refusal() -> Refusal {
    Refusal { code: "order_not_found".into(), message: "订单不存在".into() }
}

fn refund() -> RefundKey {
    RefundKey::parse("rf.1900000001.01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap()
}

fn order() -> OrderKey {
    OrderKey::parse("or.1900000001.01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap()
}

/// The lives in the file, line by line.
fn lives() -> Vec<life::Told> {
    let told = |state| life::Told {
        state,
        attempts: Attempts::default(),
        ask_at: None,
        asked_in_vain: 0,
        attention: None,
        promise: None,
        result_at: None,
    };
    let once = Attempts {
        count: 1,
        last_signed_at: Some(at(2)),
        unproven_until: Some(at(362)),
        unproven_until_before_last: None,
        first_absent: None,
        listed: false,
    };
    let often = Attempts { count: 9, unproven_until_before_last: Some(at(300)), ..once };
    let toward = Toward::Rejected(refusal());
    vec![
        told(State::Queued),
        told(State::Waiting { why: Why::Plan, since: at(0), not_before: None }),
        life::Told {
            attempts: once,
            ..told(State::Waiting { why: Why::Funds, since: at(3), not_before: Some(at(3_603)) })
        },
        life::Told { attempts: once, ..told(State::Submitting { unclear_since: None, resent: 0 }) },
        life::Told { attempts: often, ..told(State::Submitting { unclear_since: Some(at(4)), resent: 8 }) },
        life::Told {
            attempts: often,
            ask_at: Some(at(5)),
            asked_in_vain: 3,
            attention: Some(Attention { reason: Reason::UnclearForLong, since: at(3_604) }),
            ..told(State::Unclear { since: at(4), resent: 8, resend_at: Some(at(600)) })
        },
        life::Told {
            ask_at: Some(at(362)),
            attempts: once,
            ..told(State::Withdrawing { toward: Toward::Cancelled(Withdrawal::Tenant), since: at(6) })
        },
        life::Told { attempts: once, ..told(State::Withdrawing { toward, since: at(6) }) },
        life::Told { attempts: once, ask_at: Some(at(61)), ..told(State::Processing(acceptance(None))) },
        life::Told {
            attempts: once,
            attention: Some(Attention { reason: Reason::Abnormal, since: at(7) }),
            ..told(State::Abnormal(acceptance(Some(Money::fen(700)))))
        },
        life::Told {
            attempts: once,
            ..told(State::Succeeded {
                acceptance: acceptance(Some(Money::new(700, Currency::HKD))),
                at: Some(at(8)),
                received_in: Some("招商银行信用卡0403".into()),
            })
        },
        life::Told { attempts: once, ..told(State::Closed(acceptance(None))) },
        life::Told { attempts: once, ..told(State::Rejected(refusal())) },
        told(State::Cancelled(Withdrawal::Deadline)),
        life::Told {
            ask_at: Some(at(962)),
            attempts: Attempts { first_absent: Some(at(362)), ..once },
            ..told(State::Withdrawing { toward: Toward::Cancelled(Withdrawal::Tenant), since: at(6) })
        },
        life::Told {
            attempts: once,
            attention: Some(Attention { reason: Reason::NoDayFits, since: at(9) }),
            promise: Some(Promise { made_at: at(3), by: at(50_000) }),
            ..told(State::Waiting { why: Why::Funds, since: at(3), not_before: None })
        },
        life::Told {
            attempts: once,
            result_at: Some(at(90)),
            ..told(State::Closed(acceptance(Some(Money::fen(700)))))
        },
        life::Told {
            ask_at: Some(at(10)),
            attempts: Attempts { unproven_until: Some(at(370)), listed: true, ..Attempts::default() },
            ..told(State::Unclear { since: at(10), resent: 0, resend_at: None })
        },
    ]
}

fn all_facts() -> Vec<facts::Told> {
    let claimed = facts::Told {
        total: Known { value: Money::fen(10_000), source: Source::Claimed },
        payer_total: None,
        paid_at: None,
        bank_type: None,
        paired_by: None,
        looked_up: false,
        posted: None,
    };
    let known = facts::Told {
        total: Known { value: Money::new(1_250, Currency::USD), source: Source::Platform },
        payer_total: Some(Known { value: Money::fen(9_000), source: Source::Reported }),
        paid_at: Some(Known { value: at(0), source: Source::Platform }),
        bank_type: Some(Known { value: BankType::parse("CMB_CREDIT").unwrap(), source: Source::Reported }),
        paired_by: Some(Source::Platform),
        looked_up: true,
        posted: Some(Posted {
            day: ChinaDay::of(at(0)),
            amount: Money::fen(9_000),
            source: Source::Reported,
            counted: 9_000,
        }),
    };
    let counted_in_part = facts::Told {
        posted: known.posted.map(|posted| Posted { counted: 3_000, ..posted }),
        ..known.clone()
    };
    vec![claimed, known, counted_in_part]
}

fn arrivals() -> Vec<Arrival> {
    let command = |command| Arrival::Command { refund: refund(), command };
    let report = Report {
        standing: Standing::Succeeded,
        refund_id: RefundId::parse("50300000012026").unwrap(),
        amount: Money::fen(300),
        accepted_at: Some(at(1)),
        payer_refund: Some(Money::fen(300)),
        succeeded_at: Some(at(8)),
        received_in: Some("支付用户零钱".into()),
    };
    vec![
        Arrival::Refund(refund()),
        Arrival::Notice { refund: refund(), report: Some(report) },
        Arrival::Notice { refund: refund(), report: None },
        Arrival::Payment(order()),
        command(Command::Cancel(Withdrawal::Operator)),
        command(Command::Retry),
        command(Command::Check),
        command(Command::Settle),
        Arrival::Pause(true),
        Arrival::PastDay(ChinaDay::of(at(0))),
    ]
}

/// What was told on days without answers and with some.
fn told_of_pools() -> Vec<Vec<Told>> {
    vec![
        vec![],
        vec![
            Told { at: at(0), brought: 300, seen: 10_000, enough: true },
            Told { at: at(60), brought: 900, seen: 0, enough: false },
        ],
    ]
}

/// Days without payments, with one at their beginning, and with one at their end.
fn curves() -> Vec<Curve> {
    let at_the_end: Vec<i64> = std::iter::repeat_n(0, SLOTS - 1).chain([7]).collect();
    [&[][..], &[0, 300, -20], &at_the_end].map(Curve::from_amounts).to_vec()
}

fn identity() -> Identity {
    Identity {
        mchid: Mchid::parse("1900000001").unwrap(),
        sub_mchid: Some(SubMchid::parse("1900000109").unwrap()),
        out_refund_no: OutRefundNo::parse("R1").unwrap(),
    }
}

fn requests() -> Vec<Request> {
    let least = Request {
        identity: identity(),
        order: OrderNames { out_trade_no: Some(OutTradeNo::parse("T1").unwrap()), transaction_id: None },
        amount: Money::fen(300),
        total: Money::fen(10_000),
        reason: None,
        deadline: None,
        notify_url: None,
        metadata: None,
        adopt: None,
        found: false,
    };
    let most = Request {
        order: OrderNames {
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            transaction_id: Some(TransactionId::parse("4200002026").unwrap()),
        },
        reason: Some("商品已售完".into()),
        deadline: Some("2026-03-03T04:00:00.123456789Z".parse().unwrap()),
        notify_url: Some("https://shop.example/refunds".into()),
        metadata: Some("{\"till\":7}".into()),
        adopt: Some(UpstreamNo::adopted(OutRefundNo::parse("OLD-1").unwrap())),
        ..least.clone()
    };
    let found = Request { found: true, ..least.clone() };
    vec![least, most, found]
}

/// Each line means what it should, and what is written today is what the newest file holds.
fn check<D: Document, T: PartialEq + std::fmt::Debug>(
    file: &str,
    expected: Vec<T>,
    told: impl Fn(D) -> T,
    write: impl Fn(&T) -> D,
) {
    let documents: Vec<&str> = file.lines().collect();
    assert_eq!(documents.len(), expected.len());
    for (document, expected) in documents.into_iter().zip(expected) {
        assert_eq!(told(D::read(document).unwrap()), expected, "{document}");
        assert_eq!(write(&expected).write(), document);
    }
}

/// A refund of which a document tells this.
fn refund_with(told: &life::Told) -> Refund {
    let life::Told { state, attempts, ask_at, asked_in_vain, attention, promise, result_at } = told.clone();
    Refund {
        key: refund(),
        identity: identity(),
        upstream_no: UpstreamNo::adopted(OutRefundNo::parse("1900000109_R1").unwrap()),
        order: order(),
        amount: Money::fen(300),
        pool: Currency::CNY,
        need: Need { low: 300, best: 300, high: 300, source: NeedSource::Exact },
        deadline: None,
        created_at: at(0),
        request: RequestBytes::new(Wire::V3, b"request"),
        version: 1,
        attempts,
        state,
        ask_at,
        asked_in_vain,
        attention,
        result_at,
        promise,
    }
}

/// An order of which a document tells this.
fn order_with(told: &facts::Told) -> Order {
    let facts::Told { total, payer_total, paid_at, bank_type, paired_by, looked_up, posted } = told.clone();
    Order {
        key: order(),
        sub_mchid: None,
        out_trade_no: None,
        transaction_id: None,
        reserved: 0,
        reserved_count: 0,
        accepted: 0,
        accepted_payer: 0,
        last_request: None,
        merged_into: None,
        version: 1,
        total,
        payer_total,
        paid_at,
        bank_type,
        paired_by,
        looked_up,
        posted,
    }
}

#[test]
fn every_state_of_a_refund_is_read() {
    let file = include_str!("../../testdata/life.v1.jsonl");
    check(file, lives(), Life::told, |told| Life::of(&refund_with(told)));
}

#[test]
fn every_state_has_its_name_in_the_journal() {
    for told in lives() {
        let name = told.state.name();
        assert_eq!(state_name(name).unwrap(), name);
    }
}

#[test]
fn all_that_is_known_of_an_order_is_read() {
    let file = include_str!("../../testdata/facts.v1.jsonl");
    check(file, all_facts(), Facts::told, |told| Facts::of(&order_with(told)));
}

#[test]
fn a_document_of_a_newer_form_is_refused() {
    let newer = include_str!("../../testdata/life.v1.jsonl").replace("\"v\":1", "\"v\":2");
    let error = Life::read(newer.lines().next().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "`form 2` is no state of a refund");
}

#[test]
fn every_row_of_intake_is_read() {
    let file = include_str!("../../testdata/arrival.v1.jsonl");
    check(file, arrivals(), ArrivalRow::arrival, ArrivalRow::of);
}

#[test]
fn every_request_is_read() {
    let file = include_str!("../../testdata/asked.v1.jsonl");
    check(file, requests(), |asked: Asked| asked.request(identity()).unwrap(), Asked::of);
}

#[test]
fn all_that_was_told_of_a_pool_is_read() {
    let file = include_str!("../../testdata/looks.v1.jsonl");
    check(file, told_of_pools(), Looks::told, |told| Looks::of(told));
}

#[test]
fn every_day_of_payments_is_read() {
    let file = include_str!("../../testdata/paid.v1.jsonl");
    check(file, curves(), Paid::curve, Paid::of);
}
