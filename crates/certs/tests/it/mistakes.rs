//! Every mistake about files has a message of its own, with a remedy.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use certs::material;

use crate::testdata::{MERCHANT_ID, PASSPHRASE, certificate, contents, read, text};

/// What happens to a binary file that is taken for text: what is no UTF-8 becomes U+FFFD.
fn copied_as_text(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).into_owned().into_bytes()
}

fn with_windows_line_ends(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

#[test]
fn chance_is_not_taken_for_a_file_that_was_copied_as_text() {
    let chance: Vec<u8> =
        (0..400_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1] | 0x80).collect();
    let error = certs::material::read(&chance, &[]).unwrap_err();
    assert!(!error.to_string().contains("copied as text"), "{error}");
}

#[test]
fn every_mistake_about_a_file_is_named_and_has_a_remedy() {
    let pem = text("ca_issued.pem");
    let der = certificate("ca_issued.pem").der().to_vec();
    let bundle = read("aes256.p12");
    let mut damaged_key = read("key.der");
    damaged_key[300] ^= 1;
    let base64 = BASE64.encode(&der);
    let cut_inside = pem.replace("-----END CERTIFICATE-----\n", "");
    let without_some = pem.replacen(pem.lines().nth(5).unwrap(), "", 1);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "the file is empty"),
        (b" \r\n ".to_vec(), "the file is empty"),
        (der[..700].to_vec(), "the file is cut off: it has 700 bytes and should have "),
        (bundle[..1000].to_vec(), "the file is cut off: it has 1000 bytes and should have "),
        (
            copied_as_text(&bundle),
            "the file was copied as text: bytes that are no text were replaced (EF BF BD)",
        ),
        (copied_as_text(&der), "the file was copied as text"),
        (with_windows_line_ends(&bundle), "the file's line ends were converted, which added "),
        ([&der[..], b"extra"].concat(), "5 bytes follow what the file should hold"),
        (b"\x30\x80\x06\x00\x00\x00".to_vec(), "the file is BER with indefinite lengths, not DER"),
        (
            b"\x7FELF\0\0\0\0".to_vec(),
            "the file is binary, but neither certificate, key, request, PKCS#12 nor PKCS#7",
        ),
        (cut_inside.into_bytes(), "the PEM block `CERTIFICATE` has no END line"),
        (
            pem.lines().skip(1).collect::<Vec<_>>().join("\n").into_bytes(),
            "there is an END line but no BEGIN line",
        ),
        (without_some.into_bytes(), "the file is cut off: it has "),
        (pem.replacen("MII", "MI*", 1).into_bytes(), "the text holds `*`, which is not Base64"),
        (base64.as_bytes()[..601].to_vec(), "the Base64 text stops in the middle of a group"),
        (base64.as_bytes()[..600].to_vec(), "the file is cut off: it has 450 bytes and should have "),
        (read("test_key_encrypted_old.pem"), "the private key is encrypted in OpenSSL's old way"),
        (
            read("test_key_encrypted_pbes1.pem"),
            "this private key is encrypted in a way that is not supported",
        ),
        (read("test_key_ec_sec1.pem"), "this is a private key on an elliptic curve, not RSA"),
        (read("test_key_ec.pem"), "this private key is not RSA but 1.2.840.10045.2.1"),
        (read("test_key_1024.pem"), "this RSA key has 1024 bits; at least 2048 are needed"),
        (read("public_key_pkcs1.pem"), "this is a public key in the form PKCS#1"),
        (b"/etc/pay/apiclient_key.pem".to_vec(), "this is the name of a file, not its content"),
        (b"0A11CE0000000000000000000000000000000001".to_vec(), "this is a serial number, not a certificate"),
        (b"PUB_KEY_ID_0112345678".to_vec(), "this is the id of a WeChat Pay public key"),
        (b"<html><title>400</title></html>".to_vec(), "this is a web page or an XML text"),
        (b"hello".to_vec(), "this is neither PEM nor Base64"),
        (damaged_key, "this private key is damaged"),
    ];
    let mut seen = BTreeSet::new();
    for (bytes, message) in cases {
        let error = material::read(&bytes, &[MERCHANT_ID, PASSPHRASE]).unwrap_err();
        assert!(error.to_string().starts_with(message), "expected {message:?}, got {error}");
        assert!(error.what_to_do().ends_with(['.', '`']) && error.what_to_do().len() > 20, "{error}");
        let variant = format!("{error:?}");
        seen.insert(variant.split([' ', '{']).next().unwrap().to_owned());
    }
    assert!(seen.len() >= 20, "{} kinds of mistakes", seen.len());
}

#[test]
fn a_wrong_password_says_what_it_should_be() {
    let bundle = read("aes256.p12");
    let read_with = |password: &str| material::read(&bundle, &[password]).unwrap_err();
    let error = read_with("0123456789abcdef0123456789abcdef");
    assert_eq!(
        error.to_string(),
        "the password does not open this PKCS#12 file; it looks like an API key or an AppSecret, which open no file"
    );
    assert!(error.what_to_do().starts_with("The password is the merchant id (8 to 10 digits)"));
    let without = material::read(&bundle, &[]).unwrap_err();
    assert_eq!(without.to_string(), "the password does not open this PKCS#12 file; none was given");
}

#[test]
fn what_is_mixed_up_is_told_apart() {
    for (file, wanted, message, remedy) in [
        (
            "ca_issued.pem",
            "key",
            "this is a certificate, and the private key belongs here",
            "apiclient_key.pem",
        ),
        (
            "request.pem",
            "key",
            "this is a certificate signing request, and the private key belongs here",
            "public half",
        ),
        (
            "public_key.pem",
            "key",
            "this is a public key, and the private key belongs here",
            "apiclient_key.pem",
        ),
        (
            "test_key_pkcs8.pem",
            "certificate",
            "this is a private key, and the certificate belongs here",
            "keep the key to yourself",
        ),
        (
            "request.pem",
            "certificate",
            "this is the certificate signing request itself, which goes to the Merchant Platform, not what comes back",
            "clipboard",
        ),
        (
            "public_key.pem",
            "certificate",
            "this is a public key alone, and the certificate belongs here",
            "apiclient_cert.pem",
        ),
        (
            "ca_issued.pem",
            "csr",
            "this is a certificate, and the certificate signing request belongs here",
            "request string",
        ),
        (
            "test_key_pkcs1.pem",
            "csr",
            "this is a private key, and the certificate signing request belongs here",
            "keep the key",
        ),
        (
            "public_key.pem",
            "csr",
            "this is a public key, and the certificate signing request belongs here",
            "request string",
        ),
    ] {
        let contents = contents(file);
        let error = match wanted {
            "key" => contents.expect_private_key().unwrap_err(),
            "certificate" => contents.expect_certificate().unwrap_err(),
            _ => contents.expect_csr().unwrap_err(),
        };
        assert_eq!(error.to_string(), message, "{file} as {wanted}");
        assert!(error.what_to_do().contains(remedy), "{file} as {wanted}: {}", error.what_to_do());
    }
}
