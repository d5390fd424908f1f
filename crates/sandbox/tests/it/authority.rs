//! What the two issuers issue, as `openssl` sees it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use certs::classification::{Class, classify};
use jiff::Timestamp;
use sandbox::authority::chain_file::certificates_only;
use sandbox::authority::{Authority, Holder, Issued, Validity, WechatPayAuthority, new_key};
use wechatpay::ids::Mchid;

const COMPANY: &str = "深圳好店有限公司";

/// One of each issuer, and a merchant's certificate by each.
struct Made {
    folder: PathBuf,
    older: Issued,
    newer: Issued,
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("authority");
    std::fs::create_dir_all(&folder).unwrap();
    let ca = Authority::found(new_key().unwrap()).unwrap();
    let first = WechatPayAuthority::found(new_key().unwrap()).unwrap();
    // As after a restart.
    let key = rcgen::KeyPair::from_pem(&first.key_pem()).unwrap();
    let wechat_pay = WechatPayAuthority::reopened(key, &first.certificate_pem()).unwrap();
    let mchid = Mchid::parse("1900000001").unwrap();
    let holder = Holder { mchid: &mchid, company_name: COMPANY };
    let validity = Validity { not_before: at("2026-03-01T00:00:00Z"), not_after: at("2050-03-01T00:00:00Z") };
    let key = new_key().unwrap();
    let older = wechat_pay.issue_to_merchant(holder, &key, validity).unwrap();
    let newer = ca.issue_to_merchant(holder, &key, validity).unwrap();
    for (name, content) in [
        ("ca.pem", ca.certificate_pem().as_bytes()),
        ("wechat_pay.pem", wechat_pay.certificate_pem().as_bytes()),
        ("older.pem", older.pem.as_bytes()),
        ("newer.pem", newer.pem.as_bytes()),
        ("chain.p7b", &certificates_only(&[ca.certificate_der(), wechat_pay.certificate_der()])),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    Made { folder, older, newer }
});

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What `openssl` prints when called with these words in the folder of what was made.
fn openssl(words: &str) -> String {
    let run = Command::new("openssl").args(words.split(' ')).current_dir(&MADE.folder).output().unwrap();
    assert!(run.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn both_kinds_verify_against_their_issuer_and_not_against_the_other() {
    for (issuer, certificate) in [("wechat_pay.pem", "older.pem"), ("ca.pem", "newer.pem")] {
        let words = format!("verify -attime 1780000000 -CAfile {issuer} {certificate}");
        assert_eq!(openssl(&words), format!("{certificate}: OK\n"));
    }
    let crossed = ["verify", "-attime", "1780000000", "-CAfile", "ca.pem", "older.pem"];
    let run = Command::new("openssl").args(crossed).current_dir(&MADE.folder).output().unwrap();
    assert!(!run.status.success());
}

#[test]
fn the_older_kind_has_the_names_and_string_types_of_real_ones() {
    let words = "x509 -in older.pem -noout -issuer -subject -nameopt utf8,sep_comma_plus,show_type,lname,dump_unknown";
    let names = openssl(words);
    let [issuer, subject] = &names.lines().collect::<Vec<_>>()[..] else { panic!("{names}") };
    assert_eq!(
        *issuer,
        "issuer=countryName=PRINTABLESTRING:CN,stateOrProvinceName=PRINTABLESTRING:Guangdong,\
         localityName=PRINTABLESTRING:Shenzhen,organizationName=PRINTABLESTRING:Tencent,\
         organizationalUnitName=PRINTABLESTRING:TIDEGATE SANDBOX,commonName=PRINTABLESTRING:MmpaymchCA,\
         emailAddress=IA5STRING:mmpaymch@tencent"
    );
    let mojibake: String = COMPANY.bytes().map(char::from).collect();
    assert!(
        subject.contains(&format!(
            "organizationalUnitName=PRINTABLESTRING:MMPay,commonName=T61STRING:{mojibake},surname="
        )),
        "a T61String with UTF-8 in it, which OpenSSL shows as Latin-1: {subject}"
    );
    let surname = subject.rsplit(':').next().unwrap();
    assert!(surname.len() == 9 && surname.bytes().all(|byte| byte.is_ascii_digit()), "{surname}");
    assert!(!subject.contains("1900000001"), "the merchant id is not in it");
}

#[test]
fn serial_numbers_are_short_with_a_leading_zero_or_have_forty_digits() {
    let (older, newer) = (MADE.older.serial.as_str(), MADE.newer.serial.as_str());
    assert_eq!((older.len(), older.starts_with('0'), newer.len()), (8, true, 40));
    assert_eq!(openssl("x509 -in older.pem -noout -serial").trim_end(), format!("serial={older}"));
}

#[test]
fn the_older_kind_has_the_extensions_of_real_ones_with_their_weight() {
    let text = openssl("x509 -in older.pem -noout -text -certopt ext_parse");
    let extensions = text.split("X509v3 extensions:").nth(1).unwrap();
    let lines: Vec<&str> = extensions.lines().map(str::trim).collect();
    let behind = |name: &str| {
        let at = lines.iter().position(|line| *line == name).unwrap_or_else(|| panic!("{name}: {text}"));
        lines[at + 1]
    };
    assert_eq!(behind("X509v3 Basic Constraints:"), "CA:FALSE");
    assert_eq!(behind("X509v3 Key Usage: critical"), "Digital Signature, Non Repudiation");
    assert_eq!(behind("X509v3 Extended Key Usage: critical"), "TLS Web Client Authentication");
    assert_eq!(behind("Netscape Comment:"), "\"CES-CA Generate Certificate\"");
    let issuer = openssl("x509 -in wechat_pay.pem -noout -ext subjectKeyIdentifier");
    let issuer = issuer.lines().last().unwrap().trim();
    assert_eq!(behind("X509v3 Authority Key Identifier:"), format!("keyid:{issuer}"));
    assert!(extensions.contains("DirName:/C=CN/ST=Guangdong") && extensions.contains("TIDEGATE SANDBOX"));
    assert!(text.contains("2050 GMT"), "a date after 2049: {text}");
}

#[test]
fn a_chain_file_is_a_bag_of_certificates_in_the_given_order() {
    let listed = openssl("pkcs7 -in chain.p7b -inform DER -print_certs -noout");
    let subjects: Vec<&str> = listed.lines().filter(|line| line.starts_with("subject=")).collect();
    assert_eq!(subjects.len(), 2);
    assert!(subjects[0].contains("Tenpay.com Root CA") && subjects[1].contains("MmpaymchCA"), "{listed}");
}

#[test]
fn the_certificate_tool_takes_them_for_what_they_are_and_sees_the_sandbox() {
    for (issued, class) in [(&MADE.older, Class::MerchantWxpayIssued), (&MADE.newer, Class::MerchantCaIssued)]
    {
        let certificate = certs::certificate::Certificate::from_der(&issued.der).unwrap();
        assert!(certificate.is_sandbox());
        let found = classify(&certificate);
        assert_eq!((found.class, found.merchant_name.as_deref()), (class, Some(COMPANY)));
    }
}
