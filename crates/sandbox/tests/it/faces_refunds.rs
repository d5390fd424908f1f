//! Refunds and certificates through the face: good answers read by the merchant's own parsers, and every refusal.

use platform::settings::{Fate, FateRule};
use wechatpay::codes::{Call, Meaning, meaning};
use wechatpay::ids::{OutTradeNo, RefundId};
use wechatpay::v3::caller::Region;
use wechatpay::v3::certificates;
use wechatpay::v3::refund::call::{OrderName, RefundQuery};
use wechatpay::v3::refund::record::{RefundList, RefundRecord};
use wechatpay::v3::refund::submit::SubmitAnswer;
use wechatpay::v3::verify::PlatformKeys;
use wechatpay::v3::words::{Channel, FundSource, RefundStatus};

use crate::faces_stage::{DIRECT, PUBLIC_KEY_ID, Stage, another_certificate, api_v3_key};

fn refused(stage: &mut Stage, request: &wechatpay::v3::refund::submit::SubmitRequest) -> (u16, String) {
    stage.submits(request).refusal()
}

#[test]
fn an_accepted_refund_is_answered_and_told_by_every_question() {
    for mut stage in Stage::all() {
        let region = stage.region();
        stage.pays("T1", 10_000);
        let request = stage.refund("R|1*@", "T1", 4_000, 10_000);
        let got = stage.submits(&request);
        assert_eq!(got.status, 200);
        let answer = SubmitAnswer::parse(region, &got.body).unwrap();
        answer.check_against(&request).unwrap();
        assert_eq!(answer.create_time, Some(stage.now));
        assert_eq!(answer.status.is_some(), region == Region::Mainland);

        let asked = stage.gets(&stage.by_number("R|1*@"));
        let record = RefundRecord::parse(region, &asked.body).unwrap();
        record.check_against(&request).unwrap();
        assert_eq!((record.status, record.channel), (RefundStatus::Processing, Some(Channel::Original)));
        assert!(record.recv_account.unwrap().starts_with("招商银行信用卡"));
        assert_eq!(asked.header("Request-ID").unwrap().rsplit_once('-').unwrap().1, "0");

        stage.after(6 * 24 * 3600);
        let record = RefundRecord::parse(region, &stage.gets(&stage.by_number("R|1*@")).body).unwrap();
        assert_eq!(record.status, RefundStatus::Success);
        assert!(record.success_time.is_some());
    }
}

#[test]
fn a_refund_is_found_by_its_id_and_in_the_list_of_its_order() {
    let mut stage = Stage::institution();
    let order = stage.pays("T1", 10_000);
    for number in ["R1", "R2", "R3"] {
        let request = stage.refund(number, "T1", 1_000, 10_000);
        assert_eq!(stage.submits(&request).status, 200);
        stage.after(60);
    }
    let first = RefundRecord::parse(Region::Global, &stage.gets(&stage.by_number("R1")).body).unwrap();
    let by_id = RefundQuery::ById { merchant: stage.merchant(), refund_id: first.refund_id.clone() };
    let found = RefundRecord::parse(Region::Global, &stage.gets(&by_id.target()).body).unwrap();
    assert_eq!(found, first);

    let order = stage.scene.platform.orders().at(order).clone();
    let names = [
        OrderName::OutTradeNo(order.out_trade_no.clone()),
        OrderName::TransactionId(order.payment().unwrap().transaction_id.clone()),
    ];
    for name in names {
        let page = RefundQuery::OfOrder { merchant: stage.merchant(), order: name, offset: 1, count: 20 };
        let list = RefundList::parse(&stage.gets(&page.target()).body).unwrap();
        assert_eq!((list.refunds.len(), list.total_num), (2, 3));
        assert_eq!(list.total, Some(order.price));
        assert_eq!(list.merchant, Some(stage.merchant()));
    }
}

#[test]
fn a_list_gives_no_more_than_its_limit() {
    let mut stage = Stage::direct();
    stage.pays("T1", 10_000);
    let order = OrderName::OutTradeNo(OutTradeNo::parse("T1").unwrap());
    for count in [0, 21] {
        let page =
            RefundQuery::OfOrder { merchant: stage.merchant(), order: order.clone(), offset: 0, count };
        let got = stage.gets(&page.target());
        assert_eq!(got.refusal(), (400, "PARAM_ERROR".to_owned()));
        assert_eq!(got.error().detail.unwrap().field.unwrap(), "count");
    }
}

