//! V2 as merchants meet it: refunds, questions, orders, notifications, and everything in front of them.

use platform::order::{Payer, Wallet};
use platform::refund::RefundStatus as Stands;
use proptest::prelude::*;
use sandbox::faces::v2::settings::{Frame, NumberUsed};
use sandbox::record::Verdict;
use sandbox::scene::{Arrived, Callback, Cut};
use wechatpay::codes::{Configuration, Meaning};
use wechatpay::ids::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::answer::{Answer, ErrorBody, not_taken};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::front::Page;
use wechatpay::v2::message::Message;
use wechatpay::v2::notification::Posted;
use wechatpay::v2::order::call::{CLOSE_PATH, CloseRequest, OrderQuery, QUERY_PATH, REVERSE_PATH};
use wechatpay::v2::order::place::{OrderRequest, QUICK_PAY_PATH, UNIFIED_PATH};
use wechatpay::v2::outcome::{Doubt, Outcome, of_order_query, of_refund_page, of_refund_query, of_submit};
use wechatpay::v2::refund::query::{self, About};
use wechatpay::v2::refund::submit::{PATH, SubmitRequest};
use wechatpay::v2::sign::{Nonce, SignType, SignViolation, signature, text_to_sign};
use wechatpay::v3::notification::Envelope;
use wechatpay::v3::order::place::{AuthCode, Payment};
use wechatpay::v3::order::record::Order;
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::record::RefundRecord;
use wechatpay::v3::refund::submit::{NotifyUrl, RefundAmount};
use wechatpay::v3::words::{RefundStatus, TradeState};

use wechatpay::wire::Wire;

use crate::faces_stage::{Stage, api_v2_key};
use crate::faces_v2_stage::{certificate, order};

/// What a question about one refund finds.
fn found(stage: &mut Stage, number: &str, about: About) -> RefundRecord {
    let got = stage.v2_asks(query::PATH, &stage.v2_query(about));
    let number = OutRefundNo::parse(number).unwrap();
    match of_refund_query(&number, Currency::CNY, got.status, got.answer(SignType::Md5)) {
        Outcome::Proven(record) => record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refund_is_accepted_once_and_told_alike_by_every_question() {
    for mut stage in Stage::all() {
        stage.pays("T1", 1_000);
        let accepted = stage.v2_accepted("R1", "T1", 400, 1_000);
        assert_eq!(stage.v2_accepted("R1", "T1", 400, 1_000).refund_id, accepted.refund_id);
        assert_eq!(stage.scene.platform.refunds().iter().count(), 1);
        assert_eq!(accepted.amount.total, Some(stage.price(1_000)));
        assert_eq!(accepted.amount.payer_refund.map(|payer| payer.currency()), Some(Currency::CNY));

        stage.after(6 * 24 * 3600);
        let transaction_id = accepted.transaction_id.unwrap();
        for about in [
            About::OutRefundNo(OutRefundNo::parse("R1").unwrap()),
            About::RefundId(accepted.refund_id.clone()),
            About::Order { order: order("T1"), offset: 0 },
            About::Order { order: OrderName::TransactionId(transaction_id.clone()), offset: 0 },
        ] {
            let record = found(&mut stage, "R1", about);
            assert_eq!((record.status, &record.refund_id), (RefundStatus::Success, &accepted.refund_id));
            assert_eq!(record.amount.refund, stage.price(400));
            assert_eq!(record.amount.payer_refund, accepted.amount.payer_refund);
            assert!(record.success_time.is_some() && record.recv_account.is_some());
            assert_eq!(record.transaction_id.as_ref(), Some(&transaction_id));
        }
    }
}

#[test]
fn v2_and_v3_are_two_ways_to_the_same_refund() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let accepted = stage.v2_accepted("R1", "T1", 400, 1_000);
    let again = stage.submits(&stage.refund("R1", "T1", 400, 1_000));
    assert_eq!(again.status, 200);
    assert!(String::from_utf8(again.body).unwrap().contains(accepted.refund_id.as_str()));
    assert_eq!(stage.scene.platform.refunds().iter().count(), 1);
}

#[test]
fn every_refusal_has_its_code() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    stage.pays("T2", 1_000);
    stage.v2_accepted("R1", "T1", 400, 1_000);
    let unknown = OrderName::TransactionId(TransactionId::parse("4200000000000000000000000000").unwrap());
    let wrong_number = SubmitRequest { order: unknown, ..stage.v2_refund("R2", "T1", 1, 1_000) };
    let usd = RefundAmount::new(Money::new(1, Currency::USD), Money::new(1_000, Currency::USD));
    let dollars = SubmitRequest { amount: usd.unwrap(), ..stage.v2_refund("R2", "T2", 1, 1_000) };
    for (request, code) in [
        (stage.v2_refund("R2", "T9", 1, 1_000), "ORDERNOTEXIST"),
        (wrong_number, "INVALID_TRANSACTIONID"),
        (stage.v2_refund("R2", "T2", 1, 999), "INVALID_REQUEST"),
        (dollars, "INVALID_REQUEST"),
        (stage.v2_refund("R1", "T1", 401, 1_000), "REFUND_FEE_MISMATCH"),
        (stage.v2_refund("R1", "T2", 400, 1_000), "INVALID_REQUEST"),
        (stage.v2_refund("R2", "T1", 1, 1_000), "BIZERR_NEED_RETRY"),
        (stage.v2_refund("R2", "T1", 601, 1_000), "ERROR"),
    ] {
        // Refusals are counted a second.
        stage.after(1);
        let (body, signed) = stage.v2_refusal(&request);
        assert_eq!((body.code.as_str(), signed), (code, true), "{request:?}");
        assert!(!body.message.is_empty());
    }
    let (body, signed) = stage.v2_refusal(&stage.v2_refund("R2", "T2", 1_001, 1_000));
    assert_eq!(
        (body, signed),
        (ErrorBody { code: String::new(), message: "invalid refund_fee".to_owned() }, false)
    );
    stage.scene.settings.v2.number_used = NumberUsed::InvalidRequest;
    assert_eq!(stage.v2_refusal(&stage.v2_refund("R1", "T1", 401, 1_000)).0.code, "INVALID_REQUEST");
    stage.after(24 * 3600);
    assert_eq!(stage.v2_refusal(&stage.v2_refund("R3", "T2", 1, 1_000)).0.code, "NOTENOUGH");
    assert_eq!(stage.scene.platform.refunds().iter().count(), 1);
}

