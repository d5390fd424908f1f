//! Known answers for APIv2 that were not made by this project's code. They are read in place: `TIDEGATE_VECTORS` names
//! their folder, beside the project's root by default, and without it these tests say so and pass.
#![expect(clippy::unwrap_used, reason = "a vector file that lacks something fails its test")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use wechatpay::codes::{Configuration, Meaning};
use wechatpay::ids::{OutRefundNo, RefundId};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::answer::Answer;
use wechatpay::v2::front::{self, Page};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::message::{Message, MessageError};
use wechatpay::v2::notification::{NotificationError, Posted, RefundHint};
use wechatpay::v2::outcome::{Outcome, of_refund_query, of_submit};
use wechatpay::v2::refund::record::RefundPage;
use wechatpay::v2::refund::submit::{SubmitAnswer, SubmitRequest};
use wechatpay::v2::sign::{SignType, SignViolation, signature, text_to_sign, verify};
use wechatpay::v2::xml::XmlError;
use wechatpay::v3::words::{Channel, RefundStatus};

/// The folder of the vectors, if it is there.
fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("TIDEGATE_VECTORS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    };
    let folder = folder.join("apiv2");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{}: no such folder, so its vectors are not tried", folder.display());
    None
}

fn json(folder: &Path, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap()
}

fn xml(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join("xml").join(file)).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// The key that the project's own vectors are signed with; it is the one of the official example.
fn key() -> ApiV2Key {
    ApiV2Key::parse("192006250b4c09247ec02edce69f6a2d").unwrap()
}

/// A request for the refund `out_refund_no`, of which nothing else counts here.
fn asked(out_refund_no: &str) -> SubmitRequest {
    let body = format!(
        "<xml><appid>wx2421b1c4370ec43b</appid><mch_id>10000100</mch_id><out_trade_no>1415757673</out_trade_no>\
         <out_refund_no>{out_refund_no}</out_refund_no><total_fee>1</total_fee><refund_fee>1</refund_fee></xml>"
    );
    SubmitRequest::read(&Message::parse(body.as_bytes()).unwrap()).unwrap()
}

#[test]
fn texts_and_signatures_are_those_of_the_page_and_of_others() {
    let Some(folder) = folder() else { return };
    for case in json(&folder, "sign.json").as_array().unwrap() {
        let mut body = "<xml>".to_owned();
        for pair in case["params"].as_array().unwrap() {
            let (name, value) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            body.push_str(&format!("<{name}>{escaped}</{name}>"));
        }
        body.push_str("</xml>");
        let key = ApiV2Key::parse(text(case, "key")).unwrap();
        let to_sign = text_to_sign(&Message::parse(body.as_bytes()).unwrap());
        assert_eq!(format!("{to_sign}&key={}", text(case, "key")), text(case, "string_to_sign"));
        assert_eq!(signature(SignType::Md5, &to_sign, &key), text(case, "md5"), "{case}");
        assert_eq!(signature(SignType::HmacSha256, &to_sign, &key), text(case, "hmac_sha256"), "{case}");
    }
}

#[test]
fn notifications_open_also_a_real_one() {
    let Some(folder) = folder() else { return };
    for case in json(&folder, "req_info.json")["notifications"].as_array().unwrap() {
        let body =
            format!("<xml><mch_id>10000100</mch_id><req_info>{}</req_info></xml>", text(case, "req_info"));
        let Posted::Refund(sealed) = Posted::parse(body.as_bytes()).unwrap() else { panic!("not a refund") };
        let hint: RefundHint = sealed.open(&ApiV2Key::parse(text(case, "api_key")).unwrap()).unwrap();
        let plaintext = text(case, "plaintext");
        let refund_minor = hint.refund_minor.unwrap().to_string();
        for value in
            [hint.refund_id.as_ref().map_or("", RefundId::as_str), hint.out_refund_no.as_str(), &refund_minor]
        {
            assert!(plaintext.contains(value), "{value} in {plaintext}");
        }
        let status =
            if plaintext.contains("CHANGE") { RefundStatus::Abnormal } else { RefundStatus::Success };
        assert_eq!(
            (hint.status, hint.success_time.is_some()),
            (status.clone(), status == RefundStatus::Success)
        );
        let wrong = sealed.open(&key()).unwrap_err();
        assert!(matches!(wrong, NotificationError::WrongKey | NotificationError::Opened(_)), "{wrong}");
    }
}

