//! Every mistake that merchants are known to make, what they are told, and what the command ends with.

use super::{AUTHORITY, MERCHANT_ID, Room, issue};
use jiff::{Timestamp, ToSpan as _};
use sandbox::authority::{Validity, new_key, pem_of};

/// A command, what it ends with, and what it says.
type Row<'a> = (&'a [&'a str], i32, &'a [&'a str]);

fn check(room: &Room, rows: &[Row<'_>]) {
    // Long lines are broken, and labels aligned.
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (words, code, said) in rows {
        let ended = room.run(words);
        assert_eq!(ended.code, *code, "{words:?}: {ended:?}");
        let text = folded(&ended.out) + &folded(&ended.err);
        for part in *said {
            assert!(text.contains(&folded(part)), "{words:?}: {part:?} in {text}");
        }
        assert!(!ended.err.contains("panicked"), "{ended:?}");
    }
}

#[test]
fn what_is_pasted_instead_of_the_certificate_string_is_named() {
    let room = Room::new();
    let request_string = room.request("c");
    let stranger = room.request("other");
    let good = issue(&request_string, MERCHANT_ID, -1, 300);
    let year =
        Validity { not_before: Timestamp::now() - 24.hours(), not_after: Timestamp::now() + 24.hours() };
    let platform = AUTHORITY.issue_to_platform(&new_key().unwrap(), year).unwrap().pem;
    for (text, said) in [
        ("", "nothing was pasted"),
        (&request_string, "this is the request string itself"),
        (&stranger, "one of another key"),
        (&good[..good.len() / 2], "The box has a scroll bar"),
        (&good[60..], "The box has a scroll bar"),
        (&room.text("c/apiclient_key.pem"), "Keep the key to yourself"),
        (&issue(&request_string, "1900000109", -1, 300), "this is the certificate of `1900000109`"),
        (&issue(&stranger, MERCHANT_ID, -1, 300), "does not match the local key pair"),
        (&platform, "this is a platform certificate"),
        (AUTHORITY.certificate_pem(), "this is the certificate of a CA"),
        (&issue(&request_string, MERCHANT_ID, -400, -35), "It expired at"),
        ("谢谢，证书已经生成", "this is no certificate string"),
        ("7A11CE0000000000000000000000000000000001", "this is a serial number"),
        ("<html>Login expired</html>", "web page"),
    ] {
        room.write("string.txt", text);
        check(
            &room,
            &[(&["install", "--dir", "c", "--certificate", "string.txt", "--anchor", "ca.pem"], 2, &[said])],
        );
        assert!(!room.path("c/apiclient_cert.pem").exists(), "{said}");
    }
    room.write("string.txt", &good);
    check(
        &room,
        &[
            // A sandbox's certificate where the real CA is expected.
            (&["install", "--dir", "c", "--certificate", "string.txt"], 2, &["sandbox", "--anchor"]),
            (
                &["install", "--dir", "c", "--certificate", "string.txt", "--anchor", "c/request_string.pem"],
                2,
                &["holds no certificate"],
            ),
            (
                &["install", "--dir", "c", "--certificate", "missing.txt"],
                1,
                &["missing.txt", "Check the path"],
            ),
            (&["install", "--dir", "missing", "--certificate", "string.txt"], 1, &["there is no folder"]),
            (&["install", "--dir", ".", "--certificate", "string.txt"], 2, &["no certificate was asked for"]),
            (&["install", "--dir", "c"], 1, &["nobody is here to paste it"]),
            (&["wizard"], 1, &["nobody is here to answer"]),
        ],
    );
}

#[test]
fn merchant_id_and_name_are_checked_before_anything_is_made() {
    let room = Room::new();
    for (id, name, said) in [
        ("19000O9191", "x", "digits only"),
        ("1900009", "x", "8 to 10 digits"),
        ("", "x", "empty"),
        (MERCHANT_ID, " ", "the merchant name is empty"),
        (MERCHANT_ID, &"店".repeat(65), "64 characters"),
    ] {
        check(
            &room,
            &[(&["request", "--merchant-id", id, "--merchant-name", name, "--out", "c"], 2, &[said])],
        );
    }
    assert!(!room.path("c").exists());
}

#[test]
fn a_key_that_lies_there_is_never_written_over() {
    let room = Room::new();
    room.installed("c", 300);
    std::fs::create_dir(room.path("foreign")).unwrap();
    room.write("foreign/apiclient_key.pem", pem_of(&new_key().unwrap()));
    let before = room.read("foreign/apiclient_key.pem");
    let request = ["request", "--merchant-id", MERCHANT_ID, "--merchant-name", "x", "--out", "foreign"];
    check(&room, &[(&request, 7, &["a key is never written over"])]);
    let over = ["convert", "c/apiclient_cert.pem", "--to", "pem", "--out", "foreign/apiclient_key.pem"];
    check(
        &room,
        &[
            (&over, 7, &["exists already", "--force"]),
            (&[&over[..], &["--force"]].concat(), 7, &["never written over"]),
        ],
    );
    assert_eq!(room.read("foreign/apiclient_key.pem"), before);
    // What cannot be opened may hold a key, and what is no file is nobody's to replace.
    room.write("store.jks", b"\xFE\xED\xFE\xED and more");
    std::fs::create_dir(room.path("folder")).unwrap();
    let onto = |out| ["convert", "c/apiclient_cert.pem", "--to", "pem", "--force", "--out", out];
    check(
        &room,
        &[
            (&onto("store.jks"), 7, &["or may hold one"]),
            (&onto("c/apiclient_cert.p12"), 7, &["holds a private key"]),
            (&onto("folder"), 7, &["is no ordinary file"]),
        ],
    );
    std::fs::remove_file(room.path("c/apiclient_key.pem")).unwrap();
    check(
        &room,
        &[(
            &["install", "--dir", "c", "--certificate", "issued.pem", "--anchor", "ca.pem"],
            2,
            &["is gone", "restore"],
        )],
    );
}

#[test]
fn a_passphrase_that_is_set_to_nothing_is_a_mistake() {
    let room = Room::new();
    let mut command =
        room.command(&["request", "--merchant-id", MERCHANT_ID, "--merchant-name", "x", "--out", "c"]);
    let ended = command.env("TIDEGATE_KEY_PASSPHRASE", "").output().unwrap();
    let text = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(6), "{text}");
    assert!(text.contains("is set and empty") && !room.path("c/apiclient_key.pem").exists(), "{text}");
}

#[test]
fn mixed_up_files_are_told_apart() {
    let room = Room::new();
    room.installed("c", 300);
    room.installed("other", 300);
    let certificate = room.text("c/apiclient_cert.pem");
    room.write("bom.pem", format!("\u{feff}{}", certificate.replace('\n', "\r\n")));
    room.other("openssl", "pkcs8 -in c/apiclient_key.pem -traditional -nocrypt -out pkcs1.pem");
    room.other(
        "openssl",
        "req -x509 -newkey rsa:2048 -nodes -keyout self_key.pem -out self.pem -subj /CN=test -days 9",
    );
    let p12 = room.read("c/apiclient_cert.p12");
    room.write("cut.p12", &p12[..p12.len() / 2]);
    room.write("empty.p12", "");
    room.write("text.p12", String::from_utf8_lossy(&p12).as_bytes());
    let verify = ["verify", "c/apiclient_cert.pem", "--anchor", "ca.pem"];
    let with = |more: &[&'static str]| -> Vec<&'static str> { [&verify[..], more].concat() };
    check(
        &room,
        &[
            (
                &with(&["--key", "other/apiclient_key.pem"]),
                2,
                &["key match      fail", "another certificate's"],
            ),
            (
                &with(&["--key", "c/apiclient_cert.pem"]),
                2,
                &["this is a certificate, and the private key belongs here"],
            ),
            (&with(&["--key", "c/request_string.pem"]), 0, &["key match      pass"]),
            (&with(&["--key", "pkcs1.pem"]), 0, &["key match      pass"]),
            (&with(&["--merchant-id", "1900000109"]), 2, &["merchant id    fail"]),
            (
                &with(&["--serial", "1BD4220E50DBC04B06AD397549846C01C3E8EBD2"]),
                2,
                &["serial number  fail", "another certificate's"],
            ),
            (&with(&["--serial", "PUB_KEY_ID_0114000000001"]), 2, &["id of a WeChat Pay public key"]),
            (&["verify", "c/apiclient_cert.pem"], 2, &["signature      fail", "sandbox"]),
            (&["verify", "self.pem", "--anchor", "self.pem"], 0, &["itself one of those"]),
            (&["verify", "self.pem"], 2, &["chain          fail"]),
            (
                &["verify", "c/apiclient_key.pem"],
                2,
                &["this is a private key, and the certificate belongs here"],
            ),
            (&["verify", "c/request_string.pem"], 2, &["goes to the Merchant Platform"]),
            (
                &["inspect", "c/apiclient_cert.p12", "--password", "0123456789abcdef0123456789abcdef"],
                6,
                &["looks like an API key", "The password is the merchant id"],
            ),
            (&["inspect", "c/apiclient_cert.p12"], 6, &["The password is the merchant id"]),
            (&["inspect", "cut.p12"], 2, &["cut off"]),
            (&["inspect", "empty.p12"], 2, &["the file is empty"]),
            (&["inspect", "text.p12"], 2, &["copied as text", "Maven"]),
            (&["inspect", "bom.pem"], 0, &["byte order mark", "CR LF"]),
            (&["inspect", "pkcs1.pem"], 0, &["PKCS#1"]),
            (
                &["pair", "c/apiclient_key.pem", "other/apiclient_cert.pem"],
                2,
                &["key 2", "do not belong together"],
            ),
            (
                &["pair", "c/apiclient_key.pem", "c/apiclient_cert.pem", "c/request_string.pem"],
                0,
                &["They belong together"],
            ),
        ],
    );
}

#[test]
fn a_number_in_the_path_that_looks_like_a_merchant_id_is_tried_as_the_password() {
    let room = Room::new();
    room.installed("1900009191_20260101_cert", 300);
    room.well(&["inspect", "1900009191_20260101_cert/apiclient_cert.p12"]);
}