#[test]
fn the_same_number_is_the_same_refund_whatever_happened_since() {
    let mut stage = Stage::direct();
    stage.pays("T1", 10_000);
    let request = stage.refund("R1", "T1", 10_000, 10_000);
    let first = stage.submits(&request);
    stage.after(3 * 24 * 3600);
    assert_eq!(stage.submits(&request).body, first.body);
    assert_eq!(stage.scene.platform.audit().violations, []);
}

#[test]
fn every_refusal_of_a_submit_has_its_code() {
    let mut stage = Stage::direct();
    stage.pays("T1", 10_000);
    stage.pays("T2", 10_000);
    let accepted = stage.refund("R1", "T1", 4_000, 10_000);
    assert_eq!(stage.submits(&accepted).status, 200);
    let mut codes = Vec::new();
    let mut source = stage.refund("R9", "T2", 1_000, 10_000);
    source.source = Some(FundSource::RechargeFunds);
    stage.after(61);
    let requests = [
        stage.refund("R1", "T1", 5_000, 10_000),
        stage.refund("R2", "T1", 6_001, 10_000),
        stage.refund("R2", "T1", 1_000, 9_000),
        stage.refund("R2", "T0", 1_000, 10_000),
        source,
    ];
    for request in requests {
        stage.after(1);
        codes.push(refused(&mut stage, &request));
    }
    let second = stage.refund("R2", "T1", 1_000, 10_000);
    assert_eq!(stage.submits(&second).status, 200);
    let third = stage.refund("R3", "T1", 1_000, 10_000);
    codes.push(refused(&mut stage, &third));
    stage.after(24 * 3600);
    let tomorrow = stage.refund("R4", "T2", 1_000, 10_000);
    codes.push(refused(&mut stage, &tomorrow));
    stage.after(366 * 24 * 3600);
    let late = stage.refund("R5", "T2", 1_000, 10_000);
    codes.push(refused(&mut stage, &late));
    let expected = [
        (403, "OUT_REFUND_NO_USED"),
        (400, "INVALID_REQUEST"),
        (400, "INVALID_REQUEST"),
        (404, "RESOURCE_NOT_EXISTS"),
        (403, "NO_AUTH"),
        (429, "FREQUENCY_LIMITED"),
        (403, "NOT_ENOUGH"),
        (403, "TRADE_OVERDUE"),
    ];
    let codes: Vec<(u16, &str)> = codes.iter().map(|(status, code)| (*status, code.as_str())).collect();
    assert_eq!(codes, expected);
    assert_eq!(stage.scene.platform.audit().violations, []);
}

#[test]
fn not_enough_means_not_enough_to_the_merchant() {
    let mut stage = Stage::institution();
    stage.pays("T1", 10_000);
    stage.after(24 * 3600);
    let request = stage.refund("R1", "T1", 1_000, 10_000);
    let got = stage.submits(&request);
    let (status, code) = got.refusal();
    assert_eq!(meaning(Call::SubmitRefund, status, &code), Meaning::NotEnough);
    assert!(got.header("Request-ID").unwrap().ends_with("-88430113"));
    assert_eq!(got.header("Content-Language"), Some("en"));
    assert!(got.error().message.starts_with("Not enough"));
}