#[test]
fn a_seventh_refusal_within_a_second_blocks() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    for n in 0..6 {
        let request = stage.v2_refund(&format!("R{n}"), "T9", 1, 1_000);
        assert_eq!(stage.v2_refusal(&request).0.code, "ORDERNOTEXIST");
    }
    assert_eq!(stage.v2_refusal(&stage.v2_refund("R7", "T1", 1, 1_000)).0.code, "INVALID_REQ_TOO_MUCH");
    stage.after(60).v2_accepted("R7", "T1", 1, 1_000);
}

/// The caller on `stage` with the app id of the one on `other`.
fn with_appid_of(stage: &Stage, other: &Stage) -> Caller {
    Caller::Direct { mchid: stage.mchid.clone(), appid: other.v2_caller().appid().clone() }
}

#[test]
fn in_front_of_the_business_everything_is_refused_in_its_own_way() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let request = stage.v2_refund("R1", "T1", 400, 1_000);
    let sent = request.render(SignType::Md5).sign(&Nonce::parse("n").unwrap(), &api_v2_key());
    let arrived = Arrived {
        method: "POST".to_owned(),
        target: PATH.to_owned(),
        headers: Vec::new(),
        body: sent.clone().into_bytes(),
        client_certificate: Some(certificate()),
    };
    let without = Arrived { client_certificate: None, ..arrived.clone() };
    let got = stage.v2_arrives(&without);
    assert_eq!((got.status, got.body), (400, Page::NoCertificate.html()));
    for der in [b"no certificate at all".to_vec(), certificate()[1..].to_vec(), Vec::new()] {
        let got = stage.v2_arrives(&Arrived { client_certificate: Some(der), ..arrived.clone() });
        assert_eq!((got.status, got.body), (400, Page::UntrustedCertificate.html()));
    }
    for (method, body, code) in [
        ("GET", sent.as_str(), "REQUIRE_POST_METHOD"),
        ("POST", "<xml>", "XML_FORMAT_ERROR"),
        ("POST", "<!DOCTYPE xml><xml></xml>", "XML_FORMAT_ERROR"),
        ("POST", "{}", "XML_FORMAT_ERROR"),
    ] {
        let (method, body) = (method.to_owned(), body.as_bytes().to_vec());
        let got = stage.v2_arrives(&Arrived { method, body, ..arrived.clone() });
        let message = Message::parse(got.body.as_bytes()).unwrap();
        assert_eq!(
            (got.status, message.text("err_code"), message.optional_text("sign")),
            (200, Ok(code), Ok(None))
        );
    }
    let got = stage.v2_posts(query::PATH, &sent.replace("1900000002", "1900000099"));
    assert!(got.body.contains("[MCHID_NOT_EXIST]"), "{}", got.body);
    let got = stage.v2_posts(query::PATH, &sent.replace("mch_id>", "merchant>"));
    assert_eq!(got.body, not_taken("参数格式校验错误"));
    let other_app = SubmitRequest { caller: with_appid_of(&stage, &Stage::mainland()), ..request };
    assert_eq!(stage.v2_refusal(&other_app).0.code, "APPID_NOT_EXIST");
    let got = stage.v2_posts("/secapi/pay/refundx", &sent);
    assert_eq!(got.status, 404);
    assert_eq!(stage.scene.platform.refunds().iter().count(), 0);
}

