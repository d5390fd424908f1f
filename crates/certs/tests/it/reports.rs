//! What the parsing tool says.

use certs::inspection::{Report, Subject, Warning, inspect, render};
use certs::lifecycle::Policy;
use certs::material::Oddity;
use serde_json::{Value, json};

use crate::testdata::{PASSPHRASE, now, read};

fn report_as(name: &str, file: &str) -> Report {
    let bytes = read(file);
    let policy = Policy::classic();
    inspect(&Subject { file: name, bytes: &bytes, passwords: &[PASSPHRASE], policy: &policy, now: now() })
        .unwrap()
}

fn report(file: &str) -> Report {
    report_as(file, file)
}

#[test]
fn a_certificate_has_all_fields() {
    let value = serde_json::to_value(report("ca_issued.pem")).unwrap();
    for (field, expected) in [
        ("file", json!("ca_issued.pem")),
        ("format", json!("pem")),
        ("kind", json!("certificate")),
        ("classification", json!("merchant-ca-issued")),
        ("merchant_id", json!("1900000001")),
        ("merchant_name", json!("测试商户有限公司")),
        ("subject", json!("CN=1900000001, O=微信商户系统, OU=测试商户有限公司, C=CN, L=ShenZhen")),
        ("subject_cn", json!("1900000001")),
        ("issuer", json!("C=CN, O=Tenpay.com, OU=Tenpay.com CA Center, CN=Tenpay.com Root CA")),
        ("issuer_cn", json!("Tenpay.com Root CA")),
        ("serial_hex", json!("0A11CE0000000000000000000000000000000001")),
        ("serial_decimal", json!("57486965507515358446546750511912349329310875649")),
        ("key", json!("RSA 2048")),
        ("signature_algorithm", json!("sha256WithRSAEncryption")),
        ("signature_verified", json!(false)),
        ("warnings", json!(["issuer-not-proven"])),
    ] {
        assert_eq!(value[field], expected, "{field}");
    }
    assert!(value["not_after"].as_str().unwrap().ends_with('Z'));
    assert_eq!(value["evidence"][0], json!({"criterion": "issuer CN is MmpaymchCA", "holds": false}));
    assert_eq!(value["lifecycle"]["state"], "active");
    assert!(value["lifecycle"]["allowed"].is_array() && value["lifecycle"]["due"].is_array());
    assert_eq!(value["sha256_der"].as_str().unwrap().len(), 64);
}

#[test]
fn what_does_not_apply_is_null() {
    for (file, kind, key, not_null) in [
        ("test_key_pkcs1.pem", "private-key", json!("RSA 2048"), vec!["spki_sha256"]),
        ("public_key.pem", "public-key", json!("RSA 2048"), vec!["spki_sha256"]),
        ("request.pem", "csr", json!("RSA 2048"), vec!["subject", "subject_cn", "merchant_id", "sha256_der"]),
    ] {
        let value = serde_json::to_value(report(file)).unwrap();
        assert_eq!((value["kind"].as_str(), &value["key"]), (Some(kind), &key), "{file}");
        for field in
            ["classification", "issuer", "issuer_cn", "serial_hex", "not_after", "lifecycle", "merchant_name"]
        {
            assert_eq!(value[field], Value::Null, "{file} {field}");
        }
        for field in not_null {
            assert_ne!(value[field], Value::Null, "{file} {field}");
        }
    }
}

#[test]
fn a_bundle_opens_with_the_merchant_id_in_its_folders_name() {
    let report = report_as("certs/1900000001_20260101_cert/apiclient_cert.p12", "ca_issued.p12");
    assert_eq!((report.merchant_id.as_deref(), report.key_matches), (Some("1900000001"), Some(true)));
    assert_eq!(report.others.len(), 3);
    assert_eq!(report.warnings.last(), Some(&Warning::Form(Oddity::Rc2Bundle)));
}

#[test]
fn what_deserves_attention_is_warned_about() {
    for (file, expected) in [
        ("sandbox_leaf.pem", json!(["sandbox"])),
        ("expired.pem", json!(["expired", "issuer-not-proven"])),
        ("wxpay_issued.pem", json!(["issuer-not-proven", "weak-signature", "t61-utf8"])),
        ("sm2_merchant.pem", json!(["sm2"])),
        ("serial39.pem", json!(["conflicting", "issuer-not-proven"])),
        ("test_key_pkcs1.pem", json!(["pkcs1-key"])),
        ("chain.p7b", json!(["several-certificates"])),
    ] {
        assert_eq!(serde_json::to_value(report(file).warnings).unwrap(), expected, "{file}");
    }
}

#[test]
fn people_read_serial_numbers_in_all_forms_and_times_in_both_zones() {
    let text = render(&report("wxpay_issued.pem"), now());
    for line in [
        "wxpay_issued.pem (PEM, certificate)",
        "merchant name             上海测试信息科技有限公司",
        "serial number             0247A49C",
        "  with colons             02:47:A4:9C",
        "  decimal                 38249628",
        "  for serial_no           000000000000000000000000000000000247A49C",
        "valid through             2100-01-01T00:00:00Z (2100-01-01T08:00:00+08:00)",
        "key usage                 critical: Digital Signature, Non Repudiation",
        "Netscape comment          \"CES-CA Generate Certificate\"",
        "evidence: yes             issuer CN is MmpaymchCA",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn every_report_can_be_printed() {
    for file in [
        "ca_issued.p12",
        "chain.p7b",
        "request.pem",
        "test_key_encrypted.pem",
        "sm2_merchant.pem",
        "expired.pem",
    ] {
        let text = render(&report_as(&format!("1900000001_{file}"), file), now());
        assert!(text.ends_with('\n') && !text.contains("BEGIN"), "{file}");
    }
}
