//! Known answers for APIv3 that were not made by this project's code. They are read in place: `TIDEGATE_VECTORS` names
//! their folder, beside the project's root by default, and without it these tests say so and pass.
#![expect(clippy::unwrap_used, reason = "a vector file that lacks something fails its test")]

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::Value;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, Certificate, KeyName, SigningKey};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::v3::notification::{Envelope, News, Notification};
use wechatpay::v3::refund::call::RefundQuery;
use wechatpay::v3::refund::submit::{SubmitAnswer, SubmitRequest};
use wechatpay::v3::resource::{ResourceError, SealedResource};
use wechatpay::v3::sign::{Authorization, Nonce, Request, statement_body};
use wechatpay::v3::target::Target;
use wechatpay::v3::verify::{PlatformKeys, Verified, Violation, verify_request};
use wechatpay::v3::words::RefundStatus;

/// A vector file together with its folder.
struct Vector {
    folder: PathBuf,
    value: Value,
}

impl Vector {
    fn read(file: &str) -> Option<Vector> {
        let folder = match std::env::var_os("TIDEGATE_VECTORS") {
            Some(folder) => PathBuf::from(folder),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        };
        let folder = folder.join("apiv3");
        if !folder.is_dir() {
            println!("{}: no such folder, so {file} is not tried", folder.display());
            return None;
        }
        let value = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        Some(Vector { folder, value })
    }

    fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap()
    }

    fn cases(&self) -> &[Value] {
        self.value["cases"].as_array().unwrap()
    }

    fn file_named_by(&self, key: &str) -> String {
        std::fs::read_to_string(self.folder.join(self.text(key))).unwrap()
    }

    fn platform_keys(&self) -> PlatformKeys {
        let mut keys = PlatformKeys::new();
        keys.add_certificate(&Certificate::from_pem(&self.file_named_by("certificate_file")).unwrap());
        keys
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn verify<'a>(keys: &PlatformKeys, message: &'a Value, now: i64) -> Result<Verified<'a>, Violation> {
    let header = |name: &str| message["headers"][name].as_str();
    keys.verify(header, text(message, "body_utf8").as_bytes(), Timestamp::from_second(now).unwrap())
}

fn signed_at(message: &Value) -> i64 {
    text(&message["headers"], "Wechatpay-Timestamp").parse().unwrap()
}

#[test]
fn a_signature_is_the_same_byte_for_byte() {
    let Some(vector) = Vector::read("sign_rsa_sha256_pkcs1v15.json") else { return };
    let key = SigningKey::from_pem(&vector.file_named_by("private_key_file")).unwrap();
    assert_eq!(key.sign(vector.text("message_utf8").as_bytes()).unwrap(), vector.text("signature_base64"));
}

#[test]
fn a_certificate_verifies_the_good_case_and_no_other() {
    let Some(vector) = Vector::read("verify_rsa_sha256_cert.json") else { return };
    let certificate = Certificate::from_pem(&vector.file_named_by("certificate_file")).unwrap();
    assert_eq!(certificate.serial.as_str(), vector.text("serial"));
    let keys = vector.platform_keys();
    for case in vector.cases() {
        let key = KeyName::parse(text(case, "serial")).ok().and_then(|name| keys.get(&name).cloned());
        let signature = BASE64.decode(text(case, "signature_base64")).unwrap();
        let verified = key.is_some_and(|key| key.verifies(text(case, "message_utf8").as_bytes(), &signature));
        assert_eq!(verified, text(case, "expect") == "ok", "{case}");
    }
}

#[test]
fn the_text_to_sign_and_the_header_are_the_official_librarys() {
    let Some(vector) = Vector::read("authorization_string_to_sign.json") else { return };
    let nonce = Nonce::parse(vector.text("nonce_str")).unwrap();
    let timestamp = vector.value["timestamp"].as_i64().unwrap();
    for case in vector.cases() {
        let body = text(case, "body_utf8").as_bytes();
        let request = Request { method: text(case, "method"), target: text(case, "canonical_url"), body };
        assert_eq!(request.message(timestamp, &nonce), text(case, "message_utf8").as_bytes());
    }
    let authorization = Authorization {
        mchid: Mchid::parse(vector.text("mchid")).unwrap(),
        nonce_str: nonce,
        timestamp,
        serial_no: KeyName::parse(vector.text("serial_no")).unwrap(),
        signature: "...".to_owned(),
    };
    let expected = format!("WECHATPAY2-SHA256-RSA2048 {}", vector.text("authorization_prefix_example"));
    // A leading zero in front of whole bytes is not written: serial numbers are numbers.
    assert_eq!(authorization.render(), expected.replace("\"0123456789ABC\"", "\"123456789ABC\""));
    assert_eq!(Authorization::parse(&expected).unwrap(), authorization);
}

