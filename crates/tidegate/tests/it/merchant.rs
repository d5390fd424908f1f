//! `tidegate merchant`.

use std::fs;
use std::path::Path;

use crate::stub::{Stub, run};

const MERCHANT: &str = r#"{"mchid":"1900000001","mode":"institution","region":"global","wire":"v3","appid":"wx0000000000000001",
"settlement_currency":"USD","number_form":"prefixed","api_hosts":[],"sub_mchids":["1900000101","1900000102"],"is_sandbox":false,
"can_call":true,"certificate":{"serial_no":"5157F09EFDC096DE15EBE81A47057A7232F1B8E1","not_after":"2027-05-08T01:00:00Z"},
"paused":false,"halt":HALT}"#;

const SHEET: &str = "\
Merchant id 1900000001
  Mode           institution
  Interface      v3, global
  App id         wx0000000000000001
  Settled in     USD
  Sub-merchants  1900000101, 1900000102
  Certificate    5157F09EFDC096DE15EBE81A47057A7232F1B8E1
  Valid until    2027-05-08 09:00:00 China time
  Standing       submits refunds
";

/// A certificate and its key as the certificate tool leaves them, but for their names.
const CERTIFICATE: &str = include_str!("../../../wechatpay/testdata/merchant_cert.pem");
const KEY: &str = include_str!("../../../wechatpay/testdata/merchant_key.pem");

fn merchant(halt: &str) -> String {
    MERCHANT.replace("HALT", halt)
}

fn folder(certificate: &str, key: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("apiclient_cert.pem"), certificate).unwrap();
    fs::write(folder.path().join("apiclient_key.pem"), key).unwrap();
    folder
}

fn give(stub: &Stub, folder: &Path, more: &[&str]) -> (i32, String, String) {
    let mut command = stub.tidegate(&["merchant", "certificate", "1900000001", "--dir"]);
    run(command.arg(folder).args(more))
}

