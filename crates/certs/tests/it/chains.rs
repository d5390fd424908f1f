//! What is proven of a certificate, and by whom.

use certs::anchors::Anchors;
use certs::certificate::Certificate;
use certs::verification::{Outcome, Question, Verification, verify};
use jiff::Timestamp;

use crate::testdata::{MERCHANT_ID, certificate, contents, now, read};
use Outcome::{Fail, NotChecked, Pass};

fn anchors(file: &str) -> Anchors {
    Anchors::from_file(&read(file)).unwrap()
}

fn ask(certificate: &Certificate, anchors: &Anchors, beside: &[Certificate]) -> Verification {
    verify(&Question { certificate, beside, anchors, key: None, merchant_id: None, now: now() })
}

/// Outcomes of signature, chain and validity, and the chain's sentence.
fn verdict(file: &str, anchors: &Anchors, beside: &[Certificate]) -> ([Outcome; 3], String) {
    let verification = ask(&certificate(file), anchors, beside);
    ([0, 1, 2].map(|place| verification.checks[place].outcome), verification.checks[1].sentence.clone())
}

#[test]
fn a_leaf_verifies_with_the_whole_chain_or_with_any_part_that_is_trusted() {
    let whole = "Issued by Tenpay.com Root CA, which was issued by Test Class 2 Enterprise CA, which was issued by \
                 Test Class 2 Root CA. Weak, and accepted: Test Class 2 Enterprise CA is signed with sha1WithRSAEncryption.";
    for file in ["chain.p7b", "chain_p7b.pem"] {
        assert_eq!(verdict("ca_issued.pem", &anchors(file), &[]), ([Pass; 3], whole.to_owned()), "{file}");
    }
    let (outcomes, sentence) = verdict("ca_issued.pem", &anchors("tenpay.pem"), &[]);
    assert_eq!((outcomes, sentence.as_str()), ([Pass; 3], "Issued by Tenpay.com Root CA."));
    let (outcomes, sentence) = verdict("ca_issued.pem", &anchors("middle.pem"), &[certificate("tenpay.pem")]);
    assert_eq!(outcomes, [Pass; 3], "a link that came with it is no anchor, but leads to one: {sentence}");
    let (outcomes, sentence) = verdict("ca_issued.pem", &anchors("middle.pem"), &[]);
    assert_eq!(outcomes, [NotChecked, Fail, Pass], "{sentence}");
    let (outcomes, _) = verdict("ca_issued.pem", &anchors("ca_issued.pem"), &[]);
    assert_eq!(outcomes, [NotChecked, Pass, Pass], "it is trusted itself");
}

#[test]
fn what_comes_with_a_certificate_is_never_trusted() {
    let (outcomes, sentence) =
        verdict("sandbox_leaf.pem", &anchors("chain.p7b"), &[certificate("sandbox_ca.pem")]);
    assert_eq!(
        (outcomes, sentence.as_str()),
        ([Pass, Fail, Pass], "The chain ends at Tenpay.com Root CA, which is not trusted.")
    );
}

#[test]
fn who_is_no_ca_issues_nothing() {
    let leaf = certificate("ca_issued.pem");
    let (outcomes, sentence) = verdict("issued_by_leaf.pem", &anchors("chain.p7b"), &[leaf]);
    assert_eq!(outcomes, [Fail, Fail, Pass], "{sentence}");
    let (outcomes, sentence) =
        verdict("under_too_low.pem", &anchors("tenpay.pem"), &[certificate("too_low.pem")]);
    assert_eq!(outcomes, [Pass, Fail, Pass], "{sentence}");
    assert!(sentence.contains("none that may stand at this place"), "{sentence}");
}

#[test]
fn a_name_without_the_key_proves_nothing() {
    for anchors in [anchors("impostor.pem"), Anchors::built_in()] {
        let (outcomes, sentence) = verdict("ca_issued.pem", &anchors, &[]);
        assert_eq!(outcomes, [Fail, Fail, Pass], "{sentence}");
    }
    let verification = ask(&certificate("sandbox_leaf.pem"), &Anchors::built_in(), &[]);
    assert!(verification.checks[0].sentence.contains("this is a sandbox's certificate"));
    let verification = ask(&certificate("sandbox_leaf.pem"), &anchors("sandbox_ca.pem"), &[]);
    assert!(verification.is_good());
}

#[test]
fn expired_and_broken_are_two_findings() {
    let (outcomes, _) = verdict("expired.pem", &anchors("chain.p7b"), &[]);
    assert_eq!(outcomes, [Pass, Pass, Fail]);
    let (outcomes, _) = verdict("expired.pem", &Anchors::built_in(), &[]);
    assert_eq!(outcomes, [Fail, Fail, Fail]);
}