#[test]
fn requests_are_signed_verified_and_read_alike() {
    let Some(vector) = Vector::read("derived_request_signatures.json") else { return };
    let key = SigningKey::from_pem(&vector.file_named_by("private_key_file")).unwrap();
    let certificate =
        std::fs::read_to_string(vector.folder.join("go_platform_cert_F5765756002FDD77.pem")).unwrap();
    let certificate = Certificate::from_pem(&certificate).unwrap();
    let mchid = Mchid::parse(vector.text("mchid")).unwrap();
    for case in vector.cases() {
        let body = text(case, "body_utf8").as_bytes();
        let request = Request { method: text(case, "method"), target: text(case, "canonical_url"), body };
        let timestamp = case["timestamp"].as_i64().unwrap();
        let nonce = Nonce::parse(text(case, "nonce_str")).unwrap();
        let serial = KeyName::parse(vector.text("serial_no")).unwrap();
        let signed = request.authorize(mchid.clone(), serial, &key, timestamp, nonce).unwrap();
        assert_eq!(signed.render(), text(case, "authorization"));

        let now = Timestamp::from_second(timestamp).unwrap();
        let received = Authorization::parse(text(case, "authorization")).unwrap();
        assert_eq!(verify_request(&request, &received, &certificate.key, now), Ok(()));

        if request.method == "POST" {
            let submit = SubmitRequest::parse(Region::Global, &mchid, body).unwrap();
            assert_eq!(submit.render().as_bytes(), body);
        } else if let Some(query) =
            RefundQuery::parse(&Target::parse(request.target).unwrap(), &mchid).unwrap()
        {
            assert_eq!(query.target().render(), request.target);
        }
    }
}

#[test]
fn answers_are_verified_with_body_without_and_for_a_statement() {
    let Some(vector) = Vector::read("derived_response_signatures.json") else { return };
    let keys = vector.platform_keys();
    for case in vector.cases() {
        assert!(verify(&keys, case, signed_at(case)).is_ok(), "{case}");
        assert!(matches!(verify(&keys, case, signed_at(case) + 300), Err(Violation::Stale { .. })));
        if let Some(sha1) = case["headers"]["Wechatpay-Statement-Sha1"].as_str() {
            assert_eq!(statement_body(sha1), text(case, "body_utf8"));
        }
    }
    let answer =
        SubmitAnswer::parse(Region::Global, text(&vector.cases()[0], "body_utf8").as_bytes()).unwrap();
    assert_eq!(answer.amount.payer_refund, Some(Money::fen(3604)));
    assert_eq!(answer.render(), text(&vector.cases()[0], "body_utf8"));
}

#[test]
fn a_resource_opens_and_is_sealed_as_by_the_official_library() {
    let Some(vector) = Vector::read("aes_256_gcm.json") else { return };
    let key = ApiV3Key::parse(vector.text("api_v3_key_utf8").as_bytes()).unwrap();
    let (nonce, data) = (vector.text("nonce_utf8"), vector.text("associated_data_utf8"));
    let sealed = SealedResource::seal(&key, nonce, data, vector.text("plaintext_utf8")).unwrap();
    assert_eq!(sealed.ciphertext, vector.text("ciphertext_base64"));
    assert_eq!(sealed.open(&key).unwrap().as_str(), vector.text("plaintext_utf8"));
    for case in vector.value["negative"].as_array().unwrap() {
        let mut changed = sealed.clone();
        if let Some(data) = case["associated_data_utf8"].as_str() {
            changed.associated_data = data.to_owned();
        } else if let Some(nonce) = case["nonce_utf8"].as_str() {
            changed.nonce = nonce.to_owned();
        } else {
            changed.ciphertext = BASE64.encode([0; 128]);
        }
        assert_eq!(changed.open(&key), Err(ResourceError::WrongKeyOrChanged), "{case}");
    }
}

#[test]
fn a_key_of_16_bytes_is_refused() {
    let Some(vector) = Vector::read("aes_gcm_16byte_key_sdk.json") else { return };
    assert!(ApiV3Key::parse(vector.text("api_v3_key_utf8").as_bytes()).is_err());
}

#[test]
fn a_refunds_notification_comes_through() {
    let Some(vector) = Vector::read("derived_refund_notification.json") else { return };
    let key = ApiV3Key::parse(vector.text("api_v3_key_utf8").as_bytes()).unwrap();
    let now = vector.value["clock_unix"].as_i64().unwrap();
    let verified = verify(&vector.platform_keys(), &vector.value, now).unwrap();
    let notification = Notification::open(Region::Global, &verified, &key).unwrap();
    assert!(notification.agrees());
    let News::Refund(news) = notification.news else { panic!("not about a refund") };
    let plaintext: Value = serde_json::from_str(vector.text("plaintext_utf8")).unwrap();
    assert_eq!(news.status, RefundStatus::Success);
    assert_eq!(news.out_refund_no.as_str(), text(&plaintext, "out_refund_no"));
    let currency = Currency::parse(text(&plaintext["amount"], "currency")).unwrap();
    let refund = plaintext["amount"]["refund"].as_i64().unwrap();
    assert_eq!(news.amount.refund, Money::new(refund, currency));
}

#[test]
fn an_official_notification_verifies_and_its_envelope_is_read() {
    let Some(vector) = Vector::read("notification_signed_sdk.json") else { return };
    let verified = verify(&vector.platform_keys(), &vector.value, signed_at(&vector.value)).unwrap();
    let envelope = Envelope::parse(verified.body()).unwrap();
    assert_eq!(envelope.original_type, "payscore");
    let key = ApiV3Key::parse(&[0; 32]).unwrap();
    assert_eq!(Notification::open(Region::Mainland, &verified, &key).unwrap().news, News::Other);
}
