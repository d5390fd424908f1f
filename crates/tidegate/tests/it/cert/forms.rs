//! From every form into every other, there and back, with others as witnesses.

use super::{MERCHANT_ID, Room, serial};

#[test]
fn a_folder_is_exported_into_every_form_that_others_read() {
    let room = Room::new();
    room.installed("c", 300);
    let number = serial(&room, "c/apiclient_cert.pem");
    for (cipher, is_read) in [("modern", true), ("compat", true), ("legacy", false)] {
        let file = format!("{cipher}.p12");
        room.well(&["export", "c", "--to", "p12", "--p12", cipher, "--out", &file]);
        let opened =
            room.other_ends("openssl", &format!("pkcs12 -in {file} -nokeys -passin pass:{MERCHANT_ID}"));
        assert_eq!(opened.code == 0, is_read, "{cipher}: {opened:?}");
        room.other(
            "openssl",
            &format!("pkcs12 -legacy -in {file} -nodes -passin pass:{MERCHANT_ID} -out {cipher}.pem"),
        );
        assert_eq!(serial(&room, &format!("{cipher}.pem")), number);
        let listed = room.other(
            "keytool",
            &format!("-list -v -keystore {file} -storetype PKCS12 -storepass {MERCHANT_ID}"),
        );
        assert!(listed.to_uppercase().contains(&number), "{cipher}: {listed}");
    }
    room.write("password", "pw of ours\n");
    room.well(&["export", "c", "--to", "p12", "--p12-password-file", "password", "--out", "own.p12"]);
    room.other("openssl", "pkcs12 -in own.p12 -noout -passin file:password");

    room.well(&["convert", "c/apiclient_cert.pem", "--to", "der", "--out", "certificate.der"]);
    assert!(room.other("openssl", "x509 -inform DER -in certificate.der -noout -serial").contains(&number));
    room.well(&["convert", "certificate.der", "--to", "pem", "--out", "back.pem"]);
    assert_eq!(room.read("back.pem"), room.read("c/apiclient_cert.pem"));
    room.well(&["convert", "c/apiclient_cert.pem", "ca.pem", "--to", "p7b", "--out", "chain.p7b"]);
    let printed = room.other("openssl", "pkcs7 -inform DER -in chain.p7b -print_certs");
    assert_eq!(printed.matches("BEGIN CERTIFICATE").count(), 2);
    room.well(&["verify", "c/apiclient_cert.pem", "--anchor", "chain.p7b"]);

    room.well(&["convert", "c/apiclient_key.pem", "--to", "pkcs1", "--out", "pkcs1.pem"]);
    assert!(room.text("pkcs1.pem").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    room.other("openssl", "rsa -in pkcs1.pem -check -noout");
    room.well(&["convert", "pkcs1.pem", "--to", "pkcs8", "--out", "pkcs8.pem"]);
    assert_eq!(room.read("pkcs8.pem"), room.read("c/apiclient_key.pem"));
    room.write("passphrase", "open sesame\n");
    room.well(&[
        "convert",
        "pkcs1.pem",
        "--to",
        "pkcs8",
        "--new-passphrase-file",
        "passphrase",
        "--out",
        "sealed.pem",
    ]);
    room.other("openssl", "pkey -in sealed.pem -noout -passin file:passphrase");
    room.well(&[
        "convert",
        "sealed.pem",
        "--password-file",
        "passphrase",
        "--to",
        "pkcs8",
        "--out",
        "opened.pem",
    ]);
    assert_eq!(room.read("opened.pem"), room.read("c/apiclient_key.pem"));
    assert_eq!(room.run(&["convert", "sealed.pem", "--to", "pkcs8", "--out", "x.pem"]).code, 6);
}

#[test]
fn files_of_others_are_read_and_written_clean() {
    let room = Room::new();
    room.installed("c", 300);
    room.other(
        "openssl",
        &format!(
            "pkcs12 -export -legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -inkey c/apiclient_key.pem \
             -in c/apiclient_cert.pem -passout pass:{MERCHANT_ID} -out old.p12"
        ),
    );
    room.other(
        "keytool",
        &format!(
            "-importkeystore -srckeystore c/apiclient_cert.p12 -srcstoretype PKCS12 -srcstorepass {MERCHANT_ID} \
             -destkeystore java.p12 -deststoretype PKCS12 -deststorepass {MERCHANT_ID} -noprompt"
        ),
    );
    for file in ["old.p12", "java.p12"] {
        let words = ["convert", file, "--password", MERCHANT_ID, "--to", "pem", "--out", "-"];
        let written = room.well(&words).out;
        let expected = room.text("c/apiclient_key.pem") + &room.text("c/apiclient_cert.pem");
        assert_eq!(written, expected, "{file}");
    }
    let warned = room.well(&["inspect", "old.p12", "--password", MERCHANT_ID]).out;
    assert!(warned.contains("0308010C") || warned.contains("RC2"), "{warned}");

    let certificate = room.text("c/apiclient_cert.pem");
    let dirty = format!("\u{feff}Bag Attributes: x\r\n{}", certificate.replace('\n', "\r\n"));
    room.write("dirty.pem", dirty);
    assert_eq!(room.well(&["convert", "dirty.pem", "--to", "pem", "--out", "-"]).out, certificate);
    for (words, said) in [
        (&["convert", "c", "--to", "der", "--out", "x"][..], "the files hold several"),
        (
            &["convert", "c/apiclient_key.pem", "--to", "p12", "--out", "x"],
            "there is a key, but no certificate",
        ),
        (&["convert", "c/apiclient_cert.pem", "--to", "pkcs1", "--out", "x"], "this is a certificate"),
        (&["convert", "c/apiclient_key.pem", "--to", "p7b", "--out", "x"], "nothing of what was asked for"),
    ] {
        let ended = room.run(words);
        assert!(ended.code == 2 && ended.err.contains(said), "{words:?}: {ended:?}");
    }
    assert!(!room.path("x").exists());
}
