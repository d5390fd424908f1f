//! Real certificates through `inspect --json`. They are read in place: `TIDEGATE_VECTORS` names their folder, beside the
//! project's root by default, and without it these tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Room;

fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("TIDEGATE_VECTORS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    };
    let folder = folder.join("certificates");
    match folder.is_dir() {
        true => Some(folder),
        false => {
            println!("{}: no such folder, so its certificates are not tried", folder.display());
            None
        }
    }
}

#[test]
fn every_real_certificate_is_told_by_its_kind() {
    let Some(folder) = folder() else { return };
    let room = Room::new();
    let rows: &[(&str, &str, Value, &str)] = &[
        (
            "merchant-ca-issued-2020.pem",
            "merchant-ca-issued",
            json!("1276387801"),
            "5DB4280B54C7C8EDAD7AA269B8C12A5969798B07",
        ),
        ("merchant-wxpay-issued-2018.pem", "merchant-wxpay-issued", Value::Null, "0247A49B"),
        ("platform-rsa-2019.pem", "platform-rsa", Value::Null, "18BFD718DF313C71837B9ED64F4534D3925164C3"),
        ("platform-rsa-2020.pem", "platform-rsa", Value::Null, "19936B4DC6A6C77B05489B10962DEFF42EA065EF"),
        (
            "other-miniprogram-2022.pem",
            "other-tenpay-issued",
            Value::Null,
            "784F98CBBBCCFE8F9E1C7B1F33ED5B1892446534",
        ),
        (
            "sdk-go-tenpay-user-ca-2020.pem",
            "unknown",
            Value::Null,
            "0C4AEF34B89340881BB2B25226393DC2E47F094B",
        ),
        (
            "sdk-java-sm2-merchant-2022.pem",
            "merchant-sm2-test",
            json!("2483281761"),
            "54E7F59ED8DF4570CFB14780EA8152D45A675EE6",
        ),
        ("chain/tenpay-root-ca.pem", "chain-ca", Value::Null, "1BD4220E50DBC04B06AD397549846C01C3E8EBD2"),
    ];
    let files: Vec<String> = rows.iter().map(|(file, ..)| folder.join(file).display().to_string()).collect();
    let words: Vec<&str> =
        ["inspect", "--json"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let reports: Value = serde_json::from_str(&room.well(&words).out).unwrap();
    for ((file, class, merchant_id, serial), report) in rows.iter().zip(reports.as_array().unwrap()) {
        assert_eq!(report["classification"], *class, "{file}");
        assert_eq!(report["merchant_id"], *merchant_id, "{file}");
        assert_eq!(report["serial_hex"], *serial, "{file}");
        for field in [
            "file",
            "format",
            "evidence",
            "merchant_name",
            "subject",
            "subject_cn",
            "issuer",
            "issuer_cn",
            "serial_decimal",
            "not_before",
            "not_after",
            "key",
            "signature_algorithm",
            "sha256_der",
            "lifecycle",
            "warnings",
        ] {
            assert!(report.get(field).is_some(), "{file} lacks {field}");
        }
        assert!(
            report["evidence"][0]["criterion"].is_string() && report["evidence"][0]["holds"].is_boolean()
        );
    }
    assert_eq!(reports[1]["serial_decimal"], "38249627");
    assert_eq!(reports[1]["merchant_name"], "上海凯奇信息科技有限公司");
}

#[test]
fn the_published_chain_file_is_known_and_proves_a_real_certificate() {
    let Some(folder) = folder() else { return };
    let room = Room::new();
    let chain = folder.join("chain/CertTrustChain.p7b").display().to_string();
    let shown = room.well(&["fingerprint", &chain]).out;
    assert!(shown.contains("the published chain file CertTrustChain.p7b"), "{shown}");
    let mini = folder.join("other-miniprogram-2022.pem").display().to_string();
    let platform = folder.join("platform-rsa-2020.pem").display().to_string();
    let merchant = folder.join("merchant-ca-issued-2020.pem").display().to_string();
    for anchor in [&["--anchor", chain.as_str()][..], &[]] {
        let verified = room.run(&[&["verify", merchant.as_str()][..], anchor].concat());
        // It expired at the end of 2025, which is another matter than whose signature it bears.
        assert_eq!(verified.code, 2, "{verified:?}");
        for line in ["signature      pass", "chain          pass", "validity       fail", "1276387801"] {
            assert!(verified.out.contains(line), "{line} in {verified:?}");
        }
        let other =
            room.run(&[&["verify", mini.as_str(), "--merchant-id", "1900009191"][..], anchor].concat());
        assert!(other.out.contains("signature      pass") && other.code != 0, "{other:?}");
        let platform =
            room.run(&[&["verify", platform.as_str(), "--merchant-id", "1900009191"][..], anchor].concat());
        assert!(
            platform.code == 2 && platform.out.contains("WeChat Pay's own platform certificate"),
            "{platform:?}"
        );
    }
}

#[test]
fn bundles_of_every_age_open_by_the_merchant_id() {
    let Some(folder) = folder() else { return };
    let room = Room::new();
    for file in ["compat-3des-sha1.p12", "legacy-rc2-3des.p12", "modern-aes256.p12"] {
        let path = folder.join("p12").join(file).display().to_string();
        let shown = room.well(&["inspect", "--json", "--password", "1900009191", &path]).out;
        let reports: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(reports[0]["format"], "pkcs12", "{file}");
        assert_eq!(reports[0]["key_matches"], true, "{file}");
    }
}
