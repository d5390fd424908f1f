//! Which kind a certificate is, and by what evidence.

use certs::classification::{Class, classify};

use crate::testdata::{MERCHANT_ID, certificate, contents};

#[test]
fn every_kind_is_told_by_its_evidence() {
    for (file, class, verified, merchant_id, merchant_name) in [
        ("ca_issued.pem", Class::MerchantCaIssued, Some(false), Some(MERCHANT_ID), Some("测试商户有限公司")),
        ("wxpay_issued.pem", Class::MerchantWxpayIssued, Some(false), None, Some("上海测试信息科技有限公司")),
        ("platform.pem", Class::PlatformRsa, Some(false), None, None),
        ("mini_program.pem", Class::OtherTenpayIssued, Some(false), None, None),
        ("sm2_merchant.pem", Class::MerchantSm2Test, None, Some(MERCHANT_ID), Some("测试商户有限公司")),
        ("tenpay.pem", Class::ChainCa, None, None, None),
        ("sandbox_ca.pem", Class::ChainCa, Some(false), None, None),
        ("mmpay.pem", Class::ChainCa, Some(false), None, None),
        ("middle.pem", Class::Unknown, None, None, None),
        // The right issuer, and a serial number of 38 digits.
        ("serial39.pem", Class::Conflicting, Some(false), None, None),
        // The right serial number and subject, and another issuer.
        ("issued_by_leaf.pem", Class::Conflicting, None, None, None),
        ("certificate.der", Class::Conflicting, None, None, None),
        ("issuer.der", Class::Unknown, None, None, None),
        (
            "sandbox_leaf.pem",
            Class::MerchantCaIssued,
            Some(false),
            Some(MERCHANT_ID),
            Some("测试商户有限公司"),
        ),
    ] {
        let found = classify(&certificate(file));
        assert_eq!(found.class, class, "{file}");
        assert_eq!(found.signature_verified, verified, "{file}");
        assert_eq!(found.merchant_id.as_deref(), merchant_id, "{file}");
        assert_eq!(found.merchant_name.as_deref(), merchant_name, "{file}");
    }
}

#[test]
fn the_evidence_says_what_holds_and_what_does_not() {
    let found = classify(&certificate("serial39.pem"));
    let holding: Vec<_> = found.evidence.iter().filter(|one| one.holds).map(|one| one.criterion).collect();
    assert_eq!(
        holding,
        [
            "issuer CN is Tenpay.com Root CA",
            "subject CN is a merchant id of 8 to 10 digits",
            "subject O is 微信商户系统",
        ]
    );
    assert_eq!(found.evidence.len(), 12);
}

#[test]
fn what_is_no_merchants_is_refused_where_a_merchants_belongs() {
    for (file, refusal) in [
        ("ca_issued.pem", None),
        ("wxpay_issued.pem", None),
        ("sm2_merchant.pem", None),
        ("platform.pem", Some("this is WeChat Pay's platform certificate, not a merchant's")),
        ("mini_program.pem", Some("this certificate comes from the same CA but is no merchant's")),
        ("tenpay.pem", Some("this is the certificate of a CA, out of a chain file, not a merchant's")),
        ("serial39.pem", Some("this certificate contradicts itself")),
        ("issuer.der", Some("this is none of WeChat Pay's certificates")),
    ] {
        let found = classify(&certificate(file)).class.expect_merchants().err();
        let said = found.map(|refusal| refusal.to_string());
        assert_eq!(said.is_some(), refusal.is_some(), "{file}");
        assert!(said.unwrap_or_default().starts_with(refusal.unwrap_or_default()), "{file}");
        assert!(found.is_none_or(|refusal| refusal.what_to_do().starts_with(['G', 'T'])), "{file}");
    }
}

#[test]
fn what_strict_software_refuses_is_shown() {
    let first_version = certificate("certificate.der");
    assert_eq!((first_version.version, first_version.extensions.len()), (1, 0));
    let without_key_ids = certificate("ca_issued.pem");
    let names: Vec<_> = without_key_ids.extensions.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((without_key_ids.version, names), (3, vec!["basic constraints", "key usage"]));
    assert!(without_key_ids.not_after.to_string().starts_with("21"), "a date after 2049 has another type");
    assert_eq!(certificate("sm2_merchant.pem").signature_algorithm.to_string(), "SM2-with-SM3");
}

#[test]
fn a_sandbox_is_told_by_its_marks_alone() {
    for file in ["sandbox_ca.pem", "sandbox_leaf.pem", "sandbox_mark.pem"] {
        assert!(certificate(file).is_sandbox(), "{file}");
    }
    for one in contents("chain.p7b").certificates() {
        assert!(!one.is_sandbox(), "{one:?}");
    }
    assert!(!certificate("ca_issued.pem").is_sandbox());
}
