//! Every form of a file leads to the same things.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use certs::material::{self, Format, Item, Oddity};
use certs::pair::{Part, pair};
use certs::private_key::PrivateKey;

use crate::testdata::{MERCHANT_ID, PASSPHRASE, certificate, contents, read, text};

#[test]
fn a_certificate_is_the_same_in_every_form() {
    let expected = certificate("ca_issued.pem");
    let pem = text("ca_issued.pem");
    let base64 = BASE64.encode(expected.der());
    let wrapped: String =
        base64.as_bytes().chunks(64).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect();
    let utf16: Vec<u8> = format!("\u{FEFF}{pem}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let in_gbk = [&[0xD6, 0xA4, 0xCA, 0xE9, b'\n'][..], pem.as_bytes()].concat();
    use Oddity::{ByteOrderMark, EscapedLineEnds, NoArmour, TextAround, Utf16, WindowsLineEnds, WrongLabel};
    for (form, bytes, format, oddities) in [
        ("as it is", pem.clone().into_bytes(), Format::Pem, vec![]),
        ("DER", expected.der().to_vec(), Format::Der, vec![]),
        ("CR LF", pem.replace('\n', "\r\n").into_bytes(), Format::Pem, vec![WindowsLineEnds]),
        ("BOM", format!("\u{FEFF}{pem}").into_bytes(), Format::Pem, vec![ByteOrderMark]),
        ("UTF-16", utf16, Format::Pem, vec![Utf16]),
        ("escaped", pem.replace('\n', "\\n").into_bytes(), Format::Pem, vec![EscapedLineEnds]),
        ("one line", pem.replace('\n', " ").into_bytes(), Format::Pem, vec![]),
        ("text around", format!("Subject: x\n{pem}bye\n").into_bytes(), Format::Pem, vec![TextAround]),
        ("GBK before it", in_gbk, Format::Pem, vec![TextAround]),
        ("no line end", pem.trim_end().to_owned().into_bytes(), Format::Pem, vec![]),
        ("bare", base64.clone().into_bytes(), Format::Base64, vec![NoArmour]),
        ("bare, wrapped", wrapped.into_bytes(), Format::Base64, vec![NoArmour]),
        (
            "bare, no padding",
            base64.trim_end_matches('=').to_owned().into_bytes(),
            Format::Base64,
            vec![NoArmour],
        ),
        (
            "wrong label",
            pem.replace("CERTIFICATE", "PRIVATE KEY").into_bytes(),
            Format::Pem,
            vec![WrongLabel],
        ),
    ] {
        let contents = material::read(&bytes, &[]).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(contents.expect_certificate().unwrap(), &expected, "{form}");
        assert_eq!((contents.format, &contents.oddities), (format, &oddities), "{form}");
    }
    assert_eq!(expected.pem(), pem);
}

#[test]
fn a_key_is_the_same_in_every_form_and_comes_out_as_pkcs8() {
    let expected = text("test_key_pkcs8.pem");
    for (file, oddities) in [
        ("test_key_pkcs8.pem", vec![]),
        ("test_key_pkcs1.pem", vec![Oddity::Pkcs1Key]),
        ("test_key_encrypted.pem", vec![]),
        ("key.der", vec![]),
        ("ca_issued.p12", vec![Oddity::Rc2Bundle]),
    ] {
        let contents = contents(file);
        let key = contents.expect_private_key().unwrap();
        assert_eq!(key.pem().as_str(), expected, "{file}");
        assert_eq!(key.pkcs1_pem().as_str(), text("test_key_pkcs1.pem"), "{file}");
        assert_eq!(contents.oddities, oddities, "{file}");
        assert_eq!(format!("{key:?}"), "PrivateKey(***)");
    }
    let both_ends_windows = format!("\u{FEFF}{}", expected.replace('\n', "\r\n"));
    let contents = material::read(both_ends_windows.as_bytes(), &[]).unwrap();
    assert_eq!(contents.oddities, [Oddity::ByteOrderMark, Oddity::WindowsLineEnds]);
    assert_eq!(contents.private_key().unwrap().pem().as_str(), expected);
}

#[test]
fn an_encrypted_key_stays_sealed_without_its_passphrase() {
    let sealed = material::read(&read("test_key_encrypted.pem"), &[MERCHANT_ID]).unwrap();
    assert_eq!(sealed.items, [Item::SealedKey]);
    assert_eq!(
        sealed.expect_private_key().unwrap_err().to_string(),
        "this private key is encrypted, and no passphrase given opens it"
    );
    let opened = material::read(&read("test_key_encrypted.pem"), &[MERCHANT_ID, PASSPHRASE]).unwrap();
    assert!(opened.private_key().is_some());
}

#[test]
fn several_certificates_are_read_in_their_order() {
    let names = |file: &str| -> Vec<String> {
        let contents = contents(file);
        contents.certificates().map(|one| one.subject.common_name().unwrap().to_owned()).collect()
    };
    let chain = ["Tenpay.com Root CA", "Test Class 2 Root CA", "Test Class 2 Enterprise CA"];
    assert_eq!(names("chain.p7b"), chain);
    assert_eq!(names("chain_p7b.pem"), chain);
    assert_eq!(contents("chain_p7b.pem").format, Format::Pkcs7);
    assert_eq!(names("ca_issued.p12")[0], MERCHANT_ID);
    assert_eq!(names("ca_issued.p12").len(), 4);
    let both = format!("{}{}", text("tenpay.pem"), text("ca_issued.pem"));
    let both = material::read(both.as_bytes(), &[]).unwrap();
    assert_eq!(both.certificates().count(), 2);
    assert_eq!(both.leaf().unwrap().subject.common_name(), Some(MERCHANT_ID), "the one that is no CA's");
}

#[test]
fn files_with_the_same_key_belong_together() {
    let files = [
        "test_key_pkcs1.pem",
        "request.pem",
        "ca_issued.pem",
        "ca_issued.p12",
        "public_key.pem",
        "platform.pem",
    ];
    let contents: Vec<_> = files.iter().map(|file| (file, contents(file))).collect();
    let parts: Vec<_> = contents.iter().map(|(name, contents)| Part { name, contents }).collect();
    let pairing = pair(&parts);
    let groups: Vec<_> =
        pairing.parts.iter().map(|part| (part.name.as_str(), part.kind, part.group)).collect();
    assert_eq!(
        groups,
        [
            ("test_key_pkcs1.pem", "private-key", Some(0)),
            ("request.pem", "csr", Some(0)),
            ("ca_issued.pem", "certificate", Some(0)),
            ("ca_issued.p12", "private-key", Some(0)),
            ("ca_issued.p12", "certificate", Some(0)),
            ("public_key.pem", "public-key", Some(0)),
            ("platform.pem", "certificate", Some(1)),
        ]
    );
    assert!(!pairing.is_one_pair());
    assert!(pair(&parts[..5]).is_one_pair());
}

#[test]
fn a_key_read_from_its_own_output_is_the_same() {
    let key = contents("test_key_pkcs8.pem").private_key().unwrap().clone();
    assert_eq!(PrivateKey::from_pkcs8(key.pkcs8()).unwrap(), key);
    assert_eq!(key.public_key().to_string(), "RSA 2048");
}