#[test]
fn a_merchant_id_is_shown_with_its_certificate_and_why_it_is_halted() {
    let stub = Stub::always(200, &merchant("null"));
    let shown = run(&mut stub.tidegate(&["merchant", "show", "1900000001"]));
    assert_eq!(shown, (0, SHEET.to_owned(), String::new()));
    assert_eq!(stub.requests()[0].line, "GET /v1/admin/merchants/1900000001");

    let halted = merchant(r#"{"why":"certificate","since":"2026-05-08T01:00:00Z"}"#);
    let (code, out, _) = run(&mut Stub::always(200, &halted).tidegate(&["merchant", "show", "1900000001"]));
    assert!(code == 0 && out.contains("halted since 2026-05-08 09:00:00 China time"), "{out}");
    assert!(out.contains("give it a new"), "{out}");

    let list = format!(r#"{{"merchants":[{}]}}"#, merchant("null"));
    let (code, out, _) = run(&mut Stub::always(200, &list).tidegate(&["merchant", "list"]));
    assert!(code == 0 && out.contains("1900000001   institution  v3"), "{out}");
}

#[test]
fn a_sub_merchant_is_added_or_given_a_weight_that_is_shown_beside_it() {
    let weighed = merchant("null").replace(r#""is_sandbox""#, r#""weights":{"1900000102":200},"is_sandbox""#);
    let sub_merchant = ["merchant", "sub-merchant", "1900000001", "1900000102"];
    for (status, weight, body, told) in [
        (201, None, r#"{"sub_mchid":"1900000102"}"#, "The sub-merchant is served from now on."),
        (200, None, r#"{"sub_mchid":"1900000102"}"#, "The sub-merchant was served already."),
        (200, Some("200"), r#"{"sub_mchid":"1900000102","weight":200}"#, "The sub-merchant has this weight."),
    ] {
        let stub = Stub::always(status, &weighed);
        let mut command = stub.tidegate(&sub_merchant);
        let shown = run(command.args(weight.map(|weight| ["--weight", weight]).into_iter().flatten()));
        let sheet = SHEET.replace("1900000102", "1900000102 (weight 200 %)");
        assert_eq!(shown, (0, format!("{told}\n\n{sheet}"), String::new()));
        let request = &stub.requests()[0];
        assert_eq!(request.line, "POST /v1/admin/merchants/1900000001/sub-merchants");
        assert_eq!(request.body, body);
    }
    let stub = Stub::always(200, &weighed);
    for weight in ["1.5", "twice"] {
        let (code, out, err) = run(stub.tidegate(&sub_merchant).args(["--weight", weight]));
        assert!(code == 1 && out.is_empty() && err.contains("'--weight <PERCENT>': invalid digit"), "{err}");
    }
    assert!(stub.requests().is_empty());
}

#[test]
fn a_certificate_is_given_with_its_key_without_a_passphrase() {
    let stub = Stub::always(201, &merchant("null"));
    let shown = give(&stub, folder(CERTIFICATE, KEY).path(), &[]);
    assert_eq!(shown, (0, format!("The certificate is in force.\n\n{SHEET}"), String::new()));
    let request = &stub.requests()[0];
    assert_eq!(request.line, "POST /v1/admin/merchants/1900000001/certificate");
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["certificate_pem"], CERTIFICATE);
    assert_eq!(body["private_key_pem"], KEY);

    let same = give(&Stub::always(200, &merchant("null")), folder(CERTIFICATE, KEY).path(), &[]);
    assert!(same.1.starts_with("This certificate was in force already."), "{same:?}");
}

#[test]
fn a_folder_without_a_key_is_told_apart_before_anything_is_sent() {
    let stub = Stub::always(201, &merchant("null"));
    for (certificate, key, expected) in [
        (
            CERTIFICATE,
            CERTIFICATE,
            "holds no private key; give the folder that `tidegate cert install` filled",
        ),
        (CERTIFICATE, "", "apiclient_key.pem`: "),
        (CERTIFICATE, "no key at all", "apiclient_key.pem`: "),
    ] {
        let (code, out, err) = give(&stub, folder(certificate, key).path(), &[]);
        assert!(code == 1 && out.is_empty() && err.contains(expected), "{err}");
    }
    let sealed = include_str!("../../../certs/testdata/test_key_encrypted.pem");
    let folder = folder(CERTIFICATE, sealed);
    fs::write(folder.path().join("passphrase"), "not this one").unwrap();
    let (code, _, err) = give(&stub, folder.path(), &[]);
    assert!(code == 1 && err.contains("is encrypted; give a file with its passphrase"), "{err}");
    let file = folder.path().join("passphrase");
    let (code, _, err) = give(&stub, folder.path(), &["--passphrase-file", file.to_str().unwrap()]);
    assert!(code == 1 && err.contains("the passphrase does not open the key"), "{err}");
    fs::remove_file(folder.path().join("apiclient_cert.pem")).unwrap();
    let (code, _, err) = give(&stub, folder.path(), &[]);
    assert!(code == 1 && err.contains("awaits its certificate"), "{err}");
    let (code, _, err) = give(&stub, Path::new("no-such-folder"), &[]);
    assert!(code == 1 && err.contains("apiclient_cert.pem` cannot be read"), "{err}");
    assert!(stub.requests().is_empty());
}

#[test]
fn a_certificate_that_wechat_pay_refuses_is_said_with_what_to_do() {
    let refused = r#"{"type":"/problems/certificate_refused","title":"WeChat Pay does not take calls that are signed with this certificate.",
"status":409,"code":"certificate_refused","what_to_do":"See on the Merchant Platform whether it is in force."}"#;
    let (code, out, err) = give(&Stub::always(409, refused), folder(CERTIFICATE, KEY).path(), &[]);
    assert!(code == 1 && out.is_empty() && err.contains("See on the Merchant Platform"), "{err}");
}