#[test]
fn a_certificate_is_valid_through_its_last_second() {
    let leaf = certificate("ca_issued.pem");
    let at = |now: Timestamp| {
        let anchors = Anchors::built_in();
        let question = Question {
            certificate: &leaf,
            beside: &[],
            anchors: &anchors,
            key: None,
            merchant_id: None,
            now,
        };
        verify(&question).checks[2].outcome
    };
    let second = |instant: Timestamp, more: i64| Timestamp::from_second(instant.as_second() + more).unwrap();
    assert_eq!([at(second(leaf.not_before, -1)), at(leaf.not_before)], [Fail, Pass]);
    assert_eq!([at(leaf.not_after), at(second(leaf.not_after, 1))], [Pass, Fail]);
}

#[test]
fn an_authority_that_ended_ends_the_chain_of_what_it_issued() {
    let leaf = certificate("ca_issued.pem");
    let ca = certificate("tenpay.pem");
    let anchors = anchors("tenpay.pem");
    let now = Timestamp::from_second(ca.not_after.as_second() + 1).unwrap();
    let question =
        Question { certificate: &leaf, beside: &[], anchors: &anchors, key: None, merchant_id: None, now };
    let verification = verify(&question);
    assert_eq!(verification.checks[1].outcome, Fail, "{}", verification.checks[1].sentence);
    assert!(verification.anchors.ends_with("Expired: 1."), "{}", verification.anchors);
}

#[test]
fn key_and_merchant_id_are_compared() {
    let anchors = anchors("chain.p7b");
    let own = contents("test_key_pkcs8.pem").private_key().unwrap().public_key().clone();
    let other = certificate("platform.pem").public_key;
    for (file, key, merchant_id, expected) in [
        ("ca_issued.pem", Some(&own), Some(MERCHANT_ID), [Pass, Pass]),
        ("ca_issued.pem", Some(&other), Some("1900000002"), [Fail, Fail]),
        ("ca_issued.pem", None, None, [NotChecked, NotChecked]),
        ("wxpay_issued.pem", Some(&own), Some(MERCHANT_ID), [Pass, NotChecked]),
        ("platform.pem", None, Some(MERCHANT_ID), [NotChecked, Fail]),
        ("tenpay.pem", None, None, [NotChecked, NotChecked]),
        ("tenpay.pem", None, Some(MERCHANT_ID), [NotChecked, Fail]),
    ] {
        let certificate = certificate(file);
        let question = Question {
            certificate: &certificate,
            beside: &[],
            anchors: &anchors,
            key,
            merchant_id,
            now: now(),
        };
        let verification = verify(&question);
        assert_eq!(
            [3, 4].map(|place| verification.checks[place].outcome),
            expected,
            "{file} {merchant_id:?}"
        );
    }
}

#[test]
fn weak_and_uncomputed_signatures_are_said_to_be_so() {
    let verification = ask(&certificate("wxpay_issued.pem"), &anchors("mmpay.pem"), &[]);
    assert_eq!(
        verification.checks[0].sentence,
        "The signature is that of MmpaymchCA, but weak: SHA-1 with a short key."
    );
    let verification = ask(&certificate("sm2_merchant.pem"), &Anchors::built_in(), &[]);
    assert_eq!([0, 1].map(|place| verification.checks[place].outcome), [NotChecked, NotChecked]);
    assert!(!verification.is_good());
}

#[test]
fn who_trusts_a_certificate_that_signed_itself_trusts_its_signature() {
    let (outcomes, sentence) = verdict("sm2_merchant.pem", &anchors("sm2_merchant.pem"), &[]);
    assert_eq!(outcomes, [NotChecked, Pass, Pass], "{sentence}");
    let (outcomes, sentence) = verdict("issuer.der", &anchors("issuer.der"), &[]);
    assert_eq!(outcomes, [Pass, Pass, Pass], "{sentence}");
    let (outcomes, sentence) = verdict("issuer.der", &Anchors::built_in(), &[]);
    assert_eq!(outcomes, [NotChecked, Fail, Pass], "{sentence}");
}

#[test]
fn the_answers_stand_in_columns() {
    let text = ask(&certificate("ca_issued.pem"), &anchors("tenpay.pem"), &[]).to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "signature   pass         The signature is that of Tenpay.com Root CA.");
    assert_eq!(lines[3], "key match   not checked  No private key was given to compare with.");
    assert_eq!(lines.len(), 6);
}

#[test]
fn an_anchor_file_says_whether_it_is_a_published_one() {
    let sentence = anchors("chain.p7b").sentence(now());
    assert_eq!(
        sentence,
        "Trusted for this run: 3 certificates out of the anchor file; its digest is none of the two that WeChat Pay publishes."
    );
    assert_eq!(
        Anchors::from_file(&read("test_key_pkcs8.pem")).unwrap_err().to_string(),
        "the anchor file holds no certificate"
    );
}