#[test]
fn unpaid_orders_limits_and_closed_accounts_have_their_codes() {
    let mut stage = Stage::with(DIRECT, None, |world| {
        world.settings.limits.submits_per_s = 2;
        world.settings.limits.partial_refunds = 1;
        world.settings.fates.push(FateRule {
            mchid: None,
            bank_type: None,
            amount_minor: Some(777),
            share_ppm: 1_000_000,
            fate: Fate::AccountClosed,
            after_s: None,
        });
    });
    stage.pays("T1", 10_000);
    let unusable = stage.refund("R1", "T1", 777, 10_000);
    assert_eq!(refused(&mut stage, &unusable), (403, "USER_ACCOUNT_ABNORMAL".to_owned()));
    let one = stage.refund("R2", "T1", 1_000, 10_000);
    assert_eq!(stage.submits(&one).status, 200);
    assert_eq!(refused(&mut stage, &one), (429, "FREQUENCY_LIMITED".to_owned()));
    stage.after(61);
    let another = stage.refund("R3", "T1", 1_000, 10_000);
    assert_eq!(refused(&mut stage, &another), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn on_the_mainland_a_used_number_and_an_old_order_are_invalid_requests() {
    let mut stage = Stage::mainland();
    stage.pays("T1", 10_000);
    let request = stage.refund("R1", "T1", 4_000, 10_000);
    assert_eq!(stage.submits(&request).status, 200);
    let other = stage.refund("R1", "T1", 4_001, 10_000);
    assert_eq!(refused(&mut stage, &other), (400, "INVALID_REQUEST".to_owned()));
    stage.after(366 * 24 * 3600);
    let late = stage.refund("R2", "T1", 1_000, 10_000);
    assert_eq!(refused(&mut stage, &late), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn a_missing_refund_is_not_there() {
    for mut stage in Stage::all() {
        let got = stage.gets(&stage.by_number("R1"));
        assert_eq!(got.refusal(), (404, "RESOURCE_NOT_EXISTS".to_owned()));
        assert_eq!(meaning(Call::QueryRefund, 404, &got.error().code), Meaning::NotThere);
    }
    let mut stage = Stage::direct();
    let refund_id = RefundId::parse("50201308462021060109285031309").unwrap();
    let by_id = RefundQuery::ById { merchant: stage.merchant(), refund_id };
    assert_eq!(stage.gets(&by_id.target()).status, 404);
}

#[test]
fn a_body_that_cannot_be_read_names_its_field() {
    let mut stage = Stage::direct();
    for (body, field) in [
        ("", None),
        ("[]", None),
        (
            r#"{"mchid":"1900000002","appid":"wx0000000000000002","out_trade_no":"T1"}"#,
            Some("/out_refund_no"),
        ),
        (
            r#"{"mchid":"1900000002","appid":"wx0000000000000002","out_trade_no":"T1","out_refund_no":"R1",
               "amount":{"refund":"1","total":1,"currency":"HKD"}}"#,
            Some("/amount/refund"),
        ),
    ] {
        let got = stage.asks("POST", "/v3/global/refunds", body);
        assert_eq!(got.refusal(), (400, "PARAM_ERROR".to_owned()), "{body}");
        let detail = got.error().detail.unwrap();
        assert_eq!((detail.field.as_deref(), detail.location.as_deref()), (field, Some("body")));
    }
}

#[test]
fn the_certificate_list_opens_and_verifies_by_itself() {
    for (mut stage, target) in [
        (Stage::direct(), "/v3/global/certificates"),
        (Stage::institution(), "/v3/global/certificates"),
        (Stage::mainland(), "/v3/certificates?algorithm_type=RSA"),
    ] {
        let got = stage.asks("GET", target, "");
        let known = PlatformKeys::new();
        let (keys, certificates) =
            certificates::take_in(&known, |name| got.header(name), &got.body, &api_v3_key(), stage.now)
                .unwrap();
        assert_eq!(certificates.len(), 1);
        assert_eq!(keys.names().count(), 1);
    }
}

#[test]
fn the_answer_is_signed_with_the_key_that_the_request_names() {
    let mut stage = Stage::direct();
    stage.pays("T1", 10_000);
    let newest = stage.scene.keyring.newest_certificate().name.to_string();
    for (asked, expected) in [
        (None, newest.as_str()),
        (Some(PUBLIC_KEY_ID), PUBLIC_KEY_ID),
        (Some(&*newest.to_lowercase()), &newest),
        (Some("0A0B0C"), &newest),
    ] {
        let mut arrived = stage.signed("GET", "/v3/global/certificates", "");
        arrived.headers.extend(asked.map(|asked| ("wechatpay-serial".to_owned(), asked.to_owned())));
        let got = stage.arrives(&arrived);
        stage.verified(&got).unwrap();
        assert_eq!(got.header("Wechatpay-Serial"), Some(expected));
        assert_eq!(got.header("Wechatpay-Signature-Type"), Some("WECHATPAY2-SHA256-RSA2048"));
    }
}

#[test]
fn after_a_rotation_both_certificates_are_listed_and_the_newer_one_signs() {
    let mut stage = Stage::direct();
    let older = stage.scene.keyring.newest_certificate().name.clone();
    stage.scene.keyring = stage.scene.keyring.rotated(another_certificate());
    let arrived = stage.signed("GET", "/v3/global/certificates", "");
    let got = stage.arrives(&arrived);
    let known = PlatformKeys::new();
    let (keys, certificates) =
        certificates::take_in(&known, |name| got.header(name), &got.body, &api_v3_key(), stage.now).unwrap();
    assert_eq!(certificates.len(), 2);
    let newer = another_certificate().name;
    assert_eq!(got.header("Wechatpay-Serial"), Some(newer.as_str()));
    stage.keys = keys;
    let mut arrived = stage.signed("GET", "/v3/global/certificates", "");
    arrived.headers.push(("Wechatpay-Serial".to_owned(), older.to_string()));
    let got = stage.arrives(&arrived);
    assert_eq!(got.header("Wechatpay-Serial"), Some(older.as_str()));
    stage.verified(&got).unwrap();
}