#[test]
fn a_wrong_signature_is_refused_and_the_record_says_what_should_have_been_signed() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let request = stage.v2_refund("R1", "T1", 400, 1_000);
    let sent = request.render(SignType::Md5).sign(&Nonce::parse("n").unwrap(), &api_v2_key());
    let got = stage.v2_posts(PATH, &sent.replace(">400<", ">401<"));
    assert_eq!(got.body, not_taken("签名错误"));
    let entry = stage.scene.record.entries().last().unwrap();
    let text = entry.expected_text.as_deref().unwrap();
    assert!(text.contains("&refund_fee=401&") && text.ends_with("&total_fee=1000&key=***"), "{text}");
    assert!(matches!(&entry.verdict, Verdict::Refused(_)));
    assert_eq!(entry.client_serial.as_deref(), Some("0A11CE0000000000000000000000000000000001"));
    assert_eq!((entry.call.as_deref(), entry.amount_minor), (Some("refund_submit"), Some(401)));
    stage.scene.settings.v2.signature_error = Frame::Business;
    let got = stage.v2_posts(PATH, &sent.replace(">400<", ">401<"));
    assert!(got.body.contains("[SIGNERROR]"), "{}", got.body);
}

#[test]
fn answers_are_signed_in_the_way_of_their_requests() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let request = stage.v2_refund("R1", "T1", 400, 1_000);
    let got = stage.v2_asks(PATH, &request.render(SignType::HmacSha256));
    let answer = got.answer(SignType::HmacSha256);
    assert!(matches!(of_submit(&request, got.status, answer), Outcome::Proven(_)));
    assert!(matches!(got.answer(SignType::Md5), Answer::Unproven(_, SignViolation::Wrong)));
}

