//! From the request string to the files.

use super::{MERCHANT_ID, NAME, Room, issue, names, serial};

#[test]
fn a_certificate_is_asked_for_installed_and_read_by_openssl_and_java() {
    let room = Room::new();
    let asked = room.well(&["request", "--merchant-id", MERCHANT_ID, "--merchant-name", NAME, "--out", "c"]);
    assert_eq!(asked.out, room.text("c/request_string.pem"), "the standard output is the string alone");
    assert!(asked.err.contains("exists nowhere else") && asked.err.contains("API Security"), "{}", asked.err);
    let subject = room.other("openssl", "req -in c/request_string.pem -verify -noout -subject -nameopt utf8");
    assert!(subject.contains("verify OK") && subject.contains(MERCHANT_ID), "{subject}");

    room.write("string.txt", issue(&asked.out, MERCHANT_ID, -1, 300));
    let installed = room.install("c", "string.txt");
    for said in ["signature    pass", "chain        pass", "key match    pass", "merchant id  pass"] {
        assert!(installed.out.contains(said), "{said} in {}", installed.out);
    }
    assert_eq!(
        names(&room.path("c")),
        [
            ".gitignore",
            ".lock",
            "apiclient_cert.p12",
            "apiclient_cert.pem",
            "apiclient_key.pem",
            "request_string.pem",
            "证书使用说明.txt"
        ]
    );

    room.other("openssl", "verify -CAfile ca.pem c/apiclient_cert.pem");
    assert_eq!(
        room.other("openssl", "pkey -in c/apiclient_key.pem -pubout"),
        room.other("openssl", "x509 -in c/apiclient_cert.pem -noout -pubkey"),
    );
    let opened =
        room.other("openssl", &format!("pkcs12 -in c/apiclient_cert.p12 -nodes -passin pass:{MERCHANT_ID}"));
    assert!(
        opened.contains("friendlyName: Tenpay Certificate") && opened.contains("BEGIN PRIVATE KEY"),
        "{opened}"
    );
    let listed = room.other(
        "keytool",
        &format!("-list -v -keystore c/apiclient_cert.p12 -storetype PKCS12 -storepass {MERCHANT_ID}"),
    );
    let serial = serial(&room, "c/apiclient_cert.pem");
    assert!(listed.to_uppercase().contains(&serial) && listed.contains("PrivateKeyEntry"), "{listed}");

    let verified = room.well(&[
        "verify",
        "c/apiclient_cert.pem",
        "--key",
        "c/apiclient_key.pem",
        "--merchant-id",
        MERCHANT_ID,
        "--anchor",
        "ca.pem",
        "--serial",
        &serial.to_lowercase(),
    ]);
    for question in ["signature", "chain", "validity", "key match", "merchant id", "serial number"] {
        assert!(verified.out.contains(&format!("{question:<14} pass")), "{question} in {}", verified.out);
    }
    let inspected = room.well(&[
        "inspect",
        "--json",
        "c/apiclient_cert.pem",
        "c/apiclient_cert.p12",
        "c/apiclient_key.pem",
        "--password",
        MERCHANT_ID,
    ]);
    let reports: serde_json::Value = serde_json::from_str(&inspected.out).unwrap();
    for report in [&reports[0], &reports[1]] {
        assert_eq!(report["classification"], "merchant-ca-issued");
        assert_eq!(report["merchant_id"], MERCHANT_ID);
        assert_eq!(report["merchant_name"], NAME);
        assert_eq!(report["serial_hex"], serial);
        assert_eq!(report["lifecycle"]["state"], "active");
        assert!(report["warnings"].as_array().unwrap().contains(&"sandbox".into()), "{report}");
    }
    assert_eq!(reports[1]["key_matches"], true);
    assert_eq!(reports[2]["kind"], "private-key");
}

#[test]
fn the_same_request_string_is_shown_again_and_no_other_one_made_in_its_place() {
    let room = Room::new();
    let first = room.request("c");
    let key = room.read("c/apiclient_key.pem");
    assert_eq!(room.request("c"), first);
    for (id, name) in [("1900000109", NAME), (MERCHANT_ID, "别家")] {
        let refused = room.run(&["request", "--merchant-id", id, "--merchant-name", name, "--out", "c"]);
        assert_eq!(refused.code, 7, "{refused:?}");
    }
    // White space makes no difference.
    room.well(&[
        "request",
        "--merchant-id",
        MERCHANT_ID,
        "--merchant-name",
        "深圳\u{3000}好店 ",
        "--out",
        "c",
    ]);
    assert_eq!(room.read("c/apiclient_key.pem"), key);
}

#[test]
fn a_certificate_string_is_taken_in_every_form_that_a_clipboard_gives_it() {
    let room = Room::new();
    let request_string = room.request("c");
    let pem = issue(&request_string, MERCHANT_ID, -1, 300);
    let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let chain = format!("{}{pem}", String::from_utf8(room.read("ca.pem")).unwrap());
    for text in [
        pem.clone(),
        pem.replace('\n', "\r\n"),
        format!("\u{feff}{pem}"),
        format!("  \n\n证书串：\n{pem}\n"),
        bare,
        chain,
        format!("{pem}{}", String::from_utf8(room.read("ca.pem")).unwrap()),
    ] {
        room.write("string.txt", &text);
        room.install("c", "string.txt");
        assert_eq!(room.text("c/apiclient_cert.pem"), pem, "{text:?}");
    }
    let mut piped = room.command(&["install", "--dir", "c", "--certificate", "-", "--anchor", "ca.pem"]);
    piped.stdin(std::fs::File::open(room.path("string.txt")).unwrap());
    assert!(piped.output().unwrap().status.success());
}