#[test]
fn the_samples_of_the_pages_are_read_though_their_key_is_not_known() {
    let Some(folder) = folder() else { return };
    let body = xml(&folder, "refund_accepted_doc_sample.xml");
    let message = Message::parse(&body).unwrap();
    let answer = SubmitAnswer::read(&message, Currency::CNY).unwrap();
    assert_eq!((answer.channel.clone(), answer.amount.refund), (None, Money::fen(1)));
    assert_eq!(answer.amount.payer_total, Some(Money::fen(1)));
    answer.check_against(&asked("1415701182")).unwrap();
    let read = Answer::read(&body, SignType::Md5, &key());
    assert!(matches!(read, Answer::Unproven(_, SignViolation::Wrong)));
    assert!(matches!(of_submit(&asked("1415701182"), 200, read), Outcome::Unproven(_)));

    let message = Message::parse(&xml(&folder, "refundquery_processing_doc_sample.xml")).unwrap();
    let page = RefundPage::read(&message, Currency::CNY).unwrap();
    assert_eq!(page.refunds[0].status, RefundStatus::Processing);
    assert_eq!(page.refunds[0].transaction_id, page.transaction_id);
}

#[test]
fn three_refunds_of_one_order_verify_and_are_told_apart() {
    let Some(folder) = folder() else { return };
    let body = xml(&folder, "refundquery_three_records_signed.xml");
    assert_eq!(verify(&Message::parse(&body).unwrap(), SignType::Md5, &key()), Ok(()));
    for (number, status, channel, account) in [
        ("R0", RefundStatus::Success, Some(Channel::Original), "支付用户零钱"),
        ("R1", RefundStatus::Processing, Some(Channel::Original), "招商银行信用卡0403"),
        ("R2", RefundStatus::Abnormal, None, "招商银行信用卡0403"),
    ] {
        let answer = Answer::read(&body, SignType::Md5, &key());
        let number = OutRefundNo::parse(number).unwrap();
        match of_refund_query(&number, Currency::CNY, 200, answer) {
            Outcome::Proven(record) => {
                assert_eq!((record.status, record.channel), (status.clone(), channel));
                assert_eq!(record.recv_account.as_deref(), Some(account));
                assert_eq!(record.success_time.is_some(), status == RefundStatus::Success);
                assert_eq!(record.amount.refund, Money::fen(20));
            }
            other => panic!("{other:?}"),
        }
    }
    let answer = Answer::read(&body, SignType::Md5, &key());
    let absent = of_refund_query(&OutRefundNo::parse("R3").unwrap(), Currency::CNY, 200, answer);
    assert!(matches!(absent, Outcome::Unproven(_)));
}

#[test]
fn refusals_are_understood_signed_and_unsigned() {
    let Some(folder) = folder() else { return };
    let certificate = Meaning::ConfigurationFault(Configuration::Certificate);
    for (file, status, meaning, is_signed) in [
        ("refund_notenough.xml", 200, Meaning::NotEnough, true),
        ("refund_certificate_not_match.xml", 200, certificate, false),
        ("mmpay_ca_error.xml", 200, certificate, false),
        ("secapi_no_client_certificate.http400.html", 400, certificate, false),
        ("secapi_untrusted_client_certificate.http400.html", 400, certificate, false),
        ("downloadbill_no_bill.xml", 200, Meaning::Unclear, false),
    ] {
        let answer = Answer::read(&xml(&folder, file), SignType::Md5, &key());
        match of_submit(&asked("R1"), status, answer) {
            Outcome::Error { answer, signed } => {
                assert_eq!((answer.meaning, signed), (meaning, is_signed), "{file}");
            }
            other => panic!("{file}: {other:?}"),
        }
    }
}

#[test]
fn pages_and_refusals_are_written_as_they_were_seen() {
    let Some(folder) = folder() else { return };
    for (page, file) in [
        (Page::NoCertificate, "secapi_no_client_certificate.http400.html"),
        (Page::UntrustedCertificate, "secapi_untrusted_client_certificate.http400.html"),
    ] {
        assert_eq!(page.html().as_bytes(), xml(&folder, file), "{file}");
    }
    let seen = Message::parse(&xml(&folder, "mmpay_ca_error.xml")).unwrap();
    assert_eq!(Message::parse(front::ca_error().as_bytes()), Ok(seen));
}

#[test]
fn hostile_bodies_are_refused() {
    let Some(folder) = folder() else { return };
    for file in ["must_reject_doctype.xml", "must_reject_entity_expansion.xml"] {
        let refused = Message::parse(&xml(&folder, file)).unwrap_err();
        assert_eq!(refused, MessageError::Xml(XmlError::DocumentType), "{file}");
    }
}
