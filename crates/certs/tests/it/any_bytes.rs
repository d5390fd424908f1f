//! Whatever the bytes, there is an answer.

use certs::inspection::{Subject, inspect, render};
use certs::lifecycle::Policy;
use certs::verification::{Question, verify};
use certs::{anchors::Anchors, inspection, pair};
use proptest::prelude::*;

use crate::testdata::{MERCHANT_ID, now, read};

const FILES: [&str; 12] = [
    "ca_issued.pem",
    "wxpay_issued.pem",
    "sm2_merchant.pem",
    "certificate.der",
    "chain.p7b",
    "chain_p7b.pem",
    "aes256.p12",
    "request.pem",
    "key.der",
    "test_key_pkcs1.pem",
    "public_key.pem",
    "sandbox_leaf.pem",
];

/// Goes through everything that reads.
fn use_all(bytes: &[u8]) {
    let policy = Policy::current();
    let subject = Subject { file: "x", bytes, passwords: &[MERCHANT_ID], policy: &policy, now: now() };
    if let Ok(report) = inspect(&subject) {
        assert!(!render(&report, now()).is_empty());
    }
    if let Ok(contents) = inspection::read(&subject) {
        let _ = pair::pair(&[pair::Part { name: "x", contents: &contents }]);
        for certificate in contents.certificates() {
            for anchors in [Anchors::built_in(), Anchors::from_file(&read("chain.p7b")).unwrap()] {
                let beside = std::slice::from_ref(certificate);
                let question = Question {
                    certificate,
                    beside,
                    anchors: &anchors,
                    key: None,
                    merchant_id: None,
                    now: now(),
                };
                assert_eq!(verify(&question).checks.len(), 5);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        use_all(&bytes);
        use_all(&[&[0x30, 0x82][..], &bytes].concat());
    }

    #[test]
    fn a_changed_file_is_read_or_refused(
        file in proptest::sample::select(&FILES[..]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        is_cut in proptest::bool::weighted(0.2),
    ) {
        let mut bytes = read(file);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        use_all(&bytes);
    }

    #[test]
    fn any_text_in_a_block_is_read_or_refused(body in "[A-Za-z0-9+/=\n:, -]{0,300}", label in "[A-Z ]{0,20}") {
        use_all(format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").as_bytes());
        use_all(format!("MII{body}").as_bytes());
    }
}
