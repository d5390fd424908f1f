//! Known answers about real certificates. They are read in place: `TIDEGATE_VECTORS` names their folder, beside the
//! project's root by default, and without it these tests say so and pass.
#![expect(clippy::unwrap_used, reason = "a vector file that lacks something fails its test")]

use std::path::{Path, PathBuf};

use certs::anchors::Anchors;
use certs::bundle;
use certs::classification::Class;
use certs::digests::{Digests, PUBLISHED_CHAINS, published_chain};
use certs::inspection::{self, Report, Warning};
use certs::lifecycle::Policy;
use certs::material::{self, Oddity};
use certs::pair::{Part, pair};
use certs::verification::{Outcome, Question, verify};
use jiff::Timestamp;

/// A file among the vectors, or `None` if there are none on this machine.
fn read(file: &str) -> Option<Vec<u8>> {
    let folder = match std::env::var_os("TIDEGATE_VECTORS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    };
    let folder = folder.join("certificates");
    if !folder.is_dir() {
        println!("{}: no such folder, so {file} is not tried", folder.display());
        return None;
    }
    Some(std::fs::read(folder.join(file)).unwrap())
}

/// An instant at which the newer of the certificates are valid.
fn in_2021() -> Timestamp {
    "2021-06-01T00:00:00Z".parse().unwrap()
}

fn report(file: &str) -> Option<Report> {
    let bytes = read(file)?;
    let policy = Policy::classic();
    let subject = inspection::Subject {
        file,
        bytes: &bytes,
        passwords: &["1900009191"],
        policy: &policy,
        now: in_2021(),
    };
    Some(inspection::inspect(&subject).unwrap())
}

#[test]
fn every_certificate_is_classified_and_shown_as_it_is() {
    const CA: &str = "C=CN, O=Tenpay.com, OU=Tenpay.com CA Center, CN=Tenpay.com Root CA";
    let cases = [
        (
            "merchant-ca-issued-2020.pem",
            Class::MerchantCaIssued,
            Some(true),
            "CN=1276387801, O=微信商户系统, OU=北京壹步操作科技有限公司, C=CN, L=ShenZhen",
            CA,
            "5DB4280B54C7C8EDAD7AA269B8C12A5969798B07",
            ["2020-12-31T06:17:30Z", "2025-12-30T06:17:30Z"],
        ),
        (
            "merchant-wxpay-issued-2018.pem",
            Class::MerchantWxpayIssued,
            Some(true),
            "C=CN, ST=Guangdong, L=Shenzhen, O=Tencent, OU=MMPay, CN=上海凯奇信息科技有限公司, SN=102942616",
            "C=CN, ST=Guangdong, L=Shenzhen, O=Tencent, OU=WXG, CN=MmpaymchCA, emailAddress=mmpaymch@tencent",
            "0247A49B",
            ["2018-10-17T02:39:54Z", "2028-10-14T02:39:54Z"],
        ),
        (
            "platform-rsa-2019.pem",
            Class::PlatformRsa,
            Some(true),
            "CN=Tenpay.com sign, O=Tenpay.com, OU=Tenpay.com CA Center, C=CN, L=ShenZhen",
            CA,
            "18BFD718DF313C71837B9ED64F4534D3925164C3",
            ["2019-08-12T06:13:22Z", "2024-08-10T06:13:22Z"],
        ),
        (
            "platform-rsa-2020.pem",
            Class::PlatformRsa,
            Some(true),
            "CN=Tenpay.com sign, O=Tenpay.com, OU=Tenpay.com CA Center, C=CN, L=ShenZhen",
            CA,
            "19936B4DC6A6C77B05489B10962DEFF42EA065EF",
            ["2020-08-01T07:35:18Z", "2025-07-31T07:35:18Z"],
        ),
        (
            "other-miniprogram-2022.pem",
            Class::OtherTenpayIssued,
            Some(true),
            "CN=wxd930ea5d5a258f4f, O=Tencent Inc., OU=WxgMp, C=CN, L=ShenZhen",
            CA,
            "784F98CBBBCCFE8F9E1C7B1F33ED5B1892446534",
            ["2022-09-05T08:39:22Z", "2027-09-04T08:39:22Z"],
        ),
        (
            "sdk-java-sm2-merchant-2022.pem",
            Class::MerchantSm2Test,
            None,
            "C=CN, O=微信商户系统, OU=深圳市伟荣科技有限公司, CN=2483281761",
            "CN=Shen Zhen iTrusChina Class Enterprise Subscriber CA SM2 - Test, OU=测试部试用, O=天诚安信试用, C=CN",
            "54E7F59ED8DF4570CFB14780EA8152D45A675EE6",
            ["2022-08-04T12:14:19Z", "2023-09-03T12:14:19Z"],
        ),
        (
            "chain/tenpay-root-ca.pem",
            Class::ChainCa,
            None,
            CA,
            "C=CN, O=iTrusChina, OU=China Trust Network, CN=iTrusChina Class 2 Enterprise CA - G3",
            "1BD4220E50DBC04B06AD397549846C01C3E8EBD2",
            ["2017-08-09T09:15:55Z", "2032-08-09T09:15:55Z"],
        ),
    ];
    for (file, class, verified, subject, issuer, serial, [not_before, not_after]) in cases {
        let Some(report) = report(file) else { return };
        assert_eq!(report.classification, Some(class), "{file}");
        assert_eq!(report.signature_verified, verified, "{file}");
        assert_eq!(report.subject.as_deref(), Some(subject), "{file}");
        assert_eq!(report.issuer.as_deref(), Some(issuer), "{file}");
        assert_eq!(report.serial_hex.as_deref(), Some(serial), "{file}");
        assert_eq!(report.not_before.as_deref(), Some(not_before), "{file}");
        assert_eq!(report.not_after.as_deref(), Some(not_after), "{file}");
    }
}

#[test]
fn a_look_alike_of_another_ca_is_none_of_the_kinds_and_its_leading_zero_is_kept() {
    let Some(report) = report("sdk-go-tenpay-user-ca-2020.pem") else { return };
    assert_eq!(report.classification, Some(Class::Unknown));
    assert_eq!(report.serial_hex.as_deref(), Some("0C4AEF34B89340881BB2B25226393DC2E47F094B"));
    assert_eq!(
        (report.subject_cn.as_deref(), report.issuer_cn.as_deref()),
        (Some("Tenpay.com sign"), Some("Tenpay.com User CA"))
    );
}

#[test]
fn merchants_are_named_by_each_kind() {
    let Some(ca_issued) = report("merchant-ca-issued-2020.pem") else { return };
    assert_eq!(ca_issued.merchant_id.as_deref(), Some("1276387801"));
    assert_eq!(ca_issued.merchant_name.as_deref(), Some("北京壹步操作科技有限公司"));
    assert!(ca_issued.warnings.is_empty(), "{:?}", ca_issued.warnings);
    let Some(wxpay_issued) = report("merchant-wxpay-issued-2018.pem") else { return };
    assert_eq!(wxpay_issued.merchant_id, None);
    assert_eq!(wxpay_issued.merchant_name.as_deref(), Some("上海凯奇信息科技有限公司"));
    assert_eq!(wxpay_issued.serial_decimal.as_deref(), Some("38249627"));
    assert_eq!(wxpay_issued.warnings, [Warning::WeakSignature, Warning::T61Utf8]);
}

#[test]
fn the_chain_file_is_the_published_one_and_holds_three_cas_in_its_order() {
    let Some(bytes) = read("chain/CertTrustChain.p7b") else { return };
    assert_eq!(published_chain(&bytes), Some(&PUBLISHED_CHAINS[0]));
    let digests = Digests::of(&bytes);
    assert_eq!(
        (digests.sha256.as_str(), digests.md5.as_str()),
        (PUBLISHED_CHAINS[0].sha256, PUBLISHED_CHAINS[0].md5)
    );
    let contents = material::read(&bytes, &[]).unwrap();
    let fingerprints: Vec<String> =
        contents.certificates().map(|certificate| certificate.fingerprints().sha256).collect();
    assert_eq!(
        fingerprints,
        [
            "B29F8B2513EB2F7C49C07C7C20F4027CA903D071DF72CAA0B2B924EFF43A9452",
            "7DD16C32A554A6A77E842A879BAAEB74CE0B25A8435A6ACB0A4BD2E4B64CDC1F",
            "EAF36B270A32F5932E8F71DB75788B2F1889D745A2680985A023245AB53BE420",
        ]
    );
}

/// Outcomes of signature, chain and validity, and the chain's sentence.
fn verdict(file: &str, anchors: &Anchors, now: Timestamp) -> ([Outcome; 3], String) {
    let contents = material::read(&read(file).unwrap(), &[]).unwrap();
    let verification = verify(&Question {
        certificate: contents.leaf().unwrap(),
        beside: &[],
        anchors,
        key: None,
        merchant_id: None,
        now,
    });
    let outcomes = [0, 1, 2].map(|place| verification.checks[place].outcome);
    (outcomes, verification.checks[1].sentence.clone())
}

#[test]
fn real_leaves_verify_with_the_built_in_key_and_with_the_chain_file() {
    let Some(bytes) = read("chain/CertTrustChain.p7b") else { return };
    let file = Anchors::from_file(&bytes).unwrap();
    assert!(file.sentence(in_2021()).contains("its digest is the one published for CertTrustChain.p7b"));
    use Outcome::{Fail, NotChecked, Pass};
    for leaf in ["merchant-ca-issued-2020.pem", "platform-rsa-2019.pem", "platform-rsa-2020.pem"] {
        let (outcomes, chain) = verdict(leaf, &Anchors::built_in(), in_2021());
        assert_eq!((outcomes, chain.as_str()), ([Pass; 3], "Issued by Tenpay.com Root CA."), "{leaf}");
        let (outcomes, chain) = verdict(leaf, &file, in_2021());
        assert_eq!(outcomes, [Pass; 3], "{leaf}");
        assert!(chain.contains("Class 2 Root CA - G3. Weak, and accepted: iTrusChina Class 2 Enterprise CA - G3 is signed with sha1"), "{chain}");
    }
    let late = "2026-11-22T00:00:00Z".parse().unwrap();
    let (outcomes, _) = verdict("merchant-ca-issued-2020.pem", &file, late);
    assert_eq!(outcomes, [Pass, Pass, Fail], "expired, and its chain is whole");
    let (outcomes, chain) = verdict("merchant-wxpay-issued-2018.pem", &Anchors::built_in(), in_2021());
    assert_eq!(outcomes, [Pass, NotChecked, Pass], "{chain}");
    let (outcomes, _) = verdict("sdk-java-sm2-merchant-2022.pem", &Anchors::built_in(), in_2021());
    assert_eq!(outcomes, [NotChecked, NotChecked, Fail]);
}

#[test]
fn bundles_of_all_three_ciphers_are_opened_and_belong_to_the_key() {
    for (file, oddities) in [
        ("p12/legacy-rc2-3des.p12", vec![Oddity::Rc2Bundle]),
        ("p12/compat-3des-sha1.p12", vec![]),
        ("p12/modern-aes256.p12", vec![]),
    ] {
        let Some(bytes) = read(file) else { return };
        let contents = material::read(&bytes, &["wrong", "1900009191"]).unwrap();
        assert_eq!(contents.oddities, oddities, "{file}");
        assert!(pair(&[Part { name: file, contents: &contents }]).is_one_pair(), "{file}");
        assert!(matches!(
            bundle::open(&bytes, "19000091910").unwrap_err(),
            bundle::BundleError::WrongPassword { .. }
        ));
    }
}