#[test]
fn a_renewed_certificate_replaces_the_old_one_which_is_kept() {
    let room = Room::new();
    room.installed("c", 30);
    let (key, old) = (room.read("c/apiclient_key.pem"), serial(&room, "c/apiclient_cert.pem"));
    room.write("old.pem", room.read("c/apiclient_cert.pem"));
    room.write("renewed.pem", issue(&room.text("c/request_string.pem"), MERCHANT_ID, -1, 395));
    let renewed = room.install("c", "renewed.pem");
    assert!(renewed.out.contains(&format!("It replaces serial number {old}")), "{}", renewed.out);
    assert_eq!(room.read("c/apiclient_key.pem"), key);
    assert_eq!(room.read(&format!("c/.previous/{old}/apiclient_cert.pem")), room.read("old.pem"));
    let again = room.install("c", "renewed.pem");
    assert!(again.out.contains("It was installed before"), "{}", again.out);
    let back = room.run(&["install", "--dir", "c", "--certificate", "old.pem", "--anchor", "ca.pem"]);
    assert!(back.code == 2 && back.err.contains("clipboard still held the old one"), "{back:?}");
    let asked = room.run(&["request", "--merchant-id", MERCHANT_ID, "--merchant-name", NAME, "--out", "c"]);
    assert!(asked.code == 7 && asked.err.contains("new folder"), "{asked:?}");
}

#[test]
fn a_key_under_a_passphrase_is_read_by_openssl_and_opened_for_the_bundle_alone() {
    let room = Room::new();
    room.write("passphrase", "open sesame\n");
    let asked = room.well(&[
        "request",
        "--merchant-id",
        MERCHANT_ID,
        "--merchant-name",
        NAME,
        "--out",
        "c",
        "--passphrase-file",
        "passphrase",
    ]);
    assert!(room.text("c/apiclient_key.pem").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    room.other("openssl", "pkey -in c/apiclient_key.pem -noout -passin file:passphrase");
    room.write("string.txt", issue(&asked.out, MERCHANT_ID, -1, 300));
    let words = ["install", "--dir", "c", "--certificate", "string.txt", "--anchor", "ca.pem"];
    let missing = room.run(&words);
    assert!(missing.code == 6 && missing.err.contains("its passphrase is needed"), "{missing:?}");
    let wrong = room.command(&words).env("TIDEGATE_KEY_PASSPHRASE", "sesame").output().unwrap();
    assert_eq!(wrong.status.code(), Some(6));
    let installed = room.well(&[&words[..], &["--passphrase-file", "passphrase"]].concat());
    assert!(installed.out.contains("the PKCS#12 file opens with the merchant id"), "{}", installed.out);
    for text in [&asked.out, &asked.err, &missing.err, &installed.out, &installed.err] {
        assert!(!text.contains("sesame"), "{text}");
    }
}

/// Killed at every point of a request and of an installation, it goes on as if nothing had happened.
#[cfg(feature = "kill-points")]
#[test]
fn a_kill_at_any_point_loses_nothing() {
    for point in ["certificate_request_written", "certificate_key_written", "certificate_key_named"] {
        let room = Room::new();
        let words = ["request", "--merchant-id", MERCHANT_ID, "--merchant-name", NAME, "--out", "c"];
        let killed = room.command(&words).env("TIDEGATE_KILL", format!("{point}:1")).output().unwrap();
        assert!(!killed.status.success() && killed.stdout.is_empty(), "{point}: {killed:?}");
        let key = std::fs::read(room.path("c/apiclient_key.pem")).ok();
        assert_eq!(key.is_some(), point == "certificate_key_named");
        let request_string = room.request("c");
        assert!(key.is_none_or(|key| key == room.read("c/apiclient_key.pem")), "{point}");
        room.write("string.txt", issue(&request_string, MERCHANT_ID, -1, 300));
        room.install("c", "string.txt");
    }
    for (point, number, is_new) in [
        ("certificate_set_written", 1, false),
        ("certificate_set_ready", 1, true),
        ("certificate_file_moved", 1, true),
        ("certificate_file_moved", 2, true),
        ("certificate_file_moved", 3, true),
    ] {
        let room = Room::new();
        room.installed("c", 30);
        let old = serial(&room, "c/apiclient_cert.pem");
        room.write("renewed.pem", issue(&room.text("c/request_string.pem"), MERCHANT_ID, -1, 395));
        let words = ["install", "--dir", "c", "--certificate", "renewed.pem", "--anchor", "ca.pem"];
        let killed = room.command(&words).env("TIDEGATE_KILL", format!("{point}:{number}")).output().unwrap();
        assert!(!killed.status.success(), "{point}:{number}: {killed:?}");
        // Whoever looks next finds one whole set.
        room.run(&["status", "c"]);
        let found = serial(&room, "c/apiclient_cert.pem");
        let expected = if is_new { serial(&room, "renewed.pem") } else { old };
        assert_eq!(found, expected, "{point}:{number}");
        let both = [
            "pair",
            "c/apiclient_key.pem",
            "c/apiclient_cert.pem",
            "c/apiclient_cert.p12",
            "--password",
            MERCHANT_ID,
        ];
        room.well(&both);
        let listed = room.well(&["inspect", "--json", "c/apiclient_cert.p12", "--password", MERCHANT_ID]);
        assert!(listed.out.contains(&expected), "{point}:{number}");
        room.well(&words);
    }
}