#[test]
fn an_orders_refunds_come_ten_at_a_time() {
    let mut stage = Stage::direct();
    stage.pays("T1", 10_000);
    for n in 0..12 {
        stage.v2_accepted(&format!("R{n:02}"), "T1", 100, 10_000);
        stage.after(60);
    }
    let mut seen = Vec::new();
    for (offset, count) in [(0, 10), (10, 2)] {
        let got = stage.v2_asks(query::PATH, &stage.v2_query(About::Order { order: order("T1"), offset }));
        match of_refund_page(&order("T1"), Currency::CNY, got.status, got.answer(SignType::Md5)) {
            Outcome::Proven(page) => {
                assert_eq!((page.refunds.len(), page.total_count), (count, Some(12)));
                seen.extend(page.refunds.into_iter().map(|refund| refund.out_refund_no));
            }
            other => panic!("{other:?}"),
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 12);
    for (about, code) in [
        (About::Order { order: order("T1"), offset: 12 }, "PARAM_ERROR"),
        (About::Order { order: order("T9"), offset: 0 }, "REFUNDNOTEXIST"),
        (About::OutRefundNo(OutRefundNo::parse("R99").unwrap()), "REFUNDNOTEXIST"),
        (About::RefundId(RefundId::parse("5099").unwrap()), "REFUNDNOTEXIST"),
    ] {
        let got = stage.v2_asks(query::PATH, &stage.v2_query(about));
        assert!(got.body.contains(code), "{code}: {}", got.body);
        assert!(matches!(got.answer(SignType::Md5), Answer::Signed(_)));
    }
}

#[test]
fn faults_come_over_v2_as_well() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let request = stage.v2_refund("R1", "T1", 400, 1_000);
    for (rule, expected) in [
        (r#"{"fault":"unsigned"}"#, Err(SignViolation::Unsigned)),
        (r#"{"fault":"wrong_signature"}"#, Err(SignViolation::Wrong)),
        (r#"{"fault":"probe"}"#, Err(SignViolation::Wrong)),
        (r#"{"fault":"error_code","code":"NOT_ENOUGH"}"#, Ok(Meaning::NotEnough)),
        (r#"{"fault":"error_code","code":"SYSTEM_ERROR"}"#, Ok(Meaning::Unclear)),
        (r#"{"fault":"status","status":503}"#, Ok(Meaning::Unclear)),
    ] {
        stage.scene.faults.clear();
        stage.rule(rule);
        match (stage.v2_submits(&request), expected) {
            (Outcome::Unproven(Doubt::Signature(violation)), Err(expected)) => {
                assert_eq!(violation, expected, "{rule}")
            }
            (Outcome::Error { answer, .. }, Ok(expected)) => assert_eq!(answer.meaning, expected, "{rule}"),
            (other, _) => panic!("{rule}: {other:?}"),
        }
    }
    stage.scene.faults.clear();
    stage.rule(r#"{"fault":"cut_before_commit"}"#);
    let request = stage.v2_refund("R2", "T1", 400, 1_000);
    let got = stage.after(60).v2_asks(PATH, &request.render(SignType::Md5));
    assert_eq!(got.answered.delivery.cut, Some(Cut::BeforeAnswer));
    assert_eq!(stage.scene.platform.refunds().iter().count(), 1);
}

/// The next notice that is due.
fn next(stage: &mut Stage) -> Option<Callback> {
    let (_, notice) = stage.scene.platform.take_due_notice(stage.now)?;
    stage.scene.callback(&notice, stage.now)
}

#[test]
fn who_asked_by_v2_is_told_in_v2_and_others_as_before() {
    let mut stage = Stage::institution();
    stage.pays("T1", 10_000);
    // Placed by hand, so told as V3 tells it.
    assert!(Envelope::parse(&next(&mut stage).unwrap().body).is_ok());
    stage.v2_accepted("R1", "T1", 400, 10_000);
    let by_v3 = stage.refund("R2", "T1", 500, 10_000);
    stage.after(60).submits(&by_v3);
    stage.after(6 * 24 * 3600);
    let told: Vec<Callback> = std::iter::from_fn(|| next(&mut stage)).collect();
    let v2: Vec<&Callback> = told.iter().filter(|told| Envelope::parse(&told.body).is_err()).collect();
    let [told_in_v2] = v2[..] else { panic!("{told:?}") };
    let headers = told_in_v2.headers(&stage.scene.keyring).unwrap();
    assert!(headers.contains(&("Content-Type".to_owned(), "text/xml; charset=utf-8".to_owned())));
    assert!(headers.iter().all(|(name, _)| !name.starts_with("Wechatpay")));
    let Posted::Refund(sealed) = Posted::parse(&told_in_v2.body).unwrap() else { panic!("no refund") };
    assert_eq!(sealed.sub_mchid.as_ref(), stage.sub.as_ref());
    let hint = sealed.open(&api_v2_key()).unwrap();
    assert_eq!((hint.out_refund_no.as_str(), hint.refund_minor), ("R1", Some(400)));
    assert_eq!((hint.status, hint.success_time.is_some()), (RefundStatus::Success, true));
    let stands = stage.scene.platform.refunds().iter().map(|(_, refund)| refund.status());
    assert!(stands.into_iter().all(|status| status == Stands::Success));
}

#[test]
fn a_merchant_of_v2_hears_of_payments_in_v2() {
    let mut stage = Stage::with("1900000002", None, |world| {
        let mut merchants: Vec<platform::world::Merchant> = world.merchants.iter().cloned().collect();
        merchants.iter_mut().for_each(|merchant| merchant.wire = Wire::V2);
        world.merchants = merchants.into_iter().collect();
    });
    stage.pays("T1", 10_000);
    let told = next(&mut stage).unwrap();
    assert!(
        matches!(Posted::parse(&told.body), Ok(Posted::Payment(payment)) if payment.verify(&api_v2_key()).is_ok())
    );
}

fn order_request(stage: &Stage, number: &str, payment: Payment, total: i64) -> OrderRequest {
    OrderRequest {
        caller: stage.v2_caller(),
        out_trade_no: OutTradeNo::parse(number).unwrap(),
        description: "Tea".to_owned(),
        attach: Some("table 4".to_owned()),
        time_expire: None,
        total: stage.price(total),
        spbill_create_ip: Some("127.0.0.1".to_owned()),
        payment,
    }
}

fn quick_pay() -> Payment {
    Payment::QuickPay { auth_code: AuthCode::parse("130000000000000001").unwrap() }
}

#[test]
fn orders_are_placed_asked_for_closed_and_reversed() {
    for mut stage in Stage::all() {
        let asks = |stage: &mut Stage, number: &str| {
            let query = OrderQuery { caller: stage.v2_caller(), order: order(number) };
            let got = stage.v2_asks(QUERY_PATH, &query.render(SignType::Md5));
            of_order_query(&order(number), stage.currency(), got.status, got.answer(SignType::Md5))
        };
        let state = |outcome| match outcome {
            Outcome::Proven(Order { trade_state, .. }) => trade_state,
            other => panic!("{other:?}"),
        };
        let notify_url = NotifyUrl::parse("http://127.0.0.1:9000/paid").unwrap();
        let native = order_request(&stage, "T1", Payment::Native { notify_url }, 1_000);
        let got = stage.v2_asks(UNIFIED_PATH, &native.render(SignType::Md5));
        let Answer::Signed(message) = got.answer(SignType::Md5) else { panic!("{}", got.body) };
        assert!(message.text("code_url").unwrap().starts_with("weixin://wxpay/bizpayurl?pr="));
        assert_eq!(state(asks(&mut stage, "T1")), TradeState::Notpay);
        let close =
            CloseRequest { caller: stage.v2_caller(), out_trade_no: OutTradeNo::parse("T1").unwrap() };
        let got = stage.v2_asks(CLOSE_PATH, &close.render(SignType::Md5));
        assert!(got.body.contains("TRADE_STATE_ERROR"), "too early: {}", got.body);
        let got = stage.after(301).v2_asks(CLOSE_PATH, &close.render(SignType::Md5));
        assert!(matches!(got.answer(SignType::Md5), Answer::Signed(_)) && got.body.contains("result_msg"));
        assert_eq!(state(asks(&mut stage, "T1")), TradeState::Closed);

        let paid = order_request(&stage, "T2", quick_pay(), 1_000);
        let got = stage.v2_asks(QUICK_PAY_PATH, &paid.render(SignType::Md5));
        let Answer::Signed(message) = got.answer(SignType::Md5) else { panic!("{}", got.body) };
        assert_eq!(message.text("trade_type"), Ok("MICROPAY"));
        assert!(message.text("transaction_id").is_ok() && message.text("openid").is_ok());
        assert_eq!(state(asks(&mut stage, "T2")), TradeState::Success);
        let reverse = OrderQuery { caller: stage.v2_caller(), order: order("T2") };
        let got = stage.after(20).v2_asks(REVERSE_PATH, &reverse.render(SignType::Md5));
        assert!(got.body.contains("<recall><![CDATA[N]]></recall>"), "{}", got.body);
        assert_eq!(state(asks(&mut stage, "T2")), TradeState::Revoked);
        match asks(&mut stage, "T9") {
            Outcome::Error { answer, signed: true } => assert_eq!(answer.meaning, Meaning::NotThere),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_dear_order_waits_for_the_password() {
    let mut stage = Stage::mainland();
    let dear = order_request(&stage, "T1", quick_pay(), 400_000);
    let got = stage.v2_asks(QUICK_PAY_PATH, &dear.render(SignType::Md5));
    assert!(got.body.contains("[USERPAYING]"), "{}", got.body);
}

#[test]
fn a_payment_asked_for_by_v2_is_notified_with_a_signature() {
    let mut stage = Stage::direct();
    let notify_url = NotifyUrl::parse("http://127.0.0.1:9000/paid").unwrap();
    let native = order_request(&stage, "T1", Payment::Native { notify_url }, 1_000);
    stage.v2_asks(UNIFIED_PATH, &native.render(SignType::Md5));
    let index = stage.scene.platform.orders().iter().next().unwrap().0;
    let payer = Payer { wallet: Wallet::Mainland, bank_type: None };
    stage.scene.platform.pay(stage.now, index, payer).unwrap();
    let told = next(&mut stage).unwrap();
    let Posted::Payment(payment) = Posted::parse(&told.body).unwrap() else { panic!("no payment") };
    let order = payment.verify(&api_v2_key()).unwrap();
    assert_eq!((order.out_trade_no.as_str(), order.trade_state), ("T1", TradeState::Success));
    assert_eq!(order.amount.unwrap().total, stage.price(1_000));
}

#[test]
fn red_packets_and_transfers_look_at_certificate_signature_and_fields_and_move_nothing() {
    const TRANSFER: &str = "/mmpaymkttransfers/promotion/transfers";
    const QUERY: &str = "/mmpaymkttransfers/gettransferinfo";
    let mut stage = Stage::direct();
    let signed = |fields: &str| {
        let message = Message::parse(format!("<xml>{fields}</xml>").as_bytes()).unwrap();
        let text = text_to_sign(&message);
        let sign = signature(SignType::Md5, &text, &api_v2_key());
        format!("<xml>{fields}<sign>{sign}</sign></xml>")
    };
    let transfer = "<mchid>1900000002</mchid><mch_appid>wx0000000000000002</mch_appid><nonce_str>n</nonce_str>\
        <partner_trade_no>P1</partner_trade_no><openid>o</openid><check_name>NO_CHECK</check_name>\
        <amount>1</amount><desc>d</desc>";
    let query = "<mch_id>1900000002</mch_id><appid>wx0000000000000002</appid><nonce_str>n</nonce_str>\
        <partner_trade_no>P1</partner_trade_no>";
    for (path, body, code) in [
        (TRANSFER, signed(transfer), "NOTENOUGH"),
        (QUERY, signed(query), "NOT_FOUND"),
        (TRANSFER, signed(&transfer.replace("<amount>1</amount>", "")), "PARAM_ERROR"),
        (TRANSFER, signed(transfer).replace("<amount>1<", "<amount>2<"), "SIGN_ERROR"),
        (TRANSFER, "<xml>".to_owned(), "XML_ERROR"),
    ] {
        let got = stage.v2_posts(path, &body);
        let message = Message::parse(got.body.as_bytes()).unwrap();
        assert_eq!((message.text("err_code"), message.optional_text("sign")), (Ok(code), Ok(None)), "{path}");
    }
    let without = Arrived {
        method: "POST".to_owned(),
        target: TRANSFER.to_owned(),
        headers: Vec::new(),
        body: signed(transfer).into_bytes(),
        client_certificate: None,
    };
    let got = stage.v2_arrives(&without);
    assert!(got.status == 200 && got.body.contains("<return_msg><![CDATA[CA_ERROR]]></return_msg>"));
    let answer = of_submit(&stage.v2_refund("R1", "T1", 1, 1), got.status, got.answer(SignType::Md5));
    let certificate = Meaning::ConfigurationFault(Configuration::Certificate);
    assert!(matches!(answer, Outcome::Error { answer, .. } if answer.meaning == certificate));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_request_is_answered_and_no_money_moves(
        path in prop_oneof![
            Just(PATH), Just(query::PATH), Just(UNIFIED_PATH), Just(REVERSE_PATH), Just("/pay/x?y"), Just("/secapi/"),
            Just("/mmpaymkttransfers/sendredpack"),
        ],
        method in prop_oneof![Just("POST".to_owned()), any::<String>()],
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..99),
            "<xml>(<(mch_id|appid|sign|x)>(1900000002)?</(mch_id|appid|sign|x)>){0,4}</xml>".prop_map(String::into_bytes),
        ],
        shows: bool,
    ) {
        let mut stage = Stage::direct();
        let client_certificate = shows.then(certificate);
        let got = stage.v2_arrives(&Arrived { method, target: path.to_owned(), headers: Vec::new(), body, client_certificate });
        prop_assert!([200, 400, 404].contains(&got.status));
        prop_assert_eq!(stage.scene.platform.refunds().iter().count(), 0);
        prop_assert_eq!(stage.scene.platform.orders().count(), 0);
    }
}
