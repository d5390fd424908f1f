//! Orders through the face.

use wechatpay::ids::{OutTradeNo, TransactionId};
use wechatpay::money::Money;
use wechatpay::v3::caller::Region;
use wechatpay::v3::order::call::{Branch, OrderCall, render_merchant};
use wechatpay::v3::order::place::{AuthCode, OrderRequest, Payment, parse_code_url};
use wechatpay::v3::order::record::Order;
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::NotifyUrl;
use wechatpay::v3::words::TradeState;

use crate::faces_stage::{Got, Stage};

fn named(number: &str) -> OrderName {
    OrderName::OutTradeNo(OutTradeNo::parse(number).unwrap())
}

fn request(stage: &Stage, number: &str, total: Money, payment: Payment) -> OrderRequest {
    OrderRequest {
        caller: stage.caller(),
        out_trade_no: OutTradeNo::parse(number).unwrap(),
        description: "a cup of tea".to_owned(),
        attach: Some("table 4".to_owned()),
        merchant_category_code: Some("1011".to_owned()),
        time_expire: None,
        total,
        payment,
    }
}

fn calls(stage: &mut Stage, call: &OrderCall, body: &str) -> Got {
    let target = call.target(Branch::of(stage.region(), &stage.merchant()));
    stage.asks(call.method(), &target.render(), body)
}

fn places(stage: &mut Stage, number: &str, minor: i64) -> Got {
    let payment = Payment::Native { notify_url: NotifyUrl::parse("http://localhost:9000/paid").unwrap() };
    let request = request(stage, number, stage.price(minor), payment);
    calls(stage, &OrderCall::Native, &request.render())
}

fn pays_at_the_till(stage: &mut Stage, number: &str, minor: i64) -> Got {
    let payment = Payment::QuickPay { auth_code: AuthCode::parse("134567890123456789").unwrap() };
    let request = request(stage, number, stage.price(minor), payment);
    calls(stage, &OrderCall::QuickPay, &request.render())
}

fn asks(stage: &mut Stage, order: OrderName) -> Got {
    let call = OrderCall::Query { merchant: stage.merchant(), order };
    calls(stage, &call, "")
}

fn closes(stage: &mut Stage, order: OrderName) -> Got {
    let body = render_merchant(&stage.merchant());
    calls(stage, &OrderCall::Close { order }, &body)
}

fn revokes(stage: &mut Stage, order: OrderName) -> Got {
    let body = render_merchant(&stage.merchant());
    calls(stage, &OrderCall::Revoke { order }, &body)
}

fn told(stage: &Stage, got: &Got) -> Order {
    assert_eq!(got.status, 200);
    Order::parse(stage.region(), &got.body).unwrap()
}

#[test]
fn an_order_is_placed_asked_for_and_closed() {
    for mut stage in Stage::all() {
        let placed = places(&mut stage, "T1", 1_000);
        assert!(parse_code_url(&placed.body).unwrap().starts_with("weixin://wxpay/"));
        assert_eq!(places(&mut stage, "T1", 1_000).body, placed.body);
        assert_eq!(places(&mut stage, "T1", 999).refusal(), (403, "OUT_TRADE_NO_USED".to_owned()));
        let got = asks(&mut stage, named("T1"));
        let order = told(&stage, &got);
        assert_eq!((order.trade_state, order.transaction_id), (TradeState::Notpay, None));
        assert_eq!(closes(&mut stage, named("T1")).refusal(), (400, "INVALID_REQUEST".to_owned()));
        stage.after(300);
        let closed = closes(&mut stage, named("T1"));
        assert_eq!((closed.status, closed.body.len()), (204, 0));
        let got = asks(&mut stage, named("T1"));
        assert_eq!(told(&stage, &got).trade_state, TradeState::Closed);
        assert_eq!(places(&mut stage, "T1", 1_000).refusal(), (400, "ORDER_CLOSED".to_owned()));
    }
}

#[test]
fn a_paid_order_is_told_by_both_numbers_and_cannot_be_closed() {
    for mut stage in Stage::all() {
        let index = stage.pays("T1", 1_000);
        let payment = stage.scene.platform.orders().at(index).payment().unwrap().clone();
        let by_id = OrderName::TransactionId(payment.transaction_id.clone());
        let first = asks(&mut stage, named("T1"));
        assert_eq!(asks(&mut stage, by_id.clone()).body, first.body);
        let order = told(&stage, &first);
        assert!(order.is_named(&by_id) && order.is_named(&named("T1")));
        assert_eq!(order.trade_state, TradeState::Success);
        assert_eq!(order.success_time, Some(payment.success_time));
        assert_eq!(order.amount.unwrap().payer_total, Some(payment.payer));
        assert_eq!(order.attach.as_deref(), Some("table 4"));
        assert_eq!(order.merchant, Some(stage.merchant()));
        stage.after(300);
        assert_eq!(closes(&mut stage, named("T1")).refusal(), (400, "ORDERPAID".to_owned()));
        let refund = stage.refund("R1", "T1", 400, 1_000);
        assert_eq!(stage.submits(&refund).status, 200);
        let got = asks(&mut stage, named("T1"));
        assert_eq!(told(&stage, &got).trade_state, TradeState::Refund);
    }
}

#[test]
fn an_unpaid_order_cannot_be_refunded() {
    let mut stage = Stage::direct();
    places(&mut stage, "T1", 1_000);
    let refund = stage.refund("R1", "T1", 400, 1_000);
    assert_eq!(stage.submits(&refund).refusal(), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn orders_that_do_not_exist_are_not_there() {
    let mut stage = Stage::direct();
    let unknown = OrderName::TransactionId(TransactionId::parse("4200000123202611200000000000").unwrap());
    for order in [named("T0"), unknown] {
        let expected = (404, "ORDER_NOT_EXIST".to_owned());
        assert_eq!(asks(&mut stage, order.clone()).refusal(), expected);
        assert_eq!(closes(&mut stage, order.clone()).refusal(), expected);
        assert_eq!(revokes(&mut stage, order).refusal(), expected);
    }
}

#[test]
fn a_till_payment_is_answered_at_once_and_can_be_revoked() {
    for mut stage in Stage::all() {
        let paid = pays_at_the_till(&mut stage, "T1", 1_000);
        let order = told(&stage, &paid);
        assert_eq!(order.trade_state, TradeState::Success);
        assert_eq!(pays_at_the_till(&mut stage, "T1", 1_000).body, paid.body);
        assert_eq!(revokes(&mut stage, named("T1")).refusal(), (400, "INVALID_REQUEST".to_owned()));
        stage.after(15);
        let by_id = OrderName::TransactionId(order.transaction_id.unwrap());
        assert_eq!(revokes(&mut stage, by_id).status, 204);
        let got = asks(&mut stage, named("T1"));
        assert_eq!(told(&stage, &got).trade_state, TradeState::Revoked);
        assert_eq!(closes(&mut stage, named("T1")).refusal(), (400, "ORDER_REVERSED".to_owned()));
    }
}

#[test]
fn a_large_till_payment_asks_the_payer_for_the_password() {
    let mut stage = Stage::direct();
    let got = pays_at_the_till(&mut stage, "T1", 400_000);
    assert_eq!(got.refusal(), (400, "USERPAYING".to_owned()));
    let got = asks(&mut stage, named("T1"));
    assert_eq!(told(&stage, &got).trade_state, TradeState::Userpaying);
}

#[test]
fn only_till_payments_of_the_day_without_refunds_are_revoked() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    stage.after(60);
    assert_eq!(revokes(&mut stage, named("T1")).refusal(), (400, "INVALID_REQUEST".to_owned()));
    pays_at_the_till(&mut stage, "T2", 1_000);
    let refund = stage.refund("R1", "T2", 400, 1_000);
    assert_eq!(stage.submits(&refund).status, 200);
    stage.after(60);
    assert_eq!(revokes(&mut stage, named("T2")).refusal(), (400, "INVALID_REQUEST".to_owned()));
    pays_at_the_till(&mut stage, "T3", 1_000);
    stage.after(24 * 3600);
    let late = revokes(&mut stage, named("T3"));
    assert_eq!(late.refusal(), (400, "INVALID_REQUEST".to_owned()));
    assert!(late.header("Request-ID").unwrap().ends_with("-268449386"));
}

#[test]
fn what_cannot_be_ordered_is_a_parameter_error() {
    let mut stage = Stage::direct();
    let payment = Payment::Native { notify_url: NotifyUrl::parse("https://merchant.example/").unwrap() };
    let mut other = request(&stage, "T1", Money::fen(1_000), payment.clone());
    other.merchant_category_code = None;
    let without_category = calls(&mut stage, &OrderCall::Native, &other.render());
    assert_eq!(without_category.error().detail.unwrap().field.as_deref(), Some("/merchant_category_code"));
    let yen = Money::new(1_000, wechatpay::money::Currency::JPY);
    let other = request(&stage, "T1", yen, payment);
    let got = calls(&mut stage, &OrderCall::Native, &other.render());
    assert_eq!(got.refusal(), (400, "PARAM_ERROR".to_owned()));
    assert_eq!(stage.region(), Region::Global);
}
